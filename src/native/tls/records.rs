//! Where TLS records lie between the socket and the session.

use std::cell::Cell;
use std::ops::Range;

use super::super::spare::{self, Spare};

/// Room for four records, so that one system call moves as many. RFC 8446 5.2: a record is a header of five bytes and a length that
/// "MUST NOT exceed 2^14 + 256 bytes".
const ROOM: usize = 4 * (5 + (1 << 14) + 256);

/// A buffer that is there only while records are in it; between two uses it waits, one of each direction per thread.
pub(super) struct Records {
    bytes: Option<Box<[u8]>>,
    filled: Range<usize>,
    spare: &'static Spare<Box<[u8]>>,
}

thread_local! {
    static RECEIVED: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
    static SEALED: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

impl Records {
    /// Of the peer, still encrypted.
    pub(super) fn received() -> Self {
        Records::kept_in(&RECEIVED)
    }

    /// For the peer, already encrypted.
    pub(super) fn sealed() -> Self {
        Records::kept_in(&SEALED)
    }

    fn kept_in(spare: &'static Spare<Box<[u8]>>) -> Self {
        Records {
            bytes: None,
            filled: 0..0,
            spare,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.filled.is_empty()
    }

    pub(super) fn filled(&mut self) -> &mut [u8] {
        match &mut self.bytes {
            Some(bytes) => &mut bytes[self.filled.clone()],
            None => &mut [],
        }
    }

    /// The first of the filled bytes are done with.
    pub(super) fn discard(&mut self, count: usize) {
        self.filled.start += count;
    }

    /// What can be filled: everything behind the filled bytes, which move to the front for it.
    pub(super) fn space(&mut self) -> &mut [u8] {
        let spare = self.spare;
        let bytes = self
            .bytes
            .get_or_insert_with(|| spare::take(spare).unwrap_or_else(|| vec![0; ROOM].into()));
        if self.filled.start > 0 {
            bytes.copy_within(self.filled.clone(), 0);
            self.filled = 0..self.filled.len();
        }
        &mut bytes[self.filled.end..]
    }

    /// So much of the space is filled by now.
    pub(super) fn fill(&mut self, count: usize) {
        self.filled.end += count;
    }

    /// Lets go of a buffer that nothing is in.
    pub(super) fn release(&mut self) {
        if self.is_empty()
            && let Some(bytes) = self.bytes.take()
        {
            self.filled = 0..0;
            spare::keep(self.spare, bytes);
        }
    }
}
