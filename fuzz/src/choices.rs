//! Bytes as decisions, so that a fuzzer that changes bytes changes decisions.

use std::iter;

/// Decisions from the front of an input; zeros when it is used up.
pub(crate) struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Choices(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    /// A length, then so many bytes, or what is left.
    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()).min(self.0.len());
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    pub(crate) fn rest(self) -> &'a [u8] {
        self.0
    }
}

/// Cuts the data into parts as long as the sizes say, over and over; a size of zero, or none at all, is one byte.
pub(crate) fn split<'a>(sizes: &'a [u8], mut data: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut sizes = sizes.iter().cycle();
    iter::from_fn(move || {
        let size = usize::from(sizes.next().copied().unwrap_or(1)).max(1);
        let (part, rest) = data.split_at(size.min(data.len()));
        data = rest;
        (!part.is_empty()).then_some(part)
    })
}
