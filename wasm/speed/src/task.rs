//! What the clients do, and the clock.

use wasm_bindgen::prelude::*;
use web_sys::Performance;

/// Every message that is sent has 64 bytes, text or not.
pub(crate) const TEXT: &str = "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy";
pub(crate) const BYTES: &[u8] = TEXT.as_bytes();
const _: () = assert!(TEXT.len() == 64);

#[derive(Clone, Copy)]
pub(crate) struct Task {
    pub(crate) kind: Kind,
    /// Messages that are timed.
    pub(crate) count: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Send one, receive one.
    Ping,
    /// Ask once, by a text, and receive all.
    Receive,
    /// Send all; the server answers when it has them.
    Send,
    /// The same with text.
    SendText,
    /// As [`Send`](Kind::Send), but only the time inside of the calls counts.
    Call,
}

impl Task {
    pub(crate) fn named(name: &str, count: u32) -> Option<Self> {
        let kind = match name {
            "ping" => Kind::Ping,
            "receive" => Kind::Receive,
            "send" => Kind::Send,
            "send text" => Kind::SendText,
            "call" => Kind::Call,
            _ => return None,
        };
        Some(Task { kind, count })
    }

    /// Messages that will come.
    pub(crate) fn incoming(self) -> u32 {
        match self.kind {
            Kind::Ping | Kind::Receive => self.count,
            Kind::Send | Kind::SendText | Kind::Call => 1,
        }
    }

    /// The time of this task, by when it was begun, when the first calls returned, and when the last message had come.
    pub(crate) fn time(self, begun: f64, called: f64, ended: f64) -> f64 {
        match self.kind {
            Kind::Call => called - begun,
            _ => ended - begun,
        }
    }
}

/// The page's time in milliseconds.
pub(crate) fn now() -> f64 {
    thread_local! {
        static PERFORMANCE: Performance = web_sys::window()
            .and_then(|window| window.performance())
            .expect_throw("a page has a clock");
    }
    PERFORMANCE.with(Performance::now)
}
