//! The client's half of the opening handshake: the request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue};

use super::Key;
use crate::negotiation::Offer;
use crate::rules::UrlRecord;

/// What goes into the request. No part of it can hold a line break: the URL is serialised, the offer is made of tokens,
/// and the caller's own fields are typed.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) url: &'a UrlRecord,
    pub(crate) key: &'a Key,
    pub(crate) offer: &'a Offer,
    pub(crate) origin: Option<&'a HeaderValue>,
    /// Goes before the user name and password of the URL.
    pub(crate) authorization: Option<&'a HeaderValue>,
    /// The caller's own fields, none of which [`is_own_field`].
    pub(crate) extra: &'a [(HeaderName, HeaderValue)],
}

impl Request<'_> {
    /// The bytes to send; what comes back is for [`Answer`](super::Answer). The fields stand in a browser's order.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(512);
        // RFC 6455 4.1: "The method of the request MUST be GET, and the HTTP version MUST be at least 1.1."
        bytes.extend_from_slice(b"GET ");
        bytes.extend_from_slice(self.url.resource().as_bytes());
        bytes.extend_from_slice(b" HTTP/1.1\r\n");

        let mut field = |name: &str, value: &[u8]| {
            for part in [name.as_bytes(), b": ", value, b"\r\n"] {
                bytes.extend_from_slice(part);
            }
        };
        field("Host", self.url.host_and_port().as_bytes());
        field("Connection", b"Upgrade");
        field("Pragma", b"no-cache");
        field("Cache-Control", b"no-cache");
        if let Some(authorization) = self.authorization {
            field("Authorization", authorization.as_bytes());
        } else if let Some(basic) = basic(self.url) {
            field("Authorization", basic.as_bytes());
        }
        field("Upgrade", b"websocket");
        if let Some(origin) = self.origin {
            field("Origin", origin.as_bytes());
        }
        field("Sec-WebSocket-Version", b"13");
        for (name, value) in self.extra {
            field(name.as_str(), value.as_bytes());
        }
        field("Sec-WebSocket-Key", self.key.as_bytes());
        if let Some(extensions) = self.offer.extensions() {
            field("Sec-WebSocket-Extensions", extensions.as_bytes());
        }
        if let Some(protocols) = self.offer.protocols() {
            field("Sec-WebSocket-Protocol", protocols.as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}

/// Whether the caller may not set a field of this name beside the others, because the request has it already, or because
/// it would change what the connection is.
///
/// `Origin` and `Authorization` are among them: each has one place to be set, so that two values cannot contradict
/// each other. So are the proxy's fields, as this request goes to the server.
pub(crate) fn is_own_field(name: &str) -> bool {
    const OWN: [&str; 16] = [
        "authorization",
        "cache-control",
        "connection",
        "content-length",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "origin",
        "pragma",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let name = name.to_ascii_lowercase();
    name.starts_with("sec-websocket-") || OWN.contains(&name.as_str())
}

/// RFC 7617 2: "constructs the user-pass by concatenating the user-id, a single colon (":") character, and the password".
fn basic(url: &UrlRecord) -> Option<String> {
    if url.username.is_empty() && url.password.is_empty() {
        return None;
    }
    let pair = [&url.username[..], &url.password].join(&b':');
    Some(format!("Basic {}", STANDARD.encode(pair)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::negotiation::DeflateOffer;

    fn url() -> UrlRecord {
        UrlRecord {
            href: "ws://example.com:8080/chat?x=y".to_owned(),
            secure: false,
            username: Vec::new(),
            password: Vec::new(),
            port: Some(8080),
            host: 5..16,
            path: 21,
        }
    }

    fn value(value: &'static str) -> HeaderValue {
        HeaderValue::from_static(value)
    }

    fn encode(request: Request<'_>) -> String {
        String::from_utf8(request.encode()).unwrap()
    }

    /// The lines that a request has beyond the fewest.
    fn additional(request: Request<'_>) -> Vec<String> {
        encode(request)
            .lines()
            .filter(|line| !FEWEST.contains(line))
            .map(str::to_owned)
            .collect()
    }

    const FEWEST: &str = "GET /chat?x=y HTTP/1.1\r\n\
        Host: example.com:8080\r\n\
        Connection: Upgrade\r\n\
        Pragma: no-cache\r\n\
        Cache-Control: no-cache\r\n\
        Upgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        \r\n";

    #[test]
    fn a_request_has_a_browsers_fields_in_a_browsers_order() {
        let (url, key) = (url(), Key::new(*b"the sample nonce"));
        let protocols = vec!["chat".to_owned(), "b".to_owned()];
        let offer = Offer::new(protocols, Some(DeflateOffer::default())).unwrap();
        let plain = Request {
            url: &url,
            key: &key,
            offer: &Offer::default(),
            origin: None,
            authorization: None,
            extra: &[],
        };
        assert_eq!(encode(plain), FEWEST);
        let full = Request {
            offer: &offer,
            origin: Some(&value("https://example.com")),
            authorization: Some(&value("Bearer x")),
            extra: &[
                (HeaderName::from_static("cookie"), value("a=b")),
                (HeaderName::from_static("x-y"), value("1")),
                (HeaderName::from_static("x-y"), value("2")),
            ],
            ..plain
        };
        assert_eq!(
            encode(full),
            "GET /chat?x=y HTTP/1.1\r\n\
             Host: example.com:8080\r\n\
             Connection: Upgrade\r\n\
             Pragma: no-cache\r\n\
             Cache-Control: no-cache\r\n\
             Authorization: Bearer x\r\n\
             Upgrade: websocket\r\n\
             Origin: https://example.com\r\n\
             Sec-WebSocket-Version: 13\r\n\
             cookie: a=b\r\n\
             x-y: 1\r\n\
             x-y: 2\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\
             Sec-WebSocket-Protocol: chat, b\r\n\
             \r\n"
        );
    }

    #[test]
    fn user_name_and_password_go_out_as_basic_unless_authorization_is_given() {
        let key = Key::new(*b"the sample nonce");
        for (username, password, authorization, line) in [
            // RFC 7617 2 and 2.1.
            (
                "Aladdin",
                "open sesame",
                None,
                "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            ),
            ("test", "123£", None, "Basic dGVzdDoxMjPCow=="),
            ("u", "", None, "Basic dTo="),
            ("", "p", None, "Basic OnA="),
            ("u", "p", Some(&value("Bearer x")), "Bearer x"),
            ("", "", Some(&value("Bearer x")), "Bearer x"),
        ] {
            let url = UrlRecord {
                username: username.as_bytes().to_vec(),
                password: password.as_bytes().to_vec(),
                ..url()
            };
            let request = Request {
                url: &url,
                key: &key,
                offer: &Offer::default(),
                origin: None,
                authorization,
                extra: &[],
            };
            assert_eq!(additional(request), [format!("Authorization: {line}")]);
        }
    }

    #[test]
    fn no_value_of_the_caller_breaks_a_line() {
        let (url, key) = (url(), Key::new(*b"the sample nonce"));
        for byte in 0..=u8::MAX {
            let bytes = [b'a', byte, b'b'];
            let Ok(value) = HeaderValue::from_bytes(&bytes) else {
                assert!(byte.is_ascii_control(), "{byte}");
                continue;
            };
            let name = HeaderName::from_bytes(&bytes).unwrap_or(HeaderName::from_static("x"));
            let request = Request {
                url: &url,
                key: &key,
                offer: &Offer::default(),
                origin: Some(&value),
                authorization: Some(&value),
                extra: &[(name, value.clone())],
            };
            let bytes = request.encode();
            let count = |wanted: u8| bytes.iter().filter(|&&byte| byte == wanted).count();
            let lines = FEWEST.lines().count() + 3;
            assert_eq!((count(b'\r'), count(b'\n'), count(0)), (lines, lines, 0));
        }
    }

    #[test]
    fn fields_of_the_handshake_and_of_the_connection_are_our_own() {
        for name in [
            "Host",
            "connection",
            "UPGRADE",
            "Origin",
            "Authorization",
            "Pragma",
            "Cache-Control",
            "Sec-WebSocket-Key",
            "sec-websocket-version",
            "Sec-WebSocket-Protocol",
            "Sec-WebSocket-Extensions",
            "Sec-WebSocket-Accept",
            "Sec-WebSocket-Anything",
            "Content-Length",
            "Transfer-Encoding",
            "TE",
            "Trailer",
            "Expect",
            "Keep-Alive",
            "Proxy-Connection",
            "Proxy-Authorization",
            "HTTP2-Settings",
        ] {
            assert!(is_own_field(name), "{name}");
        }
        for name in [
            "Cookie",
            "User-Agent",
            "X-Host",
            "Hosts",
            "Sec-Fetch-Mode",
            "Accept-Language",
            "sec-websocket",
            "",
        ] {
            assert!(!is_own_field(name), "{name}");
        }
    }
}
