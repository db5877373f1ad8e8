//! Bytes as a person writes and reads them: hexadecimal digits.

use std::fmt::Write;

/// Bytes in a line of a dump: little enough for a phone.
const LINE: usize = 8;

/// Reads pairs of digits. Blanks, commas, colons and the prefix `0x` may stand between bytes.
///
/// # Errors
///
/// What is wrong, for the person who wrote it.
pub fn parse(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ':')) {
        let digits = word.strip_prefix("0x").unwrap_or(word);
        let values: Vec<u8> = digits.chars().map(digit).collect::<Result<_, _>>()?;
        let pairs = values.chunks_exact(2);
        if !pairs.remainder().is_empty() {
            return Err(format!(
                "“{word}” has an odd number of digits: a byte has two"
            ));
        }
        bytes.extend(pairs.map(|pair| pair[0] << 4 | pair[1]));
    }
    Ok(bytes)
}

fn digit(character: char) -> Result<u8, String> {
    let value = character
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok());
    value.ok_or_else(|| format!("“{character}” is not a hexadecimal digit"))
}

/// The first `limit` bytes, eight in a line, with the characters that they are in ASCII beside them.
pub fn dump(bytes: &[u8], limit: usize) -> String {
    let shown = &bytes[..bytes.len().min(limit)];
    let mut text = String::new();
    for line in shown.chunks(LINE) {
        if !text.is_empty() {
            text.push('\n');
        }
        for byte in line {
            write!(text, "{byte:02x} ").expect("a String takes all that is written");
        }
        // A single line needs no column to align to.
        if shown.len() > LINE {
            text.extend(std::iter::repeat_n("   ", LINE - line.len()));
        }
        text.push(' ');
        text.extend(line.iter().map(|&byte| match byte {
            b' '..=b'~' => char::from(byte),
            _ => '·',
        }));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_in_every_common_notation() {
        for text in [
            "48 65 6C",
            "48656c",
            "0x48, 0x65, 0x6c",
            "48:65:6c",
            " 48\n65\t6c ",
        ] {
            assert_eq!(parse(text).as_deref(), Ok(&b"Hel"[..]), "{text}");
        }
        assert_eq!(parse("").as_deref(), Ok(&b""[..]));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(parse("4g").unwrap_err(), "“g” is not a hexadecimal digit");
        assert!(parse("48 6").unwrap_err().contains("“6” has an odd number"));
    }

    #[test]
    fn a_dump_has_eight_bytes_in_a_line_and_their_characters() {
        assert_eq!(dump(b"Hi\0", 100), "48 69 00  Hi·");
        assert_eq!(
            dump(b"Hello, World", 100),
            "48 65 6c 6c 6f 2c 20 57  Hello, W\n6f 72 6c 64              orld"
        );
        assert_eq!(dump(&[0x41; 100], 3), "41 41 41  AAA");
    }
}
