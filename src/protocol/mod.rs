//! The engine: RFC 6455 without I/O, without a clock and without randomness of its own.
//!
//! Bytes go in, events come out; messages go in, bytes come out. Whoever drives it does the following.
//!
//! 1. Opening: send [`handshake::Request`]'s bytes, feed the answer to [`handshake::Answer`] until it is whole, and check it.
//! 2. Receiving: read from the network into [`Incoming::space`], then call [`Incoming::next`] until it wants more.
//! 3. Sending: hand messages to [`Outgoing`], write [`Outgoing::chunk`] to the network, report it by [`Outgoing::wrote`].
//! 4. Closing: [`Closing`] says what each Close frame, in either direction, leads to.
//!
//! Time limits and the TCP connection itself belong to the driver.

pub(crate) mod handshake;
