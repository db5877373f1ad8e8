//! Calling the listeners: messages as they come, and in the end whatever has not been delivered yet.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use tokio::runtime::Handle;

use crate::event::{CloseEvent, ErrorEvent, Event, MessageEvent, OpenEvent};
use crate::message::Message;

use super::connection::Connection;
use super::listeners::Due;
use super::runtime;
use super::socket::Socket;

/// Whoever delivers the events: the driver, and later a task for each listener that comes late. There is one at a time.
pub(super) struct Delivery {
    /// For the listeners.
    socket: Socket,
    is_finished: bool,
}

impl Delivery {
    pub(super) fn new(connection: &Arc<Connection>) -> Self {
        Delivery {
            socket: Socket::uncounted(connection),
            is_finished: false,
        }
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        self.socket.connection()
    }

    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Delivers everything that is left, in the order open, messages, error, close, and lets the listeners go.
    pub(super) fn finish(&mut self) {
        self.connection().finish_delivery(&self.socket);
        self.is_finished = true;
    }
}

impl Drop for Delivery {
    /// Dropped before it has finished: its runtime has ended, and carries out nothing any more.
    fn drop(&mut self) {
        let connection = self.connection();
        let is_finished = self.is_finished || connection.next_or_finish().is_none();
        if !is_finished && let Ok(runtime) = runtime::background() {
            connection.clone().deliver_late(&runtime);
        }
    }
}

impl Connection {
    /// Calls the message listeners for a batch, in the browser's way: one event after the other.
    pub(super) fn deliver_messages(&self, batch: &mut VecDeque<Message>, socket: &Socket) {
        // Whoever added a message listener may have added one for the opening just before it.
        self.deliver::<OpenEvent>(socket);
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
                break;
            }
            self.hold_amount();
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
                    address: self.address.clone(),
                }),
            };
            if !self.listeners.call(&listeners, socket, event) {
                // They were removed by another thread since they were looked up: the message is for whoever is there now.
                batch.push_front(event.message.clone());
            }
        }
        self.return_batch(batch);
        self.amount.release();
        self.turn.store(false, SeqCst);
        let _ = self.poll_write_all();
    }

    pub(super) fn deliver<E: Event>(&self, socket: &Socket) {
        if self.listeners.is_due::<E>() {
            self.hold_amount();
            self.listeners.deliver::<E>(socket);
            self.amount.release();
        }
    }

    fn finish_delivery(&self, socket: &Socket) {
        let mut batch = VecDeque::new();
        while let Some(due) = self.next_or_finish() {
            match due {
                Due::Open => self.deliver::<OpenEvent>(socket),
                Due::Messages => {
                    self.take_unread(&mut batch);
                    self.deliver_messages(&mut batch, socket);
                }
                Due::Error => self.deliver::<ErrorEvent>(socket),
                Due::Close => self.deliver::<CloseEvent>(socket),
            }
        }
    }

    fn next_or_finish(&self) -> Option<Due> {
        self.listeners.next_or_finish(|| self.has_unread())
    }

    /// For a listener that came when the driver had gone.
    pub(super) fn deliver_late(self: Arc<Self>, runtime: &Handle) {
        let mut delivery = Delivery::new(&self);
        runtime.spawn(async move { delivery.finish() });
    }
}
