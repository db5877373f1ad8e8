//! The public type: every method and its documentation. What it does is the backend's.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use futures_sink::Sink;

use crate::backend::{Dialing, Handler, MaybeSend, Socket};
use crate::builder::{Builder, IntoProtocols};
use crate::close::CloseFrame;
use crate::error::{Error, InvalidStateError, SyntaxError};
use crate::event::{
    CloseEvent, ErrorEvent, Event, ListenerId, MessageEvent, OpenEvent, ReadyState,
};
use crate::message::{BinaryType, Data, Message};
use crate::negotiation::PerMessageDeflate;
use crate::options::Options;

/// A WebSocket connection, as the web knows it.
///
/// Made by [`new`](Self::new), it returns at once in the state [`Connecting`](ReadyState::Connecting) and dials in the
/// background. From then on it can be used in two ways, which may be mixed.
///
/// - **With listeners**, as in JavaScript: [`set_onmessage`](Self::set_onmessage) and its siblings, or
///   [`add_event_listener`](Self::add_event_listener). While there is a message listener, messages are pushed to it.
/// - **With futures**: [`recv`](Self::recv), [`ready`](Self::ready), [`opened`](Self::opened), [`closed`](Self::closed),
///   or as a [`Stream`] and a [`Sink`] of messages. A reader that is slow makes the peer wait.
///
/// # Handles
///
/// Clones share the connection. A message goes to exactly one reader. When the last handle is dropped, the connection is
/// closed as by [`close`](Self::close), after what was sent; [`keep_open`](Self::keep_open) gives it a browser's life
/// time instead. The socket that a listener is given does not count, but a clone of it does.
///
/// # Examples
///
/// ```
/// # #[cfg(not(target_arch = "wasm32"))]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let server = onesocket_test_support::Server::start();
/// # let url = server.url("/echo");
/// use onesocket::WebSocket;
///
/// let socket = WebSocket::connect(url).await?;
/// socket.send("hello")?;
/// let message = socket.recv().await.expect("an echo")?;
/// assert_eq!(message.as_text(), Some("hello"));
/// socket.close();
/// // Dropping the socket closes it too; awaiting the end lets a program exit only when the peer has heard of it.
/// assert!(socket.closed().await.was_clean());
/// # Ok::<(), onesocket::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "a connection is closed when its last handle is dropped"]
pub struct WebSocket {
    socket: Socket,
}

impl WebSocket {
    /// The web's `new WebSocket(url)`: returns at once and connects in the background.
    ///
    /// Natively this uses the tokio runtime around the caller; outside of one, a background thread that all sockets share.
    ///
    /// # Errors
    ///
    /// The web's `SyntaxError`: the URL cannot be parsed, has a fragment, or is neither ws:, wss:, http: nor https:.
    /// Whatever goes wrong later is an [error event](ErrorEvent) and a [close event](CloseEvent).
    pub fn new(url: impl AsRef<str>) -> Result<Self, SyntaxError> {
        let (options, dialing) = (Options::default(), Dialing::default());
        Socket::open(url.as_ref(), options, dialing, |_| {}).map(WebSocket::from_socket)
    }

    /// The web's `new WebSocket(url, protocols)`: offers one subprotocol, or several in order of preference.
    ///
    /// ```no_run
    /// # use onesocket::WebSocket;
    /// let one = WebSocket::with_protocols("wss://example.com/", "chat")?;
    /// let many = WebSocket::with_protocols("wss://example.com/", ["chat.v2", "chat"])?;
    /// # Ok::<(), onesocket::SyntaxError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new); and for a subprotocol that is empty, is not a token, or stands there twice.
    pub fn with_protocols(
        url: impl AsRef<str>,
        protocols: impl IntoProtocols,
    ) -> Result<Self, SyntaxError> {
        WebSocket::builder(url).protocols(protocols).open()
    }

    /// Connects, and waits until the socket is open. Dropping the future stops the attempt.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new), or why the connection could not be opened.
    pub async fn connect(url: impl AsRef<str>) -> Result<Self, Error> {
        let socket = WebSocket::new(url)?;
        socket.opened().await?;
        Ok(socket)
    }

    /// Everything that may be set before connecting.
    pub fn builder(url: impl AsRef<str>) -> Builder {
        Builder::new(url.as_ref())
    }

    pub(crate) fn from_socket(socket: Socket) -> Self {
        WebSocket { socket }
    }

    pub(crate) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// The URL as it was understood, in its serialised form.
    pub fn url(&self) -> &str {
        self.socket.url()
    }

    /// The state of the connection. It follows the wire at once.
    pub fn ready_state(&self) -> ReadyState {
        self.socket.ready_state()
    }

    /// The bytes of messages that were sent and have not left yet.
    ///
    /// Text counts as UTF-8; framing does not count. [`send`](Self::send) adds at once, and what leaves is subtracted
    /// between two turns, never in the middle of one. After a close the value only grows.
    pub fn buffered_amount(&self) -> usize {
        self.socket.buffered_amount()
    }

    /// The subprotocol that the server chose; empty before the socket is open, and if there is none.
    pub fn protocol(&self) -> &str {
        self.socket.protocol()
    }

    /// The extensions that were agreed on, as the server wrote them; empty before the socket is open, and if there are none.
    pub fn extensions(&self) -> &str {
        self.socket.extensions()
    }

    /// How messages are compressed, if that was agreed on: the typed view of [`extensions`](Self::extensions).
    pub fn permessage_deflate(&self) -> Option<PerMessageDeflate> {
        PerMessageDeflate::from_extensions(self.extensions())
    }

    /// How binary messages show themselves in [`MessageEvent::data`].
    pub fn binary_type(&self) -> BinaryType {
        self.socket.binary_type()
    }

    /// Changes how binary messages show themselves, from the next event on.
    pub fn set_binary_type(&self, binary_type: BinaryType) {
        self.socket.set_binary_type(binary_type);
    }

    /// The web's `send(data)`: queues a message, and never blocks.
    ///
    /// Text converts from `&str` and `String`; binary data from `Vec<u8>`, `&[u8]`, arrays, [`Bytes`](bytes::Bytes) and
    /// [`Blob`](crate::Blob). What is sent after a close is dropped, as on the web.
    ///
    /// Only memory limits how much can wait: see [`ready`](Self::ready) for sending no faster than the peer takes it.
    ///
    /// # Errors
    ///
    /// The web's `InvalidStateError`, if the socket is still connecting.
    pub fn send(&self, data: impl Into<Data>) -> Result<(), InvalidStateError> {
        self.socket.send(data.into())
    }

    /// The web's `close()`: starts the closing handshake, behind everything that was sent.
    ///
    /// Messages that have not been received by then are dropped, as on the web: whoever wants the answers to what was sent
    /// has to wait for them first. While the socket is connecting, the attempt ends.
    pub fn close(&self) {
        self.socket.close(CloseFrame::default());
    }

    /// The web's `close(code, reason)`.
    ///
    /// # Errors
    ///
    /// The web's `InvalidAccessError` for a code that is neither 1000 nor within 3000 to 4999, and its `SyntaxError` for a
    /// reason of more than 123 bytes; whatever the state of the socket.
    pub fn close_with(&self, code: u16, reason: impl AsRef<str>) -> Result<(), Error> {
        self.socket
            .close(CloseFrame::from_caller(code, reason.as_ref())?);
        Ok(())
    }

    /// The web's `onopen = handler`. An event that has happened already, and that nobody has heard of, comes later.
    pub fn set_onopen(&self, handler: impl FnMut(&WebSocket, &OpenEvent) + MaybeSend + 'static) {
        self.socket.set_on(erase(handler));
    }

    /// The web's `onopen = null`.
    pub fn clear_onopen(&self) {
        self.socket.clear_on::<OpenEvent>();
    }

    /// The web's `onmessage = handler`. Messages that nobody has read come first, in order.
    pub fn set_onmessage(
        &self,
        handler: impl FnMut(&WebSocket, &MessageEvent) + MaybeSend + 'static,
    ) {
        self.socket.set_on(erase(handler));
    }

    /// The web's `onmessage = null`. Messages go to readers again when no other message listener is left.
    pub fn clear_onmessage(&self) {
        self.socket.clear_on::<MessageEvent>();
    }

    /// The web's `onerror = handler`. An event that has happened already, and that nobody has heard of, comes later.
    pub fn set_onerror(&self, handler: impl FnMut(&WebSocket, &ErrorEvent) + MaybeSend + 'static) {
        self.socket.set_on(erase(handler));
    }

    /// The web's `onerror = null`.
    pub fn clear_onerror(&self) {
        self.socket.clear_on::<ErrorEvent>();
    }

    /// The web's `onclose = handler`. An event that has happened already, and that nobody has heard of, comes later.
    pub fn set_onclose(&self, handler: impl FnMut(&WebSocket, &CloseEvent) + MaybeSend + 'static) {
        self.socket.set_on(erase(handler));
    }

    /// The web's `onclose = null`.
    pub fn clear_onclose(&self) {
        self.socket.clear_on::<CloseEvent>();
    }

    /// The web's `addEventListener(type, handler)`; the event's type chooses which.
    ///
    /// Listeners are called in the order in which they were added.
    ///
    /// ```no_run
    /// # use onesocket::{CloseEvent, WebSocket};
    /// # fn f(socket: &WebSocket) {
    /// let id = socket.add_event_listener(|_, event: &CloseEvent| println!("closed: {}", event.code()));
    /// socket.remove_event_listener(id);
    /// # }
    /// ```
    pub fn add_event_listener<E: Event>(
        &self,
        handler: impl FnMut(&WebSocket, &E) + MaybeSend + 'static,
    ) -> ListenerId {
        self.socket.add_listener(erase(handler), false)
    }

    /// The web's `addEventListener(type, handler, { once: true })`: it is removed before it is called.
    pub fn add_event_listener_once<E: Event>(
        &self,
        handler: impl FnMut(&WebSocket, &E) + MaybeSend + 'static,
    ) -> ListenerId {
        self.socket.add_listener(erase(handler), true)
    }

    /// The web's `removeEventListener`. A listener that is gone already is no error.
    pub fn remove_event_listener(&self, id: ListenerId) {
        self.socket.remove_listener(id);
    }

    /// Waits until the socket is open. Cancel safe.
    ///
    /// # Errors
    ///
    /// Why it could not be opened.
    pub async fn opened(&self) -> Result<(), Error> {
        self.socket.opened().await
    }

    /// Waits until the connection is closed, for whatever reason. Cancel safe.
    ///
    /// A connection with messages that nobody reads cannot see its end once [`max_unread`](Builder::max_unread) bytes of
    /// them lie there: while somebody waits here, it is then failed after the close timeout.
    pub async fn closed(&self) -> CloseEvent {
        self.socket.closed().await
    }

    /// Receives the next message. Cancel safe: a message is never lost.
    ///
    /// `None` is the end. Where the connection did not end cleanly, the cause comes before it, once for each handle.
    /// While there is a message listener, no message comes here, but the end does.
    pub async fn recv(&self) -> Option<Result<Message, Error>> {
        self.socket.recv().await
    }

    /// A message that is already here, without waiting; for loops that draw a frame and look again.
    ///
    /// `None` says that there is none now; [`ready_state`](Self::ready_state) says whether any will come. At the end the
    /// cause comes once, as in [`recv`](Self::recv).
    pub fn try_recv(&self) -> Option<Result<Message, Error>> {
        self.socket.try_recv()
    }

    /// Waits until there is room for more: less than [`high_water_mark`](Builder::high_water_mark) bytes wait to be sent.
    /// Cancel safe.
    ///
    /// ```no_run
    /// # use onesocket::{Error, WebSocket};
    /// # async fn f(socket: &WebSocket, parts: Vec<Vec<u8>>) -> Result<(), Error> {
    /// for part in parts {
    ///     socket.ready().await?;
    ///     socket.send(part)?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// When the socket is closing or closed: nothing will be sent any more.
    pub async fn ready(&self) -> Result<(), Error> {
        self.socket.ready().await
    }

    /// Waits until everything that was sent has been handed to the system. Cancel safe.
    ///
    /// # Errors
    ///
    /// When the connection ended before that, or was never open.
    pub async fn flush(&self) -> Result<(), Error> {
        self.socket.flush().await
    }

    /// Lets the connection live until it is closed by either side, as a browser does, even without a handle.
    pub fn keep_open(self) {
        self.socket.keep_open();
    }
}

/// Wraps the user's closure so that the backend need not know this type.
pub(crate) fn erase<E: Event>(
    mut handler: impl FnMut(&WebSocket, &E) + MaybeSend + 'static,
) -> Handler<E> {
    // Made once, as it costs more than an event. The cycle that it makes ends when listeners are let go of, after close.
    let mut own: Option<WebSocket> = None;
    Box::new(move |socket, event| {
        let socket = own.get_or_insert_with(|| WebSocket {
            socket: socket.weak(),
        });
        handler(socket, event);
    })
}

impl Clone for WebSocket {
    /// Another handle of the same connection.
    fn clone(&self) -> Self {
        WebSocket {
            socket: self.socket.clone(),
        }
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket")
            .field("url", &self.url())
            .field("ready_state", &self.ready_state())
            .field("protocol", &self.protocol())
            .field("extensions", &self.extensions())
            .finish_non_exhaustive()
    }
}

/// The messages, for adaptors. It ends as [`recv`](WebSocket::recv) does.
impl Stream for WebSocket {
    type Item = Result<Message, Error>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().socket.poll_next(context)
    }
}

impl FusedStream for WebSocket {
    fn is_terminated(&self) -> bool {
        self.socket.is_at_end()
    }
}

/// For adaptors. What is fed leaves in large pieces; the rest of it when it is flushed.
impl Sink<Message> for WebSocket {
    type Error = Error;

    #[inline]
    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.get_mut().socket.poll_sink_ready(context)
    }

    #[inline]
    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), Error> {
        self.get_mut().socket.feed(message)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.get_mut().socket.poll_sink_flush(context)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.get_mut().socket.poll_sink_close(context)
    }
}
