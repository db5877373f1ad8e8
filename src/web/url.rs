//! The browser's URL parser, so that none has to be shipped.

use std::sync::Arc;

use web_sys::Url;

use crate::error::SyntaxError;
use crate::rules::{self, quoted};

use super::global;

/// What of a URL a connection shows; it has passed [`rules::check_url`].
pub(super) struct Address {
    pub(super) href: String,
    pub(super) origin: Arc<str>,
}

/// Parses what a caller wrote, relative to the page if there is one, and checks it as the constructor does.
pub(super) fn parse(input: &str) -> Result<Address, SyntaxError> {
    let base = global::base_url();
    let url = match &base {
        Some(base) => Url::new_with_base(input, base),
        None => Url::new(input),
    };
    let url = url.map_err(|_| invalid(input, base.as_deref()))?;
    let protocol = url.protocol();
    // "If urlRecord's scheme is "http", then set urlRecord's scheme to "ws". Otherwise, if urlRecord's scheme is "https",
    // set urlRecord's scheme to "wss"."
    let scheme = match protocol.strip_suffix(':').unwrap_or_default() {
        "http" => "ws",
        "https" => "wss",
        other => other,
    };
    // In a serialised URL a # stands before the fragment and nowhere else, and it stands there before an empty one too,
    // for which `hash` is as empty as for none.
    let has_fragment = url.href().bytes().any(|byte| byte == b'#');
    rules::check_url(input, scheme, has_fragment)?;
    url.set_protocol(scheme);
    Ok(Address {
        href: url.href(),
        origin: url.origin().into(),
    })
}

/// A browser does not say what is wrong with a URL.
fn invalid(input: &str, base: Option<&str>) -> SyntaxError {
    let input = quoted(input);
    let message: &[&str] = match base {
        Some(base) => &[
            "the URL ",
            &input,
            " is not valid, seen from ",
            &quoted(base),
        ],
        None => &[
            "the URL ",
            &input,
            " is not valid; it must begin with ws:// or wss://",
        ],
    };
    SyntaxError::new(message)
}
