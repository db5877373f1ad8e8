//! What may be set before connecting, in a browser only.

#[derive(Clone, Debug, Default)]
pub(crate) struct Dialing {}
