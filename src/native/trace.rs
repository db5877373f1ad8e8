//! What happens to connections, as `tracing` events of this crate's name. No user name, password, path or payload is in them.

use tracing::{debug, warn};

use crate::address::Address;
use crate::event::CloseEvent;
use crate::negotiation::Agreed;

pub(super) fn connecting(address: &Address) {
    debug!(origin = address.origin(), "connecting");
}

pub(super) fn opened(address: &Address, agreed: &Agreed) {
    debug!(
        origin = address.origin(),
        protocol = agreed.protocol,
        extensions = agreed.extensions,
        "open"
    );
}

pub(super) fn taken_over(address: &Address) {
    debug!(
        origin = address.origin(),
        "nobody reads: the driver does, into the inbox"
    );
}

pub(super) fn ended(address: &Address, event: &CloseEvent) {
    let cause = event.cause().map(tracing::field::display);
    debug!(
        origin = address.origin(),
        was_clean = event.was_clean(),
        code = event.code(),
        cause,
        "closed"
    );
}

pub(super) fn panicked(event: &'static str) {
    warn!(event, "a listener panicked");
}
