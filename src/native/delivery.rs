//! Calling the listeners: messages as they come, and in the end whatever has not been delivered yet.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use tokio::runtime::Handle;

use crate::event::{CloseEvent, ErrorEvent, Event, MessageEvent, OpenEvent};
use crate::message::Message;

use super::connection::Connection;
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
        if self.is_finished || connection.listeners.try_finish(|| connection.has_unread()) {
            return;
        }
        if let Ok(runtime) = runtime::background() {
            connection.clone().deliver_late(&runtime);
        }
    }
}

impl Connection {
    /// Calls the message listeners for a batch, in the browser's way: one event after the other.
    pub(super) fn deliver_messages(&self, batch: &mut VecDeque<Message>, socket: &Socket) {
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
        loop {
            self.deliver::<OpenEvent>(socket);
            if self.listeners.is_listening() {
                self.take_unread(&mut batch);
                self.deliver_messages(&mut batch, socket);
            }
            self.deliver::<ErrorEvent>(socket);
            self.deliver::<CloseEvent>(socket);
            if self.listeners.try_finish(|| self.has_unread()) {
                return;
            }
        }
    }

    /// For a listener that came when the driver had gone.
    pub(super) fn deliver_late(self: Arc<Self>, runtime: &Handle) {
        let mut delivery = Delivery::new(&self);
        runtime.spawn(async move { delivery.finish() });
    }
}
