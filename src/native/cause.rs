//! Why a connection failed, natively: the network, the peer and our limits, each with what is known about it.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Response, Stage, UpgradeFault, Violation};

#[derive(Debug)]
pub(crate) enum Cause {
    BlockedPort(u16),
    InsecureScheme,
    TlsMissing,
    Name { host: String, source: Source },
    Tcp { address: String, source: Source },
    Tls(Source),
    Http(Response),
    Upgrade(UpgradeFault),
    Violation(Violation),
    Unsent { limit: usize },
    Unread { waited: Duration },
    ConnectTimeout { during: Stage, limit: Duration },
    CloseTimeout { limit: Duration },
    Ended { during: Stage },
    Io { during: Stage, source: Source },
    RuntimeEnded,
    InsideRuntime,
}

/// The error of another library, kept for [`StdError::source`].
pub(crate) type Source = Arc<dyn StdError + Send + Sync>;

impl Cause {
    pub(crate) fn stage(&self) -> Stage {
        match self {
            Cause::InsideRuntime => Stage::Call,
            Cause::BlockedPort(_) | Cause::InsecureScheme => Stage::Policy,
            Cause::TlsMissing | Cause::Tls(_) => Stage::Tls,
            Cause::Name { .. } => Stage::Name,
            Cause::Tcp { .. } => Stage::Tcp,
            Cause::Http(_) => Stage::Http,
            Cause::Upgrade(_) => Stage::Upgrade,
            Cause::Violation(
                Violation::MessageTooBig { .. } | Violation::TooManyFragments { .. },
            ) => Stage::Limit,
            Cause::Violation(_) => Stage::Protocol,
            Cause::Unsent { .. } | Cause::Unread { .. } => Stage::Limit,
            Cause::ConnectTimeout { during, .. }
            | Cause::Ended { during }
            | Cause::Io { during, .. } => *during,
            Cause::CloseTimeout { .. } => Stage::Closing,
            Cause::RuntimeEnded => Stage::Runtime,
        }
    }

    pub(crate) fn is_timeout(&self) -> bool {
        matches!(
            self,
            Cause::ConnectTimeout { .. } | Cause::CloseTimeout { .. } | Cause::Unread { .. }
        )
    }

    pub(crate) fn is_retryable(&self) -> bool {
        match self {
            Cause::Name { .. }
            | Cause::Tcp { .. }
            | Cause::ConnectTimeout { .. }
            | Cause::CloseTimeout { .. }
            | Cause::Ended { .. }
            | Cause::Io { .. } => true,
            Cause::Http(response) => match response.status {
                408 | 425 | 429 => true,
                501 | 505 => false,
                status => (500..600).contains(&status),
            },
            _ => false,
        }
    }

    pub(crate) fn response(&self) -> Option<&Response> {
        match self {
            Cause::Http(response) => Some(response),
            _ => None,
        }
    }

    pub(crate) fn close_code(&self) -> Option<u16> {
        match self {
            Cause::Violation(violation) => Some(violation.close_code()),
            _ => None,
        }
    }

    pub(crate) fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Cause::Name { source, .. }
            | Cause::Tcp { source, .. }
            | Cause::Tls(source)
            | Cause::Io { source, .. } => Some(&**source),
            _ => None,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::BlockedPort(port) => {
                write!(f, "port {port} is on the web's list of blocked ports")
            }
            Cause::InsecureScheme => {
                f.write_str("ws: is not allowed in a secure context, only wss:")
            }
            Cause::TlsMissing => {
                f.write_str("wss: needs the feature `tls` and certificate authorities to trust")
            }
            Cause::Name { host, source } => {
                write!(f, "the name {host} could not be resolved: {source}")
            }
            Cause::Tcp { address, source } => write!(f, "no TCP connection to {address}: {source}"),
            Cause::Tls(source) => write!(f, "the TLS handshake failed: {source}"),
            Cause::Http(response) => {
                write!(
                    f,
                    "the server answered {} {}, not 101",
                    response.status, response.reason
                )
            }
            Cause::Upgrade(fault) => write!(f, "the opening handshake failed: {fault}"),
            Cause::Violation(violation) => write!(f, "the connection was failed: {violation}"),
            Cause::Unsent { limit } => {
                write!(f, "more than the limit of {limit} bytes waited to be sent")
            }
            Cause::Unread { waited } => write!(
                f,
                "the close cannot be seen, as received messages lie unread and nobody read them for {waited:?}"
            ),
            Cause::ConnectTimeout { during, limit } => {
                write!(
                    f,
                    "the connection was not open within {limit:?}; it had come to {during}"
                )
            }
            Cause::CloseTimeout { limit } => {
                write!(
                    f,
                    "the peer did not finish the closing handshake within {limit:?}"
                )
            }
            Cause::Ended { during } => write!(f, "the peer ended {during} without a word"),
            Cause::Io { during, source } => write!(f, "{during} failed: {source}"),
            Cause::RuntimeEnded => f.write_str("the asynchronous runtime of the socket ended"),
            Cause::InsideRuntime => f.write_str(
                "`recv_blocking` would block an asynchronous runtime: use `recv().await` there",
            ),
        }
    }
}

impl Error {
    pub(crate) fn io(during: Stage, source: io::Error) -> Self {
        Error::from(Cause::Io {
            during,
            source: Arc::new(source),
        })
    }
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Cause::Violation(violation).into()
    }
}

impl From<UpgradeFault> for Error {
    fn from(fault: UpgradeFault) -> Self {
        Cause::Upgrade(fault).into()
    }
}
