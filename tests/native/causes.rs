//! What the web hides behind 1006 is told to Rust.

use onesocket::{Builder, Error, Stage, WebSocket};
use onesocket_test_support::{Script, Server};

use super::story::story;

async fn cause(builder: Builder) -> Error {
    let (_, event) = story(builder).await;
    event.cause().expect("it did not end cleanly").clone()
}

#[tokio::test]
async fn each_stage_is_named() {
    let server = Server::start();
    let at = |script: Script| server.url(script);
    for (stage, retryable, url) in [
        (Stage::Policy, false, "ws://127.0.0.1:1/".to_owned()),
        (Stage::Name, true, "ws://name.invalid/".to_owned()),
        (Stage::Tcp, true, "ws://127.0.0.1:1023/".to_owned()),
        (Stage::Http, true, server.url("/status?code=503")),
        (Stage::Http, true, server.url("/status?code=429")),
        (Stage::Http, false, server.url("/status?code=404")),
        (Stage::Http, false, server.url("/status?code=501")),
        (Stage::Http, false, server.url("/redirect")),
        (Stage::Http, false, server.url("/auth")),
        (
            Stage::Upgrade,
            false,
            at(Script::new().without("Upgrade").open().hang()),
        ),
        (Stage::Upgrade, true, at(Script::new().end())),
        (Stage::Upgrade, true, at(Script::new().reset())),
        (
            Stage::Protocol,
            false,
            at(Script::new().open().frame_hex("8300").hang()),
        ),
        (Stage::Network, true, at(Script::new().open().end())),
    ] {
        let cause = cause(WebSocket::builder(&url)).await;
        assert_eq!(
            (cause.stage(), cause.is_retryable()),
            (stage, retryable),
            "{url}: {cause}"
        );
        assert!(!cause.to_string().is_empty());
    }
}

#[tokio::test]
async fn a_close_that_is_answered_by_the_end_of_tcp_is_named() {
    let server = Server::start();
    for script in [
        Script::new().open().expect_close().end(),
        Script::new().open().expect_close().reset(),
    ] {
        let socket = WebSocket::connect(server.url(script)).await.unwrap();
        socket.close();
        assert_eq!(
            socket.closed().await.cause().unwrap().stage(),
            Stage::Closing
        );
    }
}

#[tokio::test]
async fn our_own_close_before_open_is_named() {
    let server = Server::start();
    let socket = WebSocket::new(server.url("/echo")).unwrap();
    socket.close();
    let event = socket.closed().await;
    assert_eq!(event.cause().unwrap().stage(), Stage::Aborted);
    assert_eq!(socket.opened().await.unwrap_err().stage(), Stage::Aborted);
}

#[tokio::test]
async fn an_http_answer_is_kept_with_the_head_of_its_body() {
    let server = Server::start();
    let script = Script::new()
        .field("Retry-After", "7")
        .body("x".repeat(5000))
        .answer(503)
        .hang();
    let cause = cause(WebSocket::builder(server.url(script))).await;
    let response = cause.response().unwrap();
    assert_eq!(
        (response.status(), response.reason()),
        (503, "Service Unavailable")
    );
    assert_eq!(response.header("retry-after"), Some("7"));
    assert_eq!(response.body().len(), 4 << 10);
    assert_eq!(cause.close_code(), None);
}

#[tokio::test]
async fn the_drafts_before_the_standard_are_named() {
    let server = Server::start();
    let head = "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Origin: http://h\r\nSec-WebSocket-Location: ws://h/\r\n\r\n0123456789abcdef";
    let cause = cause(WebSocket::builder(
        server.url(Script::new().head(head).hang()),
    ))
    .await;
    assert!(cause.to_string().contains("pre-standard"), "{cause}");
}

#[tokio::test]
async fn misuse_is_the_call() {
    let socket = WebSocket::new("ws://127.0.0.1:1023/").unwrap();
    let syntax = "SyntaxError";
    for (error, exception) in [
        (Error::from(WebSocket::new("").unwrap_err()), syntax),
        (
            Error::from(socket.send("").unwrap_err()),
            "InvalidStateError",
        ),
        (
            socket.close_with(1001, "").unwrap_err(),
            "InvalidAccessError",
        ),
        (
            socket.close_with(1000, "x".repeat(124)).unwrap_err(),
            syntax,
        ),
        (WebSocket::connect("").await.unwrap_err(), syntax),
    ] {
        assert_eq!(error.exception(), Some(exception));
        assert_eq!(error.stage(), Stage::Call, "{error}");
        assert!(!error.is_retryable() && !error.is_timeout() && error.response().is_none());
    }
}
