//! The address of a socket, as it and its messages show it.

use std::sync::Arc;

use crate::rules::UrlRecord;

#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// The serialised URL, and behind it its serialised origin where it does not begin with that.
    both: Arc<str>,
    href_ends: usize,
}

impl Address {
    pub(crate) fn of(url: &UrlRecord) -> Self {
        let [scheme, host_and_port] = url.origin();
        // A URL begins with its origin, unless a user name or a password stands between.
        let both = match url.host.start == scheme.len() {
            true => url.href.as_str().into(),
            false => [&url.href, scheme, host_and_port].concat().into(),
        };
        let href_ends = url.href.len();
        Address { both, href_ends }
    }

    /// The serialised URL.
    pub(crate) fn href(&self) -> &str {
        &self.both[..self.href_ends]
    }

    /// The serialised origin of the URL.
    pub(crate) fn origin(&self) -> &str {
        match &self.both[self.href_ends..] {
            "" => without_path(&self.both),
            origin => origin,
        }
    }
}

/// The path of a serialised URL begins with the third slash.
fn without_path(href: &str) -> &str {
    let slash = href.match_indices('/').nth(2);
    slash.map_or(href, |(path, _)| &href[..path])
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

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
