//! Clones, what keeps a connection open, and what dropping the last handle does.

use std::sync::{Arc, Mutex};

use futures_util::future::join;
use onesocket::{MessageEvent, ReadyState};
use onesocket_test_support::Script;

use super::recorder::{Log, NOT_OPENED, open_recorded, record};
use super::server::{
    a_moment, builder, connect, fresh_id, go, lengths, named, receive_text, seen, seen_now,
    seen_when, url,
};
use crate::test;

const CLEAN: &str = r#"close 3 clean 1005 """#;

#[test]
async fn clones_are_one_connection() {
    let socket = builder(url("/echo")).protocols("chat").open().unwrap();
    let clone = socket.clone();
    clone.opened().await.unwrap();
    assert_eq!(socket.ready_state(), ReadyState::Open);
    assert_eq!((clone.url(), clone.protocol()), (socket.url(), "chat"));
    clone.send("hello").unwrap();
    assert_eq!(socket.buffered_amount(), 5);
    assert_eq!(receive_text(&socket).await, "hello");
    socket.close();
    assert_eq!(clone.ready_state(), ReadyState::Closing);
    assert!(clone.closed().await.was_clean());
}

#[test]
async fn a_connection_lives_as_long_as_one_handle() {
    let id = fresh_id().await;
    let socket = connect(url(format!("/echo?id={id}"))).await;
    let second = socket.clone();
    let third = second.clone();
    drop(socket);
    drop(second);
    a_moment().await;
    assert_eq!(seen_now(&id).await.frames, []);
    third.send("still here").unwrap();
    assert_eq!(receive_text(&third).await, "still here");
    drop(third);
    assert_eq!(seen(&id).await.opcodes(), [1, 8]);
}

#[test]
async fn dropping_the_last_handle_closes_without_a_code_after_what_was_sent() {
    for with_listeners in [false, true] {
        let (url, id) = named(Script::new().open().expect_close().close_empty()).await;
        let (recorded, log) = record(builder(&url));
        let builder = if with_listeners {
            recorded
        } else {
            builder(&url)
        };
        let socket = builder.connect().await.unwrap();
        socket.send("a").unwrap();
        socket.send(vec![0; 200_000]).unwrap();
        drop(socket);
        let seen = seen(&id).await;
        assert_eq!(lengths(&seen), [(1, 1), (2, 200_000), (8, 0)]);
        assert_eq!(seen.close(), Some((None, String::new())));
        if with_listeners {
            assert_eq!(
                log.closed().await,
                ["open 1", CLEAN],
                "the listeners still hear it"
            );
        }
    }
}

#[test]
async fn dropping_the_last_handle_while_connecting_stops_the_attempt() {
    let (url, id) = named(Script::new().pause().open().hang()).await;
    let (socket, log) = open_recorded(url);
    seen_when(&id, |seen| !seen.head.is_empty()).await;
    drop(socket);
    assert_eq!(log.closed().await, NOT_OPENED);
    go(&id).await;
    assert_eq!(seen(&id).await.frames, []);
}

#[test]
async fn dropping_the_last_handle_does_not_wait_for_unread_messages() {
    let id = fresh_id().await;
    // The peer has sent all of it before it looks at anything.
    let socket = connect(url(format!("/flood?n=3000&size=10000&id={id}"))).await;
    receive_text(&socket).await;
    drop(socket);
    let seen = seen(&id).await;
    assert_eq!(
        (seen.opcodes(), seen.close()),
        (vec![8], Some((None, String::new())))
    );
}

#[test]
async fn keep_open_gives_a_connection_the_life_of_a_browsers() {
    let (url, id) = named(
        Script::new()
            .open()
            .pause()
            .text("x")
            .expect_close()
            .close(1000, ""),
    )
    .await;
    let (builder, log) = record(builder(url));
    let note = log.clone();
    let builder = builder.on_message(move |socket, event| {
        note.note(event.text().unwrap());
        socket.close();
    });
    builder.open().unwrap().keep_open();
    log.until(1).await;
    a_moment().await;
    go(&id).await;
    assert_eq!(
        log.closed().await,
        ["open 1", "x", r#"close 3 clean 1000 """#]
    );
}

#[test]
async fn keep_open_holds_although_other_handles_go() {
    let (url, id) = named(Script::new().open().pause().close(1000, "")).await;
    let (socket, log) = open_recorded(url);
    socket.opened().await.unwrap();
    socket.clone().keep_open();
    drop(socket);
    a_moment().await;
    assert_eq!(seen_now(&id).await.frames, []);
    go(&id).await;
    assert_eq!(log.closed().await, ["open 1", r#"close 3 clean 1000 """#]);
}

#[test]
async fn the_socket_that_a_listener_is_given_keeps_nothing_open() {
    let (url, id) = named(Script::new().open().text("x").expect_close().close_empty()).await;
    let log = Log::default();
    let note = log.clone();
    let socket = builder(url)
        .on_message(move |_, event| note.note(event.text().unwrap()))
        .open()
        .unwrap();
    log.until(1).await;
    drop(socket);
    assert_eq!(seen(&id).await.opcodes(), [8]);
}

#[test]
async fn a_clone_of_the_socket_that_a_listener_is_given_keeps_it_open() {
    let id = fresh_id().await;
    let (kept, log) = (Arc::new(Mutex::new(None)), Log::default());
    let (keep, note) = (kept.clone(), log.clone());
    let socket = builder(url(format!("/echo?id={id}")))
        .on_open(move |socket, _| {
            *keep.lock().unwrap() = Some(socket.clone());
            note.note("open");
        })
        .open()
        .unwrap();
    log.until(1).await;
    drop(socket);
    a_moment().await;
    let kept = kept.lock().unwrap().take().unwrap();
    kept.send("hello").unwrap();
    assert_eq!(receive_text(&kept).await, "hello");
    drop(kept);
    assert_eq!(seen(&id).await.opcodes(), [1, 8]);
}

#[test]
async fn a_listener_that_holds_a_handle_is_let_go_of_after_the_close() {
    let kept = Arc::new(());
    let socket = connect(url("/echo")).await;
    let (own, mark) = (socket.clone(), kept.clone());
    socket.add_event_listener(move |_, event: &MessageEvent| {
        assert_eq!(*mark, ());
        own.send(event.message()).unwrap();
    });
    socket.close();
    socket.closed().await;
    a_moment().await;
    assert_eq!(Arc::strong_count(&kept), 1);
}

#[test]
async fn futures_hold_no_handle_but_may_outlive_a_clone() {
    let (url, id) = named(
        Script::new()
            .open()
            .pause()
            .text("x")
            .expect_close()
            .close_empty(),
    )
    .await;
    let socket = connect(url).await;
    let clone = socket.clone();
    let (message, ()) = join(socket.recv(), async {
        drop(clone);
        go(&id).await;
    })
    .await;
    assert_eq!(message.unwrap().unwrap().as_text(), Some("x"));
}

#[test]
async fn a_handle_shows_itself() {
    let socket = connect(url("/echo")).await;
    let shown = format!("{socket:?}");
    assert!(
        shown.contains(&url("/echo")) && shown.contains("Open"),
        "{shown}"
    );
}
