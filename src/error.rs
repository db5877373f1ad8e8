//! What can go wrong, told by who is at fault: the caller, the peer or the network.

mod upgrade;
mod violation;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

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
    BlockedPort(u16),
    InsecureScheme,
    TlsMissing,
    Name {
        host: String,
        source: Source,
    },
    Tcp {
        address: String,
        source: Source,
    },
    Tls(Source),
    Http(Response),
    Upgrade(UpgradeFault),
    Violation(Violation),
    Unsent {
        limit: usize,
    },
    Unread {
        waited: Duration,
    },
    UnreadFull {
        limit: usize,
        /// What lay behind it went away with the peer's Close.
        is_cut: bool,
    },
    ConnectTimeout {
        during: Stage,
        limit: Duration,
    },
    CloseTimeout {
        limit: Duration,
    },
    Ended {
        during: Stage,
    },
    Browser {
        during: Stage,
        said: Option<String>,
    },
    Io {
        during: Stage,
        source: Source,
    },
    Aborted,
    Closed,
    RuntimeEnded,
    InsideRuntime,
}

/// The error of another library, kept for [`StdError::source`].
pub(crate) type Source = Arc<dyn StdError + Send + Sync>;

impl Error {
    /// How far the connection had come.
    pub fn stage(&self) -> Stage {
        match &*self.0 {
            Kind::Syntax(_)
            | Kind::InvalidState(_)
            | Kind::InvalidAccess(_)
            | Kind::InsideRuntime => Stage::Call,
            Kind::BlockedPort(_) | Kind::InsecureScheme => Stage::Policy,
            Kind::TlsMissing | Kind::Tls(_) => Stage::Tls,
            Kind::Name { .. } => Stage::Name,
            Kind::Tcp { .. } => Stage::Tcp,
            Kind::Http(_) => Stage::Http,
            Kind::Upgrade(_) => Stage::Upgrade,
            Kind::Violation(
                Violation::MessageTooBig { .. } | Violation::TooManyFragments { .. },
            ) => Stage::Limit,
            Kind::Violation(_) => Stage::Protocol,
            Kind::Unsent { .. } | Kind::Unread { .. } | Kind::UnreadFull { .. } => Stage::Limit,
            Kind::ConnectTimeout { during, .. }
            | Kind::Ended { during }
            | Kind::Browser { during, .. }
            | Kind::Io { during, .. } => *during,
            Kind::CloseTimeout { .. } | Kind::Closed => Stage::Closing,
            Kind::Aborted => Stage::Aborted,
            Kind::RuntimeEnded => Stage::Runtime,
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
        matches!(
            &*self.0,
            Kind::ConnectTimeout { .. } | Kind::CloseTimeout { .. } | Kind::Unread { .. }
        )
    }

    /// Whether the same connection may well succeed when it is tried again later.
    ///
    /// True for faults of names, networks and timeouts, and for the HTTP answers 408, 425, 429
    /// and 5xx (except 501 and 505). False where the caller or the peer would have to change first.
    /// In a browser, which does not tell these apart, true for all that can be so.
    pub fn is_retryable(&self) -> bool {
        match &*self.0 {
            Kind::Name { .. }
            | Kind::Tcp { .. }
            | Kind::ConnectTimeout { .. }
            | Kind::CloseTimeout { .. }
            | Kind::Ended { .. }
            | Kind::Io { .. } => true,
            Kind::Browser { during, .. } => *during != Stage::Protocol,
            Kind::Http(response) => match response.status {
                408 | 425 | 429 => true,
                501 | 505 => false,
                status => (500..600).contains(&status),
            },
            _ => false,
        }
    }

    /// The HTTP answer of a server that did not switch protocols.
    pub fn response(&self) -> Option<&Response> {
        match &*self.0 {
            Kind::Http(response) => Some(response),
            _ => None,
        }
    }

    /// The code of the Close frame with which the connection was failed, if the peer was sent one.
    ///
    /// The close event says 1006 all the same, as in a browser.
    pub fn close_code(&self) -> Option<u16> {
        match &*self.0 {
            Kind::Violation(violation) => Some(violation.close_code()),
            _ => None,
        }
    }

    pub(crate) fn new(kind: Kind) -> Self {
        Error(Arc::new(kind))
    }

    pub(crate) fn io(during: Stage, source: std::io::Error) -> Self {
        Error::new(Kind::Io {
            during,
            source: Arc::new(source),
        })
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
            Kind::BlockedPort(port) => {
                write!(f, "port {port} is on the web's list of blocked ports")
            }
            Kind::InsecureScheme => {
                f.write_str("ws: is not allowed in a secure context, only wss:")
            }
            Kind::TlsMissing => {
                f.write_str("wss: needs the feature `tls` and certificate authorities to trust")
            }
            Kind::Name { host, source } => {
                write!(f, "the name {host} could not be resolved: {source}")
            }
            Kind::Tcp { address, source } => write!(f, "no TCP connection to {address}: {source}"),
            Kind::Tls(source) => write!(f, "the TLS handshake failed: {source}"),
            Kind::Http(response) => {
                write!(
                    f,
                    "the server answered {} {}, not 101",
                    response.status, response.reason
                )
            }
            Kind::Upgrade(fault) => write!(f, "the opening handshake failed: {fault}"),
            Kind::Violation(violation) => write!(f, "the connection was failed: {violation}"),
            Kind::Unsent { limit } => {
                write!(f, "more than the limit of {limit} bytes waited to be sent")
            }
            Kind::Unread { waited } => write!(
                f,
                "the close cannot be seen, as received messages lie unread and nobody read them for {waited:?}"
            ),
            Kind::UnreadFull { limit, is_cut } => {
                if *is_cut {
                    f.write_str("messages before the peer's close may be missing, as ")?;
                }
                write!(
                    f,
                    "more than the limit of {limit} bytes lay received and unread: read faster, or raise `max_unread`"
                )
            }
            Kind::ConnectTimeout { during, limit } => {
                write!(
                    f,
                    "the connection was not open within {limit:?}; it had come to {during}"
                )
            }
            Kind::CloseTimeout { limit } => {
                write!(
                    f,
                    "the peer did not finish the closing handshake within {limit:?}"
                )
            }
            Kind::Ended { during } => write!(f, "the peer ended {during} without a word"),
            Kind::Browser { during, said } => {
                f.write_str(match during {
                    Stage::Opening => "the connection could not be opened",
                    Stage::Protocol => "the browser failed the connection",
                    Stage::Closing => "the connection ended before the peer had answered the close",
                    _ => "the connection ended without a closing handshake",
                })?;
                match said {
                    Some(said) => write!(f, ": {said}"),
                    None => f.write_str(
                        ", and a browser does not tell a page why: its developer tools may",
                    ),
                }
            }
            Kind::Io { during, source } => write!(f, "{during} failed: {source}"),
            Kind::Aborted => f.write_str("the socket was closed before it was open"),
            Kind::Closed => f.write_str("the socket is closed"),
            Kind::RuntimeEnded => f.write_str("the asynchronous runtime of the socket ended"),
            Kind::InsideRuntime => f.write_str(
                "`recv_blocking` would block an asynchronous runtime: use `recv().await` there",
            ),
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
        match &*self.0 {
            Kind::Name { source, .. }
            | Kind::Tcp { source, .. }
            | Kind::Tls(source)
            | Kind::Io { source, .. } => Some(&**source),
            _ => None,
        }
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

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Error::new(Kind::Violation(violation))
    }
}

impl From<UpgradeFault> for Error {
    fn from(fault: UpgradeFault) -> Self {
        Error::new(Kind::Upgrade(fault))
    }
}
