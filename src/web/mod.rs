//! The browser backend: the browser's own WebSocket, or its WebSocketStream.
//!
//! A socket is a [`Socket`] (a handle) and a `Connection` (what its handles share). There is no task: the browser calls in,
//! listeners are called from there, and whoever waits is woken. Only a WebSocketStream, which has promises instead of events,
//! is read and written by tasks.
//!
//! Everything here belongs to one JavaScript thread, so there are no locks and nothing is `Send`. What is foreign (a
//! listener, a waker, dropping one of them) may call back into the same socket: it is never run while a list is lent.

mod connection;
mod delivery;
mod dialing;
mod global;
mod lent;
mod listeners;
mod sending;
mod socket;
mod streaming;
mod task;
mod transport;
mod waiters;
mod websocketstream;

pub(crate) use dialing::Dialing;
pub(crate) use listeners::{Handler, MaybeSend};
pub(crate) use socket::Socket;

/// Bytes that may lie unread if nothing is said. A browser goes on reading whatever a page does, so that more than this
/// fails the connection; hence it is much.
const MAX_UNREAD: usize = 64 << 20;

/// The same where the peer can be made to wait.
const READ_AHEAD: usize = 1 << 20;
