//! What the socket says of itself, and what went through it.

use std::cell::Cell;

use onesocket::{ReadyState, WebSocket};
use web_sys::Element;

use crate::amounts;

use super::dom;

pub(super) struct Facts {
    states: Vec<Element>,
    protocol: Element,
    extensions: Element,
    buffered: Element,
    sent: (Element, Cell<Traffic>),
    received: (Element, Cell<Traffic>),
}

#[derive(Clone, Copy, Default)]
struct Traffic {
    messages: u64,
    bytes: u64,
}

impl Facts {
    pub(super) fn new() -> Self {
        let states = dom::html("states").children();
        Facts {
            states: (0..states.length())
                .filter_map(|index| states.item(index))
                .collect(),
            protocol: dom::find("protocol"),
            extensions: dom::find("extensions"),
            buffered: dom::find("buffered"),
            sent: (dom::find("sent"), Cell::default()),
            received: (dom::find("received"), Cell::default()),
        }
    }

    /// Counts from zero, for another connection.
    pub(super) fn start_anew(&self) {
        self.sent.1.take();
        self.received.1.take();
    }

    pub(super) fn count_sent(&self, bytes: usize) {
        self.sent.1.set(self.sent.1.get().and(bytes));
    }

    pub(super) fn count_received(&self, bytes: usize) {
        self.received.1.set(self.received.1.get().and(bytes));
    }

    /// Answers whether something is still changing by itself.
    pub(super) fn draw(&self, socket: Option<&WebSocket>) -> bool {
        let state = socket.map(|socket| socket.ready_state().to_string());
        for element in &self.states {
            let is_current = element.text_content() == state;
            dom::attribute(element, "aria-current", is_current.then_some("step"));
            dom::attribute(
                element,
                "data-state",
                state.as_deref().filter(|_| is_current),
            );
        }
        let or_none = |text: &str| match text {
            "" => "–".to_owned(),
            text => text.to_owned(),
        };
        dom::write(
            &self.protocol,
            &or_none(socket.map_or("", WebSocket::protocol)),
        );
        dom::write(
            &self.extensions,
            &or_none(socket.map_or("", WebSocket::extensions)),
        );
        for (element, traffic) in [&self.sent, &self.received] {
            dom::write(element, &traffic.get().to_string());
        }
        let buffered = socket.map_or(0, WebSocket::buffered_amount);
        dom::write(&self.buffered, &amounts::count(buffered as u64));
        // After the end it stays as it is.
        buffered > 0 && socket.is_some_and(|socket| socket.ready_state() < ReadyState::Closed)
    }
}

impl Traffic {
    fn and(self, bytes: usize) -> Self {
        Traffic {
            messages: self.messages + 1,
            bytes: self.bytes + bytes as u64,
        }
    }
}

impl std::fmt::Display for Traffic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = amounts::bytes(self.bytes as f64);
        write!(f, "{} · {bytes}", amounts::count(self.messages))
    }
}
