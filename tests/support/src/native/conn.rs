//! One connection in the hands of a native test.

use std::fmt;
use std::io;

use super::frame::{Frame, opcode};
use super::handshake::{Answer, RequestHead};
use super::link::Link;
use super::paths;
use crate::seen::End;

/// The server's end of one connection; every call blocks.
///
/// It panics if the client breaks a rule of RFC 6455, above all if a frame is not masked or has the key of the frame before, and
/// if the client goes, or says nothing for a minute, when something is expected of it; [`Peer::join`](crate::Peer::join) shows the panic to the test.
///
/// A connection that is dropped ends as with [`end`](Conn::end).
pub struct Conn {
    link: Link,
    is_over: bool,
}

/// The handshake.
impl Conn {
    /// Reads the client's request, which is not judged.
    #[track_caller]
    pub fn read_request(&mut self) -> RequestHead {
        let head = expected("a request", self.link.read_request());
        head.expect("the client went instead of sending a request")
    }

    /// Reads the client's request, judges it, and answers with the right 101 and the first subprotocol offered: the client is open.
    #[track_caller]
    pub fn accept(&mut self) -> RequestHead {
        let head = self.read_request();
        expected("a handshake", paths::check(&head));
        let protocol = paths::chosen_protocol(&head);
        self.answer(Answer::open(&head, protocol.as_deref()).to_bytes());
        head
    }

    /// Sends an answer as it is. [`RequestHead::accept`] has the Sec-WebSocket-Accept for it.
    #[track_caller]
    pub fn answer(&mut self, raw: impl AsRef<[u8]>) {
        sent(self.link.answer(raw.as_ref()));
    }
}

/// What the client receives.
impl Conn {
    /// A text message.
    #[track_caller]
    pub fn text(&mut self, text: &str) {
        sent(self.link.send(opcode::TEXT, text));
    }

    /// A binary message.
    #[track_caller]
    pub fn binary(&mut self, bytes: impl Into<Vec<u8>>) {
        sent(self.link.send(opcode::BINARY, bytes));
    }

    /// A Close with a code and a reason.
    #[track_caller]
    pub fn close(&mut self, code: u16, reason: &str) {
        sent(self.link.send_close(code, reason.as_bytes()));
    }

    /// One unmasked frame, right or wrong; `rsv` holds the three reserved bits, RSV1 being 4.
    #[track_caller]
    pub fn send_frame(&mut self, fin: bool, rsv: u8, opcode: u8, payload: impl Into<Vec<u8>>) {
        self.send_raw(&Frame::new(fin, rsv, opcode, payload).to_bytes());
    }

    /// Any bytes, in one write.
    #[track_caller]
    pub fn send_raw(&mut self, bytes: &[u8]) {
        sent(self.try_send_raw(bytes));
    }

    /// Any bytes, each in a write of its own.
    #[track_caller]
    pub fn send_raw_split(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.send_raw(&[*byte]);
        }
    }

    /// Any bytes, where the client may go meanwhile.
    ///
    /// # Errors
    ///
    /// If it has gone.
    pub fn try_send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.link.send_raw(bytes)
    }
}

/// What the client sent.
impl Conn {
    /// The next frame; `None` at the end of the stream.
    #[track_caller]
    pub fn read_frame(&mut self) -> Option<Frame> {
        expected("a frame", self.link.read_frame())
    }

    /// The next frame, which must be of this opcode.
    #[track_caller]
    pub fn expect_frame(&mut self, opcode: u8) -> Frame {
        match self.read_frame() {
            Some(frame) if frame.opcode == opcode => frame,
            other => panic!("expected a frame of opcode {opcode}, not {other:?}"),
        }
    }

    /// The code and the reason of the next frame, which must be a Close.
    #[track_caller]
    pub fn expect_close(&mut self) -> (Option<u16>, String) {
        match self.expect_frame(opcode::CLOSE).payload.as_slice() {
            [high, low, reason @ ..] => (
                Some(u16::from_be_bytes([*high, *low])),
                String::from_utf8_lossy(reason).into_owned(),
            ),
            _ => (None, String::new()),
        }
    }

    /// Waits for the client's FIN, before which no frame may come.
    #[track_caller]
    pub fn expect_eof(&mut self) {
        if let Some(frame) = self.read_frame() {
            panic!("expected the end of the stream, not {frame:?}");
        }
    }

    /// Reads whatever comes until the client goes, and tells how it went.
    #[track_caller]
    pub fn read_to_end(&mut self) -> End {
        let outcome = self.link.read_to_end();
        match self.link.client_end() {
            Some(end) => end,
            None => panic!("the client did not go: {outcome:?}"),
        }
    }
}

/// Under the stream, if it is TLS.
impl Conn {
    /// Changes the keys that are sent with (TLS 1.3).
    #[track_caller]
    pub fn update_keys(&mut self) {
        sent(self.link.wire().update_keys());
    }

    /// Sends these bytes as they are, past TLS.
    #[track_caller]
    pub fn send_beneath_tls(&mut self, bytes: &[u8]) {
        sent(self.link.wire().write_beneath(bytes));
    }
}

/// The end.
impl Conn {
    /// Sends FIN, under TLS behind a close_notify, and reads until the client goes.
    pub fn end(mut self) {
        self.is_over = true;
        // The client may go as it likes: that is for `read_to_end` to tell.
        let _ = self.link.end();
    }

    /// The same without the close_notify.
    pub fn cut(mut self) {
        self.is_over = true;
        let _ = self.link.cut();
    }

    /// Sends FIN, under TLS behind a close_notify. Whatever comes can still be read.
    #[track_caller]
    pub fn end_sending(&mut self) {
        sent(self.link.end_sending());
    }

    /// Sends RST.
    #[track_caller]
    pub fn reset(mut self) {
        self.is_over = true;
        sent(self.link.reset());
    }

    pub(crate) fn new(link: Link) -> Conn {
        Conn {
            link,
            is_over: false,
        }
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        if !self.is_over && !std::thread::panicking() {
            let _ = self.link.end();
        }
    }
}

impl fmt::Debug for Conn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conn").finish_non_exhaustive()
    }
}

#[track_caller]
fn expected<T>(what: &str, outcome: io::Result<T>) -> T {
    match outcome {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            panic!("the client broke RFC 6455: {error}")
        }
        Err(error) => panic!("waiting for {what}: {error}"),
    }
}

#[track_caller]
fn sent(outcome: io::Result<()>) {
    if let Err(error) = outcome {
        panic!("the client does not take what is sent to it: {error}");
    }
}
