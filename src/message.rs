//! What is sent and received: text, bytes and blobs.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;

use crate::blob::Blob;
use crate::text::SharedText;

/// A whole message as it was received.
///
/// Natively it may share memory with those that arrived beside it, as nothing is copied that need not be: up to 64 KiB, or 5 KiB
/// if it has no more than 125 bytes. Who keeps a few of many messages for long had better copy them.
///
/// ```
/// use onesocket::Message;
///
/// let message = Message::from("hello");
/// assert!(matches!(&message, Message::Text(text) if text == "hello"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// A text message.
    Text(Text),
    /// A binary message.
    Binary(Bytes),
}

/// What [`WebSocket::send`](crate::WebSocket::send) takes; every everyday type converts into it.
#[derive(Clone, Debug)]
pub enum Data {
    /// Goes out as a text message.
    Text(Text),
    /// Goes out as a binary message.
    Bytes(Bytes),
    /// Goes out as a binary message; its bytes may come later, but the order of messages is kept.
    Blob(Blob),
}

/// UTF-8 text that is shared, not copied, when it is cloned; it reads like a `&str`.
///
/// ```
/// use onesocket::Text;
///
/// let text = Text::from("hello");
/// assert_eq!(text, "hello");
/// assert!(text.starts_with("he"));
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(pub(crate) SharedText);

/// How a binary message shows itself in [`MessageEvent::data`](crate::MessageEvent::data).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BinaryType {
    /// As a [`Blob`], the web's default.
    #[default]
    Blob,
    /// As bytes.
    ArrayBuffer,
}

impl Message {
    /// The text of a text message.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Message::Text(text) => Some(text),
            Message::Binary(_) => None,
        }
    }

    /// The bytes of a binary message.
    pub fn as_binary(&self) -> Option<&Bytes> {
        match self {
            Message::Text(_) => None,
            Message::Binary(bytes) => Some(bytes),
        }
    }

    /// The number of payload bytes: of UTF-8 in a text message.
    pub fn len(&self) -> usize {
        match self {
            Message::Text(text) => text.len(),
            Message::Binary(bytes) => bytes.len(),
        }
    }

    /// Whether the message carries no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The payload, whichever kind it is.
    pub fn into_bytes(self) -> Bytes {
        match self {
            Message::Text(text) => text.into_bytes(),
            Message::Binary(bytes) => bytes,
        }
    }
}

impl Data {
    /// The number of bytes that it adds to [`buffered_amount`](crate::WebSocket::buffered_amount).
    pub fn len(&self) -> usize {
        match self {
            Data::Text(text) => text.len(),
            Data::Bytes(bytes) => bytes.len(),
            Data::Blob(blob) => blob.size(),
        }
    }

    /// Whether it carries no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Text {
    /// The text as a string slice.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The UTF-8 bytes, without copying.
    pub fn into_bytes(self) -> Bytes {
        self.0.into_bytes()
    }
}

impl BinaryType {
    /// The web's name: `"blob"` or `"arraybuffer"`.
    pub fn as_str(self) -> &'static str {
        match self {
            BinaryType::Blob => "blob",
            BinaryType::ArrayBuffer => "arraybuffer",
        }
    }
}

impl fmt::Display for BinaryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text(SharedText::from(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text(SharedText::from(text))
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

/// Conversions into a message, and through it into [`Data`].
macro_rules! from {
    ($($type:ty => $variant:ident via $inner:expr;)*) => {$(
        impl From<$type> for Message {
            fn from(value: $type) -> Self {
                Message::$variant(($inner)(value))
            }
        }

        impl From<$type> for Data {
            fn from(value: $type) -> Self {
                Message::from(value).into()
            }
        }
    )*};
}

from! {
    Text => Text via std::convert::identity;
    &Text => Text via Text::clone;
    &str => Text via Text::from;
    String => Text via Text::from;
    &String => Text via Text::from;
    Bytes => Binary via std::convert::identity;
    &Bytes => Binary via Bytes::clone;
    Vec<u8> => Binary via Bytes::from;
    &Vec<u8> => Binary via |bytes: &Vec<u8>| Bytes::copy_from_slice(bytes);
    Box<[u8]> => Binary via Bytes::from;
    &[u8] => Binary via Bytes::copy_from_slice;
}

impl<const N: usize> From<[u8; N]> for Message {
    fn from(bytes: [u8; N]) -> Self {
        Message::Binary(Bytes::copy_from_slice(&bytes))
    }
}

impl<const N: usize> From<&[u8; N]> for Message {
    fn from(bytes: &[u8; N]) -> Self {
        Message::Binary(Bytes::copy_from_slice(bytes))
    }
}

impl<const N: usize> From<[u8; N]> for Data {
    fn from(bytes: [u8; N]) -> Self {
        Message::from(bytes).into()
    }
}

impl<const N: usize> From<&[u8; N]> for Data {
    fn from(bytes: &[u8; N]) -> Self {
        Message::from(bytes).into()
    }
}

impl From<Message> for Data {
    fn from(message: Message) -> Self {
        match message {
            Message::Text(text) => Data::Text(text),
            Message::Binary(bytes) => Data::Bytes(bytes),
        }
    }
}

impl From<&Message> for Data {
    fn from(message: &Message) -> Self {
        message.clone().into()
    }
}

impl From<Blob> for Data {
    fn from(blob: Blob) -> Self {
        Data::Blob(blob)
    }
}

impl From<&Blob> for Data {
    fn from(blob: &Blob) -> Self {
        Data::Blob(blob.clone())
    }
}
