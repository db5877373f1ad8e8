//! The browser's own `Blob`.

use std::cell::OnceCell;
use std::ops::{Bound, RangeBounds};

use bytes::Bytes;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, throw_val};
use web_sys::BlobPropertyBag;

use crate::cause::Cause;
use crate::error::{Error, Stage};

/// Immutable bytes with a type, as the web knows them.
///
/// It is the browser's own: the bytes may lie in a file that was never read into memory.
///
/// ```no_run
/// # async fn f() -> Result<(), onesocket::Error> {
/// use onesocket::Blob;
///
/// let blob = Blob::with_type("hello", "text/plain");
/// assert_eq!(blob.size(), 5);
/// assert_eq!(blob.slice(1..3).text().await?, "el");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Blob {
    blob: web_sys::Blob,
    /// A copy of its own, to be borrowed.
    type_: OnceCell<Box<str>>,
}

impl Blob {
    /// A blob without a type.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Blob::with_type(bytes, "")
    }

    /// A blob with a media type.
    ///
    /// As on the web, a type with characters outside of printable ASCII counts as none, and letters become lower case.
    pub fn with_type(bytes: impl Into<Bytes>, type_: &str) -> Self {
        let parts = Array::of1(&Uint8Array::from(&*bytes.into()));
        let options = BlobPropertyBag::new();
        options.set_type(type_);
        let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&parts, &options);
        // It is thrown where there is no memory: there is nothing that a program could do.
        blob.unwrap_or_else(|thrown| throw_val(thrown)).into()
    }

    /// The number of bytes.
    pub fn size(&self) -> usize {
        self.blob.size() as usize
    }

    /// The media type, or nothing.
    pub fn type_(&self) -> &str {
        self.type_.get_or_init(|| self.blob.type_().into())
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
            Bound::Unbounded => usize::MAX,
        };
        let blob = self.blob.slice_with_f64_and_f64(start as f64, end as f64);
        blob.unwrap_or_else(|thrown| throw_val(thrown)).into()
    }

    /// The bytes.
    ///
    /// # Errors
    ///
    /// Only in a browser, where the bytes may lie in a file that went away.
    pub async fn bytes(&self) -> Result<Bytes, Error> {
        let buffer = self.blob.array_buffer().await.map_err(unreadable)?;
        Ok(Uint8Array::new(&buffer).to_vec().into())
    }

    /// The bytes as text; what is not UTF-8 is replaced by U+FFFD, as on the web.
    ///
    /// # Errors
    ///
    /// Only in a browser, where the bytes may lie in a file that went away.
    pub async fn text(&self) -> Result<String, Error> {
        let text = self.blob.text().await.map_err(unreadable)?;
        Ok(text.as_string().unwrap_or_default())
    }
}

fn unreadable(thrown: JsValue) -> Error {
    let said = thrown.unchecked_into::<js_sys::Error>().message();
    Error::from(Cause::Browser {
        during: Stage::Call,
        said: Some(String::from(said)),
    })
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

/// # In a browser only
impl From<web_sys::Blob> for Blob {
    fn from(blob: web_sys::Blob) -> Self {
        Blob {
            blob,
            type_: OnceCell::new(),
        }
    }
}

/// # In a browser only
impl From<web_sys::File> for Blob {
    fn from(file: web_sys::File) -> Self {
        web_sys::Blob::from(file).into()
    }
}

/// # In a browser only
impl From<Blob> for web_sys::Blob {
    fn from(blob: Blob) -> Self {
        blob.blob
    }
}

/// # In a browser only
impl AsRef<web_sys::Blob> for Blob {
    fn as_ref(&self) -> &web_sys::Blob {
        &self.blob
    }
}
