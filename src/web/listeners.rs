//! The event listeners of a connection: who is called, and in which order.

use std::cell::{Cell, RefCell};
use std::mem::swap;

use crate::event::sealed::{self, PerEvent};
use crate::event::{CloseEvent, ErrorEvent, Event, ListenerId, MessageEvent, OpenEvent};

use super::socket::Socket;

/// What is called for an event. It gets the socket, so that it need not keep one.
pub(crate) type Handler<E> = Box<dyn FnMut(&Socket, &E)>;

/// What a listener's closure must be, beside a closure: in a browser nothing, as everything stays on one thread.
pub trait MaybeSend {}

impl<T> MaybeSend for T {}

/// Something that listeners are told.
pub(super) enum Happened {
    Open(OpenEvent),
    Message(MessageEvent),
    Error(ErrorEvent),
    Close(CloseEvent),
}

/// The listeners of all four events, in order of registration, which is also that of their ids.
#[derive(Default)]
pub(super) struct Listeners {
    entries: RefCell<Vec<Listener>>,
    last_id: Cell<u64>,
    /// How many of them hear messages: while there are any, messages are pushed.
    for_messages: Cell<usize>,
}

struct Listener {
    id: ListenerId,
    /// The web's name of its event.
    type_: &'static str,
    once: bool,
    /// It was set as `on…`.
    on: bool,
    /// Nothing while it is being called.
    handler: Option<AnyHandler>,
}

/// A handler of one of the four events: one field is there.
#[derive(Default)]
struct AnyHandler {
    open: Option<Handler<OpenEvent>>,
    message: Option<Handler<MessageEvent>>,
    error: Option<Handler<ErrorEvent>>,
    close: Option<Handler<CloseEvent>>,
}

impl Listeners {
    /// `addEventListener`.
    pub(super) fn add<E: Event>(&self, handler: Handler<E>, once: bool) -> ListenerId {
        self.push(E::TYPE, AnyHandler::from(handler), once, false)
    }

    /// `on… = handler`: one that replaces another keeps its place, and is called in its new form even if it is its turn.
    pub(super) fn set_on<E: Event>(&self, handler: Handler<E>) {
        let mut handler = Some(AnyHandler::from(handler));
        {
            let mut entries = self.entries.borrow_mut();
            if let Some(entry) = entries.iter_mut().find(|entry| entry.is_on(E::TYPE)) {
                swap(&mut entry.handler, &mut handler);
                // The replaced closure is dropped when the list is free again: that is foreign code.
                drop(entries);
                return drop(handler);
            }
        }
        if let Some(handler) = handler {
            self.push(E::TYPE, handler, false, true);
        }
    }

    /// `on… = null`.
    pub(super) fn clear_on<E: Event>(&self) {
        self.remove_where(|entry| entry.is_on(E::TYPE));
    }

    /// `removeEventListener`.
    pub(super) fn remove(&self, id: ListenerId) {
        self.remove_where(|entry| entry.id == id);
    }

    /// Nothing will happen any more: lets go of all listeners, and with them of the cycles that they make.
    pub(super) fn clear(&self) {
        self.for_messages.set(0);
        let gone = self.entries.take();
        drop(gone);
    }

    /// Whether messages are pushed.
    pub(super) fn hear_messages(&self) -> bool {
        self.for_messages.get() > 0
    }

    pub(super) fn hear<E: Event>(&self) -> bool {
        let entries = self.entries.borrow();
        entries.iter().any(|entry| entry.type_ == E::TYPE)
    }

    /// Calls the listeners of an event in order. Of what they do to the list, removals count at once and additions from the
    /// next event on.
    pub(super) fn call(&self, socket: &Socket, event: &Happened) {
        let (mut called, last) = (0, self.last_id.get());
        while let Some((id, mut handler)) = self.take_next(event.type_(), called, last) {
            handler.call(socket, event);
            self.put_back(id, handler);
            called = id.0;
        }
    }

    /// Takes the next handler out, so that it can be called while the list is free.
    fn take_next(
        &self,
        type_: &'static str,
        after: u64,
        last: u64,
    ) -> Option<(ListenerId, AnyHandler)> {
        let mut entries = self.entries.borrow_mut();
        let entry = entries
            .iter_mut()
            .find(|entry| entry.type_ == type_ && entry.id.0 > after && entry.id.0 <= last)?;
        let (id, handler) = (entry.id, entry.handler.take());
        if entry.once {
            self.note_removal(entry);
            entries.retain(|entry| entry.id != id);
        }
        Some((id, handler.unwrap_or_default()))
    }

    /// Puts a handler back, unless it was removed or replaced while it was called.
    fn put_back(&self, id: ListenerId, handler: AnyHandler) {
        let mut entries = self.entries.borrow_mut();
        let entry = entries.iter_mut().find(|entry| entry.id == id);
        match entry.filter(|entry| entry.handler.is_none()) {
            Some(entry) => entry.handler = Some(handler),
            None => {
                drop(entries);
                drop(handler);
            }
        }
    }

    fn push(&self, type_: &'static str, handler: AnyHandler, once: bool, on: bool) -> ListenerId {
        let id = ListenerId(self.last_id.get() + 1);
        self.last_id.set(id.0);
        if handler.message.is_some() {
            self.for_messages.set(self.for_messages.get() + 1);
        }
        self.entries.borrow_mut().push(Listener {
            id,
            type_,
            once,
            on,
            handler: Some(handler),
        });
        id
    }

    fn remove_where(&self, is_it: impl Fn(&Listener) -> bool) {
        let mut handlers = Vec::new();
        self.entries.borrow_mut().retain_mut(|entry| {
            let is_removed = is_it(entry);
            if is_removed {
                self.note_removal(entry);
                handlers.push(entry.handler.take());
            }
            !is_removed
        });
        drop(handlers);
    }

    fn note_removal(&self, entry: &Listener) {
        if entry.type_ == MessageEvent::TYPE {
            self.for_messages.set(self.for_messages.get() - 1);
        }
    }
}

impl Listener {
    fn is_on(&self, type_: &'static str) -> bool {
        self.on && self.type_ == type_
    }
}

impl AnyHandler {
    fn from<E: Event>(handler: Handler<E>) -> Self {
        let mut any = AnyHandler::default();
        *E::of(&mut any) = Some(handler);
        any
    }

    fn call(&mut self, socket: &Socket, event: &Happened) {
        match event {
            Happened::Open(event) => call(&mut self.open, socket, event),
            Happened::Message(event) => call(&mut self.message, socket, event),
            Happened::Error(event) => call(&mut self.error, socket, event),
            Happened::Close(event) => call(&mut self.close, socket, event),
        }
    }
}

fn call<E>(handler: &mut Option<Handler<E>>, socket: &Socket, event: &E) {
    if let Some(handler) = handler {
        handler(socket, event);
    }
}

impl Happened {
    fn type_(&self) -> &'static str {
        match self {
            Happened::Open(_) => OpenEvent::TYPE,
            Happened::Message(_) => MessageEvent::TYPE,
            Happened::Error(_) => ErrorEvent::TYPE,
            Happened::Close(_) => CloseEvent::TYPE,
        }
    }
}

impl PerEvent for AnyHandler {
    type Of<E: sealed::Event> = Option<Handler<E>>;

    fn open(&mut self) -> &mut Option<Handler<OpenEvent>> {
        &mut self.open
    }

    fn message(&mut self) -> &mut Option<Handler<MessageEvent>> {
        &mut self.message
    }

    fn error(&mut self) -> &mut Option<Handler<ErrorEvent>> {
        &mut self.error
    }

    fn close(&mut self) -> &mut Option<Handler<CloseEvent>> {
        &mut self.close
    }
}
