//! What a caller got wrong, as it was given. The words for it are found when somebody asks for them, so that a page that does
//! not ask does not ship them.

use std::fmt;

use wasm_bindgen::prelude::*;
use web_sys::Url;

use crate::rules::{self, quoted};

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// This URL, or what came with it, was refused with these words.
    Refused {
        url: String,
        said: String,
    },
    LongReason(usize),
}

pub(crate) fn long_reason(length: usize) -> Fault {
    Fault::LongReason(length)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Refused { url, said } => f.write_str(&why_refused(url, said)),
            Fault::LongReason(length) => f.write_str(&rules::long_reason(*length)),
        }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_string().fmt(f)
    }
}

#[wasm_bindgen]
extern "C" {
    type Document;
    type Location;

    #[wasm_bindgen(thread_local_v2, js_name = document)]
    static DOCUMENT: Option<Document>;
    #[wasm_bindgen(thread_local_v2, js_name = location)]
    static LOCATION: Option<Location>;

    #[wasm_bindgen(method, getter, js_name = baseURI)]
    fn base_uri(this: &Document) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn href(this: &Location) -> Option<String>;
}

/// The browser has judged by the same rules, but not every one says what is wrong with a URL. If nothing is, it is something
/// else: a subprotocol, a security policy, or that there is no WebSocket in this place.
fn why_refused(input: &str, said: &str) -> String {
    let base = base_url();
    let url = match &base {
        Some(base) => Url::new_with_base(input, base),
        None => Url::new(input),
    };
    let Ok(url) = url else {
        return invalid(input, base.as_deref());
    };
    let protocol = url.protocol();
    let scheme = protocol.strip_suffix(':').unwrap_or_default();
    // In a serialised URL a # stands before the fragment and nowhere else, and it stands there before an empty one too,
    // for which `hash` is as empty as for none.
    let has_fragment = url.href().contains('#');
    match rules::check_url(input, scheme, has_fragment) {
        Err(why) => why,
        Ok(_) => format!("the connection was refused before it began: {said}"),
    }
}

/// A browser does not say what is wrong with a URL that it cannot parse.
fn invalid(input: &str, base: Option<&str>) -> String {
    let input = quoted(input);
    match base {
        Some(base) => format!("the URL {input} is not valid, seen from {}", quoted(base)),
        None => format!("the URL {input} is not valid; it must begin with ws:// or wss://"),
    }
}

/// HTML's "API base URL": the document's, else that of the worker's script. There is none outside of a browser.
fn base_url() -> Option<String> {
    DOCUMENT
        .with(|document| document.as_ref().and_then(Document::base_uri))
        .or_else(|| LOCATION.with(|location| location.as_ref().and_then(Location::href)))
}
