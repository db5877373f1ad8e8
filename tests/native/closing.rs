//! Decisions about the end of a connection on which the engines differ, and how long it may take.

use std::time::Duration;

use onesocket::{ReadyState, Stage, WebSocket};
use onesocket_test_support::{End, Script, Server};

use super::story::{failed, story};

const SOON: Duration = Duration::from_millis(50);

#[tokio::test]
async fn what_comes_after_the_peers_close_is_discarded() {
    let server = Server::start();
    for behind in ["8101 61", "8300", "8900", "ff ff ff ff", "8802 03e8"] {
        let script = Script::new().in_one_write(|inner| {
            inner
                .open()
                .text("before")
                .close(3000, "bye")
                .frame_hex(behind)
        });
        let (lines, event) = story(WebSocket::builder(server.url(script.expect_close()))).await;
        assert_eq!(lines, ["open", r#"Text("before")"#, "close"], "{behind}");
        assert!(event.was_clean());
        assert_eq!((event.code(), event.reason()), (3000, "bye"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn registered_codes_are_accepted_and_all_others_fail_with_1002() {
    let server = Server::start();
    let accepted = |code| matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
    let codes = (990..=1020).chain([
        0, 1, 500, 1099, 1100, 2000, 2999, 3000, 3999, 4000, 4999, 5000, 65535,
    ]);
    for code in codes {
        let id = format!("code{code}");
        let script = Script::new().id(&id).open().close(code, "").expect_close();
        let builder = WebSocket::builder(server.url(script));
        let (lines, event) = story(builder).await;
        let answered = server.seen(&id).close().unwrap().0;
        if accepted(code) {
            assert_eq!(lines, ["open", "close"], "{code}");
            assert_eq!((event.was_clean(), event.code()), (true, code));
            assert_eq!(answered, Some(code));
        } else {
            assert_eq!(lines, ["open", "error", "close"], "{code}");
            assert_eq!((event.was_clean(), event.code()), (false, 1006));
            assert_eq!(answered, Some(1002));
            let cause = event.cause().unwrap();
            assert_eq!(
                (cause.stage(), cause.close_code()),
                (Stage::Protocol, Some(1002))
            );
        }
    }
}

#[tokio::test]
async fn a_close_that_is_never_answered_ends_after_the_close_timeout() {
    let server = Server::start();
    let socket = WebSocket::builder(server.url(Script::new().open().hang()))
        .close_timeout(SOON)
        .connect()
        .await
        .unwrap();
    socket.close();
    let event = socket.closed().await;
    assert_eq!((event.code(), event.was_clean()), (1006, false));
    let cause = event.cause().unwrap();
    assert_eq!((cause.stage(), cause.is_timeout()), (Stage::Closing, true));
}

#[tokio::test]
async fn a_close_ends_although_the_peer_sends_for_ever_and_looks_at_nothing() {
    let server = Server::start();
    for read_first in [false, true] {
        let socket = WebSocket::builder(server.url("/flood?size=10000"))
            .close_timeout(SOON)
            .connect()
            .await
            .unwrap();
        if read_first {
            assert_eq!(socket.recv().await.unwrap().unwrap().len(), 10_000);
        }
        socket.close();
        let event = socket.closed().await;
        assert_eq!((event.code(), event.was_clean()), (1006, false));
        assert_eq!(event.cause().unwrap().stage(), Stage::Closing);
    }
}

#[tokio::test]
async fn a_peer_that_keeps_tcp_open_after_both_closes_is_left_after_the_disconnect_timeout() {
    let server = Server::start();
    for script in [
        Script::new().open().expect_close().close(1000, "").hang(),
        Script::new().open().close(1000, "").expect_close().hang(),
    ] {
        let socket = WebSocket::builder(server.url(script))
            .disconnect_timeout(SOON)
            .connect()
            .await
            .unwrap();
        socket.close();
        let event = socket.closed().await;
        assert_eq!(
            (event.code(), event.was_clean()),
            (1000, true),
            "it is clean all the same"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_failed_connection_tells_the_peer_and_waits_for_its_end() {
    let server = Server::start();
    // Bytes that lie unread at the end would make the system reset the connection, and the Close be lost.
    let script = Script::new()
        .id("x")
        .open()
        .frame_hex("8300")
        .binary_of_size(100_000)
        .hang();
    failed(WebSocket::builder(server.url(script))).await;
    let seen = server.seen("x");
    assert_eq!(seen.close().unwrap().0, Some(1002));
    assert_eq!(seen.end, Some(End::Eof));
}

#[tokio::test]
async fn a_drop_sends_no_1001() {
    let server = Server::start();
    let script = Script::new().id("x").open().expect_close().close_empty();
    let socket = WebSocket::connect(server.url(script)).await.unwrap();
    drop(socket);
    let seen = tokio::task::spawn_blocking(move || server.seen("x"))
        .await
        .unwrap();
    assert_eq!(seen.close(), Some((None, String::new())));
}

#[tokio::test]
async fn while_somebody_awaits_the_close_and_nobody_reads_it_fails_after_the_close_timeout() {
    let server = Server::start();
    let script = Script::new()
        .open()
        .text_of_size(1000)
        .close(1000, "")
        .hang();
    let socket = WebSocket::builder(server.url(script))
        .max_unread(100)
        .close_timeout(SOON)
        .connect()
        .await
        .unwrap();
    let event = socket.closed().await;
    assert!(!event.was_clean());
    let cause = event.cause().unwrap();
    assert_eq!((cause.stage(), cause.is_timeout()), (Stage::Limit, true));
    assert!(cause.to_string().contains("unread"), "{cause}");
    // The message is not lost.
    assert_eq!(socket.recv().await.unwrap().unwrap().len(), 1000);
    assert!(socket.recv().await.unwrap().is_err());
    assert!(socket.recv().await.is_none());
}

#[tokio::test]
async fn a_full_inbox_waits_for_its_reader_as_long_as_nobody_awaits_the_close() {
    let server = Server::start();
    let full = || {
        let script = Script::new()
            .open()
            .text_of_size(1000)
            .close(1000, "")
            .expect_close();
        let builder = WebSocket::builder(server.url(script));
        builder.max_unread(100).close_timeout(SOON).connect()
    };
    let patient = full().await.unwrap();
    // The time that the other one is given is over, and nothing has happened to this one.
    let awaited = full().await.unwrap();
    assert!(!awaited.closed().await.was_clean());
    assert_eq!(patient.ready_state(), ReadyState::Open);
    assert_eq!(patient.recv().await.unwrap().unwrap().len(), 1000);
    assert!(patient.recv().await.is_none());
    assert!(patient.closed().await.was_clean());
}
