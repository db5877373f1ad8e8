//! The handle as a stream and as a sink, which take and give messages in batches.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{Ordering::Relaxed, Ordering::SeqCst};
use std::task::{Context, Poll, ready};

use super::Socket;
use crate::close::CloseFrame;
use crate::error::{Error, InvalidStateError};
use crate::event::ReadyState;
use crate::message::Message;
use crate::native::inbox::shrink;
use crate::native::lock::get_mut;

/// What is fed and not yet handed over: many messages then take the writer's lock once.
const FED_MESSAGES: usize = 16;
const FED_BYTES: usize = 16 << 10;

/// The messages of a handle that is used as a stream or a sink; most are not, and have no memory for them.
#[derive(Default)]
pub(super) struct Batches {
    /// Taken out of the inbox by the sole handle.
    pub(super) ahead: Mutex<VecDeque<Message>>,
    pub(super) fed: Mutex<Fed>,
}

/// What was fed through this handle and is not handed over.
#[derive(Default)]
pub(super) struct Fed {
    messages: Vec<Message>,
    bytes: usize,
}

impl Fed {
    pub(super) fn take(&mut self) -> impl Iterator<Item = Message> {
        self.bytes = 0;
        self.messages.drain(..)
    }
}

impl Socket {
    #[inline]
    pub(crate) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Message, Error>>> {
        if *self.has_ahead.get_mut()
            && !self.connection.is_closed_by_us()
            && let Some(batches) = &mut self.batches
            && let Some(message) = get_mut(&mut batches.ahead).pop_front()
        {
            return Poll::Ready(Some(Ok(message)));
        }
        self.poll_next_batch(context)
    }

    fn poll_next_batch(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Message, Error>>> {
        // What a close of ours left there is for nobody.
        *self.has_ahead.get_mut() = false;
        if !self.connection.is_sole_handle() {
            return self.poll_recv(self.key, context);
        }
        self.hand_over_fed();
        // Nobody else can ask for the rest of a batch, and to take it from there without a lock costs half as much.
        let ahead = get_mut(&mut self.batches.get_or_insert_default().ahead);
        // Nearly always it is, and the call takes longer than the look.
        if !ahead.is_empty() {
            ahead.clear();
        }
        let polled = self
            .connection
            .poll_message(self.key, Some(&mut *ahead), context);
        let Poll::Ready(message) = polled else {
            shrink(ahead);
            return Poll::Pending;
        };
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
        let fed = get_mut(&mut self.batches.get_or_insert_default().fed);
        let is_open = self.connection.ready_state() == ReadyState::Open;
        if is_open && fed.messages.len() < FED_MESSAGES && fed.bytes < FED_BYTES {
            return Poll::Ready(Ok(()));
        }
        self.poll_sink_room(context)
    }

    fn poll_sink_room(&mut self, context: &Context<'_>) -> Poll<Result<(), Error>> {
        if let Some(batches) = &mut self.batches {
            self.connection.feed(get_mut(&mut batches.fed).take());
        }
        self.connection.poll_ready(self.key, context)
    }

    /// Fails as `send` does while the socket is connecting.
    #[inline]
    pub(crate) fn feed(&mut self, message: Message) -> Result<(), Error> {
        if self.connection.ready_state() == ReadyState::Connecting {
            return Err(InvalidStateError(()).into());
        }
        let fed = get_mut(&mut self.batches.get_or_insert_default().fed);
        fed.bytes += message.len();
        fed.messages.push(message);
        *self.has_fed.get_mut() = true;
        Ok(())
    }

    pub(crate) fn poll_sink_flush(&mut self, context: &Context<'_>) -> Poll<Result<(), Error>> {
        *self.has_fed.get_mut() = false;
        let fed = get_mut(&mut self.batches.get_or_insert_default().fed);
        self.connection.poll_flush(fed.take(), self.key, context)
    }

    /// Closes, and waits for the end of the closing.
    pub(crate) fn poll_sink_close(&mut self, context: &Context<'_>) -> Poll<Result<(), Error>> {
        self.close(CloseFrame::default());
        let event = ready!(self.connection.poll_closed(self.key, context));
        Poll::Ready(event.cause.map_or(Ok(()), Err))
    }
}
