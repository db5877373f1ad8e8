//! Compressing what goes to the server (RFC 7692 7.2.1).

use std::fmt;

use zlib_rs::{Deflate, DeflateConfig, DeflateFlush};

use super::TAIL;
use crate::negotiation::PerMessageDeflate;

/// How much the codec collects before it writes a block: 84 KiB less than at its default of 8. Measured on JSON: the output is not
/// longer for it, whereas at 5 messages of 16 KiB end up in more blocks, each with its codes, and take 5 per cent more time.
const MEMORY_LEVEL: i32 = 6;

/// The messages of one connection that are compressed.
#[derive(Debug)]
pub(crate) struct Deflation {
    settings: Settings,
    /// Whether a message refers back to earlier ones, so that the state belongs to this connection.
    context: bool,
    /// Bytes below which a message is not compressed.
    minimum_size: usize,
    deflater: Option<Box<Deflater>>,
}

/// What a state is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    level: u8,
    window_bits: u8,
}

/// A state of the codec.
pub(crate) struct Deflater {
    settings: Settings,
    codec: Deflate,
    /// The last bytes of the output so far, which may be a part of the tail.
    held: [u8; TAIL.len()],
    held_length: usize,
}

/// The next part of a compressed message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fragment {
    /// Bytes of the message that it takes further.
    pub(crate) read: usize,
    /// Bytes of its own.
    pub(crate) length: usize,
    /// Whether it is the last one.
    pub(crate) fin: bool,
}

impl Deflation {
    /// `None` if nothing can be compressed: the codec has no window of 8 bits, and need not have one, as each message may go
    /// uncompressed.
    pub(crate) fn new(agreed: &PerMessageDeflate, level: u8, minimum_size: usize) -> Option<Self> {
        let window_bits = agreed.client_max_window_bits;
        (9..=15).contains(&window_bits).then(|| Deflation {
            settings: Settings { level, window_bits },
            context: !agreed.client_no_context_takeover,
            // An empty message has nothing to be compressed.
            minimum_size: minimum_size.max(1),
            deflater: None,
        })
    }

    /// Whether a message of this size is worth it.
    pub(crate) fn applies_to(&self, size: usize) -> bool {
        size >= self.minimum_size
    }

    /// Whether later messages refer back to a message that was compressed: then it cannot go uncompressed any more.
    pub(crate) fn has_context(&self) -> bool {
        self.context
    }

    /// The room in which a message of this size is sure to be one fragment: with fixed codes, eight bits take nine at most.
    pub(crate) fn room_for(size: usize) -> usize {
        size.saturating_add(size / 8).saturating_add(64)
    }

    /// Compresses the next part of a message, of which no more than `most` bytes are read. `rest` is what was not read yet; it
    /// is called until it answers the last fragment, and `space` has room for some dozen bytes.
    pub(crate) fn fragment(&mut self, rest: &[u8], most: usize, space: &mut [u8]) -> Fragment {
        let settings = self.settings;
        let deflater = self
            .deflater
            .get_or_insert_with(|| Box::new(Deflater::new(settings)));
        let fragment = deflater.fragment(rest, most, space);
        if fragment.fin && !self.context {
            deflater.codec.reset();
        }
        fragment
    }

    /// What the state is to be like that the next message would make, so that lending one pays.
    pub(crate) fn needs_deflater(&self) -> Option<Settings> {
        (!self.context && self.deflater.is_none()).then_some(self.settings)
    }

    /// Lends a state that [`Deflation::release`] of another connection gave up.
    pub(crate) fn lend(&mut self, deflater: Box<Deflater>) {
        debug_assert_eq!(deflater.settings, self.settings);
        self.deflater = Some(deflater);
    }

    /// Gives the state up, so that it can be lent elsewhere, unless the next message refers back to the last.
    ///
    /// Not to be called within a message.
    pub(crate) fn release(&mut self) -> Option<Box<Deflater>> {
        match self.context {
            true => None,
            false => self.deflater.take(),
        }
    }
}

impl Deflater {
    fn new(settings: Settings) -> Self {
        Deflater {
            settings,
            codec: Deflate::new_with_config(DeflateConfig {
                level: settings.level.into(),
                // Negative: without a header.
                window_bits: -i32::from(settings.window_bits),
                mem_level: MEMORY_LEVEL,
                ..DeflateConfig::default()
            }),
            held: TAIL,
            held_length: 0,
        }
    }

    pub(crate) fn has(&self, settings: Settings) -> bool {
        self.settings == settings
    }

    fn fragment(&mut self, rest: &[u8], most: usize, space: &mut [u8]) -> Fragment {
        let (held, room) = space.split_at_mut(self.held_length);
        held.copy_from_slice(&self.held[..self.held_length]);

        let input = &rest[..rest.len().min(most)];
        // RFC 7692 7.2.1: the data ends with "an empty DEFLATE block with no compression", which a flush makes.
        let flush = match input.len() == rest.len() {
            true => DeflateFlush::SyncFlush,
            false => DeflateFlush::NoFlush,
        };
        let (total_in, total_out) = (self.codec.total_in(), self.codec.total_out());
        let status = self.codec.compress(input, room, flush);
        debug_assert!(status.is_ok(), "a compressor takes any input");
        let read = (self.codec.total_in() - total_in) as usize;
        let written = (self.codec.total_out() - total_out) as usize;

        // The codec leaves room only when it has written all.
        let fin = read == rest.len() && written < room.len();
        let output = &space[..self.held_length + written];
        self.held_length = match fin {
            true => 0,
            false => output.len().min(TAIL.len()),
        };
        let length = match fin {
            true => {
                debug_assert!(output.ends_with(&TAIL));
                output.len() - TAIL.len()
            }
            false => output.len() - self.held_length,
        };
        self.held[..self.held_length].copy_from_slice(&output[output.len() - self.held_length..]);
        Fragment { read, length, fin }
    }
}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
