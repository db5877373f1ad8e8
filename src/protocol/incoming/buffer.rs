//! The buffer that [`Incoming`] reads into: how much room it has, when it is lent, and how payloads leave it.

use std::mem;

use bytes::buf::Limit;
use bytes::{Buf, BufMut, BytesMut};

use super::{Incoming, Received, State};
use crate::message::Message;
use crate::protocol::frame::LONGEST_HEADER;

/// What a connection reads into, unless a frame wants more.
pub(super) const BUFFER: usize = 64 << 10;

/// With less room than this, reading would cost more calls than it is worth.
pub(super) const ROOM: usize = BUFFER / 4;

/// From here on a binary frame is read to its end and no further, so that nothing behind it has to be moved.
const LARGE: usize = BUFFER / 4;

/// What is read at first behind a message that the buffer had to grow for. The next one is often as large, and what is read of it
/// before its length is known has to be copied.
pub(super) const AFTER_LARGE: usize = BUFFER / 16;

impl Incoming {
    /// Where to append the next bytes from the network; there is room for at least one. Then call [`Incoming::next`].
    ///
    /// To be called when `next` wants more bytes.
    #[inline]
    pub(crate) fn space(&mut self) -> Limit<&mut BytesMut> {
        if self.is_idle() {
            self.clear();
        } else {
            self.input.advance(self.decoded);
            self.decoded = 0;
            self.is_after_large = false;
        }
        let held = self.input.len();
        let (wanted, needed) = match self.state {
            State::Whole { length, .. } if length >= LARGE => {
                let lacks = length.saturating_sub(held);
                let wanted = lacks.saturating_add(LONGEST_HEADER);
                (wanted, self.growth(held, wanted))
            }
            _ => (BUFFER.saturating_sub(held).max(ROOM), ROOM),
        };
        if self.input.capacity() - held < needed {
            self.make_room(self.growth(held, wanted));
        }
        let most = match self.is_after_large {
            true => AFTER_LARGE,
            false => wanted,
        };
        (&mut self.input).limit(most)
    }

    /// Whether all bytes that were received are decoded.
    pub(crate) fn is_idle(&self) -> bool {
        self.decoded == self.input.len()
    }

    /// Whether the next [`Incoming::space`] would allocate a buffer, so that lending one pays.
    pub(crate) fn needs_buffer(&self) -> bool {
        self.input.capacity() == 0
    }

    /// Lends a buffer to read into. Bytes that it holds are the first ones received.
    pub(crate) fn lend(&mut self, mut buffer: BytesMut) {
        debug_assert!(self.is_idle(), "the bytes that are held would be lost");
        // The message that lay in it may be gone by now.
        let _ = buffer.try_reclaim(BUFFER);
        self.input = buffer;
        self.decoded = 0;
    }

    /// Whether the buffer is worth lending elsewhere though a message lies in it: with less room, it had better wait here until
    /// that is gone.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.input.capacity() >= ROOM
    }

    /// Gives the buffer up if the connection [is idle](Incoming::is_idle), so that it can be lent elsewhere: empty and
    /// of the usual size, or what is left of it behind the messages that lie in it.
    #[inline]
    pub(crate) fn release(&mut self) -> Option<BytesMut> {
        if !self.is_idle() {
            return None;
        }
        self.clear();
        let mut buffer = mem::take(&mut self.input);
        let has_room = buffer.try_reclaim(BUFFER) || buffer.capacity() >= ROOM;
        (has_room && buffer.capacity() <= 2 * BUFFER).then_some(buffer)
    }

    /// Begins at the buffer's start again, as all bytes are decoded.
    fn clear(&mut self) {
        // What was read since was of another kind, and more of that may come.
        self.is_after_large &= self.input.is_empty();
        self.input.clear();
        self.decoded = 0;
    }

    /// Takes a binary payload out of the buffer without copying it.
    // Inlined, it would cost the other payloads a move of what `next` returns.
    #[inline(never)]
    pub(super) fn split(&mut self, length: usize) -> Received {
        self.input.advance(self.decoded);
        self.decoded = 0;
        let payload = if length <= BUFFER {
            self.input.split_to(length)
        } else {
            // The buffer grew for this payload and goes with it; the few bytes behind it stay.
            self.largest = self.largest.max(length);
            self.is_after_large = true;
            let rest = BytesMut::from(&self.input[length..]);
            self.input.truncate(length);
            mem::replace(&mut self.input, rest)
        };
        Received::Message(Message::Binary(payload.freeze()))
    }

    /// How much to allocate for bytes that are announced: no more than the peer has proved to send, be it of this
    /// message or of one before, so that its word alone costs one buffer.
    pub(super) fn growth(&self, held: usize, announced: usize) -> usize {
        // One header more, so that a payload of just the buffer's size comes in one piece.
        announced.min(held.max(self.largest).max(BUFFER) + LONGEST_HEADER)
    }

    /// Makes room behind the bytes that are held: in this buffer if no message lies in it, else in another.
    fn make_room(&mut self, room: usize) {
        if !self.input.try_reclaim(room) {
            let mut buffer = BytesMut::with_capacity(self.input.len() + room);
            buffer.extend_from_slice(&self.input);
            self.input = buffer;
        }
    }
}
