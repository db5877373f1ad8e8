//! The limits: what reaches one fails, with a cause that names it and without memory for what was only announced.

use std::time::Duration;

use onesocket::{Stage, WebSocket};
use onesocket_test_support::{Peer, Script, Server};

use super::story::{failed, refused, story};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_message_over_the_limit_fails_with_1009() {
    let server = Server::start();
    let over = |number: usize, script: fn(Script) -> Script| {
        let id = format!("over{number}");
        (server.url(script(Script::new().id(&id).open())), id)
    };
    for (url, id) in [
        over(0, |open| open.binary_of_size(101).hang()),
        over(1, |open| open.text_of_size(101).hang()),
        over(2, |open| {
            open.binary_fragments([vec![0; 50], vec![0; 51]]).hang()
        }),
        over(3, |open| open.frame_hex("82 7e 00 7e").hang()),
        over(4, |open| {
            open.frame_hex("82 7f 40 00 00 00 00 00 00 00").hang()
        }),
        over(5, |open| {
            open.frame_hex("82 7f 7f ff ff ff ff ff ff ff").hang()
        }),
        over(6, |open| {
            open.frame_hex("02 01 00 80 7f 7f ff ff ff ff ff ff ff")
                .hang()
        }),
    ] {
        let event = failed(WebSocket::builder(url).max_message_size(100)).await;
        let cause = event.cause().unwrap();
        assert_eq!(
            (cause.stage(), cause.close_code()),
            (Stage::Limit, Some(1009)),
            "{id}"
        );
        assert_eq!(server.seen(&id).close().unwrap().0, Some(1009), "{id}");
    }
}

#[tokio::test]
async fn a_message_of_just_the_limit_passes() {
    let server = Server::start();
    let script = Script::new()
        .open()
        .binary_of_size(100)
        .text_of_size(100)
        .binary_fragments([[0; 50], [0; 50]])
        .close(1000, "");
    let builder = WebSocket::builder(server.url(script)).max_message_size(100);
    let (lines, event) = story(builder).await;
    assert_eq!((lines.len(), event.was_clean()), (5, true));
}

#[tokio::test]
async fn a_length_of_2_to_the_62_fails_although_there_is_no_limit() {
    let server = Server::start();
    for digits in [
        "82 7f 40 00 00 00 00 00 00 00",
        "82 7f 7f ff ff ff ff ff ff ff",
    ] {
        let script = Script::new().open().text("before").frame_hex(digits).end();
        let builder = WebSocket::builder(server.url(script)).max_message_size(usize::MAX);
        let (lines, event) = story(builder).await;
        assert_eq!(
            lines[..2],
            ["open", r#"Text("before")"#],
            "nothing was allocated for it"
        );
        assert!(!event.was_clean());
    }
}

#[tokio::test]
async fn more_fragments_than_the_limit_fail_with_1009() {
    let server = Server::start();
    let fragments = |count| {
        Script::new()
            .open()
            .fragments(vec![""; count])
            .close(1000, "")
    };
    let builder = |count| WebSocket::builder(server.url(fragments(count))).max_fragments(10);
    let (lines, event) = story(builder(10)).await;
    assert_eq!((lines.len(), event.was_clean()), (3, true));
    let event = failed(builder(11)).await;
    let cause = event.cause().unwrap();
    assert_eq!(
        (cause.stage(), cause.close_code()),
        (Stage::Limit, Some(1009))
    );
}

#[tokio::test]
async fn an_answer_beyond_its_limits_is_a_failure() {
    let server = Server::start();
    let large = Script::new()
        .field("X-Large", &"x".repeat(1000))
        .open()
        .hang();
    let many = (0..20)
        .fold(Script::new(), |script, _| script.field("X-Many", "x"))
        .open()
        .hang();
    let url = server.url(&large);
    let event = refused(WebSocket::builder(&url).max_response_size(1000)).await;
    assert_eq!(event.cause().unwrap().stage(), Stage::Upgrade);
    drop(
        WebSocket::builder(&url)
            .max_response_size(2000)
            .connect()
            .await
            .unwrap(),
    );

    let url = server.url(&many);
    let event = refused(WebSocket::builder(&url).max_response_fields(20)).await;
    assert_eq!(event.cause().unwrap().stage(), Stage::Upgrade);
    drop(
        WebSocket::builder(&url)
            .max_response_fields(30)
            .connect()
            .await
            .unwrap(),
    );
}

#[tokio::test]
async fn an_answer_without_an_end_fails_by_default() {
    for piece in ["X: y\r\n", "x"] {
        let peer = Peer::script(move |mut conn| {
            conn.read_request();
            conn.answer("HTTP/1.1 101 Switching Protocols\r\nX: ");
            // Until the client has had enough of it.
            while conn.try_send_raw(piece.repeat(1000).as_bytes()).is_ok() {}
        });
        let event = refused(WebSocket::builder(peer.url())).await;
        assert_eq!(event.cause().unwrap().stage(), Stage::Upgrade, "{piece:?}");
        peer.join();
    }
}

#[tokio::test]
async fn more_unsent_than_the_limit_fails_the_connection() {
    let server = Server::start();
    let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
    let errors = sender.clone();
    let socket = WebSocket::builder(server.url(Script::new().open().never_read()))
        .max_unsent(1000)
        .on_error(move |socket, event| {
            let _ = errors.send(format!(
                "error {} {}",
                socket.ready_state(),
                event.cause().stage()
            ));
        })
        .on_close(move |_, event| {
            let _ = sender.send(format!("close {} {}", event.code(), event.was_clean()));
        })
        .connect()
        .await
        .unwrap();
    // What fits is taken; what does not flags the socket as full, and that is no exception.
    socket.send([0; 1000]).unwrap();
    socket.flush().await.unwrap();
    socket.send([0; 1001]).unwrap();
    assert_eq!(
        socket.buffered_amount(),
        1001,
        "it counts although it is not kept"
    );
    assert_eq!(events.recv().await.unwrap(), "error CLOSED a limit");
    assert_eq!(events.recv().await.unwrap(), "close 1006 false");
    socket.send("more").unwrap();
    assert_eq!(socket.buffered_amount(), 1005);
}

#[tokio::test]
async fn a_connection_that_takes_too_long_to_open_is_a_failure() {
    let server = Server::start();
    let limit = Duration::from_millis(50);
    let builder = WebSocket::builder(server.url(Script::new().hang())).connect_timeout(limit);
    let event = refused(builder).await;
    let cause = event.cause().unwrap();
    assert_eq!((cause.stage(), cause.is_timeout()), (Stage::Upgrade, true));
    assert!(cause.is_retryable());
}

#[tokio::test]
async fn a_limit_that_is_the_longest_is_none() {
    let server = Server::start();
    let socket = WebSocket::builder(server.url("/echo"))
        .connect_timeout(Duration::MAX)
        .close_timeout(Duration::MAX)
        .disconnect_timeout(Duration::MAX)
        .max_unsent(usize::MAX)
        .max_unread(usize::MAX)
        .max_message_size(usize::MAX)
        .max_fragments(u32::MAX)
        .max_response_size(usize::MAX)
        .max_response_fields(usize::MAX)
        .high_water_mark(usize::MAX)
        .connect()
        .await
        .unwrap();
    socket.ready().await.unwrap();
    socket.send("hello").unwrap();
    assert_eq!(
        socket.recv().await.unwrap().unwrap().as_text(),
        Some("hello")
    );
    socket.close();
    assert!(socket.closed().await.was_clean());
}

#[tokio::test]
async fn a_flood_of_pings_is_answered_within_bounds() {
    let peer = Peer::script(|mut conn| {
        conn.accept();
        let pings = [0x89, 0x04, b'p', b'i', b'n', b'g'].repeat(10_000);
        for _ in 0..100 {
            conn.send_raw(&pings);
        }
        conn.text("after a million pings");
        while conn.read_frame().is_some_and(|frame| frame.opcode == 10) {}
        conn.close(1000, "");
    });
    let socket = WebSocket::connect(peer.url()).await.unwrap();
    let message = socket.recv().await.unwrap().unwrap();
    assert_eq!(message.as_text(), Some("after a million pings"));
    socket.close();
    socket.closed().await;
    peer.join();
}
