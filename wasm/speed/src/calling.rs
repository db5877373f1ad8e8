//! Clients that call when a message comes.

use futures_channel::oneshot;
use wasm_bindgen::prelude::*;

use crate::task::{Kind, Task, now};

pub(crate) trait Calling: Sized + 'static {
    /// Connects; from then on, calls with the size of every message, whose payload is in Rust's memory by then.
    async fn open(url: &str, on_message: impl FnMut(&Self, usize) + 'static) -> Self;
    fn send_bytes(&self);
    fn send_text(&self);
    fn close(self);
}

pub(crate) async fn measure<C: Calling>(url: &str, task: Task) -> f64 {
    let (tell, end) = oneshot::channel();
    let (mut left, mut tell) = (task.incoming(), Some(tell));
    let socket = C::open(url, move |socket, _| {
        left = left.saturating_sub(1);
        if left > 0 {
            if task.kind == Kind::Ping {
                socket.send_bytes();
            }
        } else if let Some(tell) = tell.take() {
            let _ = tell.send(now());
        }
    })
    .await;

    let begun = now();
    match task.kind {
        Kind::Ping => socket.send_bytes(),
        Kind::Receive => socket.send_text(),
        Kind::Send | Kind::Call => (0..task.count).for_each(|_| socket.send_bytes()),
        Kind::SendText => (0..task.count).for_each(|_| socket.send_text()),
    }
    let called = now();
    let ended = end.await.expect_throw("all messages come");
    socket.close();
    task.time(begun, called, ended)
}
