//! From the bytes of the network to messages, pings, pongs and Close frames (RFC 6455 5 and 6.2).

mod buffer;
mod partial;
mod short;

use std::mem;

use bytes::{Bytes, BytesMut};

use super::deflate::{Inflater, Inflation};
use super::frame::{self, ControlPayload, Header, Opcode};
use super::utf8::{self, PartialText};
use crate::close::CloseFrame;
use crate::error::Violation;
use crate::message::{Message, Text};
use partial::Partial;

/// Up to here a binary payload is copied: that is cheaper than sharing the buffer, and a small message that somebody
/// keeps does not keep the buffer alive.
const COPIED: usize = 256;

/// What the peer sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    Message(Message),
    /// Goes to `Outgoing::pong` (5.5.2: "an endpoint MUST send a Pong frame in response").
    Ping(ControlPayload),
    Pong,
    /// Goes to `Closing::received`; nothing that follows it counts.
    Close(CloseFrame),
}

/// Decodes what a server sends.
#[derive(Debug)]
pub(crate) struct Incoming {
    max_message_size: usize,
    max_fragments: u32,
    input: BytesMut,
    /// How much of `input` is decoded. Cheaper for each frame than to advance the buffer.
    decoded: usize,
    state: State,
    message: Partial,
    /// Inflates messages, if that was agreed on.
    inflation: Option<Inflation>,
    /// `message` comes compressed.
    compressed: bool,
    /// Bytes that the frames of `message` have announced.
    size: usize,
    /// Frames of `message`.
    fragments: u32,
    /// Bytes of the largest message so far, unless it was an ordinary one.
    largest: usize,
    /// The last message was one for which the buffer grew, and nothing was read since.
    is_after_large: bool,
    ignoring: bool,
}

/// What the next byte of `input` is.
///
/// ```text
///                 ┌── a control frame ──────────────▶ Control ──┐
///    ┌─▶ Header ──┼── an unfragmented message ──────▶ Whole ────┼─┐
///    │            ├── a fragment, or a cut text ────▶ Piece ────┤ │
///    │            └── of a compressed message ──────▶ Deflated ─┘ │
///    └───────────────────────── at the payload's end ─────────────┘
/// ```
#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    /// The first byte of a header.
    Header,
    /// The first byte of a control frame's payload, which is taken when it has arrived.
    Control { opcode: Opcode, length: usize },
    /// The first byte of a message's only payload, which is taken when it has arrived.
    Whole { opcode: Opcode, length: usize },
    /// Any byte of a payload that is added to `message` as it arrives.
    Piece { fin: bool, lacks: usize },
    /// Any byte of a payload that is inflated as it arrives.
    Deflated { fin: bool, lacks: usize },
}

impl Incoming {
    /// The limits hold for a message, however many frames it has.
    pub(crate) fn new(max_message_size: usize, max_fragments: u32) -> Self {
        Incoming {
            max_message_size,
            max_fragments,
            input: BytesMut::new(),
            decoded: 0,
            state: State::Header,
            message: Partial::None,
            inflation: None,
            compressed: false,
            size: 0,
            fragments: 0,
            largest: 0,
            is_after_large: false,
            ignoring: false,
        }
    }

    /// Messages may come compressed from now on.
    pub(crate) fn agree(&mut self, inflation: Inflation) {
        self.inflation = Some(inflation);
    }

    /// Takes the next thing that the peer sent out of the bytes that were received; `None` wants more of them.
    ///
    /// Not to be called any more after a violation, which fails the connection, and after a Close frame.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<Received>, Violation> {
        // In each state some byte is awaited.
        if self.is_idle() {
            return Ok(None);
        }
        match self.next_short() {
            Some(message) => Ok(Some(Received::Message(message))),
            None => self.next_of_any_kind(),
        }
    }

    fn next_of_any_kind(&mut self) -> Result<Option<Received>, Violation> {
        // The state is stored when the bytes end, not at each step: most frames arrive whole.
        let mut state = mem::take(&mut self.state);
        loop {
            let arrived = &self.input[self.decoded..];
            match state {
                State::Header => {
                    let deflate = self.inflation.is_some();
                    let Some(header) = Header::decode(arrived, deflate)? else {
                        break;
                    };
                    self.decoded += header.size;
                    state = self.begin(header)?;
                }
                State::Control { opcode, length } => {
                    let Some(payload) = arrived.get(..length) else {
                        break;
                    };
                    self.decoded += length;
                    return Ok(Some(control(opcode, payload)?));
                }
                State::Whole { opcode, length } => {
                    let Some(payload) = arrived.get(..length) else {
                        break;
                    };
                    if opcode == Opcode::Text {
                        self.decoded += length;
                        let text = utf8::validate(payload)?;
                        return Ok(Some(Received::Message(Message::Text(Text::from(text)))));
                    }
                    if length <= COPIED {
                        self.decoded += length;
                        return Ok(Some(Received::Message(Message::Binary(
                            Bytes::copy_from_slice(payload),
                        ))));
                    }
                    return Ok(Some(self.split(length)));
                }
                State::Piece { fin, lacks } => {
                    let piece = &arrived[..lacks.min(arrived.len())];
                    let lacks = lacks - piece.len();
                    self.decoded += piece.len();
                    self.message.push(piece)?;
                    if lacks > 0 {
                        state = State::Piece { fin, lacks };
                        break;
                    }
                    if fin && let Some(message) = mem::take(&mut self.message).finish()? {
                        self.largest = self.largest.max(message.len());
                        return Ok(Some(Received::Message(message)));
                    }
                    state = State::Header;
                }
                State::Deflated { fin, lacks } => {
                    let piece = &arrived[..lacks.min(arrived.len())];
                    let lacks = lacks - piece.len();
                    self.decoded += piece.len();
                    if let Some(inflation) = &mut self.inflation {
                        let limit = self.max_message_size;
                        let fin = fin && lacks == 0;
                        let message = self.message.inflate(inflation, piece, fin, limit)?;
                        if message.is_some() {
                            return Ok(message.map(Received::Message));
                        }
                    }
                    if lacks > 0 {
                        state = State::Deflated { fin, lacks };
                        break;
                    }
                    state = State::Header;
                }
            }
        }
        self.state = state;
        Ok(None)
    }

    /// After our own `close()`: messages are checked for their frames and sizes, but skipped. The rest goes on.
    ///
    /// WHATWG: a message that arrives when the state is no longer OPEN is dropped.
    pub(crate) fn ignore_messages(&mut self) {
        self.ignoring = true;
        if let State::Whole { length, .. } = self.state {
            // What has come of it is dropped now, with a buffer that grew for it.
            let arrived = &self.input[self.decoded..];
            let skipped = length.min(arrived.len());
            self.input = BytesMut::from(&arrived[skipped..]);
            self.decoded = 0;
            let lacks = length - skipped;
            self.state = State::Piece { fin: true, lacks };
            self.message = Partial::Ignored;
        } else if !matches!(self.message, Partial::None) {
            self.message = Partial::Ignored;
        }
        if let State::Deflated { fin, lacks } = self.state {
            self.state = State::Piece { fin, lacks };
        }
        self.end();
    }

    /// No message will be decoded any more: what was kept for one is dropped.
    pub(crate) fn end(&mut self) {
        if let Some(inflation) = &mut self.inflation {
            inflation.end();
        }
    }

    /// Whether a compressed message would make a state of the codec, so that lending one pays.
    pub(crate) fn needs_inflater(&self) -> bool {
        self.inflation
            .as_ref()
            .is_some_and(Inflation::needs_inflater)
    }

    /// Lends a state that [`Incoming::release_inflater`] of another connection gave up.
    pub(crate) fn lend_inflater(&mut self, inflater: Box<Inflater>) {
        if let Some(inflation) = &mut self.inflation {
            inflation.lend(inflater);
        }
    }

    /// Gives the state of the codec up between two messages, so that it can be lent elsewhere; but not if a later message may
    /// refer back to an earlier one.
    pub(crate) fn release_inflater(&mut self) -> Option<Box<Inflater>> {
        match self.message {
            Partial::None => self.inflation.as_mut()?.release(),
            _ => None,
        }
    }

    /// What follows the header of a frame.
    fn begin(&mut self, header: Header) -> Result<State, Violation> {
        let Header {
            fin,
            opcode,
            compressed,
            length,
            ..
        } = header;
        if opcode.is_control() {
            let length = length as usize;
            return Ok(State::Control { opcode, length });
        }
        // 5.4: a fragmented message is "a single frame with the FIN bit clear and an opcode other than 0, followed by zero
        // or more frames with the FIN bit clear and the opcode set to 0, and terminated by a single frame with the
        // FIN bit set and an opcode of 0"; and fragments of one message "MUST NOT be interleaved" with another's.
        let first = opcode != Opcode::Continuation;
        match (first, matches!(self.message, Partial::None)) {
            (true, true) => {
                (self.size, self.fragments) = (0, 1);
                self.compressed = compressed;
            }
            (false, false) => self.fragments = self.fragments.saturating_add(1),
            (true, false) => return Err(Violation::DataInsideMessage),
            (false, true) => return Err(Violation::ContinuationWithoutStart),
        }
        if !first && self.fragments > self.max_fragments {
            let limit = self.max_fragments;
            return Err(Violation::TooManyFragments { limit });
        }
        let limit = self.max_message_size;
        let most = match self.compressed {
            true => most_compressed(limit),
            false => limit,
        };
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= most - self.size)
            .ok_or(Violation::MessageTooBig { limit })?;
        self.size += length;

        let arrived = self.input.len() - self.decoded;
        let whole = first && fin && !self.ignoring && !self.compressed;
        // Text is taken whole only if it is here: otherwise it has to be validated as it arrives.
        if whole && (opcode == Opcode::Binary || length <= arrived) {
            return Ok(State::Whole { opcode, length });
        }
        if first {
            self.message = match opcode {
                _ if self.ignoring => Partial::Ignored,
                Opcode::Text => Partial::Text(PartialText::default()),
                _ => Partial::Binary(Vec::new()),
            };
        }
        if self.compressed && !self.ignoring {
            return Ok(State::Deflated { fin, lacks: length });
        }
        let growth = self.growth(self.message.len(), length);
        self.message.reserve(growth);
        Ok(State::Piece { fin, lacks: length })
    }
}

/// How many bytes a message of the limit may be when it comes compressed.
///
/// That it grows is the compressor's fault and not forbidden: nine bits of eight with fixed codes, five bytes for each flush.
/// Without any bound, a peer could send blocks without content for ever.
fn most_compressed(limit: usize) -> usize {
    limit.saturating_mul(2).saturating_add(1024)
}

/// What a control frame says.
fn control(opcode: Opcode, payload: &[u8]) -> Result<Received, Violation> {
    Ok(match opcode {
        Opcode::Close => Received::Close(frame::decode_close(payload)?),
        Opcode::Ping => Received::Ping(ControlPayload::new(payload).ok_or(Violation::LongControl)?),
        _ => Received::Pong,
    })
}

#[cfg(test)]
mod tests;
