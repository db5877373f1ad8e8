//! What is different, or only there, in a browser.
#![cfg(target_arch = "wasm32")]

use std::task::{Context, Waker};

use futures_util::FutureExt;
use js_sys::{Date, Uint8Array};
use onesocket::{Blob, Data, ReadyState, Stage, WebSocket};
use onesocket_test_macros::test;
use onesocket_test_support::Script;

mod limit;

use page::Timers;

mod page;

fn url(path: impl std::fmt::Display) -> String {
    let address = option_env!("ONESOCKET_TEST_SERVER");
    let address = address.expect("ONESOCKET_TEST_SERVER is the server's host and port");
    format!("ws://{address}{path}")
}

/// Ten thousand bytes in ten messages, and then nothing.
fn ten_messages() -> Script {
    (0..10).fold(Script::new().open(), |script, _| {
        script.binary_of_size(1000)
    })
}

/// The call has one meaning for a type that is not `Send`, and two, which is an error, for one that is.
trait OnlyIfNotSend<A> {
    fn holds() {}
}

impl<T> OnlyIfNotSend<()> for T {}
impl<T: Send> OnlyIfNotSend<u8> for T {}

const _: fn() = <WebSocket as OnlyIfNotSend<_>>::holds;

#[test]
async fn more_unread_bytes_than_the_limit_fail_the_connection_with_their_cause() {
    let socket = WebSocket::builder(url(ten_messages().expect_close()))
        .max_unread(5000)
        .open()
        .unwrap();
    let event = socket.closed().await;
    assert_eq!((event.was_clean(), event.code()), (false, 1006));
    let cause = event.cause().unwrap();
    assert_eq!(cause.stage(), Stage::Limit);
    assert!(cause.to_string().contains("5000 bytes"), "{cause}");
    assert_eq!(socket.ready_state(), ReadyState::Closed);

    // What was received before is there, and then the cause.
    for _ in 0..5 {
        assert_eq!(socket.recv().await.unwrap().unwrap().len(), 1000);
    }
    let error = socket.recv().await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), cause.to_string());
    assert!(socket.recv().await.is_none());
}

#[test]
async fn a_reader_that_keeps_up_and_a_listener_know_no_limit() {
    let script = ten_messages().close(1000, "");
    let socket = WebSocket::builder(url(&script)).max_unread(1);
    let socket = socket.on_message(|_, _| {}).open().unwrap();
    assert!(socket.closed().await.was_clean());
}

#[test]
async fn an_error_says_that_the_browser_does_not_say_more() {
    let error = WebSocket::connect(url("/status?code=404"))
        .await
        .unwrap_err();
    assert_eq!(error.stage(), Stage::Opening);
    assert!(error.is_retryable() && error.response().is_none());
    assert!(
        error
            .to_string()
            .starts_with("the connection could not be opened"),
        "{error}"
    );
}

#[test]
async fn the_browsers_own_types_can_be_sent() {
    let array = Uint8Array::from(&b"array"[..]);
    let blob = web_sys::Blob::from(Blob::new("blob"));
    let socket = WebSocket::connect(url("/echo")).await.unwrap();
    let everything: [Data; 4] = [
        (&array).into(),
        (&array.buffer()).into(),
        blob.clone().into(),
        Blob::from(blob).into(),
    ];
    for data in everything {
        socket.send(data).unwrap();
    }
    for expected in ["array", "array", "blob", "blob"] {
        let message = socket.recv().await.unwrap().unwrap();
        assert_eq!(message.as_binary().unwrap(), expected);
    }
}

async fn go_on(id: &str) {
    let socket = WebSocket::connect(url(format!("/go?n=all&id={id}"))).await;
    socket.unwrap().closed().await;
}

async fn a_moment() {
    let socket = WebSocket::connect(url("/close")).await;
    socket.unwrap().closed().await;
}

#[test]
async fn a_timer_exists_only_while_somebody_waits_for_room() {
    let id = format!("timers-{}", Date::now());
    let script = Script::new().id(&id).open().pause().expect_close();
    let script = script.close(1000, "");
    let socket = WebSocket::connect(url(script)).await.unwrap();
    let timers = Timers::new();

    // Below the high-water mark there is nothing to wait for.
    socket.ready().await.unwrap();
    socket.send("little").unwrap();
    socket.ready().await.unwrap();
    a_moment().await;
    assert_eq!(timers.started(), 0);

    // Above it there is one timer at a time, and soon only now and then.
    for _ in 0..16 {
        socket.send(vec![0; 1 << 20]).unwrap();
    }
    a_moment().await;
    assert_eq!(timers.started(), 0, "nobody waits");
    let start = Date::now();
    let mut ready = Box::pin(socket.ready());
    let mut context = Context::from_waker(Waker::noop());
    while Date::now() - start < 500.0 {
        assert!(ready.poll_unpin(&mut context).is_pending());
        assert_eq!(timers.waiting(), 1);
        a_moment().await;
    }
    // Polling all the time would take hundreds; the ends of earlier tests' sockets take one or two each.
    let bound = 40 + (Date::now() - start) as u32 / 50;
    assert!(timers.started() <= bound, "{} timers", timers.started());

    // And none when there is room again, or when nobody waits any more.
    go_on(&id).await;
    ready.await.unwrap();
    while timers.waiting() > 0 {
        // One that was started before there was room finds nobody.
        a_moment().await;
    }
    let started = timers.started();
    a_moment().await;
    assert_eq!(timers.started(), started);
    timers.stop();
}

#[test]
async fn backpressure_is_there_where_the_browser_has_a_websocketstream() {
    for wanted in [true, false] {
        let builder = WebSocket::builder(url("/echo")).backpressure(wanted);
        let socket = builder.open().unwrap();
        let expected = wanted && page::has("WebSocketStream");
        assert_eq!(socket.has_backpressure(), expected);
        socket.opened().await.unwrap();
        socket.send("either way").unwrap();
        let message = socket.recv().await.unwrap().unwrap();
        assert_eq!(message.as_text(), Some("either way"));
    }
    let socket = WebSocket::builder(url("/echo")).backpressure(true);
    let socket = socket.backpressure(false).open().unwrap();
    assert!(!socket.has_backpressure());
}
