//! This crate, in both of its ways.

use bytes::Bytes;
use onesocket::{MessageEvent, WebSocket};
use wasm_bindgen::prelude::*;

use crate::asking::Asking;
use crate::calling::Calling;
use crate::task::{BYTES, TEXT};

impl Calling for WebSocket {
    async fn open(url: &str, mut on_message: impl FnMut(&Self, usize) + 'static) -> Self {
        let socket = <WebSocket as Asking>::connect(url).await;
        socket.set_onmessage(move |socket, event| on_message(socket, size(event)));
        socket
    }

    fn send_bytes(&self) {
        self.send(Bytes::from_static(BYTES))
            .expect_throw("the socket is open");
    }

    fn send_text(&self) {
        self.send(TEXT).expect_throw("the socket is open");
    }

    fn close(self) {
        WebSocket::close(&self);
    }
}

fn size(event: &MessageEvent) -> usize {
    event
        .bytes()
        .map(Bytes::len)
        .or(event.text().map(str::len))
        .unwrap_or(0)
}

impl Asking for WebSocket {
    async fn connect(url: &str) -> Self {
        WebSocket::connect(url)
            .await
            .expect_throw("the server accepts")
    }

    async fn send_bytes(&mut self) {
        Calling::send_bytes(self);
    }

    async fn send_text(&mut self) {
        Calling::send_text(self);
    }

    async fn receive(&mut self) -> usize {
        let message = self.recv().await.expect_throw("a message comes");
        message.expect_throw("the connection is whole").len()
    }
}
