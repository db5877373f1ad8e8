//! The checks of the WHATWG WebSockets and Fetch standards that come before any network.

use std::ops::Range;

/// The parts of a URL that a connection needs, named as in the URL standard; it has passed [`check_url`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UrlRecord {
    /// The serialised URL, with user name and password: what `url` shows.
    pub(crate) href: String,
    /// Whether the scheme is `wss`; otherwise it is `ws`.
    pub(crate) secure: bool,
    /// Percent-decoded; empty where there is none.
    pub(crate) username: Vec<u8>,
    /// Percent-decoded; empty where there is none.
    pub(crate) password: Vec<u8>,
    /// Nothing where it is the scheme's default.
    pub(crate) port: Option<u16>,
    /// Where in the serialised URL the host is.
    pub(crate) host: Range<usize>,
    /// Where in the serialised URL the path begins.
    pub(crate) path: usize,
}

impl UrlRecord {
    /// The serialised host: a domain in punycode, an IPv4 address, or an IPv6 address in brackets.
    pub(crate) fn host(&self) -> &str {
        &self.href[self.host.clone()]
    }

    /// The value of the Host field: RFC 6455 4.1, "/host/ plus optionally ":" followed by /port/ (when not using the default
    /// port)".
    pub(crate) fn host_and_port(&self) -> &str {
        &self.href[self.host.start..self.path]
    }

    /// Path and query, RFC 6455's resource name.
    pub(crate) fn resource(&self) -> &str {
        &self.href[self.path..]
    }

    pub(crate) fn port_or_default(&self) -> u16 {
        self.port.unwrap_or(if self.secure { 443 } else { 80 })
    }

    /// What `MessageEvent.origin` shows, in two parts: the serialised origin of the URL.
    pub(crate) fn origin(&self) -> [&str; 2] {
        let scheme = if self.secure { "wss://" } else { "ws://" };
        [scheme, self.host_and_port()]
    }
}

/// The constructor's checks of a parsed URL. The parser's own failure comes before them, the subprotocols after them. Answers the
/// scheme that the URL then has.
///
/// `input` is what the caller wrote, for the message.
pub(crate) fn check_url(
    input: &str,
    scheme: &str,
    has_fragment: bool,
) -> Result<&'static str, String> {
    // "If urlRecord's scheme is "http", then set urlRecord's scheme to "ws". Otherwise, if urlRecord's scheme is "https",
    // set urlRecord's scheme to "wss"."
    let scheme = match scheme {
        "ws" | "http" => "ws",
        "wss" | "https" => "wss",
        // "If urlRecord's scheme is not "ws" or "wss", then throw a "SyntaxError" DOMException."
        other => {
            let mend = match is_host_with_port(input, other) {
                true => "; write ws:// before the host",
                false => "",
            };
            return Err(format!(
                "the URL {} has the scheme \"{other}:\", not ws:, wss:, http: or https:{mend}",
                quoted(input)
            ));
        }
    };
    // "If urlRecord's fragment is non-null, then throw a "SyntaxError" DOMException": an empty one is not null.
    if has_fragment {
        return Err(format!(
            "the URL {} has a fragment, which a WebSocket cannot have: leave it out from the # on, or write the # as %23",
            quoted(input)
        ));
    }
    Ok(scheme)
}

/// Of a reason for closing that is longer than a Close frame can hold.
pub(crate) fn long_reason(length: usize) -> String {
    format!("the close reason has {length} bytes of UTF-8; 123 are allowed")
}

/// The constructor's checks of the subprotocols.
///
/// "If any of the values in protocols occur more than once or otherwise fail to match the requirements for elements that
/// comprise the value of `Sec-WebSocket-Protocol` fields as defined by The WebSocket protocol, then throw a "SyntaxError"
/// DOMException."
pub(crate) fn check_protocols(protocols: &[String]) -> Result<(), String> {
    for (place, protocol) in protocols.iter().enumerate() {
        // RFC 6455 4.1: "The elements that comprise this value MUST be non-empty strings with characters in the range U+0021
        // to U+007E not including separator characters as defined in RFC 2616 and MUST all be unique strings."
        if protocol.is_empty() {
            return Err("a subprotocol is empty: for none at all, give an empty list".to_owned());
        }
        if let Some(character) = protocol.chars().find(|&character| !is_token(character)) {
            let mend = match character {
                ',' | ' ' => "; give several subprotocols as a list of strings",
                _ => "",
            };
            return Err(format!(
                "the subprotocol {} has the character {}, which a subprotocol cannot have{mend}",
                in_marks('"', &[protocol]),
                in_marks('\'', &[character.encode_utf8(&mut [0; 4])])
            ));
        }
        // Stricter than the engines, which let a difference in case pass, as the browsers' own tests ask.
        let mut earlier = protocols.iter().take(place);
        if earlier.any(|earlier| earlier.eq_ignore_ascii_case(protocol)) {
            return Err(format!(
                "the subprotocol {} is in the list twice (case does not count)",
                in_marks('"', &[protocol])
            ));
        }
    }
    Ok(())
}

/// Whether Fetch blocks the port. Such a connection fails as if by the network: an error event, then a close event.
pub(crate) fn is_blocked_port(port: u16) -> bool {
    BLOCKED_PORTS.binary_search(&port).is_ok()
}

/// What a caller wrote as a URL, for a message: what may be a password is left out, and it is cut where it is long.
pub(crate) fn quoted(input: &str) -> String {
    let Some(at) = input.bytes().rposition(|byte| byte == b'@') else {
        return in_marks('"', &[input]);
    };
    let scheme = input.bytes().take(at).position(|byte| byte == b':');
    let scheme = scheme.map_or(0, |colon| colon + 1);
    let part = |range| input.get(range).unwrap_or_default();
    in_marks('"', &[part(0..scheme), "…", part(at..input.len())])
}

/// In quotation marks, with escapes for what would end them or is not printed, and cut where it is long. `{:?}` would bring
/// tables of Unicode along into web pages.
fn in_marks(mark: char, parts: &[&str]) -> String {
    const LONGEST: usize = 120;
    let mut quoted = String::from(mark);
    let characters = parts.iter().flat_map(|part| part.chars());
    for (place, character) in characters.enumerate() {
        if place == LONGEST {
            quoted.push(mark);
            quoted.push('…');
            return quoted;
        }
        match character {
            '\n' => quoted.push_str("\\n"),
            character if character == mark || character == '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            character if character.is_control() => quoted.push(char::REPLACEMENT_CHARACTER),
            character => quoted.push(character),
        }
    }
    quoted.push(mark);
    quoted
}

/// RFC 2616 2.2: a token is one or more of any CHAR except CTLs or separators.
pub(crate) fn is_token(character: char) -> bool {
    let is_separator = matches!(
        character,
        '(' | ')'
            | '<'
            | '>'
            | '@'
            | ','
            | ';'
            | ':'
            | '\\'
            | '"'
            | '/'
            | '['
            | ']'
            | '?'
            | '='
            | '{'
            | '}'
    );
    matches!(character, '!'..='~') && !is_separator
}

/// Whether the parser took the host of `host:port` for a scheme.
fn is_host_with_port(input: &str, scheme: &str) -> bool {
    let rest = input.trim_ascii_start().get(scheme.len()..);
    matches!(rest.unwrap_or_default().as_bytes(), [b':', b'0'..=b'9', ..])
}

/// The "bad ports" of Fetch's port blocking, in ascending order.
#[rustfmt::skip]
const BLOCKED_PORTS: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
    111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
    540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
    6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn record(href: &str, host: Range<usize>, path: usize, port: Option<u16>) -> UrlRecord {
        UrlRecord {
            href: href.to_owned(),
            secure: href.starts_with("wss:"),
            username: Vec::new(),
            password: Vec::new(),
            port,
            host,
            path,
        }
    }

    #[test]
    fn a_record_shows_the_parts_of_its_url() {
        let record = record("wss://u@[::1]:80/a?b", 8..13, 16, Some(80));
        assert_eq!(record.host(), "[::1]");
        assert_eq!(record.host_and_port(), "[::1]:80");
        assert_eq!(record.resource(), "/a?b");
        assert_eq!(record.origin().concat(), "wss://[::1]:80");
    }

    #[test]
    fn a_default_port_is_used_but_not_shown() {
        for (record, port, origin) in [
            (record("ws://h/", 5..6, 6, None), 80, "ws://h"),
            (record("wss://h/", 6..7, 7, None), 443, "wss://h"),
            (
                record("ws://h:443/", 5..6, 10, Some(443)),
                443,
                "ws://h:443",
            ),
            (record("wss://h:80/", 6..7, 10, Some(80)), 80, "wss://h:80"),
        ] {
            assert_eq!(record.port_or_default(), port);
            assert_eq!(record.origin().concat(), origin);
        }
    }

    #[test]
    fn a_url_has_a_scheme_of_ours_and_no_fragment() {
        for (url, parsed, scheme) in [
            ("ws://h/", "ws", "ws"),
            ("wss://h/", "wss", "wss"),
            ("http://h/", "http", "ws"),
            ("https://h/", "https", "wss"),
        ] {
            assert_eq!(check_url(url, parsed, false), Ok(scheme));
        }
        for (input, scheme, has_fragment, message) in [
            (
                "ftp://h/",
                "ftp",
                false,
                r#"the URL "ftp://h/" has the scheme "ftp:", not ws:, wss:, http: or https:"#,
            ),
            // The scheme comes before the fragment.
            (
                "ftp://h/#",
                "ftp",
                true,
                r##"the URL "ftp://h/#" has the scheme "ftp:", not ws:, wss:, http: or https:"##,
            ),
            (
                " localhost:80/a",
                "localhost",
                false,
                r#"the URL " localhost:80/a" has the scheme "localhost:", not ws:, wss:, http: or https:; write ws:// before the host"#,
            ),
            (
                "ws://h/#",
                "ws",
                true,
                r##"the URL "ws://h/#" has a fragment, which a WebSocket cannot have: leave it out from the # on, or write the # as %23"##,
            ),
        ] {
            let error = check_url(input, scheme, has_fragment).unwrap_err();
            assert_eq!(error, message);
        }
    }

    #[test]
    fn a_quoted_url_shows_no_password_and_no_end() {
        for (input, shown) in [
            ("ws://h/\n", r#""ws://h/\n""#.to_owned()),
            ("ws://user:secret@h/#", r##""ws:…@h/#""##.to_owned()),
            ("user:secret@h", r#""user:…@h""#.to_owned()),
            ("secret@h", r#""…@h""#.to_owned()),
            ("ws://a:se@cret@h", r#""ws:…@h""#.to_owned()),
            (&"ß".repeat(120), format!("\"{}\"", "ß".repeat(120))),
            (&"ß".repeat(121), format!("\"{}\"…", "ß".repeat(120))),
        ] {
            assert_eq!(quoted(input), shown);
        }
    }

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn subprotocols_are_unique_tokens() {
        for list in [
            &[][..],
            &["chat"],
            &["chat", "superchat"],
            &["!#$%&'*+-.^_`|~09azAZ"],
            &["a", "a-", "-a"],
        ] {
            assert_eq!(check_protocols(&strings(list)), Ok(()), "{list:?}");
        }
        for (list, message) in [
            (
                &[""][..],
                "a subprotocol is empty: for none at all, give an empty list",
            ),
            (
                &["a", ""],
                "a subprotocol is empty: for none at all, give an empty list",
            ),
            (
                &["a,b"],
                r#"the subprotocol "a,b" has the character ',', which a subprotocol cannot have; give several subprotocols as a list of strings"#,
            ),
            (
                &["a b"],
                r#"the subprotocol "a b" has the character ' ', which a subprotocol cannot have; give several subprotocols as a list of strings"#,
            ),
            (
                &["ok", "a/b"],
                r#"the subprotocol "a/b" has the character '/', which a subprotocol cannot have"#,
            ),
            (
                &["a", "b", "a"],
                r#"the subprotocol "a" is in the list twice (case does not count)"#,
            ),
            (
                &["chat", "Chat"],
                r#"the subprotocol "Chat" is in the list twice (case does not count)"#,
            ),
        ] {
            let error = check_protocols(&strings(list)).unwrap_err();
            assert_eq!(error, message);
        }
    }

    #[test]
    fn a_token_has_no_separators_and_no_controls() {
        let allowed: String = ('\0'..='\u{ff}').filter(|&c| is_token(c)).collect();
        assert_eq!(
            allowed,
            "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~"
        );
        for character in ['ß', '\u{212a}', '€', '\u{feff}', '𝒳'] {
            assert!(!is_token(character), "{character}");
        }
    }

    #[test]
    fn fetch_blocks_83_ports() {
        assert!(BLOCKED_PORTS.is_sorted_by(|a, b| a < b));
        let blocked = (0..=u16::MAX).filter(|&port| is_blocked_port(port));
        assert_eq!(blocked.clone().count(), 83);
        assert_eq!(blocked.map(u32::from).sum::<u32>(), 115_595, "a check sum");
        for port in [
            0, 1, 22, 25, 179, 995, 2049, 4190, 6000, 6566, 6665, 6669, 6697, 10080,
        ] {
            assert!(is_blocked_port(port), "{port}");
        }
        for port in [
            2, 24, 80, 81, 443, 1023, 5999, 6001, 6670, 8080, 8443, 9001, 10079, 65535,
        ] {
            assert!(!is_blocked_port(port), "{port}");
        }
    }
}
