//! The four events of a socket and its four states, as plain data.

use std::fmt;

use bytes::Bytes;

use crate::address::Address;
use crate::blob::Blob;
use crate::close::{ABNORMAL, CloseFrame};
use crate::error::Error;
use crate::message::{BinaryType, Data, Message};

/// The state of a connection, with the web's numbers.
///
/// ```
/// use onesocket::ReadyState;
///
/// assert_eq!(ReadyState::Open as u8, 1);
/// assert!(ReadyState::Closing < ReadyState::Closed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ReadyState {
    /// The connection is not yet open.
    Connecting = 0,
    /// Messages can be sent and received.
    Open = 1,
    /// The closing handshake is under way.
    Closing = 2,
    /// The connection is closed, or could not be opened.
    Closed = 3,
}

/// One of the four events; implemented by [`OpenEvent`], [`MessageEvent`], [`ErrorEvent`] and [`CloseEvent`].
///
/// It chooses what [`WebSocket::add_event_listener`](crate::WebSocket::add_event_listener) listens to.
pub trait Event: sealed::Event {
    /// The web's name of the event.
    const TYPE: &'static str;

    /// The web's `Event.type`: `"open"`, `"message"`, `"error"` or `"close"`.
    fn type_(&self) -> &'static str {
        Self::TYPE
    }
}

pub(crate) mod sealed {
    use super::{CloseEvent, ErrorEvent, MessageEvent, OpenEvent};

    /// The four events are the web's; there will be no fifth.
    pub trait Event: Sized + Clone + Send + 'static {
        /// The part of `all` that belongs to this event.
        fn of<P: PerEvent>(all: &mut P) -> &mut P::Of<Self>;
    }

    /// Something that there is once for each event, such as a list of listeners.
    pub trait PerEvent {
        type Of<E: Event>;

        fn open(&mut self) -> &mut Self::Of<OpenEvent>;
        fn message(&mut self) -> &mut Self::Of<MessageEvent>;
        fn error(&mut self) -> &mut Self::Of<ErrorEvent>;
        fn close(&mut self) -> &mut Self::Of<CloseEvent>;
    }
}

/// Names an event listener, to remove it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListenerId(pub(crate) u64);

/// The connection is open.
#[derive(Clone, Debug)]
pub struct OpenEvent(pub(crate) ());

/// A message was received.
#[derive(Clone, Debug)]
pub struct MessageEvent {
    pub(crate) message: Message,
    pub(crate) binary_type: BinaryType,
    pub(crate) address: Address,
}

/// The connection failed; a close event follows.
#[derive(Clone, Debug)]
pub struct ErrorEvent {
    pub(crate) cause: Error,
}

/// The connection is closed, or could not be opened.
#[derive(Clone, Debug)]
pub struct CloseEvent {
    pub(crate) was_clean: bool,
    pub(crate) code: u16,
    pub(crate) reason: Box<str>,
    pub(crate) cause: Option<Error>,
}

impl MessageEvent {
    /// The message as the web shows it: text, or a [`Blob`] or bytes as the socket's
    /// [`BinaryType`] was when the event was fired.
    pub fn data(&self) -> Data {
        match (&self.message, self.binary_type) {
            (Message::Text(text), _) => Data::Text(text.clone()),
            (Message::Binary(bytes), BinaryType::ArrayBuffer) => Data::Bytes(bytes.clone()),
            (Message::Binary(bytes), BinaryType::Blob) => Data::Blob(Blob::from(bytes.clone())),
        }
    }

    /// The text of a text message.
    pub fn text(&self) -> Option<&str> {
        self.message.as_text()
    }

    /// The bytes of a binary message, whatever the binary type says.
    pub fn bytes(&self) -> Option<&Bytes> {
        self.message.as_binary()
    }

    /// The message itself.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// The origin of the socket's URL: `ws://host:port`, without a default port.
    pub fn origin(&self) -> &str {
        self.address.origin()
    }
}

impl ErrorEvent {
    /// What the web does not tell: why the connection failed.
    pub fn cause(&self) -> &Error {
        &self.cause
    }
}

impl CloseEvent {
    /// Whether both sides agreed to close.
    pub fn was_clean(&self) -> bool {
        self.was_clean
    }

    /// The code that the peer sent; 1005 if it sent none, 1006 if the connection ended without a Close frame.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The reason that the peer sent, or nothing.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What the web does not tell: why the connection did not end cleanly. `None` exactly when it did.
    pub fn cause(&self) -> Option<&Error> {
        self.cause.as_ref()
    }
}

impl CloseEvent {
    /// Both sides agreed, and the peer said this.
    pub(crate) fn clean(frame: CloseFrame) -> Self {
        CloseEvent {
            was_clean: true,
            code: frame.event_code(),
            reason: frame.reason,
            cause: None,
        }
    }

    /// RFC 6455 7.1.5: no Close frame was received, so "_The WebSocket Connection Close Code_ is considered to be 1006".
    pub(crate) fn abnormal(cause: Error) -> Self {
        CloseEvent {
            was_clean: false,
            code: ABNORMAL,
            reason: Box::default(),
            cause: Some(cause),
        }
    }
}

impl fmt::Display for ReadyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReadyState::Connecting => "CONNECTING",
            ReadyState::Open => "OPEN",
            ReadyState::Closing => "CLOSING",
            ReadyState::Closed => "CLOSED",
        })
    }
}

impl From<ReadyState> for u8 {
    fn from(state: ReadyState) -> u8 {
        state as u8
    }
}

impl sealed::Event for OpenEvent {
    fn of<P: sealed::PerEvent>(all: &mut P) -> &mut P::Of<Self> {
        all.open()
    }
}

impl Event for OpenEvent {
    const TYPE: &'static str = "open";
}

impl sealed::Event for MessageEvent {
    fn of<P: sealed::PerEvent>(all: &mut P) -> &mut P::Of<Self> {
        all.message()
    }
}

impl Event for MessageEvent {
    const TYPE: &'static str = "message";
}

impl sealed::Event for ErrorEvent {
    fn of<P: sealed::PerEvent>(all: &mut P) -> &mut P::Of<Self> {
        all.error()
    }
}

impl Event for ErrorEvent {
    const TYPE: &'static str = "error";
}

impl sealed::Event for CloseEvent {
    fn of<P: sealed::PerEvent>(all: &mut P) -> &mut P::Of<Self> {
        all.close()
    }
}

impl Event for CloseEvent {
    const TYPE: &'static str = "close";
}
