//! ewebsock, with its event handler.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

use ewebsock::{Options, WsEvent, WsMessage, WsSender, ws_connect};
use futures_channel::oneshot;
use send_wrapper::SendWrapper;
use wasm_bindgen::prelude::*;

use crate::calling::Calling;
use crate::task::{BYTES, TEXT};

/// What the handler needs to answer.
#[derive(Clone)]
pub(crate) struct Ewebsock(Rc<RefCell<Option<WsSender>>>);

impl Calling for Ewebsock {
    async fn open(url: &str, on_message: impl FnMut(&Self, usize) + 'static) -> Self {
        let socket = Ewebsock(Rc::default());
        let (tell, opened) = oneshot::channel();
        let state = SendWrapper::new((
            socket.clone(),
            RefCell::new(on_message),
            RefCell::new(Some(tell)),
        ));
        let on_event = move |event| {
            let (socket, on_message, tell) = &*state;
            match event {
                WsEvent::Opened => {
                    let tell = tell.take().expect_throw("it opens once");
                    let _ = tell.send(());
                }
                WsEvent::Message(WsMessage::Binary(bytes)) => {
                    on_message.borrow_mut()(socket, bytes.len());
                }
                WsEvent::Message(WsMessage::Text(text)) => {
                    on_message.borrow_mut()(socket, text.len());
                }
                _ => {}
            }
            ControlFlow::Continue(())
        };
        let sender = ws_connect(url.to_owned(), Options::default(), Box::new(on_event));
        socket
            .0
            .replace(Some(sender.expect_throw("the URL is right")));
        opened.await.expect_throw("the server accepts");
        socket
    }

    fn send_bytes(&self) {
        self.send(WsMessage::Binary(BYTES.to_vec()));
    }

    fn send_text(&self) {
        self.send(WsMessage::Text(TEXT.to_owned()));
    }

    fn close(self) {
        // It closes when it is dropped.
        self.0.take();
    }
}

impl Ewebsock {
    fn send(&self, message: WsMessage) {
        if let Some(sender) = &mut *self.0.borrow_mut() {
            sender.send(message);
        }
    }
}
