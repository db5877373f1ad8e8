//! The neutral server: blocking sockets and prepared bytes, so that it is never what is measured.

use std::io::{self, Read, Write};
use std::mem;
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::thread;

use crate::{Outcome, handshake, process};

/// A little below 64 KiB: larger writes are cut unevenly on loopback.
const WRITE: usize = 60 << 10;

/// Prints its address, and serves until it is ended.
pub(crate) fn run() -> Outcome<()> {
    process::settle();
    process::allow_many_files();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let stream = stream?;
        stream.set_nodelay(true)?;
        // The client ends when it likes, which is no error.
        thread::Builder::new()
            .stack_size(256 << 10)
            .spawn(move || serve(stream))?;
    }
    Ok(())
}

fn serve(mut stream: TcpStream) -> io::Result<()> {
    static IDLE: Mutex<Vec<TcpStream>> = Mutex::new(Vec::new());
    let path = handshake::accept(&mut stream)?;
    let words: Vec<&str> = path.split('/').skip(1).collect();
    let size = |word: &str| word.parse::<usize>().map_err(io::Error::other);
    match words[..] {
        ["flood", kind, bytes] => flood(stream, &frame(kind == "text", size(bytes)?)),
        ["echo", bytes] => echo(stream, size(bytes)?),
        ["sink"] => loop {
            if stream.read(&mut [0; 128 << 10])? == 0 {
                return Ok(());
            }
        },
        ["idle"] => {
            IDLE.lock().map_err(|_| io::ErrorKind::Other)?.push(stream);
            Ok(())
        }
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// The same frame again and again, until the client ends.
fn flood(mut stream: TcpStream, frame: &[u8]) -> io::Result<()> {
    let frames = frame.repeat((1 << 20) / frame.len() + 1);
    loop {
        for part in frames.chunks(WRITE) {
            stream.write_all(part)?;
        }
    }
}

/// For each binary message of that size, which is not looked at, one of the same size.
fn echo(mut stream: TcpStream, size: usize) -> io::Result<()> {
    let answer = frame(false, size);
    let mut question = vec![0; masked_size(size)];
    loop {
        stream.read_exact(&mut question)?;
        stream.write_all(&answer)?;
    }
}

/// A frame as a server sends it.
pub(crate) fn frame(text: bool, size: usize) -> Vec<u8> {
    let mut frame = vec![if text { 0x81 } else { 0x82 }];
    match size {
        0..126 => frame.push(size as u8),
        126..0x1_0000 => {
            frame.push(126);
            frame.extend((size as u16).to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend((size as u64).to_be_bytes());
        }
    }
    frame.resize(frame.len() + size, b'y');
    frame
}

/// The size of a frame as a client sends it: with a masking key.
pub(crate) fn masked_size(size: usize) -> usize {
    frame(false, size).len() + mem::size_of::<[u8; 4]>()
}
