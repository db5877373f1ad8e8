//! TLS: sessions, ALPN, the end of it, and what is written through it.

use std::io::{self, Write};
use std::iter;
use std::net::TcpListener;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use futures_util::SinkExt;
use onesocket::{Message, Stage, TlsConfig, WebSocket};
use onesocket_test_support::{End, Peer, Server, Tls, opcode};

use super::scene::*;

fn trusting(ca_der: &[u8]) -> TlsConfig {
    TlsConfig::without_default_roots()
        .root_certificate_der(ca_der)
        .unwrap()
}

async fn connect(peer: &Peer) -> WebSocket {
    let builder = WebSocket::builder(peer.url()).tls_config(trusting(&peer.ca_der()));
    builder.connect().await.unwrap()
}

fn message(number: usize) -> Message {
    Message::Text(number.to_string().into())
}

#[test]
fn sockets_with_one_configuration_resume_each_others_sessions() {
    on_both_runtimes(async || {
        for variant in [Tls::Good, Tls::Only12, Tls::Only13] {
            let server = Server::start_tls_as(variant);
            let config = trusting(&server.ca_der());
            for _ in 0..3 {
                let socket = WebSocket::builder(server.url("/echo"))
                    .tls_config(config.clone())
                    .connect()
                    .await
                    .unwrap();
                socket.send("hello").unwrap();
                socket.recv().await.unwrap().unwrap();
                socket.close();
                assert!(socket.closed().await.was_clean());
            }
            let counters = server.tls_counters();
            assert_eq!(
                (counters.handshakes, counters.resumed),
                (3, 2),
                "{variant:?}"
            );
            // A server of HTTP/2 alone would not understand us.
            assert_eq!(counters.alpn, [["http/1.1"]; 3]);
        }
    });
}

#[test]
fn a_host_name_is_told_to_the_server_and_an_address_is_not() {
    on_current_thread(async || {
        let server = Server::start_tls();
        for host in ["localhost", "127.0.0.1"] {
            let _socket = WebSocket::builder(server.url_at(host, "/echo"))
                .tls_config(trusting(&server.ca_der()))
                .connect()
                .await
                .unwrap();
        }
        let names = server.tls_counters().server_names;
        assert_eq!(names, [Some("localhost".to_owned()), None]);
    });
}

#[test]
fn every_end_of_ours_is_told_to_tls() {
    on_both_runtimes(async || {
        type Script = fn(onesocket_test_support::Conn) -> End;
        let scripts: [(&str, Script); 3] = [
            ("we close", |mut conn| {
                read_up_to_close(&mut conn);
                conn.close(1000, "");
                conn.read_to_end()
            }),
            ("the peer closes", |mut conn| {
                conn.close(1000, "");
                conn.expect_close();
                conn.read_to_end()
            }),
            ("the peer breaks a rule", |mut conn| {
                conn.send_raw(&fault());
                conn.expect_close();
                conn.read_to_end()
            }),
        ];
        for (name, script) in scripts {
            println!("{name}");
            let peer = Peer::script_tls(Tls::Good, move |mut conn| {
                conn.accept();
                assert_eq!(script(conn), End::CloseNotify);
            });
            let socket = WebSocket::builder(peer.url())
                .tls_config(trusting(&peer.ca_der()))
                .disconnect_timeout(Duration::from_millis(100))
                .connect()
                .await
                .unwrap();
            if name == "we close" {
                socket.close();
            }
            socket.closed().await;
            join(peer).await;
        }
    });
}

#[test]
fn without_anybody_to_trust_it_is_an_error_and_no_panic() {
    on_both_runtimes(async || {
        let server = Server::start_tls();
        let error = WebSocket::builder(server.url("/echo"))
            .tls_config(TlsConfig::without_default_roots())
            .connect()
            .await
            .unwrap_err();
        assert_eq!(error.stage(), Stage::Tls);
    });
}

#[test]
fn large_messages_go_both_ways_at_once() {
    const SIZE: usize = 8 << 20;

    on_both_runtimes(async || {
        let server = Server::start_tls();
        let socket = WebSocket::builder(server.url("/echo"))
            .tls_config(trusting(&server.ca_der()))
            .connect()
            .await
            .unwrap();
        for _ in 0..2 {
            socket.send(vec![7; SIZE]).unwrap();
        }
        for _ in 0..2 {
            assert_eq!(socket.recv().await.unwrap().unwrap().len(), SIZE);
        }
        socket.close();
        assert!(socket.closed().await.was_clean());
    });
}

#[test]
fn records_may_be_short() {
    on_both_runtimes(async || {
        let server = Server::start_tls();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(server.ca_der().into()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.max_fragment_size = Some(32);
        let socket = WebSocket::builder(server.url("/echo"))
            .tls_config(config)
            .connect()
            .await
            .unwrap();
        socket.send(vec![7; 200_000]).unwrap();
        let echo = socket.recv().await.unwrap().unwrap();
        assert_eq!(echo, Message::from(vec![7; 200_000]));
    });
}

#[test]
fn keys_may_change_in_between() {
    on_both_runtimes(async || {
        let peer = Peer::script_tls(Tls::Only13, |mut conn| {
            conn.accept();
            for number in 0..3 {
                conn.update_keys();
                conn.text(&number.to_string());
                conn.expect_frame(opcode::TEXT);
            }
            answer_close(conn);
        });
        let socket = connect(&peer).await;
        for number in 0..3 {
            assert_eq!(socket.recv().await.unwrap().unwrap(), message(number));
            socket.send("mine").unwrap();
        }
        socket.close();
        assert!(socket.closed().await.was_clean());
        join(peer).await;
    });
}

#[test]
fn a_broken_record_ends_the_connection_and_the_peer_learns_why() {
    // RFC 8446 5.2: "If the decryption fails, the receiver MUST terminate the connection with a "bad_record_mac" alert."
    const FORGED: &[u8] = &[
        23, 3, 3, 0, 32, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32,
    ];
    // A record of no known type, and one that is longer than any may be.
    const UNKNOWN: &[u8] = &[99, 3, 3, 0, 1, 0];
    const TOO_LONG: &[u8] = &[23, 3, 3, 0xff, 0xff];

    on_both_runtimes(async || {
        for variant in [Tls::Only12, Tls::Only13] {
            for broken in [FORGED, UNKNOWN, TOO_LONG] {
                let peer = Peer::script_tls(variant, |mut conn| {
                    conn.accept();
                    conn.text("whole");
                    conn.send_beneath_tls(broken);
                    assert_eq!(conn.read_to_end(), End::Alert);
                });
                let socket = connect(&peer).await;
                assert_eq!(socket.recv().await.unwrap().unwrap(), "whole".into());
                let error = socket.recv().await.unwrap().unwrap_err();
                assert_eq!(error.stage(), Stage::Network, "{error}");
                let event = socket.closed().await;
                assert_eq!((event.code(), event.was_clean()), (1006, false));
                join(peer).await;
            }
        }
    });
}

#[test]
fn a_handshake_in_crumbs_takes_no_more_memory_than_one_buffer() {
    on_both_runtimes(async || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("wss://{}/", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            // A server hello that says that it has 60,000 bytes, each of them in a record of its own.
            let hello = [2, 0, 0xea, 0x60].into_iter().chain(iter::repeat(0));
            let crumbs: Vec<_> = hello
                .take(60_000)
                .flat_map(|byte| [22, 3, 3, 0, 1, byte])
                .collect();
            // The client goes before all of it is written.
            let _ = socket.write_all(&crumbs);
            let _ = io::copy(&mut socket, &mut io::sink());
        });
        let config = trusting(&Server::start_tls().ca_der());
        let connecting = WebSocket::builder(url).tls_config(config).connect();
        let error = connecting.await.unwrap_err();
        assert_eq!(error.stage(), Stage::Tls);
        assert!(error.to_string().contains("too long"), "{error}");
        server.join().unwrap();
    });
}

#[test]
fn a_record_that_never_ends_holds_up_nothing_but_reading() {
    on_both_runtimes(async || {
        let peer = Peer::script_tls(Tls::Good, |mut conn| {
            conn.accept();
            conn.send_beneath_tls(&[23, 3, 3, 64, 0, 1, 2, 3]);
            conn.expect_frame(opcode::TEXT);
            conn.expect_frame(opcode::BINARY);
            conn.cut();
        });
        let socket = connect(&peer).await;
        socket.send("mine").unwrap();
        socket.send(vec![1; 300_000]).unwrap();
        let event = socket.closed().await;
        assert_eq!((event.code(), event.was_clean()), (1006, false));
        join(peer).await;
    });
}

#[test]
fn a_flush_reaches_the_peer_over_tls_message_by_message() {
    on_both_runtimes(async || {
        let (got_it, wait) = mpsc::channel();
        let peer = Peer::script_tls(Tls::Good, move |mut conn| {
            conn.accept();
            for number in 0..100 {
                let payload = conn.expect_frame(opcode::TEXT).payload;
                assert_eq!(payload, number.to_string().as_bytes());
                got_it.send(()).unwrap();
            }
            answer_close(conn);
        });
        let mut socket = connect(&peer).await;
        for number in 0..100 {
            SinkExt::send(&mut socket, message(number)).await.unwrap();
            // The thread is blocked: nobody else could help.
            wait.recv_timeout(PATIENCE).unwrap();
        }
        SinkExt::close(&mut socket).await.unwrap();
        join(peer).await;
    });
}

#[test]
fn sends_over_tls_reach_the_peer_at_once() {
    on_both_runtimes(async || {
        let (got_it, wait) = mpsc::channel();
        let peer = Peer::script_tls(Tls::Good, move |mut conn| {
            conn.accept();
            conn.expect_frame(opcode::TEXT);
            got_it.send(()).unwrap();
            answer_close(conn);
        });
        let socket = connect(&peer).await;
        tokio::task::yield_now().await;
        socket.send("hello").unwrap();
        wait.recv_timeout(PATIENCE).unwrap();
        socket.close();
        socket.closed().await;
        join(peer).await;
    });
}
