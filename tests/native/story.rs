//! Notes what listeners are told, with the cause that only Rust shows.

use onesocket::{Builder, CloseEvent, Event};
use tokio::sync::mpsc;

/// All events of a connection up to its end, and the last of them.
pub(crate) async fn story(builder: Builder) -> (Vec<String>, CloseEvent) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let [open, message, error, close] = [(); 4].map(|()| sender.clone());
    let note = |sender: &mpsc::UnboundedSender<String>, line: String| {
        sender.send(line).expect("the test listens");
    };
    let socket = builder
        .on_open(move |_, event| note(&open, event.type_().to_owned()))
        .on_message(move |_, event| note(&message, format!("{:?}", event.message())))
        .on_error(move |_, event| note(&error, event.type_().to_owned()))
        .on_close(move |_, event| note(&close, event.type_().to_owned()))
        .open()
        .expect("the builder is right");
    let mut lines = Vec::new();
    while lines.last().is_none_or(|line| line != "close") {
        lines.push(receiver.recv().await.expect("a close event ends it"));
    }
    (lines, socket.closed().await)
}

/// The same for a connection that is failed without having been opened; the close event.
pub(crate) async fn refused(builder: Builder) -> CloseEvent {
    let (lines, event) = story(builder).await;
    assert_eq!(lines, ["error", "close"]);
    assert_eq!(
        (event.code(), event.reason(), event.was_clean()),
        (1006, "", false)
    );
    event
}

/// The same for one that was opened.
pub(crate) async fn failed(builder: Builder) -> CloseEvent {
    let (lines, event) = story(builder).await;
    assert_eq!(lines.first().map(String::as_str), Some("open"));
    assert_eq!(lines[lines.len() - 2..], ["error", "close"]);
    assert_eq!(
        (event.code(), event.reason(), event.was_clean()),
        (1006, "", false)
    );
    event
}
