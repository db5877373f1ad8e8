//! What is fed leaves at the latest when the handle is used for something else.

use std::sync::mpsc;

use futures_util::{SinkExt, StreamExt};
use onesocket::{Message, WebSocket};
use onesocket_test_support::{Peer, Server, opcode};

use super::scene::*;

/// What makes the fed messages leave, beside a flush.
#[derive(Clone, Copy, Debug)]
enum Use {
    Drop,
    Clone,
    Close,
    BufferedAmount,
    PollNext,
    Recv,
    Send,
}

const USES: [Use; 7] = [
    Use::Drop,
    Use::Clone,
    Use::Close,
    Use::BufferedAmount,
    Use::PollNext,
    Use::Recv,
    Use::Send,
];

fn message(number: usize) -> Message {
    Message::Text(number.to_string().into())
}

#[test]
fn fed_messages_leave_when_their_handle_is_used_or_dropped() {
    on_both_runtimes(async || {
        for how in USES {
            // Fewer and more than are handed over together.
            for messages in [1, 15, 16, 17, 33] {
                println!("{how:?} behind {messages}");
                let peer = Peer::script(move |mut conn| {
                    conn.accept();
                    for number in 0..messages {
                        let payload = conn.expect_frame(opcode::TEXT).payload;
                        assert_eq!(payload, number.to_string().as_bytes());
                    }
                    conn.text("got them");
                    answer_close(conn);
                });
                // Beside a listener the driver has no timer, which would make them leave in the end.
                let got_them = Log::<String>::new();
                let log = got_them.clone();
                let other = WebSocket::builder(peer.url())
                    .on_message(move |_, event| log.push(event.text().unwrap()))
                    .connect()
                    .await
                    .unwrap();
                let mut socket = other.clone();
                tokio::task::yield_now().await;
                for number in 0..messages {
                    socket.feed(message(number)).await.unwrap();
                }
                let mut kept = None;
                match how {
                    Use::Drop => drop(socket),
                    Use::Clone => kept = Some((socket.clone(), socket)),
                    Use::Close => socket.close(),
                    Use::BufferedAmount => {
                        socket.buffered_amount();
                        kept = Some((other.clone(), socket));
                    }
                    Use::PollNext => {
                        assert!(poll_once(socket.next()).await.is_pending());
                        kept = Some((other.clone(), socket));
                    }
                    Use::Recv => {
                        assert!(poll_once(socket.recv()).await.is_pending());
                        kept = Some((other.clone(), socket));
                    }
                    Use::Send => {
                        socket.send("last").unwrap();
                        kept = Some((other.clone(), socket));
                    }
                }
                if !matches!(how, Use::Close) {
                    got_them.wait_for(1).await;
                }
                other.close();
                assert!(other.closed().await.was_clean());
                drop(kept);
                join(peer).await;
            }
        }
    });
}

#[test]
fn a_sink_waits_above_the_high_water_mark() {
    on_both_runtimes(async || {
        for high_water_mark in [1, 4 << 10, 256 << 10] {
            let (read_on, wait) = mpsc::channel::<()>();
            let peer = Peer::script(move |mut conn| {
                conn.accept();
                wait.recv_timeout(PATIENCE).unwrap();
                answer_close(conn);
            });
            let mut socket = WebSocket::builder(peer.url())
                .high_water_mark(high_water_mark)
                .connect()
                .await
                .unwrap();
            let payload = bytes::Bytes::from(vec![7; 64 << 10]);
            let mut fed = 0_usize;
            // The system takes some megabytes; then it waits.
            while poll_once(socket.feed(Message::Binary(payload.clone())))
                .await
                .is_ready()
            {
                fed += 1;
                assert!(fed < 1 << 10, "64 MiB were taken from it");
            }
            assert!(socket.buffered_amount() < high_water_mark + (128 << 10));
            read_on.send(()).unwrap();
            for _ in 0..100 {
                socket.feed(Message::Binary(payload.clone())).await.unwrap();
            }
            SinkExt::flush(&mut socket).await.unwrap();
            assert_eq!(socket.buffered_amount(), 0);
            SinkExt::close(&mut socket).await.unwrap();
            join(peer).await;
        }
    });
}

#[test]
fn small_messages_are_fed_past_any_high_water_mark() {
    on_both_runtimes(async || {
        for high_water_mark in [1, 100, 4 << 10] {
            let peer = Peer::script(move |mut conn| {
                conn.accept();
                answer_close(conn);
            });
            let mut socket = WebSocket::builder(peer.url())
                .high_water_mark(high_water_mark)
                .connect()
                .await
                .unwrap();
            for number in 0..10_000 {
                socket.feed(message(number)).await.unwrap();
            }
            SinkExt::close(&mut socket).await.unwrap();
            join(peer).await;
        }
    });
}

#[test]
fn a_sink_fails_once_the_socket_is_closed() {
    on_both_runtimes(async || {
        let server = Server::start();
        let mut socket = WebSocket::connect(server.url("/close?code=1000"))
            .await
            .unwrap();
        socket.closed().await;
        socket.feed(message(1)).await.unwrap_err();
        SinkExt::flush(&mut socket).await.unwrap();
    });
}

#[test]
fn a_stream_is_forwarded_to_its_own_sink() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            for round in 0..100 {
                conn.send_raw(&numbers(0..round));
                for number in 0..round {
                    let payload = conn.expect_frame(opcode::TEXT).payload;
                    assert_eq!(payload, number.to_string().as_bytes());
                }
            }
            say_goodbye(conn);
        });
        let (sink, stream) = WebSocket::connect(peer.url()).await.unwrap().split();
        stream.forward(sink).await.unwrap();
        join(peer).await;
    });
}
