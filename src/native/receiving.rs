//! The receiving direction: who reads gets the messages, on its own task.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use tokio::task::coop;

use crate::close::CloseFrame;
use crate::error::Violation;
use crate::message::Message;
use crate::options::Limits;
use crate::protocol::{Incoming, Inflation, Received};

use super::MAX_UNREAD;
use super::connection::Connection;
use super::spare;
use super::transport::ReadHalf;
use super::wake::{Reading, lock};

/// Messages that are handed over under one lock.
pub(super) const BATCH: usize = 16;

/// What an unread message costs beside its bytes; a flood of empty ones is bounded by it.
const MESSAGE_OVERHEAD: usize = mem::size_of::<Message>() + 32;

/// The part of a connection that is behind the reader's lock.
pub(super) struct Reader {
    half: Option<ReadHalf>,
    incoming: Incoming,
    /// Received, and not yet given to anybody.
    inbox: VecDeque<Message>,
    inbox_cost: usize,
    /// A batch is with the listeners, and comes back if they leave: it goes before everything else, the end too.
    delivering: bool,
    /// What ends the connection; acted on when everything before it was handed over.
    found: Option<Found>,
    /// It was found: whatever comes behind it is not looked at.
    finished: bool,
    /// How often a reader has polled, for the driver's timer to compare.
    polls: u64,
    handles: ReadingHandles,
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

/// Which handles have read so far. Only a sole one may take messages ahead of being asked for them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ReadingHandles {
    None,
    One(u64),
    Many,
}

/// How far the inbox got by the driver's reading.
pub(super) enum Collected {
    /// Nothing more can be read now.
    Waiting,
    /// The inbox is full: nothing is read until somebody takes messages.
    Full,
    /// The end of the messages is found.
    Found,
}

impl Reader {
    pub(super) fn new(limits: &Limits) -> Self {
        Reader {
            half: None,
            incoming: Incoming::new(limits.max_message_size, limits.max_fragments),
            inbox: VecDeque::new(),
            inbox_cost: 0,
            delivering: false,
            found: None,
            finished: false,
            polls: 0,
            handles: ReadingHandles::None,
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
    }

    pub(super) fn polls(&self) -> u64 {
        self.polls
    }

    /// Whether another reader could get a message, or the news of the end, without reading from the socket.
    fn has_more(&self) -> bool {
        !self.inbox.is_empty() || !self.incoming.is_idle() || self.found.is_some()
    }

    pub(super) fn take_found(&mut self) -> Option<Found> {
        self.found.take()
    }

    /// After our own close: what was received is dropped, what comes is only looked at for the peer's Close.
    pub(super) fn ignore_messages(&mut self) {
        self.inbox = VecDeque::new();
        self.inbox_cost = 0;
        self.incoming.ignore_messages();
    }

    /// Messages that were taken ahead come back, to where they were.
    fn give_back(&mut self, messages: &mut VecDeque<Message>) {
        for message in messages.drain(..).rev() {
            self.inbox_cost += MESSAGE_OVERHEAD + message.len();
            self.inbox.push_front(message);
        }
    }

    fn note_reader(&mut self, handle: u64) -> bool {
        self.handles = match self.handles {
            ReadingHandles::None => ReadingHandles::One(handle),
            ReadingHandles::One(known) if known == handle => return true,
            ReadingHandles::One(_) | ReadingHandles::Many => ReadingHandles::Many,
        };
        self.handles != ReadingHandles::Many
    }

    /// The next message of those that have arrived.
    #[inline]
    fn next(&mut self, connection: &Connection) -> Option<Message> {
        match self.inbox.pop_front() {
            Some(message) => {
                self.inbox_cost -= MESSAGE_OVERHEAD + message.len();
                Some(message)
            }
            None => self.decode(connection),
        }
    }

    /// A batch of those that have arrived. Inlined down to the decoding of short messages, so that each is built where
    /// it will lie: moving it on at once waits for the memory.
    fn next_batch(&mut self, connection: &Connection, batch: &mut VecDeque<Message>) {
        for _ in 0..BATCH {
            match self.next(connection) {
                Some(message) => batch.push_back(message),
                None => return,
            }
        }
    }

    #[inline]
    fn decode(&mut self, connection: &Connection) -> Option<Message> {
        while !self.finished {
            match self.incoming.next() {
                Ok(Some(Received::Message(message))) => return Some(message),
                Ok(Some(Received::Ping(payload))) => connection.answer_ping(payload),
                // RFC 6455 5.5.3: "A response to an unsolicited Pong frame is not expected."
                Ok(Some(Received::Pong)) => {}
                Ok(Some(Received::Close(frame))) => self.finish(Found::Close(frame)),
                Err(violation) => self.finish(Found::Violation(violation)),
                Ok(None) => return None,
            }
        }
        None
    }

    fn finish(&mut self, found: Found) {
        self.found = Some(found);
        self.finished = true;
    }

    /// Reads once. Ready when there is something new, be it the end.
    fn poll_fill(&mut self, connection: &Connection) -> Poll<()> {
        let Some(half) = &mut self.half else {
            return Poll::Pending;
        };
        if self.incoming.needs_buffer()
            && let Some(buffer) = spare::take_input()
        {
            self.incoming.lend(buffer);
        }
        if self.incoming.needs_inflater()
            && let Some(inflater) = spare::take_inflater()
        {
            self.incoming.lend_inflater(inflater);
        }
        let read = half.poll_read(&mut connection.read_context(), self.incoming.space());
        match read {
            Poll::Ready(Ok(0)) => self.finish(Found::End(None)),
            Poll::Ready(Ok(_)) => {}
            Poll::Ready(Err(error)) => self.finish(Found::End(Some(error))),
            Poll::Pending => {
                if let Some(buffer) = self.incoming.release() {
                    spare::keep_input(buffer);
                }
                if let Some(inflater) = self.incoming.release_inflater() {
                    spare::keep_inflater(inflater);
                }
                return Poll::Pending;
            }
        }
        Poll::Ready(())
    }
}

impl Connection {
    /// The next message for a reader; `None` at the end of the connection.
    ///
    /// `handle` names the handle and `key` this wait. A handle that gives `ahead` gets further messages into it.
    pub(super) fn poll_message(
        &self,
        handle: u64,
        key: u64,
        ahead: Option<&mut VecDeque<Message>>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Message>> {
        // Messages that lie in the buffer already cost the socket nothing, but the other tasks their turn.
        let budget = ready!(coop::poll_proceed(context));
        let message = self.poll_message_now(handle, key, ahead, context);
        if message.is_ready() {
            budget.made_progress();
        }
        message
    }

    /// The same for who does not wait: for them, none must mean that there is none.
    pub(super) fn poll_message_now(
        &self,
        handle: u64,
        key: u64,
        ahead: Option<&mut VecDeque<Message>>,
        context: &Context<'_>,
    ) -> Poll<Option<Message>> {
        self.amount.publish();
        self.end_turn();
        let message = self.poll_reader(handle, key, ahead, context);
        // A ping among them was answered: nobody else would send that.
        self.end_turn();
        message
    }

    fn poll_reader(
        &self,
        handle: u64,
        key: u64,
        ahead: Option<&mut VecDeque<Message>>,
        context: &Context<'_>,
    ) -> Poll<Option<Message>> {
        let mut reader = lock(&self.reader);
        reader.polls += 1;
        let is_sole = reader.note_reader(handle);
        if self
            .read_wake
            .hand_over(Reading::Takeover, Reading::Readers)
        {
            // It stops reading, and starts to watch.
            self.driver.wake();
        }
        let mut is_registered = false;
        loop {
            self.read_wake.await_news();
            // In this order: a message that came before the end is there when the end is.
            let has_ended = self.ended().is_some();
            let reading = self.reading();
            let may_take = self.may_take(&reader);
            if may_take && let Some(message) = reader.next(self) {
                if let Some(ahead) = ahead.filter(|_| is_sole) {
                    reader.next_batch(self, ahead);
                }
                let others_go_on = reader.has_more();
                drop(reader);
                // Whoever is registered counts as waiting in the socket.
                self.read_wake.readers.remove(key);
                if others_go_on {
                    self.read_wake.readers.wake();
                }
                return Poll::Ready(Some(message));
            }
            if has_ended && !reader.delivering {
                return Poll::Ready(None);
            }
            let reads = may_take && reading == Reading::Readers;
            if reads && reader.found.is_some() {
                // Everything before the end was taken, and what was sent in answer stands in the queue.
                drop(reader);
                self.begin_ending();
                reader = lock(&self.reader);
                continue;
            }
            if is_registered && !reads {
                // It is another's turn, and was not this task's before it could be woken for it.
                return Poll::Pending;
            }
            if reads && reader.poll_fill(self).is_ready() {
                continue;
            }
            // Only now, as what is ready at once is the rule.
            self.read_wake.readers.register(key, context.waker());
            is_registered = true;
            if reads {
                // News that came before that are for the next turn, and not for a loop here: the news may be that this
                // task has used up its turn.
                if self.read_wake.has_news() {
                    context.waker().wake_by_ref();
                }
                return Poll::Pending;
            }
        }
    }

    /// Whether messages are for readers. While the driver delivers a batch it may hold some that come first, even when the
    /// last listener has just gone.
    fn may_take(&self, reader: &Reader) -> bool {
        !reader.delivering && !self.listeners.is_listening() && !self.is_closed_by_us()
    }

    /// Messages that a handle took ahead and will not read.
    pub(super) fn give_back(&self, messages: &mut VecDeque<Message>) {
        if messages.is_empty() {
            return;
        }
        if self.is_closed_by_us() {
            messages.clear();
            return;
        }
        lock(&self.reader).give_back(messages);
        self.read_wake.readers.wake();
        self.driver.wake();
    }

    /// The listeners have heard a batch; what they left, as the last one went, is for readers.
    pub(super) fn return_batch(&self, batch: &mut VecDeque<Message>) {
        let mut reader = lock(&self.reader);
        reader.delivering = false;
        reader.give_back(batch);
        drop(reader);
        self.read_wake.readers.wake();
    }

    /// The driver reads into the inbox, as nobody else does.
    pub(super) fn collect_unread(&self) -> Collected {
        let mut reader = lock(&self.reader);
        let had = reader.inbox.len();
        let collected = loop {
            if reader.inbox_cost >= self.limits.max_unread.unwrap_or(MAX_UNREAD) {
                break Collected::Full;
            }
            if let Some(message) = reader.decode(self) {
                reader.inbox_cost += MESSAGE_OVERHEAD + message.len();
                reader.inbox.push_back(message);
            } else if reader.found.is_some() {
                break Collected::Found;
            } else if reader.poll_fill(self).is_pending() {
                break Collected::Waiting;
            }
        };
        let has_news = reader.inbox.len() > had;
        drop(reader);
        if has_news {
            self.read_wake.readers.wake();
        }
        collected
    }

    /// The driver takes a batch for the listeners. Ready and empty: the end was found.
    pub(super) fn poll_batch(&self, batch: &mut VecDeque<Message>) -> Poll<()> {
        let mut reader = lock(&self.reader);
        loop {
            reader.next_batch(self, batch);
            if !batch.is_empty() || reader.found.is_some() {
                reader.delivering = !batch.is_empty();
                return Poll::Ready(());
            }
            ready!(reader.poll_fill(self));
        }
    }

    pub(super) fn has_unread(&self) -> bool {
        !lock(&self.reader).inbox.is_empty()
    }

    /// Whether a rule was broken behind messages that somebody may still want to answer.
    pub(super) fn found_a_fault_behind_messages(&self) -> bool {
        let reader = lock(&self.reader);
        matches!(reader.found, Some(Found::Violation(_))) && !reader.inbox.is_empty()
    }

    /// Nobody came: the end begins, with what was found or because nothing can be.
    pub(super) fn stop_waiting_for_readers(&self) {
        let mut reader = lock(&self.reader);
        if reader.found.is_none() {
            reader.finish(Found::Unread(self.limits.close_timeout));
        }
        drop(reader);
        self.begin_ending();
    }

    /// What is unread, for a listener that came after the end.
    pub(super) fn take_unread(&self, batch: &mut VecDeque<Message>) {
        let mut reader = lock(&self.reader);
        batch.extend(reader.inbox.drain(..));
        reader.inbox_cost = 0;
        reader.delivering = !batch.is_empty();
    }

    /// After our close: reads on until the peer's Close, or whatever ends the connection.
    pub(super) fn poll_found(&self) -> Poll<Found> {
        let mut reader = lock(&self.reader);
        reader.ignore_messages();
        loop {
            while reader.decode(self).is_some() {}
            if let Some(found) = reader.take_found() {
                return Poll::Ready(found);
            }
            ready!(reader.poll_fill(self));
        }
    }

    /// After the end of the handshake: "a peer discards any further data received" (RFC 6455 1.4), until TCP ends.
    pub(super) fn poll_discard(&self) -> Poll<()> {
        let mut reader = lock(&self.reader);
        let Some(half) = &mut reader.half else {
            return Poll::Ready(());
        };
        let mut scratch = [0; 4096];
        loop {
            let read = ready!(half.poll_read(&mut self.read_context(), &mut scratch[..]));
            if !matches!(read, Ok(1..)) {
                return Poll::Ready(());
            }
        }
    }
}
