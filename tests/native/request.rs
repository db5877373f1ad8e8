//! What a builder puts into the request, and what it refuses.

use std::collections::BTreeSet;

use onesocket::{Builder, WebSocket};
use onesocket_test_support::{Peer, Server};

/// The request's head, by a server that sends it back.
async fn head(builder: Builder) -> String {
    let socket = builder.connect().await.unwrap();
    let message = socket.recv().await.unwrap().unwrap();
    message.as_text().unwrap().to_owned()
}

fn lines<'a>(head: &'a str, name: &str) -> Vec<&'a str> {
    let field = |line: &&str| line.to_ascii_lowercase().starts_with(&format!("{name}:"));
    head.lines().filter(field).collect()
}

#[tokio::test]
async fn a_relative_url_is_resolved_against_the_base_url() {
    let server = Server::start();
    let (host, base) = (server.addr(), format!("http://{}/a/b?c#d", server.addr()));
    for (input, url) in [
        ("", format!("ws://{host}/a/b?c")),
        ("?q", format!("ws://{host}/a/b?q")),
        ("c", format!("ws://{host}/a/c")),
        ("/headers", format!("ws://{host}/headers")),
        ("../../x", format!("ws://{host}/x")),
        ("//other.test/x", "ws://other.test/x".to_owned()),
        ("wss://other.test", "wss://other.test/".to_owned()),
        ("wss:other.test", "wss://other.test/".to_owned()),
        // The scheme of the base: http stays http until it becomes ws.
        ("http:x", format!("ws://{host}/a/x")),
    ] {
        let socket = WebSocket::builder(input).base_url(&base).open().unwrap();
        assert_eq!(socket.url(), url, "{input:?}");
    }
    let secure = WebSocket::builder("/x")
        .base_url("https://h.test/")
        .open()
        .unwrap();
    assert_eq!(secure.url(), "wss://h.test/x");

    let builder = WebSocket::builder("/headers").base_url(&base);
    assert!(head(builder).await.starts_with("GET /headers HTTP/1.1\r\n"));
}

#[tokio::test]
async fn a_relative_url_without_a_base_url_is_a_syntax_error() {
    for input in ["", "/echo", "echo", "?q", "//127.0.0.1/", "#"] {
        assert!(WebSocket::new(input).is_err(), "{input:?}");
    }
    for (input, base) in [
        ("/echo", "not a URL"),
        ("/echo", "/"),
        ("/echo", "mailto:a@b"),
        ("/echo", "file:///a/"),
        ("#", "http://127.0.0.1/"),
        ("#a", "http://127.0.0.1/"),
    ] {
        assert!(
            WebSocket::builder(input).base_url(base).open().is_err(),
            "{input:?} {base:?}"
        );
    }
}

#[tokio::test]
async fn an_origin_is_sent_as_given_and_none_without_it() {
    let server = Server::start();
    let builder = || WebSocket::builder(server.url("/headers"));
    assert_eq!(lines(&head(builder()).await, "origin"), [""; 0]);
    for builder in [
        builder().origin("https://page.example"),
        builder().header("origin", "https://page.example"),
        builder()
            .header("Origin", "https://a")
            .origin("https://page.example"),
    ] {
        assert_eq!(
            lines(&head(builder).await, "origin"),
            ["Origin: https://page.example"]
        );
    }
}

#[tokio::test]
async fn an_authorization_goes_before_user_name_and_password() {
    let server = Server::start();
    let url = server.url("/headers").replace("ws://", "ws://user:pass@");
    let without = head(WebSocket::builder(&url)).await;
    assert_eq!(
        lines(&without, "authorization"),
        ["Authorization: Basic dXNlcjpwYXNz"]
    );
    let with = head(WebSocket::builder(&url).authorization("Bearer token")).await;
    assert_eq!(
        lines(&with, "authorization"),
        ["Authorization: Bearer token"]
    );
    let none = head(WebSocket::builder(server.url("/headers"))).await;
    assert_eq!(lines(&none, "authorization"), [""; 0]);
}

#[tokio::test]
async fn further_fields_are_sent_in_their_order() {
    let server = Server::start();
    let builder = WebSocket::builder(server.url("/headers"))
        .header("Cookie", "a=1")
        .header("X-Twice", "1")
        .header("X-Twice", "2");
    let head = head(builder).await;
    assert_eq!(lines(&head, "cookie"), ["cookie: a=1"]);
    assert_eq!(lines(&head, "x-twice"), ["x-twice: 1", "x-twice: 2"]);
}

#[tokio::test]
async fn no_line_break_and_no_field_of_the_handshake_can_be_set() {
    let builder = || WebSocket::builder("ws://127.0.0.1/");
    for (what, builder) in [
        ("origin", builder().origin("https://a\r\nX: y")),
        ("authorization", builder().authorization("a\nb")),
        ("value", builder().header("X-A", "a\r\nX: y")),
        ("name", builder().header("X-A\r\nX: y", "a")),
        ("empty name", builder().header("", "a")),
        ("own", builder().header("Host", "elsewhere")),
        ("own", builder().header("upgrade", "h2c")),
        ("own", builder().header("CONNECTION", "close")),
        ("own", builder().header("Sec-WebSocket-Key", "x")),
        ("own", builder().header("Sec-WebSocket-Extensions", "x")),
        ("own", builder().header("Content-Length", "0")),
        ("own", builder().header("Transfer-Encoding", "chunked")),
        (
            "the first one counts",
            builder().origin("\n").origin("https://a"),
        ),
    ] {
        assert!(builder.open().is_err(), "{what}");
    }
    assert!(builder().origin("\n").connect().await.is_err());
}

#[tokio::test]
async fn every_frame_is_masked_with_a_key_of_its_own() {
    // The peer checks both, and panics in its script.
    let peer = Peer::script(|mut conn| {
        conn.accept();
        let frames: Vec<_> = (0..100).map(|_| conn.read_frame().unwrap()).collect();
        assert!(frames.iter().all(|frame| frame.masked));
        let keys: BTreeSet<_> = frames.iter().map(|frame| frame.key).collect();
        assert_eq!(keys.len(), frames.len());
        conn.expect_close();
        conn.close(1000, "");
    });
    let socket = WebSocket::connect(peer.url()).await.unwrap();
    for _ in 0..50 {
        socket.send("text").unwrap();
        socket.send([0; 4]).unwrap();
    }
    socket.close();
    socket.closed().await;
    peer.join();
}
