//! On web-sys alone: what the others are compared to.

use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

/// Connects, sends, receives and closes; `done` hears of the echo and of the end.
#[wasm_bindgen]
pub fn run(url: &str, done: js_sys::Function) {
    let Ok(socket) = WebSocket::new(url) else {
        return tell(&done, "refused");
    };
    socket.set_binary_type(BinaryType::Arraybuffer);

    let opened = socket.clone();
    let on_open = Closure::<dyn FnMut()>::new(move || {
        let _ = opened.send_with_str("hi");
    });
    socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
    on_open.forget();

    let (received, hear) = (socket.clone(), done.clone());
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(text) = event.data().as_string() {
            tell(&hear, &text);
        }
        let _ = received.close_with_code_and_reason(1000, "done");
    });
    socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();

    let hear = done.clone();
    let on_error = Closure::<dyn FnMut()>::new(move || tell(&hear, "failed"));
    socket.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    on_error.forget();

    let on_close = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
        tell(
            &done,
            if event.was_clean() {
                "clean"
            } else {
                "not clean"
            },
        );
    });
    socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
    on_close.forget();
}

fn tell(hear: &js_sys::Function, text: &str) {
    let _ = hear.call1(&JsValue::NULL, &text.into());
}
