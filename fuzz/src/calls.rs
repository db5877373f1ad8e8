//! Whatever a caller calls, in any order, between whatever a server sends.
//!
//! Input: what was agreed on, then calls, each a byte and perhaps a length or a payload. What goes out must be frames that a
//! server understands: every message that was sent, whole and in order, no more pongs than pings, and one Close frame at the
//! end.

use bytes::BufMut;

use crate::agreement::agreement;
use crate::choices::Choices;
use crate::close::CloseFrame;
use crate::frames;
use crate::message::Message;
use crate::negotiation::PerMessageDeflate;
use crate::payload::payload;
use crate::protocol::{Closing, Deflation, Incoming, Inflation, MaskKeys, Outgoing, Received};
use crate::server;

/// Enough for every order of calls that matters, and no input takes long.
const MOST_CALLS: usize = 64;
const MOST_BYTES: usize = 128 << 10;

pub(crate) fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let mut client = Client::new(&mut choices);
    for _ in 0..MOST_CALLS {
        if choices.is_empty() {
            break;
        }
        match choices.byte() % 10 {
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
            7 => client.lend_anew(),
            8 => client.send(Message::from(payload(&mut choices))),
            _ => client.send_as_it_is(Message::from(payload(&mut choices))),
        }
        assert_eq!(client.outgoing.unsent(), client.unsent);
    }
    client.check();
}

/// The engine, driven as its documentation says, and what must come of it.
struct Client {
    agreed: Option<PerMessageDeflate>,
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
    fn new(choices: &mut Choices<'_>) -> Self {
        let agreed = agreement(choices);
        let (level, minimum_size) = (1 + choices.byte() % 9, choices.byte().into());
        let mut incoming = Incoming::new(20_000, 8);
        let mut outgoing = Outgoing::new();
        if let Some(agreed) = &agreed {
            incoming.agree(Inflation::new(agreed));
            if let Some(deflation) = Deflation::new(agreed, level, minimum_size) {
                outgoing.agree(deflation);
            }
        }
        Client {
            agreed,
            incoming,
            outgoing,
            closing: Closing::default(),
            keys: Counter::default(),
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
        if self.may_send(&message) {
            self.outgoing.message(message, &mut self.keys);
        }
    }

    fn send_as_it_is(&mut self, message: Message) {
        if self.may_send(&message) {
            self.outgoing.message_as_it_is(message, &mut self.keys);
        }
    }

    fn may_send(&mut self, message: &Message) -> bool {
        let bytes: usize = self.sent.iter().map(Message::len).sum();
        let may = self.closing.is_open() && bytes < MOST_BYTES;
        if may {
            self.unsent += message.len();
            self.sent.push(message.clone());
        }
        may
    }

    /// The network takes at most so many bytes.
    fn write(&mut self, most: usize) {
        let all = !self.outgoing.stage_is_full();
        let chunk = self.outgoing.chunk(&mut self.keys);
        let taken = chunk.len().min(most);
        let all = all && taken == chunk.len();
        self.wire.extend_from_slice(&chunk[..taken]);
        self.unsent -= self.outgoing.wrote(taken);
        assert!(self.outgoing.is_empty() >= all);
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
            self.outgoing.close(&frame);
        }
    }

    /// As between connections that share their buffers and states of the codec.
    fn lend_anew(&mut self) {
        frames::lend_anew(&mut self.incoming);
        if let Some(stage) = self.outgoing.release() {
            assert!(self.outgoing.needs_stage());
            self.outgoing.lend(stage);
        }
        if let Some(deflater) = self.outgoing.release_deflater() {
            let settings = self.outgoing.needs_deflater();
            assert!(settings.is_some_and(|settings| deflater.has(settings)));
            self.outgoing.lend_deflater(deflater);
        }
    }

    fn check(mut self) {
        while !self.outgoing.is_empty() {
            self.write(usize::MAX);
        }
        assert_eq!(self.unsent, 0);
        let read = server::read(&self.wire, self.agreed.as_ref());
        assert_eq!(read.closed, self.closed);
        assert!(read.pongs <= self.pings);
        let sent = self.sent.into_iter().map(|message| {
            let opcode = if message.as_text().is_some() { 1 } else { 2 };
            (opcode, message.into_bytes().to_vec())
        });
        let read = read.messages.into_iter();
        assert!(
            sent.eq(read.map(|message| (message.opcode, message.payload))),
            "the messages that were sent went out in order"
        );
    }
}

/// Keys without chance, so that an input always does the same.
#[derive(Default)]
pub(crate) struct Counter(u32);

impl MaskKeys for Counter {
    fn next_key(&mut self) -> [u8; 4] {
        self.0 = self.0.wrapping_add(0x9e37_79b9);
        self.0.to_be_bytes()
    }
}
