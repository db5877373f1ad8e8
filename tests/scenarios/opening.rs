//! The constructor and the opening handshake.

use futures_util::FutureExt;
use futures_util::future::join;
use onesocket::{BinaryType, ReadyState, WebSocket};
use onesocket_test_support::Script;

use super::places::{ASKS_TO_BE_KEPT_ALIVE, TAKES_HALF_A_HEAD, WRITES_UPGRADE_IN_LOWER_CASE};
use super::recorder::{
    LOST, Log, NOT_OPENED, how_often, is_not_opened, is_opened, open_recorded, record, story,
};
use super::server::{a_moment, builder, connect, go, host, named, seen, seen_when, url};
use crate::test;

#[test]
async fn the_constructor_returns_at_once_in_connecting() {
    let (socket, log) = open_recorded(url("/echo"));
    assert_eq!(socket.ready_state(), ReadyState::Connecting);
    assert_eq!(socket.ready_state() as u8, 0);
    assert_eq!(socket.url(), url("/echo"));
    assert_eq!((socket.protocol(), socket.extensions()), ("", ""));
    assert_eq!(socket.buffered_amount(), 0);
    assert_eq!(socket.binary_type(), BinaryType::Blob);
    assert_eq!(
        log.lines(),
        [""; 0],
        "no event is fired inside the constructor"
    );
    assert_eq!(log.until(1).await, ["open 1"]);
}

#[test]
async fn at_open_the_state_and_what_was_negotiated_are_there() {
    let seen = Log::default();
    let note = seen.clone();
    let socket = builder(url("/echo"))
        .protocols("chat")
        .on_open(move |socket, _| {
            let state = socket.ready_state();
            note.note(format!(
                "{state} {} {:?}",
                socket.protocol(),
                socket.extensions()
            ));
        })
        .open()
        .unwrap();
    assert_eq!(seen.until(1).await, [r#"OPEN chat """#]);
    assert_eq!(socket.ready_state(), ReadyState::Open);
}

#[test]
async fn the_request_has_the_fields_of_a_websocket_handshake() {
    let mut keys = Vec::new();
    for _ in 0..2 {
        let (url, id) = named(Script::new().open().close(1000, "")).await;
        let socket = connect(url).await;
        assert!(socket.closed().await.was_clean());
        let seen = seen(&id).await;
        for (name, value) in [
            ("Host", host()),
            ("Upgrade", "websocket".to_owned()),
            (
                "Connection",
                ASKS_TO_BE_KEPT_ALIVE
                    .or(
                        "keep-alive, Upgrade",
                        WRITES_UPGRADE_IN_LOWER_CASE.or("upgrade", "Upgrade"),
                    )
                    .to_owned(),
            ),
            ("Sec-WebSocket-Version", "13".to_owned()),
            ("Pragma", "no-cache".to_owned()),
            ("Cache-Control", "no-cache".to_owned()),
        ] {
            assert_eq!(seen.field(name), Some(&*value), "{name}");
        }
        let key = seen.field("Sec-WebSocket-Key").unwrap().to_owned();
        assert!(
            key.len() == 24 && key.ends_with("=="),
            "16 bytes in base64: {key}"
        );
        keys.push(key);
    }
    assert_ne!(keys[0], keys[1], "a key is fresh");
}

#[test]
async fn any_status_but_101_is_a_failure() {
    for status in [
        200, 204, 301, 302, 304, 307, 400, 401, 403, 404, 407, 426, 500, 503,
    ] {
        let script = Script::new().body("no").answer(status).hang();
        assert_eq!(story(url(script)).await, NOT_OPENED, "{status}");
    }
}

#[test]
async fn an_answer_that_lacks_or_breaks_a_field_is_a_failure() {
    let script = Script::new;
    for answer in [
        script().without("Upgrade"),
        script().replace("Upgrade", ""),
        script().replace("Upgrade", "h2c"),
        script().replace("Upgrade", "websocket/13"),
        script().replace("Upgrade", "websockets"),
        script().without("Connection"),
        script().replace("Connection", ""),
        script().replace("Connection", "close"),
        script().replace("Connection", "upgraded"),
        script().without("Sec-WebSocket-Accept"),
        script().replace("Sec-WebSocket-Accept", ""),
        script().replace("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        script().field("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        script().field("Sec-WebSocket-Extensions", "x-unknown"),
        script().field("Sec-WebSocket-Extensions", "x-unknown; a=1, x-other"),
    ] {
        let what = answer.to_string();
        is_not_opened(&what, WebSocket::builder(url(answer.open().hang()))).await;
    }
}

#[test]
async fn a_compression_answer_that_breaks_rfc_7692_is_a_failure() {
    for parameters in [
        "; unknown",
        "; server_no_context_takeover=1",
        "; server_no_context_takeover; server_no_context_takeover",
        "; client_no_context_takeover; client_no_context_takeover",
        "; server_max_window_bits",
        "; server_max_window_bits=7",
        "; server_max_window_bits=16",
        "; server_max_window_bits=08",
        "; server_max_window_bits=1x",
        "; server_max_window_bits=-8",
        "; server_max_window_bits=10; server_max_window_bits=10",
        "; client_max_window_bits",
        "; client_max_window_bits=7",
        "; client_max_window_bits=16",
        ", permessage-deflate",
        "; ",
    ] {
        let answer = format!("permessage-deflate{parameters}");
        let script = Script::new().field("Sec-WebSocket-Extensions", &answer);
        is_not_opened(&answer, WebSocket::builder(url(script.open().hang()))).await;
    }
}

#[test]
async fn names_and_tokens_of_the_answer_are_compared_without_case() {
    let script = Script::new;
    for (what, answer) in [
        ("WebSocket", script().replace("Upgrade", "WebSocket")),
        ("WEBSOCKET", script().replace("upgrade", "WEBSOCKET")),
        ("uPGRADE", script().replace("Connection", "uPGRADE")),
        (
            "keep-alive, Upgrade",
            script().replace("Connection", "keep-alive, Upgrade"),
        ),
        (
            "keep-alive and upgrade",
            script()
                .replace("Connection", "keep-alive")
                .field("Connection", "upgrade"),
        ),
        ("another field", script().field("X-Other", "x")),
    ] {
        is_opened(what, &url(answer.open().hang())).await;
    }
}

#[test]
async fn white_space_around_the_accept_does_not_count() {
    let head = "HTTP/1.1 101 Switching Protocols\r\nUPGRADE:websocket\r\nconnection:   Upgrade\r\n\
        Sec-WebSocket-Accept: \t {accept} \t\r\n\r\n";
    is_opened(
        "white space around the accept",
        &url(Script::new().head(head).hang()),
    )
    .await;
}

#[test]
async fn the_reason_phrase_does_not_count() {
    for phrase in [" Web Socket Protocol Handshake", " "] {
        let head = format!(
            "HTTP/1.1 101{phrase}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {{accept}}\r\n\r\n"
        );
        connect(url(Script::new().head(&head).hang())).await.close();
    }
}

#[test]
async fn what_is_not_an_answer_is_a_failure() {
    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}";
    let script = Script::new;
    for (what, script) in [
        ("nothing", script()),
        ("a reset", script().reset()),
        ("two empty lines", script().raw("\r\n\r\n").hang()),
        (
            "TLS",
            script()
                .raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
                .hang(),
        ),
        (
            "a status line and no more",
            script().head("HTTP/1.1 101 Switching Protocols\r\n").end(),
        ),
        ("a frame", script().frame_hex("8100").hang()),
        (
            "HTTP/1.0",
            script()
                .head(&format!("HTTP/1.0 101 x\r\n{upgrade}\r\n\r\n"))
                .hang(),
        ),
    ] {
        is_not_opened(what, WebSocket::builder(url(script))).await;
    }
    let half = format!("HTTP/1.1 101 x\r\n{upgrade}\r\n");
    let url = url(script().head(&half).end());
    let taken = how_often(&url, &["open 1", LOST], &NOT_OPENED).await;
    assert!(taken == 0 || TAKES_HALF_A_HEAD.is_here());
}

#[test]
async fn the_answer_of_the_drafts_before_the_standard_is_a_failure() {
    let head = format!(
        "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Origin: http://{host}\r\nSec-WebSocket-Location: ws://{host}/\r\n\r\n0123456789abcdef",
        host = host()
    );
    assert_eq!(
        story(url(Script::new().head(&head).hang())).await,
        NOT_OPENED
    );
}

#[test]
async fn an_answer_may_come_byte_by_byte() {
    let script = Script::new()
        .one_byte_per_write()
        .open()
        .text("hi")
        .close(1000, "");
    let expected = ["open 1", r#"message 1 "hi""#, r#"close 3 clean 1000 """#];
    assert_eq!(story(url(script)).await, expected);
}

#[test]
async fn frames_in_the_packet_of_the_answer_come_after_open() {
    let script = Script::new().in_one_write(|inner| inner.open().text("first").text("second"));
    let script = script.close(1000, "");
    assert_eq!(
        story(url(script)).await,
        [
            "open 1",
            r#"message 1 "first""#,
            r#"message 1 "second""#,
            r#"close 3 clean 1000 """#
        ]
    );
}

#[test]
async fn a_close_in_the_packet_of_the_answer_comes_after_open() {
    let script = Script::new().in_one_write(|inner| inner.open().close(1001, "going away"));
    let expected = ["open 1", r#"close 3 clean 1001 "going away""#];
    assert_eq!(story(url(script)).await, expected);
}

#[test]
async fn a_refused_connection_is_a_failure_and_not_an_exception() {
    assert_eq!(story("ws://127.0.0.1:1023/").await, NOT_OPENED);
}

#[test]
async fn a_name_that_cannot_be_resolved_is_a_failure_and_not_an_exception() {
    assert_eq!(story("ws://onesocket.invalid/").await, NOT_OPENED);
}

#[test]
async fn a_blocked_port_is_a_failure_and_not_an_exception() {
    for port in [1, 25, 4190, 6000, 6697, 10080] {
        assert_eq!(
            story(format!("ws://127.0.0.1:{port}/")).await,
            NOT_OPENED,
            "{port}"
        );
    }
}

#[test]
async fn connect_gives_an_open_socket_or_the_cause() {
    let socket = WebSocket::connect(url("/echo")).await.unwrap();
    assert_eq!(socket.ready_state(), ReadyState::Open);
    for input in [url("/status?code=503"), "ws://#".to_owned()] {
        let error = WebSocket::connect(&input).await.expect_err(&input);
        assert!(!error.to_string().is_empty());
    }
}

#[test]
async fn opened_answers_everyone_and_also_afterwards() {
    let socket = builder(url("/echo")).open().unwrap();
    let (first, second) = join(socket.opened(), socket.opened()).await;
    assert!(first.is_ok() && second.is_ok());
    socket.close();
    assert!(socket.closed().await.was_clean());
    assert!(socket.opened().await.is_ok(), "it was open once");

    let socket = builder(url("/status")).open().unwrap();
    let (first, second) = join(socket.opened(), socket.opened()).await;
    assert!(first.is_err() && second.is_err());
    assert!(socket.opened().await.is_err());
}

#[test]
async fn a_connect_future_that_is_dropped_stops_the_dial() {
    let (url, id) = named(Script::new().pause().open().hang()).await;
    let mut connecting = Box::pin(WebSocket::connect(url));
    // Polled until the request has arrived; then it waits for the answer.
    assert!(connecting.as_mut().now_or_never().is_none());
    seen_when(&id, |seen| !seen.head.is_empty()).await;
    drop(connecting);
    go(&id).await;
    let seen = seen(&id).await;
    assert_eq!(seen.frames, [], "it never was open");
}

#[test]
async fn a_builder_whose_connect_is_dropped_fires_no_open() {
    let (url, id) = named(Script::new().pause().open().hang()).await;
    let (builder, log) = record(builder(url));
    let mut connecting = Box::pin(builder.connect());
    assert!(connecting.as_mut().now_or_never().is_none());
    seen_when(&id, |seen| !seen.head.is_empty()).await;
    drop(connecting);
    go(&id).await;
    a_moment().await;
    assert_eq!(log.lines(), NOT_OPENED);
}
