//! The sending direction: `send`, feeding, flushing, and what decides when bytes go to the system.
//!
//! The first `send` of a turn is written at once, so that one message costs no detour. Those that follow in the same turn
//! are collected and written together, by the next read or by the driver. What is fed through a `Sink` waits for its flush.

use std::sync::MutexGuard;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context, Poll};

use crate::cause::Cause;
use crate::error::{Error, InvalidStateError};
use crate::event::ReadyState;
use crate::message::Message;
use crate::protocol::ControlPayload;

use super::connection::Connection;
use super::keys::ThreadKeys;
use super::lock::lock;
use super::writer::{Form, Writer, Written};

impl Connection {
    /// WHATWG `send()`.
    pub(super) fn send(&self, message: Message, form: Form) -> Result<(), InvalidStateError> {
        if self.ready_state() == ReadyState::Connecting {
            return Err(InvalidStateError(()));
        }
        let mut writer = lock(&self.writer);
        self.amount.add(message.len());
        // Else "the data is discarded, and bufferedAmount grows all the same".
        if self.ready_state() == ReadyState::Open {
            self.queue(&mut writer, message, form);
            self.write_or_collect(&mut writer);
        }
        Ok(())
    }

    /// Takes messages that were fed and will be flushed; many under one lock.
    pub(super) fn feed(&self, messages: impl Iterator<Item = Message>) {
        self.feed_to(&mut lock(&self.writer), messages);
    }

    fn feed_to(&self, writer: &mut Writer, messages: impl Iterator<Item = Message>) {
        for message in messages {
            self.amount.add(message.len());
            self.queue(writer, message, Form::Compressible);
        }
    }

    /// RFC 6455 5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response".
    pub(super) fn answer_ping(&self, payload: ControlPayload) {
        let mut writer = lock(&self.writer);
        if writer.closing.is_open() {
            writer.lend_stage();
            writer.outgoing.pong(payload, &mut ThreadKeys);
            self.owes_write.store(true, SeqCst);
        }
    }

    fn queue(&self, writer: &mut Writer, message: Message, form: Form) {
        // The state may have moved on since it was looked at; RFC 6455 5.5.1 allows no data behind a Close.
        if !writer.closing.is_open() || writer.broken.is_some() || writer.overflowed {
            return;
        }
        // WHATWG: "if the data cannot be buffered because the buffer is full, flag the WebSocket as full and close it".
        if writer.outgoing.held().saturating_add(message.len()) > self.limits.max_unsent {
            writer.overflowed = true;
            self.driver().wake();
            return;
        }
        writer.send_message(message, form);
    }

    /// The first message of a turn is written at once, and a full stage is; the others wait for company.
    fn write_or_collect(&self, writer: &mut Writer) {
        let first = !writer.collecting && !self.turn.swap(true, SeqCst);
        let due = first || (!writer.collecting && writer.outgoing.stage_is_full());
        if due && writer.poll_stage(self).is_ready() && !writer.has_output() {
            return;
        }
        self.owe_write(writer);
    }

    /// What waits must leave although nobody will flush it.
    fn owe_write(&self, writer: &mut Writer) {
        if !writer.has_output() {
            return;
        }
        self.owes_write.store(true, SeqCst);
        // While the system takes no more, it tells the driver when it does.
        if !writer.collecting && !writer.driver_told && !self.write_wake.is_blocked() {
            writer.driver_told = true;
            self.driver().wake();
        }
    }

    /// Nobody flushes what was fed: it leaves as what was sent does.
    pub(super) fn send_fed(&self) {
        self.owe_write(&mut lock(&self.writer));
    }

    /// From now on what is sent is collected, until [`Self::poll_write_all`] is called.
    pub(super) fn collect_sends(&self) {
        lock(&self.writer).collecting = true;
    }

    /// Writes everything, stage by stage, and shows in `bufferedAmount` what has left.
    ///
    /// Fails when nothing can be written any more. Whoever waits for more than the driver does must register.
    #[inline]
    pub(super) fn poll_write_all(&self) -> Poll<Result<(), Error>> {
        self.poll_write_all_of(lock(&self.writer))
    }

    #[inline]
    fn poll_write_all_of<'a>(
        &'a self,
        mut writer: MutexGuard<'a, Writer>,
    ) -> Poll<Result<(), Error>> {
        loop {
            writer.collecting = false;
            writer.driver_told = false;
            let written = writer.poll_stage(self);
            if let Poll::Ready(Written::OneStage) = written {
                // Another thread's `send` gets the lock in between.
                drop(writer);
                writer = lock(&self.writer);
                continue;
            }
            self.amount.publish();
            return written.map(|_| {
                if self.owes_write.load(SeqCst) {
                    self.owes_write.store(false, SeqCst);
                }
                writer.broken.clone().map_or(Ok(()), Err)
            });
        }
    }

    /// A turn ends: `bufferedAmount` shows what has left.
    pub(super) fn publish_amount(&self) {
        if self.amount.is_stale() {
            let _writer = lock(&self.writer);
            self.amount.publish();
        }
    }

    /// The same before a listener is called, and until [`BufferedAmount::release`](super::amount::BufferedAmount::release)
    /// no more of that.
    pub(super) fn hold_amount(&self) {
        if self.amount.is_stale() || !self.amount.is_held() {
            let _writer = lock(&self.writer);
            self.amount.publish_and_hold();
        }
    }

    /// A turn ends: what it sent goes out, and the next `send` is a first one again.
    pub(super) fn end_turn(&self) {
        // Most turns have sent nothing, and a store costs where a look does not.
        if self.turn.load(SeqCst) {
            self.turn.store(false, SeqCst);
        }
        self.write_what_is_owed();
    }

    pub(super) fn write_what_is_owed(&self) {
        if self.owes_write.load(SeqCst) {
            let _ = self.poll_write_all();
        }
    }

    /// Takes what was fed, and waits until everything that was sent has been handed to the system.
    #[inline]
    pub(super) fn poll_flush(
        &self,
        fed: impl Iterator<Item = Message>,
        key: u64,
        context: &Context<'_>,
    ) -> Poll<Result<(), Error>> {
        let mut fed = Some(fed);
        self.write_wake.writers.wait(key, context, || {
            if self.ready_state() == ReadyState::Connecting {
                return Poll::Pending;
            }
            let mut writer = lock(&self.writer);
            if let Some(fed) = fed.take() {
                self.feed_to(&mut writer, fed);
            }
            let written = self.poll_write_all_of(writer);
            if self.ended().is_some() {
                // An end that comes when everything has left is none of a flush's business; to never have been open is.
                let all_left = self.agreed().is_some() && self.has_all_left();
                return Poll::Ready(if all_left {
                    Ok(())
                } else {
                    Err(self.why_closed())
                });
            }
            written
        })
    }

    fn has_all_left(&self) -> bool {
        let _writer = lock(&self.writer);
        self.amount.unsent() == 0
    }

    /// Waits until less than the high-water mark is unsent.
    pub(super) fn poll_ready(&self, key: u64, context: &Context<'_>) -> Poll<Result<(), Error>> {
        self.write_wake.writers.wait(key, context, || {
            let ready = match self.ready_state() {
                ReadyState::Connecting => Poll::Pending,
                ReadyState::Open if self.has_room() => Poll::Ready(Ok(())),
                ReadyState::Open => Poll::Pending,
                ReadyState::Closing | ReadyState::Closed => Poll::Ready(Err(self.why_closed())),
            };
            // Whoever is told that there is room sees it in `bufferedAmount` too.
            self.publish_amount();
            ready
        })
    }

    /// Writes full stages on the way: what is fed leaves in large pieces without a flush.
    fn has_room(&self) -> bool {
        loop {
            let mut writer = lock(&self.writer);
            let limit = self.limits.high_water_mark;
            // The mark may be below a stage, and nobody else writes what was fed.
            let is_due = writer.outgoing.stage_is_full() || writer.outgoing.held() >= limit;
            let wrote = is_due && matches!(writer.poll_stage(self), Poll::Ready(Written::OneStage));
            if !wrote {
                return writer.broken.is_some() || writer.outgoing.held() < limit;
            }
        }
    }

    /// Bytes that the transport has taken so far.
    pub(super) fn written(&self) -> u64 {
        lock(&self.writer).written
    }

    /// Why the connection has to be failed for what was sent.
    pub(super) fn overflow(&self) -> Option<Error> {
        let limit = self.limits.max_unsent;
        lock(&self.writer)
            .overflowed
            .then(|| Error::from(Cause::Unsent { limit }))
    }
}
