//! What waits to be sent, and how it gets into the transport, stage by stage.

use std::io;
use std::task::{Context, Poll};

use crate::close::CloseFrame;
use crate::error::{Error, Stage};
use crate::message::Message;
use crate::protocol::{Closing, Deflation, Outgoing};

use super::connection::Connection;
use super::keys::ThreadKeys;
use super::spare;
use super::transport::WriteHalf;

/// The part of a connection that is behind the writer's lock.
pub(super) struct Writer {
    half: Option<WriteHalf>,
    pub(super) outgoing: Outgoing,
    pub(super) closing: Closing,
    /// Bytes were written since the transport was last flushed.
    unflushed: bool,
    /// Bytes that the transport took so far.
    pub(super) written: u64,
    /// Listeners are being called: what they send goes out together, when all have been.
    pub(super) collecting: bool,
    /// The driver has been told of what waits here.
    pub(super) driver_told: bool,
    /// The transport takes no more, for ever.
    pub(super) broken: Option<Error>,
    /// More was sent than may wait.
    pub(super) overflowed: bool,
}

/// How a message may go out.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Compressible,
    AsItIs,
}

/// What one stage of writing came to.
pub(super) enum Written {
    Everything,
    OneStage,
}

impl Writer {
    pub(super) fn new() -> Self {
        Writer {
            half: None,
            outgoing: Outgoing::new(),
            closing: Closing::default(),
            unflushed: false,
            written: 0,
            collecting: false,
            driver_told: false,
            broken: None,
            overflowed: false,
        }
    }

    pub(super) fn open(&mut self, half: WriteHalf, deflation: Option<Deflation>) {
        self.half = Some(half);
        if let Some(deflation) = deflation {
            self.outgoing.agree(deflation);
        }
    }

    pub(super) fn disconnect(&mut self) {
        if let Some(half) = self.half.take() {
            half.leave();
        }
        self.outgoing = Outgoing::new();
    }

    pub(super) fn close_from_us(&mut self, frame: CloseFrame) {
        if let Some(frame) = self.closing.close(frame) {
            self.send_close(&frame);
        }
    }

    pub(super) fn send_close(&mut self, frame: &CloseFrame) {
        self.outgoing.close(frame);
    }

    #[inline]
    pub(super) fn send_message(&mut self, message: Message, form: Form) {
        self.lend_stage();
        match form {
            Form::Compressible => {
                self.lend_deflater();
                self.outgoing.message(message, &mut ThreadKeys);
            }
            Form::AsItIs => self.outgoing.message_as_it_is(message, &mut ThreadKeys),
        }
    }

    pub(super) fn has_output(&self) -> bool {
        self.broken.is_none() && (self.unflushed || !self.outgoing.is_empty())
    }

    pub(super) fn lend_stage(&mut self) {
        if self.outgoing.needs_stage()
            && let Some(stage) = spare::take(&spare::STAGE)
        {
            self.outgoing.lend(stage);
        }
    }

    #[inline]
    fn lend_deflater(&mut self) {
        if let Some(settings) = self.outgoing.needs_deflater()
            && let Some(deflater) = spare::take(&spare::DEFLATER)
            && deflater.has(settings)
        {
            self.outgoing.lend_deflater(deflater);
        }
    }

    /// Writes one stage at most, so that the lock is never held for long.
    pub(super) fn poll_stage(&mut self, connection: &Connection) -> Poll<Written> {
        if !self.has_output() {
            return Poll::Ready(Written::Everything);
        }
        if connection.write_wake.is_blocked() {
            return Poll::Pending;
        }
        let wakes_before = connection.write_wake.wakes();
        match self.poll_stage_into(connection, &mut connection.write_context()) {
            Poll::Ready(Ok(written)) => Poll::Ready(written),
            // A broken pipe ends nothing by itself: what the peer sent before is still read, and then its end.
            Poll::Ready(Err(error)) => {
                self.broken = Some(Error::io(Stage::Network, error));
                Poll::Ready(Written::Everything)
            }
            Poll::Pending => {
                connection.write_wake.block(wakes_before);
                Poll::Pending
            }
        }
    }

    #[inline]
    fn poll_stage_into(
        &mut self,
        connection: &Connection,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Written>> {
        // What is left to do may be to flush the transport, which takes neither.
        if !self.outgoing.is_empty() {
            self.lend_stage();
            self.lend_deflater();
        }
        let Some(half) = &mut self.half else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let chunk = self.outgoing.chunk(&mut ThreadKeys);
        if !chunk.is_empty() {
            match half.poll_write(context, chunk) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => {
                    connection.amount.take(self.outgoing.wrote(count));
                    self.unflushed = true;
                    self.written += count as u64;
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        if !self.outgoing.is_empty() {
            return Poll::Ready(Ok(Written::OneStage));
        }
        if let Some(stage) = self.outgoing.release() {
            spare::keep(&spare::STAGE, stage);
        }
        if let Some(deflater) = self.outgoing.release_deflater() {
            spare::keep(&spare::DEFLATER, deflater);
        }
        // TLS keeps the last records until it is told that nothing follows.
        match half.poll_flush(context) {
            Poll::Ready(Ok(())) => {
                self.unflushed = false;
                Poll::Ready(Ok(Written::Everything))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Says to the peer what has to be said before the connection is let go of.
    pub(super) fn poll_close_notify(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.half {
            Some(half) if self.broken.is_none() => half.poll_close_notify(context),
            _ => Poll::Ready(Ok(())),
        }
    }

    /// Says to the peer that nothing more will come.
    pub(super) fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.half {
            Some(half) if self.broken.is_none() => half.poll_shutdown(context),
            _ => Poll::Ready(Ok(())),
        }
    }
}
