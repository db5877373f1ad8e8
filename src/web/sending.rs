//! The sending direction: the browser queues; here is only who waits for room, and how.

use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::cause::Cause;
use crate::error::{Error, InvalidStateError, Stage};
use crate::event::ReadyState;
use crate::message::Data;

use super::connection::{Connection, or_register};
use super::global;

/// The longest pause between two looks at `bufferedAmount`, in milliseconds.
const LONGEST_PAUSE: i32 = 50;

/// No event tells that `bufferedAmount` has shrunk. A timer exists only while somebody waits for that.
#[derive(Default)]
pub(super) struct Watch {
    is_running: Cell<bool>,
    pause: Cell<i32>,
    /// At the last look.
    amount: Cell<usize>,
    /// Bytes that were sent after our close or the end. They are counted here, and for ever: Node 26 would not count them.
    dropped: Cell<usize>,
}

impl Connection {
    /// WHATWG `send()`.
    pub(super) fn send(self: &Rc<Self>, data: &Data) -> Result<(), InvalidStateError> {
        if self.is_closed_by_us() || self.ended().is_some() {
            let dropped = self.watch.dropped.get().saturating_add(length(data));
            self.watch.dropped.set(dropped);
            return Ok(());
        }
        if !self.was_open() {
            return Err(InvalidStateError(()));
        }
        if let Err(said) = self.transport.send(self, data) {
            self.fail_to_send(said);
        }
        Ok(())
    }

    pub(super) fn fail_to_send(self: &Rc<Self>, said: Option<String>) {
        self.fail(Error::from(Cause::Browser {
            during: Stage::Network,
            said,
        }));
    }

    /// Waits until less than the high-water mark is unsent.
    pub(super) fn poll_ready(
        self: &Rc<Self>,
        key: u64,
        context: &Context<'_>,
    ) -> Poll<Result<(), Error>> {
        let ready = match self.ready_state() {
            ReadyState::Connecting => Poll::Pending,
            ReadyState::Open if self.unsent() < self.high_water_mark => Poll::Ready(Ok(())),
            ReadyState::Open => {
                self.start_watch();
                Poll::Pending
            }
            ReadyState::Closing | ReadyState::Closed => Poll::Ready(Err(self.why_closed())),
        };
        or_register(ready, &self.writers, key, context)
    }

    /// Waits until the browser has handed everything to the system.
    pub(super) fn poll_flush(
        self: &Rc<Self>,
        key: u64,
        context: &Context<'_>,
    ) -> Poll<Result<(), Error>> {
        let has_been_open = self.was_open();
        let was_lost = self.ended().is_some_and(|event| !event.was_clean);
        let flushed = if has_been_open && !was_lost && self.unsent() == 0 {
            // A clean end that comes when everything has left is none of a flush's business.
            Poll::Ready(Ok(()))
        } else if self.ended().is_some() {
            Poll::Ready(Err(self.why_closed()))
        } else if !has_been_open {
            Poll::Pending
        } else {
            self.start_watch();
            Poll::Pending
        };
        or_register(flushed, &self.writers, key, context)
    }

    /// WHATWG `bufferedAmount`: "This value does not reset to zero once the connection closes."
    pub(super) fn buffered_amount(&self) -> usize {
        self.unsent().saturating_add(self.watch.dropped.get())
    }

    fn unsent(&self) -> usize {
        self.transport.buffered_amount()
    }

    fn start_watch(self: &Rc<Self>) {
        let watch = &self.watch;
        watch.amount.set(self.unsent());
        // The other transport tells.
        if !self.transport.has_backpressure() && !watch.is_running.replace(true) {
            watch.pause.set(0);
            self.look_after_pause();
        }
    }

    fn look_after_pause(self: &Rc<Self>) {
        global::after_milliseconds(self.watch.pause.get(), self, |connection| {
            let watch = &connection.watch;
            watch.is_running.set(false);
            connection.look_at_amount();
            if !connection.writers.is_empty() && connection.ended().is_none() {
                watch.is_running.set(true);
                let pause = LONGEST_PAUSE.min(2 * watch.pause.get() + 1);
                watch.pause.set(pause);
                connection.look_after_pause();
            }
        });
    }

    /// Wakes those who wait for room if there is more of it than at the last look.
    pub(super) fn look_at_amount(&self) {
        if !self.writers.is_empty() {
            let amount = self.unsent();
            if amount < self.watch.amount.replace(amount) {
                self.watch.pause.set(0);
                self.writers.wake();
            }
        }
    }
}

pub(super) fn length(data: &Data) -> usize {
    match data {
        Data::Text(text) => text.len(),
        Data::Bytes(bytes) => bytes.len(),
        Data::Blob(blob) => blob.size(),
    }
}
