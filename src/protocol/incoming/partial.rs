//! A message while it arrives.

use std::mem;

use bytes::Bytes;

use crate::error::Violation;
use crate::message::{Message, Text};
use crate::protocol::deflate::{Inflation, NotDeflate};
use crate::protocol::utf8::{self, NotUtf8, PartialText};

/// The message of which some bytes or frames are still to come.
#[derive(Debug, Default)]
pub(super) enum Partial {
    #[default]
    None,
    Text(PartialText),
    Binary(Vec<u8>),
    /// Of a message that nobody wants any more.
    Ignored,
}

impl Partial {
    pub(super) fn len(&self) -> usize {
        match self {
            Partial::Text(text) => text.len(),
            Partial::Binary(bytes) => bytes.len(),
            Partial::None | Partial::Ignored => 0,
        }
    }

    pub(super) fn reserve(&mut self, additional: usize) {
        match self {
            Partial::Text(text) => text.reserve(additional),
            Partial::Binary(bytes) => bytes.reserve(additional),
            Partial::None | Partial::Ignored => {}
        }
    }

    /// Makes room for as much again as there is, but for no more than the limit: inflated bytes come in many small pieces.
    fn grow(&mut self, additional: usize, limit: usize) {
        let (length, capacity) = match self {
            Partial::Text(text) => (text.len(), text.capacity()),
            Partial::Binary(bytes) => (bytes.len(), bytes.capacity()),
            Partial::None | Partial::Ignored => return,
        };
        let wanted = length.saturating_add(additional);
        if wanted <= capacity {
            return;
        }
        let additional = capacity.saturating_mul(2).clamp(wanted, limit.max(wanted)) - length;
        match self {
            Partial::Text(text) => text.reserve_exact(additional),
            Partial::Binary(bytes) => bytes.reserve_exact(additional),
            Partial::None | Partial::Ignored => {}
        }
    }

    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), NotUtf8> {
        match self {
            Partial::Text(text) => text.push(piece)?,
            Partial::Binary(bytes) => bytes.extend_from_slice(piece),
            Partial::None | Partial::Ignored => {}
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Option<Message>, NotUtf8> {
        Ok(match self {
            Partial::Text(text) => Some(Message::Text(text.finish()?)),
            Partial::Binary(bytes) => Some(Message::Binary(bytes.into())),
            Partial::None | Partial::Ignored => None,
        })
    }

    /// Adds what a piece is inflated to, of which there may be no more than the limit. Answers the message if `fin`.
    // Not inlined, so that it costs the other payloads nothing.
    #[inline(never)]
    pub(super) fn inflate(
        &mut self,
        inflation: &mut Inflation,
        piece: &[u8],
        fin: bool,
        limit: usize,
    ) -> Result<Option<Message>, Violation> {
        let mut whole = None;
        inflation.push(piece, fin, |inflated, fin| {
            let room = limit - self.len();
            if inflated.len() > room {
                // Text that goes wrong before the limit is told as such, however the bytes were cut.
                self.grow(room, limit);
                self.push(&inflated[..room])?;
                return Err(Violation::MessageTooBig { limit });
            }
            whole = match self {
                // All of the message at once: no need to put it together.
                Partial::Text(text) if fin && text.len() == 0 => {
                    Some(Message::Text(Text::from(utf8::validate(inflated)?)))
                }
                Partial::Binary(bytes) if fin && bytes.is_empty() => {
                    Some(Message::Binary(Bytes::copy_from_slice(inflated)))
                }
                _ => {
                    self.grow(inflated.len(), limit);
                    self.push(inflated)?;
                    if !fin {
                        return Ok(());
                    }
                    mem::take(self).finish()?
                }
            };
            *self = Partial::None;
            Ok(())
        })?;
        Ok(whole)
    }
}

impl From<NotDeflate> for Violation {
    fn from(_: NotDeflate) -> Self {
        Violation::NotDeflate
    }
}

impl From<NotUtf8> for Violation {
    fn from(NotUtf8: NotUtf8) -> Self {
        Violation::TextNotUtf8
    }
}
