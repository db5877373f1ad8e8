//! One page with all clients: what `cargo xtask bench page` measures in real browsers.
//!
//! Each client is used at its best. Those that call are driven by [`calling`], those that are asked by [`asking`]; the page's own
//! `plain.js` does the same in JavaScript.

#![cfg(target_arch = "wasm32")]

mod asking;
mod calling;
mod clients;
mod task;

use wasm_bindgen::prelude::*;

use clients::Gloo;
use task::Task;

/// Milliseconds that a client takes for so many messages.
///
/// # Errors
///
/// There is no such client, or no such task.
#[wasm_bindgen]
pub async fn measure(client: &str, url: &str, task: &str, count: u32) -> Result<f64, JsError> {
    let task = Task::named(task, count).ok_or_else(|| JsError::new("there is no such task"))?;
    Ok(match client {
        "web-sys" => calling::measure::<web_sys::WebSocket>(url, task).await,
        "onesocket, listening" => calling::measure::<onesocket::WebSocket>(url, task).await,
        "onesocket, recv" => asking::measure::<onesocket::WebSocket>(url, task).await,
        "ewebsock" => calling::measure::<clients::Ewebsock>(url, task).await,
        "gloo-net" => asking::measure::<Gloo>(url, task).await,
        "tokio-tungstenite-wasm" => asking::measure::<clients::Tungstenite>(url, task).await,
        "ws_stream_wasm" => asking::measure::<clients::WsStream>(url, task).await,
        _ => return Err(JsError::new("there is no such client")),
    })
}
