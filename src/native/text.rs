//! UTF-8 that is shared when it is cloned: bytes as they were received, once they were checked.

pub(crate) use bytestring::ByteString as SharedText;

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_text_of_shared_bytes_shares_them() {
        let run = Bytes::copy_from_slice(b"two texts");
        let text = SharedText::try_from(run.slice(4..)).unwrap();
        assert_eq!(text.as_ptr(), run[4..].as_ptr());
    }
}
