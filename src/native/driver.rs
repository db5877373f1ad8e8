//! The driver: the task that every socket has.
//!
//! It dials. While the socket is open it sleeps, reads for message listeners, looks after a socket that nobody polls, and
//! writes what nobody flushes. In the end it carries out the closing, and it calls all listeners.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::coop;
use tokio::time::{Instant, Sleep, sleep};

use crate::error::{Error, Kind};
use crate::event::{CloseEvent, ErrorEvent, Event, MessageEvent, OpenEvent, ReadyState};
use crate::message::Message;

use super::closing::{self, Ending};
use super::connection::Connection;
use super::dial::{self, Plan};
use super::receiving::Collected;
use super::runtime;
use super::socket::Socket;
use super::trace;
use super::wake::{Reading, lock};

/// How long nobody has to poll before the driver reads in their place.
const PATIENCE: Duration = Duration::from_millis(200);

/// The life of a socket.
pub(super) async fn drive(connection: Arc<Connection>, plan: Plan) {
    let mut driver = Driver {
        socket: Socket::uncounted(&connection),
        guard: RuntimeGuard(connection),
    };
    // Boxed, as it is large and soon gone, and the task stays as large as its largest moment.
    match Box::pin(driver.dial(plan)).await {
        Ok(()) => {
            let ending = driver.serve().await;
            Box::pin(closing::close(driver.connection(), ending)).await;
        }
        Err(error) => driver.connection().fail(error),
    }
    driver.connection().finish_delivery(&driver.socket);
    // After the events: a peer that takes its time does not hold them up.
    Box::pin(closing::linger(driver.connection())).await;
}

struct Driver {
    guard: RuntimeGuard,
    /// For the listeners.
    socket: Socket,
}

/// Notices when the task is dropped before its end: the runtime has gone.
struct RuntimeGuard(Arc<Connection>);

impl Drop for RuntimeGuard {
    fn drop(&mut self) {
        let connection = &self.0;
        let cause = Error::new(Kind::RuntimeEnded);
        match connection.agreed() {
            Some(_) => connection.end_abnormally(cause),
            None => connection.fail(cause),
        }
        connection.disconnect();
        if !connection.listeners.try_finish(|| connection.has_unread()) {
            // This runtime carries out nothing any more.
            if let Ok(runtime) = runtime::background() {
                connection.clone().deliver_late(&runtime);
            }
        }
    }
}

impl Driver {
    fn connection(&self) -> &Arc<Connection> {
        &self.guard.0
    }

    async fn dial(&self, plan: Plan) -> Result<(), Error> {
        let connection = self.connection();
        trace::connecting(&connection.origin);
        let mut establish = std::pin::pin!(dial::establish(&connection.url, &plan));
        let established = poll_fn(|context| {
            connection.driver.register(context.waker());
            // `close()` before the socket is open drops the attempt.
            if connection.ready_state() != ReadyState::Connecting {
                return Poll::Ready(Err(Error::new(Kind::Aborted)));
            }
            establish.as_mut().poll(context)
        })
        .await?;
        match connection.open(established, &plan.dialing.deflate) {
            true => Ok(()),
            false => Err(Error::new(Kind::Aborted)),
        }
    }

    /// The time between the opening and the closing.
    async fn serve(&mut self) -> Ending {
        let mut watch = Watch::default();
        let mut batch = VecDeque::new();
        poll_fn(|context| self.poll_serve(&mut watch, &mut batch, context)).await
    }

    fn poll_serve(
        &mut self,
        watch: &mut Watch,
        batch: &mut VecDeque<Message>,
        context: &mut Context<'_>,
    ) -> Poll<Ending> {
        let connection = self.guard.0.clone();
        connection.driver.register(context.waker());
        connection.amount.publish();
        connection.turn.store(false, SeqCst);
        // What cannot be written now wakes us when it can.
        let _ = connection.poll_write_all();
        connection.deliver::<OpenEvent>(&self.socket);
        loop {
            if let Some(error) = connection.overflow() {
                return Poll::Ready(Ending::Overflow(error));
            }
            let listening = connection.listeners.is_listening();
            match connection.reading() {
                Reading::Ending => return Poll::Ready(Ending::take(&connection)),
                Reading::Listeners if !listening => {
                    connection
                        .read_wake
                        .hand_over(Reading::Listeners, Reading::Readers);
                    connection.read_wake.readers.wake();
                }
                from @ (Reading::Readers | Reading::Takeover) if listening => {
                    connection.read_wake.hand_over(from, Reading::Listeners);
                }
                Reading::Listeners => {
                    watch.stop(&connection);
                    let budget = ready!(coop::poll_proceed(context));
                    ready!(connection.poll_batch(batch));
                    budget.made_progress();
                    match batch.is_empty() {
                        true => connection.begin_ending(),
                        false => connection.deliver_messages(batch, &self.socket),
                    }
                }
                Reading::Takeover => ready!(watch.poll_collect(&connection, context)),
                Reading::Readers => ready!(watch.poll(&connection, context)),
            }
        }
    }
}

/// Looks after a socket that its readers should read, and do not.
#[derive(Default)]
struct Watch {
    timer: Option<Pin<Box<Sleep>>>,
    polls: u64,
}

impl Watch {
    fn stop(&mut self, connection: &Connection) {
        self.timer = None;
        connection.read_wake.set_watched(false);
    }

    fn start(&mut self, connection: &Connection, after: Duration) {
        self.polls = lock(&connection.reader).polls();
        let deadline = Instant::now() + after;
        match &mut self.timer {
            Some(timer) => timer.as_mut().reset(deadline),
            None => self.timer = Some(Box::pin(sleep(deadline - Instant::now()))),
        }
        connection.read_wake.set_watched(true);
    }

    fn polled_meanwhile(&self, connection: &Connection) -> bool {
        lock(&connection.reader).polls() != self.polls
    }

    /// While readers read: ready when nobody polled for too long, and the driver has taken over.
    fn poll(&mut self, connection: &Connection, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.timer.is_none() {
                // In this order: a reader that is woken in between sees that nobody watches, and tells us.
                connection.read_wake.set_watched(false);
                if !connection.read_wake.readers.is_empty() {
                    return Poll::Pending;
                }
                self.start(connection, PATIENCE);
            }
            if let Some(timer) = &mut self.timer {
                ready!(timer.as_mut().poll(context));
            }
            let polled = self.polled_meanwhile(connection);
            self.timer = None;
            if !polled && connection.read_wake.readers.is_empty() {
                trace::taken_over(&connection.origin);
                connection
                    .read_wake
                    .hand_over(Reading::Readers, Reading::Takeover);
                return Poll::Ready(());
            }
        }
    }

    /// After the takeover: ready when the end was found, and acted on.
    fn poll_collect(&mut self, connection: &Connection, context: &mut Context<'_>) -> Poll<()> {
        let patience = match connection.collect_unread() {
            Collected::Waiting => {
                self.stop(connection);
                return Poll::Pending;
            }
            Collected::Found if !connection.found_a_fault_behind_messages() => {
                connection.begin_ending();
                return Poll::Ready(());
            }
            // What came before a fault is to be answered before the connection is failed: it waits a little for a reader.
            Collected::Found => PATIENCE,
            Collected::Full if !connection.is_close_awaited() => {
                self.stop(connection);
                return Poll::Pending;
            }
            // Whoever awaits the close would wait for ever.
            Collected::Full => connection.limits.close_timeout,
        };
        if self.timer.is_none() || self.polled_meanwhile(connection) {
            self.start(connection, patience);
        }
        if let Some(timer) = &mut self.timer {
            ready!(timer.as_mut().poll(context));
        }
        self.stop(connection);
        connection.stop_waiting_for_readers();
        Poll::Ready(())
    }
}

impl Connection {
    /// Calls the message listeners for a batch, in the browser's way: one event after the other.
    pub(super) fn deliver_messages(&self, batch: &mut VecDeque<Message>, socket: &Socket) {
        // What the listeners send goes out together, when all have been called.
        self.collect_sends();
        let mut version = self.listeners.version();
        let mut listeners = self.listeners.for_messages();
        let mut event: Option<MessageEvent> = None;
        while let Some(message) = batch.pop_front() {
            if self.is_closed_by_us() {
                batch.clear();
                break;
            }
            if self.listeners.version() != version {
                version = self.listeners.version();
                listeners = self.listeners.for_messages();
            }
            if listeners.is_empty() {
                // The last one has gone: the rest is for readers.
                batch.push_front(message);
                self.give_back(batch);
                break;
            }
            self.amount.publish_and_hold();
            let binary_type = self.binary_type();
            let event = match &mut event {
                Some(event) => {
                    event.message = message;
                    event.binary_type = binary_type;
                    event
                }
                None => event.insert(MessageEvent {
                    message,
                    binary_type,
                    origin: self.origin.clone(),
                }),
            };
            self.listeners.call(&listeners, socket, event);
        }
        self.amount.release();
        self.turn.store(false, SeqCst);
        let _ = self.poll_write_all();
    }

    fn deliver<E: Event>(&self, socket: &Socket) {
        if self.listeners.is_due::<E>() {
            self.amount.publish_and_hold();
            self.listeners.deliver::<E>(socket);
            self.amount.release();
        }
    }

    /// Delivers everything that is left, in the order open, messages, error, close, and lets the listeners go.
    pub(super) fn finish_delivery(&self, socket: &Socket) {
        let mut batch = VecDeque::new();
        loop {
            self.deliver::<OpenEvent>(socket);
            if self.listeners.is_listening() {
                self.take_unread(&mut batch);
                self.deliver_messages(&mut batch, socket);
            }
            self.deliver::<ErrorEvent>(socket);
            self.deliver::<CloseEvent>(socket);
            if self.listeners.try_finish(|| self.has_unread()) {
                return;
            }
        }
    }

    /// The same without a driver: for a listener that came late, or when the runtime has ended under the socket.
    pub(super) fn deliver_late(self: Arc<Self>, runtime: &Handle) {
        runtime.spawn(async move {
            let socket = Socket::uncounted(&self);
            self.finish_delivery(&socket);
        });
    }
}
