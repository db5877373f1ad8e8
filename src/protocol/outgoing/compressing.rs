//! The part of [`Outgoing`] that compresses messages (RFC 7692), where that was agreed on.

use std::mem;

use bytes::{Buf, Bytes};

use super::{Outgoing, STAGE, Waiting, header_space};
use crate::message::Message;
use crate::protocol::deflate::{Deflater, Deflation, Fragment, Settings};
use crate::protocol::frame::{Header, Opcode};
use crate::protocol::mask::{Mask, MaskKeys};

/// How much is compressed at once, so that whoever waits for the lock does not wait for long.
pub(super) const DEFLATED_AT_ONCE: usize = 256 << 10;

/// Of a compressed frame, unless it is short: two bytes, sixteen bits of length, and the key.
const HEADER: usize = 8;

/// A compressed frame is no longer than its header can say: a message that needs more goes in fragments.
const LONGEST_FRAME: usize = HEADER + u16::MAX as usize;

/// The rest of a message that is being compressed.
#[derive(Debug)]
pub(super) struct Deflating {
    /// Of its next fragment.
    pub(super) opcode: Opcode,
    pub(super) payload: Bytes,
}

impl Outgoing {
    /// Messages may go compressed from now on.
    pub(crate) fn agree(&mut self, deflation: Deflation) {
        self.deflation = Some(deflation);
    }

    /// What the compressor is to be like that the next message would make, so that lending one pays.
    #[inline]
    pub(crate) fn needs_deflater(&self) -> Option<Settings> {
        self.deflation.as_ref()?.needs_deflater()
    }

    /// Lends a compressor that [`Outgoing::release_deflater`] of another connection gave up.
    pub(crate) fn lend_deflater(&mut self, deflater: Box<Deflater>) {
        if let Some(deflation) = &mut self.deflation {
            deflation.lend(deflater);
        }
    }

    /// Gives the compressor up between two messages, so that it can be lent elsewhere; but not if later messages refer back to
    /// earlier ones.
    pub(crate) fn release_deflater(&mut self) -> Option<Box<Deflater>> {
        match self.deflating {
            None => self.deflation.as_mut()?.release(),
            Some(_) => None,
        }
    }

    /// Takes a message that is to go compressed. If its turn has come, it is compressed now.
    pub(super) fn deflate(&mut self, message: Message, keys: &mut impl MaskKeys) {
        if !self.may_add(&message) {
            return;
        }
        let its_turn = self.nothing_waits() && Deflation::room_for(message.len()) <= self.room();
        let deflate = true;
        self.waiting.push_back(Waiting { message, deflate });
        if its_turn {
            self.fill(keys);
        }
    }

    /// Whether the next message might not fit the stage as one frame any more, but would if the stage were empty.
    pub(super) fn would_be_cut_for_nothing(&self) -> bool {
        self.waiting.front().is_some_and(|next| {
            let wanted = Deflation::room_for(next.message.len());
            next.deflate && (self.room() + 1..=LONGEST_FRAME).contains(&wanted)
        })
    }

    /// Stages the next fragment of the message that is being compressed. Answers how many of its bytes were read, `most` at most.
    ///
    /// There must be room for a control frame.
    pub(super) fn stage_fragment(&mut self, most: usize, keys: &mut impl MaskKeys) -> usize {
        self.make_stage();
        let (Some(deflation), Some(message)) = (&mut self.deflation, &mut self.deflating) else {
            return 0;
        };
        let end = STAGE.min(self.filled + LONGEST_FRAME);
        let space = &mut self.stage[self.filled + HEADER..end];
        let fragment = deflation.fragment(&message.payload, most, space);
        let Fragment { read, length, fin } = fragment;
        let opcode = message.opcode;
        self.staged += read;

        let whole = fin && opcode != Opcode::Continuation;
        if whole && length >= read && !deflation.has_context() {
            // It has grown, and no later message refers back to it, so that it need not be sent like that.
            let payload = mem::take(&mut message.payload);
            self.deflating = None;
            self.stage_frame(opcode, &payload, keys);
            return read;
        }
        message.payload.advance(read);
        if fin {
            self.deflating = None;
        } else if length == 0 {
            return read;
        } else {
            message.opcode = Opcode::Continuation;
        }
        let key = keys.next_key();
        let payload = self.filled + HEADER..self.filled + HEADER + length;
        let space = header_space(&mut self.stage[self.filled..]);
        let start = self.filled + Header::encode_compressed(opcode, fin, length, key, space);
        self.stage.copy_within(payload, start);
        self.filled = start + length;
        Mask::new(key).apply(&mut self.stage[start..self.filled]);
        read
    }
}
