//! Whether messages may be compressed, and how: what is offered, and what a handshake agreed on.

use crate::choices::Choices;
use crate::negotiation::{DeflateOffer, PerMessageDeflate};

/// Nothing, or [`parameters`]: two bytes in any case.
pub(crate) fn agreement(choices: &mut Choices<'_>) -> Option<PerMessageDeflate> {
    let wanted = choices.byte() % 2 == 1;
    let parameters = parameters(choices);
    (wanted && cfg!(feature = "deflate")).then_some(parameters)
}

/// Nothing, or any demands: two bytes in any case.
pub(crate) fn offer(choices: &mut Choices<'_>) -> Option<DeflateOffer> {
    let flags = choices.byte();
    let parameters = parameters(choices);
    (flags & 1 != 0).then_some(DeflateOffer {
        server_no_context_takeover: parameters.server_no_context_takeover,
        client_no_context_takeover: parameters.client_no_context_takeover,
        server_max_window_bits: parameters.server_max_window_bits,
        client_max_window_bits: (flags & 2 == 0).then_some(parameters.client_max_window_bits),
    })
}

/// Both sides' windows and context takeover: a byte.
pub(crate) fn parameters(choices: &mut Choices<'_>) -> PerMessageDeflate {
    let byte = choices.byte();
    PerMessageDeflate {
        server_no_context_takeover: byte & 0x80 != 0,
        client_no_context_takeover: byte & 0x40 != 0,
        server_max_window_bits: 8 + (byte >> 3) % 8,
        client_max_window_bits: 8 + byte % 8,
    }
}
