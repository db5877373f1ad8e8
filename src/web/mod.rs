//! The browser backend: the browser's own WebSocket.
//!
//! A socket is a [`Socket`] (a handle) and a `Connection` (what its handles share). There is no task: the browser calls in,
//! listeners are called from there, and whoever waits is woken.
//!
//! Everything here belongs to one JavaScript thread, so there are no locks and nothing is `Send`. What is foreign (a
//! listener, a waker, dropping one of them) may call back into the same socket: it is never run while a `RefCell` is
//! borrowed.

mod connection;
mod delivery;
mod dialing;
mod global;
mod listeners;
mod sending;
mod socket;
mod transport;
mod url;
mod waiters;

pub(crate) use dialing::Dialing;
pub(crate) use listeners::{Handler, MaybeSend};
pub(crate) use socket::Socket;

/// Bytes that may lie unread if nothing is said. A browser goes on reading whatever a page does, so that more than this
/// fails the connection; hence it is much.
pub(crate) const MAX_UNREAD: usize = 64 << 20;
