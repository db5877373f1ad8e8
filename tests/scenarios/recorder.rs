//! Notes what listeners are told, so that a test can compare whole sequences of events.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, Waker};

use onesocket::{Builder, CloseEvent, Data, Event, MessageEvent, WebSocket};

use super::server::{a_moment, builder, with_backpressure};

/// The whole story of a connection that could not be opened.
pub(crate) const NOT_OPENED: [&str; 2] = ["error 3", LOST];

/// The whole story of a connection that was opened and had to be failed.
pub(crate) const FAILED: [&str; 3] = ["open 1", "error 3", LOST];

/// The close event of a connection that did not end cleanly.
pub(crate) const LOST: &str = r#"close 3 unclean 1006 """#;

/// The story of a connection that was lost after this had been told.
///
/// There is no error event, unless it was a browser's `WebSocketStream`: that looks the same as when it had to be failed.
pub(crate) fn lost_after<'a>(told: &[&'a str]) -> Vec<&'a str> {
    let error: &[&str] = if with_backpressure() {
        &["error 3"]
    } else {
        &[]
    };
    [told, error, &[LOST]].concat()
}

/// The lines that were noted. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Lines>>);

#[derive(Debug, Default)]
struct Lines {
    lines: Vec<String>,
    waker: Option<Waker>,
}

impl Log {
    pub(crate) fn note(&self, line: impl Into<String>) {
        let mut inner = self.lock();
        inner.lines.push(line.into());
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lock().lines.clone()
    }

    /// Waits until there are so many lines, and returns all of them.
    pub(crate) async fn until(&self, count: usize) -> Vec<String> {
        self.when(|lines| lines.len() >= count).await
    }

    /// Waits until the close event was noted.
    pub(crate) async fn closed(&self) -> Vec<String> {
        self.when(|lines| lines.iter().any(|line| line.starts_with("close ")))
            .await
    }

    async fn when(&self, pleases: impl Fn(&[String]) -> bool) -> Vec<String> {
        poll_fn(|context| {
            let mut inner = self.lock();
            if pleases(&inner.lines) {
                return Poll::Ready(inner.lines.clone());
            }
            inner.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().expect("no listener panics while it notes")
    }
}

/// Notes all four events: the kind, `readyState` at that moment, and what the event says.
pub(crate) fn record(builder: Builder) -> (Builder, Log) {
    let log = Log::default();
    let notes = [(); 4].map(|()| log.clone());
    let [open, message, error, close] = notes;
    let builder = builder
        .on_open(move |socket, event| open.note(line(event.type_(), socket, "")))
        .on_message(move |socket, event| message.note(message_line(socket, event)))
        .on_error(move |socket, event| error.note(line(event.type_(), socket, "")))
        .on_close(move |socket, event| close.note(close_line(socket, event)));
    (builder, log)
}

/// A socket whose events are noted.
pub(crate) fn open_recorded(url: impl AsRef<str>) -> (WebSocket, Log) {
    let (builder, log) = record(builder(url));
    (builder.open().expect("the URL is right"), log)
}

/// All events of a connection up to its end, and a moment beyond it.
pub(crate) async fn story(url: impl AsRef<str>) -> Vec<String> {
    story_of(builder(url)).await
}

/// The same for a socket that is set up in some way.
pub(crate) async fn story_of(builder: Builder) -> Vec<String> {
    let (builder, log) = record(builder);
    let socket = builder.open().expect("the URL is right");
    log.closed().await;
    // Nothing follows a close event.
    a_moment().await;
    drop(socket);
    log.lines()
}

/// A message event as it is noted.
pub(crate) fn message_line(socket: &WebSocket, event: &MessageEvent) -> String {
    let data = match event.data() {
        Data::Text(text) if text.len() > 100 => format!("text of {}", text.len()),
        Data::Text(text) => format!("{text:?}"),
        Data::Bytes(bytes) => format!("bytes of {}", bytes.len()),
        Data::Blob(blob) => format!("blob of {}", blob.size()),
    };
    line(event.type_(), socket, &data)
}

/// A close event as it is noted.
pub(crate) fn close_line(socket: &WebSocket, event: &CloseEvent) -> String {
    assert_eq!(event.cause().is_none(), event.was_clean(), "{event:?}");
    let clean = if event.was_clean() {
        "clean"
    } else {
        "unclean"
    };
    let what = format!("{clean} {} {:?}", event.code(), event.reason());
    line(event.type_(), socket, &what)
}

fn line(kind: &str, socket: &WebSocket, what: &str) -> String {
    let state = socket.ready_state() as u8;
    format!("{kind} {state} {what}").trim_end().to_owned()
}
