use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, Error, RootCertStore,
    StreamOwned,
};

use super::KEY;
use crate::native::frame::Frame;
use crate::{End, Peer, Script, Server, Tls, TlsCounters};

type Client = StreamOwned<ClientConnection, TcpStream>;

/// A client that trusts this authority and offers these protocols.
fn trusting(ca: Vec<u8>, alpn: &[&str]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(ca.into()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    Arc::new(config)
}

/// Connects to a `wss:` URL and shakes hands.
fn connect(url: &str, config: &Arc<ClientConfig>) -> io::Result<Client> {
    let authority = url
        .strip_prefix("wss://")
        .unwrap()
        .split('/')
        .next()
        .unwrap();
    let (host, _port) = authority.rsplit_once(':').unwrap();
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).unwrap();
    let connection = ClientConnection::new(Arc::clone(config), name).unwrap();
    let mut client = StreamOwned::new(connection, TcpStream::connect(authority)?);
    while client.conn.is_handshaking() {
        client.conn.complete_io(&mut client.sock)?;
    }
    Ok(client)
}

/// Opens the WebSocket on it.
fn open(client: &mut Client, path: &str) {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    client.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "));
}

/// The TLS error of a handshake that must fail, as the client sees it.
fn refusal(variant: Tls) -> (Server, Error) {
    let server = Server::start_tls_as(variant);
    let config = trusting(server.ca_der(), &["http/1.1"]);
    let error = connect(&server.url("/echo"), &config).expect_err("a failure");
    let error = error.downcast::<Error>().unwrap();
    (server, error)
}

#[test]
fn echo_works_under_tls_at_every_name() {
    let server = Server::start_tls();
    let config = trusting(server.ca_der(), &["http/1.1"]);
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        let mut client = connect(&server.url_at(host, "/echo"), &config).unwrap();
        open(&mut client, "/echo");
        let message = Frame::new(true, 0, 2, vec![7; 100_000]);
        client
            .write_all(&message.clone().masked([1; 4]).to_bytes())
            .unwrap();
        assert!(Frame::read(&mut client).unwrap() == Some(message));
    }
    let counters = server.tls_counters();
    assert_eq!(counters.handshakes, 3);
    assert_eq!(
        counters.server_names,
        [Some("localhost".to_owned()), None, None]
    );
    assert!(server.ca_pem().starts_with("-----BEGIN CERTIFICATE-----"));
}

#[test]
fn one_version_alone_can_be_spoken() {
    use rustls::ProtocolVersion::{TLSv1_2, TLSv1_3};

    for (variant, version) in [
        (Tls::Good, TLSv1_3),
        (Tls::Only12, TLSv1_2),
        (Tls::Only13, TLSv1_3),
    ] {
        let server = Server::start_tls_as(variant);
        let client = connect(&server.url("/echo"), &trusting(server.ca_der(), &[])).unwrap();
        assert_eq!(client.conn.protocol_version(), Some(version), "{variant:?}");
    }
}

#[test]
fn bad_certificates_are_bad_in_their_own_way() {
    let reason = |variant| match refusal(variant).1 {
        Error::InvalidCertificate(reason) => reason,
        other => panic!("{variant:?}: {other}"),
    };
    assert_eq!(reason(Tls::SelfSigned), CertificateError::UnknownIssuer);
    assert!(matches!(
        reason(Tls::Expired),
        CertificateError::ExpiredContext { .. }
    ));
    assert!(matches!(
        reason(Tls::NotYetValid),
        CertificateError::NotValidYetContext { .. }
    ));
    assert!(matches!(
        reason(Tls::WrongHost),
        CertificateError::NotValidForNameContext { .. }
    ));
}

#[test]
fn a_failed_handshake_is_counted_with_its_reason() {
    let (server, _) = refusal(Tls::Expired);
    server.wait_until_ended(1);
    let counters = server.tls_counters();
    assert_eq!((counters.handshakes, counters.failed.len()), (0, 1));
    assert!(
        counters.failed[0].contains("CertificateExpired"),
        "{counters:?}"
    );
}

#[test]
fn only_h2_is_for_those_who_offer_it() {
    let (server, error) = refusal(Tls::OnlyH2);
    assert_eq!(
        error,
        Error::AlertReceived(AlertDescription::NoApplicationProtocol)
    );

    let config = trusting(server.ca_der(), &["h2", "http/1.1"]);
    let client = connect(&server.url("/echo"), &config).unwrap();
    assert_eq!(client.conn.alpn_protocol(), Some(&b"h2"[..]));
    assert_eq!(
        server.tls_counters().alpn,
        [vec!["http/1.1"], vec!["h2", "http/1.1"]]
    );
}

#[test]
fn a_plain_server_answers_a_client_hello_with_http() {
    let (_server, error) = refusal(Tls::PlainHttp);
    assert!(matches!(error, Error::InvalidMessage(_)), "{error}");
}

#[test]
fn a_handshake_can_be_reset() {
    let server = Server::start_tls_as(Tls::ResetInHandshake);
    let error = connect(&server.url("/"), &trusting(server.ca_der(), &[])).expect_err("a reset");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[test]
fn a_handshake_can_stall() {
    let server = Server::start_tls_as(Tls::StallInHandshake);
    let config = trusting(server.ca_der(), &[]);
    let name = ServerName::try_from("localhost").unwrap();
    let mut connection = ClientConnection::new(config, name).unwrap();
    let mut socket = TcpStream::connect(server.addr()).unwrap();
    connection.write_tls(&mut socket).unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    // The server has read the hello to its end and gone, without a byte of its own.
    assert_eq!(socket.read(&mut [0]).unwrap(), 0);
    server.wait_until_ended(1);
    assert_eq!(server.tls_counters().alpn.len(), 1);
}

#[test]
fn a_second_connection_resumes_the_session() {
    for variant in [Tls::Only12, Tls::Only13] {
        let server = Server::start_tls_as(variant);
        let config = trusting(server.ca_der(), &[]);
        for resumed in [0, 1, 2] {
            let mut client = connect(&server.url("/"), &config).unwrap();
            open(&mut client, "/echo");
            let expected = TlsCounters {
                handshakes: resumed + 1,
                resumed,
                ..server.tls_counters()
            };
            assert_eq!(server.tls_counters(), expected, "{variant:?}");
        }
    }
}

#[test]
fn a_close_notify_is_told_from_a_bare_fin() {
    let server = Server::start_tls();
    let config = trusting(server.ca_der(), &[]);
    for (id, polite, expected) in [("a", true, End::CloseNotify), ("b", false, End::Eof)] {
        let mut client = connect(&server.url("/"), &config).unwrap();
        open(&mut client, &format!("/echo?id={id}"));
        if polite {
            client.conn.send_close_notify();
            client.flush().unwrap();
        }
        drop(client);
        assert_eq!(server.seen(id).end, Some(expected));
    }
    assert_eq!(server.tls_counters().close_notify, 1);
}

#[test]
fn an_end_has_a_close_notify_and_a_cut_has_none() {
    let server = Server::start_tls();
    let config = trusting(server.ca_der(), &[]);
    for (script, expected) in [
        (Script::new().open().end(), Ok(0)),
        (
            Script::new().open().cut(),
            Err(io::ErrorKind::UnexpectedEof),
        ),
        (
            Script::new().open().expect_message().reset(),
            Err(io::ErrorKind::ConnectionReset),
        ),
    ] {
        let mut client = connect(&server.url("/"), &config).unwrap();
        open(&mut client, &script.to_string());
        client
            .write_all(&Frame::new(true, 0, 1, "x").masked([1; 4]).to_bytes())
            .unwrap();
        let outcome = client.read(&mut [0]);
        assert_eq!(outcome.map_err(|error| error.kind()), expected, "{script}");
    }
}

#[test]
fn a_script_speaks_tls_too() {
    let peer = Peer::script_tls(Tls::Good, |mut conn| {
        conn.accept();
        conn.text("hi");
        assert_eq!(conn.read_to_end(), End::Eof);
    });
    let mut client = connect(&peer.url(), &trusting(peer.ca_der(), &[])).unwrap();
    open(&mut client, "/");
    assert_eq!(
        Frame::read(&mut client).unwrap(),
        Some(Frame::new(true, 0, 1, "hi"))
    );
    assert_eq!(peer.tls_counters().handshakes, 1);
    drop(client);
    peer.join();
}
