//! What reads the socket, and makes messages of it.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::task::Poll;
use std::time::Duration;

use bytes::BytesMut;

use crate::close::CloseFrame;
use crate::error::Violation;
use crate::message::Message;
use crate::options::Limits;
use crate::protocol::{Incoming, Inflation, Received};

use super::connection::Connection;
use super::inbox::{BATCH, Inbox};
use super::spare;
use super::transport::ReadHalf;

/// Bytes that end a batch. More at once would take memory that the allocator gives back to the system as soon as they are read,
/// and has to ask for again: the page faults cost more than the locks.
const BATCH_BYTES: usize = 64 << 10;

/// Control frames after which other tasks have their turn: nobody gets anything for them, and one read may bring thousands.
const CONTROLS: u32 = 4 << 10;

/// The part of a connection that is behind the reader's lock.
pub(super) struct Reader {
    pub(super) half: Option<ReadHalf>,
    incoming: Incoming,
    pub(super) inbox: Inbox,
    /// A batch is with the listeners, and comes back if they leave: it goes before everything else, the end too.
    pub(super) delivering: bool,
    /// What ends the connection; acted on when everything before it was handed over.
    pub(super) found: Option<Box<Found>>,
    /// It was found: whatever comes behind it is not looked at.
    finished: bool,
    /// Nothing is held to read with, and the socket was not looked at since.
    resting: bool,
    /// Control frames since the last turn ended.
    controls: u32,
}

/// What ends the receiving of messages.
#[derive(Debug)]
pub(super) enum Found {
    Close(CloseFrame),
    Violation(Violation),
    /// The transport ended, or failed.
    End(Option<io::Error>),
    /// Nobody reads, so that the end cannot be seen.
    Unread(Duration),
}

impl Reader {
    pub(super) fn new(limits: &Limits) -> Self {
        Reader {
            half: None,
            incoming: Incoming::new(limits.max_message_size, limits.max_fragments),
            inbox: Inbox::default(),
            delivering: false,
            found: None,
            finished: false,
            resting: false,
            controls: 0,
        }
    }

    pub(super) fn open(&mut self, half: ReadHalf, rest: BytesMut, inflation: Option<Inflation>) {
        self.half = Some(half);
        if let Some(inflation) = inflation {
            self.incoming.agree(inflation);
        }
        if !rest.is_empty() {
            self.incoming.lend(rest);
        }
    }

    pub(super) fn disconnect(&mut self) {
        self.half = None;
        if self.finished {
            self.incoming.end();
        }
        self.release();
    }

    /// Whether there may be another message, or the news of the end, without reading from the socket.
    pub(super) fn has_more(&self) -> bool {
        !self.inbox.is_empty() || !self.incoming.is_idle() || self.found.is_some()
    }

    pub(super) fn take_found(&mut self) -> Option<Found> {
        self.found.take().map(|found| *found)
    }

    /// After our own close: what was received is dropped, what comes is only looked at for the peer's Close.
    pub(super) fn ignore_messages(&mut self) {
        self.inbox.take_all();
        self.incoming.ignore_messages();
    }

    /// The next message of those that wait, or else of those that have arrived.
    #[inline]
    pub(super) fn next(&mut self, connection: &Connection) -> Option<Message> {
        self.inbox.pop().or_else(|| self.decode(connection))
    }

    /// The same for a batch.
    pub(super) fn next_batch(&mut self, connection: &Connection, batch: &mut VecDeque<Message>) {
        if self.inbox.is_empty() && !self.finished {
            while self.incoming.next_run(batch, BATCH - batch.len()) {}
        }
        let mut bytes = 0;
        while batch.len() < BATCH
            && bytes < BATCH_BYTES
            && let Some(message) = self.next(connection)
        {
            bytes += message.len();
            batch.push_back(message);
        }
    }

    /// The next message of those that have arrived.
    #[inline]
    pub(super) fn decode(&mut self, connection: &Connection) -> Option<Message> {
        while !self.finished {
            match self.incoming.next() {
                Ok(Some(Received::Message(message))) => return Some(message),
                Ok(Some(Received::Ping(payload))) => {
                    self.controls += 1;
                    connection.answer_ping(payload);
                }
                // RFC 6455 5.5.3: "A response to an unsolicited Pong frame is not expected."
                Ok(Some(Received::Pong)) => self.controls += 1,
                Ok(Some(Received::Close(frame))) => self.finish(Found::Close(frame)),
                Err(violation) => self.finish(Found::Violation(violation)),
                Ok(None) => return None,
            }
        }
        None
    }

    pub(super) fn finish(&mut self, found: Found) {
        self.found = Some(Box::new(found));
        self.finished = true;
    }

    /// Reads once. Ready when there is something new, be it the end.
    pub(super) fn poll_fill(&mut self, connection: &Connection) -> Poll<()> {
        let Some(half) = &mut self.half else {
            return Poll::Pending;
        };
        let mut context = connection.read_context();
        if self.controls >= CONTROLS {
            self.controls = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        // Mostly nothing has arrived since, and no buffer is needed to learn that.
        if mem::take(&mut self.resting) && half.poll_ready(&mut context).is_pending() {
            return Poll::Pending;
        }
        if self.incoming.needs_buffer()
            && let Some(buffer) = spare::take(&spare::INPUT)
        {
            self.incoming.lend(buffer);
        }
        if self.incoming.needs_inflater()
            && let Some(inflater) = spare::take(&spare::INFLATER)
        {
            self.incoming.lend_inflater(inflater);
        }
        let read = half.poll_read(&mut context, self.incoming.space());
        match read {
            Poll::Ready(Ok(0)) => self.finish(Found::End(None)),
            Poll::Ready(Ok(_)) => {}
            Poll::Ready(Err(error)) => self.finish(Found::End(Some(error))),
            Poll::Pending => {
                self.release();
                connection.at_hand.shrink();
                return Poll::Pending;
            }
        }
        Poll::Ready(())
    }

    /// The last message that has arrived is taken, and nobody may come for the next one for long.
    #[inline]
    pub(super) fn rest(&mut self) {
        self.resting = self.incoming.has_room();
        if self.resting {
            self.release();
        }
    }

    /// Lends elsewhere what is of no use until bytes arrive.
    fn release(&mut self) {
        self.inbox.shrink();
        if let Some(buffer) = self.incoming.release() {
            spare::keep(&spare::INPUT, buffer);
        }
        if let Some(inflater) = self.incoming.release_inflater() {
            spare::keep(&spare::INFLATER, inflater);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::Context;

    use tokio::io::{AsyncRead, ReadBuf, join, sink};
    use tokio::runtime::Handle;

    use super::super::dial::Established;
    use super::super::dialing::Deflate;
    use super::super::receiving::Collected;
    use super::super::transport::Transport;
    use super::super::url;
    use super::super::waiters::tests::Count;
    use super::super::wake::Reading;
    use super::*;
    use crate::message::BinaryType;
    use crate::negotiation::Agreed;

    /// A peer that sends nothing but pongs, more than anybody wants to look at in one turn.
    struct Pongs {
        reads: usize,
    }

    impl AsyncRead for Pongs {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            self.reads += 1;
            assert!(self.reads < 100, "no turn has an end");
            buffer.put_slice(&[0x8a, 0].repeat(buffer.remaining() / 2));
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn whoever_reads_pongs_without_end_lets_others_have_their_turn() {
        let url = url::parse("ws://h", None).unwrap();
        let limits = Arc::new(Limits::default());
        let connection = Connection::new(&url, BinaryType::Blob, limits, Handle::current());
        let ((driver, d_waker), (reader, r_waker)) = (Count::new(), Count::new());
        let established = Established {
            transport: Transport::Layered(Box::new(join(Pongs { reads: 0 }, sink()))),
            agreed: Agreed::default(),
            rest: BytesMut::new(),
        };
        assert!(connection.open(established, &Deflate::default()));

        let polled = connection.poll_message_now(1, None, &Context::from_waker(&r_waker));
        assert!(polled.is_pending());
        assert_eq!(reader.get(), 1, "it goes on");

        let is_driven = |from, to, polled: &mut dyn FnMut() -> bool| {
            connection.read_wake.hand_over(from, to);
            connection.driver().register(&d_waker);
            let before = driver.get();
            assert!(polled(), "{to:?}");
            assert!(driver.get() > before, "{to:?} goes on");
        };
        is_driven(Reading::Readers, Reading::Takeover, &mut || {
            matches!(connection.collect_unread(), Collected::Waiting)
        });
        is_driven(Reading::Takeover, Reading::Listeners, &mut || {
            connection.poll_batch(&mut VecDeque::new()).is_pending()
        });
        connection.close(CloseFrame::default());
        is_driven(Reading::Ending, Reading::Ending, &mut || {
            connection.poll_found().is_pending()
        });
    }
}
