//! UTF-8 that is shared when it is cloned: bytes as they were received, once they were checked.

pub(crate) use bytestring::ByteString as SharedText;
