//! What all parts of the page share.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use onesocket::{Error, ReadyState, WebSocket};
use web_sys::HtmlButtonElement;

use crate::log::{Entry, Kind};

use super::dom;
use super::facts::Facts;
use super::journal::Journal;
use super::speed::Speed;

pub(super) struct App {
    socket: RefCell<Option<WebSocket>>,
    pub(super) facts: Facts,
    pub(super) journal: Journal,
    pub(super) speed: Speed,
    buttons: Buttons,
    frame_is_asked_for: Cell<bool>,
}

/// Those that depend on the state of the socket.
struct Buttons {
    connect: HtmlButtonElement,
    send: HtmlButtonElement,
    measure: HtmlButtonElement,
    close: HtmlButtonElement,
}

impl App {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(App {
            socket: RefCell::default(),
            facts: Facts::new(),
            journal: Journal::new(),
            speed: Speed::new(),
            buttons: Buttons {
                connect: dom::find("connect"),
                send: dom::find("send"),
                measure: dom::find("measure"),
                close: dom::find("close"),
            },
            frame_is_asked_for: Cell::new(false),
        })
    }

    /// The socket of the last connection, in whatever state.
    pub(super) fn socket(&self) -> Option<WebSocket> {
        self.socket.borrow().clone()
    }

    /// Takes another socket; the one before is closed, if it was not.
    pub(super) fn set_socket(&self, socket: WebSocket) {
        let before = self.socket.borrow_mut().replace(socket);
        drop(before);
    }

    pub(super) fn state(&self) -> Option<ReadyState> {
        self.socket.borrow().as_ref().map(WebSocket::ready_state)
    }

    /// Notes what happened; it is shown with the next frame, however much there is until then.
    pub(super) fn note(self: &Rc<Self>, entry: Entry) {
        self.journal.push(entry);
        self.draw_soon();
    }

    pub(super) fn note_event(
        self: &Rc<Self>,
        kind: Kind,
        name: &'static str,
        body: impl Into<String>,
    ) {
        self.note(Entry::event(js_sys::Date::now(), kind, name, body));
    }

    /// Draws everything that changed, once, with the next frame.
    pub(super) fn draw_soon(self: &Rc<Self>) {
        if !self.frame_is_asked_for.replace(true) {
            let app = self.clone();
            dom::at_next_frame(move || {
                app.frame_is_asked_for.set(false);
                app.draw();
            });
        }
    }

    fn draw(self: &Rc<Self>) {
        let socket = self.socket();
        let state = self.state();
        self.buttons.draw(state);
        self.journal.draw();
        self.speed.draw();
        let is_moving = self.facts.draw(socket.as_ref());
        if is_moving || state == Some(ReadyState::Closing) {
            self.draw_soon();
        }
    }
}

impl Buttons {
    fn draw(&self, state: Option<ReadyState>) {
        let connect = match state {
            Some(ReadyState::Connecting) => "Cancel",
            Some(ReadyState::Open) => "Disconnect",
            _ => "Connect",
        };
        dom::write(&self.connect, connect);
        let is_open = state == Some(ReadyState::Open);
        self.send.set_disabled(!is_open);
        self.measure.set_disabled(!is_open);
        self.close
            .set_disabled(state.is_none_or(|state| state == ReadyState::Closed));
    }
}

/// An error as the web would show it, with the name of its exception.
pub(super) fn described(error: impl Into<Error>) -> String {
    let error = error.into();
    match error.exception() {
        Some(name) => format!("{name}: {error}"),
        None => error.to_string(),
    }
}
