//! Nothing is missed for being late: what happened before anybody listened is told to the first who listens.

use onesocket::{CloseEvent, ErrorEvent, MessageEvent, OpenEvent, WebSocket};
use onesocket_test_support::Script;

use super::recorder::Log;
use super::server::{a_moment, builder, connect, go, named, receive_text, seen_when, url};
use crate::test;

fn listen_to_open(socket: &WebSocket, log: &Log, name: &'static str) {
    let log = log.clone();
    socket.add_event_listener(move |socket, _: &OpenEvent| log.note(line(name, socket)));
}

fn listen_to_messages(socket: &WebSocket, log: &Log) {
    let log = log.clone();
    socket.set_onmessage(move |socket, event: &MessageEvent| {
        log.note(line(event.text().unwrap(), socket));
    });
}

fn listen_to_error(socket: &WebSocket, log: &Log, name: &'static str) {
    let log = log.clone();
    socket.add_event_listener(move |socket, _: &ErrorEvent| log.note(line(name, socket)));
}

fn listen_to_close(socket: &WebSocket, log: &Log, name: &'static str) {
    let log = log.clone();
    socket.add_event_listener(move |socket, _: &CloseEvent| log.note(line(name, socket)));
}

fn line(what: &str, socket: &WebSocket) -> String {
    format!("{what} {}", socket.ready_state() as u8)
}

/// A socket that is closed, after an open event, two messages, an error event if it failed, and a close event that nobody has heard.
async fn over(failed: bool) -> WebSocket {
    let script = Script::new().in_one_write(|inner| {
        let messages = inner.open().text("a").text("b");
        if failed {
            messages.frame_hex("83 00")
        } else {
            messages.close(1000, "")
        }
    });
    let socket = builder(url(script)).open().unwrap();
    assert_eq!(socket.closed().await.was_clean(), !failed);
    socket
}

#[test]
async fn a_late_open_listener_is_called_later_and_once() {
    let socket = connect(url("/echo")).await;
    a_moment().await;
    let log = Log::default();
    listen_to_open(&socket, &log, "first");
    assert_eq!(log.lines(), [""; 0], "never inside the call");
    assert_eq!(log.until(1).await, ["first 1"]);
    listen_to_open(&socket, &log, "second");
    a_moment().await;
    assert_eq!(log.lines(), ["first 1"], "it happened once");
}

#[test]
async fn listeners_that_come_late_together_are_called_in_order() {
    let socket = connect(url("/echo")).await;
    let log = Log::default();
    listen_to_open(&socket, &log, "first");
    listen_to_open(&socket, &log, "second");
    assert_eq!(log.until(2).await, ["first 1", "second 1"]);
}

#[test]
async fn an_event_that_somebody_heard_is_not_told_again() {
    let log = Log::default();
    let [opens, closes] = [(); 2].map(|()| log.clone());
    let socket = builder(url("/echo"))
        .on_open(move |socket, _| opens.note(line("open", socket)))
        .on_close(move |socket, _| closes.note(line("close", socket)))
        .open()
        .unwrap();
    log.until(1).await;
    listen_to_open(&socket, &log, "late open");
    socket.close();
    log.until(2).await;
    listen_to_close(&socket, &log, "late close");
    listen_to_open(&socket, &log, "late open");
    a_moment().await;
    assert_eq!(log.lines(), ["open 1", "close 3"]);
}

#[test]
async fn after_a_clean_end_everything_is_told_in_its_order() {
    let (socket, log) = (over(false).await, Log::default());
    listen_to_close(&socket, &log, "close");
    listen_to_error(&socket, &log, "error");
    listen_to_messages(&socket, &log);
    listen_to_open(&socket, &log, "open");
    assert_eq!(log.lines(), [""; 0], "never inside the calls");
    assert_eq!(log.closed().await, ["open 3", "a 3", "b 3", "close 3"]);
    a_moment().await;
    assert_eq!(log.lines().len(), 4);
}

#[test]
async fn after_a_failure_everything_is_told_in_its_order() {
    let (socket, log) = (over(true).await, Log::default());
    listen_to_close(&socket, &log, "close");
    listen_to_error(&socket, &log, "error");
    listen_to_messages(&socket, &log);
    listen_to_open(&socket, &log, "open");
    assert_eq!(
        log.closed().await,
        ["open 3", "a 3", "b 3", "error 3", "close 3"]
    );
}

#[test]
async fn each_kind_waits_for_its_own_listener() {
    let (socket, log) = (over(true).await, Log::default());
    listen_to_close(&socket, &log, "close");
    assert_eq!(
        log.until(1).await,
        ["close 3"],
        "nobody listens to messages, so it waits for none"
    );
    listen_to_error(&socket, &log, "error");
    assert_eq!(log.until(2).await[1], "error 3");
    listen_to_messages(&socket, &log);
    assert_eq!(log.until(4).await[2..], ["a 3", "b 3"]);
    listen_to_open(&socket, &log, "open");
    assert_eq!(log.until(5).await[4], "open 3");
    listen_to_close(&socket, &log, "again");
    listen_to_error(&socket, &log, "again");
    a_moment().await;
    assert_eq!(log.lines().len(), 5);
}

#[test]
async fn a_late_listener_after_a_failed_opening_hears_error_and_close() {
    let socket = builder(url("/status")).open().unwrap();
    socket.closed().await;
    let log = Log::default();
    listen_to_close(&socket, &log, "close");
    listen_to_error(&socket, &log, "error");
    listen_to_open(&socket, &log, "open");
    log.closed().await;
    a_moment().await;
    assert_eq!(log.lines(), ["error 3", "close 3"]);
}

#[test]
async fn a_late_once_listener_is_called_once() {
    let (socket, log) = (over(false).await, Log::default());
    let note = log.clone();
    socket.add_event_listener_once(move |_, event: &MessageEvent| note.note(event.text().unwrap()));
    assert_eq!(log.until(1).await, ["a"]);
    a_moment().await;
    assert_eq!(log.lines(), ["a"]);
    assert_eq!(receive_text(&socket).await, "b", "the rest is for readers");
}

#[test]
async fn a_listener_that_is_removed_before_its_late_call_is_not_called() {
    let (socket, log) = (over(false).await, Log::default());
    let note = log.clone();
    let id = socket.add_event_listener(move |_, _: &CloseEvent| note.note("removed"));
    socket.remove_event_listener(id);
    listen_to_close(&socket, &log, "close");
    assert_eq!(log.closed().await, ["close 3"]);
}

#[test]
async fn messages_that_came_before_the_listener_are_pushed_to_it_in_order() {
    let script = Script::new()
        .in_one_write(|inner| inner.open().text("a").text("b"))
        .pause()
        .text("c")
        .close(1000, "");
    let (url, id) = named(script).await;
    let socket = connect(url).await;
    assert_eq!(receive_text(&socket).await, "a");
    let log = Log::default();
    listen_to_messages(&socket, &log);
    assert_eq!(log.lines(), [""; 0], "never inside the call");
    assert_eq!(log.until(1).await, ["b 1"]);
    go(&id).await;
    assert_eq!(log.until(2).await, ["b 1", "c 1"]);
}

#[test]
async fn messages_after_the_last_message_listener_went_are_for_readers() {
    let script = Script::new()
        .in_one_write(|inner| inner.open().text("a").text("b").text("c"))
        .text("d")
        .close(1000, "");
    let log = Log::default();
    let note = log.clone();
    let socket = builder(url(script)).open().unwrap();
    socket.set_onmessage(move |socket, event| {
        note.note(event.text().unwrap());
        socket.clear_onmessage();
    });
    for text in ["b", "c", "d"] {
        assert_eq!(receive_text(&socket).await, text);
    }
    assert!(socket.recv().await.is_none());
    assert_eq!(log.lines(), ["a"]);
}

#[test]
async fn after_our_close_a_late_message_listener_hears_nothing() {
    let script = Script::new().in_one_write(|inner| inner.open().text("a").text("b"));
    let socket = connect(url(script.expect_close().close(1000, ""))).await;
    a_moment().await;
    socket.close();
    socket.closed().await;
    let log = Log::default();
    listen_to_messages(&socket, &log);
    listen_to_close(&socket, &log, "close");
    log.closed().await;
    a_moment().await;
    assert_eq!(log.lines(), ["close 3"]);
}

#[test]
async fn listeners_may_be_set_while_the_peers_close_waits_for_the_end_of_tcp() {
    let script = Script::new()
        .in_one_write(|inner| inner.open().text("a").close(1000, ""))
        .expect_close()
        .pause();
    let (url, id) = named(script).await;
    let socket = builder(url).open().unwrap();
    seen_when(&id, |seen| seen.close().is_some()).await;
    let log = Log::default();
    listen_to_messages(&socket, &log);
    listen_to_close(&socket, &log, "close");
    go(&id).await;
    let lines = log.closed().await;
    assert!(
        lines == ["a 2", "close 3"] || lines == ["a 3", "close 3"],
        "{lines:?}"
    );
}
