//! How bytes are written in a URL and in a report.

use std::fmt::Write;

/// Percent-encodes all but the characters that RFC 3986 calls unreserved, which no URL parser changes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(byte.into());
            }
            _ => write!(text, "%{byte:02X}").expect("a String takes all that is written"),
        }
    }
    text
}

/// Bytes as hexadecimal digits.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hexadecimal digits as bytes; white space between them is skipped.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(hex_digit)
        .collect::<Option<Vec<u8>>>()?;
    let pairs = digits.chunks_exact(2);
    pairs
        .remainder()
        .is_empty()
        .then(|| pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}

pub(crate) fn hex_digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    Some(u8::try_from(digit).expect("a hexadecimal digit is below 16"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay_as_they_are() {
        assert_eq!(encode(b"a-._~b&c=d,e%\xff"), "a-._~b%26c%3Dd%2Ce%25%FF");
    }

    #[test]
    fn hexadecimal_digits_come_in_pairs() {
        assert_eq!(from_hex("8a 00").as_deref(), Some(&[0x8a, 0][..]));
        assert_eq!(to_hex(&[0x8a, 0]), "8a00");
        for wrong in ["8", "8g", "é"] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }
}
