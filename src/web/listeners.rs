//! The event listeners of a connection: who is called, and in which order.

use std::cell::Cell;
use std::mem::swap;
use std::rc::Rc;

use crate::event::sealed::{self, PerEvent};
use crate::event::{CloseEvent, ErrorEvent, Event, ListenerId, MessageEvent, OpenEvent};

use super::connection::Connection;
use super::lent::Lent;

/// What is called for an event. It gets the connection, so that it need not keep a socket.
pub(crate) type Handler<E> = Box<dyn FnMut(&Rc<Connection>, &E)>;

/// What a listener's closure must be, beside a closure: in a browser nothing, as everything stays on one thread.
pub trait MaybeSend {}

impl<T> MaybeSend for T {}

/// Something that listeners are told.
pub(super) enum Happened<'a> {
    Open(&'a OpenEvent),
    Message(&'a MessageEvent),
    Error(&'a ErrorEvent),
    Close(&'a CloseEvent),
}

/// The listeners of all four events, in order of registration, which is also that of their ids.
#[derive(Default)]
pub(super) struct Listeners {
    entries: Lent<Vec<Listener>>,
    last_id: Cell<u64>,
    /// How many of them hear messages: while there are any, messages are pushed.
    for_messages: Cell<usize>,
}

struct Listener {
    id: ListenerId,
    type_: Type,
    once: bool,
    /// It was set as `on…`.
    on: bool,
    handler: Callable,
}

/// Out of its list while it is called; so the list can change meanwhile. Nothing is in there then.
type Callable = Rc<Cell<Option<AnyHandler>>>;

/// Which of the four events.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Open,
    Message,
    Error,
    Close,
}

/// A handler of one of the four events.
pub(super) enum AnyHandler {
    Open(Handler<OpenEvent>),
    Message(Handler<MessageEvent>),
    Error(Handler<ErrorEvent>),
    Close(Handler<CloseEvent>),
}

impl Listeners {
    /// `addEventListener`.
    pub(super) fn add(&self, handler: AnyHandler, once: bool) -> ListenerId {
        self.push(handler.type_(), callable(handler), once, false)
    }

    /// `on… = handler`: one that replaces another keeps its place, and is called in its new form even if it is its turn.
    pub(super) fn set_on(&self, handler: AnyHandler) {
        let type_ = handler.type_();
        let mut handler = callable(handler);
        let replaced = self.entries.with(|entries| {
            let entry = entries.iter_mut().find(|entry| entry.is_on(type_));
            entry.map(|entry| swap(&mut entry.handler, &mut handler))
        });
        // The replaced closure is dropped when the list is back in its place: that is foreign code.
        if replaced.is_none() {
            self.push(type_, handler, false, true);
        }
    }

    /// `on… = null`.
    pub(super) fn clear_on(&self, type_: Type) {
        let id = self.entries.with(|entries| {
            let entry = entries.iter().find(|entry| entry.is_on(type_));
            entry.map(|entry| entry.id)
        });
        if let Some(id) = id {
            self.remove(id);
        }
    }

    /// `removeEventListener`.
    pub(super) fn remove(&self, id: ListenerId) {
        let mut removed = None;
        self.entries.with(|entries| {
            entries.retain_mut(|entry| {
                let is_it = entry.id == id;
                if is_it {
                    self.note_removal(entry.type_);
                    removed = Some(entry.handler.clone());
                }
                !is_it
            });
        });
        drop(removed);
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

    pub(super) fn hear(&self, type_: Type) -> bool {
        self.entries
            .with(|entries| entries.iter().any(|entry| entry.type_ == type_))
    }

    /// Calls the listeners of an event in order. Of what they do to the list, removals count at once and additions from the
    /// next event on.
    pub(super) fn call(&self, connection: &Rc<Connection>, event: &Happened<'_>) {
        let (mut called, last) = (0, self.last_id.get());
        while let Some((id, handler)) = self.next(event.type_(), called, last) {
            if let Some(mut running) = handler.take() {
                running.call(connection, event);
                handler.set(Some(running));
            }
            called = id.0;
        }
    }

    fn next(&self, type_: Type, after: u64, last: u64) -> Option<(ListenerId, Callable)> {
        let (id, once, handler) = self.entries.with(|entries| {
            let entry = entries
                .iter()
                .find(|entry| entry.type_ == type_ && entry.id.0 > after && entry.id.0 <= last)?;
            Some((entry.id, entry.once, entry.handler.clone()))
        })?;
        if once {
            self.remove(id);
        }
        Some((id, handler))
    }

    fn push(&self, type_: Type, handler: Callable, once: bool, on: bool) -> ListenerId {
        let id = ListenerId(self.last_id.get() + 1);
        self.last_id.set(id.0);
        if type_ == Type::Message {
            self.for_messages.set(self.for_messages.get() + 1);
        }
        let listener = Listener {
            id,
            type_,
            once,
            on,
            handler,
        };
        self.entries.with(|entries| entries.push(listener));
        id
    }

    fn note_removal(&self, type_: Type) {
        if type_ == Type::Message {
            self.for_messages.set(self.for_messages.get() - 1);
        }
    }
}

fn callable(handler: AnyHandler) -> Callable {
    Rc::new(Cell::new(Some(handler)))
}

impl Listener {
    fn is_on(&self, type_: Type) -> bool {
        self.on && self.type_ == type_
    }
}

impl Type {
    pub(super) fn of<E: Event>() -> Self {
        match E::TYPE {
            "open" => Type::Open,
            "message" => Type::Message,
            "error" => Type::Error,
            _ => Type::Close,
        }
    }
}

impl Happened<'_> {
    fn type_(&self) -> Type {
        match self {
            Happened::Open(_) => Type::Open,
            Happened::Message(_) => Type::Message,
            Happened::Error(_) => Type::Error,
            Happened::Close(_) => Type::Close,
        }
    }
}

impl AnyHandler {
    pub(super) fn from<E: Event>(handler: Handler<E>) -> Self {
        let mut variants = Variants {
            open: AnyHandler::Open,
            message: AnyHandler::Message,
            error: AnyHandler::Error,
            close: AnyHandler::Close,
        };
        E::of(&mut variants)(handler)
    }

    fn type_(&self) -> Type {
        match self {
            AnyHandler::Open(_) => Type::Open,
            AnyHandler::Message(_) => Type::Message,
            AnyHandler::Error(_) => Type::Error,
            AnyHandler::Close(_) => Type::Close,
        }
    }

    fn call(&mut self, connection: &Rc<Connection>, event: &Happened<'_>) {
        match (self, event) {
            (AnyHandler::Open(handler), Happened::Open(event)) => handler(connection, event),
            (AnyHandler::Message(handler), Happened::Message(event)) => handler(connection, event),
            (AnyHandler::Error(handler), Happened::Error(event)) => handler(connection, event),
            (AnyHandler::Close(handler), Happened::Close(event)) => handler(connection, event),
            _ => {}
        }
    }
}

/// The variant of [`AnyHandler`] for each event.
struct Variants {
    open: fn(Handler<OpenEvent>) -> AnyHandler,
    message: fn(Handler<MessageEvent>) -> AnyHandler,
    error: fn(Handler<ErrorEvent>) -> AnyHandler,
    close: fn(Handler<CloseEvent>) -> AnyHandler,
}

impl PerEvent for Variants {
    type Of<E: sealed::Event> = fn(Handler<E>) -> AnyHandler;

    fn open(&mut self) -> &mut Self::Of<OpenEvent> {
        &mut self.open
    }

    fn message(&mut self) -> &mut Self::Of<MessageEvent> {
        &mut self.message
    }

    fn error(&mut self) -> &mut Self::Of<ErrorEvent> {
        &mut self.error
    }

    fn close(&mut self) -> &mut Self::Of<CloseEvent> {
        &mut self.close
    }
}
