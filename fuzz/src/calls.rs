//! Whatever a caller calls, in any order, between whatever a server sends.
//!
//! Input: calls, each a byte and perhaps a length or a payload. What goes out must be frames that a server understands:
//! every message that was sent, whole and in order, no more pongs than pings, and one Close frame at the end.

use bytes::BufMut;

use crate::choices::Choices;
use crate::close::CloseFrame;
use crate::message::Message;
use crate::protocol::{Closing, Incoming, MaskKeys, Outgoing, Received};

/// Enough for every order of calls that matters, and no input takes long.
const MOST_CALLS: usize = 64;

pub(crate) fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let mut client = Client::new();
    for _ in 0..MOST_CALLS {
        if choices.is_empty() {
            break;
        }
        match choices.byte() % 8 {
            0 => client.receive(choices.bytes()),
            1 => client.send(Message::Text(
                String::from_utf8_lossy(choices.bytes()).into_owned().into(),
            )),
            2 => client.send(Message::from(vec![
                choices.byte();
                usize::from(choices.byte()) << 8
            ])),
            3 => client.write(usize::from(choices.byte())),
            4 => client.write(usize::MAX),
            5 => client.close(),
            6 => client.fail(1009),
            _ => client.lend_anew(),
        }
        assert_eq!(client.outgoing.unsent(), client.unsent);
    }
    client.check();
}

/// The engine, driven as its documentation says, and what must come of it.
struct Client {
    incoming: Incoming,
    outgoing: Outgoing,
    closing: Closing,
    keys: Counter,
    /// What the network took.
    wire: Vec<u8>,
    sent: Vec<Message>,
    unsent: usize,
    pings: usize,
    closed: bool,
}

impl Client {
    fn new() -> Self {
        Client {
            incoming: Incoming::new(20_000, 8),
            outgoing: Outgoing::new(),
            closing: Closing::default(),
            keys: Counter(0),
            wire: Vec::new(),
            sent: Vec::new(),
            unsent: 0,
            pings: 0,
            closed: false,
        }
    }

    fn receive(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.reads() {
            let mut space = self.incoming.space();
            let taken = bytes.len().min(space.remaining_mut());
            space.put_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            while self.reads() {
                match self.incoming.next() {
                    Ok(None) => break,
                    Ok(Some(Received::Message(_))) => {
                        assert!(self.closing.is_open(), "a message behind our close()");
                    }
                    Ok(Some(Received::Pong)) => {}
                    Ok(Some(Received::Ping(payload))) => {
                        self.pings += 1;
                        self.outgoing.pong(payload, &mut self.keys);
                    }
                    Ok(Some(Received::Close(frame))) => {
                        self.closing.received(frame);
                        let reply = self.closing.reply();
                        self.send_close(reply);
                    }
                    Err(violation) => self.fail(violation.close_code()),
                }
            }
        }
    }

    /// Whether received bytes still mean something.
    fn reads(&self) -> bool {
        matches!(self.closing, Closing::Open | Closing::ClosedByUs)
    }

    fn send(&mut self, message: Message) {
        if self.closing.is_open() {
            self.unsent += message.len();
            self.sent.push(message.clone());
            self.outgoing.message(message, &mut self.keys);
        }
    }

    /// The network takes at most so many bytes.
    fn write(&mut self, most: usize) {
        let chunk = self.outgoing.chunk(&mut self.keys);
        let taken = chunk.len().min(most);
        self.wire.extend_from_slice(&chunk[..taken]);
        self.unsent -= self.outgoing.wrote(taken);
    }

    fn close(&mut self) {
        self.incoming.ignore_messages();
        let frame = self.closing.close(CloseFrame::failing(1000));
        self.send_close(frame);
    }

    fn fail(&mut self, code: u16) {
        let frame = self.closing.fail(code);
        self.send_close(frame);
    }

    fn send_close(&mut self, frame: Option<CloseFrame>) {
        if let Some(frame) = frame {
            assert!(!self.closed, "a second Close frame");
            self.closed = true;
            self.outgoing.close(&frame, &mut self.keys);
        }
    }

    /// As between connections that share their buffers.
    fn lend_anew(&mut self) {
        if let Some(buffer) = self.incoming.release() {
            self.incoming.lend(buffer);
        }
        if let Some(stage) = self.outgoing.release() {
            self.outgoing.lend(stage);
        }
    }

    fn check(mut self) {
        while !self.outgoing.is_empty() {
            self.write(usize::MAX);
        }
        assert_eq!(self.unsent, 0);
        let mut frames = frames(&self.wire);
        if self.closed {
            let last = frames.pop();
            assert!(
                matches!(last, Some((8, _))),
                "the Close frame is the last one"
            );
        }
        let pongs = frames.iter().filter(|(opcode, _)| *opcode == 10).count();
        assert!(pongs <= self.pings);
        frames.retain(|(opcode, _)| *opcode != 10);
        let sent = self.sent.into_iter().map(|message| {
            let opcode = if message.as_text().is_some() { 1 } else { 2 };
            (opcode, message.into_bytes().to_vec())
        });
        assert!(
            sent.eq(frames),
            "the messages that were sent went out in order"
        );
    }
}

/// Keys without chance, so that an input always does the same.
struct Counter(u32);

impl MaskKeys for Counter {
    fn next_key(&mut self) -> [u8; 4] {
        self.0 = self.0.wrapping_add(0x9e37_79b9);
        self.0.to_be_bytes()
    }
}

/// What a server reads: the opcode and the unmasked payload of each frame, all of which must be whole, final and masked.
fn frames(mut wire: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while !wire.is_empty() {
        let (opcode, second) = (take(&mut wire, 1)[0], take(&mut wire, 1)[0]);
        assert_eq!(opcode & 0xf0, 0x80, "final, and no reserved bits");
        assert!(second >= 0x80, "masked");
        let length = match second & 0x7f {
            126 => number(take(&mut wire, 2)),
            127 => number(take(&mut wire, 8)),
            short => usize::from(short),
        };
        let mask = take(&mut wire, 4);
        let payload = take(&mut wire, length);
        let unmasked = payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask);
        frames.push((opcode & 0x0f, unmasked.collect()));
    }
    frames
}

fn take<'a>(wire: &mut &'a [u8], length: usize) -> &'a [u8] {
    assert!(length <= wire.len(), "a frame is cut off");
    let (taken, rest) = wire.split_at(length);
    *wire = rest;
    taken
}

fn number(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0, |number, &byte| number << 8 | usize::from(byte))
}
