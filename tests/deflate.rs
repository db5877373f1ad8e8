//! permessage-deflate on a real connection, with a peer whose every byte is written down.
#![cfg(all(not(target_arch = "wasm32"), feature = "deflate"))]

use onesocket::{Error, Message, Stage, WebSocket};
use onesocket_test_support::{Conn, Peer};

/// RFC 7692 7.2.3.1, and 7.2.3.2: a reference to the message before.
const HELLO: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
const HELLO_AGAIN: &[u8] = b"\xf2\x00\x11\x00\x00";

const RSV1: u8 = 4;
const TEXT: u8 = 1;
const BINARY: u8 = 2;

/// Opens a connection on which the server answers with these extensions; answers what was offered.
fn accept(conn: &mut Conn, extensions: &str) -> Option<String> {
    let head = conn.read_request();
    conn.answer(format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n{extensions}\r\n",
        head.accept()
    ));
    head.field("Sec-WebSocket-Extensions").map(str::to_owned)
}

/// The same with the plain answer to the offer of browsers.
fn accept_deflate(conn: &mut Conn) {
    let offer = accept(conn, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    let wanted = "permessage-deflate; client_max_window_bits";
    assert_eq!(offer.as_deref(), Some(wanted));
}

fn inflate(compressed: &[u8]) -> Vec<u8> {
    // What the sender removed, and an empty final block, so that this is a whole stream.
    let stream = [compressed, b"\x00\x00\xff\xff\x03\x00"].concat();
    miniz_oxide::inflate::decompress_to_vec(&stream).expect("a stream of deflate")
}

async fn finish(socket: WebSocket, peer: Peer) {
    socket.close();
    socket.closed().await;
    peer.join();
}

#[tokio::test]
async fn what_was_agreed_is_shown_as_text_and_typed() {
    let peer = Peer::script(|mut conn| {
        let answer = "permessage-deflate;server_no_context_takeover; client_max_window_bits=\"11\"";
        accept(
            &mut conn,
            &format!("Sec-WebSocket-Extensions: {answer}\r\n"),
        );
        conn.expect_close();
    });
    let socket = WebSocket::new(peer.url()).unwrap();
    assert_eq!(
        (socket.extensions(), socket.permessage_deflate()),
        ("", None)
    );
    socket.opened().await.unwrap();
    assert_eq!(
        socket.extensions(),
        "permessage-deflate;server_no_context_takeover; client_max_window_bits=\"11\""
    );
    let agreed = socket.permessage_deflate().unwrap();
    assert!(agreed.server_no_context_takeover() && !agreed.client_no_context_takeover());
    assert_eq!(agreed.server_max_window_bits(), 15);
    assert_eq!(agreed.client_max_window_bits(), 11);
    finish(socket, peer).await;
}

#[tokio::test]
async fn messages_are_compressed_in_both_directions() {
    let text = "the same words again and again, ".repeat(40);
    let expected = text.clone();
    let peer = Peer::script(move |mut conn| {
        accept_deflate(&mut conn);
        conn.send_frame(true, RSV1, TEXT, HELLO);
        conn.send_frame(true, RSV1, BINARY, HELLO_AGAIN);
        conn.send_frame(true, 0, TEXT, "plain");
        let frame = conn.expect_frame(TEXT);
        assert_eq!(frame.rsv, RSV1);
        assert!(frame.payload.len() < 100);
        assert_eq!(inflate(&frame.payload), expected.as_bytes());
        // The second time it is a reference, which the peer's inflater would need the first for.
        let again = conn.expect_frame(TEXT);
        assert!(again.rsv == RSV1 && again.payload.len() < 20);
        let small = conn.expect_frame(TEXT);
        assert_eq!((small.rsv, &small.payload[..]), (0, b"small".as_slice()));
        let own_choice = conn.expect_frame(BINARY);
        assert_eq!(
            (own_choice.rsv, own_choice.payload),
            (0, expected.into_bytes())
        );
        conn.expect_close();
    });
    let socket = WebSocket::connect(peer.url()).await.unwrap();
    for wanted in [
        Message::from("Hello"),
        Message::from("Hello".as_bytes()),
        Message::from("plain"),
    ] {
        assert_eq!(socket.recv().await.unwrap().unwrap(), wanted);
    }
    socket.send(&text).unwrap();
    // Uncompressed bytes count.
    assert_eq!(socket.buffered_amount(), text.len());
    socket.send(&text).unwrap();
    socket.send("small").unwrap();
    socket.send_uncompressed(text.as_bytes()).unwrap();
    assert_eq!(socket.buffered_amount(), 3 * text.len() + 5);
    socket.flush().await.unwrap();
    assert_eq!(socket.buffered_amount(), 0);
    finish(socket, peer).await;
}

#[tokio::test]
async fn without_context_every_message_stands_alone_on_many_sockets() {
    let text = "the same words again and again, ".repeat(40);
    let peers: Vec<_> = (0..4)
        .map(|_| {
            let expected = text.clone();
            Peer::script(move |mut conn| {
                let answer =
                    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
                accept(
                    &mut conn,
                    &format!("Sec-WebSocket-Extensions: {answer}\r\n"),
                );
                for _ in 0..3 {
                    conn.send_frame(true, RSV1, TEXT, HELLO);
                    let frame = conn.expect_frame(TEXT);
                    assert_eq!(frame.rsv, RSV1);
                    assert_eq!(inflate(&frame.payload), expected.as_bytes());
                }
                conn.expect_close();
            })
        })
        .collect();
    let mut sockets = Vec::new();
    for peer in &peers {
        sockets.push(WebSocket::connect(peer.url()).await.unwrap());
    }
    for _ in 0..3 {
        for socket in &sockets {
            let message = socket.recv().await.unwrap().unwrap();
            assert_eq!(message, Message::from("Hello"));
            socket.send(&text).unwrap();
        }
    }
    for (socket, peer) in sockets.into_iter().zip(peers) {
        finish(socket, peer).await;
    }
}

#[tokio::test]
async fn a_large_message_arrives_compressed_in_fragments() {
    let mut seed = 1u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed >> 12
    };
    let text: String = (0..300_000)
        .map(|_| format!("{} ", next() % 5_000))
        .collect();
    let expected = text.clone();
    let peer = Peer::script(move |mut conn| {
        accept_deflate(&mut conn);
        let mut compressed = Vec::new();
        let mut frames = 0;
        loop {
            let frame = conn.read_frame().expect("a fragment");
            assert_eq!(frame.rsv == RSV1, frames == 0);
            compressed.extend(frame.payload);
            frames += 1;
            if frame.fin {
                break;
            }
        }
        assert!(frames > 3);
        assert!(inflate(&compressed) == expected.as_bytes());
        conn.expect_close();
    });
    let socket = WebSocket::connect(peer.url()).await.unwrap();
    socket.send(&text).unwrap();
    socket.flush().await.unwrap();
    finish(socket, peer).await;
}

#[tokio::test]
async fn a_breach_is_told_to_the_peer_and_named() {
    for (rsv, payload, code, cause) in [
        (RSV1, b"\x07".as_slice(), 1002, "is not a DEFLATE stream"),
        (RSV1, b"\x00\x01\x00\xfe\xff\xff\x00", 1007, "is not UTF-8"),
        (
            RSV1,
            b"\x00\x04\x00\xfb\xff12345678\x00",
            1002,
            "is not a DEFLATE stream",
        ),
        (6, HELLO, 1002, "a reserved bit"),
        (RSV1, HELLO, 1009, "larger than the limit of 4 bytes"),
    ] {
        let peer = Peer::script(move |mut conn| {
            accept_deflate(&mut conn);
            conn.send_frame(true, rsv, TEXT, payload);
            assert_eq!(conn.expect_close().0, Some(code));
        });
        let socket = WebSocket::builder(peer.url())
            .max_message_size(4)
            .connect()
            .await
            .unwrap();
        let error = socket.recv().await.unwrap().unwrap_err();
        assert!(error.to_string().contains(cause), "{error}");
        assert_eq!(error.close_code(), Some(code));
        assert_eq!(socket.closed().await.code(), 1006);
        peer.join();
    }
}

#[tokio::test]
async fn nothing_is_offered_if_the_caller_does_not_want_it() {
    let peer = Peer::script(|mut conn| {
        assert_eq!(accept(&mut conn, ""), None);
        let frame = conn.expect_frame(TEXT);
        assert_eq!((frame.rsv, frame.payload.len()), (0, 10_000));
        conn.send_frame(true, RSV1, TEXT, HELLO);
        assert_eq!(conn.expect_close().0, Some(1002));
    });
    let socket = WebSocket::builder(peer.url())
        .compression(false)
        .connect()
        .await
        .unwrap();
    socket.send("x".repeat(10_000)).unwrap();
    assert!(socket.recv().await.unwrap().is_err());
    peer.join();
}

#[tokio::test]
async fn demands_are_offered_and_a_server_that_ignores_one_fails_the_handshake() {
    async fn connect(peer: &Peer) -> Result<WebSocket, Error> {
        WebSocket::builder(peer.url())
            .server_no_context_takeover(true)
            .client_no_context_takeover(true)
            .server_max_window_bits(9)
            .client_max_window_bits(10)
            .compression_level(9)
            .min_compressed_size(0)
            .connect()
            .await
    }

    const OFFER: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
                         server_max_window_bits=9; client_max_window_bits=10";
    let peer = Peer::script(|mut conn| {
        let answer = "permessage-deflate; server_no_context_takeover; server_max_window_bits=8";
        let offer = accept(
            &mut conn,
            &format!("Sec-WebSocket-Extensions: {answer}\r\n"),
        );
        assert_eq!(offer.as_deref(), Some(OFFER));
        let frame = conn.expect_frame(TEXT);
        assert_eq!(inflate(&frame.payload), b"aaaaaaaaaaaaaaaaaaaa");
        conn.expect_close();
    });
    let socket = connect(&peer).await.unwrap();
    socket.send("a".repeat(20)).unwrap();
    finish(socket, peer).await;

    let peer = Peer::script(|mut conn| {
        accept(
            &mut conn,
            "Sec-WebSocket-Extensions: permessage-deflate\r\n",
        );
        conn.read_to_end();
    });
    let error = connect(&peer).await.unwrap_err();
    assert_eq!(error.stage(), Stage::Upgrade);
    let wanted = "the server ignored the demand for server_no_context_takeover";
    assert!(error.to_string().contains(wanted), "{error}");
    peer.join();
}

#[test]
fn what_cannot_be_asked_for_is_a_syntax_error() {
    let builder = || WebSocket::builder("ws://127.0.0.1:1023/");
    for (builder, wanted) in [
        (
            builder().compression_level(0),
            "the compression level is 0, not from 1 to 9",
        ),
        (
            builder().compression_level(10),
            "the compression level is 10, not from 1 to 9",
        ),
        (
            builder().server_max_window_bits(7),
            "server_max_window_bits is 7, not from 8 to 15",
        ),
        (
            builder().client_max_window_bits(16),
            "client_max_window_bits is 16, not from 8 to 15",
        ),
    ] {
        assert_eq!(builder.open().unwrap_err().to_string(), wanted);
    }
}
