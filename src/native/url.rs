//! The WHATWG URL parser, natively.

use url::{ParseError, Position, Url};

use crate::error::SyntaxError;
use crate::rules::{self, UrlRecord, quoted};

/// Parses what a caller wrote, relative to `base` if there is one, and checks it as the constructor does.
pub(crate) fn parse(input: &str, base: Option<&str>) -> Result<UrlRecord, SyntaxError> {
    let base = base
        .map(|base| Url::parse(base).map_err(|error| invalid("base URL", base, error)))
        .transpose()?;
    let mut url = Url::options()
        .base_url(base.as_ref())
        .parse(input)
        .map_err(|error| invalid("URL", input, error))?;
    let scheme = rules::check_url(input, url.scheme(), url.fragment().is_some())
        .map_err(|why| SyntaxError(why.into()))?;
    if url.scheme() != scheme {
        url.set_scheme(scheme)
            .expect("http and ws are both special schemes, which all have a host");
    }

    let before = |position| url[..position].len();
    Ok(UrlRecord {
        secure: scheme == "wss",
        username: percent_decoded(url.username()),
        password: percent_decoded(url.password().unwrap_or("")),
        port: url.port(),
        host: before(Position::BeforeHost)..before(Position::AfterHost),
        // RFC 6455 3 would drop an empty query; like the browsers, this keeps its "?".
        path: before(Position::BeforePath),
        href: url.into(),
    })
}

fn invalid(what: &str, input: &str, error: ParseError) -> SyntaxError {
    let input = quoted(input);
    let message = match error {
        ParseError::RelativeUrlWithoutBase if what == "URL" => {
            format!(
                "the URL {input} is relative, and there is no base URL: begin it with ws:// or wss://"
            )
        }
        ParseError::RelativeUrlWithoutBase => {
            format!("the {what} {input} is relative: begin it with a scheme")
        }
        ParseError::InvalidPort => {
            format!("the {what} {input} has a port that is not a number up to 65535")
        }
        ParseError::IdnaError | ParseError::InvalidDomainCharacter => {
            format!("the {what} {input} has a host that is not a valid domain name")
        }
        error => format!("the {what} {input} is not valid: {error}"),
    };
    SyntaxError(message.into())
}

/// The bytes that `%` and two hexadecimal digits stand for; everything else stays as it is.
fn percent_decoded(input: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(input.len());
    let mut rest = input.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let mut byte = first;
        if let (b'%', [high, low, after @ ..]) = (first, after)
            && let Some(high) = char::from(*high).to_digit(16)
            && let Some(low) = char::from(*low).to_digit(16)
        {
            byte = (high * 16 + low) as u8;
            rest = after;
        }
        decoded.push(byte);
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::negotiation::Offer;
    use crate::protocol::handshake::{Key, Request};

    fn href(input: &str, base: Option<&str>) -> Result<String, String> {
        parse(input, base)
            .map(|record| record.href)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn urls_are_parsed_and_shown_as_the_web_does() {
        for (input, shown) in [
            ("ws://h", "ws://h/"),
            ("ws:h", "ws://h/"),
            ("ws:/h", "ws://h/"),
            ("ws:///x", "ws://x/"),
            ("wss:foo", "wss://foo/"),
            ("ws:\\\\h\\x", "ws://h/x"),
            ("WS://EXAMPLE.Com/A", "ws://example.com/A"),
            (" \tws://h/ \n", "ws://h/"),
            ("w\ns://h\r\nost/a\tb", "ws://host/ab"),
            // http and https stand for ws and wss.
            ("http://h/a?b", "ws://h/a?b"),
            ("https://h/a?b", "wss://h/a?b"),
            ("HTTP:h", "ws://h/"),
            // Default ports vanish: those of the scheme, and no other.
            ("ws://h:80/", "ws://h/"),
            ("wss://h:443/", "wss://h/"),
            ("http://h:80/", "ws://h/"),
            ("https://h:443/", "wss://h/"),
            ("ws://h:443/", "ws://h:443/"),
            ("wss://h:80/", "wss://h:80/"),
            ("http://h:443/", "ws://h:443/"),
            ("https://h:80/", "wss://h:80/"),
            ("ws://h:0/", "ws://h:0/"),
            ("ws://h:65535/", "ws://h:65535/"),
            ("ws://h:00009001/", "ws://h:9001/"),
            ("ws://h:/", "ws://h/"),
            // Hosts.
            ("ws://bücher.example/", "ws://xn--bcher-kva.example/"),
            ("ws://B%C3%BCcher.example/", "ws://xn--bcher-kva.example/"),
            ("ws://[0:0:0::1]:9001/", "ws://[::1]:9001/"),
            ("ws://0x7f.1/", "ws://127.0.0.1/"),
            ("ws://h./", "ws://h./"),
            // Paths and queries.
            ("ws://h/a/./b/../c", "ws://h/a/c"),
            ("ws://h/../..", "ws://h/"),
            ("ws://h/a b", "ws://h/a%20b"),
            ("ws://h/?a b\0c", "ws://h/?a%20b%00c"),
            ("ws://h/?ß", "ws://h/?%C3%9F"),
            ("ws://h?q", "ws://h/?q"),
            ("ws://h/q?", "ws://h/q?"),
            ("ws://h/%23", "ws://h/%23"),
            // User name and password stay.
            ("ws://u:p@h/", "ws://u:p@h/"),
            ("ws://u@h/", "ws://u@h/"),
            ("http://:p@h/", "ws://:p@h/"),
        ] {
            assert_eq!(href(input, None).as_deref(), Ok(shown), "{input:?}");
        }
    }

    #[test]
    fn a_relative_url_needs_a_base() {
        let base = Some("https://u:p@h:9001/a/b?c#d");
        for (input, shown) in [
            ("", "wss://u:p@h:9001/a/b?c"),
            ("echo", "wss://u:p@h:9001/a/echo"),
            ("/echo", "wss://u:p@h:9001/echo"),
            ("../echo?x", "wss://u:p@h:9001/echo?x"),
            ("?x", "wss://u:p@h:9001/a/b?x"),
            ("//other/x", "wss://other/x"),
            ("ws://other/x", "ws://other/x"),
            ("ws:other", "ws://other/"),
        ] {
            assert_eq!(href(input, base).as_deref(), Ok(shown), "{input:?}");
        }
        for input in ["", "echo", "/echo", "?x", "//h/x", "127.0.0.1:80", "#"] {
            let message = format!(
                "the URL {input:?} is relative, and there is no base URL: begin it with ws:// or wss://"
            );
            assert_eq!(href(input, None), Err(message));
        }
    }

    #[test]
    fn a_base_must_be_absolute_and_hierarchical() {
        for (input, base, message) in [
            (
                "x",
                "/a",
                r#"the base URL "/a" is relative: begin it with a scheme"#,
            ),
            (
                "ws://h/",
                "/a",
                r#"the base URL "/a" is relative: begin it with a scheme"#,
            ),
            (
                "x",
                "ws://h:x/",
                r#"the base URL "ws://h:x/" has a port that is not a number up to 65535"#,
            ),
            (
                "x",
                "data:,",
                r#"the URL "x" is not valid: relative URL with a cannot-be-a-base base"#,
            ),
            (
                "x",
                "ftp://h/",
                r#"the URL "x" has the scheme "ftp:", not ws:, wss:, http: or https:"#,
            ),
            (
                "#",
                "ws://h/",
                r##"the URL "#" has a fragment, which a WebSocket cannot have: leave it out from the # on, or write the # as %23"##,
            ),
        ] {
            assert_eq!(href(input, Some(base)), Err(message.to_owned()));
        }
    }

    #[test]
    fn every_other_url_is_a_syntax_error() {
        for (input, cause) in [
            ("ftp://h/", r#"has the scheme "ftp:""#),
            ("data:,x", r#"has the scheme "data:""#),
            ("blob:ws://h/1", r#"has the scheme "blob:""#),
            ("about:blank", r#"has the scheme "about:""#),
            ("localhost:9001/x", "write ws:// before the host"),
            ("ws://h/#", "has a fragment"),
            ("ws://h/a#b", "has a fragment"),
            ("wss://h#", "has a fragment"),
            ("http://h/#", "has a fragment"),
            ("ws://", "empty host"),
            ("ws:", "empty host"),
            ("ws://u:p@/", "empty host"),
            ("ws://a b/", "a host that is not a valid domain name"),
            ("ws://a%20b/", "a host that is not a valid domain name"),
            ("ws://a\0b/", "a host that is not a valid domain name"),
            ("ws://a<b/", "a host that is not a valid domain name"),
            ("ws://h:65536/", "a port that is not a number up to 65535"),
            ("ws://h:-1/", "a port that is not a number up to 65535"),
            ("ws://h:8 0/", "a port that is not a number up to 65535"),
            ("ws://[::1/", "invalid IPv6 address"),
            ("ws://[h]/", "invalid IPv6 address"),
            ("ws://1.2.3.256/", "invalid IPv4 address"),
            ("ws://xn--a/", "a host that is not a valid domain name"),
        ] {
            let message = href(input, None).unwrap_err();
            assert!(message.contains(cause), "{input:?}: {message}");
            assert!(message.contains(&quoted(input)), "{input:?}: {message}");
        }
    }

    #[test]
    fn a_record_has_what_the_connection_needs() {
        let full = parse("https://us%65r:p%C3%A4ss%@[::1]:8443/a/b?c=d", None).unwrap();
        assert_eq!(
            full,
            UrlRecord {
                href: "wss://us%65r:p%C3%A4ss%@[::1]:8443/a/b?c=d".to_owned(),
                secure: true,
                username: b"user".to_vec(),
                password: "päss%".as_bytes().to_vec(),
                port: Some(8443),
                host: 24..29,
                path: 34,
            }
        );
        assert_eq!(full.host(), "[::1]");
        assert_eq!(full.host_and_port(), "[::1]:8443");
        assert_eq!(full.resource(), "/a/b?c=d");
        let least = parse("ws://h", None).unwrap();
        assert_eq!(
            least,
            UrlRecord {
                href: "ws://h/".to_owned(),
                secure: false,
                username: Vec::new(),
                password: Vec::new(),
                port: None,
                host: 5..6,
                path: 6,
            }
        );
        assert_eq!(least.host_and_port(), "h");
        assert_eq!(parse("ws://h/q?", None).unwrap().resource(), "/q?");
    }

    #[test]
    fn only_a_percent_sign_before_two_hexadecimal_digits_is_decoded() {
        for (input, decoded) in [
            ("", &b""[..]),
            ("a+b", b"a+b"),
            ("%41%7e%7E%00%ff", b"A~~\0\xff"),
            ("%", b"%"),
            ("%4", b"%4"),
            ("%4g%g4%+1", b"%4g%g4%+1"),
            ("%%41", b"%A"),
            ("%2541", b"%41"),
        ] {
            assert_eq!(percent_decoded(input), decoded, "{input}");
        }
    }

    #[test]
    fn no_url_breaks_a_line_of_the_request() {
        for input in [
            "ws://h/a\r\nX: y\r\n\r\n",
            "ws://h/%0d%0aX: y%0d%0a\0",
            "ws://h/?\r\nX: y\0\u{2028}",
            "ws://u\r\nX: y:p\r\nX: y\0@h/",
            "ws://u%0d%0aX: y:p%0d%0aX: y%00@h/",
        ] {
            let url = parse(input, None).unwrap();
            let request = Request {
                url: &url,
                key: &Key::new([0; 16]),
                offer: &Offer::default(),
                origin: None,
                authorization: None,
                extra: &[],
            };
            let text = String::from_utf8(request.encode()).unwrap();
            let lines: Vec<&str> = text.split("\r\n").collect();
            let names: Vec<&str> = lines
                .iter()
                .map(|line| line.split(':').next().unwrap())
                .filter(|&name| name != "Authorization")
                .collect();
            assert!(lines[0].ends_with(" HTTP/1.1"), "{text}");
            assert_eq!(lines[0].split(' ').count(), 3, "{text}");
            assert_eq!(
                names[1..],
                [
                    "Host",
                    "Connection",
                    "Pragma",
                    "Cache-Control",
                    "Upgrade",
                    "Sec-WebSocket-Version",
                    "Sec-WebSocket-Key",
                    "",
                    ""
                ]
            );
            assert!(text.chars().all(|c| matches!(c, ' '..='~' | '\r' | '\n')));
        }
    }
}
