//! `send` from anywhere: nothing is lost, and the order holds.

use std::thread;

use onesocket::{Message, ReadyState, WebSocket};
use onesocket_test_support::{Peer, opcode};

use super::scene::*;

const THREADS: usize = 4;
const MESSAGES: usize = 50_000;

#[test]
fn threads_that_send_at_once_lose_nothing_and_keep_their_order() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            let mut next = [0; THREADS];
            for _ in 0..THREADS * MESSAGES {
                let payload = conn.expect_frame(opcode::BINARY).payload;
                let [thread, number @ ..] = payload.as_slice() else {
                    panic!("an empty message");
                };
                let number = usize::from_be_bytes(number.try_into().unwrap());
                assert_eq!(number, next[usize::from(*thread)]);
                next[usize::from(*thread)] += 1;
            }
            answer_close(conn);
        });
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        let threads = (0..THREADS).map(|thread| {
            let socket = socket.clone();
            thread::spawn(move || {
                for number in 0..MESSAGES {
                    let mut payload = vec![u8::try_from(thread).unwrap()];
                    payload.extend(number.to_be_bytes());
                    socket.send(payload).unwrap();
                }
            })
        });
        for thread in threads.collect::<Vec<_>>() {
            blocking(move || thread.join().unwrap()).await;
        }
        until(|| socket.buffered_amount() == 0).await;
        socket.close();
        assert!(socket.closed().await.was_clean());
        join(peer).await;
    });
}

#[test]
fn a_message_sent_now_and_then_leaves_without_anybody_polling() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            for number in 0..1000 {
                assert_eq!(
                    conn.expect_frame(opcode::TEXT).payload,
                    number.to_string().as_bytes()
                );
            }
            answer_close(conn);
        });
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        for number in 0..1000 {
            socket.send(number.to_string()).unwrap();
            // Sometimes several in a turn, sometimes one.
            if number % 3 == 0 {
                tokio::task::yield_now().await;
            }
        }
        until(|| socket.buffered_amount() == 0).await;
        socket.close();
        socket.closed().await;
        join(peer).await;
    });
}

#[test]
fn ready_keeps_a_sender_below_the_high_water_mark() {
    on_both_runtimes(async || {
        for high_water_mark in [1, 4 << 10, 256 << 10] {
            let peer = Peer::script(|mut conn| {
                conn.accept();
                answer_close(conn);
            });
            let socket = WebSocket::builder(peer.url())
                .high_water_mark(high_water_mark)
                .connect()
                .await
                .unwrap();
            for _ in 0..1000 {
                socket.ready().await.unwrap();
                assert!(socket.buffered_amount() <= high_water_mark + 1024);
                socket.send(vec![7; 1024]).unwrap();
            }
            socket.flush().await.unwrap();
            assert_eq!(socket.buffered_amount(), 0);
            socket.close();
            assert!(socket.closed().await.was_clean());
            socket.ready().await.unwrap_err();
            // Everything had left; what is sent now never will.
            socket.flush().await.unwrap();
            socket.send("late").unwrap();
            socket.flush().await.unwrap_err();
            join(peer).await;
        }
    });
}

#[test]
fn ready_waits_while_the_peer_does_not_read() {
    on_both_runtimes(async || {
        let (read_on, wait) = std::sync::mpsc::channel::<()>();
        let peer = Peer::script(move |mut conn| {
            conn.accept();
            wait.recv_timeout(PATIENCE).unwrap();
            answer_close(conn);
        });
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        socket.send(vec![7; 32 << 20]).unwrap();
        assert!(poll_once(socket.ready()).await.is_pending());
        assert!(poll_once(socket.flush()).await.is_pending());
        read_on.send(()).unwrap();
        let (ready, flushed) = tokio::join!(socket.ready(), socket.flush());
        ready.unwrap();
        flushed.unwrap();
        assert_eq!(socket.buffered_amount(), 0);
        socket.close();
        socket.closed().await;
        join(peer).await;
    });
}

#[test]
fn ready_fails_when_a_close_begins_and_not_only_when_it_ends() {
    on_both_runtimes(async || {
        for is_ours in [true, false] {
            let (close, wait) = std::sync::mpsc::channel::<()>();
            let peer = Peer::script(move |mut conn| {
                conn.accept();
                wait.recv_timeout(PATIENCE).unwrap();
                if !is_ours {
                    conn.close(1000, "");
                }
                wait.recv_timeout(PATIENCE).unwrap();
            });
            let socket = WebSocket::builder(peer.url())
                .close_timeout(PATIENCE)
                .disconnect_timeout(PATIENCE)
                .on_message(|_, _| {})
                .connect()
                .await
                .unwrap();
            socket.send(vec![7; 32 << 20]).unwrap();
            let waiting = socket.clone();
            let waiting = tokio::spawn(async move { waiting.ready().await });
            tokio::task::yield_now().await;
            close.send(()).unwrap();
            if is_ours {
                socket.close();
            }
            assert!(waiting.await.unwrap().is_err());
            assert_eq!(socket.ready_state(), ReadyState::Closing);
            close.send(()).unwrap();
            join(peer).await;
        }
    });
}

#[test]
fn messages_of_all_sizes_arrive_whole_and_in_order() {
    on_both_runtimes(async || {
        let server = onesocket_test_support::Server::start();
        let socket = WebSocket::connect(server.url("/echo")).await.unwrap();
        let sizes = [
            0,
            1,
            125,
            126,
            4096,
            61_426,
            61_440,
            65_535,
            65_536,
            1 << 20,
        ];
        for size in sizes {
            socket.send(vec![b'x'; size]).unwrap();
        }
        for size in sizes {
            match socket.recv().await.unwrap().unwrap() {
                Message::Binary(bytes) => {
                    assert_eq!(bytes.len(), size);
                    assert!(bytes.iter().all(|&byte| byte == b'x'));
                }
                text => panic!("{text:?}"),
            }
        }
    });
}
