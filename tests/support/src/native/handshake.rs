//! The server's side of the opening handshake, RFC 6455 section 4.2.

use std::io::{self, BufRead, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::frame::breach;
use super::target;

/// The head of a client's request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// All bytes as they were received, up to and with the empty line.
    pub raw: Vec<u8>,
    /// `GET`, from a WebSocket client.
    pub method: String,
    /// The path and the query.
    pub target: String,
    /// `HTTP/1.1`, from a WebSocket client.
    pub version: String,
    /// Names and values of the fields in their order.
    pub fields: Vec<(String, String)>,
}

impl RequestHead {
    /// Reads one head; `None` if the stream ends before its first byte.
    ///
    /// # Errors
    ///
    /// `InvalidData` if it is not HTTP or too long, `UnexpectedEof` if it is not whole.
    pub fn read(stream: &mut impl BufRead) -> io::Result<Option<RequestHead>> {
        let mut raw = Vec::new();
        let mut stream = stream.take(64 << 10);
        while !raw.ends_with(b"\r\n\r\n") {
            if stream.read_until(b'\n', &mut raw)? == 0 {
                return match (raw.is_empty(), stream.limit()) {
                    (_, 0) => Err(breach("the request's head is longer than 64 KiB")),
                    (true, _) => Ok(None),
                    (false, _) => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
        }
        RequestHead::parse(raw)
            .map(Some)
            .ok_or_else(|| breach("the request is not HTTP/1.1"))
    }

    /// The value of the first field of this name, in any case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        target::path(&self.target)
    }

    /// The subprotocols that the client offers, in their order.
    pub fn protocols(&self) -> Vec<&str> {
        self.tokens("Sec-WebSocket-Protocol").collect()
    }

    /// The Sec-WebSocket-Accept that belongs to this request.
    pub fn accept(&self) -> String {
        let key = self.field("Sec-WebSocket-Key").unwrap_or_default();
        // 4.2.2: the key "concatenated with the string '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'", hashed and base64-encoded.
        let text = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
        BASE64.encode(sha1_smol::Sha1::from(text).digest().bytes())
    }

    /// What is wrong with the request as a WebSocket handshake (RFC 6455 4.2.1); empty if nothing is.
    pub fn faults(&self) -> Vec<&'static str> {
        let once = |name| self.all(name).count() == 1;
        let has = |name, token: &str| {
            self.tokens(name)
                .any(|found| found.eq_ignore_ascii_case(token))
        };
        let key = BASE64.decode(self.field("Sec-WebSocket-Key").unwrap_or_default());
        let protocols = self.protocols();
        let repeated = |protocol| protocols.iter().filter(|other| *other == protocol).count() > 1;
        [
            (self.method == "GET", "the method is not GET"),
            (self.version == "HTTP/1.1", "the version is not HTTP/1.1"),
            (self.target.starts_with('/'), "the target is not a path"),
            (once("Host"), "there is not exactly one Host"),
            (has("Upgrade", "websocket"), "Upgrade is not websocket"),
            (has("Connection", "Upgrade"), "Connection is not Upgrade"),
            (
                once("Sec-WebSocket-Key"),
                "there is not exactly one Sec-WebSocket-Key",
            ),
            (
                key.is_ok_and(|key| key.len() == 16),
                "Sec-WebSocket-Key is not 16 bytes in base64",
            ),
            (
                self.field("Sec-WebSocket-Version") == Some("13"),
                "Sec-WebSocket-Version is not 13",
            ),
            (
                once("Sec-WebSocket-Version"),
                "there is not exactly one Sec-WebSocket-Version",
            ),
            (
                !protocols.iter().any(repeated),
                "a subprotocol is offered twice",
            ),
        ]
        .into_iter()
        .filter_map(|(right, fault)| (!right).then_some(fault))
        .collect()
    }

    fn parse(raw: Vec<u8>) -> Option<RequestHead> {
        let text = String::from_utf8_lossy(&raw);
        let mut lines = text.strip_suffix("\r\n\r\n")?.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target, version) = (words.next()?, words.next()?, words.next()?);
        let fields = lines
            .map(|line| {
                let (name, value) = line.split_once(':')?;
                let sound =
                    !name.is_empty() && !name.contains(' ') && !value.contains(['\r', '\n']);
                sound.then(|| (name.to_owned(), value.trim().to_owned()))
            })
            .collect::<Option<_>>()?;
        let head = RequestHead {
            method: method.to_owned(),
            target: target.to_owned(),
            version: version.to_owned(),
            fields,
            raw: Vec::new(),
        };
        let complete = words.next().is_none() && version.starts_with("HTTP/");
        complete.then_some(RequestHead { raw, ..head })
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    fn tokens(&self, name: &str) -> impl Iterator<Item = &str> {
        self.all(name)
            .flat_map(|value| value.split(','))
            .map(str::trim)
    }
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    status: u16,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    /// The right 101 to this request.
    pub(crate) fn open(head: &RequestHead, protocol: Option<&str>) -> Answer {
        let answer = Answer {
            status: 101,
            fields: Vec::new(),
            body: Vec::new(),
        }
        .field("Upgrade", "websocket")
        .field("Connection", "Upgrade")
        .field("Sec-WebSocket-Accept", &head.accept());
        match protocol {
            Some(protocol) => answer.field("Sec-WebSocket-Protocol", protocol),
            None => answer,
        }
    }

    /// Any other answer, after which the server ends the connection.
    pub(crate) fn closing(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        Answer {
            status,
            fields: Vec::new(),
            body: Vec::new(),
        }
        .field("Connection", "close")
        .field("Content-Length", &body.len().to_string())
        .body(body)
    }

    /// Adds a field.
    pub(crate) fn field(mut self, name: &str, value: &str) -> Answer {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes a field away.
    pub(crate) fn without(mut self, name: &str) -> Answer {
        self.fields
            .retain(|(found, _)| !found.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!(
            "HTTP/1.1 {} {}\r\n",
            self.status,
            reason_phrase(self.status)
        );
        for (name, value) in &self.fields {
            text += &format!("{name}: {value}\r\n");
        }
        text += "\r\n";
        [text.as_bytes(), &self.body].concat()
    }

    fn body(self, body: Vec<u8>) -> Answer {
        Answer { body, ..self }
    }
}

fn reason_phrase(status: u16) -> &'static str {
    match status {
        101 => "Switching Protocols",
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The request of RFC 6455 1.2, with one field replaced or taken away.
    fn request(name: &str, value: Option<&str>) -> RequestHead {
        let mut text = "GET /chat?room=1 HTTP/1.1\r\n".to_owned();
        for (field, own) in [
            ("Host", "server.example.com"),
            ("Upgrade", "websocket"),
            ("Connection", "keep-alive, Upgrade"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Protocol", "chat, superchat"),
            ("Sec-WebSocket-Version", "13"),
        ] {
            match (field == name, value) {
                (false, _) => text += &format!("{field}: {own}\r\n"),
                (true, Some(value)) => text += &format!("{field}: {value}\r\n"),
                (true, None) => {}
            }
        }
        RequestHead::read(&mut (text + "\r\nrest").as_bytes())
            .unwrap()
            .unwrap()
    }

    #[test]
    fn the_request_of_the_standard_is_right_and_has_its_accept() {
        let head = request("", None);
        assert_eq!(head.faults(), [""; 0]);
        assert_eq!(head.accept(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(head.path(), "/chat");
        assert_eq!(head.protocols(), ["chat", "superchat"]);
        assert_eq!(head.field("HOST"), Some("server.example.com"));
        assert!(head.raw.ends_with(b"13\r\n\r\n"));
    }

    #[test]
    fn each_fault_of_a_request_is_found() {
        for (name, value) in [
            ("Host", None),
            ("Host", Some("a\r\nHost: b")),
            ("Upgrade", None),
            ("Upgrade", Some("h2c")),
            ("Connection", Some("close")),
            ("Sec-WebSocket-Key", Some("c2hvcnQ=")),
            ("Sec-WebSocket-Protocol", Some("chat, chat")),
            ("Sec-WebSocket-Version", Some("8")),
            (
                "Sec-WebSocket-Version",
                Some("13\r\nSec-WebSocket-Version: 13"),
            ),
        ] {
            assert_eq!(request(name, value).faults().len(), 1, "{name}: {value:?}");
        }
        assert_eq!(request("Sec-WebSocket-Key", None).faults().len(), 2);
    }

    #[test]
    fn what_is_not_http_is_refused() {
        for text in [
            "hello\r\n\r\n",
            "GET /\r\n\r\n",
            "GET / HTTP/1.1 x\r\n\r\n",
            "GET / HTTP/1.1\r\nno field\r\n\r\n",
            "GET / HTTP/1.1\r\nA b: c\r\n\r\n",
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
        ] {
            let error = RequestHead::read(&mut text.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{text:?}");
        }
        let endless = "a".repeat(70_000);
        assert!(RequestHead::read(&mut endless.as_bytes()).is_err());
        let cut = RequestHead::read(&mut "GET /".as_bytes()).unwrap_err();
        assert_eq!(cut.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(RequestHead::read(&mut "".as_bytes()).unwrap(), None);
    }

    #[test]
    fn answers_are_what_http_says() {
        let open = Answer::open(&request("", None), Some("chat"))
            .without("upgrade")
            .field("X", "1");
        assert_eq!(
            String::from_utf8(open.to_bytes()).unwrap(),
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\nX: 1\r\n\r\n"
        );
        assert_eq!(
            Answer::closing(404, "no").to_bytes(),
            b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno"
        );
    }
}
