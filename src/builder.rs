//! Everything that may be set before connecting.

use std::fmt;

use crate::backend::{Dialing, Handler, MaybeSend, Socket};
use crate::error::{Error, SyntaxError};
use crate::event::{CloseEvent, ErrorEvent, Event, MessageEvent, OpenEvent};
use crate::message::BinaryType;
use crate::options::Options;
use crate::websocket::{WebSocket, erase};

/// Sets a socket up before it connects; made by [`WebSocket::builder`].
///
/// ```
/// # #[cfg(not(target_arch = "wasm32"))]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let server = onesocket_test_support::Server::start();
/// # let url = server.url("/echo");
/// use onesocket::{BinaryType, WebSocket};
///
/// let socket = WebSocket::builder(url)
///     .protocols(["chat.v2", "chat"])
///     .binary_type(BinaryType::ArrayBuffer)
///     .on_message(|socket, event| println!("{:?} from {}", event.data(), socket.url()))
///     .connect()
///     .await?;
/// assert_eq!(socket.protocol(), "chat.v2");
/// # Ok::<(), onesocket::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "nothing happens until `open` or `connect` is called"]
pub struct Builder {
    url: String,
    pub(crate) options: Options,
    pub(crate) dialing: Dialing,
    /// What a setter could not take. The first one is told when the socket is opened.
    pub(crate) fault: Option<SyntaxError>,
    on_open: Option<Handler<OpenEvent>>,
    on_message: Option<Handler<MessageEvent>>,
    on_error: Option<Handler<ErrorEvent>>,
    on_close: Option<Handler<CloseEvent>>,
}

impl Builder {
    pub(crate) fn new(url: &str) -> Self {
        Builder {
            url: url.to_owned(),
            options: Options::default(),
            dialing: Dialing::default(),
            fault: None,
            on_open: None,
            on_message: None,
            on_error: None,
            on_close: None,
        }
    }

    /// The subprotocols to offer, one or several in order of preference.
    pub fn protocols(mut self, protocols: impl IntoProtocols) -> Self {
        self.dialing.offer(protocols.into_protocols());
        self
    }

    /// How binary messages show themselves in events at first; a [`Blob`](crate::Blob) if nothing is said.
    pub fn binary_type(mut self, binary_type: BinaryType) -> Self {
        self.options.binary_type = binary_type;
        self
    }

    /// Sets `onopen` before anything can happen.
    pub fn on_open(
        mut self,
        handler: impl FnMut(&WebSocket, &OpenEvent) + MaybeSend + 'static,
    ) -> Self {
        self.on_open = Some(erase(handler));
        self
    }

    /// Sets `onmessage` before anything can happen.
    pub fn on_message(
        mut self,
        handler: impl FnMut(&WebSocket, &MessageEvent) + MaybeSend + 'static,
    ) -> Self {
        self.on_message = Some(erase(handler));
        self
    }

    /// Sets `onerror` before anything can happen.
    pub fn on_error(
        mut self,
        handler: impl FnMut(&WebSocket, &ErrorEvent) + MaybeSend + 'static,
    ) -> Self {
        self.on_error = Some(erase(handler));
        self
    }

    /// Sets `onclose` before anything can happen.
    pub fn on_close(
        mut self,
        handler: impl FnMut(&WebSocket, &CloseEvent) + MaybeSend + 'static,
    ) -> Self {
        self.on_close = Some(erase(handler));
        self
    }

    /// Bytes that wait to be sent above which [`ready`](WebSocket::ready) and the sink wait; 256 KiB if nothing is said.
    pub fn high_water_mark(mut self, bytes: usize) -> Self {
        self.options.limits.high_water_mark = bytes.max(1);
        self
    }

    /// Bytes that may lie received and unread when nobody reads; if nothing is said, 1 MiB natively and 64 MiB in a browser.
    ///
    /// When they do, nothing more is read from the peer, which has to wait. A browser's `WebSocket` cannot make it wait: there,
    /// the next message fails the connection. With `backpressure`, which exists in a browser only, it is as natively.
    pub fn max_unread(mut self, bytes: usize) -> Self {
        self.options.limits.max_unread = Some(bytes);
        self
    }

    /// Returns at once and connects in the background, as the web's constructor does.
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::new`], and for what a setter could not take.
    pub fn open(self) -> Result<WebSocket, SyntaxError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        Socket::open(&self.url, self.options, self.dialing, |socket| {
            set(socket, self.on_open);
            set(socket, self.on_message);
            set(socket, self.on_error);
            set(socket, self.on_close);
        })
        .map(WebSocket::from_socket)
    }

    /// Connects, and waits until the socket is open. Dropping the future stops the attempt.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open), or why the connection could not be opened.
    pub async fn connect(self) -> Result<WebSocket, Error> {
        let socket = self.open()?;
        socket.opened().await?;
        Ok(socket)
    }
}

fn set<E: Event>(socket: &Socket, handler: Option<Handler<E>>) {
    if let Some(handler) = handler {
        socket.set_on(handler);
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("url", &self.url)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// One subprotocol or several, in whatever form they are at hand.
pub trait IntoProtocols {
    /// The names, in order of preference.
    fn into_protocols(self) -> Vec<String>;
}

impl IntoProtocols for &str {
    fn into_protocols(self) -> Vec<String> {
        vec![self.to_owned()]
    }
}

impl IntoProtocols for String {
    fn into_protocols(self) -> Vec<String> {
        vec![self]
    }
}

impl IntoProtocols for &String {
    fn into_protocols(self) -> Vec<String> {
        vec![self.clone()]
    }
}

impl<S: AsRef<str>> IntoProtocols for &[S] {
    fn into_protocols(self) -> Vec<String> {
        self.iter().map(|name| name.as_ref().to_owned()).collect()
    }
}

impl<S: AsRef<str>, const N: usize> IntoProtocols for [S; N] {
    fn into_protocols(self) -> Vec<String> {
        self.as_slice().into_protocols()
    }
}

impl<S: AsRef<str>, const N: usize> IntoProtocols for &[S; N] {
    fn into_protocols(self) -> Vec<String> {
        self.as_slice().into_protocols()
    }
}

impl<S: AsRef<str>> IntoProtocols for Vec<S> {
    fn into_protocols(self) -> Vec<String> {
        self.as_slice().into_protocols()
    }
}

impl<S: AsRef<str>> IntoProtocols for &Vec<S> {
    fn into_protocols(self) -> Vec<String> {
        self.as_slice().into_protocols()
    }
}
