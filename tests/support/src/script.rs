//! What the server shall do on a connection, written down as a URL, because a URL is all that a page can choose.

use std::fmt;

use crate::encoding;

/// What [`Server`](crate::Server) shall do on one connection, step by step; it displays itself as the URL's path and query.
///
/// The server has read the request before the first step. After the last step it ends the TCP connection as
/// [`end`](Script::end) does, if no step has; where that step is a Close, only when the client's Close has come. A step that waits gives up when the client goes.
///
/// ```
/// use onesocket_test_support::Script;
///
/// let script = Script::new().id("x").open().frame_hex("8a00").expect_close().close(1000, "bye").end();
/// assert_eq!(script.to_string(), "/script?id=x&open&raw=%8A%00&expect_close&close=1000,bye&end");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a script does nothing until its URL is opened"]
pub struct Script {
    steps: Vec<String>,
}

/// The connection as a whole.
impl Script {
    /// A script without steps: the client sees its connection end without an answer.
    pub fn new() -> Self {
        Script::default()
    }

    /// Names the connection, so that the test can ask `/seen?id=…` about it and end its pauses with `/go?id=…`.
    pub fn id(self, id: &str) -> Self {
        self.step("id", &[id.as_bytes()])
    }

    /// From here on the client gets each byte in a write of its own.
    pub fn one_byte_per_write(self) -> Self {
        self.step("one_byte_per_write", &[])
    }

    /// The client gets all that the inner steps send in a single write, the answer's head and first frames for example.
    pub fn in_one_write(self, steps: impl FnOnce(Script) -> Script) -> Self {
        steps(self.step("hold", &[])).step("flush", &[])
    }

    /// The client can have only about so many bytes on the way that the server has not read.
    pub fn receive_buffer(self, bytes: usize) -> Self {
        self.step("receive_buffer", &[&decimal(bytes)])
    }
}

/// The answer to the handshake.
impl Script {
    /// Adds a field to the answer that follows. An own field does not replace the one that belongs there: see [`replace`](Script::replace).
    pub fn field(self, name: &str, value: &str) -> Self {
        self.step("field", &[name.as_bytes(), value.as_bytes()])
    }

    /// Leaves a field out of the answer that follows.
    pub fn without(self, name: &str) -> Self {
        self.step("without", &[name.as_bytes()])
    }

    /// Puts another value in the place of a field's own in the answer that follows.
    pub fn replace(self, name: &str, value: &str) -> Self {
        self.without(name).field(name, value)
    }

    /// Names this subprotocol in the answer that follows, offered or not.
    pub fn protocol(self, protocol: &str) -> Self {
        self.replace("Sec-WebSocket-Protocol", protocol)
    }

    /// The body of the answer that follows.
    pub fn body(self, body: impl AsRef<[u8]>) -> Self {
        self.step("body", &[body.as_ref()])
    }

    /// Answers 101: the connection is open, with the first subprotocol that was offered.
    pub fn open(self) -> Self {
        self.step("open", &[])
    }

    /// Answers with another status, and with a Content-Length.
    pub fn answer(self, status: u16) -> Self {
        self.step("answer", &[&decimal(status.into())])
    }

    /// Sends these characters as the answer; `{accept}` becomes the right Sec-WebSocket-Accept.
    pub fn head(self, head: &str) -> Self {
        self.step("head", &[head.as_bytes()])
    }
}

/// What the client receives.
impl Script {
    /// A text message.
    pub fn text(self, text: &str) -> Self {
        self.step("text", &[text.as_bytes()])
    }

    /// A binary message.
    pub fn binary(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step("binary", &[bytes.as_ref()])
    }

    /// A text message of so many bytes, `a` to `z` over and over.
    pub fn text_of_size(self, bytes: usize) -> Self {
        self.step("text_of_size", &[&decimal(bytes)])
    }

    /// A binary message of so many bytes, `a` to `z` over and over.
    pub fn binary_of_size(self, bytes: usize) -> Self {
        self.step("binary_of_size", &[&decimal(bytes)])
    }

    /// Binary messages of so many bytes, `a` to `z` over and over, as fast as the client takes them, until `/go?id=…` is opened.
    /// [`Seen::written`](crate::Seen::written) says how much that was.
    pub fn fill(self, bytes: usize) -> Self {
        self.step("fill", &[&decimal(bytes)])
    }

    /// One text message, a frame for each of these; they may cut a character in two.
    pub fn fragments<T: AsRef<[u8]>>(self, fragments: impl IntoIterator<Item = T>) -> Self {
        self.list("fragments", fragments)
    }

    /// One binary message, a frame for each of these.
    pub fn binary_fragments<T: AsRef<[u8]>>(self, fragments: impl IntoIterator<Item = T>) -> Self {
        self.list("binary_fragments", fragments)
    }

    /// A Ping.
    pub fn ping(self, payload: impl AsRef<[u8]>) -> Self {
        self.step("ping", &[payload.as_ref()])
    }

    /// A Pong, asked for or not.
    pub fn pong(self, payload: impl AsRef<[u8]>) -> Self {
        self.step("pong", &[payload.as_ref()])
    }

    /// A Close with a code, which may be one that must not be sent, and a reason.
    pub fn close(self, code: u16, reason: &str) -> Self {
        self.step("close", &[&decimal(code.into()), reason.as_bytes()])
    }

    /// A Close without a body.
    pub fn close_empty(self) -> Self {
        self.step("close", &[])
    }

    /// One unmasked frame, right or wrong; `rsv` holds the three reserved bits, RSV1 being 4.
    pub fn frame(self, fin: bool, rsv: u8, opcode: u8, payload: impl AsRef<[u8]>) -> Self {
        let fin = decimal(fin.into());
        let rsv = decimal(rsv.into());
        let opcode = decimal(opcode.into());
        self.step("frame", &[&fin, &rsv, &opcode, payload.as_ref()])
    }

    /// Any bytes.
    pub fn raw(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step("raw", &[bytes.as_ref()])
    }

    /// Any bytes, in hexadecimal digits; white space is skipped.
    ///
    /// # Panics
    ///
    /// If these are not pairs of hexadecimal digits.
    pub fn frame_hex(self, digits: &str) -> Self {
        let bytes = encoding::from_hex(digits);
        self.raw(bytes.unwrap_or_else(|| panic!("{digits:?} are not pairs of hexadecimal digits")))
    }
}

/// What the server waits for. Frames of other kinds are read, noted and left unanswered meanwhile.
impl Script {
    /// Waits for a whole text or binary message of the client.
    pub fn expect_message(self) -> Self {
        self.step("expect_message", &[])
    }

    /// Waits for a Ping of the client.
    pub fn expect_ping(self) -> Self {
        self.step("expect_ping", &[])
    }

    /// Waits for a Pong of the client.
    pub fn expect_pong(self) -> Self {
        self.step("expect_pong", &[])
    }

    /// Waits for the client's Close, and does not answer it.
    pub fn expect_close(self) -> Self {
        self.step("expect_close", &[])
    }

    /// The client gets its next `messages` back, and pongs for its pings.
    pub fn echo(self, messages: u64) -> Self {
        self.step("echo", &[messages.to_string().as_bytes()])
    }

    /// The client gets all its messages back, and pongs for its pings, until it sends a Close, which is not answered.
    pub fn echo_until_close(self) -> Self {
        self.step("echo_until_close", &[])
    }

    /// Reads and sends nothing until `/go?id=…` is opened: the client's sending comes to a halt.
    pub fn pause(self) -> Self {
        self.step("pause", &[])
    }

    /// Reads and sends nothing until the server stops, even if the client has gone: the client's sending comes to a halt.
    pub fn never_read(self) -> Self {
        self.step("never_read", &[])
    }

    /// From here on each `/go?id=…` lets the server read at most `bytes` more; with `/go?id=…&n=all` it reads freely again.
    pub fn slow_reader(self, bytes: usize) -> Self {
        self.step("slow_reader", &[&decimal(bytes)])
    }
}

/// How the TCP connection ends.
impl Script {
    /// The client sees the end of the stream: FIN, under TLS behind a close_notify. Then its frames are read until it goes.
    pub fn end(self) -> Self {
        self.step("end", &[])
    }

    /// As [`end`](Script::end), but under TLS without the close_notify: the stream looks truncated.
    pub fn cut(self) -> Self {
        self.step("cut", &[])
    }

    /// The client sees its connection reset: RST.
    pub fn reset(self) -> Self {
        self.step("reset", &[])
    }

    /// Sends nothing more and keeps the connection open until the client goes; its frames are read.
    pub fn hang(self) -> Self {
        self.step("hang", &[])
    }
}

impl Script {
    fn step(self, name: &str, arguments: &[&[u8]]) -> Self {
        self.list(name, arguments)
    }

    fn list<T: AsRef<[u8]>>(mut self, name: &str, arguments: impl IntoIterator<Item = T>) -> Self {
        let encoded: Vec<String> = arguments
            .into_iter()
            .map(|argument| encoding::encode(argument.as_ref()))
            .collect();
        self.steps.push(match encoded.as_slice() {
            [] => name.to_owned(),
            _ => format!("{name}={}", encoded.join(",")),
        });
        self
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/script?{}", self.steps.join("&"))
    }
}

fn decimal(number: usize) -> Vec<u8> {
    number.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_a_url_that_no_parser_changes() {
        let script = Script::new()
            .field("X-A", "1, 2")
            .open()
            .text("ü & \"#\"")
            .fragments(["a,b", ""])
            .close_empty();
        assert_eq!(
            script.to_string(),
            "/script?field=X-A,1%2C%202&open&text=%C3%BC%20%26%20%22%23%22&fragments=a%2Cb,&close"
        );
    }

    #[test]
    fn what_is_to_go_out_at_once_stands_between_hold_and_flush() {
        let script = Script::new().in_one_write(|inner| inner.open().text("hi"));
        assert_eq!(script.to_string(), "/script?hold&open&text=hi&flush");
    }

    #[test]
    #[should_panic(expected = "\"8\" are not pairs of hexadecimal digits")]
    fn half_a_byte_is_refused() {
        let _ = Script::new().frame_hex("8");
    }
}
