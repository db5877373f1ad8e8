//! What ends a connection comes behind everything that was received, and behind the answers to it.

use futures_util::StreamExt;
use futures_util::stream::FusedStream;
use onesocket::{Stage, WebSocket};
use onesocket_test_support::{Peer, opcode};

use super::scene::*;

/// Sends good messages and a fault in one write; wants the answers, then the failing Close.
fn failing_peer(messages: usize) -> Peer {
    Peer::script(move |mut conn| {
        conn.accept();
        conn.send_raw(&[numbers(0..messages), fault()].concat());
        for number in 0..messages {
            let answer = conn.expect_frame(opcode::TEXT).payload;
            assert_eq!(answer, number.to_string().as_bytes());
        }
        assert_eq!(conn.expect_close(), (Some(1002), String::new()));
        conn.end();
    })
}

#[test]
fn answers_to_the_messages_before_a_fault_leave_before_the_connection_is_failed() {
    on_both_runtimes(async || {
        // Less than a batch, a batch and around it, and more than a batch.
        for messages in [1, 3, 16, 17, 18, 40] {
            let peer = failing_peer(messages);
            let socket = WebSocket::connect(peer.url()).await.unwrap();
            for number in 0..messages {
                let message = socket.recv().await.unwrap().unwrap();
                assert_eq!(number_of(&message), number);
                socket.send(message).unwrap();
            }
            let error = socket.recv().await.unwrap().unwrap_err();
            assert_eq!(
                (error.stage(), error.close_code()),
                (Stage::Protocol, Some(1002))
            );
            assert!(socket.recv().await.is_none());
            join(peer).await;
        }
    });
}

#[test]
fn the_same_for_a_stream() {
    on_both_runtimes(async || {
        for messages in [1, 3, 16, 17, 18, 40] {
            let peer = failing_peer(messages);
            let mut socket = WebSocket::connect(peer.url()).await.unwrap();
            for number in 0..messages {
                let message = socket.next().await.unwrap().unwrap();
                assert_eq!(number_of(&message), number);
                socket.send(message).unwrap();
            }
            assert!(!socket.is_terminated());
            socket.next().await.unwrap().unwrap_err();
            assert!(socket.is_terminated());
            assert!(socket.next().await.is_none());
            join(peer).await;
        }
    });
}

#[test]
fn the_same_for_a_listener() {
    on_both_runtimes(async || {
        for messages in [1, 3, 16, 17, 18, 40] {
            let peer = failing_peer(messages);
            let socket = WebSocket::builder(peer.url())
                .on_message(|socket, event| socket.send(event.message().clone()).unwrap())
                .connect()
                .await
                .unwrap();
            let event = socket.closed().await;
            assert_eq!(event.cause().unwrap().close_code(), Some(1002));
            join(peer).await;
        }
    });
}

#[test]
fn messages_before_a_close_are_answered_before_the_close_is() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            conn.text("question");
            conn.close(1000, "");
            assert_eq!(conn.expect_frame(opcode::TEXT).payload, b"answer");
            assert_eq!(conn.expect_close(), (Some(1000), String::new()));
            conn.end();
        });
        let socket = WebSocket::builder(peer.url())
            .on_message(|socket, _| socket.send("answer").unwrap())
            .connect()
            .await
            .unwrap();
        assert!(socket.closed().await.was_clean());
        join(peer).await;
    });
}

#[test]
fn a_stream_that_took_everything_is_at_its_end() {
    on_both_runtimes(async || {
        let peer = counting_peer(0..40);
        let mut socket = WebSocket::connect(peer.url()).await.unwrap();
        for number in 0..5 {
            assert_eq!(number_of(&socket.next().await.unwrap().unwrap()), number);
        }
        // The rest of what the stream was looking at, and then more.
        receive_numbers(&socket, 5..40).await;
        assert!(socket.recv().await.is_none());
        assert!(socket.is_terminated());
        assert!(socket.next().await.is_none());
        join(peer).await;
    });
}

#[test]
fn after_our_close_nothing_more_is_received() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            conn.send_raw(&numbers(0..100));
            assert_eq!(conn.expect_close(), (None, String::new()));
            conn.send_raw(&numbers(100..200));
            conn.close(1000, "");
            conn.end();
        });
        let mut socket = WebSocket::connect(peer.url()).await.unwrap();
        assert_eq!(number_of(&socket.next().await.unwrap().unwrap()), 0);
        socket.close();
        // Neither what had arrived with it, nor what comes.
        assert!(socket.next().await.is_none());
        assert!(socket.recv().await.is_none());
        assert!(socket.try_recv().is_none());
        assert!(socket.closed().await.was_clean());
        join(peer).await;
    });
}
