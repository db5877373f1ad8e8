//! `wss:`, good and bad.

use onesocket::{Stage, TlsConfig, WebSocket};
use onesocket_test_support::{Script, Server, Tls};

use super::story::{refused, story};

fn trusting(server: &Server) -> TlsConfig {
    let config = TlsConfig::without_default_roots();
    config.root_certificate_der(&server.ca_der()).unwrap()
}

#[tokio::test]
async fn a_connection_over_tls_has_the_same_events() {
    for variant in [Tls::Good, Tls::Only12, Tls::Only13] {
        let server = Server::start_tls_as(variant);
        let script = Script::new()
            .in_one_write(|inner| inner.open().text("a").binary("b"))
            .text_of_size(200_000)
            .close(3000, "bye");
        let builder = WebSocket::builder(server.url(script)).tls_config(trusting(&server));
        let (lines, event) = story(builder).await;
        assert_eq!(
            lines[..3],
            ["open", r#"Text("a")"#, r#"Binary(b"b")"#],
            "{variant:?}"
        );
        assert_eq!(lines.len(), 5);
        assert_eq!(
            (event.was_clean(), event.code(), event.reason()),
            (true, 3000, "bye")
        );
    }
}

#[tokio::test]
async fn echoes_of_every_size_come_back_over_tls() {
    let server = Server::start_tls();
    let socket = WebSocket::builder(server.url_at("localhost", "/echo"))
        .tls_config(trusting(&server))
        .secure_context(true)
        .connect()
        .await
        .unwrap();
    for size in [0, 1, 125, 126, 16_384, 65_535, 65_536, 1 << 20] {
        socket.send(vec![1; size]).unwrap();
        socket.send("x".repeat(size)).unwrap();
    }
    for size in [0, 1, 125, 126, 16_384, 65_535, 65_536, 1 << 20] {
        assert_eq!(socket.recv().await.unwrap().unwrap(), vec![1; size].into());
        assert_eq!(
            socket.recv().await.unwrap().unwrap(),
            "x".repeat(size).into()
        );
    }
    socket.close();
    assert!(socket.closed().await.was_clean());
}

#[tokio::test]
async fn whom_nobody_vouches_for_is_refused() {
    for variant in [
        Tls::SelfSigned,
        Tls::Expired,
        Tls::NotYetValid,
        Tls::WrongHost,
        Tls::OnlyH2,
        Tls::PlainHttp,
        Tls::ResetInHandshake,
    ] {
        let server = Server::start_tls_as(variant);
        let builder = WebSocket::builder(server.url("/echo")).tls_config(trusting(&server));
        let event = refused(builder).await;
        let cause = event.cause().unwrap();
        assert_eq!(cause.stage(), Stage::Tls, "{variant:?}: {cause}");
        assert!(std::error::Error::source(cause).is_some(), "{variant:?}");
    }
    // An authority of its own is nobody's but the test's.
    let server = Server::start_tls();
    let event = refused(WebSocket::builder(server.url("/echo"))).await;
    assert_eq!(event.cause().unwrap().stage(), Stage::Tls);
}

#[tokio::test]
async fn a_handshake_that_stalls_ends_with_the_connect_timeout() {
    let server = Server::start_tls_as(Tls::StallInHandshake);
    let builder = WebSocket::builder(server.url("/echo"))
        .tls_config(trusting(&server))
        .connect_timeout(std::time::Duration::from_millis(50));
    let event = refused(builder).await;
    let cause = event.cause().unwrap();
    assert_eq!((cause.stage(), cause.is_timeout()), (Stage::Tls, true));
}

#[tokio::test]
async fn a_tls_server_that_is_spoken_to_in_the_clear_is_a_failure() {
    let server = Server::start_tls();
    let event = refused(WebSocket::builder(
        server.url("/echo").replace("wss:", "ws:"),
    ))
    .await;
    assert_eq!(event.cause().unwrap().stage(), Stage::Upgrade);
}

#[tokio::test]
async fn the_end_of_tls_is_the_end_of_the_connection_with_or_without_notice() {
    let server = Server::start_tls();
    for script in [
        Script::new().open().text("a").end(),
        Script::new().open().text("a").cut(),
    ] {
        let builder = WebSocket::builder(server.url(script)).tls_config(trusting(&server));
        let (lines, event) = story(builder).await;
        assert_eq!(lines, ["open", r#"Text("a")"#, "close"]);
        assert_eq!((event.was_clean(), event.code()), (false, 1006));
        assert_eq!(event.cause().unwrap().stage(), Stage::Network);
    }
}
