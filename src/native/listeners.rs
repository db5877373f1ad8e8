//! The event listeners of a connection: who is called, in which order, and what happened before anybody listened.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use crate::event::sealed::PerEvent;
use crate::event::{CloseEvent, ErrorEvent, Event, ListenerId, MessageEvent, OpenEvent};

use super::lock::lock;
use super::socket::Socket;
use super::trace;

/// What is called for an event. It gets the socket, so that it need not keep one.
pub(crate) type Handler<E> = Box<dyn FnMut(&Socket, &E) + Send>;

/// What a listener's closure must be, beside a closure: natively it is called on another thread.
pub trait MaybeSend: Send {}

impl<T: Send> MaybeSend for T {}

#[derive(Default)]
pub(super) struct Listeners {
    lists: Mutex<Lists>,
    /// Changes with the list of message listeners: a batch of messages looks it up again only then.
    version: AtomicU64,
    /// There is a message listener, so messages are pushed.
    listening: AtomicBool,
}

#[derive(Default)]
struct Lists {
    open: List<OpenEvent>,
    message: List<MessageEvent>,
    error: List<ErrorEvent>,
    close: List<CloseEvent>,
    next_id: u64,
    /// Everything was delivered, and nobody is there to deliver more.
    over: bool,
}

/// What is to be delivered, in the order in which a browser fires it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Open,
    Messages,
    Error,
    Close,
}

/// The listeners of one event, in order of registration. Whoever calls them has the list as it was then.
type Entries<E> = Arc<[Arc<Listener<E>>]>;

struct List<E> {
    entries: Entries<E>,
    /// It happened before anybody listened. Boxed, as most connections live without.
    pending: Option<Box<E>>,
}

pub(super) struct Listener<E> {
    id: ListenerId,
    once: bool,
    /// It was set as `on…`.
    is_on: bool,
    /// Removed listeners are not called, not even when they were removed by one that was called before them.
    live: AtomicBool,
    handler: Mutex<Handler<E>>,
    /// The `on…` that took its place.
    replaced_by: OnceLock<Arc<Listener<E>>>,
}

impl Listeners {
    /// `addEventListener`. The driver must be woken then; or, if that is answered, an event be delivered without it.
    pub(super) fn add<E: Event>(
        &self,
        handler: Handler<E>,
        once: bool,
        unread: impl Fn() -> bool,
    ) -> (ListenerId, bool) {
        let mut lists = lock(&self.lists);
        let id = lists.new_id();
        E::of(&mut *lists).push(Listener {
            once,
            ..Listener::new(id, handler)
        });
        (id, self.added::<E>(lists, unread))
    }

    /// `on… = handler`: one that is replaced keeps its place. As for [`Self::add`].
    pub(super) fn set_on<E: Event>(&self, handler: Handler<E>, unread: impl Fn() -> bool) -> bool {
        let mut lists = lock(&self.lists);
        let id = lists.new_id();
        let replaced = E::of(&mut *lists).set_on(Listener {
            is_on: true,
            ..Listener::new(id, handler)
        });
        let late = self.added::<E>(lists, unread);
        drop(replaced);
        late
    }

    /// `on… = null`. The driver must be woken then.
    pub(super) fn clear_on<E: Event>(&self) {
        let mut lists = lock(&self.lists);
        let list = E::of(&mut *lists);
        let removed = list.remove(|entry| entry.is_on);
        self.note_messages(&lists);
        drop(lists);
        drop(removed);
    }

    /// `removeEventListener`. The driver must be woken then.
    pub(super) fn remove(&self, id: ListenerId) {
        let mut lists = lock(&self.lists);
        let removed = (
            lists.open.remove(|entry| entry.id == id),
            lists.message.remove(|entry| entry.id == id),
            lists.error.remove(|entry| entry.id == id),
            lists.close.remove(|entry| entry.id == id),
        );
        self.note_messages(&lists);
        drop(lists);
        drop(removed);
    }

    /// Something happened. It waits until [`Self::deliver`] finds a listener for it.
    pub(super) fn happened<E: Event>(&self, event: E) {
        E::of(&mut *lock(&self.lists)).pending = Some(Box::new(event));
    }

    /// Whether an event that happened can be delivered.
    pub(super) fn is_due<E: Event>(&self) -> bool {
        E::of(&mut *lock(&self.lists)).is_due()
    }

    /// Calls the listeners of an event that happened, if there are any.
    pub(super) fn deliver<E: Event>(&self, socket: &Socket) {
        let mut lists = lock(&self.lists);
        let list = E::of(&mut *lists);
        if !list.is_due() {
            return;
        }
        let (event, listeners) = (list.pending.take(), list.entries.clone());
        drop(lists);
        if let Some(event) = event {
            self.call(&listeners, socket, &event);
        }
    }

    /// Calls listeners in order. Of what they do to the list, removals and replacements count at once, and additions from
    /// the next event on. Answers whether there was one to call.
    pub(super) fn call<E: Event>(
        &self,
        listeners: &[Arc<Listener<E>>],
        socket: &Socket,
        event: &E,
    ) -> bool {
        let mut called = false;
        for listener in listeners {
            let mut listener = listener.latest();
            let mut is_live = listener.live.load(SeqCst);
            // Another thread may replace it at any time: one of the two is called.
            while !is_live && listener.replaced_by.get().is_some() {
                listener = listener.latest();
                is_live = listener.live.load(SeqCst);
            }
            if is_live {
                if listener.once {
                    self.remove(listener.id);
                }
                listener.call(socket, event);
                called = true;
            }
        }
        called
    }

    /// Whether messages are pushed.
    #[inline]
    pub(super) fn is_listening(&self) -> bool {
        self.listening.load(SeqCst)
    }

    /// Also true when they have been let go of.
    pub(super) fn were_ever_there(&self) -> bool {
        self.version() > 0
    }

    /// Grows with every change.
    pub(super) fn version(&self) -> u64 {
        self.version.load(SeqCst)
    }

    pub(super) fn for_messages(&self) -> Entries<MessageEvent> {
        lock(&self.lists).message.entries.clone()
    }

    /// What is to be delivered next. If it is nothing, whoever delivers goes: listeners are let go of, and with them the
    /// cycles that they make when they hold a socket.
    ///
    /// Found under one lock: listeners that are added in the order of the events, by whatever thread, are called in it.
    pub(super) fn next_or_finish(&self, unread: impl Fn() -> bool) -> Option<Due> {
        let mut lists = lock(&self.lists);
        let due = lists.due(unread);
        if due.is_some() {
            return due;
        }
        lists.over = true;
        let gone = (
            lists.open.clear(),
            lists.message.clear(),
            lists.error.clear(),
            lists.close.clear(),
        );
        self.note_messages(&lists);
        drop(lists);
        drop(gone);
        None
    }

    fn added<E: Event>(&self, mut lists: MutexGuard<'_, Lists>, unread: impl Fn() -> bool) -> bool {
        let late = lists.over && lists.due(unread).is_some();
        let is_useless = lists.over && !late;
        // One task delivers at a time: what is added from now on is found by that one.
        lists.over &= !late;
        // Nothing will happen any more: it is not kept, as it may hold the socket.
        let useless = is_useless.then(|| E::of(&mut *lists).clear());
        self.note_messages(&lists);
        drop(lists);
        drop(useless);
        late
    }

    fn note_messages(&self, lists: &Lists) {
        self.version.fetch_add(1, SeqCst);
        self.listening
            .store(!lists.message.entries.is_empty(), SeqCst);
    }
}

impl Lists {
    fn new_id(&mut self) -> ListenerId {
        self.next_id += 1;
        ListenerId(self.next_id)
    }

    /// The first event that waits for listeners that are there.
    fn due(&self, unread: impl Fn() -> bool) -> Option<Due> {
        if self.open.is_due() {
            Some(Due::Open)
        } else if !self.message.entries.is_empty() && unread() {
            Some(Due::Messages)
        } else if self.error.is_due() {
            Some(Due::Error)
        } else if self.close.is_due() {
            Some(Due::Close)
        } else {
            None
        }
    }
}

impl<E> List<E> {
    fn is_due(&self) -> bool {
        self.pending.is_some() && !self.entries.is_empty()
    }

    fn push(&mut self, listener: Listener<E>) {
        let entries = self.entries.iter().cloned();
        self.entries = entries.chain([Arc::new(listener)]).collect();
    }

    #[must_use = "dropping a closure is foreign code, not for under the lock"]
    fn set_on(&mut self, listener: Listener<E>) -> Option<Arc<Listener<E>>> {
        let Some(place) = self.entries.iter().position(|entry| entry.is_on) else {
            self.push(listener);
            return None;
        };
        let listener = Arc::new(listener);
        let entry = &mut Arc::make_mut(&mut self.entries)[place];
        let replaced = std::mem::replace(entry, listener.clone());
        // In this order: who finds it dead finds the other one.
        let _ = replaced.replaced_by.set(listener);
        replaced.live.store(false, SeqCst);
        Some(replaced)
    }

    #[must_use = "dropping a closure is foreign code, not for under the lock"]
    fn remove(&mut self, is_it: impl Fn(&Listener<E>) -> bool) -> Option<Arc<Listener<E>>> {
        let removed = self.entries.iter().find(|entry| is_it(entry))?.clone();
        removed.live.store(false, SeqCst);
        let others = self.entries.iter().filter(|entry| entry.id != removed.id);
        self.entries = others.cloned().collect();
        Some(removed)
    }

    #[must_use = "dropping closures is foreign code, not for under the lock"]
    fn clear(&mut self) -> Entries<E> {
        std::mem::take(&mut self.entries)
    }
}

impl<E> Default for List<E> {
    fn default() -> Self {
        List {
            entries: Arc::default(),
            pending: None,
        }
    }
}

impl<E: Event> Listener<E> {
    fn new(id: ListenerId, handler: Handler<E>) -> Self {
        Listener {
            id,
            once: false,
            is_on: false,
            live: AtomicBool::new(true),
            handler: Mutex::new(handler),
            replaced_by: OnceLock::new(),
        }
    }

    /// HTML "the event handler processing algorithm" looks up "the current value of the event handler" when it is called.
    fn latest(&self) -> &Self {
        let mut latest = self;
        while let Some(next) = latest.replaced_by.get() {
            latest = next;
        }
        latest
    }

    /// A panic is reported by the panic hook; the other listeners run all the same, as in a browser.
    fn call(&self, socket: &Socket, event: &E) {
        let mut handler = lock(&self.handler);
        if catch_unwind(AssertUnwindSafe(|| handler(socket, event))).is_err() {
            trace::panicked(E::TYPE);
        }
    }
}

impl PerEvent for Lists {
    type Of<E: crate::event::sealed::Event> = List<E>;

    fn open(&mut self) -> &mut List<OpenEvent> {
        &mut self.open
    }

    fn message(&mut self) -> &mut List<MessageEvent> {
        &mut self.message
    }

    fn error(&mut self) -> &mut List<ErrorEvent> {
        &mut self.error
    }

    fn close(&mut self) -> &mut List<CloseEvent> {
        &mut self.close
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::close::CloseFrame;

    fn set<E: Event>(listeners: &Listeners) {
        listeners.set_on::<E>(Box::new(|_, _| {}), || false);
    }

    #[test]
    fn what_is_due_first_comes_first_and_what_nobody_listens_for_waits() {
        let listeners = Listeners::default();
        listeners.happened(CloseEvent::clean(CloseFrame::default()));
        listeners.happened(OpenEvent(()));
        set::<CloseEvent>(&listeners);
        assert_eq!(listeners.next_or_finish(|| true), Some(Due::Close));
        set::<MessageEvent>(&listeners);
        assert_eq!(listeners.next_or_finish(|| true), Some(Due::Messages));
        assert_eq!(listeners.next_or_finish(|| false), Some(Due::Close));
        set::<OpenEvent>(&listeners);
        assert_eq!(listeners.next_or_finish(|| true), Some(Due::Open));
    }
}
