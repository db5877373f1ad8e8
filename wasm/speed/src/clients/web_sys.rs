//! Callbacks on the browser's WebSocket, by hand.

use futures_channel::oneshot;
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, MessageEvent, WebSocket};

use crate::calling::Calling;
use crate::task::{BYTES, TEXT};

impl Calling for WebSocket {
    async fn open(url: &str, mut on_message: impl FnMut(&Self, usize) + 'static) -> Self {
        let socket = WebSocket::new(url).expect_throw("the URL is right");
        socket.set_binary_type(BinaryType::Arraybuffer);

        let receiver = socket.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let data = event.data();
            let size = match data.dyn_into::<ArrayBuffer>() {
                Ok(buffer) => Uint8Array::new(&buffer).to_vec().len(),
                Err(text) => text.as_string().map_or(0, |text| text.len()),
            };
            on_message(&receiver, size);
        });
        socket.set_onmessage(Some(on_message.into_js_value().unchecked_ref()));

        let (tell, opened) = oneshot::channel();
        let on_open = Closure::once_into_js(move || tell.send(()).is_ok());
        socket.set_onopen(Some(on_open.unchecked_ref()));
        opened.await.expect_throw("the server accepts");
        socket
    }

    fn send_bytes(&self) {
        self.send_with_u8_array(BYTES)
            .expect_throw("the socket is open");
    }

    fn send_text(&self) {
        self.send_with_str(TEXT).expect_throw("the socket is open");
    }

    fn close(self) {
        WebSocket::close(&self).expect_throw("a close without arguments never fails");
        self.set_onmessage(None);
    }
}
