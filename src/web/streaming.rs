//! The other transport: the browser's `WebSocketStream`, whose reader makes the peer wait. Where no product asks for it, this is
//! not linked.
//!
//! Two tasks live as long as there is something to do: one reads up to the end, the other writes one message after the other.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use bytes::Bytes;
use js_sys::futures::{JsFuture, spawn_local};
use js_sys::{Object, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::close::{ABNORMAL, CloseFrame};
use crate::event::{CloseEvent, ReadyState};
use crate::message::{Data, Message};

use super::connection::Connection;
use super::global::{self, what_it_says};
use super::sending::length;
use super::task;
use super::transport::Transport;
use super::websocketstream::{CloseInfo, Opened, Options, WebSocketStream, Writer};

pub(super) struct Streaming(Rc<Inner>);

struct Inner {
    socket: WebSocketStream,
    opened: OnceCell<Opened>,
    writer: OnceCell<Writer>,
    /// There is none to be asked: it follows our calls and what the streams say.
    state: Cell<ReadyState>,
    /// What waits to be written; the first of it may be on its way.
    queue: RefCell<VecDeque<Data>>,
    is_writing: Cell<bool>,
    /// The reading task, while it waits for room in the inbox.
    fetcher: Cell<Option<Waker>>,
    /// Our Close, while it waits for what is being written.
    close: RefCell<Option<CloseFrame>>,
    buffered_amount: Cell<usize>,
}

type End = Result<CloseInfo, CloseInfo>;

impl Streaming {
    pub(super) fn open(url: &str, protocols: &JsValue) -> Result<Box<dyn Transport>, JsValue> {
        let options: Options = Object::new().unchecked_into();
        options.set_protocols(protocols);
        Ok(Box::new(Streaming(Rc::new(Inner {
            socket: WebSocketStream::new(url, &options)?,
            opened: OnceCell::new(),
            writer: OnceCell::new(),
            state: Cell::new(ReadyState::Connecting),
            queue: RefCell::default(),
            is_writing: Cell::new(false),
            fetcher: Cell::default(),
            close: RefCell::default(),
            buffered_amount: Cell::new(0),
        }))))
    }
}

impl Transport for Streaming {
    fn attach(&self, connection: &Rc<Connection>) {
        spawn(read(self.0.clone(), connection.clone()));
    }

    /// The tasks end by themselves, as everything that they wait for does.
    fn detach(&self) {
        self.0.queue.take();
    }

    fn ready_state(&self) -> ReadyState {
        self.0.state.get()
    }

    fn text(&self, name: &str) -> Option<String> {
        match (name, self.0.opened.get()) {
            ("url", _) => global::text(&self.0.socket, name),
            (_, opened) => global::text(opened?, name),
        }
    }

    fn buffered_amount(&self) -> usize {
        self.0.buffered_amount.get()
    }

    fn send(&self, connection: &Rc<Connection>, data: &Data) -> Result<(), Option<String>> {
        let inner = &self.0;
        let amount = inner.buffered_amount.get().saturating_add(length(data));
        inner.buffered_amount.set(amount);
        if inner.state.get() == ReadyState::Open {
            inner.queue.borrow_mut().push_back(data.clone());
            if !inner.is_writing.replace(true) {
                spawn(write(inner.clone(), connection.clone()));
            }
        }
        Ok(())
    }

    fn close(&self, frame: &CloseFrame) {
        let inner = &self.0;
        inner.state.set(ReadyState::Closing);
        self.there_is_room();
        match inner.is_writing.get() {
            true => drop(inner.close.replace(Some(frame.clone()))),
            false => inner.close_now(frame),
        }
    }

    fn there_is_room(&self) {
        if let Some(fetcher) = self.0.fetcher.take() {
            fetcher.wake();
        }
    }

    fn has_backpressure(&self) -> bool {
        true
    }
}

impl Inner {
    /// What is the next to be written; it stays in the queue until it has been.
    fn next(&self) -> Option<Data> {
        self.queue.borrow().front().cloned()
    }

    fn written(&self, length: usize) {
        self.queue.borrow_mut().pop_front();
        let amount = self.buffered_amount.get() - length;
        self.buffered_amount.set(amount);
    }

    /// Waits until the connection may take another message. If it ends before that, answers how.
    async fn room_or_end(
        &self,
        connection: &Connection,
        closed: &mut JsFuture<CloseInfo, CloseInfo>,
    ) -> Option<End> {
        poll_fn(|context| {
            if connection.has_room() {
                return Poll::Ready(None);
            }
            self.fetcher.set(Some(context.waker().clone()));
            Pin::new(&mut *closed).poll(context).map(Some)
        })
        .await
    }

    fn close_now(&self, frame: &CloseFrame) {
        let info: CloseInfo = Object::new().unchecked_into();
        // A reason alone would go out with the code 1000.
        if let Some(code) = frame.code {
            info.set_code(code);
            info.set_reason(&frame.reason);
        }
        // It throws for wrong arguments, which were checked before.
        let _ = self.socket.close(&info);
    }

    /// Whether the state was that one, which it is no more.
    fn move_on(&self, from: ReadyState, to: ReadyState) -> bool {
        let is_there = self.state.get() == from;
        if is_there {
            self.state.set(to);
        }
        is_there
    }
}

fn spawn(task: impl Future<Output = ()> + 'static) {
    if cfg!(target_feature = "atomics") {
        task::spawn(task);
    } else {
        spawn_local(task);
    }
}

/// Reads from the opening to the end.
async fn read(inner: Rc<Inner>, connection: Rc<Connection>) {
    let mut closed = JsFuture::from(inner.socket.closed());
    let (mut end, mut is_cut) = (None, false);
    if let Ok(opened) = inner.socket.opened().await
        && inner.move_on(ReadyState::Connecting, ReadyState::Open)
    {
        let reader = opened.readable().reader();
        let writer = inner.writer.get_or_init(|| opened.writable().writer());
        let _ = inner.opened.set(opened);
        connection.opened();
        while let Ok(chunk) = reader.read().await
            && !chunk.done()
        {
            if !is_cut && !connection.has_room() {
                end = inner.room_or_end(&connection, &mut closed).await;
                // When the Close comes, Chromium forgets the messages before it that it has to wait with.
                is_cut = end.is_some() || writer.desired_size().is_none();
            }
            connection.received(message(&chunk.value()));
        }
        inner.move_on(ReadyState::Open, ReadyState::Closing);
    }
    let end = match end {
        Some(end) => end,
        None => closed.await,
    };
    tell(&connection, end, is_cut);
}

/// A chunk is a string, or bytes: in Chromium an `ArrayBuffer`, in the proposal a `Uint8Array`. This takes both.
fn message(chunk: &JsValue) -> Message {
    match chunk.as_string() {
        Some(text) => Message::Text(text.into()),
        None => Message::Binary(Bytes::from_owner(Uint8Array::new(chunk).to_vec())),
    }
}

/// The end, which was not clean if the socket was never open, or if messages may be missing.
fn tell(connection: &Rc<Connection>, end: End, is_cut: bool) {
    let was_clean = end.is_ok();
    let (Ok(info) | Err(info)) = end;
    let is_open = connection.was_open();
    let cause = if !was_clean || !is_open {
        Some(connection.cause(None))
    } else if is_cut && !connection.is_closed_by_us() {
        Some(connection.unread_is_full(true))
    } else {
        None
    };
    let is_failure = cause.is_some();
    let code = info.code().filter(|_| is_open);
    connection.end(
        CloseEvent {
            was_clean: cause.is_none(),
            code: code.unwrap_or(ABNORMAL),
            reason: info.reason().unwrap_or_default().into(),
            cause,
        },
        is_failure,
    );
    connection.deliver();
}

/// Writes what waits, each message when the one before has been taken, and then our Close.
async fn write(inner: Rc<Inner>, connection: Rc<Connection>) {
    while let Some(data) = inner.next() {
        let chunk = match &data {
            Data::Text(text) => JsValue::from_str(text),
            // A copy, as memory of ours may move until it has been written.
            Data::Bytes(bytes) => Uint8Array::from(&**bytes).into(),
            Data::Blob(blob) => match blob.as_ref().array_buffer().await {
                Ok(buffer) => Uint8Array::new(&buffer).into(),
                Err(thrown) => {
                    inner.is_writing.set(false);
                    connection.fail_to_send(what_it_says(&thrown));
                    break;
                }
            },
        };
        let writer = inner
            .writer
            .get()
            .expect("nothing is sent before it is there");
        if writer.write(&chunk).await.is_err() {
            // The reader hears of the end too, and tells.
            inner.queue.take();
            break;
        }
        inner.written(length(&data));
        connection.look_at_amount();
    }
    inner.is_writing.set(false);
    if let Some(frame) = inner.close.take() {
        inner.close_now(&frame);
    }
}
