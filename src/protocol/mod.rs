//! The engine: RFC 6455 without I/O, without a clock and without randomness of its own.
//!
//! Bytes go in, events come out; messages go in, bytes come out. Whoever drives it does the following.
//!
//! 1. Opening: send [`handshake::Request`]'s bytes, feed the answer to [`handshake::Answer`] until it is whole, and check it.
//!    Bytes behind the answer are the first ones received: [`Incoming::lend`] takes a buffer that holds some.
//! 2. Receiving: call [`Incoming::next`] until it wants more, read from the network into [`Incoming::space`], repeat.
//!    Each [`Received::Ping`] goes to [`Outgoing::pong`], each [`Received::Close`] to [`Closing::received`], each
//!    violation's code to [`Closing::fail`].
//! 3. Sending: hand messages to [`Outgoing::message`], write [`Outgoing::chunk`] to the network, report it by
//!    [`Outgoing::wrote`], until [all is written](Outgoing::is_empty).
//! 4. Closing: what [`Closing::close`], [`Closing::reply`] and [`Closing::fail`] answer goes to [`Outgoing::close`].
//!
//! 5. If permessage-deflate was agreed on: [`Incoming::agree`] and [`Outgoing::agree`] before the first frame.
//!
//! Time limits and the TCP connection itself belong to the driver. [`Incoming`] on one side, [`Outgoing`] and
//! [`Closing`] on the other know nothing of each other, so each side can have a lock of its own.

mod closing;
#[cfg(feature = "deflate")]
mod deflate;
#[cfg(not(feature = "deflate"))]
#[path = "deflate_off.rs"]
mod deflate;
mod frame;
pub(crate) mod handshake;
mod incoming;
mod mask;
mod outgoing;
mod utf8;

pub(crate) use closing::Closing;
pub(crate) use deflate::{Deflater, Deflation, Inflater, Inflation};
pub(crate) use frame::ControlPayload;
pub(crate) use incoming::{Incoming, Received};
pub(crate) use mask::MaskKeys;
pub(crate) use outgoing::Outgoing;
