//! The server's half of the opening handshake: finding the head of its answer, and the checks of RFC 6455 4.1.

use std::borrow::Cow;
use std::io::BufRead;

use httparse::Header as Field;

use super::Key;
use super::body::{Body, Framing};
use crate::error::{Excerpt, Response, UpgradeFault};
use crate::negotiation::{Agreed, Offer};

/// Finds the answer's head in bytes that arrive piece by piece, and looks at each of them once for its end.
///
/// It keeps no bytes itself. Its limits hold for the answer together with the interim answers before it.
#[derive(Debug)]
pub(crate) struct Answer {
    max_size: usize,
    max_fields: usize,
    /// Fields of the interim answers.
    earlier_fields: usize,
    /// Fields of the current head.
    fields: usize,
    /// Where in the input the current head begins: after the interim answers.
    head: usize,
    /// Where in the input the current line begins.
    line: usize,
    /// Where in the input the bytes begin that were not looked at yet.
    unseen: usize,
}

/// The head of an HTTP answer, where it was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head<'a> {
    http_1_1: bool,
    status: u16,
    reason: &'a str,
    fields: Vec<Field<'a>>,
}

impl Answer {
    /// The limits are for the bytes of the head, its last empty line included, and for its fields.
    pub(crate) fn new(max_size: usize, max_fields: usize) -> Self {
        Answer {
            max_size,
            max_fields,
            earlier_fields: 0,
            fields: 0,
            head: 0,
            line: 0,
            unseen: 0,
        }
    }

    /// Answers the head as soon as it is whole, and `None` until then: append more to the same input and call again.
    ///
    /// After a head or a fault, this `Answer` is spent. What to do with a head depends on [`Head::status`].
    pub(crate) fn parse<'a>(&mut self, input: &'a [u8]) -> Result<Option<Head<'a>>, UpgradeFault> {
        while let Some(end) = self.find_end(input)? {
            let head = Head::parse(&input[self.head..end], self.fields)?;
            if !head.is_interim() {
                return Ok(Some(head));
            }
            self.head = end;
            self.earlier_fields += self.fields;
            self.fields = 0;
        }
        Ok(None)
    }

    /// The bytes up to the end of the head that was found: frames follow after a 101, a body after any other status.
    pub(crate) fn length(&self) -> usize {
        self.unseen
    }

    fn find_end(&mut self, input: &[u8]) -> Result<Option<usize>, UpgradeFault> {
        let input = &input[..input.len().min(self.max_size)];
        check_start(&input[self.head..])?;
        // RFC 9112 2.2: "a recipient MAY recognize a single LF as a line terminator and ignore any preceding CR".
        while let Some(line_end) = self.find_line_end(input) {
            let line = &input[self.line..line_end];
            let is_status_line = self.line == self.head;
            self.line = line_end;
            self.unseen = line_end;
            if matches!(line, b"\n" | b"\r\n") {
                return Ok(Some(line_end));
            }
            if !is_status_line {
                self.fields += 1;
            }
            if self.earlier_fields + self.fields > self.max_fields {
                let limit = self.max_fields;
                return Err(UpgradeFault::TooManyFields { limit });
            }
        }
        self.unseen = input.len();
        if self.unseen == self.max_size {
            let limit = self.max_size;
            return Err(UpgradeFault::TooLarge { limit });
        }
        Ok(None)
    }

    /// Where the first line ends of those that were not looked at yet, its LF included.
    fn find_line_end(&self, input: &[u8]) -> Option<usize> {
        let mut rest = &input[self.unseen..];
        let skipped = rest.skip_until(b'\n').ok()?;
        let end = self.unseen + skipped;
        input[self.unseen..end].ends_with(b"\n").then_some(end)
    }
}

impl<'a> Head<'a> {
    /// Parses a whole head that has at most so many fields.
    fn parse(bytes: &'a [u8], max_fields: usize) -> Result<Self, UpgradeFault> {
        let mut fields = vec![httparse::EMPTY_HEADER; max_fields];
        let mut response = httparse::Response::new(&mut fields);
        let parsed = response
            .parse(bytes)
            .map_err(|error| malformed(bytes, error))?;
        debug_assert!(parsed.is_complete(), "the empty line at its end was seen");
        let httparse::Response {
            version,
            code,
            reason,
            ref headers,
        } = response;
        let count = headers.len();
        fields.truncate(count);
        Ok(Head {
            http_1_1: version == Some(1),
            status: code.unwrap_or(0),
            reason: reason.unwrap_or(""),
            fields,
        })
    }

    /// After 101, [`check`](Self::check) follows. Any other status is the end of the handshake, also a redirect and a
    /// challenge; then [`body`](Self::body) and [`response`](Self::response) follow.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// What takes the body out of the bytes behind the head. Not for a 101, after which frames follow.
    pub(crate) fn body(&self) -> Body {
        Body::new(self.framing())
    }

    /// RFC 9112 6.3, for a response to GET.
    fn framing(&self) -> Framing {
        // "Any response [...] with a 1xx (Informational), 204 (No Content), or 304 (Not Modified) status code is always
        // terminated by the first empty line".
        if matches!(self.status, 204 | 304) {
            return Framing::Over;
        }
        // "the Transfer-Encoding overrides the Content-Length", and the body is chunked if that is the final coding. None
        // other can have been agreed on: the request has no TE field.
        if let Some(codings) = self.value("Transfer-Encoding") {
            let last = codings.rsplit(|&byte| byte == b',').next();
            return match last.map(<[u8]>::trim_ascii) {
                Some(last) if last.eq_ignore_ascii_case(b"chunked") => Framing::Chunk(0),
                _ => Framing::UntilTheEnd,
            };
        }
        self.content_length()
            .map_or(Framing::UntilTheEnd, Framing::Length)
    }

    /// A list of identical valid numbers counts as that number.
    fn content_length(&self) -> Option<u64> {
        let value = self.value("Content-Length")?;
        let mut lengths = value.split(|&byte| byte == b',').map(decimal);
        let first = lengths.next()??;
        lengths.all(|length| length == Some(first)).then_some(first)
    }

    /// For a status other than 101, and without its body.
    pub(crate) fn response(&self) -> Response {
        let header = |field: &Field<'_>| (field.name.to_owned(), field.value.to_owned());
        Response {
            status: self.status,
            reason: self.reason.to_owned(),
            headers: self.fields.iter().map(header).collect(),
            body: Vec::new(),
        }
    }

    /// The client's checks of a 101 in RFC 6455 4.1, from the second on; the first is the status. Without a fault the
    /// connection is open.
    pub(crate) fn check(&self, key: &Key, offer: &Offer) -> Result<Agreed, UpgradeFault> {
        // "the HTTP version MUST be at least 1.1": 1.0 has neither the status 101 nor the Upgrade field.
        if !self.http_1_1 {
            return Err(UpgradeFault::OldHttp);
        }
        self.check_upgrade()?;
        self.check_connection()?;
        self.check_accept(key)?;
        offer.check(
            self.values("Sec-WebSocket-Protocol"),
            self.values("Sec-WebSocket-Extensions"),
        )
    }

    /// "If the response lacks an |Upgrade| header field or the |Upgrade| header field contains a value that is not an ASCII
    /// case-insensitive match for the value "websocket", the client MUST _Fail the WebSocket Connection_."
    ///
    /// So a list fails even if "websocket" is in it: it would say that frames of yet another protocol follow.
    fn check_upgrade(&self) -> Result<(), UpgradeFault> {
        match self.value("Upgrade") {
            None => Err(UpgradeFault::UpgradeMissing),
            Some(value) if value.eq_ignore_ascii_case(b"websocket") => Ok(()),
            Some(value) => Err(UpgradeFault::UpgradeWrong(Excerpt::of(&value))),
        }
    }

    /// "If the response lacks a |Connection| header field or the |Connection| header field doesn't contain a token that is
    /// an ASCII case-insensitive match for the value "Upgrade", the client MUST _Fail the WebSocket Connection_."
    fn check_connection(&self) -> Result<(), UpgradeFault> {
        let value = self
            .value("Connection")
            .ok_or(UpgradeFault::ConnectionMissing)?;
        let mut tokens = value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
        if tokens.any(|token| token.eq_ignore_ascii_case(b"upgrade")) {
            Ok(())
        } else {
            Err(UpgradeFault::ConnectionWrong(Excerpt::of(&value)))
        }
    }

    /// "If the response lacks a |Sec-WebSocket-Accept| header field or the |Sec-WebSocket-Accept| contains a value other
    /// than [the one that fits the key] but ignoring any leading and trailing whitespace, the client MUST _Fail the
    /// WebSocket Connection_."
    fn check_accept(&self, key: &Key) -> Result<(), UpgradeFault> {
        let mut values = self.values("Sec-WebSocket-Accept");
        let Some(value) = values.next() else {
            let pre_standard = self.value("Sec-WebSocket-Origin").is_some()
                && self.value("Sec-WebSocket-Location").is_some();
            return Err(if pre_standard {
                UpgradeFault::PreStandard
            } else {
                UpgradeFault::AcceptMissing
            });
        };
        // 11.3.3: "The |Sec-WebSocket-Accept| header MUST NOT appear more than once in an HTTP response."
        if values.next().is_some() {
            return Err(UpgradeFault::AcceptTwice);
        }
        let expected = key.accept();
        if value.len() != expected.len() {
            return Err(UpgradeFault::AcceptLength(value.len()));
        }
        if value != expected {
            return Err(UpgradeFault::AcceptWrong(Excerpt::of(value)));
        }
        Ok(())
    }

    /// RFC 9110 15.2: "A client MUST be able to parse one or more 1xx responses received prior to a final response". 101 is
    /// the one after which no other comes (15.2.2).
    fn is_interim(&self) -> bool {
        matches!(self.status, 100 | 102..=199)
    }

    /// The values of the fields of this name.
    fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.fields
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name))
            .map(|field| field.value)
    }

    /// The values of all fields of this name as one, which RFC 9110 5.2 makes them: joined by commas.
    fn value(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        self.values(name)
            .map(Cow::Borrowed)
            .reduce(|joined, next| [joined, next].join(&b", "[..]).into())
    }
}

/// Fails as soon as the first bytes cannot become an answer: whatever else speaks there may never send an empty line.
fn check_start(head: &[u8]) -> Result<(), UpgradeFault> {
    const START: &[u8] = b"HTTP/1.";
    let length = head.len().min(START.len());
    if head[..length] == START[..length] {
        return Ok(());
    }
    // RFC 8446 5.1: a record begins with its type, 21 for an alert and 22 for a handshake message.
    Err(match head[0] {
        21 | 22 => UpgradeFault::Tls(Excerpt::of(head)),
        _ => UpgradeFault::NotHttp(Excerpt::of(head)),
    })
}

/// Says which line of a head the parser did not like.
fn malformed(head: &[u8], error: httparse::Error) -> UpgradeFault {
    let is_malformed = |line: &&[u8]| {
        let alone = [line, &b"\n"[..]].concat();
        httparse::parse_headers(&alone, &mut [httparse::EMPTY_HEADER]).is_err()
    };
    let mut lines = head.split_inclusive(|&byte| byte == b'\n');
    let status_line = lines.next();
    let (rule, line) = match error {
        httparse::Error::Version => ("the version is neither 1.0 nor 1.1", status_line),
        httparse::Error::Status => ("the status line is wrong", status_line),
        error => {
            let line = lines.find(is_malformed);
            let rule = match error {
                // RFC 9112 5.2: "A sender MUST NOT generate a message that includes line folding".
                _ if line.is_some_and(|line| line.starts_with(b" ") || line.starts_with(b"\t")) => {
                    "a field is folded over two lines"
                }
                httparse::Error::HeaderName => {
                    "a field does not begin with a valid name and a colon"
                }
                _ => "a field has a control character in it",
            };
            (rule, line)
        }
    };
    UpgradeFault::Malformed {
        rule,
        line: Excerpt::of(line.unwrap_or(head).trim_ascii_end()),
    }
}

/// A number as in Content-Length: RFC 9110 8.6, `1*DIGIT`.
fn decimal(digits: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(digits.trim_ascii()).ok()?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests;
