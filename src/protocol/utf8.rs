//! Text as it arrives: cut anywhere, between frames and within characters (RFC 6455 5.6, 8.1).

use bytes::Bytes;

use crate::message::Text;
use crate::text::SharedText;

/// The bytes are not UTF-8, nor will any bytes to come make them so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotUtf8;

/// A text message of which a part has arrived.
#[derive(Debug, Default)]
pub(super) struct PartialText {
    text: String,
    /// The first bytes of a character whose other bytes are still to come: at most three of four.
    cut: [u8; 4],
    cut_length: u8,
}

/// The bytes as text, if they are UTF-8 from their first to their last.
pub(super) fn validate(bytes: &[u8]) -> Result<&str, NotUtf8> {
    simdutf8::basic::from_utf8(bytes).map_err(|_| NotUtf8)
}

/// The same, as a text that shares the bytes.
pub(super) fn share(bytes: Bytes) -> Result<Text, NotUtf8> {
    SharedText::try_from(bytes).map(Text).map_err(|_| NotUtf8)
}

impl PartialText {
    pub(super) fn len(&self) -> usize {
        self.text.len() + usize::from(self.cut_length)
    }

    pub(super) fn capacity(&self) -> usize {
        self.text.capacity()
    }

    pub(super) fn reserve(&mut self, additional: usize) {
        self.text.reserve(additional);
    }

    pub(super) fn reserve_exact(&mut self, additional: usize) {
        self.text.reserve_exact(additional);
    }

    /// Appends what arrived next; fails with the first byte that no byte to come can redeem.
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Result<(), NotUtf8> {
        while self.cut_length > 0 {
            let Some((&byte, rest)) = bytes.split_first() else {
                return Ok(());
            };
            bytes = rest;
            self.complete_cut(byte)?;
        }
        let (whole, cut) = bytes.split_at(bytes.len() - cut_character(bytes));
        self.text.push_str(validate(whole)?);
        for &byte in cut {
            self.complete_cut(byte)?;
        }
        Ok(())
    }

    /// The whole text. Fails if it ends within a character.
    pub(super) fn finish(self) -> Result<Text, NotUtf8> {
        match self.cut_length {
            0 => Ok(Text::from(self.text)),
            _ => Err(NotUtf8),
        }
    }

    /// Adds a byte to the cut character, and the character to the text once it is whole.
    fn complete_cut(&mut self, byte: u8) -> Result<(), NotUtf8> {
        self.cut[usize::from(self.cut_length)] = byte;
        self.cut_length += 1;
        match str::from_utf8(&self.cut[..usize::from(self.cut_length)]) {
            Ok(character) => {
                self.text.push_str(character);
                self.cut_length = 0;
                Ok(())
            }
            // No length of an error means that the bytes are right so far and end too early.
            Err(error) if error.error_len().is_none() => Ok(()),
            Err(_) => Err(NotUtf8),
        }
    }
}

/// How many bytes at the end belong to a character that wants more bytes than there are: 0 to 3.
///
/// Looks at lengths alone; whether those bytes can begin a character is for validation to say.
fn cut_character(bytes: &[u8]) -> usize {
    for (behind, byte) in (1..=3).zip(bytes.iter().rev()) {
        let wanted = match byte {
            0x80..=0xBF => continue,
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xFF => 4,
            _ => 1,
        };
        return if wanted > behind { behind } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters on both sides of each boundary of the encoding, and of the gaps in it.
    const CHARACTERS: [char; 14] = [
        '\0',
        'a',
        '\u{7f}',
        '\u{80}',
        '\u{7ff}',
        '\u{800}',
        '\u{fff}',
        '\u{1000}',
        '\u{d7ff}',
        '\u{e000}',
        '\u{ffff}',
        '\u{10000}',
        '\u{fffff}',
        '\u{10ffff}',
    ];

    /// The bytes at which the grammar of UTF-8 (RFC 3629 section 4) changes its mind.
    const TELLING_BYTES: [u8; 24] = [
        0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec,
        0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
    ];

    #[test]
    fn every_boundary_character_survives_every_cut() {
        let text = String::from_iter(CHARACTERS);
        let bytes = text.as_bytes();
        for left in 0..=bytes.len() {
            for right in left..=bytes.len() {
                let pieces = [&bytes[..left], &bytes[left..right], &bytes[right..]];
                let whole = decode(pieces);
                assert_eq!(whole, Ok(Text::from(&text)), "cut at {left} and {right}");
            }
        }
    }

    #[test]
    fn every_sequence_of_four_telling_bytes_fails_at_the_byte_that_std_finds() {
        for a in TELLING_BYTES {
            for b in TELLING_BYTES {
                for c in TELLING_BYTES {
                    for d in TELLING_BYTES {
                        let bytes = [a, b, c, d];
                        let wanted = first_bad_prefix(&bytes);
                        let mut text = PartialText::default();
                        let failed = (0..4).find(|&at| text.push(&bytes[at..=at]).is_err());
                        assert_eq!(failed.map(|at| at + 1), wanted, "{bytes:x?}");
                        if failed.is_none() {
                            let whole = str::from_utf8(&bytes).ok().map(Text::from);
                            assert_eq!(text.finish().ok(), whole, "{bytes:x?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn random_bytes_in_random_pieces_are_judged_as_std_does() {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for round in 0..5_000 {
            let mut bytes = Vec::new();
            for _ in 0..random.below(60) {
                let character = CHARACTERS[random.below(CHARACTERS.len())];
                bytes.extend(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            // Half of the texts are spoiled.
            if !bytes.is_empty() && round % 2 == 0 {
                let at = random.below(bytes.len());
                bytes[at] = TELLING_BYTES[random.below(TELLING_BYTES.len())];
            }
            let bad = first_bad_prefix(&bytes);
            let mut text = PartialText::default();
            let mut pushed = 0;
            let mut failed = None;
            while pushed < bytes.len() && failed.is_none() {
                let end = bytes.len().min(pushed + random.below(9));
                if text.push(&bytes[pushed..end]).is_err() {
                    failed = Some((pushed, end));
                }
                pushed = end;
            }
            match (failed, bad) {
                (Some((start, end)), Some(bad)) => assert!(start < bad && bad <= end, "{bytes:x?}"),
                (None, None) => {
                    let whole = str::from_utf8(&bytes).ok().map(Text::from);
                    assert_eq!(text.finish().ok(), whole, "{bytes:x?}");
                }
                other => panic!("{other:?} for {bytes:x?}"),
            }
        }
    }

    fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Text, NotUtf8> {
        let mut text = PartialText::default();
        for piece in pieces {
            text.push(piece)?;
        }
        text.finish()
    }

    /// The length of the shortest prefix that nothing can continue to UTF-8.
    fn first_bad_prefix(bytes: &[u8]) -> Option<usize> {
        (1..=bytes.len()).find(|&length| {
            str::from_utf8(&bytes[..length]).is_err_and(|error| error.error_len().is_some())
        })
    }

    /// Xorshift: the same numbers in every run.
    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % bound as u64) as usize
        }
    }
}
