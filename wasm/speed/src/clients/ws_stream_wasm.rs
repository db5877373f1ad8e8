//! ws_stream_wasm. Its flush does nothing, so that nothing is lost by feeding.

use futures_util::{SinkExt, StreamExt};
use wasm_bindgen::prelude::*;
use ws_stream_wasm::{WsMessage, WsMeta};

use crate::asking::Asking;
use crate::task::{BYTES, TEXT};

pub(crate) use ws_stream_wasm::WsStream;

impl Asking for WsStream {
    async fn connect(url: &str) -> Self {
        let (_, socket) = WsMeta::connect(url, None)
            .await
            .expect_throw("the server accepts");
        socket
    }

    async fn send_bytes(&mut self) {
        self.feed(WsMessage::Binary(BYTES.to_vec()))
            .await
            .expect_throw("the socket is open");
    }

    async fn send_text(&mut self) {
        self.feed(WsMessage::Text(TEXT.to_owned()))
            .await
            .expect_throw("the socket is open");
    }

    async fn receive(&mut self) -> usize {
        let message = self.next().await.expect_throw("a message comes");
        message.as_ref().len()
    }
}
