//! What carries a connection: the browser's `WebSocket` object, and its callbacks into the connection.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, WebSocket};

use crate::close::CloseFrame;
use crate::event::ReadyState;
use crate::message::{Data, Message};

use super::connection::Connection;
use super::global::{self, Callback, what_it_says};

/// What the browser does for a connection: by its `WebSocket`, which is [`Plain`], or by its `WebSocketStream`.
pub(super) trait Transport {
    /// Lets the browser tell the connection what happens; nothing has happened yet.
    fn attach(&self, connection: &Rc<Connection>);
    /// The browser tells nothing more.
    fn detach(&self);
    fn ready_state(&self) -> ReadyState;
    /// What the browser says by this name: `url`, and once the socket is open `protocol` and `extensions`.
    fn text(&self, name: &str) -> Option<String>;
    fn buffered_amount(&self) -> usize;
    /// The error is what the browser says of something that it should not throw.
    fn send(&self, connection: &Rc<Connection>, data: &Data) -> Result<(), Option<String>>;
    fn close(&self, frame: &CloseFrame);
    /// A message has left the inbox.
    fn there_is_room(&self);
    /// Whether it waits for the reader, and tells when `bufferedAmount` has shrunk.
    fn has_backpressure(&self) -> bool;
}

/// Starts to connect, or throws what the standard says. It may also be a security policy, or that the place has no WebSocket.
pub(super) type Open = fn(url: &str, protocols: &JsValue) -> Result<Box<dyn Transport>, JsValue>;

#[wasm_bindgen]
extern "C" {
    /// A WebSocket, which web-sys has no one constructor for.
    #[wasm_bindgen(js_name = WebSocket)]
    type Constructed;

    #[wasm_bindgen(constructor, js_class = "WebSocket", catch)]
    fn new(url: &str, protocols: &JsValue) -> Result<Constructed, JsValue>;

    /// A typed array whose bytes come over in one call; js-sys needs two, and a check that nothing can fail.
    #[wasm_bindgen(js_name = Uint8Array)]
    type View;

    #[wasm_bindgen(constructor, js_class = "Uint8Array")]
    fn new(buffer: &JsValue) -> View;
    #[wasm_bindgen(method, js_name = valueOf)]
    fn bytes(this: &View) -> Vec<u8>;
}

pub(super) struct Plain {
    socket: WebSocket,
    /// They hold the connection, which so lives until it is closed, handles or not.
    callbacks: Cell<Option<[Callback; 4]>>,
}

impl Plain {
    pub(super) fn open(url: &str, protocols: &JsValue) -> Result<Box<dyn Transport>, JsValue> {
        let socket: WebSocket = Constructed::new(url, protocols)?.unchecked_into();
        // Never anything else: the other one arrives later than text, and has to be read asynchronously.
        global::set(&socket, "binaryType", &"arraybuffer".into());
        Ok(Box::new(Plain {
            socket,
            callbacks: Cell::default(),
        }))
    }

    fn send_bytes(&self, bytes: &[u8]) -> Result<(), JsValue> {
        // WebIDL: `send` takes a view of memory that is not shared. With threads, all of ours is.
        if cfg!(target_feature = "atomics") {
            self.socket.send_with_js_u8_array(&Uint8Array::from(bytes))
        } else {
            self.socket.send_with_u8_array(bytes)
        }
    }
}

impl Transport for Plain {
    fn attach(&self, connection: &Rc<Connection>) {
        let callbacks = EVENTS.map(|(name, tell)| {
            let connection = connection.clone();
            let callback = Callback::new(move |event| tell(&connection, event));
            global::set(&self.socket, name, callback.as_ref());
            callback
        });
        self.callbacks.set(Some(callbacks));
    }

    fn detach(&self) {
        for (name, _) in EVENTS {
            global::set(&self.socket, name, &JsValue::NULL);
        }
        // One of the closures may be running: wasm-bindgen frees it when it returns.
        let callbacks = self.callbacks.take();
        drop(callbacks);
    }

    fn ready_state(&self) -> ReadyState {
        match self.socket.ready_state() {
            WebSocket::CONNECTING => ReadyState::Connecting,
            WebSocket::OPEN => ReadyState::Open,
            WebSocket::CLOSING => ReadyState::Closing,
            _ => ReadyState::Closed,
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        global::text(&self.socket, name)
    }

    fn buffered_amount(&self) -> usize {
        self.socket.buffered_amount() as usize
    }

    fn send(&self, _: &Rc<Connection>, data: &Data) -> Result<(), Option<String>> {
        let sent = match data {
            Data::Text(text) => self.socket.send_with_str(text),
            Data::Bytes(bytes) => self.send_bytes(bytes),
            Data::Blob(blob) => self.socket.send_with_blob(blob.as_ref()),
        };
        sent.map_err(|thrown| what_it_says(&thrown))
    }

    fn close(&self, frame: &CloseFrame) {
        // It throws for wrong arguments, which were checked before.
        let _ = match frame.code {
            None => self.socket.close(),
            Some(code) => self.socket.close_with_code_and_reason(code, &frame.reason),
        };
    }

    fn there_is_room(&self) {}

    fn has_backpressure(&self) -> bool {
        false
    }
}

type Tell = fn(&Rc<Connection>, JsValue);

/// What the browser calls, and what is then done.
const EVENTS: [(&str, Tell); 4] = [
    ("onopen", opened),
    ("onmessage", received),
    ("onerror", failed),
    ("onclose", closed),
];

fn opened(connection: &Rc<Connection>, _: JsValue) {
    connection.opened();
}

fn received(connection: &Rc<Connection>, event: JsValue) {
    let data = event.unchecked_into::<MessageEvent>().data();
    connection.received(match data.as_string() {
        Some(text) => Message::Text(text.into()),
        None => Message::Binary(Bytes::from_owner(View::new(&data).bytes())),
    });
}

/// Browsers say nothing here, but servers' JavaScript does.
#[expect(clippy::needless_pass_by_value, reason = "all four have one signature")]
fn failed(connection: &Rc<Connection>, event: JsValue) {
    connection.failed(what_it_says(&event));
}

fn closed(connection: &Rc<Connection>, event: JsValue) {
    let event: web_sys::CloseEvent = event.unchecked_into();
    let reason = global::text(&event, "reason").unwrap_or_default();
    connection.closed(event.was_clean(), event.code(), reason);
}
