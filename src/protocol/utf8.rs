//! Text as it arrives: cut anywhere, between frames and within characters (RFC 6455 5.6, 8.1).

use crate::message::Text;

/// The bytes are not UTF-8, nor will any bytes to come make them so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotUtf8;

/// A text message of which a part has arrived.
#[derive(Debug, Default)]
pub(super) struct PartialText {
    text: String,
    /// The first bytes of a character whose other bytes are still to come: at most three of four.
    cut: [u8; 4],
    cut_length: usize,
}

/// The bytes as text, if they are UTF-8 from their first to their last.
pub(super) fn validate(bytes: &[u8]) -> Result<&str, NotUtf8> {
    simdutf8::basic::from_utf8(bytes).map_err(|_| NotUtf8)
}

impl PartialText {
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn reserve(&mut self, additional: usize) {
        self.text.reserve(additional);
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
        self.cut[self.cut_length] = byte;
        self.cut_length += 1;
        match str::from_utf8(&self.cut[..self.cut_length]) {
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
