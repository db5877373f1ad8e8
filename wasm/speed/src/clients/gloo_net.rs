//! gloo-net. Its flush does nothing, so that nothing is lost by feeding.

use futures_util::{SinkExt, StreamExt};
use gloo_net::websocket::Message;
use wasm_bindgen::prelude::*;

use crate::asking::Asking;
use crate::task::{BYTES, TEXT};

pub(crate) use gloo_net::websocket::futures::WebSocket as Gloo;

impl Asking for Gloo {
    async fn connect(url: &str) -> Self {
        let mut socket = Gloo::open(url).expect_throw("the URL is right");
        // It is ready when it is open.
        std::future::poll_fn(|context| socket.poll_ready_unpin(context))
            .await
            .expect_throw("the server accepts");
        socket
    }

    async fn send_bytes(&mut self) {
        self.feed(Message::Bytes(BYTES.to_vec()))
            .await
            .expect_throw("the socket is open");
    }

    async fn send_text(&mut self) {
        self.feed(Message::Text(TEXT.to_owned()))
            .await
            .expect_throw("the socket is open");
    }

    async fn receive(&mut self) -> usize {
        let message = self.next().await.expect_throw("a message comes");
        match message.expect_throw("the connection is whole") {
            Message::Bytes(bytes) => bytes.len(),
            Message::Text(text) => text.len(),
        }
    }
}
