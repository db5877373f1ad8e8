//! The address of a socket, as it and its messages show it.

use std::ops::Range;
use std::sync::Arc;

use crate::rules::UrlRecord;

#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// The serialised URL, and behind it its serialised origin where it does not begin with that.
    both: Arc<str>,
    origin: Range<usize>,
}

impl Address {
    pub(crate) fn of(url: &UrlRecord) -> Self {
        let [scheme, host_and_port] = url.origin();
        // A URL begins with its origin, unless a user name or a password stands between.
        if url.host.start == scheme.len() {
            return Address {
                both: url.href.as_str().into(),
                origin: 0..url.path,
            };
        }
        let both: Arc<str> = [&url.href, scheme, host_and_port].concat().into();
        let origin = url.href.len()..both.len();
        Address { both, origin }
    }

    /// The serialised URL.
    pub(crate) fn href(&self) -> &str {
        match self.origin.start {
            0 => &self.both,
            end => &self.both[..end],
        }
    }

    /// The serialised origin of the URL.
    pub(crate) fn origin(&self) -> &str {
        &self.both[self.origin.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(href: &str, host: Range<usize>, path: usize) -> Address {
        Address::of(&UrlRecord {
            href: href.to_owned(),
            secure: href.starts_with("wss:"),
            username: Vec::new(),
            password: Vec::new(),
            port: None,
            host,
            path,
        })
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (href, host, path, origin) in [
            ("ws://h/", 5..6, 6, "ws://h"),
            ("wss://h:80/a/b?c", 6..7, 10, "wss://h:80"),
            ("ws://u@h/", 7..8, 8, "ws://h"),
            ("ws://:p@[::1]:81/a@b", 8..13, 16, "ws://[::1]:81"),
        ] {
            let address = address(href, host, path);
            assert_eq!((address.href(), address.origin()), (href, origin));
        }
    }
}
