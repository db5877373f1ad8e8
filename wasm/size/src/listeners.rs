//! With listeners only.

use onesocket::WebSocket;
use wasm_bindgen::prelude::*;

/// Connects, sends, receives and closes; `done` hears of the echo and of the end.
#[wasm_bindgen]
pub fn run(url: &str, done: js_sys::Function) {
    let Ok(socket) = WebSocket::new(url) else {
        return tell(&done, "refused");
    };
    socket.set_onopen(|socket, _| {
        let _ = socket.send("hi");
    });
    let hear = done.clone();
    socket.set_onmessage(move |socket, event| {
        if let Some(text) = event.text() {
            tell(&hear, text);
        }
        let _ = socket.close_with(1000, "done");
    });
    let hear = done.clone();
    socket.set_onerror(move |_, _| tell(&hear, "failed"));
    socket.set_onclose(move |_, event| {
        tell(
            &done,
            if event.was_clean() {
                "clean"
            } else {
                "not clean"
            },
        );
    });
    socket.keep_open();
}

fn tell(hear: &js_sys::Function, text: &str) {
    let _ = hear.call1(&JsValue::NULL, &text.into());
}
