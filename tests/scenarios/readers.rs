//! `recv` and `try_recv`: who gets which message, and how it ends.

use futures_util::FutureExt;
use futures_util::future::{join, join3};
use onesocket::{BinaryType, CloseEvent, Message, MessageEvent, ReadyState, WebSocket};
use onesocket_test_support::Script;

use super::recorder::{LOST, Log, close_line, record};
use super::server::{
    a_moment, builder, connect, go, named, receive, receive_all, receive_text, seen, seen_now,
    seen_when, url,
};
use crate::test;

/// How a reader's stream of messages goes on to its end.
async fn rest(socket: &WebSocket) -> Vec<String> {
    let mut rest = Vec::new();
    while let Some(message) = socket.recv().await {
        rest.push(match message {
            Ok(Message::Text(text)) => text.to_string(),
            Ok(Message::Binary(bytes)) => format!("{} bytes", bytes.len()),
            Err(_) => "the cause".to_owned(),
        });
    }
    assert!(socket.recv().await.is_none(), "the end stays the end");
    assert!(socket.try_recv().is_none());
    rest
}

#[test]
async fn messages_come_in_order_and_then_the_end() {
    let script = Script::new()
        .open()
        .text("a")
        .binary("bc")
        .text("")
        .close(1000, "");
    let socket = connect(url(script)).await;
    assert_eq!(receive(&socket).await, Message::from("a"));
    assert_eq!(receive(&socket).await, Message::from(*b"bc"));
    assert_eq!(receive(&socket).await, Message::from(""));
    assert!(socket.recv().await.is_none());
    assert!(socket.recv().await.is_none());
}

#[test]
async fn recv_waits_while_the_socket_is_connecting() {
    let socket = builder(url(Script::new().open().text("a").close(1000, "")))
        .open()
        .unwrap();
    assert_eq!(rest(&socket).await, ["a"]);
}

#[test]
async fn messages_of_a_closed_socket_are_still_there() {
    let script =
        Script::new().in_one_write(|inner| inner.open().text("a").text("b").close(1000, ""));
    let socket = builder(url(script)).open().unwrap();
    assert!(socket.closed().await.was_clean());
    assert_eq!(socket.ready_state(), ReadyState::Closed);
    assert_eq!(rest(&socket).await, ["a", "b"]);
}

#[test]
async fn a_clean_end_is_just_the_end() {
    for script in [
        Script::new().open().text("a").close(1000, ""),
        Script::new().open().text("a").close(4000, "with a reason"),
        Script::new().open().text("a").close_empty(),
    ] {
        assert_eq!(rest(&connect(url(script)).await).await, ["a"]);
    }
}

#[test]
async fn an_end_that_is_not_clean_gives_its_cause_once_and_then_the_end() {
    for script in [
        Script::new().open().text("a").end(),
        Script::new().open().text("a").frame_hex("83 00").hang(),
        Script::new().open().text("a").frame_hex("81 01 ff").hang(),
    ] {
        let what = script.to_string();
        let socket = connect(url(script)).await;
        assert_eq!(rest(&socket).await, ["a", "the cause"], "{what}");
        assert!(!socket.closed().await.was_clean());
    }
}

#[test]
async fn a_connection_that_could_not_be_opened_gives_its_cause_once() {
    let socket = builder(url("/status")).open().unwrap();
    assert_eq!(rest(&socket).await, ["the cause"]);
    let socket = builder(url(Script::new().pause())).open().unwrap();
    socket.close();
    assert_eq!(rest(&socket).await, ["the cause"]);
}

#[test]
async fn each_handle_is_given_the_cause_once() {
    let socket = connect(url(Script::new().open().end())).await;
    let clone = socket.clone();
    let (first, second) = join(rest(&socket), rest(&clone)).await;
    assert_eq!(
        (first, second),
        (vec!["the cause".into()], vec!["the cause".into()])
    );
    assert_eq!(rest(&socket.clone()).await, ["the cause"]);
}

#[test]
async fn the_cause_is_that_of_the_close_event() {
    let socket = builder(url("/status?code=429")).open().unwrap();
    let error = socket.recv().await.unwrap().unwrap_err();
    let event = socket.closed().await;
    assert_eq!(error.to_string(), event.cause().unwrap().to_string());
}

#[test]
async fn after_our_close_there_is_only_the_end() {
    let script = Script::new().in_one_write(|inner| inner.open().text("a").text("b"));
    let socket = connect(url(script.expect_close().text("late").close(1000, ""))).await;
    socket.close();
    assert_eq!(rest(&socket).await, [""; 0]);
    assert!(socket.closed().await.was_clean());
}

#[test]
async fn a_reader_that_waits_is_told_of_our_close() {
    let socket = connect(url("/echo")).await;
    let (message, ()) = join(socket.recv(), async { socket.close() }).await;
    assert!(message.is_none());
}

#[test]
async fn a_wait_that_is_dropped_loses_no_message() {
    let (url, id) = named(
        Script::new()
            .open()
            .pause()
            .text("a")
            .text("b")
            .close(1000, ""),
    )
    .await;
    let socket = connect(url).await;
    for _ in 0..100 {
        assert!(socket.recv().now_or_never().is_none());
    }
    let mut waiting = Box::pin(socket.recv());
    assert!(waiting.as_mut().now_or_never().is_none());
    go(&id).await;
    seen_when(&id, |_| true).await;
    // Woken by now, or about to be.
    drop(waiting);
    assert_eq!(rest(&socket).await, ["a", "b"]);
}

#[test]
async fn try_recv_takes_what_is_there_and_does_not_wait() {
    let script = Script::new()
        .open()
        .pause()
        .text("a")
        .text("b")
        .close(1000, "");
    let (url, id) = named(script).await;
    let socket = builder(url).open().unwrap();
    assert!(socket.try_recv().is_none(), "while connecting");
    socket.opened().await.unwrap();
    assert!(socket.try_recv().is_none());
    go(&id).await;
    let mut got = Vec::new();
    while socket.ready_state() != ReadyState::Closed || got.len() < 2 {
        match socket.try_recv() {
            Some(message) => got.push(message.unwrap().as_text().unwrap().to_owned()),
            None => a_moment().await,
        }
    }
    assert_eq!(got, ["a", "b"]);
    assert!(socket.try_recv().is_none());
}

#[test]
async fn try_recv_gives_the_cause_once() {
    let socket = connect(url(Script::new().open().text("a").end())).await;
    socket.closed().await;
    assert_eq!(socket.try_recv().unwrap().unwrap(), Message::from("a"));
    assert!(socket.try_recv().unwrap().is_err());
    assert!(socket.try_recv().is_none());
    assert!(socket.recv().await.is_none());
}

#[test]
async fn several_readers_share_the_messages_and_lose_none() {
    let messages = 3000;
    let script = (0..30).fold(Script::new().open(), |script, _| script.echo(100));
    let socket = connect(url(script.close(1000, ""))).await;
    for number in 0..messages {
        socket.send(number.to_string()).unwrap();
    }
    let readers = [socket.clone(), socket.clone(), socket];
    let [a, b, c] = &readers;
    let (a, b, c) = join3(rest(a), rest(b), rest(c)).await;
    for part in [&a, &b, &c] {
        let numbers: Vec<u32> = part.iter().map(|text| text.parse().unwrap()).collect();
        assert!(numbers.is_sorted(), "each reader sees its own in order");
    }
    let mut all: Vec<u32> = [a, b, c]
        .concat()
        .iter()
        .map(|text| text.parse().unwrap())
        .collect();
    all.sort_unstable();
    assert_eq!(all, (0..messages).collect::<Vec<_>>());
}

#[test]
async fn a_reader_that_gives_up_hands_its_turn_to_another() {
    let (url, id) = named(
        Script::new()
            .open()
            .pause()
            .text("a")
            .pause()
            .close(1000, ""),
    )
    .await;
    let socket = connect(url).await;
    let other = socket.clone();
    let mut first = Box::pin(socket.recv());
    let mut second = Box::pin(other.recv());
    assert!(first.as_mut().now_or_never().is_none());
    assert!(second.as_mut().now_or_never().is_none());
    go(&id).await;
    drop(first);
    assert_eq!(second.await.unwrap().unwrap(), Message::from("a"));
    drop(socket);
    go(&id).await;
    assert_eq!(rest(&other).await, [""; 0]);
}

#[test]
async fn a_socket_that_nobody_reads_still_ends() {
    let script = Script::new()
        .open()
        .text("a")
        .binary_of_size(100_000)
        .close(1000, "");
    let socket = connect(url(script)).await;
    assert!(socket.closed().await.was_clean());
    assert_eq!(rest(&socket).await, ["a", "100000 bytes"]);
}

#[test]
#[cfg_attr(
    target_arch = "wasm32",
    ignore = "a browser reads ahead by itself; `backpressure.rs` shows how far"
)]
async fn a_peer_waits_for_a_reader_that_does_not_read() {
    let (url, id) = named(
        Script::new()
            .open()
            .binary_of_size(16 << 20)
            .ping("")
            .expect_pong(),
    )
    .await;
    let socket = builder(url).max_unread(1).connect().await.unwrap();
    a_moment().await;
    assert_eq!(
        seen_now(&id).await.frames,
        [],
        "the ping stands behind the message"
    );
    assert_eq!(receive(&socket).await.len(), 16 << 20);
    seen_when(&id, |seen| seen.opcodes() == [10]).await;
}

#[test]
async fn while_a_message_listener_is_there_readers_get_only_the_end() {
    let log = Log::default();
    let note = log.clone();
    let script = Script::new().open().text("a").text("b").close(1000, "");
    let socket = builder(url(script))
        .on_message(move |_, event| note.note(event.text().unwrap()))
        .open()
        .unwrap();
    assert_eq!(rest(&socket).await, [""; 0]);
    assert_eq!(log.until(2).await, ["a", "b"]);

    let log = Log::default();
    let note = log.clone();
    let socket = builder(url(Script::new().open().text("a").end()))
        .on_message(move |_, event| note.note(event.text().unwrap()))
        .open()
        .unwrap();
    assert_eq!(rest(&socket).await, ["the cause"]);
    assert_eq!(log.until(1).await, ["a"]);
}

#[test]
async fn listeners_of_other_kinds_take_no_message_from_a_reader() {
    let log = Log::default();
    let [opens, errors, closes] = [(); 3].map(|()| log.clone());
    let script = Script::new()
        .open()
        .text("a")
        .text("b")
        .text("c")
        .close(3000, "bye");
    let socket = builder(url(script))
        .binary_type(BinaryType::ArrayBuffer)
        .on_open(move |_, _| opens.note("open"))
        .on_error(move |_, _| errors.note("error"))
        .on_close(move |socket, event: &CloseEvent| closes.note(close_line(socket, event)))
        .open()
        .unwrap();
    assert_eq!(rest(&socket).await, ["a", "b", "c"]);
    assert_eq!(log.closed().await, ["open", r#"close 3 clean 3000 "bye""#]);
}

#[test]
async fn a_close_listener_beside_a_reading_loop_hears_the_failure() {
    let log = Log::default();
    let note = log.clone();
    let script = Script::new().open().text("a").frame_hex("83 00").hang();
    let socket = builder(url(script))
        .on_close(move |socket, event| note.note(close_line(socket, event)))
        .open()
        .unwrap();
    assert_eq!(rest(&socket).await, ["a", "the cause"]);
    assert_eq!(log.closed().await, [LOST]);
}

#[test]
async fn a_reader_that_waited_before_a_message_listener_came_gets_its_turn_after_it() {
    let script = Script::new()
        .open()
        .pause()
        .text("a")
        .text("b")
        .close(1000, "");
    let (url, id) = named(script).await;
    let socket = connect(url).await;
    let mut reader = Box::pin(socket.recv());
    assert!(reader.as_mut().now_or_never().is_none());
    let log = Log::default();
    let note = log.clone();
    socket.add_event_listener_once(move |_, event: &MessageEvent| note.note(event.text().unwrap()));
    go(&id).await;
    assert_eq!(reader.await.unwrap().unwrap(), Message::from("b"));
    assert_eq!(log.lines(), ["a"]);
    assert_eq!(receive_all(&socket).await, []);
}

#[test]
async fn a_reader_may_close_from_its_loop() {
    let (url, id) = named(
        Script::new()
            .open()
            .text("a")
            .text("b")
            .expect_close()
            .close(1000, ""),
    )
    .await;
    let (builder, log) = record(builder(url));
    let socket = builder.open().unwrap();
    socket.clear_onmessage();
    while let Some(message) = socket.recv().await {
        if message.unwrap().as_text() == Some("a") {
            socket.close_with(3000, "enough").unwrap();
        }
    }
    assert_eq!(log.closed().await, ["open 1", r#"close 3 clean 1000 """#]);
    assert_eq!(
        seen(&id).await.close(),
        Some((Some(3000), "enough".to_owned()))
    );
}

#[test]
async fn an_echo_can_be_read_and_answered_for_long() {
    let socket = connect(url("/echo")).await;
    socket.send("0").unwrap();
    for number in 1..1000 {
        assert_eq!(receive_text(&socket).await, (number - 1).to_string());
        socket.send(number.to_string()).unwrap();
    }
}
