//! What may be set before connecting, in a browser only.

use super::streaming::Streaming;
use super::transport::{Open, Plain};
use super::websocketstream;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialing {
    /// A function, so that what nobody asks for is not linked.
    pub(super) open: Open,
}

impl Dialing {
    /// By `WebSocketStream`, if the browser has it.
    pub(crate) fn with_backpressure() -> Self {
        match websocketstream::exists() {
            true => Dialing {
                open: Streaming::open,
            },
            false => Dialing::default(),
        }
    }
}

impl Default for Dialing {
    fn default() -> Self {
        Dialing { open: Plain::open }
    }
}
