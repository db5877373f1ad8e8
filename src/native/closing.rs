//! How a connection ends: who waits for what, for how long, and what is told to whom.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::task::coop;
use tokio::time::{Sleep, sleep};

use crate::cause::Cause;
use crate::close::CloseFrame;
use crate::error::{Error, Stage};

use super::connection::Connection;
use super::lock::lock;
use super::reader::Found;

/// The policy-violation code (RFC 6455 7.4.1), for a connection whose messages nobody reads.
const UNREAD: u16 = 1008;

/// Why the time of messages is over.
#[derive(Debug)]
pub(super) enum Ending {
    /// We closed first.
    ByUs,
    /// Something was found among what the peer sent.
    Found(Found),
    /// More was sent than may wait.
    Overflow(Error),
}

impl Ending {
    pub(super) fn take(connection: &Connection) -> Self {
        if connection.is_closed_by_us() {
            return Ending::ByUs;
        }
        let found = lock(&connection.reader).take_found();
        Ending::Found(found.unwrap_or(Found::End(None)))
    }
}

/// Carries the closing out. Afterwards the socket is CLOSED, and its events wait to be delivered.
pub(super) async fn close(connection: &Connection, ending: Ending) {
    match ending {
        Ending::ByUs => match answer_to_our_close(connection).await {
            Some(Found::Close(frame)) => end_of_handshake(connection, frame).await,
            Some(found) => act_on(connection, found, Stage::Closing).await,
            None => {
                let limit = connection.limits.close_timeout;
                connection.end_abnormally(Error::from(Cause::CloseTimeout { limit }));
                connection.disconnect();
            }
        },
        Ending::Found(found) => act_on(connection, found, Stage::Network).await,
        Ending::Overflow(error) => {
            // A Close frame would have to stand behind all that waits: there is nothing to do but leave.
            connection.fail(error);
            connection.disconnect();
        }
    }
}

async fn act_on(connection: &Connection, found: Found, during: Stage) {
    match found {
        Found::Close(frame) => end_of_handshake(connection, frame).await,
        Found::Violation(violation) => {
            fail(connection, violation.close_code(), violation.into()).await;
        }
        Found::Unread(waited) => {
            fail(connection, UNREAD, Error::from(Cause::Unread { waited })).await;
        }
        Found::End(error) => {
            connection.end_abnormally(match error {
                Some(error) => Error::io(during, error),
                None => Error::from(Cause::Ended { during }),
            });
            connection.disconnect();
        }
    }
}

/// Writes what is left, our Close behind it, and reads on for the peer's. `None` if it does not come in time.
async fn answer_to_our_close(connection: &Connection) -> Option<Found> {
    let mut patience = Patience::new(connection, connection.limits.close_timeout);
    poll_fn(|context| {
        patience.poll_unless(context, |connection| {
            let _ = connection.poll_write_all();
            connection.poll_found()
        })
    })
    .await
}

/// The peer's Close has come. RFC 6455 7.1.1: "a client SHOULD wait for the server to close the connection but MAY close the
/// connection at any time", so not for long.
async fn end_of_handshake(connection: &Connection, frame: CloseFrame) {
    {
        let mut writer = lock(&connection.writer);
        writer.closing.received(frame.clone());
        if let Some(reply) = writer.closing.reply() {
            writer.send_close(&reply);
        }
    }
    let mut patience = Patience::new(connection, connection.limits.disconnect_timeout);
    poll_fn(|context| {
        patience.poll_unless(context, |connection| {
            // A peer that has ended its own direction may still read: what is left goes out, and our Close behind it.
            let written = connection.poll_write_all();
            ready!(connection.poll_discard());
            written.map(drop)
        })
    })
    .await;
    let _ = lock(&connection.writer).poll_close_notify(&mut connection.write_context());
    connection.disconnect();
    connection.end_cleanly(frame);
}

/// RFC 6455 7.1.7 "Fail the WebSocket Connection": what was sent before goes out, and a Close frame that says why.
async fn fail(connection: &Connection, code: u16, error: Error) {
    {
        let mut writer = lock(&connection.writer);
        if let Some(frame) = writer.closing.fail(code) {
            writer.send_close(&frame);
        }
    }
    let mut patience = Patience::new(connection, connection.limits.disconnect_timeout);
    poll_fn(|context| patience.poll_unless(context, Connection::poll_write_all)).await;
    connection.fail(error);
}

/// After a failed connection's events: ends our direction, and reads until the peer ends its own.
///
/// Were the connection dropped with bytes unread, the system would reset it, and a reset overtakes the Close frame.
pub(super) async fn linger(connection: &Connection) {
    let mut patience = Patience::new(connection, connection.limits.disconnect_timeout);
    let mut is_shut = false;
    poll_fn(|context| {
        patience.poll_unless(context, |connection| {
            is_shut = is_shut
                || lock(&connection.writer)
                    .poll_shutdown(&mut connection.write_context())
                    .is_ready();
            connection.poll_discard()
        })
    })
    .await;
    connection.disconnect();
}

/// Waits a limited time, which begins anew as long as bytes leave.
struct Patience<'a> {
    connection: &'a Connection,
    limit: Duration,
    written: u64,
    /// There once something has to be waited for.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<'a> Patience<'a> {
    fn new(connection: &'a Connection, limit: Duration) -> Self {
        Patience {
            connection,
            limit,
            written: connection.written(),
            timer: None,
        }
    }

    /// Polls for a result until there is one, or the time is over.
    fn poll_unless<T>(
        &mut self,
        context: &mut Context<'_>,
        mut poll: impl FnMut(&Connection) -> Poll<T>,
    ) -> Poll<Option<T>> {
        self.connection.driver().register(context.waker());
        let polled = poll(self.connection);
        self.connection.publish_amount();
        if let Poll::Ready(result) = polled {
            return Poll::Ready(Some(result));
        }
        let written = self.connection.written();
        if written > self.written {
            self.written = written;
            self.timer = None;
        }
        let limit = self.limit;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(limit)));
        // A peer that floods uses up the task's budget each time, and a timer that asked for its share would never fire.
        let timer = pin!(coop::unconstrained(timer.as_mut()));
        timer.poll(context).map(|()| None)
    }
}
