//! The neutral server: blocking sockets and prepared bytes, so that it is never what is measured.

use std::io::{self, Read, Write};
use std::mem;
use std::net::{TcpListener, TcpStream};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;

use crate::rows::Deflation;
use crate::{Outcome, handshake, process, texts};

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
        ["deflate", _, "sink"] => sink(stream),
        ["deflate", context, level, bytes] => {
            let deflation = Deflation {
                level: size(level)? as i32,
                context: context == "context",
            };
            flood(stream, &compressed_frames(size(bytes)?, &deflation))
        }
        ["echo", bytes] => echo(stream, size(bytes)?),
        ["sink"] => sink(stream),
        ["received"] => stream.write_all(&RECEIVED.take().to_be_bytes()),
        ["idle"] => {
            IDLE.lock().map_err(|_| io::ErrorKind::Other)?.push(stream);
            Ok(())
        }
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// The same frames again and again, until the client ends.
fn flood(mut stream: TcpStream, frames: &[u8]) -> io::Result<()> {
    let frames = frames.repeat((1 << 20) / frames.len() + 1);
    loop {
        for part in frames.chunks(WRITE) {
            stream.write_all(part)?;
        }
    }
}

/// Only counts.
fn sink(mut stream: TcpStream) -> io::Result<()> {
    let _open = RECEIVED.open();
    let mut buffer = vec![0; 128 << 10];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            count => RECEIVED.add(count),
        }
    }
}

/// What sinks received.
static RECEIVED: Received = Received {
    counts: Mutex::new((0, 0)),
    ended: Condvar::new(),
};

struct Received {
    /// Sinks that are open, and bytes.
    counts: Mutex<(usize, u64)>,
    ended: Condvar,
}

struct Open;

impl Received {
    fn counts(&self) -> MutexGuard<'_, (usize, u64)> {
        self.counts.lock().expect("nobody panics in between")
    }

    fn open(&self) -> Open {
        self.counts().0 += 1;
        Open
    }

    fn add(&self, bytes: usize) {
        self.counts().1 += bytes as u64;
    }

    /// Waits until all sinks have ended.
    fn take(&self) -> u64 {
        let ended = self.ended.wait_while(self.counts(), |(open, _)| *open > 0);
        mem::take(&mut ended.expect("nobody panics in between").1)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        RECEIVED.counts().0 -= 1;
        RECEIVED.ended.notify_all();
    }
}

/// One frame for each of the texts.
fn compressed_frames(size: usize, deflation: &Deflation) -> Vec<u8> {
    let payloads = texts::compressed(&texts::texts(size), deflation);
    let frame = |payload: &Vec<u8>| [header(0xc1, payload.len()), payload.clone()].concat();
    payloads.iter().flat_map(frame).collect()
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
