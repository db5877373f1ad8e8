//! What may be set before connecting, on every target; plain data with its defaults.

use std::time::Duration;

use crate::message::BinaryType;

/// Everything that shapes a socket but does not belong to one target.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) binary_type: BinaryType,
    pub(crate) limits: Limits,
}

/// The limits of a connection. Each has a setter of the same name in [`Builder`](crate::Builder).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of one received message.
    pub(crate) max_message_size: usize,
    /// Fragments of one received message.
    pub(crate) max_fragments: u32,
    /// Bytes of the handshake's answer, without the body.
    pub(crate) max_response_size: usize,
    /// Fields of the handshake's answer.
    pub(crate) max_response_fields: usize,
    /// Bytes that wait to be sent; more is what the standard calls a full buffer.
    pub(crate) max_unsent: usize,
    /// Bytes that wait to be sent above which `ready` and `Sink` wait.
    pub(crate) high_water_mark: usize,
    /// Bytes received and unread, beyond which a socket that nobody reads is not read further; what suits the backend, if nothing
    /// is said.
    pub(crate) max_unread: Option<usize>,
    /// From the constructor to the open event.
    pub(crate) connect_timeout: Duration,
    /// From our Close frame to the peer's.
    pub(crate) close_timeout: Duration,
    /// From the closing handshake's end to the peer's end of the TCP connection (RFC 6455 7.1.1).
    pub(crate) disconnect_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_message_size: 64 << 20,
            max_fragments: 1 << 20,
            max_response_size: 64 << 10,
            max_response_fields: 128,
            max_unsent: 1 << 30,
            high_water_mark: 256 << 10,
            max_unread: None,
            connect_timeout: Duration::from_secs(30),
            close_timeout: Duration::from_secs(5),
            disconnect_timeout: Duration::from_secs(2),
        }
    }
}
