//! The address of a socket, as it and its messages show it.

use std::cell::OnceCell;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Address {
    href: Arc<String>,
    /// Found when somebody asks, so that it is shipped only then.
    origin: OnceCell<String>,
}

impl Address {
    pub(crate) fn new(href: String) -> Self {
        Address {
            href: Arc::new(href),
            origin: OnceCell::new(),
        }
    }

    /// The serialised URL.
    pub(crate) fn href(&self) -> &str {
        &self.href
    }

    /// The serialised origin of the URL.
    pub(crate) fn origin(&self) -> &str {
        self.origin.get_or_init(|| origin_of(&self.href))
    }
}

impl Clone for Address {
    fn clone(&self) -> Self {
        Address {
            href: self.href.clone(),
            origin: OnceCell::new(),
        }
    }
}

/// A serialised URL of a WebSocket is its origin, but for user name and password, path and query.
fn origin_of(href: &str) -> String {
    let (scheme, rest) = href.split_once("//").unwrap_or_default();
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}//{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (href, origin) in [
            ("ws://h/", "ws://h"),
            ("wss://h:80/a/b?c", "wss://h:80"),
            ("ws://h/?a@b", "ws://h"),
            ("ws://us%40er:p@[::1]:9001/a@b//c", "ws://[::1]:9001"),
        ] {
            assert_eq!(Address::new(href.to_owned()).origin(), origin);
        }
    }
}
