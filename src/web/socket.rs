//! A handle of a connection: what `WebSocket` is in a browser.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use crate::address::Address;
use crate::close::CloseFrame;
use crate::error::{Error, InvalidStateError, SyntaxError};
use crate::event::{CloseEvent, Event, ListenerId, ReadyState};
use crate::fault::Fault;
use crate::message::{BinaryType, Data, Message};
use crate::options::Options;

use super::connection::{Connection, or_register};
use super::dialing::Dialing;
use super::global::what_it_says;
use super::listeners::{AnyHandler, Handler, Type};
use super::waiters::Waiters;

pub(crate) struct Socket {
    connection: Rc<Connection>,
    /// Whether this handle keeps the connection open.
    counted: bool,
    /// Names the waits of this handle as a stream and as a sink.
    key: u64,
    /// Ends these waits, if there can be any. A function, so that where nobody waits it is not linked.
    forget: Option<fn(&Connection, u64)>,
    /// A reader of this handle was told why the connection did not end cleanly.
    told: Cell<bool>,
}

impl Socket {
    /// WHATWG's constructor: the browser checks, and then connects in the background. Nothing happens before `listen`.
    #[expect(clippy::needless_pass_by_value, reason = "the native one keeps it")]
    pub(crate) fn open(
        url: &str,
        options: Options,
        dialing: Dialing,
        listen: impl FnOnce(&Self),
    ) -> Result<Self, SyntaxError> {
        let opened = dialing.protocols.and_then(|protocols| {
            let thrown = (dialing.open)(url, &protocols);
            thrown.map_err(|thrown| what_it_says(&thrown).unwrap_or_default())
        });
        match opened {
            Ok(transport) => {
                let connection = Connection::new(transport, options.binary_type, &options.limits);
                let socket = Socket::counted(&connection);
                listen(&socket);
                Ok(socket)
            }
            Err(said) => Err(SyntaxError(Fault::Refused {
                url: url.to_owned(),
                said,
            })),
        }
    }

    fn counted(connection: &Rc<Connection>) -> Self {
        connection.add_handle();
        let mut socket = Socket::uncounted(connection);
        socket.counted = true;
        socket
    }

    fn uncounted(connection: &Rc<Connection>) -> Self {
        Socket {
            key: connection.key(),
            connection: connection.clone(),
            counted: false,
            forget: None,
            told: Cell::new(false),
        }
    }

    /// The connection stays open until it is closed, whatever becomes of the handles.
    pub(crate) fn keep_open(self) {
        self.connection.add_handle();
    }

    pub(crate) fn url(&self) -> &str {
        self.connection.address().map_or("", Address::href)
    }

    pub(crate) fn ready_state(&self) -> ReadyState {
        self.connection.ready_state()
    }

    pub(crate) fn protocol(&self) -> &str {
        self.connection.protocol()
    }

    pub(crate) fn extensions(&self) -> &str {
        self.connection.extensions()
    }

    pub(crate) fn binary_type(&self) -> BinaryType {
        self.connection.binary_type.get()
    }

    pub(crate) fn set_binary_type(&self, binary_type: BinaryType) {
        self.connection.binary_type.set(binary_type);
    }

    pub(crate) fn buffered_amount(&self) -> usize {
        self.connection.buffered_amount()
    }

    #[expect(clippy::needless_pass_by_value, reason = "the native one keeps it")]
    pub(crate) fn send(&self, data: Data) -> Result<(), InvalidStateError> {
        self.connection.send(&data)
    }

    #[expect(clippy::needless_pass_by_value, reason = "the native one keeps it")]
    pub(crate) fn close(&self, frame: CloseFrame) {
        self.connection.close(&frame);
    }

    pub(crate) fn has_backpressure(&self) -> bool {
        self.connection.transport.has_backpressure()
    }

    pub(crate) fn add_listener<E: Event>(&self, handler: Handler<E>, once: bool) -> ListenerId {
        let handler = AnyHandler::from(handler);
        self.connection.add_listener(handler, once)
    }

    pub(crate) fn set_on<E: Event>(&self, handler: Handler<E>) {
        self.connection.set_on(AnyHandler::from(handler));
    }

    pub(crate) fn clear_on<E: Event>(&self) {
        self.connection.listeners.clear_on(Type::of::<E>());
        self.connection.listeners_changed();
    }

    pub(crate) fn remove_listener(&self, id: ListenerId) {
        self.connection.listeners.remove(id);
        self.connection.listeners_changed();
    }

    pub(crate) fn opened(&self) -> impl Future<Output = Result<(), Error>> + '_ {
        self.wait(
            |connection| &connection.state_waiters,
            |connection, key, context| {
                let opened = connection.look_opened();
                or_register(opened, &connection.state_waiters, key, context)
            },
        )
    }

    pub(crate) fn closed(&self) -> impl Future<Output = CloseEvent> + '_ {
        self.wait(
            |connection| &connection.state_waiters,
            |connection, key, context| {
                let closed = connection.look_closed();
                or_register(closed, &connection.state_waiters, key, context)
            },
        )
    }

    pub(crate) fn ready(&self) -> impl Future<Output = Result<(), Error>> + '_ {
        self.wait(
            |connection| &connection.writers,
            |connection, key, context| connection.poll_ready(key, context),
        )
    }

    pub(crate) fn flush(&self) -> impl Future<Output = Result<(), Error>> + '_ {
        self.wait(
            |connection| &connection.writers,
            |connection, key, context| connection.poll_flush(key, context),
        )
    }

    pub(crate) fn recv(&self) -> impl Future<Output = Option<Result<Message, Error>>> + '_ {
        self.wait(
            |connection| &connection.readers,
            |_, key, context| self.poll_message(key, context),
        )
    }

    pub(crate) fn try_recv(&self) -> Option<Result<Message, Error>> {
        let mut context = Context::from_waker(Waker::noop());
        let key = self.connection.key();
        let message = self.poll_message(key, &mut context);
        self.connection.readers.remove(key);
        match message {
            Poll::Ready(message) => message,
            Poll::Pending => None,
        }
    }

    pub(crate) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Message, Error>>> {
        let key = self.waiting_key();
        self.poll_message(key, context)
    }

    /// The next message; at the end the cause, once, where the end was not clean.
    fn poll_message(
        &self,
        key: u64,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Message, Error>>> {
        let connection = &self.connection;
        if let Some(message) = connection.next_for_reader() {
            return Poll::Ready(Some(Ok(message)));
        }
        let event = ready!(or_register(
            connection.look_closed(),
            &connection.readers,
            key,
            context
        ));
        let cause = event.cause.filter(|_| !self.told.replace(true));
        Poll::Ready(cause.map(Err))
    }

    /// Whether the stream has yielded its last item.
    pub(crate) fn is_at_end(&self) -> bool {
        let Some(event) = self.connection.ended() else {
            return false;
        };
        let told = event.cause.is_none() || self.told.get();
        told && !self.connection.delivery.has_unread()
    }

    pub(crate) fn poll_sink_ready(&mut self, context: &Context<'_>) -> Poll<Result<(), Error>> {
        let key = self.waiting_key();
        self.connection.poll_ready(key, context)
    }

    /// Fails as `send` does while the socket is connecting. The browser collects what is sent in one turn.
    pub(crate) fn feed(&mut self, message: Message) -> Result<(), Error> {
        Ok(self.connection.send(&message.into())?)
    }

    pub(crate) fn poll_sink_flush(&mut self, context: &Context<'_>) -> Poll<Result<(), Error>> {
        let key = self.waiting_key();
        self.connection.poll_flush(key, context)
    }

    /// Closes, and waits for the end of the closing.
    pub(crate) fn poll_sink_close(&mut self, context: &Context<'_>) -> Poll<Result<(), Error>> {
        let key = self.waiting_key();
        let connection = &self.connection;
        connection.close(&CloseFrame::default());
        let closed = connection.look_closed();
        let event = ready!(or_register(closed, &connection.state_waiters, key, context));
        Poll::Ready(event.cause.map_or(Ok(()), Err))
    }

    /// From now on there may be waits of this handle.
    fn waiting_key(&mut self) -> u64 {
        self.forget = Some(Connection::forget);
        self.key
    }

    /// A wait that leaves nothing behind when it is dropped.
    fn wait<'a, T, P>(&'a self, waiters: fn(&Connection) -> &Waiters, poll: P) -> Wait<'a, P>
    where
        P: FnMut(&Rc<Connection>, u64, &mut Context<'_>) -> Poll<T> + Unpin,
    {
        Wait {
            connection: &self.connection,
            waiters,
            key: None,
            poll,
        }
    }
}

impl Connection {
    /// Ends the waits of this key.
    fn forget(&self, key: u64) {
        for waiters in [&self.readers, &self.writers, &self.state_waiters] {
            waiters.remove(key);
        }
    }

    /// For listeners: it does not keep the connection open.
    pub(crate) fn weak(self: &Rc<Self>) -> Socket {
        Socket::uncounted(self)
    }
}

impl Clone for Socket {
    fn clone(&self) -> Self {
        Socket::counted(&self.connection)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let connection = &self.connection;
        if let Some(forget) = self.forget {
            forget(connection, self.key);
        }
        if self.counted {
            connection.drop_handle();
        }
    }
}

/// One wait of one task, under a key of its own.
struct Wait<'a, P> {
    connection: &'a Rc<Connection>,
    waiters: fn(&Connection) -> &Waiters,
    key: Option<u64>,
    poll: P,
}

impl<T, P> Future for Wait<'_, P>
where
    P: FnMut(&Rc<Connection>, u64, &mut Context<'_>) -> Poll<T> + Unpin,
{
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        let key = *this.key.get_or_insert_with(|| this.connection.key());
        (this.poll)(this.connection, key, context)
    }
}

impl<P> Drop for Wait<'_, P> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            (self.waiters)(self.connection).remove(key);
        }
    }
}
