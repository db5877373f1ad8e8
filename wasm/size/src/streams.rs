//! With `Stream` and `Sink`, and the adaptors of futures-util.

use futures_util::{SinkExt, StreamExt};
use onesocket::{Error, Message, WebSocket};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// Connects, sends, receives and closes; `done` hears of the echo and of the end.
#[wasm_bindgen]
pub fn run(url: String, done: js_sys::Function) {
    spawn_local(async move {
        let end = match converse(&url, &done).await {
            Ok(true) => "clean",
            Ok(false) => "not clean",
            Err(_) => "failed",
        };
        tell(&done, end);
    });
}

async fn converse(url: &str, done: &js_sys::Function) -> Result<bool, Error> {
    let mut socket = WebSocket::connect(url).await?;
    SinkExt::send(&mut socket, Message::from("hi")).await?;
    if let Some(message) = socket.next().await
        && let Some(text) = message?.as_text()
    {
        tell(done, text);
    }
    socket.close_with(1000, "done")?;
    Ok(socket.closed().await.was_clean())
}

fn tell(hear: &js_sys::Function, text: &str) {
    let _ = hear.call1(&JsValue::NULL, &text.into());
}
