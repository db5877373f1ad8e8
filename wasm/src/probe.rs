//! The messages of a measurement: recognised when they come back, and kept out of the log.

const MARK: &[u8] = b"onesocket probe ";

/// The sizes that can be chosen start here: the mark, and a number.
pub const SMALLEST: usize = MARK.len() + 8;

/// The probe of this number, so many bytes long.
pub fn make(number: u64, size: usize) -> Vec<u8> {
    let mut bytes = [MARK, &number.to_be_bytes()].concat();
    bytes.resize(size.max(SMALLEST), 0);
    bytes
}

/// The number of a probe; nothing for any other message.
pub fn number(bytes: &[u8]) -> Option<u64> {
    let number = bytes.strip_prefix(MARK)?.first_chunk()?;
    Some(u64::from_be_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_is_recognised_by_its_mark() {
        assert_eq!(number(&make(7, 32)), Some(7));
        assert_eq!(make(7, 1024).len(), 1024);
        assert_eq!(make(7, 0).len(), SMALLEST);
        for other in [&b"hello"[..], MARK, b""] {
            assert_eq!(number(other), None);
        }
    }
}
