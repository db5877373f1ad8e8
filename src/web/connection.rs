//! What the handles of one socket share, and what the browser tells it.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::address::Address;
use crate::cause::Cause;
use crate::close::{ABNORMAL, CloseFrame};
use crate::error::{Error, Kind, Stage};
use crate::event::{CloseEvent, ReadyState};
use crate::message::{BinaryType, Message};
use crate::options::Limits;

use super::delivery::Delivery;
use super::global;
use super::listeners::Listeners;
use super::sending::Watch;
use super::transport::Transport;
use super::waiters::Waiters;
use super::{MAX_UNREAD, READ_AHEAD};

pub(crate) struct Connection {
    /// Bytes that wait to be sent above which writers wait.
    pub(super) high_water_mark: usize,
    /// Bytes that may lie unread.
    pub(super) max_unread: usize,
    pub(super) transport: Box<dyn Transport>,
    pub(super) listeners: Listeners,
    pub(super) delivery: Delivery,
    pub(super) binary_type: Cell<BinaryType>,
    /// Tasks that wait for a message, or for the end.
    pub(super) readers: Waiters,
    /// Tasks that wait for room, or until everything has left.
    pub(super) writers: Waiters,
    /// Tasks that wait for the next state.
    pub(super) state_waiters: Waiters,
    pub(super) watch: Watch,
    address: OnceCell<Address>,
    protocol: OnceCell<String>,
    extensions: OnceCell<String>,
    was_open: Cell<bool>,
    ended: OnceCell<CloseEvent>,
    /// An error event came, with what it said.
    failed: Cell<Option<Option<String>>>,
    /// `close` was called on this side: what is received from then on is dropped.
    closed_by_us: Cell<bool>,
    /// The browser's `close` is running.
    is_in_close: Cell<bool>,
    /// Handles that keep the connection open; the last one closes it.
    handles: Cell<usize>,
    last_key: Cell<u64>,
}

impl Connection {
    pub(super) fn new(
        transport: Box<dyn Transport>,
        binary_type: BinaryType,
        limits: &Limits,
    ) -> Rc<Self> {
        let max_unread = limits
            .max_unread
            .unwrap_or(match transport.has_backpressure() {
                true => READ_AHEAD,
                false => MAX_UNREAD,
            });
        let connection = Rc::new(Connection {
            max_unread,
            high_water_mark: limits.high_water_mark,
            transport,
            listeners: Listeners::default(),
            delivery: Delivery::default(),
            binary_type: Cell::new(binary_type),
            readers: Waiters::default(),
            writers: Waiters::default(),
            state_waiters: Waiters::default(),
            watch: Watch::default(),
            address: OnceCell::new(),
            protocol: OnceCell::new(),
            extensions: OnceCell::new(),
            was_open: Cell::new(false),
            ended: OnceCell::new(),
            failed: Cell::default(),
            closed_by_us: Cell::new(false),
            is_in_close: Cell::new(false),
            handles: Cell::new(0),
            last_key: Cell::new(0),
        });
        connection.transport.attach(&connection);
        connection
    }

    /// The browser's own, which follows the wire. CLOSED and the close event are one task: "Change the ready state to
    /// CLOSED (3). … Fire an event named close". Node 26 is there before, when it is closed while connecting.
    pub(super) fn ready_state(&self) -> ReadyState {
        match self.ended() {
            Some(_) => ReadyState::Closed,
            None => self.transport.ready_state().min(ReadyState::Closing),
        }
    }

    /// Whether the open event has come, whatever has come since.
    pub(super) fn was_open(&self) -> bool {
        self.was_open.get()
    }

    /// It is asked for once, as the browser does not say anything else later.
    pub(super) fn address(&self) -> Option<&Address> {
        if self.address.get().is_none() {
            let href = self.transport.text("url").unwrap_or_default();
            let _ = self.address.set(Address::new(href));
        }
        self.address.get()
    }

    pub(super) fn protocol(&self) -> &str {
        self.agreed(&self.protocol, "protocol")
    }

    pub(super) fn extensions(&self) -> &str {
        self.agreed(&self.extensions, "extensions")
    }

    /// What was negotiated, once the socket is open. It is asked for once, as above.
    fn agreed<'a>(&self, known: &'a OnceCell<String>, name: &str) -> &'a str {
        if self.was_open() && known.get().is_none() {
            let _ = known.set(self.transport.text(name).unwrap_or_default());
        }
        known.get().map_or("", String::as_str)
    }

    /// How the connection ended, once it has.
    pub(super) fn ended(&self) -> Option<&CloseEvent> {
        self.ended.get()
    }

    pub(super) fn is_closed_by_us(&self) -> bool {
        self.closed_by_us.get()
    }

    /// A number that no other wait of this connection has.
    pub(super) fn key(&self) -> u64 {
        self.last_key.set(self.last_key.get() + 1);
        self.last_key.get()
    }

    pub(super) fn add_handle(&self) {
        self.handles.set(self.handles.get() + 1);
    }

    /// WHATWG "garbage collection": an object that goes away while open starts the closing handshake, "with no status code".
    pub(super) fn drop_handle(&self) {
        self.handles.set(self.handles.get() - 1);
        if self.handles.get() == 0 {
            self.close(&CloseFrame::default());
        }
    }

    /// WHATWG `close()`. The arguments were checked before.
    pub(super) fn close(&self, frame: &CloseFrame) {
        if self.ready_state() >= ReadyState::Closing {
            return;
        }
        self.closed_by_us.set(true);
        self.delivery.drop_messages();
        self.is_in_close.set(true);
        self.transport.close(frame);
        self.is_in_close.set(false);
        self.writers.wake();
    }

    /// The browser fires `open`.
    pub(super) fn opened(self: &Rc<Self>) {
        self.was_open.set(true);
        self.delivery.open_is_pending();
        self.state_waiters.wake();
        self.writers.wake();
        self.deliver();
    }

    /// The browser fires `message`.
    pub(super) fn received(self: &Rc<Self>, message: Message) {
        // The browser's WebSocket delivers nothing after our close.
        if self.is_closed_by_us() || self.ended().is_some() {
            return;
        }
        let is_full = !self.listeners.hear_messages() && self.is_inbox_full();
        if is_full && !self.transport.has_backpressure() {
            return self.fail(self.unread_is_full(false));
        }
        self.delivery.push(message);
        self.deliver();
    }

    pub(super) fn unread_is_full(&self, is_cut: bool) -> Error {
        Error::from(Cause::UnreadFull {
            limit: self.max_unread,
            is_cut,
        })
    }

    /// The browser fires `error`; `close` follows at once, and tells the rest.
    pub(super) fn failed(self: &Rc<Self>, said: Option<String>) {
        self.failed.set(Some(said));
        if !self.was_open() {
            // Not in Node 20, where nothing follows.
            global::after_milliseconds(0, self, Self::closed_before_open);
        }
    }

    fn closed_before_open(self: &Rc<Self>) {
        self.closed(false, ABNORMAL, String::new());
    }

    /// The browser fires `close`.
    pub(super) fn closed(self: &Rc<Self>, was_clean: bool, code: u16, reason: String) {
        if self.ended().is_some() {
            return;
        }
        if self.is_in_close.get() && !self.was_open() {
            // WHATWG has all events come in a task of their own. Node 26 fires them inside of `close` while it is connecting.
            return global::after_milliseconds(0, self, Self::closed_before_open);
        }
        // What never was open cannot have ended cleanly, nor with a code. Firefox 153 says so if it was closed on this side
        // while the opening was on its way to it.
        let was_open = self.was_open();
        let was_clean = was_clean && was_open;
        // RFC 6455 7.1.5: where "no Close control frame was received" it is 1006. Deno 2 says 0.
        let no_close = !was_open || (code == 0 && !was_clean);
        let (code, reason) = match no_close {
            true => (ABNORMAL, String::new()),
            false => (code, reason),
        };
        let failed = self.failed.take();
        let is_failure = failed.is_some() || !was_open;
        let cause = match was_clean {
            true => None,
            false => Some(self.cause(failed)),
        };
        let is_failure = is_failure && cause.is_some();
        self.end(
            CloseEvent {
                was_clean,
                code,
                reason: reason.into(),
                cause,
            },
            is_failure,
        );
        self.deliver();
    }

    pub(super) fn cause(&self, failed: Option<Option<String>>) -> Error {
        let is_open = self.was_open();
        let during = match (is_open, self.is_closed_by_us()) {
            (false, true) => return Error::new(Kind::Aborted),
            (false, false) => Stage::Opening,
            // Browsers fire an error event on an open connection when they have to fail it, not when it is lost.
            (true, _) if failed.is_some() => Stage::Protocol,
            (true, true) => Stage::Closing,
            (true, false) => Stage::Network,
        };
        Error::from(Cause::Browser {
            during,
            said: failed.flatten(),
        })
    }

    /// Fails the connection for a reason of our own, which the browser is not told. Listeners are called later.
    pub(super) fn fail(self: &Rc<Self>, cause: Error) {
        self.transport.detach();
        self.transport.close(&CloseFrame::default());
        self.end(CloseEvent::abnormal(cause), true);
        self.deliver_later();
    }

    /// The first end counts. Before a failure's close event there is an error event, with the same cause.
    pub(super) fn end(&self, event: CloseEvent, is_failure: bool) {
        if self.ended.set(event).is_ok() {
            self.delivery.end_is_pending(is_failure);
        }
        self.state_waiters.wake();
        self.readers.wake();
        self.writers.wake();
    }

    /// Whether the socket has left CONNECTING; an error if it was not for OPEN.
    pub(super) fn look_opened(&self) -> Poll<Result<(), Error>> {
        if self.was_open() {
            return Poll::Ready(Ok(()));
        }
        match self.ended() {
            Some(_) => Poll::Ready(Err(self.why_closed())),
            None => Poll::Pending,
        }
    }

    pub(super) fn look_closed(&self) -> Poll<CloseEvent> {
        match self.ended() {
            Some(event) => Poll::Ready(event.clone()),
            None => Poll::Pending,
        }
    }

    /// Why nothing more can be sent: the cause, or that the socket was closed in the regular way.
    pub(super) fn why_closed(&self) -> Error {
        self.ended()
            .and_then(|event| event.cause.clone())
            .unwrap_or_else(|| Error::new(Kind::Closed))
    }
}

/// Has the task woken by these waiters, if there is nothing yet.
pub(super) fn or_register<T>(
    look: Poll<T>,
    waiters: &Waiters,
    key: u64,
    context: &Context<'_>,
) -> Poll<T> {
    if look.is_pending() {
        waiters.register(key, context.waker());
    }
    look
}
