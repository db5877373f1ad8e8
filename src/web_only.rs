//! What exists in a browser only.

use js_sys::{ArrayBuffer, Uint8Array};

use crate::blob::Blob;
use crate::builder::Builder;
use crate::message::Data;
use crate::websocket::WebSocket;

/// # In a browser only
impl Builder {
    /// Whether a slow reader shall make the peer wait, as it does natively: by the browser's `WebSocketStream` instead of its
    /// `WebSocket`, where it has one. `false` if nothing is said.
    ///
    /// Chromium has it, Firefox and Safari have not: [`has_backpressure`](WebSocket::has_backpressure) tells. Nothing is read
    /// ahead of the reader beyond [`max_unread`](Builder::max_unread), which is then 1 MiB if nothing is said; what Chromium
    /// and the systems on the way hold comes on top. Message listeners are called as fast as they run.
    ///
    /// ```no_run
    /// # async fn f(mut print: impl AsyncFnMut(onesocket::Message)) -> Result<(), onesocket::Error> {
    /// use onesocket::WebSocket;
    ///
    /// let socket = WebSocket::builder("wss://example.com/log").backpressure(true).connect().await?;
    /// while let Some(line) = socket.recv().await {
    ///     print(line?).await; // and the server waits meanwhile, in Chromium
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// What a `WebSocketStream` does otherwise than a `WebSocket`:
    ///
    /// - When the peer's Close comes while `max_unread` bytes lie unread, Chromium drops the messages between them and the
    ///   Close. The end then counts as not clean, and readers are told the cause behind what they still get.
    /// - When the connection is lost while a message waits to be sent, because the peer has stopped reading, Chromium 156 ends
    ///   the whole page. So this is not for sending much to a peer that may stall.
    /// - A connection that is lost and one that the browser had to fail look the same: both fire an error event, and the cause
    ///   says that the connection ended without a closing handshake.
    /// - [`buffered_amount`](WebSocket::buffered_amount) counts what the browser has not taken from us; what it has taken may
    ///   still wait in there.
    pub fn backpressure(mut self, wanted: bool) -> Self {
        self.dialing.backpressure(wanted);
        self
    }
}

/// # In a browser only
impl WebSocket {
    /// Whether a slow reader makes the peer wait: whether [`backpressure`](Builder::backpressure) was asked for, in a browser
    /// that can do it.
    pub fn has_backpressure(&self) -> bool {
        self.socket().has_backpressure()
    }
}

/// # In a browser only
impl From<&Uint8Array> for Data {
    /// Goes out as a binary message.
    fn from(bytes: &Uint8Array) -> Self {
        bytes.to_vec().into()
    }
}

/// # In a browser only
impl From<&ArrayBuffer> for Data {
    /// Goes out as a binary message.
    fn from(buffer: &ArrayBuffer) -> Self {
        (&Uint8Array::new(buffer)).into()
    }
}

/// # In a browser only
impl From<web_sys::Blob> for Data {
    fn from(blob: web_sys::Blob) -> Self {
        Blob::from(blob).into()
    }
}

/// # In a browser only
impl From<web_sys::File> for Data {
    fn from(file: web_sys::File) -> Self {
        Blob::from(file).into()
    }
}
