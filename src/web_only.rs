//! What exists in a browser only.

use js_sys::{ArrayBuffer, Uint8Array};

use crate::blob::Blob;
use crate::message::Data;

/// # In a browser only
impl From<&Uint8Array> for Data {
    /// Goes out as a binary message.
    fn from(bytes: &Uint8Array) -> Self {
        bytes.to_vec().into()
    }
}

/// # In a browser only
impl From<&ArrayBuffer> for Data {
    /// Goes out as a binary message.
    fn from(buffer: &ArrayBuffer) -> Self {
        (&Uint8Array::new(buffer)).into()
    }
}

/// # In a browser only
impl From<web_sys::Blob> for Data {
    fn from(blob: web_sys::Blob) -> Self {
        Blob::from(blob).into()
    }
}

/// # In a browser only
impl From<web_sys::File> for Data {
    fn from(file: web_sys::File) -> Self {
        Blob::from(file).into()
    }
}
