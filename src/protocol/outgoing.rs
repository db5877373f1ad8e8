//! From messages, pongs and Close frames to masked bytes for the network (RFC 6455 5 and 6.1).

mod compressing;

use std::collections::VecDeque;
use std::mem;

use bytes::{Buf, Bytes};

use super::deflate::Deflation;
use super::frame::{ControlPayload, Header, LONGEST_CONTROL, LONGEST_HEADER, Opcode};
use super::mask::{Mask, MaskKeys};
use crate::close::CloseFrame;
use crate::message::Message;
use compressing::{DEFLATED_AT_ONCE, Deflating};

/// What is written at once. A little below twice 64 KiB on purpose: a little above, it would be cut into full segments and a tiny
/// one, which costs as much as they do. No multiple of a page either: what is allocated right behind the stage, as the records of
/// TLS are, would lie up to 31 bytes behind it within a page, and AMD's Zen 3 and 4 copy at a thirtieth of the speed there.
const STAGE: usize = 122 << 10;

/// Encodes what a client sends: masked copies go to a stage of fixed size, and what does not fit waits unmasked.
///
/// The order on the wire is: pongs, messages, Close. A pong overtakes the messages that wait, but no frame is cut for it.
///
/// Where it was agreed on, messages are compressed when their turn has come, as the order of compressing is that of the wire.
/// They are compressed into the stage; what does not fit goes on in a further fragment, so that a message of any size needs
/// no memory beside the stage.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    /// Empty until it is lent or needed.
    stage: Box<[u8]>,
    /// The part of the stage that is filled and not yet written.
    written: usize,
    filled: usize,
    /// Bytes of messages in the stage since it was last empty.
    staged: usize,
    /// Bytes of messages in the stage and waiting.
    unsent: usize,
    /// The frame of which a part is staged.
    cut: Option<CutFrame>,
    /// The message of which a fragment is staged, or soon will be.
    deflating: Option<Box<Deflating>>,
    /// Compresses messages, if that was agreed on.
    deflation: Option<Deflation>,
    waiting: VecDeque<Waiting>,
    pong: Option<ControlPayload>,
    ending: Ending,
}

/// The rest of a message whose frame began in the stage.
#[derive(Debug)]
struct CutFrame {
    payload: Bytes,
    mask: Mask,
}

#[derive(Debug)]
struct Waiting {
    message: Message,
    deflate: bool,
}

/// RFC 6455 5.5.1: "The application MUST NOT send any more data frames after sending a Close frame."
#[derive(Debug, Default)]
enum Ending {
    #[default]
    Open,
    /// The Close frame follows the messages that wait.
    Waiting(ControlPayload),
    /// The Close frame is in the stage or written.
    Staged,
}

impl Outgoing {
    pub(crate) fn new() -> Self {
        Outgoing::default()
    }

    /// Sends a message, compressed if that was agreed on and is worth it. Write [`Outgoing::chunk`] when it is to go out.
    ///
    /// Not to be called after [`Outgoing::close`].
    #[inline]
    pub(crate) fn message(&mut self, message: Message, keys: &mut impl MaskKeys) {
        match &self.deflation {
            Some(deflation) if deflation.applies_to(message.len()) => self.deflate(message, keys),
            _ => self.message_as_it_is(message, keys),
        }
    }

    /// Sends a message, but never compressed: its content is already. RFC 7692 6 leaves that choice for each message.
    #[inline]
    pub(crate) fn message_as_it_is(&mut self, message: Message, keys: &mut impl MaskKeys) {
        if !self.may_add(&message) {
            return;
        }
        if self.nothing_waits() && LONGEST_HEADER + message.len() <= self.room() {
            self.staged += message.len();
            let (opcode, payload) = parts(&message);
            self.stage_frame(opcode, payload, keys);
        } else {
            let deflate = false;
            self.waiting.push_back(Waiting { message, deflate });
        }
    }

    /// Answers a ping, with its payload. Write [`Outgoing::chunk`] soon: the peer waits.
    ///
    /// RFC 6455 5.5.3: "If an endpoint receives a Ping frame and has not yet sent Pong frame(s) in response to previous
    /// Ping frame(s), the endpoint MAY elect to send a Pong frame for only the most recently processed Ping frame." So a
    /// flood of pings costs no memory, while every ping is answered as long as the stage has room.
    pub(crate) fn pong(&mut self, payload: ControlPayload, keys: &mut impl MaskKeys) {
        self.stage_pong(keys);
        if !matches!(self.ending, Ending::Staged) {
            self.pong = Some(payload);
            self.stage_pong(keys);
        }
    }

    /// Sends a Close frame behind all messages that wait. Write [`Outgoing::chunk`] until [all is written](Outgoing::is_empty).
    ///
    /// Only the first one counts: [`Closing`](super::Closing) gives no second one.
    pub(crate) fn close(&mut self, frame: &CloseFrame) {
        debug_assert!(matches!(self.ending, Ending::Open), "a second Close frame");
        if matches!(self.ending, Ending::Open) {
            self.ending = Ending::Waiting(ControlPayload::from(frame));
        }
    }

    /// The bytes to write now. Then call [`Outgoing::wrote`].
    ///
    /// There may be none although not [all are written](Outgoing::is_empty): call again, the compressing of a large message goes
    /// on.
    #[inline]
    pub(crate) fn chunk(&mut self, keys: &mut impl MaskKeys) -> &[u8] {
        if !self.nothing_waits() {
            self.fill(keys);
        }
        &self.stage[self.written..self.filled]
    }

    /// The network took this many bytes of the chunk. Answers how many bytes of messages are thereby written that were
    /// not reported before: those of a stage when it is written to its end.
    #[inline]
    pub(crate) fn wrote(&mut self, bytes: usize) -> usize {
        self.written += bytes;
        assert!(
            self.written <= self.filled,
            "more was written than there was"
        );
        if self.written < self.filled {
            return 0;
        }
        (self.written, self.filled) = (0, 0);
        let sent = mem::take(&mut self.staged);
        self.unsent -= sent;
        sent
    }

    /// Whether all is written.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.filled == 0 && self.nothing_waits()
    }

    /// Bytes of messages that [`Outgoing::wrote`] has not reported yet.
    pub(crate) fn unsent(&self) -> usize {
        self.unsent
    }

    /// The same, and what it costs to hold those that wait: empty ones cost no less than others.
    pub(crate) fn held(&self) -> usize {
        self.unsent() + self.waiting.len() * size_of::<Waiting>()
    }

    /// Whether it is time to write: messages wait for the stage, or soon will.
    pub(crate) fn stage_is_full(&self) -> bool {
        !self.nothing_waits() || self.room() < STAGE / 4
    }

    /// Whether the next message would allocate a stage, so that lending one pays.
    pub(crate) fn needs_stage(&self) -> bool {
        self.stage.is_empty()
    }

    /// Lends a stage that [`Outgoing::release`] of another connection gave up.
    pub(crate) fn lend(&mut self, stage: Box<[u8]>) {
        debug_assert!(self.filled == 0, "the bytes that are held would be lost");
        debug_assert_eq!(stage.len(), STAGE);
        self.stage = stage;
    }

    /// Gives the stage up if [all is written](Outgoing::is_empty), so that it can be lent elsewhere.
    #[inline]
    pub(crate) fn release(&mut self) -> Option<Box<[u8]>> {
        if !self.is_empty() || self.needs_stage() {
            return None;
        }
        if self.waiting.capacity() > 0 {
            self.waiting = VecDeque::new();
        }
        Some(mem::take(&mut self.stage))
    }

    fn may_add(&mut self, message: &Message) -> bool {
        let open = matches!(self.ending, Ending::Open);
        debug_assert!(open, "a message behind the Close frame");
        if open {
            self.unsent += message.len();
        }
        open
    }

    /// Fills the stage with what waits.
    fn fill(&mut self, keys: &mut impl MaskKeys) {
        let mut to_deflate = DEFLATED_AT_ONCE;
        while !self.nothing_waits() {
            self.stage_cut_frame();
            self.stage_pong(keys);
            if !self.may_begin_frame() || to_deflate == 0 {
                return;
            }
            if self.deflating.is_some() {
                to_deflate -= self.stage_fragment(to_deflate, keys);
            } else if self.would_be_cut_for_nothing() {
                return;
            } else if let Some(Waiting { message, deflate }) = self.waiting.pop_front() {
                let (opcode, _) = parts(&message);
                let payload = message.into_bytes();
                if deflate {
                    self.deflating = Some(Box::new(Deflating { opcode, payload }));
                } else {
                    let mask = self.stage_header(opcode, payload.len(), keys);
                    self.cut = Some(CutFrame { payload, mask });
                }
            } else {
                self.stage_close(keys);
            }
        }
    }

    fn make_stage(&mut self) {
        if self.needs_stage() {
            self.stage = vec![0; STAGE].into();
        }
    }

    fn stage_cut_frame(&mut self) {
        let Some(frame) = &mut self.cut else {
            return;
        };
        let space = &mut self.stage[self.filled..];
        let length = frame.payload.len().min(space.len());
        frame
            .mask
            .copy(&frame.payload[..length], &mut space[..length]);
        frame.payload.advance(length);
        self.filled += length;
        self.staged += length;
        if frame.payload.is_empty() {
            self.cut = None;
        }
    }

    fn stage_pong(&mut self, keys: &mut impl MaskKeys) {
        if self.may_begin_frame()
            && let Some(payload) = self.pong.take()
        {
            self.stage_frame(Opcode::Pong, payload.as_bytes(), keys);
        }
    }

    fn stage_close(&mut self, keys: &mut impl MaskKeys) {
        if let Ending::Waiting(payload) = &mut self.ending {
            let payload = mem::take(payload);
            self.ending = Ending::Staged;
            self.stage_frame(Opcode::Close, payload.as_bytes(), keys);
        }
    }

    /// The stage must have room for the payload and the longest header.
    #[inline]
    fn stage_frame(&mut self, opcode: Opcode, payload: &[u8], keys: &mut impl MaskKeys) {
        let mut mask = self.stage_header(opcode, payload.len(), keys);
        let end = self.filled + payload.len();
        mask.copy(payload, &mut self.stage[self.filled..end]);
        self.filled = end;
    }

    /// The stage must have room for the longest header. Answers the mask of the payload that must follow.
    #[inline]
    fn stage_header(&mut self, opcode: Opcode, length: usize, keys: &mut impl MaskKeys) -> Mask {
        self.make_stage();
        let key = keys.next_key();
        let space = header_space(&mut self.stage[self.filled..]);
        self.filled += Header::encode(opcode, length, key, space);
        Mask::new(key)
    }

    /// Whether any control frame may be staged now. Fewer bytes are left to the next stage.
    fn may_begin_frame(&self) -> bool {
        self.cut.is_none() && self.room() >= LONGEST_HEADER + LONGEST_CONTROL
    }

    #[inline]
    fn nothing_waits(&self) -> bool {
        self.waiting.is_empty()
            && self.cut.is_none()
            && self.deflating.is_none()
            && self.pong.is_none()
            && !matches!(self.ending, Ending::Waiting(_))
    }

    fn room(&self) -> usize {
        STAGE - self.filled
    }
}

/// Where a header goes in the room that is left, which is never less than the longest one takes.
fn header_space(room: &mut [u8]) -> &mut [u8; LONGEST_HEADER] {
    room.first_chunk_mut()
        .expect("no frame is begun with less room")
}

fn parts(message: &Message) -> (Opcode, &[u8]) {
    match message {
        Message::Text(text) => (Opcode::Text, text.as_bytes()),
        Message::Binary(bytes) => (Opcode::Binary, bytes),
    }
}

#[cfg(test)]
mod tests;
