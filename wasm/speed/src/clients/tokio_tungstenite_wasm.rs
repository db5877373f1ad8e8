//! tokio-tungstenite-wasm. Its flush does nothing, so that nothing is lost by feeding.

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite_wasm::{Message, Utf8Bytes};
use wasm_bindgen::prelude::*;

use crate::asking::Asking;
use crate::task::{BYTES, TEXT};

pub(crate) use tokio_tungstenite_wasm::WebSocketStream as Tungstenite;

impl Asking for Tungstenite {
    async fn connect(url: &str) -> Self {
        tokio_tungstenite_wasm::connect(url)
            .await
            .expect_throw("the server accepts")
    }

    async fn send_bytes(&mut self) {
        self.feed(Message::Binary(Bytes::from_static(BYTES)))
            .await
            .expect_throw("the socket is open");
    }

    async fn send_text(&mut self) {
        self.feed(Message::Text(Utf8Bytes::from_static(TEXT)))
            .await
            .expect_throw("the socket is open");
    }

    async fn receive(&mut self) -> usize {
        let message = self.next().await.expect_throw("a message comes");
        message.expect_throw("the connection is whole").len()
    }
}
