//! A handle of a connection: what `WebSocket` is natively.

mod adaptors;

use std::iter;
use std::mem;
use std::sync::atomic::{
    AtomicBool, Ordering::Acquire, Ordering::Relaxed, Ordering::Release, Ordering::SeqCst,
};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker, ready};

use crate::cause::Cause;
use crate::close::CloseFrame;
use crate::error::{Error, InvalidStateError, SyntaxError};
use crate::event::{CloseEvent, Event, ListenerId, ReadyState};
use crate::message::{BinaryType, Data, Message};
use crate::negotiation::Offer;
use crate::options::{Limits, Options};

use super::connection::Connection;
use super::dial::Plan;
use super::dialing::Dialing;
use super::driver::drive;
use super::listeners::Handler;
use super::lock::lock;
use super::waiting::AwaitingClose;
use super::writer::Form;
use super::{runtime, url};
use adaptors::Batches;

pub(crate) struct Socket {
    connection: Arc<Connection>,
    /// Whether this handle keeps the connection open.
    counted: bool,
    /// Names this handle, and its waits as a stream and as a sink.
    key: u64,
    /// There where one of the flags below was ever set.
    batches: Option<Box<Batches>>,
    /// This handle is the only one, and took messages out of the inbox ahead of being asked for them.
    has_ahead: AtomicBool,
    /// Messages were fed since the last flush.
    has_fed: AtomicBool,
    /// A reader of this handle was told why the connection did not end cleanly.
    told: AtomicBool,
}

impl Socket {
    /// WHATWG's constructor: the checks, and then the driver dials in the background. Nothing happens before `listen`.
    pub(crate) fn open(
        url: &str,
        options: Options,
        mut dialing: Dialing,
        listen: impl FnOnce(&Self),
    ) -> Result<Self, SyntaxError> {
        let url = url::parse(url, dialing.base_url.as_deref())?;
        let protocols = mem::take(&mut dialing.protocols);
        let Options {
            binary_type,
            limits,
        } = options;
        let deflate = &dialing.deflate;
        let offer = Offer::new(protocols, deflate.offered.then_some(deflate.offer))
            .map_err(|why| SyntaxError(why.into()))?;
        let runtime = match &dialing.runtime {
            Some(runtime) => runtime.clone(),
            None => runtime::current_or_background().map_err(|error| {
                SyntaxError(format!("no thread could be started for the socket: {error}").into())
            })?,
        };
        let limits = shared(limits);
        let connection = Connection::new(&url, binary_type, limits.clone(), runtime);
        let socket = Socket::counted(&connection);
        listen(&socket);
        connection.runtime.spawn(drive(
            &connection,
            Plan {
                url,
                offer,
                limits,
                dialing,
            },
        ));
        Ok(socket)
    }

    fn counted(connection: &Arc<Connection>) -> Self {
        connection.add_handle();
        let mut socket = Socket::uncounted(connection);
        socket.counted = true;
        socket
    }

    /// For the driver and for listeners: it does not keep the connection open.
    pub(super) fn uncounted(connection: &Arc<Connection>) -> Self {
        Socket {
            key: connection.key(),
            connection: connection.clone(),
            counted: false,
            batches: None,
            has_ahead: AtomicBool::new(false),
            has_fed: AtomicBool::new(false),
            told: AtomicBool::new(false),
        }
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Another handle that does not keep the connection open.
    pub(crate) fn weak(&self) -> Self {
        Socket::uncounted(&self.connection)
    }

    /// The connection stays open until it is closed, whatever becomes of the handles.
    pub(crate) fn keep_open(self) {
        self.connection.add_handle();
    }

    pub(crate) fn url(&self) -> &str {
        self.connection.address.href()
    }

    pub(crate) fn ready_state(&self) -> ReadyState {
        self.connection.ready_state()
    }

    pub(crate) fn protocol(&self) -> &str {
        self.connection
            .agreed()
            .map_or("", |agreed| &agreed.protocol)
    }

    pub(crate) fn extensions(&self) -> &str {
        self.connection
            .agreed()
            .map_or("", |agreed| &agreed.extensions)
    }

    pub(crate) fn binary_type(&self) -> BinaryType {
        self.connection.binary_type()
    }

    pub(crate) fn set_binary_type(&self, binary_type: BinaryType) {
        self.connection.set_binary_type(binary_type);
    }

    pub(crate) fn buffered_amount(&self) -> usize {
        self.hand_over_fed();
        let amount = &self.connection.amount;
        // Only those who ask pay for a value that is up to date in the next turn.
        if amount.is_stale() {
            self.connection.driver().wake();
        }
        amount.shown()
    }

    pub(crate) fn send(&self, data: Data) -> Result<(), InvalidStateError> {
        self.hand_over_fed();
        self.connection.send(into_message(data), Form::Compressible)
    }

    pub(crate) fn send_uncompressed(&self, data: Data) -> Result<(), InvalidStateError> {
        self.hand_over_fed();
        self.connection.send(into_message(data), Form::AsItIs)
    }

    pub(crate) fn close(&self, frame: CloseFrame) {
        self.hand_over_fed();
        self.connection.close(frame);
    }

    pub(crate) fn add_listener<E: Event>(&self, handler: Handler<E>, once: bool) -> ListenerId {
        self.give_back_ahead();
        let connection = &self.connection;
        let (id, late) = connection
            .listeners
            .add(handler, once, || connection.has_unread());
        self.listeners_changed(late);
        id
    }

    pub(crate) fn set_on<E: Event>(&self, handler: Handler<E>) {
        self.give_back_ahead();
        let connection = &self.connection;
        let late = connection
            .listeners
            .set_on(handler, || connection.has_unread());
        self.listeners_changed(late);
    }

    pub(crate) fn clear_on<E: Event>(&self) {
        self.connection.listeners.clear_on::<E>();
        self.listeners_changed(false);
    }

    pub(crate) fn remove_listener(&self, id: ListenerId) {
        self.connection.listeners.remove(id);
        self.listeners_changed(false);
    }

    fn listeners_changed(&self, late: bool) {
        if !self.connection.listeners.is_listening() {
            // It may be a reader's turn again, without the driver ever having had its own.
            self.connection.read_wake.readers.wake();
        }
        match late.then(runtime::current_or_background) {
            Some(Ok(runtime)) => self.connection.clone().deliver_late(&runtime),
            _ => self.connection.driver().wake(),
        }
    }

    pub(crate) fn opened(&self) -> impl Future<Output = Result<(), Error>> + Send + '_ {
        self.connection.wait(
            |connection| &connection.state_waiters,
            |key, context| self.connection.poll_opened(key, context),
        )
    }

    pub(crate) async fn closed(&self) -> CloseEvent {
        let _awaiting = AwaitingClose::new(&self.connection);
        self.connection
            .wait(
                |connection| &connection.state_waiters,
                |key, context| self.connection.poll_closed(key, context),
            )
            .await
    }

    pub(crate) fn ready(&self) -> impl Future<Output = Result<(), Error>> + Send + '_ {
        self.hand_over_fed();
        self.connection.wait(
            |connection| &connection.write_wake.writers,
            |key, context| self.connection.poll_ready(key, context),
        )
    }

    pub(crate) fn flush(&self) -> impl Future<Output = Result<(), Error>> + Send + '_ {
        self.hand_over_fed();
        self.connection.wait(
            |connection| &connection.write_wake.writers,
            |key, context| self.connection.poll_flush(iter::empty(), key, context),
        )
    }

    pub(crate) fn recv(&self) -> impl Future<Output = Option<Result<Message, Error>>> + Send + '_ {
        self.connection.wait(
            |connection| &connection.read_wake.readers,
            |key, context| self.poll_recv(key, context),
        )
    }

    fn poll_recv(
        &self,
        key: u64,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Message, Error>>> {
        self.hand_over_fed();
        self.give_back_ahead();
        if let Some(message) = self.connection.take_at_hand(key) {
            return Poll::Ready(Some(Ok(message)));
        }
        let message = ready!(self.connection.poll_message(key, None, context));
        Poll::Ready(self.or_cause(message))
    }

    pub(crate) fn try_recv(&self) -> Option<Result<Message, Error>> {
        let key = self.connection.key();
        self.hand_over_fed();
        self.give_back_ahead();
        let context = Context::from_waker(Waker::noop());
        let message = match self.connection.take_at_hand(key) {
            Some(message) => Poll::Ready(Some(message)),
            None => self.connection.poll_message_now(key, None, &context),
        };
        self.connection.read_wake.readers.remove(key);
        match message {
            Poll::Ready(message) => self.or_cause(message),
            Poll::Pending => None,
        }
    }

    pub(crate) fn recv_blocking(&self) -> Option<Result<Message, Error>> {
        match runtime::is_inside() {
            true => Some(Err(Error::from(Cause::InsideRuntime))),
            false => runtime::block_on(self.recv()),
        }
    }

    /// What was fed goes before what is done now, and leaves without a flush.
    #[inline]
    fn hand_over_fed(&self) {
        if self.has_fed.load(Relaxed)
            && self.has_fed.swap(false, Relaxed)
            && let Some(batches) = &self.batches
        {
            self.connection.feed(lock(&batches.fed).take());
            self.connection.send_fed();
        }
    }

    /// Before anybody else may ask for them.
    #[inline]
    fn give_back_ahead(&self) {
        if self.has_ahead.load(Acquire)
            && let Some(batches) = &self.batches
        {
            let mut ahead = lock(&batches.ahead);
            self.connection.give_back(&mut ahead);
            // Only now: another thread that uses this handle must not look for them before they are back.
            self.has_ahead.store(false, Release);
        }
    }

    /// At the end, the cause is told once where the end was not clean.
    fn or_cause(&self, message: Option<Message>) -> Option<Result<Message, Error>> {
        if message.is_some() {
            return message.map(Ok);
        }
        let cause = self.connection.ended()?.cause.clone()?;
        (!self.told.swap(true, SeqCst)).then_some(Err(cause))
    }
}

impl Clone for Socket {
    fn clone(&self) -> Self {
        self.hand_over_fed();
        self.give_back_ahead();
        Socket::counted(&self.connection)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.hand_over_fed();
        let connection = &self.connection;
        for waiters in [
            &connection.read_wake.readers,
            &connection.write_wake.writers,
            &connection.state_waiters,
        ] {
            waiters.remove(self.key);
        }
        if self.counted {
            connection.drop_handle();
        }
    }
}

/// Nearly all connections have the default limits, and need no memory for them.
fn shared(limits: Limits) -> Arc<Limits> {
    static DEFAULT: LazyLock<Arc<Limits>> = LazyLock::new(Arc::default);
    match limits == **DEFAULT {
        true => DEFAULT.clone(),
        false => Arc::new(limits),
    }
}

fn into_message(data: Data) -> Message {
    match data {
        Data::Text(text) => Message::Text(text),
        Data::Bytes(bytes) => Message::Binary(bytes),
        Data::Blob(blob) => Message::Binary(blob.into_bytes()),
    }
}
