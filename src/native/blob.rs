//! The web's `Blob` over shared bytes.

use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use bytes::Bytes;

use crate::error::Error;

/// Immutable bytes with a type, as the web knows them.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use onesocket::Blob;
///
/// let blob = Blob::with_type("hello", "text/plain");
/// assert_eq!(blob.size(), 5);
/// assert_eq!(blob.slice(1..3).text().await.unwrap(), "el");
/// # });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blob {
    bytes: Bytes,
    type_: Option<Arc<str>>,
}

impl Blob {
    /// A blob without a type.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Blob {
            bytes: bytes.into(),
            type_: None,
        }
    }

    /// A blob with a media type.
    ///
    /// As on the web, a type with characters outside of printable ASCII counts as none, and letters become lower case.
    pub fn with_type(bytes: impl Into<Bytes>, type_: &str) -> Self {
        let printable = type_.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
        let type_ = (printable && !type_.is_empty()).then(|| type_.to_ascii_lowercase().into());
        Blob {
            bytes: bytes.into(),
            type_,
        }
    }

    /// The number of bytes.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The media type, or nothing.
    pub fn type_(&self) -> &str {
        self.type_.as_deref().unwrap_or("")
    }

    /// A part of the bytes, without copying and without a type. As on the web, a range that reaches too far is cut.
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Blob {
        let start = match range.start_bound() {
            Bound::Included(&start) => start,
            Bound::Excluded(&start) => start.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(&end) => end.saturating_add(1),
            Bound::Excluded(&end) => end,
            Bound::Unbounded => self.size(),
        };
        let end = end.min(self.size());
        Blob::new(self.bytes.slice(start.min(end)..end))
    }

    /// The bytes.
    ///
    /// # Errors
    ///
    /// Only in a browser, where the bytes may lie in a file that went away.
    #[expect(
        clippy::unused_async,
        reason = "a browser reads its blobs asynchronously"
    )]
    pub async fn bytes(&self) -> Result<Bytes, Error> {
        Ok(self.bytes.clone())
    }

    /// The bytes as text, as on the web: what is not UTF-8 is replaced by U+FFFD, and a byte order mark at the start is left out.
    ///
    /// # Errors
    ///
    /// Only in a browser, where the bytes may lie in a file that went away.
    #[expect(
        clippy::unused_async,
        reason = "a browser reads its blobs asynchronously"
    )]
    pub async fn text(&self) -> Result<String, Error> {
        // The File API's text() is Encoding's "UTF-8 decode", which drops a byte order mark, unlike messages and reasons.
        let bytes = self.bytes.strip_prefix(b"\xef\xbb\xbf");
        Ok(String::from_utf8_lossy(bytes.unwrap_or(&self.bytes)).into_owned())
    }
}

impl From<Bytes> for Blob {
    fn from(bytes: Bytes) -> Self {
        Blob::new(bytes)
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Blob::new(bytes)
    }
}

impl Blob {
    /// For the native `send`, which needs no waiting.
    pub(crate) fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_that_reaches_too_far_is_cut() {
        let blob = Blob::new("hello");
        assert_eq!(blob.slice(3..99).into_bytes(), "lo");
        assert_eq!(blob.slice(7..9).into_bytes(), "");
        assert_eq!(blob.slice(..=1).into_bytes(), "he");
    }

    #[test]
    fn a_type_is_lower_case_and_printable_or_nothing() {
        assert_eq!(Blob::with_type("", "Text/PLAIN").type_(), "text/plain");
        assert_eq!(Blob::with_type("", "text/plain\r\n").type_(), "");
        assert_eq!(Blob::new("x").type_(), "");
    }
}
