//! The receiving direction: who reads gets the messages, on its own task.

use std::collections::VecDeque;
use std::task::{Context, Poll, ready};

use tokio::task::coop;

use crate::message::Message;

use super::MAX_UNREAD;
use super::connection::Connection;
use super::lock::lock;
use super::reader::{Found, Reader};
use super::wake::Reading;

/// How far the inbox got by the driver's reading.
pub(super) enum Collected {
    /// Nothing more can be read now.
    Waiting,
    /// The inbox is full: nothing is read until somebody takes messages.
    Full,
    /// The end of the messages is found.
    Found,
}

impl Connection {
    /// The next message of a batch whose first one a reader has got: nothing but it need be looked at.
    #[inline]
    pub(super) fn take_at_hand(&self, key: u64) -> Option<Message> {
        let message = self.at_hand.pop(|| self.is_for_readers())?;
        // Whoever is registered counts as waiting in the socket.
        self.read_wake.readers.remove(key);
        Some(message)
    }

    /// What was taken ahead is for others now.
    pub(super) fn give_back(&self, ahead: &mut VecDeque<Message>) {
        lock(&self.reader).inbox.give_back(ahead);
    }

    /// The next message for a reader; `None` at the end of the connection. `key` names this wait.
    ///
    /// The rest of a batch lies at hand then, or `ahead` with who alone can ask for it. Inlined, as what the calls themselves take
    /// is a fiftieth of a round trip's instructions.
    #[inline(always)]
    pub(super) fn poll_message(
        &self,
        key: u64,
        ahead: Option<&mut VecDeque<Message>>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Message>> {
        // Messages that lie in the buffer already cost the socket nothing, but the other tasks their turn.
        let budget = ready!(coop::poll_proceed(context));
        let message = self.poll_message_now(key, ahead, context);
        if message.is_ready() {
            budget.made_progress();
        }
        message
    }

    /// The same for who does not wait: for them, none must mean that there is none.
    #[inline(always)]
    pub(super) fn poll_message_now(
        &self,
        key: u64,
        ahead: Option<&mut VecDeque<Message>>,
        context: &Context<'_>,
    ) -> Poll<Option<Message>> {
        self.publish_amount();
        self.end_turn();
        let message = self.poll_reader(key, ahead, context);
        // A ping among them was answered: nobody else would send that.
        self.write_what_is_owed();
        message
    }

    #[inline]
    fn poll_reader(
        &self,
        key: u64,
        ahead: Option<&mut VecDeque<Message>>,
        context: &Context<'_>,
    ) -> Poll<Option<Message>> {
        let mut reader = lock(&self.reader);
        self.read_wake.note_poll();
        if self
            .read_wake
            .hand_over(Reading::Takeover, Reading::Readers)
        {
            // It stops reading, and starts to watch.
            self.driver().wake();
        }
        let mut is_registered = false;
        loop {
            let wakes_before = self.read_wake.readers.wakes();
            // In this order: a message that came before the end is there when the end is.
            let has_ended = self.ended().is_some();
            let reading = self.reading();
            // While the driver delivers a batch it may hold some that come first, even when the last listener has just gone.
            let is_delivering = reader.delivering;
            let may_take = !is_delivering && self.is_for_readers();
            self.at_hand.clear_into(&mut reader.inbox);
            if may_take && let Some(message) = reader.next(self) {
                if reader.has_more() {
                    match ahead {
                        Some(ahead) => reader.next_batch(self, ahead),
                        None => self.at_hand.lay_out(|batch| reader.next_batch(self, batch)),
                    }
                }
                let others_go_on = !self.at_hand.is_empty() || reader.has_more();
                if !others_go_on {
                    reader.rest();
                }
                drop(reader);
                // Whoever is registered counts as waiting in the socket.
                self.read_wake.readers.remove(key);
                // Readers register under the reader's lock: those who wait for what is left are seen.
                if others_go_on && self.read_wake.readers.may_wait() {
                    self.read_wake.readers.wake();
                }
                return Poll::Ready(Some(message));
            }
            if has_ended && !is_delivering {
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
                if self.read_wake.readers.wakes() != wakes_before {
                    context.waker().wake_by_ref();
                }
                return Poll::Pending;
            }
        }
    }

    #[inline]
    fn is_for_readers(&self) -> bool {
        !self.listeners.is_listening() && !self.is_closed_by_us()
    }

    /// The listeners have heard a batch; what they left, as the last one went, is for readers.
    pub(super) fn return_batch(&self, batch: &mut VecDeque<Message>) {
        let mut reader = lock(&self.reader);
        reader.delivering = false;
        reader.inbox.give_back(batch);
        drop(reader);
        self.read_wake.readers.wake();
    }

    /// The driver reads into the inbox, as nobody else does.
    pub(super) fn collect_unread(&self) -> Collected {
        let mut reader = lock(&self.reader);
        let mut has_news = false;
        let most = self.limits.max_unread.unwrap_or(MAX_UNREAD);
        let collected = loop {
            if reader.inbox.is_full(most) {
                break Collected::Full;
            }
            if let Some(message) = reader.decode(self) {
                reader.inbox.push(message);
                has_news = true;
            } else if reader.found.is_some() {
                break Collected::Found;
            } else if reader.poll_fill(self).is_pending() {
                break Collected::Waiting;
            }
        };
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
            self.at_hand.clear_into(&mut reader.inbox);
            reader.next_batch(self, batch);
            if !batch.is_empty() || reader.found.is_some() {
                reader.delivering = !batch.is_empty();
                return Poll::Ready(());
            }
            ready!(reader.poll_fill(self));
        }
    }

    pub(super) fn has_unread(&self) -> bool {
        self.lies_unread(&lock(&self.reader))
    }

    fn lies_unread(&self, reader: &Reader) -> bool {
        !self.at_hand.is_empty() || !reader.inbox.is_empty()
    }

    /// Whether a rule was broken behind messages that somebody may still want to answer.
    pub(super) fn found_a_fault_behind_messages(&self) -> bool {
        let reader = lock(&self.reader);
        matches!(reader.found.as_deref(), Some(Found::Violation(_))) && self.lies_unread(&reader)
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
        self.at_hand.clear_into(&mut reader.inbox);
        batch.append(&mut reader.inbox.take_all());
        reader.delivering = !batch.is_empty();
    }

    /// After our close: reads on until the peer's Close, or whatever ends the connection.
    pub(super) fn poll_found(&self) -> Poll<Found> {
        let mut reader = lock(&self.reader);
        self.at_hand.clear_into(&mut reader.inbox);
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
        if half.is_at_end() {
            return Poll::Ready(());
        }
        // Mostly it ends without a byte, and zeroing a large buffer would be all the work.
        let mut scratch = [0; 512];
        loop {
            let read = ready!(half.poll_read(&mut self.read_context(), &mut scratch[..]));
            if !matches!(read, Ok(1..)) {
                return Poll::Ready(());
            }
        }
    }
}
