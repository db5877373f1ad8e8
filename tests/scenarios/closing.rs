//! The closing handshake, from either side.

use futures_util::future::join;
use onesocket::{Event, ReadyState, WebSocket};
use onesocket_test_support::{End, Script};

use super::recorder::{Log, NOT_OPENED, close_line, lost_after, open_recorded, record, story};
use super::server::{
    a_moment, builder, connect, fresh_id, go, named, seen, seen_now, seen_when, url,
};
use crate::test;

/// Both rules about the arguments, and that they hold whatever the state is.
fn check_arguments(socket: &WebSocket) {
    let state = socket.ready_state();
    let longest = "ü".repeat(61) + "x";
    let too_long = longest.clone() + "y";
    for code in [
        0,
        1,
        999,
        1001,
        1002,
        1003,
        1004,
        1005,
        1006,
        1007,
        1015,
        2999,
        5000,
        u16::MAX,
    ] {
        for reason in ["", &longest, &too_long] {
            let error = socket.close_with(code, reason).unwrap_err();
            let exception = error.exception();
            assert_eq!(
                exception,
                Some("InvalidAccessError"),
                "the code comes first"
            );
            assert!(error.to_string().contains("close code"), "{error}");
        }
    }
    for code in [1000, 3000, 4999] {
        for reason in [&too_long, &"x".repeat(124)] {
            let error = socket.close_with(code, reason).unwrap_err();
            assert_eq!(error.exception(), Some("SyntaxError"));
            assert!(error.to_string().contains("close reason"), "{error}");
        }
    }
    assert_eq!(socket.ready_state(), state, "nothing has changed");
}

#[test]
async fn wrong_arguments_are_refused_in_every_state_and_change_nothing() {
    let (url, id) = named(Script::new().open().expect_close().pause().close(1000, "")).await;
    let socket = builder(url).open().unwrap();
    for state in [
        ReadyState::Connecting,
        ReadyState::Open,
        ReadyState::Closing,
        ReadyState::Closed,
    ] {
        match state {
            ReadyState::Connecting => {}
            ReadyState::Open => socket.opened().await.unwrap(),
            ReadyState::Closing => socket.close(),
            ReadyState::Closed => {
                go(&id).await;
                socket.closed().await;
            }
        }
        assert_eq!(socket.ready_state(), state);
        check_arguments(&socket);
    }
    assert_eq!(seen(&id).await.opcodes(), [8]);
}

#[test]
async fn a_close_goes_out_with_what_the_caller_said() {
    let longest = "ü".repeat(61) + "x";
    for (code, reason, sent) in [
        (None, "", (None, String::new())),
        (Some(1000), "", (Some(1000), String::new())),
        (Some(3000), "", (Some(3000), String::new())),
        (Some(4999), "bye ü", (Some(4999), "bye ü".to_owned())),
        (Some(1000), &*longest, (Some(1000), longest.clone())),
    ] {
        let id = fresh_id().await;
        let (builder, log) = record(builder(url(format!("/echo?id={id}"))));
        let socket = builder.connect().await.unwrap();
        match code {
            None => socket.close(),
            Some(code) => socket.close_with(code, reason).unwrap(),
        }
        assert_eq!(socket.ready_state(), ReadyState::Closing);
        // The peer has sent the same back.
        let code = code.unwrap_or(1005);
        let close = format!("close 3 clean {code} {reason:?}");
        assert_eq!(log.closed().await, ["open 1", &*close]);
        let seen = seen(&id).await;
        assert_eq!((seen.opcodes(), seen.close()), (vec![8], Some(sent)));
    }
}

#[test]
async fn a_close_without_a_code_has_no_body() {
    let (url, id) = named(Script::new().open().expect_close().close_empty()).await;
    let (socket, log) = open_recorded(url);
    socket.opened().await.unwrap();
    socket.close();
    assert_eq!(log.closed().await, ["open 1", r#"close 3 clean 1005 """#]);
    assert_eq!(seen(&id).await.frames[0].length, 0);
}

#[test]
async fn the_close_event_tells_what_the_peer_said_and_not_what_we_said() {
    let closed = || Script::new().open().expect_close();
    for (script, event) in [
        (closed().close(3333, "mine"), r#"close 3 clean 3333 "mine""#),
        (closed().close(1000, ""), r#"close 3 clean 1000 """#),
        (closed().close_empty(), r#"close 3 clean 1005 """#),
    ] {
        let (socket, log) = open_recorded(url(script));
        socket.opened().await.unwrap();
        socket.close_with(4000, "ours").unwrap();
        assert_eq!(log.closed().await, ["open 1", event]);
    }
}

#[test]
async fn the_close_event_waits_for_the_peers_half() {
    let (url, id) = named(Script::new().open().expect_close().pause().close(1000, "")).await;
    let (socket, log) = open_recorded(url);
    socket.opened().await.unwrap();
    socket.close();
    seen_when(&id, |seen| seen.close().is_some()).await;
    a_moment().await;
    assert_eq!(log.lines(), ["open 1"]);
    assert_eq!(socket.ready_state(), ReadyState::Closing);
    go(&id).await;
    assert_eq!(log.closed().await, ["open 1", r#"close 3 clean 1000 """#]);
}

#[test]
async fn a_close_of_the_peer_is_answered_and_told() {
    for (code, reason) in [
        (1000, ""),
        (1000, "bye"),
        (1001, "going away"),
        (1002, ""),
        (1003, ""),
        (1007, ""),
        (1008, ""),
        (1009, ""),
        (1010, ""),
        (1011, "ü€𝄞"),
        (3000, ""),
        (3999, "\0"),
        (4000, ""),
        (4999, &*"x".repeat(123)),
    ] {
        let script = Script::new().open().close(code, reason).expect_close();
        let (url, id) = named(script).await;
        let close = format!("close 3 clean {code} {reason:?}");
        assert_eq!(story(url).await, ["open 1", &*close]);
        let seen = seen(&id).await;
        assert_eq!(
            seen.close().unwrap().0,
            Some(code),
            "the answer has the same code"
        );
        assert_eq!(seen.opcodes(), [8]);
    }
}

#[test]
async fn a_close_of_the_peer_without_a_code_is_answered_without_one() {
    let (url, id) = named(Script::new().open().close_empty().expect_close()).await;
    assert_eq!(story(url).await, ["open 1", r#"close 3 clean 1005 """#]);
    assert_eq!(seen(&id).await.close(), Some((None, String::new())));
}

#[test]
async fn the_state_is_closing_from_the_peers_close_until_tcp_ends() {
    let script = Script::new()
        .open()
        .close(1000, "bye")
        .expect_close()
        .pause();
    let (url, id) = named(script).await;
    let (socket, log) = open_recorded(url);
    seen_when(&id, |seen| seen.close().is_some()).await;
    assert_eq!(socket.ready_state(), ReadyState::Closing);
    assert_eq!(log.lines(), ["open 1"]);
    go(&id).await;
    assert_eq!(
        log.closed().await,
        ["open 1", r#"close 3 clean 1000 "bye""#]
    );
    assert_eq!(socket.ready_state(), ReadyState::Closed);
}

#[test]
async fn our_close_after_the_peers_does_nothing() {
    let script = Script::new()
        .open()
        .close(1001, "first")
        .expect_close()
        .pause();
    let (url, id) = named(script).await;
    let (socket, log) = open_recorded(url);
    seen_when(&id, |seen| seen.close().is_some()).await;
    socket.close_with(3000, "second").unwrap();
    go(&id).await;
    assert_eq!(
        log.closed().await,
        ["open 1", r#"close 3 clean 1001 "first""#]
    );
    let seen = seen(&id).await;
    assert_eq!(
        (seen.opcodes(), seen.close().unwrap().0),
        (vec![8], Some(1001))
    );
}

#[test]
async fn only_the_first_close_counts() {
    let id = fresh_id().await;
    let (socket, log) = open_recorded(url(format!("/echo?id={id}")));
    socket.opened().await.unwrap();
    socket.close_with(3001, "first").unwrap();
    socket.close_with(3002, "second").unwrap();
    socket.close();
    log.closed().await;
    socket.close();
    socket.close_with(3003, "third").unwrap();
    a_moment().await;
    assert_eq!(log.lines(), ["open 1", r#"close 3 clean 3001 "first""#]);
    assert_eq!(seen(&id).await.opcodes(), [8]);
}

#[test]
async fn two_closes_that_cross_are_a_clean_end() {
    let script = Script::new().open().close(4001, "theirs").expect_close();
    let (url, id) = named(script).await;
    let (builder, log) = record(builder(url));
    let note = log.clone();
    let builder = builder.on_open(move |socket, event| {
        // The peer's Close is on its way, or here already.
        socket.close_with(4002, "ours").unwrap();
        note.note(event.type_());
    });
    let _socket = builder.open().unwrap();
    assert_eq!(
        log.closed().await,
        ["open", r#"close 3 clean 4001 "theirs""#]
    );
    assert_eq!(seen(&id).await.opcodes(), [8], "one Close of ours");
}

#[test]
async fn close_while_connecting_is_a_failure_that_comes_later() {
    let (url, id) = named(Script::new().pause().open().hang()).await;
    for wait_for_the_request in [false, true] {
        let (socket, log) = open_recorded(&url);
        if wait_for_the_request {
            seen_when(&id, |seen| !seen.head.is_empty()).await;
        }
        assert_eq!(socket.ready_state(), ReadyState::Connecting);
        socket.close_with(1000, "never mind").unwrap();
        assert_eq!(socket.ready_state(), ReadyState::Closing, "at once");
        assert_eq!(log.lines(), [""; 0], "no event inside the call");
        socket.close();
        assert_eq!(log.closed().await, NOT_OPENED);
        socket.close();
        a_moment().await;
        assert_eq!(
            log.lines(),
            NOT_OPENED,
            "no open event, and no second close"
        );
        assert!(!socket.closed().await.was_clean());
        assert!(socket.opened().await.is_err());
    }
}

#[test]
async fn close_inside_of_a_listener_works_and_inside_of_close_does_nothing() {
    let log = Log::default();
    let [opens, messages, closes] = [(); 3].map(|()| log.clone());
    let _socket = builder(url("/echo"))
        .on_open(move |socket, _| {
            opens.note(format!("open {}", socket.ready_state()));
            socket.send("x").unwrap();
        })
        .on_message(move |socket, _| {
            socket.close();
            messages.note(format!("message {}", socket.ready_state()));
            socket.close();
        })
        .on_close(move |socket, event| {
            socket.close();
            socket.close_with(3000, "again").unwrap();
            closes.note(close_line(socket, event));
        })
        .open()
        .unwrap();
    log.closed().await;
    a_moment().await;
    assert_eq!(
        log.lines(),
        ["open OPEN", "message CLOSING", r#"close 3 clean 1005 """#]
    );
}

#[test]
async fn close_inside_of_open_gives_a_clean_end() {
    let (builder, log) = record(builder(url("/echo")));
    let _socket = builder.on_open(|socket, _| socket.close()).open().unwrap();
    assert_eq!(log.closed().await, [r#"close 3 clean 1005 """#]);
}

#[test]
async fn a_connection_that_ends_without_a_close_is_lost_without_an_error_event() {
    for script in [
        Script::new().open().end(),
        Script::new().open().reset(),
        Script::new().open().text("a").expect_message().end(),
        Script::new().open().text("a").expect_message().reset(),
    ] {
        let what = script.to_string();
        let (builder, log) = record(builder(url(script)));
        let note = log.clone();
        let socket = builder
            .on_message(move |socket, _| {
                socket.send("b").unwrap();
                note.note("message");
            })
            .open()
            .unwrap();
        let lines = log.closed().await;
        let without_messages: Vec<_> = lines.iter().filter(|line| *line != "message").collect();
        assert_eq!(without_messages, lost_after(&["open 1"]), "{what}");
        a_moment().await;
        assert_eq!(log.lines(), lines, "{what}");
        assert!(socket.closed().await.cause().is_some());
    }
}

#[test]
async fn a_connection_that_ends_after_our_close_without_an_answer_is_lost() {
    for script in [
        Script::new().open().expect_close().end(),
        Script::new().open().expect_close().reset(),
    ] {
        let (socket, log) = open_recorded(url(script));
        socket.opened().await.unwrap();
        socket.close();
        assert_eq!(log.closed().await, lost_after(&["open 1"]));
    }
}

#[test]
async fn a_peer_that_ends_tcp_right_after_its_close_is_clean() {
    // It does not wait for our half.
    let script = Script::new().in_one_write(|inner| inner.open().close(1000, "bye"));
    assert_eq!(
        story(url(script.end())).await,
        ["open 1", r#"close 3 clean 1000 "bye""#]
    );
}

#[test]
async fn closed_answers_everyone_and_also_afterwards() {
    let socket = connect(url("/echo")).await;
    let other = socket.clone();
    other.close_with(1000, "bye").unwrap();
    let (first, second) = join(socket.closed(), other.closed()).await;
    for event in [first, second, socket.closed().await] {
        assert_eq!(
            (event.code(), event.reason(), event.was_clean()),
            (1000, "bye", true)
        );
        assert_eq!(event.type_(), "close");
        assert!(event.cause().is_none());
    }
}

#[test]
async fn after_the_end_tcp_is_gone() {
    for script in [
        Script::new().open().expect_close().close(1000, ""),
        Script::new().open().close(1000, "").expect_close(),
        Script::new().open().frame(true, 0, 3, ""),
        Script::new().open().end(),
        Script::new().answer(503),
    ] {
        let what = script.to_string();
        let (url, id) = named(script).await;
        let socket = builder(url).open().unwrap();
        if socket.opened().await.is_ok() {
            socket.close();
        }
        socket.closed().await;
        let end = seen(&id).await.end;
        assert!(matches!(end, Some(End::Eof | End::Reset)), "{end:?} {what}");
    }
}

#[test]
async fn a_close_event_has_its_state_already_in_closed() {
    let (url, id) = named(Script::new().open().expect_close().close(1000, "")).await;
    let socket = connect(url).await;
    socket.close();
    let event = socket.closed().await;
    assert_eq!(socket.ready_state(), ReadyState::Closed);
    assert!(event.was_clean());
    assert_eq!(seen_now(&id).await.opcodes(), [8]);
}
