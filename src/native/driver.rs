//! The driver: the task that every socket has.
//!
//! It dials. While the socket is open it sleeps, reads for message listeners, looks after a socket that nobody polls, and
//! writes what nobody flushes. In the end it carries out the closing, and it calls all listeners.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context, Poll, ready};

use tokio::task::coop;
use tokio::time::{Sleep, sleep};

use crate::cause::Cause;
use crate::error::{Error, Kind};
use crate::event::{OpenEvent, ReadyState};
use crate::message::Message;

use super::closing::{self, Ending};
use super::connection::Connection;
use super::delivery::Delivery;
use super::dial::{self, Plan};
use super::inbox::shrink;
use super::receiving::Collected;
use super::trace;
use super::wake::Reading;
use super::watch::PATIENCE;

/// The life of a socket.
///
/// The task stays as large as its largest moment, so what is large and soon gone is boxed; and this is a block, as a function
/// would have its arguments twice.
pub(super) fn drive(connection: &Arc<Connection>, plan: Plan) -> impl Future<Output = ()> + use<> {
    // Made here and not in the task, which is dropped without having run if the runtime ends first.
    let dialled = dial(connection.clone(), plan);
    let mut driver = Driver {
        delivery: Delivery::new(connection),
        care: Care::default(),
        batch: VecDeque::new(),
    };
    async move {
        match dialled.await {
            Ok(()) => {
                let ending = driver.serve().await;
                Box::pin(closing::close(driver.connection(), ending)).await;
            }
            Err(error) => driver.connection().fail(error),
        }
        driver.delivery.finish();
        // After the events: a peer that takes its time does not hold them up.
        if driver.connection().is_connected() {
            Box::pin(closing::linger(driver.connection())).await;
        }
    }
}

/// The time before the opening.
fn dial(
    connection: Arc<Connection>,
    plan: Plan,
) -> Pin<Box<impl Future<Output = Result<(), Error>>>> {
    Box::pin(async move {
        trace::connecting(connection.address.origin());
        let mut establish = pin!(dial::establish(&plan));
        let established = poll_fn(|context| {
            connection.driver().register(context.waker());
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
    })
}

struct Driver {
    delivery: Delivery,
    care: Care,
    batch: VecDeque<Message>,
}

impl Drop for Driver {
    /// Notices when the task is dropped before its end: the runtime has gone. The news of that are delivered when the delivery
    /// is dropped, which comes after this.
    fn drop(&mut self) {
        let connection = self.connection();
        if connection.ended().is_none() {
            let cause = Error::from(Cause::RuntimeEnded);
            match connection.agreed() {
                Some(_) => connection.end_abnormally(cause),
                None => connection.fail(cause),
            }
        }
        if connection.is_connected() {
            connection.disconnect();
        }
    }
}

impl Driver {
    fn connection(&self) -> &Arc<Connection> {
        self.delivery.connection()
    }

    /// The time between the opening and the closing.
    async fn serve(&mut self) -> Ending {
        poll_fn(|context| {
            let ending = self.poll_serve(context);
            // A ping among what was read was answered: nobody else would send that.
            self.connection().end_turn();
            ending
        })
        .await
    }

    fn poll_serve(&mut self, context: &mut Context<'_>) -> Poll<Ending> {
        let Driver {
            delivery,
            care,
            batch,
        } = self;
        let connection = delivery.connection();
        connection.driver().register(context.waker());
        connection.publish_amount();
        connection.turn.store(false, SeqCst);
        // What cannot be written now wakes us when it can.
        let _ = connection.poll_write_all();
        connection.deliver::<OpenEvent>(delivery.socket());
        loop {
            if let Some(error) = connection.overflow() {
                return Poll::Ready(Ending::Overflow(error));
            }
            let listening = connection.listeners.is_listening();
            match connection.reading() {
                Reading::Ending => return Poll::Ready(Ending::take(connection)),
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
                    care.timer = None;
                    let budget = ready!(coop::poll_proceed(context));
                    if connection.poll_batch(batch).is_pending() {
                        shrink(batch);
                        return Poll::Pending;
                    }
                    budget.made_progress();
                    match batch.is_empty() {
                        true => connection.begin_ending(),
                        false => connection.deliver_messages(batch, delivery.socket()),
                    }
                }
                Reading::Takeover => ready!(care.poll_takeover(connection, context)),
                Reading::Readers => ready!(care.poll_readers(connection)),
            }
        }
    }
}

/// What the driver does for a socket that its readers should read.
#[derive(Default)]
struct Care {
    timer: Option<Pin<Box<Sleep>>>,
    /// How often readers had polled when the timer of a takeover was started.
    polls: usize,
}

impl Care {
    /// While readers read: ready when none came, and the driver has taken over.
    fn poll_readers(&mut self, connection: &Connection) -> Poll<()> {
        let wake = &connection.read_wake;
        let is_neglected = wake.take_neglected();
        self.timer = None;
        if !wake.readers.is_empty() {
            // They wait in the socket, and are looked after when it wakes them.
            return Poll::Pending;
        }
        if is_neglected {
            trace::taken_over(connection.address.origin());
            wake.hand_over(Reading::Readers, Reading::Takeover);
            return Poll::Ready(());
        }
        wake.watch();
        Poll::Pending
    }

    /// In their place: ready when the end was found, and acted on.
    fn poll_takeover(&mut self, connection: &Connection, context: &mut Context<'_>) -> Poll<()> {
        let patience = match connection.collect_unread() {
            Collected::Waiting => {
                self.timer = None;
                return Poll::Pending;
            }
            Collected::Found if !connection.found_a_fault_behind_messages() => {
                connection.begin_ending();
                return Poll::Ready(());
            }
            // What came before a fault is to be answered before the connection is failed: it waits a little for a reader.
            Collected::Found => PATIENCE,
            Collected::Full if !connection.is_close_awaited() => {
                self.timer = None;
                return Poll::Pending;
            }
            // Whoever awaits the close would wait for ever.
            Collected::Full => connection.limits.close_timeout,
        };
        let polls = connection.read_wake.polls();
        if mem::replace(&mut self.polls, polls) != polls {
            self.timer = None;
        }
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(timer.as_mut().poll(context));
        self.timer = None;
        connection.stop_waiting_for_readers();
        Poll::Ready(())
    }
}
