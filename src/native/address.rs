//! The address of a socket, as it and its messages show it.

use std::sync::Arc;

use crate::rules::UrlRecord;

#[derive(Clone, Debug)]
pub(crate) struct Address(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    href: String,
    origin: String,
}

impl Address {
    pub(crate) fn of(url: &UrlRecord) -> Self {
        Address(Arc::new(Parts {
            href: url.href.clone(),
            origin: url.origin(),
        }))
    }

    /// The serialised URL.
    pub(crate) fn href(&self) -> &str {
        &self.0.href
    }

    /// The serialised origin of the URL.
    pub(crate) fn origin(&self) -> &str {
        &self.0.origin
    }
}
