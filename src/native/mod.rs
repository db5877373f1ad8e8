//! The native backend: the engine of `protocol` over tokio and rustls.
//!
//! A socket is a [`Socket`] (a handle), a `Connection` (what its handles share) and a driver (a task). Whoever wants the
//! messages reads the socket on their own task; see `receiving`, `sending` and `driver`.

mod amount;
mod attempts;
mod closing;
mod connection;
mod delivery;
mod dial;
mod dialing;
mod driver;
mod inbox;
mod keys;
mod listeners;
mod lock;
mod reader;
mod receiving;
mod runtime;
mod sending;
mod socket;
mod spare;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "tls_off.rs"]
mod tls;
#[cfg(feature = "tracing")]
mod trace;
#[cfg(not(feature = "tracing"))]
#[path = "trace_off.rs"]
mod trace;
mod transport;
mod upgrade;
mod url;
mod waiters;
mod waiting;
mod wake;
mod watch;
mod writer;

pub(crate) use dialing::Dialing;
pub(crate) use listeners::{Handler, MaybeSend};
pub(crate) use socket::Socket;
#[cfg(feature = "tls")]
pub use tls::TlsConfig;
#[cfg(not(feature = "tls"))]
pub(crate) use tls::TlsConfig;

/// Bytes that may lie unread if nothing is said, before the peer has to wait.
const MAX_UNREAD: usize = 1 << 20;
