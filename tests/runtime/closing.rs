//! Ends that take too long, and ends that meet.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use onesocket::{ReadyState, Stage, WebSocket};
use onesocket_test_support::{Peer, opcode};

use super::scene::*;

const SHORT: Duration = Duration::from_millis(100);

#[test]
fn a_peer_that_never_answers_our_close_is_left_after_the_close_timeout() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            conn.expect_close();
            conn.read_to_end();
        });
        let log = Log::<&str>::new();
        let (error, close) = (log.clone(), log.clone());
        let socket = WebSocket::builder(peer.url())
            .close_timeout(SHORT)
            .on_error(move |_, _| error.push("error"))
            .on_close(move |_, _| close.push("close"))
            .connect()
            .await
            .unwrap();
        let start = Instant::now();
        socket.close();
        let event = socket.closed().await;
        assert!(start.elapsed() >= SHORT);
        assert_eq!((event.was_clean(), event.code()), (false, 1006));
        let cause = event.cause().unwrap();
        assert_eq!((cause.stage(), cause.is_timeout()), (Stage::Closing, true));
        // Nobody had to fail the connection.
        assert_eq!(log.wait_for(1).await, ["close"]);
        join(peer).await;
    });
}

#[test]
fn a_peer_that_talks_on_after_our_close_is_left_too() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            conn.expect_close();
            while conn.try_send_raw(&numbers(0..1000)).is_ok() {}
        });
        let socket = WebSocket::builder(peer.url())
            .close_timeout(SHORT)
            .connect()
            .await
            .unwrap();
        socket.close();
        let event = socket.closed().await;
        assert!(event.cause().unwrap().is_timeout());
        join(peer).await;
    });
}

#[test]
fn the_close_timeout_begins_anew_as_long_as_bytes_leave() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            for _ in 0..64 {
                conn.expect_frame(opcode::BINARY);
                // All of it takes longer than the limit, and each piece far less, on a busy machine too.
                std::thread::sleep(Duration::from_millis(60));
            }
            answer_close(conn);
        });
        let socket = WebSocket::builder(peer.url())
            .close_timeout(Duration::from_secs(3))
            .connect()
            .await
            .unwrap();
        for _ in 0..64 {
            socket.send(vec![7; 512 << 10]).unwrap();
        }
        socket.close();
        let event = socket.closed().await;
        assert!(event.was_clean(), "{event:?}");
        join(peer).await;
    });
}

#[test]
fn a_peer_that_keeps_tcp_open_after_both_closes_is_left_and_the_end_is_clean() {
    on_both_runtimes(async || {
        for we_close in [true, false] {
            let peer = Peer::script(move |mut conn| {
                conn.accept();
                if !we_close {
                    conn.close(1000, "bye");
                }
                conn.expect_close();
                if we_close {
                    conn.close(1000, "bye");
                }
                conn.read_to_end();
            });
            let socket = WebSocket::builder(peer.url())
                .disconnect_timeout(SHORT)
                .connect()
                .await
                .unwrap();
            let start = Instant::now();
            if we_close {
                socket.close();
            }
            let event = socket.closed().await;
            assert!(start.elapsed() >= SHORT);
            assert!(event.was_clean());
            assert_eq!((event.code(), event.reason()), (1000, "bye"));
            join(peer).await;
        }
    });
}

#[test]
fn limits_without_an_end_are_no_limits() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            conn.send_raw(&numbers(0..1000));
            answer_close(conn);
        });
        let socket = WebSocket::builder(peer.url())
            .connect_timeout(Duration::MAX)
            .close_timeout(Duration::MAX)
            .disconnect_timeout(Duration::MAX)
            .max_unread(10)
            .connect()
            .await
            .unwrap();
        // The inbox gets full, and the end is awaited.
        tokio::time::timeout(NEGLECT, socket.closed())
            .await
            .unwrap_err();
        for _ in 0..4 {
            socket.send(vec![7; 1 << 20]).unwrap();
        }
        socket.close();
        let event = socket.closed().await;
        assert!(event.was_clean(), "{event:?}");
        join(peer).await;
    });
}

#[test]
fn what_comes_behind_the_peers_close_is_discarded_and_the_end_is_clean() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            let close = onesocket_test_support::Frame::new(true, 0, opcode::CLOSE, [3, 232]);
            conn.send_raw(&[close.to_bytes(), numbers(0..10), fault()].concat());
            conn.expect_close();
            conn.end();
        });
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        assert!(socket.recv().await.is_none());
        assert!(socket.closed().await.was_clean());
        join(peer).await;
    });
}

#[test]
fn a_peer_that_ended_its_own_direction_behind_its_close_gets_all_that_was_sent_and_our_close() {
    on_both_runtimes(async || {
        let (sent, wait) = mpsc::channel::<()>();
        let peer = Peer::script(move |mut conn| {
            conn.accept();
            wait.recv_timeout(PATIENCE).unwrap();
            conn.close(1000, "");
            conn.end_sending();
            for _ in 0..32 {
                assert_eq!(conn.expect_frame(opcode::BINARY).payload.len(), 1 << 20);
            }
            assert_eq!(conn.expect_close(), (Some(1000), String::new()));
            conn.end();
        });
        // More than the buffers of two systems take.
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        for _ in 0..32 {
            socket.send(vec![7; 1 << 20]).unwrap();
        }
        sent.send(()).unwrap();
        assert!(socket.closed().await.was_clean());
        assert_eq!(socket.buffered_amount(), 0);
        join(peer).await;
    });
}

#[test]
fn both_sides_may_close_at_once() {
    on_both_runtimes(async || {
        for _ in 0..50 {
            let (go, wait) = mpsc::channel::<()>();
            let peer = Peer::script(move |mut conn| {
                conn.accept();
                wait.recv_timeout(PATIENCE).unwrap();
                conn.close(4001, "peer");
                let (code, _) = conn.expect_close();
                assert!(matches!(code, Some(4000 | 4001)));
                conn.end();
            });
            let socket = WebSocket::connect(peer.url()).await.unwrap();
            let reader = tokio::spawn({
                let socket = socket.clone();
                async move { socket.recv().await.is_none() }
            });
            go.send(()).unwrap();
            tokio::task::yield_now().await;
            socket.close_with(4000, "client").unwrap();
            assert_ne!(socket.ready_state(), ReadyState::Open);
            let event = socket.closed().await;
            assert!(event.was_clean());
            assert_eq!((event.code(), event.reason()), (4001, "peer"));
            assert!(reader.await.unwrap());
            join(peer).await;
        }
    });
}

#[test]
fn a_close_that_meets_a_fault_ends_once() {
    on_both_runtimes(async || {
        for _ in 0..50 {
            let (go, wait) = mpsc::channel::<()>();
            let peer = Peer::script(move |mut conn| {
                conn.accept();
                wait.recv_timeout(PATIENCE).unwrap();
                conn.send_raw(&fault());
                let (code, _) = conn.expect_close();
                assert!(matches!(code, Some(4000 | 1002)));
                conn.read_to_end();
            });
            let log = Log::<&str>::new();
            let (error, close) = (log.clone(), log.clone());
            let socket = WebSocket::builder(peer.url())
                .disconnect_timeout(SHORT)
                .on_error(move |_, _| error.push("error"))
                .on_close(move |_, _| close.push("close"))
                .connect()
                .await
                .unwrap();
            let reader = tokio::spawn({
                let socket = socket.clone();
                async move {
                    (
                        socket.recv().await.unwrap().is_err(),
                        socket.recv().await.is_none(),
                    )
                }
            });
            go.send(()).unwrap();
            tokio::task::yield_now().await;
            socket.close_with(4000, "client").unwrap();
            let event = socket.closed().await;
            assert_eq!(event.cause().unwrap().stage(), Stage::Protocol);
            assert_eq!(reader.await.unwrap(), (true, true));
            assert_eq!(log.wait_for(2).await, ["error", "close"]);
            join(peer).await;
        }
    });
}

#[test]
fn threads_that_send_and_close_at_once_put_nothing_behind_the_close() {
    on_both_runtimes(async || {
        for _ in 0..5 {
            // The peer's rules refuse a frame behind the Close.
            let peer = Peer::script(|mut conn| {
                conn.accept();
                read_up_to_close(&mut conn);
                conn.close(1000, "");
                conn.expect_eof();
            });
            let socket = WebSocket::builder(peer.url())
                .disconnect_timeout(SHORT)
                .connect()
                .await
                .unwrap();
            let threads: Vec<_> = (0..3)
                .map(|_| {
                    let socket = socket.clone();
                    std::thread::spawn(move || {
                        for _ in 0..200 {
                            socket.send("x").unwrap();
                        }
                    })
                })
                .collect();
            tokio::task::yield_now().await;
            socket.close();
            assert!(socket.closed().await.was_clean());
            for thread in threads {
                blocking(move || thread.join().unwrap()).await;
            }
            join(peer).await;
        }
    });
}
