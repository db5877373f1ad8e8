//! What happens to connections, as `tracing` events of this crate's name. No user name, password, path or payload is in them.

use tracing::{debug, warn};

use crate::event::CloseEvent;
use crate::negotiation::Agreed;

pub(super) fn connecting(origin: &str) {
    debug!(origin, "connecting");
}

pub(super) fn opened(origin: &str, agreed: &Agreed) {
    debug!(
        origin,
        protocol = agreed.protocol,
        extensions = agreed.extensions,
        "open"
    );
}

pub(super) fn taken_over(origin: &str) {
    debug!(origin, "nobody reads: the driver does, into the inbox");
}

pub(super) fn ended(origin: &str, event: &CloseEvent) {
    let cause = event.cause().map(tracing::field::display);
    debug!(
        origin,
        was_clean = event.was_clean(),
        code = event.code(),
        cause,
        "closed"
    );
}

pub(super) fn panicked(event: &'static str) {
    warn!(event, "a listener panicked");
}
