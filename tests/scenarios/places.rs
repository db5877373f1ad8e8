//! Where the scenarios run, and what is different there: the one list of it.
//!
//! A browser's engine is not ours. Where one breaks a standard, and nothing on our side can mend it, the scenario does not
//! look away: it asserts what that engine does instead, so that the day is noticed on which it does no longer.

use Place::{Chromium, Deno, Firefox, Native, NewerFirefox, Node, OlderFirefox, Streaming};

use super::server::with_backpressure;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "each target has its own")]
pub(crate) enum Place {
    Native,
    /// 148 and 156
    Chromium,
    /// 140 and 153
    Firefox,
    /// Before 153; what Firefox does otherwise, it does too.
    OlderFirefox,
    /// From 153 on, likewise.
    NewerFirefox,
    /// 24 and 26
    Node,
    /// 2.9
    Deno,
    /// Chromium's `WebSocketStream`; what Chromium does otherwise, it does too.
    Streaming,
}

/// Something that these places do in a way of their own.
pub(crate) struct Difference(&'static [Place]);

/// RFC 6455 7.1.1: "a client […] SHOULD wait for the server to close the connection". WHATWG: CLOSED is what follows. Firefox
/// is CLOSED when both Closes are through, and sees to TCP afterwards.
pub(crate) const IS_CLOSED_BEFORE_TCP: Difference = Difference(&[Firefox]);

/// A peer that ends TCP behind its Close, without waiting for the answer. RFC 6455 7.1.4 calls an end clean if the closing
/// handshake was completed; Firefox is strict about it, and asserts `wasClean` only if its own Close could be sent.
pub(crate) const CLEAN_NEEDS_AN_ANSWER: Difference = Difference(&[Firefox]);

/// RFC 6455 7.2.1 has a client fail a connection that is lost, for which WHATWG has an error event. Chromium fires none, and
/// neither do we; Firefox does for a reset (and not for an end of the stream).
pub(crate) const ERROR_AFTER_RESET: Difference = Difference(&[Firefox, Node, Streaming]);

/// The same after each loss; of a `WebSocketStream`, it looks the same as a failure.
pub(crate) const ERROR_AFTER_LOSS: Difference = Difference(&[Node, Streaming]);

/// A connection that ends in the moment in which it opened: nine times out of ten Firefox tells of no opening.
pub(crate) const FORGETS_AN_OPENING: Difference = Difference(&[NewerFirefox]);

/// RFC 6455 7.4.1 has 1007 for text that is not UTF-8, and more codes for more reasons.
pub(crate) const FAILS_WITH_1002_ALWAYS: Difference = Difference(&[Chromium]);

/// RFC 6455 7.1.7: a client that fails a connection "SHOULD send a Close frame with an appropriate status code" first.
pub(crate) const FAILS_WITHOUT_A_CLOSE: Difference = Difference(&[Firefox]);

/// RFC 6455 5.2 has lengths of 63 bits; one with the 64th counts as too big: 1009, not 1002.
pub(crate) const CALLS_64_BITS_TOO_BIG: Difference = Difference(&[Node]);

/// An answer whose head is cut off before the empty line, by the end of TCP, counts as one. It may be forgotten, as above, so
/// that nobody is sure to see it.
pub(crate) const TAKES_HALF_A_HEAD: Difference = Difference(&[Firefox]);

/// RFC 6455 5.4 lets a client cut messages into frames as it likes.
pub(crate) const CUTS_MESSAGES: Difference = Difference(&[Chromium]);

/// A Blob is read before it is sent, and a Close does not wait for that.
pub(crate) const BLOBS_COME_AFTER_CLOSE: Difference = Difference(&[Node]);

/// WHATWG has U+FEFF stay at the beginning of a text or a reason.
pub(crate) const DROPS_A_BYTE_ORDER_MARK: Difference = Difference(&[Node]);

/// RFC 6455 4.1 compares `Upgrade` in Connection without case.
pub(crate) const WRITES_UPGRADE_IN_LOWER_CASE: Difference = Difference(&[Node]);

/// RFC 6455 4.1 has Connection contain `Upgrade`, and perhaps more.
pub(crate) const ASKS_TO_BE_KEPT_ALIVE: Difference = Difference(&[OlderFirefox]);

/// WHATWG URL has a blank be an error in a host.
pub(crate) const TAKES_BLANKS_IN_HOSTS: Difference = Difference(&[Chromium]);

/// WHATWG has `url` show the whole URL. It leaves user name and password out there, but sends them.
pub(crate) const HIDES_USERINFO: Difference = Difference(&[Deno]);

impl Difference {
    pub(crate) fn is_here(&self) -> bool {
        self.0.iter().any(|place| place.is_here())
    }

    /// What is expected: this in these places, and that in all others.
    pub(crate) fn or<T>(&self, here: T, elsewhere: T) -> T {
        if self.is_here() { here } else { elsewhere }
    }
}

/// What places take although a standard forbids it: the scenario's word for it, and the events instead of a failure. An
/// ellipsis stands for whatever follows.
const TAKEN: &[(Place, &str, &[&str])] = &[
    // RFC 6455 5.1: "A client MUST close a connection if it detects a masked frame."
    (Firefox, "a masked text", &["open 1", r#"message 1 "a""#]),
    (Firefox, "a masked ping", GOES_ON),
    (
        Firefox,
        "a masked close",
        &["open 1", r#"close 3 clean 1000 """#],
    ),
    // 5.2: "the minimal number of bytes MUST be used to encode the length".
    (Node, "125 in 16 bits", GOES_ON),
    (Node, "65535 in 64 bits", GOES_ON),
    // 5.4: "the fragments of one message MUST NOT be interleaved": it goes by the bytes that have come.
    (
        Firefox,
        "text inside of text that is empty so far",
        &["open 1", r#"message 1 """#],
    ),
    (
        Firefox,
        "binary inside of text that is empty so far",
        &["open 1", "message 1 blob of 0"],
    ),
    // 5.5: "All control frames MUST have a payload length of 125 bytes or less": it looks only when all of it has come.
    (Firefox, "a ping of 126 bytes", GOES_ON),
    (Firefox, "a close of 126 bytes", GOES_ON),
    // 5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer".
    (
        Firefox,
        "a close of one byte",
        &["open 1", r#"close 3 clean 1005 """#],
    ),
    // 7.4.2: codes below 1000 "are not used"; 7.4.1: 1005, 1006 and 1015 "MUST NOT be set as a status code in a Close".
    (
        Chromium,
        "close code 0",
        &["open 1", r#"close 3 clean 0 """#],
    ),
    (
        Chromium,
        "close code 1",
        &["open 1", r#"close 3 clean 1 """#],
    ),
    (
        Chromium,
        "close code 999",
        &["open 1", r#"close 3 clean 999 """#],
    ),
    (
        Firefox,
        "close code 0",
        &["open 1", r#"close 3 clean 0 """#],
    ),
    (
        Firefox,
        "close code 1",
        &["open 1", r#"close 3 clean 1 """#],
    ),
    (
        Firefox,
        "close code 999",
        &["open 1", r#"close 3 clean 999 """#],
    ),
    (
        Firefox,
        "close code 1005",
        &["open 1", r#"close 3 clean 1005 """#],
    ),
    (
        Firefox,
        "close code 1006",
        &["open 1", r#"close 3 clean 1006 """#],
    ),
    (
        Firefox,
        "close code 1015",
        &["open 1", r#"close 3 clean 1015 """#],
    ),
    // 8.1: a stream that is not UTF-8; they look at a whole message, not at what has come of it.
    (Firefox, "a wrong byte before the message ends", GOES_ON),
    (Firefox, "a wrong byte before the frame ends", GOES_ON),
    (Node, "a wrong byte before the message ends", GOES_ON),
    (Node, "a wrong byte before the frame ends", GOES_ON),
    // 4.2.2: the answer is "HTTP/1.1 101"; and where it is nothing that HTTP has, they wait for more.
    (Chromium, "HTTP/1.0", GOES_ON),
    (Node, "HTTP/1.0", GOES_ON),
    (Chromium, "two empty lines", &[]),
    (Node, "two empty lines", &[]),
    (Chromium, "a frame", &[]),
    // 4.1: a subprotocol that was not asked for. WHATWG: no subprotocol, although some were asked for.
    (Firefox, r#"[] "chat""#, GOES_ON),
    (Firefox, "no protocol", GOES_ON),
    // RFC 7692 7.1.2.1: "a decimal integer value without leading zeroes"; RFC 6455 9.1: a parameter has a name.
    (
        Firefox,
        "permessage-deflate; server_max_window_bits=08",
        GOES_ON,
    ),
    (Firefox, "permessage-deflate; ", GOES_ON),
    // RFC 7692 7.1: parameters that a client does not know, or that are there twice, or with wrong values.
    (Node, "permessage-deflate; …", GOES_ON),
];

const GOES_ON: &[&str] = &["open 1"];

/// What places refuse although the standards have them take it, by the scenario's word for it.
const REFUSED: &[(Place, &str)] = &[
    // RFC 6455 4.1: Connection has to *contain* the token.
    (Node, "keep-alive, Upgrade"),
    (Node, "keep-alive and upgrade"),
    // "ignoring any leading and trailing whitespace"
    (Node, "white space around the accept"),
    // It sends the user name and the password without decoding them.
    (Node, "us%20er:p%C3%BC"),
];

pub(crate) fn is_refused(what: &str) -> bool {
    REFUSED.contains(&(here(), what))
}

/// What is heard where this is taken here.
pub(crate) fn taken(what: &str) -> Option<&'static [&'static str]> {
    let is_it = |taken: &str| match taken.strip_suffix('…') {
        Some(beginning) => what.starts_with(beginning),
        None => what == taken,
    };
    TAKEN
        .iter()
        .find(|(place, taken, _)| *place == here() && is_it(taken))
        .map(|(_, _, heard)| *heard)
}

pub(crate) fn here() -> Place {
    let agent = agent();
    let places = [
        (NATIVE, Native),
        ("Chrome/", Chromium),
        (FIREFOX, Firefox),
        ("Node.js/", Node),
        ("Deno/", Deno),
    ];
    let place = places.iter().find(|(name, _)| agent.contains(name));
    place
        .unwrap_or_else(|| panic!("nothing is known about {agent}"))
        .1
}

impl Place {
    fn is_here(self) -> bool {
        match self {
            OlderFirefox => firefox().is_some_and(|version| version < NEWER_FIREFOX),
            NewerFirefox => firefox().is_some_and(|version| version >= NEWER_FIREFOX),
            Streaming => with_backpressure(),
            _ => self == here(),
        }
    }
}

const NATIVE: &str = "native";
const FIREFOX: &str = "Firefox/";
/// Those between 140 and this one were not tried.
const NEWER_FIREFOX: u32 = 153;

/// Firefox's version, where it is Firefox: `… Firefox/140.0`
fn firefox() -> Option<u32> {
    let agent = agent();
    let (_, version) = agent.split_once(FIREFOX)?;
    version.split('.').next()?.parse().ok()
}

#[cfg(not(target_arch = "wasm32"))]
fn agent() -> String {
    NATIVE.to_owned()
}

#[cfg(target_arch = "wasm32")]
fn agent() -> String {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        type Navigator;
        #[wasm_bindgen(thread_local_v2, js_name = navigator)]
        static NAVIGATOR: Navigator;
        #[wasm_bindgen(method, getter, js_name = userAgent)]
        fn user_agent(this: &Navigator) -> String;
    }
    NAVIGATOR.with(Navigator::user_agent)
}
