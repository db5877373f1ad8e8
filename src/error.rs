//! What can go wrong, told by who is at fault: the caller, the peer or the network.

mod upgrade;
mod violation;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::cause::Cause;
use crate::fault::Fault;

pub(crate) use upgrade::{Excerpt, UpgradeFault};
pub(crate) use violation::Violation;

/// The caller gave a URL, a subprotocol or a close reason that the standard does not allow.
///
/// The web's `SyntaxError`. Nothing was sent and nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError(pub(crate) Fault);

/// The caller sent while the socket was still connecting.
///
/// The web's `InvalidStateError`; the data was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidStateError(pub(crate) ());

/// The caller gave a close code that is neither 1000 nor within 3000 to 4999.
///
/// The web's `InvalidAccessError`; the socket stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidAccessError(pub(crate) u16);

/// Why a call or a connection failed.
///
/// Cheap to clone, and opaque so that it can grow: ask it what you need to know, or print it. Its text is a whole sentence
/// that says the stage too.
///
/// ```
/// # #[cfg(not(target_arch = "wasm32"))]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use onesocket::{Stage, WebSocket};
///
/// // Nothing listens on this port.
/// let error = WebSocket::connect("ws://127.0.0.1:1023").await.unwrap_err();
/// assert_eq!(error.stage(), Stage::Tcp);
/// assert!(error.is_retryable());
/// # });
/// ```
#[derive(Clone)]
pub struct Error(Arc<Kind>);

/// How far a connection had come when it failed; answered by [`Error::stage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// The caller's arguments or the moment of the call were wrong.
    Call,
    /// A rule of the web forbids the connection: a blocked port, an insecure scheme.
    Policy,
    /// The connection could not be opened, and a browser does not tell how far it had come.
    Opening,
    /// The host's name could not be resolved.
    Name,
    /// No TCP connection could be made.
    Tcp,
    /// TLS failed: a certificate, a version, the other side's alert.
    Tls,
    /// The answer was not a `101 Switching Protocols`; see [`Error::response`].
    Http,
    /// The answer was a 101, but not to our handshake.
    Upgrade,
    /// The peer broke a rule of RFC 6455 or RFC 7692 on the open connection.
    Protocol,
    /// A limit of this crate was reached.
    Limit,
    /// The open connection ended without a closing handshake.
    Network,
    /// The closing handshake did not come to its end.
    Closing,
    /// The asynchronous runtime ended under the socket.
    Runtime,
    /// The socket was closed from this side before it was open.
    Aborted,
}

/// What an HTTP server answered instead of `101 Switching Protocols`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Syntax(SyntaxError),
    InvalidState(InvalidStateError),
    InvalidAccess(InvalidAccessError),
    Aborted,
    Closed,
    /// What can happen to a connection of this target.
    Cause(Cause),
}

impl Error {
    /// How far the connection had come.
    pub fn stage(&self) -> Stage {
        match &*self.0 {
            Kind::Syntax(_) | Kind::InvalidState(_) | Kind::InvalidAccess(_) => Stage::Call,
            Kind::Aborted => Stage::Aborted,
            Kind::Closed => Stage::Closing,
            Kind::Cause(cause) => cause.stage(),
        }
    }

    /// The name of the exception that the web throws for this mistake of the caller: `"SyntaxError"`, `"InvalidStateError"`
    /// or `"InvalidAccessError"`. `None` for whatever happened to the connection, for which the web has no exceptions.
    ///
    /// ```
    /// # #[cfg(not(target_arch = "wasm32"))]
    /// # fn main() -> Result<(), onesocket::SyntaxError> {
    /// let socket = onesocket::WebSocket::new("wss://example.com/")?;
    /// let error = socket.close_with(1001, "going away").unwrap_err();
    /// assert_eq!(error.exception(), Some("InvalidAccessError"));
    /// # Ok(()) }
    /// # #[cfg(target_arch = "wasm32")]
    /// # fn main() {}
    /// ```
    pub fn exception(&self) -> Option<&'static str> {
        match &*self.0 {
            Kind::Syntax(_) => Some("SyntaxError"),
            Kind::InvalidState(_) => Some("InvalidStateError"),
            Kind::InvalidAccess(_) => Some("InvalidAccessError"),
            _ => None,
        }
    }

    /// Whether something took longer than its limit.
    pub fn is_timeout(&self) -> bool {
        self.cause().is_some_and(Cause::is_timeout)
    }

    /// Whether the same connection may well succeed when it is tried again later.
    ///
    /// True for faults of names, networks and timeouts, and for the HTTP answers 408, 425, 429
    /// and 5xx (except 501 and 505). False where the caller or the peer would have to change first.
    /// In a browser, which does not tell these apart, true for all that can be so.
    pub fn is_retryable(&self) -> bool {
        self.cause().is_some_and(Cause::is_retryable)
    }

    /// The HTTP answer of a server that did not switch protocols.
    pub fn response(&self) -> Option<&Response> {
        self.cause()?.response()
    }

    /// The code of the Close frame with which the connection was failed, if the peer was sent one.
    ///
    /// The close event says 1006 all the same, as in a browser.
    pub fn close_code(&self) -> Option<u16> {
        self.cause()?.close_code()
    }

    fn cause(&self) -> Option<&Cause> {
        match &*self.0 {
            Kind::Cause(cause) => Some(cause),
            _ => None,
        }
    }

    pub(crate) fn new(kind: Kind) -> Self {
        Error(Arc::new(kind))
    }
}

impl Response {
    /// The status code, 404 for example.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The reason phrase behind the status code; often empty.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The first field of this name, in any case, if its value is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// All fields in the order in which they came.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// The head of the body, up to 4 KiB: enough to see what the server wanted to say.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for InvalidStateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the socket is still connecting: wait for the open event, or for `opened()`, before sending")
    }
}

impl fmt::Display for InvalidAccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the close code {} is neither 1000 nor within 3000 to 4999",
            self.0
        )
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Call => "the call",
            Stage::Policy => "the web's connection policy",
            Stage::Opening => "the opening",
            Stage::Name => "name resolution",
            Stage::Tcp => "the TCP connection",
            Stage::Tls => "the TLS handshake",
            Stage::Http => "the HTTP answer",
            Stage::Upgrade => "the opening handshake",
            Stage::Protocol => "the WebSocket protocol",
            Stage::Limit => "a limit",
            Stage::Network => "the open connection",
            Stage::Closing => "the closing handshake",
            Stage::Runtime => "the runtime",
            Stage::Aborted => "this side's close",
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Syntax(error) => error.fmt(f),
            Kind::InvalidState(error) => error.fmt(f),
            Kind::InvalidAccess(error) => error.fmt(f),
            Kind::Aborted => f.write_str("the socket was closed before it was open"),
            Kind::Closed => f.write_str("the socket is closed"),
            Kind::Cause(cause) => cause.fmt(f),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Error").field(&self.0).finish()
    }
}

impl StdError for SyntaxError {}
impl StdError for InvalidStateError {}
impl StdError for InvalidAccessError {}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause()?.source()
    }
}

impl From<SyntaxError> for Error {
    fn from(error: SyntaxError) -> Self {
        Error::new(Kind::Syntax(error))
    }
}

impl From<InvalidStateError> for Error {
    fn from(error: InvalidStateError) -> Self {
        Error::new(Kind::InvalidState(error))
    }
}

impl From<InvalidAccessError> for Error {
    fn from(error: InvalidAccessError) -> Self {
        Error::new(Kind::InvalidAccess(error))
    }
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Error::new(Kind::Cause(cause))
    }
}
