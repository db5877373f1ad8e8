//! The address of a socket, as it and its messages show it.

use std::sync::Arc;

use crate::rules::UrlRecord;

#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// The serialised URL, and behind it its serialised origin: one piece of memory for both.
    both: Arc<str>,
    href_ends: usize,
}

impl Address {
    pub(crate) fn of(url: &UrlRecord) -> Self {
        let [scheme, host_and_port] = url.origin();
        Address {
            both: [&url.href, scheme, host_and_port].concat().into(),
            href_ends: url.href.len(),
        }
    }

    /// The serialised URL.
    pub(crate) fn href(&self) -> &str {
        &self.both[..self.href_ends]
    }

    /// The serialised origin of the URL.
    pub(crate) fn origin(&self) -> &str {
        &self.both[self.href_ends..]
    }
}
