//! UTF-8 that is shared when it is cloned: a string as the browser made it.

use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;

/// Not in `Bytes`, whose ways to share a `Vec` would be shipped with each page.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SharedText(Arc<String>);

impl SharedText {
    /// Without copying.
    pub(crate) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl Deref for SharedText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<[u8]> for SharedText {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl From<String> for SharedText {
    fn from(text: String) -> Self {
        SharedText(Arc::new(text))
    }
}

impl From<&str> for SharedText {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// What the engine asks of a text; its tests run here too.
#[cfg(test)]
impl TryFrom<Bytes> for SharedText {
    type Error = std::string::FromUtf8Error;

    fn try_from(bytes: Bytes) -> Result<Self, Self::Error> {
        String::from_utf8(bytes.into()).map(Self::from)
    }
}
