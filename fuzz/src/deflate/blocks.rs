//! Compressed messages by another implementation, with blocks between them that no compressor would write.

use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output, create_comp_flags_from_zip_params,
};

use crate::choices::Choices;
use crate::payload::payload;

/// What a flush ends with (RFC 7692 7.2.1), and an empty stored block but for its first bits.
pub(super) const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// The largest window of deflate.
const WINDOW: usize = 1 << 15;

/// No input takes long.
const MOST_BYTES: usize = 128 << 10;

/// What a server has compressed so far.
pub(super) struct Blocks {
    /// It has written the end of `history`, or is yet to be made.
    compressor: Option<Box<CompressorOxide>>,
    history: Vec<u8>,
}

pub(super) struct Compressed {
    pub(super) payload: Vec<u8>,
    /// Without the tail.
    pub(super) compressed: Vec<u8>,
    /// Whether something follows the payload that cannot be inflated.
    pub(super) refused: bool,
}

impl Blocks {
    pub(super) fn new() -> Self {
        Blocks {
            compressor: None,
            history: Vec::new(),
        }
    }

    /// The next message refers back to nothing.
    pub(super) fn forget(&mut self) {
        *self = Blocks::new();
    }

    /// A message of so many parts, each of which ends at a byte: with a flush, or a final block.
    pub(super) fn message(&mut self, choices: &mut Choices<'_>, parts: u8) -> Compressed {
        let start = self.history.len();
        let mut compressed = Vec::new();
        let mut refused = false;
        for _ in 0..parts {
            let kind = choices.byte();
            let fin = kind & 0x80 != 0;
            match kind % 8 {
                0..4 => compressed.extend(self.another(choices, fin)),
                4 => {
                    let mut payload = payload(choices);
                    payload.truncate(u16::MAX.into());
                    compressed.extend(self.stored(&payload, fin));
                }
                5 => {
                    let length = 3 + usize::from(choices.byte());
                    let distance = usize::from(choices.byte()) << 8 | usize::from(choices.byte());
                    let distance = 1 + distance % WINDOW;
                    compressed.extend(reference(length, distance, fin));
                    refused = distance > self.history.len();
                    if refused {
                        break;
                    }
                    self.repeat(length, distance);
                }
                6 if fin => compressed.extend([0x03, 0x00]),
                6 => compressed.extend([&[0x02, 0x00], &TAIL[..]].concat()),
                _ => compressed.extend(self.stored(b"", fin)),
            }
        }
        match compressed.strip_suffix(&TAIL) {
            Some(rest) => compressed.truncate(rest.len()),
            // RFC 7692 7.2.3.4: behind a final block there is to be an empty one, of which the tail is removed.
            None if choices.byte().is_multiple_of(2) => compressed.push(0),
            None => {}
        }
        Compressed {
            payload: self.history[start..].to_vec(),
            compressed,
            refused,
        }
    }

    /// The other implementation's blocks.
    fn another(&mut self, choices: &mut Choices<'_>, fin: bool) -> Vec<u8> {
        let settings = choices.byte();
        let (level, strategy) = (settings % 11, settings / 11 % 5);
        let mut payload = payload(choices);
        payload.truncate(MOST_BYTES.saturating_sub(self.history.len()));
        let compressor = self.compressor.get_or_insert_with(|| {
            // Negative: without a header.
            let flags = create_comp_flags_from_zip_params(level.into(), -15, strategy.into());
            Box::new(CompressorOxide::new(flags))
        });
        let flush = match fin {
            true => TDEFLFlush::Finish,
            false => TDEFLFlush::Sync,
        };
        let mut compressed = Vec::new();
        let (status, read) = compress_to_output(compressor, &payload, flush, |part| {
            compressed.extend_from_slice(part);
            true
        });
        assert!(status == TDEFLStatus::Okay || status == TDEFLStatus::Done);
        assert_eq!(read, payload.len());
        self.history.extend(payload);
        if fin {
            // It would not go on behind a final block.
            self.compressor = None;
        }
        compressed
    }

    /// RFC 1951 3.2.4.
    fn stored(&mut self, payload: &[u8], fin: bool) -> Vec<u8> {
        if !payload.is_empty() {
            self.history.extend(payload);
            self.compressor = None;
        }
        let length = payload.len() as u16;
        let [a, b] = length.to_le_bytes();
        let mut block = vec![fin.into(), a, b, !a, !b];
        block.extend(payload);
        if !fin && !payload.is_empty() {
            block.push(0);
            block.extend(TAIL);
        }
        block
    }

    fn repeat(&mut self, length: usize, distance: usize) {
        self.compressor = None;
        for _ in 0..length {
            self.history
                .push(self.history[self.history.len() - distance]);
        }
    }
}

/// A block of fixed codes (RFC 1951 3.2.6) with nothing but a reference: 3 to 258 bytes from 1 to 32,768 bytes back.
fn reference(length: usize, distance: usize, fin: bool) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.number(fin.into(), 1);
    bits.number(1, 2);
    let (code, extra) = match length {
        258 => (28, (0, 0)),
        _ => shortened(length - 3, 4),
    };
    match 257 + code {
        symbol @ ..280 => bits.code(symbol - 256, 7),
        symbol => bits.code(0xc0 + symbol - 280, 8),
    }
    bits.number(extra.0, extra.1);
    let (code, extra) = shortened(distance - 1, 2);
    bits.code(code, 5);
    bits.number(extra.0, extra.1);
    bits.code(0, 7);
    if !fin {
        bits.number(0, 3);
    }
    let mut bytes = bits.bytes;
    if !fin {
        bytes.extend(TAIL);
    }
    bytes
}

/// RFC 1951 3.2.5, lengths and distances alike: the first `2 * group` codes mean themselves, and each further `group` of codes
/// has one extra bit more. Answers the code, the extra bits and how many there are.
fn shortened(value: usize, group: usize) -> (usize, (usize, usize)) {
    if value < 2 * group {
        return (value, (0, 0));
    }
    let extra = (value / group).ilog2() as usize;
    let code = group * extra + (value >> extra);
    (code, (value & ((1 << extra) - 1), extra))
}

/// Bits from the lowest of each byte on.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    length: usize,
}

impl Bits {
    fn push(&mut self, bit: usize) {
        if self.length.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= (bit as u8) << (self.length % 8);
        }
        self.length += 1;
    }

    /// Numbers begin with their lowest bit.
    fn number(&mut self, number: usize, length: usize) {
        (0..length).for_each(|place| self.push(number >> place & 1));
    }

    /// Codes begin with their highest bit.
    fn code(&mut self, code: usize, length: usize) {
        (0..length)
            .rev()
            .for_each(|place| self.push(code >> place & 1));
    }
}
