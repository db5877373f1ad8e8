//! What has happened and was not told yet: messages, and the events that happen once.

use std::cell::Cell;
use std::collections::VecDeque;
use std::mem;
use std::rc::Rc;

use crate::event::{ErrorEvent, ListenerId, MessageEvent, OpenEvent};
use crate::message::Message;

use super::connection::Connection;
use super::global;
use super::lent::Lent;
use super::listeners::{AnyHandler, Happened, Type};

/// What an unread message costs beside its bytes; a flood of empty ones is bounded by it.
const MESSAGE_OVERHEAD: usize = mem::size_of::<Message>() + 32;

type Tell = fn(&Rc<Connection>);

#[derive(Default)]
pub(super) struct Delivery {
    /// Messages that no listener and no reader has had.
    inbox: Lent<VecDeque<Message>>,
    inbox_cost: Cell<usize>,
    /// Events that happened and that no listener has heard of.
    open: Cell<bool>,
    error: Cell<bool>,
    close: Cell<bool>,
    /// Calls listeners, if there ever was one. A function, so that it is not linked where there is none.
    tell: Cell<Option<Tell>>,
    /// Listeners are being called.
    is_running: Cell<bool>,
    /// They will be, when this turn is over.
    is_scheduled: Cell<bool>,
}

impl Delivery {
    pub(super) fn open_is_pending(&self) {
        self.open.set(true);
    }

    pub(super) fn end_is_pending(&self, is_failure: bool) {
        self.error.set(is_failure);
        self.close.set(true);
    }

    pub(super) fn push(&self, message: Message) {
        let cost = MESSAGE_OVERHEAD + message.len();
        self.inbox_cost.set(self.inbox_cost.get() + cost);
        self.inbox.with(|inbox| inbox.push_back(message));
    }

    fn pop(&self) -> Option<Message> {
        let message = self.inbox.with(VecDeque::pop_front)?;
        let cost = MESSAGE_OVERHEAD + message.len();
        self.inbox_cost.set(self.inbox_cost.get() - cost);
        Some(message)
    }

    pub(super) fn has_unread(&self) -> bool {
        self.inbox.with(|inbox| !inbox.is_empty())
    }

    /// After our own close nobody is told of what was received.
    pub(super) fn drop_messages(&self) {
        self.inbox.take();
        self.inbox_cost.set(0);
    }
}

impl Connection {
    pub(super) fn is_inbox_full(&self) -> bool {
        self.delivery.inbox_cost.get() >= self.max_unread
    }

    /// Whether a transport that can wait should go on: one message may lie here, whatever the limit.
    pub(super) fn has_room(&self) -> bool {
        !self.is_inbox_full() || !self.delivery.has_unread()
    }

    fn take_message(&self) -> Option<Message> {
        let message = self.delivery.pop()?;
        self.transport.there_is_room();
        Some(message)
    }

    /// The next message for a reader. While there is a message listener, there is none.
    pub(super) fn next_for_reader(&self) -> Option<Message> {
        match self.listeners.hear_messages() {
            true => None,
            false => self.take_message(),
        }
    }

    /// Calls listeners as long as there is something to tell one, in the order open, messages, error, close; then readers
    /// have their turn.
    pub(super) fn deliver(self: &Rc<Self>) {
        if self.delivery.is_running.replace(true) {
            // Whoever is calling listeners goes on until nothing is left.
            return;
        }
        if let Some(tell) = self.delivery.tell.get() {
            tell(self);
        }
        self.delivery.is_running.set(false);
        if self.ended().is_some() {
            self.transport.detach();
            self.listeners.clear();
        }
        if self.delivery.has_unread() {
            self.readers.wake();
        }
        self.look_at_amount();
    }

    /// The same when this turn is over: nothing is told inside of a call that adds a listener.
    pub(super) fn deliver_later(self: &Rc<Self>) {
        if !self.delivery.is_scheduled.replace(true) {
            global::after_this_turn(self, |connection| {
                connection.delivery.is_scheduled.set(false);
                connection.deliver();
            });
        }
    }

    pub(super) fn set_on(self: &Rc<Self>, handler: AnyHandler) {
        self.listeners.set_on(handler);
        self.listener_came();
    }

    pub(super) fn add_listener(self: &Rc<Self>, handler: AnyHandler, once: bool) -> ListenerId {
        let id = self.listeners.add(handler, once);
        self.listener_came();
        id
    }

    fn listener_came(self: &Rc<Self>) {
        self.delivery.tell.set(Some(Self::call_listeners));
        self.listeners_changed();
    }

    /// A listener came or went: what waited for it, or for the readers, goes on.
    pub(super) fn listeners_changed(self: &Rc<Self>) {
        if self.delivery.is_running.get() {
            return;
        }
        // After the end this also lets go of a listener that can hear nothing any more.
        let is_due = self.is_due_open() || self.ended().is_some() || self.delivery.has_unread();
        if is_due {
            self.deliver_later();
        }
    }

    fn is_due_open(&self) -> bool {
        self.delivery.open.get() && self.listeners.hear(Type::Open)
    }

    fn call_listeners(self: &Rc<Self>) {
        while self.call_next_listeners() {}
    }

    /// Whether there was something to tell.
    fn call_next_listeners(self: &Rc<Self>) -> bool {
        let (delivery, listeners) = (&self.delivery, &self.listeners);
        if self.is_due_open() {
            delivery.open.set(false);
            listeners.call(self, &Happened::Open(&OpenEvent(())));
        } else if listeners.hear_messages()
            && let Some(address) = self.address()
            && let Some(message) = self.take_message()
        {
            let event = MessageEvent {
                message,
                binary_type: self.binary_type.get(),
                address: address.clone(),
            };
            listeners.call(self, &Happened::Message(&event));
        } else if let Some(end) = self.ended() {
            if delivery.error.get() && listeners.hear(Type::Error) {
                delivery.error.set(false);
                if let Some(cause) = end.cause.clone() {
                    listeners.call(self, &Happened::Error(&ErrorEvent { cause }));
                }
            } else if delivery.close.get() && listeners.hear(Type::Close) {
                delivery.close.set(false);
                listeners.call(self, &Happened::Close(end));
            } else {
                return false;
            }
        } else {
            return false;
        }
        true
    }
}
