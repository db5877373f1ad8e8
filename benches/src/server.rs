//! The neutral server: blocking sockets and prepared bytes, so that it is never what is measured.

mod sink;
mod tls;

use std::io::{self, Read, Write};
use std::mem;
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::thread;

use crate::rows::Deflation;
use crate::{Outcome, handshake, process, texts};
use tls::Tls;

/// A little below 64 KiB: larger writes are cut unevenly on loopback.
const WRITE: usize = 60 << 10;

/// The size of the message that asks for a batch.
const QUESTION: usize = 64;

/// How a Close frame begins.
const CLOSE: u8 = 0x88;

/// Prints its address, and serves until its input ends. It speaks TLS with whoever begins with it.
pub(crate) fn run() -> Outcome<()> {
    process::settle();
    process::allow_many_files();
    // The input ends when the process is gone that started this one, even if it was killed.
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(0);
    });
    let tls: &'static Tls = Box::leak(Box::new(Tls::new()?));
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let stream = stream?;
        stream.set_nodelay(true)?;
        // The client ends when it likes, which is no error.
        thread::Builder::new()
            .stack_size(256 << 10)
            .spawn(move || accept(stream, tls))?;
    }
    Ok(())
}

fn accept(stream: TcpStream, tls: &Tls) -> io::Result<()> {
    static IDLE: Mutex<Vec<TcpStream>> = Mutex::new(Vec::new());
    if tls.is_begun_on(&stream)? {
        let mut stream = tls.accept(stream)?;
        let path = handshake::accept(&mut stream)?;
        return match path.strip_prefix("/duplex/") {
            Some(bytes) => tls::duplex(stream, &frame(false, number(bytes)?)),
            None => {
                serve(&mut stream, &path)?;
                tls::end(stream)
            }
        };
    }
    let mut stream = stream;
    let path = handshake::accept(&mut stream)?;
    match path.as_str() {
        "/certificate" => stream.write_all(&tls.authority),
        // Without a thread: there are thousands.
        "/idle" => {
            IDLE.lock().map_err(|_| io::ErrorKind::Other)?.push(stream);
            Ok(())
        }
        path => match path.strip_prefix("/duplex/") {
            Some(bytes) => duplex(stream, &frame(false, number(bytes)?)),
            None => serve(stream, path),
        },
    }
}

fn serve(mut stream: impl Read + Write, path: &str) -> io::Result<()> {
    let words: Vec<&str> = path.split('/').skip(1).collect();
    match words[..] {
        ["flood", kind, bytes] => flood(stream, &frame(kind == "text", number(bytes)?)),
        ["deflate", _, "sink"] | ["sink"] => sink::run(stream),
        ["deflate", context, level, bytes] => {
            let deflation = Deflation {
                level: number(level)? as i32,
                context: context == "context",
            };
            flood(stream, &compressed_frames(number(bytes)?, &deflation))
        }
        ["echo", bytes] => {
            let bytes = number(bytes)?;
            exchange(stream, masked_size(bytes), &frame(false, bytes))
        }
        ["batch", kind, bytes, count] => {
            let frames = frame(kind == "text", number(bytes)?).repeat(number(count)?);
            exchange(stream, masked_size(QUESTION), &frames)
        }
        ["collect", bytes, count] => {
            let bytes = masked_size(number(bytes)?) * number(count)?;
            exchange(stream, bytes, &frame(false, 1))
        }
        ["received"] => stream.write_all(&sink::received().to_be_bytes()),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

fn number(word: &str) -> io::Result<usize> {
    word.parse().map_err(io::Error::other)
}

/// The same frames again and again, until the client ends.
fn flood(mut stream: impl Write, frames: &[u8]) -> io::Result<()> {
    let frames = frames.repeat((1 << 20) / frames.len() + 1);
    loop {
        write(&mut stream, &frames)?;
    }
}

/// One frame for each of the texts.
fn compressed_frames(size: usize, deflation: &Deflation) -> Vec<u8> {
    let payloads = texts::compressed(&texts::texts(size), deflation);
    let frame = |payload: &Vec<u8>| [header(0xc1, payload.len()), payload.clone()].concat();
    payloads.iter().flat_map(frame).collect()
}

/// For so many bytes of frames, which are not looked at, the answer; until the client closes.
fn exchange(mut stream: impl Read + Write, size: usize, answer: &[u8]) -> io::Result<()> {
    let mut question = vec![0; size];
    loop {
        let mut filled = 0;
        while filled < size {
            match stream.read(&mut question[filled..])? {
                0 => return Ok(()),
                count => filled += count,
            }
            if question[0] == CLOSE {
                return stream.write_all(&[CLOSE, 0]);
            }
        }
        write(&mut stream, answer)?;
    }
}

fn write(stream: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    bytes
        .chunks(WRITE)
        .try_for_each(|part| stream.write_all(part))
}

/// Sends a flood, and takes everything.
fn duplex(stream: TcpStream, frame: &[u8]) -> io::Result<()> {
    let reader = stream.try_clone()?;
    // Not into the sink: nobody asks what arrived here, and it would be taken for the next client's.
    thread::spawn(move || sink::drain(reader, |_| {}));
    flood(stream, frame)
}

/// A frame as a server sends it.
pub(crate) fn frame(text: bool, size: usize) -> Vec<u8> {
    let mut frame = header(if text { 0x81 } else { 0x82 }, size);
    frame.resize(frame.len() + size, b'y');
    frame
}

fn header(first: u8, size: usize) -> Vec<u8> {
    let mut header = vec![first];
    match size {
        0..126 => header.push(size as u8),
        126..0x1_0000 => {
            header.push(126);
            header.extend((size as u16).to_be_bytes());
        }
        _ => {
            header.push(127);
            header.extend((size as u64).to_be_bytes());
        }
    }
    header
}

/// The size of a frame as a client sends it: with a masking key.
pub(crate) fn masked_size(size: usize) -> usize {
    frame(false, size).len() + mem::size_of::<[u8; 4]>()
}
