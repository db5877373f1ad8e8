//! The peers seen from a client that knows no more than TCP and hand-written frames.

mod paths;
mod peer;
mod script;
mod site;
mod stop;
mod tls;

use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;

use super::frame::{Frame, opcode};

/// The sample of RFC 6455 1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

struct Client {
    stream: BufReader<TcpStream>,
    sent: u32,
}

impl Client {
    /// Connects and sends the request, with fields of its own behind the others.
    fn request(url: &str, fields: &str) -> Client {
        let (authority, path) = url.strip_prefix("ws://").unwrap().split_once('/').unwrap();
        let mut client = Client {
            stream: BufReader::new(TcpStream::connect(authority).unwrap()),
            sent: 0,
        };
        client.write(format!(
            "GET /{path} HTTP/1.1\r\nHost: {authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n{fields}\r\n"
        ));
        client
    }

    /// Connects and sees the connection open.
    fn open(url: &str) -> Client {
        let mut client = Client::request(url, "");
        let head = client.read_head();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert!(
            head.contains(&format!("Sec-WebSocket-Accept: {ACCEPT}\r\n")),
            "{head}"
        );
        client
    }

    fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    /// Sends a frame with the next masking key.
    fn send_frame(&mut self, frame: Frame) {
        self.sent += 1;
        self.write(frame.masked(self.sent.to_be_bytes()).to_bytes());
    }

    fn send(&mut self, opcode: u8, payload: impl Into<Vec<u8>>) {
        self.send_frame(Frame::new(true, 0, opcode, payload));
    }

    fn close(&mut self, code: u16) {
        self.send(opcode::CLOSE, code.to_be_bytes());
    }

    fn read_head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        String::from_utf8(head).unwrap()
    }

    fn try_read(&mut self) -> io::Result<Option<Frame>> {
        Frame::read(&mut self.stream)
    }

    /// The next frame, which a server must not mask.
    fn read(&mut self) -> Frame {
        let frame = self.try_read().unwrap().expect("a frame");
        assert!(!frame.masked);
        frame
    }

    /// The next frame, which must be this one.
    fn expect(&mut self, opcode: u8, payload: impl AsRef<[u8]>) {
        assert_eq!(self.read(), Frame::new(true, 0, opcode, payload.as_ref()));
    }

    fn expect_close(&mut self, code: u16, reason: &str) {
        self.expect(
            opcode::CLOSE,
            [&code.to_be_bytes(), reason.as_bytes()].concat(),
        );
    }

    fn expect_eof(&mut self) {
        assert_eq!(self.try_read().unwrap(), None);
    }

    fn expect_reset(&mut self) {
        let error = self.try_read().expect_err("a reset");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }

    /// All that comes up to the end of the stream.
    fn rest(mut self) -> String {
        let mut text = String::new();
        self.stream.read_to_string(&mut text).unwrap();
        text
    }
}
