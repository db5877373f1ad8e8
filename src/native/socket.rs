//! A handle of a connection: what `WebSocket` is natively.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};

use crate::close::CloseFrame;
use crate::error::{Error, InvalidStateError, Kind, SyntaxError};
use crate::event::{CloseEvent, Event, ListenerId, ReadyState};
use crate::message::{BinaryType, Data, Message};
use crate::negotiation::Offer;
use crate::options::Options;

use super::connection::Connection;
use super::dial::Plan;
use super::dialing::Dialing;
use super::driver::drive;
use super::listeners::Handler;
use super::sending::Form;
use super::waiting::AwaitingClose;
use super::wake::{get_mut, lock};
use super::{runtime, url};

/// What is fed and not yet handed over: many messages then take the writer's lock once.
const FED_MESSAGES: usize = 16;
const FED_BYTES: usize = 16 << 10;

pub(crate) struct Socket {
    connection: Arc<Connection>,
    /// Whether this handle keeps the connection open.
    counted: bool,
    /// Names this handle, and its waits as a stream and as a sink.
    key: u64,
    /// Messages taken out of the connection ahead of being asked for.
    ahead: Mutex<VecDeque<Message>>,
    has_ahead: AtomicBool,
    fed: Mutex<Fed>,
    /// Since the last flush.
    has_fed: AtomicBool,
    /// A reader of this handle was told why the connection did not end cleanly.
    told: AtomicBool,
}

#[derive(Default)]
struct Fed {
    messages: Vec<Message>,
    bytes: usize,
}

impl Fed {
    fn take(&mut self) -> impl Iterator<Item = Message> {
        self.bytes = 0;
        self.messages.drain(..)
    }
}

impl Socket {
    /// WHATWG's constructor: the checks, and then the driver dials in the background.
    pub(crate) fn open(url: &str, options: Options, dialing: Dialing) -> Result<Self, SyntaxError> {
        let url = url::parse(url, dialing.base_url.as_deref())?;
        let Options {
            protocols,
            binary_type,
            limits,
        } = options;
        let deflate = &dialing.deflate;
        let offer = Offer::new(protocols, deflate.offered.then_some(deflate.offer))?;
        let runtime = match &dialing.runtime {
            Some(runtime) => runtime.clone(),
            None => runtime::current_or_background().map_err(|error| {
                SyntaxError(format!("no thread could be started for the socket: {error}").into())
            })?,
        };
        let connection = Connection::new(&url, binary_type, limits.clone(), runtime);
        let socket = Socket::counted(&connection);
        connection.runtime.spawn(drive(
            connection.clone(),
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
            ahead: Mutex::default(),
            has_ahead: AtomicBool::new(false),
            fed: Mutex::default(),
            has_fed: AtomicBool::new(false),
            told: AtomicBool::new(false),
        }
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
        &self.connection.href
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
            self.connection.driver.wake();
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
        let connection = &self.connection;
        let (id, late) = connection
            .listeners
            .add(handler, once, || connection.has_unread());
        self.listeners_changed(late);
        id
    }

    pub(crate) fn set_on<E: Event>(&self, handler: Handler<E>) {
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
        // Messages that this handle took ahead are for the listener now.
        self.give_back_ahead();
        if !self.connection.listeners.is_listening() {
            // It may be a reader's turn again, without the driver ever having had its own.
            self.connection.read_wake.readers.wake();
        }
        match late.then(runtime::current_or_background) {
            Some(Ok(runtime)) => self.connection.clone().deliver_late(&runtime),
            _ => self.connection.driver.wake(),
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
            |key, context| self.connection.poll_flush(key, context),
        )
    }

    pub(crate) fn recv(&self) -> impl Future<Output = Option<Result<Message, Error>>> + Send + '_ {
        self.connection.wait(
            |connection| &connection.read_wake.readers,
            |key, context| {
                self.hand_over_fed();
                if let Some(message) = self.next_ahead() {
                    return Poll::Ready(Some(Ok(message)));
                }
                let message = ready!(self.connection.poll_message(self.key, key, None, context));
                Poll::Ready(self.or_cause(message))
            },
        )
    }

    pub(crate) fn try_recv(&self) -> Option<Result<Message, Error>> {
        let key = self.connection.key();
        self.hand_over_fed();
        let context = Context::from_waker(Waker::noop());
        let message = match self.next_ahead() {
            Some(message) => Poll::Ready(Some(message)),
            None => self
                .connection
                .poll_message_now(self.key, key, None, &context),
        };
        self.connection.read_wake.readers.remove(key);
        match message {
            Poll::Ready(message) => self.or_cause(message),
            Poll::Pending => None,
        }
    }

    pub(crate) fn recv_blocking(&self) -> Option<Result<Message, Error>> {
        match runtime::is_inside() {
            true => Some(Err(Error::new(Kind::InsideRuntime))),
            false => runtime::block_on(self.recv()),
        }
    }

    #[inline]
    pub(crate) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Message, Error>>> {
        if *self.has_ahead.get_mut()
            && !self.connection.is_closed_by_us()
            && !self.connection.listeners.is_listening()
            && let Some(message) = get_mut(&mut self.ahead).pop_front()
        {
            return Poll::Ready(Some(Ok(message)));
        }
        self.poll_next_batch(context)
    }

    fn poll_next_batch(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Message, Error>>> {
        self.hand_over_fed();
        self.give_back_ahead();
        let ahead = get_mut(&mut self.ahead);
        let message =
            ready!(
                self.connection
                    .poll_message(self.key, self.key, Some(ahead), context)
            );
        *self.has_ahead.get_mut() = !ahead.is_empty();
        Poll::Ready(self.or_cause(message))
    }

    /// Whether the stream has yielded its last item.
    pub(crate) fn is_at_end(&self) -> bool {
        let Some(event) = self.connection.ended() else {
            return false;
        };
        let told = event.cause.is_none() || self.told.load(SeqCst);
        let unread = || self.has_ahead.load(Relaxed) || self.connection.has_unread();
        told && (self.connection.is_closed_by_us() || !unread())
    }

    #[inline]
    pub(crate) fn poll_sink_ready(&mut self, context: &Context<'_>) -> Poll<Result<(), Error>> {
        let fed = get_mut(&mut self.fed);
        let is_open = self.connection.ready_state() == ReadyState::Open;
        if is_open && fed.messages.len() < FED_MESSAGES && fed.bytes < FED_BYTES {
            return Poll::Ready(Ok(()));
        }
        self.poll_sink_room(context)
    }

    fn poll_sink_room(&mut self, context: &Context<'_>) -> Poll<Result<(), Error>> {
        self.connection.feed(get_mut(&mut self.fed).take());
        self.connection.poll_ready(self.key, context)
    }

    /// Fails as `send` does while the socket is connecting.
    #[inline]
    pub(crate) fn feed(&mut self, message: Message) -> Result<(), Error> {
        if self.connection.ready_state() == ReadyState::Connecting {
            return Err(InvalidStateError(()).into());
        }
        let fed = get_mut(&mut self.fed);
        fed.bytes += message.len();
        fed.messages.push(message);
        *self.has_fed.get_mut() = true;
        Ok(())
    }

    pub(crate) fn poll_sink_flush(&mut self, context: &Context<'_>) -> Poll<Result<(), Error>> {
        if std::mem::take(self.has_fed.get_mut()) {
            self.connection.feed(lock(&self.fed).take());
        }
        self.connection.poll_flush(self.key, context)
    }

    /// Closes, and waits for the end of the closing.
    pub(crate) fn poll_sink_close(&mut self, context: &Context<'_>) -> Poll<Result<(), Error>> {
        self.close(CloseFrame::default());
        let event = ready!(self.connection.poll_closed(self.key, context));
        Poll::Ready(event.cause.map_or(Ok(()), Err))
    }

    /// What was fed goes before what is done now, and leaves without a flush.
    #[inline]
    fn hand_over_fed(&self) {
        if self.has_fed.load(Relaxed) && self.has_fed.swap(false, Relaxed) {
            self.connection.feed(lock(&self.fed).take());
            self.connection.send_fed();
        }
    }

    fn next_ahead(&self) -> Option<Message> {
        if !self.has_ahead.load(Relaxed) {
            return None;
        }
        if self.connection.is_closed_by_us() || self.connection.listeners.is_listening() {
            self.give_back_ahead();
            return None;
        }
        let mut ahead = lock(&self.ahead);
        let message = ahead.pop_front();
        self.has_ahead.store(!ahead.is_empty(), Relaxed);
        message
    }

    #[inline]
    fn give_back_ahead(&self) {
        if self.has_ahead.load(Relaxed) && self.has_ahead.swap(false, Relaxed) {
            self.connection.give_back(&mut lock(&self.ahead));
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
        Socket::counted(&self.connection)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.hand_over_fed();
        self.give_back_ahead();
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

fn into_message(data: Data) -> Message {
    match data {
        Data::Text(text) => Message::Text(text),
        Data::Bytes(bytes) => Message::Binary(bytes),
        Data::Blob(blob) => Message::Binary(blob.into_bytes()),
    }
}
