//! A browser's `WebSocketStream`: all scenarios once more, and what it is there for. In Chromium only.
#![cfg(target_arch = "wasm32")]

use futures_util::FutureExt;
use onesocket::{Blob, Builder, Error, Stage, WebSocket};
use onesocket_test_support::Script;
use wasm_bindgen::{JsCast, externref_heap_live_count};
use wasm_bindgen_test::console_log;

use page::{Timers, sleep};
use with_backpressure::scenarios::server::{
    a_moment, builder, connect, go, go_on, lengths, named, receive, receive_text, seen, seen_now,
    seen_when, url,
};
pub(crate) use with_backpressure::{limit, test};

mod page;
#[path = "scenarios.rs"]
mod with_backpressure;

const MIB: usize = 1 << 20;
const SIZE: usize = 64 << 10;

/// A peer that writes as much as it can, until it may go on; then it closes.
fn full_speed() -> Script {
    Script::new().open().fill(SIZE).close(1000, "")
}

/// All unread bytes up to the end, and the cause of the end.
async fn rest(socket: &WebSocket) -> (usize, Option<Error>) {
    let (mut bytes, mut cause) = (0, None);
    while let Some(message) = socket.recv().await {
        match message {
            Ok(message) => bytes += message.len(),
            Err(error) => cause = Some(error),
        }
    }
    (bytes, cause)
}

#[test]
async fn while_a_reader_sleeps_the_peer_can_write_less_than_16_mib() {
    let (url, id) = named(full_speed()).await;
    let socket = connect(url).await;
    receive(&socket).await;
    sleep(5000).await;
    let written = seen_now(&id).await.written;
    console_log!(
        "WebSocketStream: while the reader slept for 5 s, the server could write {:.1} MiB",
        written as f64 / MIB as f64
    );
    assert!(written < 16 << 20, "{written}");

    // When it goes on reading, nothing has been lost.
    go(&id).await;
    let (bytes, cause) = rest(&socket).await;
    assert!(cause.is_none(), "{cause:?}");
    let seen = seen(&id).await;
    let frames = seen.written as usize / (SIZE + 10);
    assert_eq!(SIZE + bytes, frames * SIZE);
}

#[test]
async fn while_a_reader_of_a_websocket_sleeps_the_connection_fails_at_its_limit() {
    let (url, id) = named(full_speed()).await;
    let plain = WebSocket::builder(url).connect().await.unwrap();
    assert!(!plain.has_backpressure());
    receive(&plain).await;
    plain.closed().await;
    let written = seen_now(&id).await.written;
    go(&id).await;
    let (bytes, cause) = rest(&plain).await;
    let cause = cause.unwrap();
    console_log!(
        "WebSocket: while the reader slept, the server could write {:.1} MiB; {:.1} MiB lay unread when the connection failed: {cause}",
        written as f64 / MIB as f64,
        bytes as f64 / MIB as f64
    );
    assert_eq!(cause.stage(), Stage::Limit);
    assert!(bytes <= 64 * MIB, "{bytes}");
    assert!(bytes > 63 * MIB, "{bytes}");
}

#[test]
async fn what_is_read_ahead_is_bounded_by_max_unread() {
    let (url, id) = named(Script::new().open().fill(MIB).close(1000, "")).await;
    let little = builder(url).max_unread(1).connect().await.unwrap();
    receive(&little).await;
    seen_when(&id, |seen| seen.written as usize > 3 * MIB).await;
    a_moment().await;
    let count = std::iter::from_fn(|| little.try_recv()).count();
    assert!(count <= 1, "one message is read ahead, whatever the limit");
    go(&id).await;
    assert!(rest(&little).await.1.is_none());
}

#[test]
async fn messages_that_the_browser_may_have_dropped_before_a_close_are_an_unclean_end() {
    let script = Script::new().in_one_write(|inner| {
        let messages = (0..100).fold(inner.open(), |script, _| script.binary_of_size(1000));
        messages.close(3001, "bye")
    });
    let unread = |limit| builder(url(&script)).max_unread(limit).open().unwrap();

    let socket = unread(5000);
    let event = socket.closed().await;
    assert_eq!((event.code(), event.reason()), (3001, "bye"));
    assert!(!event.was_clean());
    let cause = event.cause().unwrap();
    assert_eq!(cause.stage(), Stage::Limit);
    assert!(cause.to_string().contains("5000 bytes"), "{cause}");
    let (bytes, told) = rest(&socket).await;
    assert!((5000..100_000).contains(&bytes), "{bytes}");
    assert_eq!(told.unwrap().to_string(), cause.to_string());

    let socket = unread(200_000);
    assert!(socket.closed().await.was_clean());
    assert_eq!(rest(&socket).await.0, 100_000);
}

#[test]
async fn a_full_inbox_with_nothing_behind_it_ends_cleanly() {
    let script = Script::new().open().binary_of_size(1000);
    let script = script.pause().close(3001, "bye");
    let (url, id) = named(script).await;
    let socket = builder(url).max_unread(1000).connect().await.unwrap();
    a_moment().await;
    go(&id).await;
    let event = socket.closed().await;
    assert!(event.was_clean(), "{event:?}");
    assert_eq!(event.code(), 3001);
    assert_eq!(rest(&socket).await.0, 1000);
}

#[test]
async fn a_listener_is_no_slow_reader() {
    let script = Script::new().in_one_write(|inner| {
        let messages = (0..100).fold(inner.open(), |script, _| script.binary_of_size(1000));
        messages.close(1000, "")
    });
    let socket = builder(url(script)).max_unread(1).on_message(|_, _| {});
    let socket = socket.open().unwrap();
    assert!(socket.closed().await.was_clean());
}

#[test]
async fn close_waits_until_the_peer_has_taken_everything() {
    let script = Script::new().open().pause().expect_close();
    let (url, id) = named(script.close(1000, "")).await;
    let socket = connect(url).await;
    for _ in 0..16 {
        socket.send(vec![0; MIB]).unwrap();
    }
    assert_eq!(socket.buffered_amount(), 16 * MIB);
    socket.close_with(3000, "that is all").unwrap();
    a_moment().await;
    assert!(socket.closed().now_or_never().is_none());
    go_on(&id).await;
    assert!(socket.closed().await.was_clean());
    assert_eq!(socket.buffered_amount(), 0);
    let seen = seen(&id).await;
    let (close, messages) = lengths(&seen)
        .split_last()
        .map(|(a, b)| (*a, b.to_vec()))
        .unwrap();
    assert_eq!(messages, vec![(2, MIB); 16]);
    assert_eq!(close.0, 8);
    assert_eq!(seen.close(), Some((Some(3000), "that is all".to_owned())));
}

#[test]
async fn a_blob_that_cannot_be_read_fails_the_connection() {
    let blob = js_sys::eval(
        "class Gone extends Blob { arrayBuffer() { return Promise.reject(Error('gone')); } } new Gone(['abc'])",
    );
    let blob: web_sys::Blob = blob.unwrap().unchecked_into();
    let socket = connect(url("/echo")).await;
    socket.send("before").unwrap();
    socket.send(Blob::from(blob)).unwrap();
    socket.send("behind").unwrap();
    let event = socket.closed().await;
    let cause = event.cause().unwrap();
    assert_eq!(cause.stage(), Stage::Network);
    assert!(cause.to_string().contains("gone"), "{cause}");
}

#[test]
async fn waiting_for_room_starts_no_timer() {
    let script = Script::new().open().pause().expect_close();
    let (url, id) = named(script.close(1000, "")).await;
    let socket = connect(url).await;
    let timers = Timers::new();
    for _ in 0..16 {
        socket.send(vec![0; MIB]).unwrap();
    }
    assert!(socket.ready().now_or_never().is_none());
    go_on(&id).await;
    socket.ready().await.unwrap();
    socket.flush().await.unwrap();
    assert_eq!(timers.started(), 0);
    timers.stop();
}

#[test]
async fn nothing_is_left_of_a_connection_that_has_ended() {
    async fn life(builder: Builder) {
        let socket = builder.connect().await.unwrap();
        socket.send("hello").unwrap();
        assert_eq!(receive_text(&socket).await, "hello");
        socket.close();
        socket.closed().await;
    }
    for make in [builder, WebSocket::builder] {
        // What is made once, by whichever comes first, is made.
        life(make(url("/echo"))).await;
        a_moment().await;
        let before = externref_heap_live_count();
        for _ in 0..20 {
            life(make(url("/echo"))).await;
        }
        a_moment().await;
        let after = externref_heap_live_count();
        assert!(
            after <= before,
            "{before} values of JavaScript's became {after}"
        );
    }
}
