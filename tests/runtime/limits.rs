//! Limits: what is told when one is reached.

use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use onesocket::{Stage, WebSocket};
use onesocket_test_support::{Peer, opcode};

use super::scene::*;

const SHORT: Duration = Duration::from_millis(100);

#[test]
fn more_than_max_unsent_fails_the_connection() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            conn.read_to_end();
        });
        let log = Log::<String>::new();
        let (error, close) = (log.clone(), log.clone());
        let socket = WebSocket::builder(peer.url())
            .max_unsent(1000)
            .on_error(move |_, event| error.push(event.cause().to_string()))
            .on_close(move |_, event| close.push(format!("close {}", event.code())))
            .connect()
            .await
            .unwrap();
        socket.send(vec![1; 1000]).unwrap();
        socket.flush().await.unwrap();
        socket.send(vec![1; 1001]).unwrap();
        let event = socket.closed().await;
        assert_eq!((event.was_clean(), event.code()), (false, 1006));
        assert_eq!(event.cause().unwrap().stage(), Stage::Limit);
        let told = log.wait_for(2).await;
        assert!(told[0].contains("1000"), "{told:?}");
        assert_eq!(told[1], "close 1006");
        assert_eq!(socket.buffered_amount(), 1001);
        socket.send("x").unwrap();
        assert_eq!(socket.buffered_amount(), 1002);
        join(peer).await;
    });
}

/// A peer that takes nothing more than the system does, until it is told that this is enough.
fn peer_that_reads_nothing() -> (Peer, mpsc::Sender<()>) {
    let (done, wait) = mpsc::channel();
    let peer = Peer::script(move |mut conn| {
        conn.accept();
        wait.recv_timeout(PATIENCE).unwrap();
        drop(conn);
    });
    (peer, done)
}

#[test]
fn what_waits_behind_a_slow_peer_counts_for_max_unsent() {
    on_both_runtimes(async || {
        let (peer, done) = peer_that_reads_nothing();
        let socket = WebSocket::builder(peer.url())
            .max_unsent(32 << 20)
            .connect()
            .await
            .unwrap();
        let payload = bytes::Bytes::from(vec![1; 1 << 20]);
        let mut sent = 0;
        while socket.ready_state() == onesocket::ReadyState::Open {
            socket.send(payload.clone()).unwrap();
            sent += 1 << 20;
            tokio::task::yield_now().await;
        }
        let event = socket.closed().await;
        assert_eq!(event.cause().unwrap().stage(), Stage::Limit);
        let unsent = socket.buffered_amount();
        // The system may take some more before the driver sees it.
        assert!(unsent > 16 << 20 && unsent <= sent, "{unsent} of {sent}");
        done.send(()).unwrap();
        join(peer).await;
    });
}

#[test]
fn empty_messages_that_wait_count_too() {
    on_both_runtimes(async || {
        let (peer, done) = peer_that_reads_nothing();
        let socket = WebSocket::builder(peer.url())
            .max_unsent(1 << 20)
            .high_water_mark(1 << 16)
            .connect()
            .await
            .unwrap();
        // More than the buffers of two systems take.
        let mut sent = 0;
        while poll_once(socket.ready()).await.is_ready() {
            socket.send("").unwrap();
            sent += 1;
            assert!(sent < 10_000_000, "nobody has to wait");
        }
        while socket.ready_state() == onesocket::ReadyState::Open {
            socket.send("").unwrap();
            tokio::task::yield_now().await;
        }
        let event = socket.closed().await;
        assert_eq!(event.cause().unwrap().stage(), Stage::Limit);
        assert_eq!(socket.buffered_amount(), 0);
        done.send(()).unwrap();
        join(peer).await;
    });
}

#[test]
fn where_nothing_may_lie_unread_pings_and_the_close_are_seen_all_the_same() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            conn.send_frame(true, 0, opcode::PING, "x");
            assert_eq!(conn.expect_frame(opcode::PONG).payload, b"x");
            conn.close(3000, "bye");
            assert_eq!(conn.expect_close().0, Some(3000));
            conn.end();
        });
        let socket = WebSocket::builder(peer.url())
            .max_unread(0)
            .connect()
            .await
            .unwrap();
        let event = socket.closed().await;
        assert_eq!((event.was_clean(), event.code()), (true, 3000));
        join(peer).await;
    });
}

#[test]
fn a_message_over_max_message_size_fails_the_connection_with_1009() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            conn.text(&"x".repeat(1000));
            conn.text(&"x".repeat(1001));
            assert_eq!(conn.expect_close(), (Some(1009), String::new()));
            conn.end();
        });
        let socket = WebSocket::builder(peer.url())
            .max_message_size(1000)
            .connect()
            .await
            .unwrap();
        assert_eq!(socket.recv().await.unwrap().unwrap().len(), 1000);
        let error = socket.recv().await.unwrap().unwrap_err();
        assert_eq!(
            (error.stage(), error.close_code()),
            (Stage::Limit, Some(1009))
        );
        join(peer).await;
    });
}

#[test]
fn who_awaits_the_close_behind_unread_messages_is_told_after_the_close_timeout() {
    on_both_runtimes(async || {
        let (sent, wait) = tokio::sync::oneshot::channel();
        let peer = Peer::script(|mut conn| {
            conn.accept();
            conn.send_raw(&numbers(0..1000));
            sent.send(()).unwrap();
            assert_eq!(conn.expect_close(), (Some(1008), String::new()));
            conn.read_to_end();
        });
        let socket = WebSocket::builder(peer.url())
            .max_unread(100)
            .close_timeout(SHORT)
            .disconnect_timeout(SHORT)
            .connect()
            .await
            .unwrap();
        wait.await.unwrap();
        let event = socket.closed().await;
        assert_eq!((event.was_clean(), event.code()), (false, 1006));
        let cause = event.cause().unwrap();
        assert_eq!((cause.stage(), cause.is_timeout()), (Stage::Limit, true));
        assert!(cause.to_string().contains("unread"), "{cause}");
        // What was read so far is still there.
        assert_eq!(number_of(&socket.recv().await.unwrap().unwrap()), 0);
        join(peer).await;
    });
}

#[test]
fn a_reader_who_comes_before_the_close_timeout_saves_the_connection() {
    on_both_runtimes(async || {
        let peer = counting_peer(0..1000);
        let socket = WebSocket::builder(peer.url())
            .max_unread(100)
            .connect()
            .await
            .unwrap();
        let closed = tokio::spawn({
            let socket = socket.clone();
            async move { socket.closed().await }
        });
        tokio::time::sleep(NEGLECT).await;
        receive_numbers(&socket, 0..1000).await;
        assert!(socket.recv().await.is_none());
        assert!(closed.await.unwrap().was_clean());
        join(peer).await;
    });
}

#[test]
fn a_full_inbox_that_somebody_awaits_the_end_of_is_read_on_soon_after_a_message_was_taken() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            conn.text(&"x".repeat(100));
            conn.send_frame(true, 0, onesocket_test_support::opcode::PING, "");
            conn.expect_frame(onesocket_test_support::opcode::PONG);
            say_goodbye(conn);
        });
        let socket = WebSocket::builder(peer.url())
            .max_unread(10)
            .close_timeout(PATIENCE)
            .connect()
            .await
            .unwrap();
        let mut closed = std::pin::pin!(socket.closed());
        assert!(poll_once(&mut closed).await.is_pending());
        tokio::time::sleep(NEGLECT).await;
        assert_eq!(socket.try_recv().unwrap().unwrap().len(), 100);
        assert!(closed.await.was_clean());
        join(peer).await;
    });
}

#[test]
fn a_server_that_does_not_answer_runs_into_the_connect_timeout() {
    on_both_runtimes(async || {
        // The system accepts for it.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let socket = WebSocket::builder(url)
            .connect_timeout(SHORT)
            .open()
            .unwrap();
        let error = socket.opened().await.unwrap_err();
        assert_eq!((error.stage(), error.is_timeout()), (Stage::Upgrade, true));
        assert!(error.is_retryable());
        assert_eq!(socket.closed().await.code(), 1006);
    });
}

#[test]
fn a_server_that_answers_a_byte_at_a_time_runs_into_it_too() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.read_request();
            conn.answer("HTTP/1.1 101 Switching Protocols\r\n");
            while conn.try_send_raw(b"X-Y: z\r\n").is_ok() {
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let error = WebSocket::builder(peer.url())
            .connect_timeout(SHORT)
            .connect()
            .await
            .unwrap_err();
        assert_eq!((error.stage(), error.is_timeout()), (Stage::Upgrade, true));
        join(peer).await;
    });
}

#[test]
fn waiting_for_another_attempt_counts_for_the_connect_timeout() {
    on_both_runtimes(async || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let first = WebSocket::builder(&url)
            .one_attempt_per_host(true)
            .open()
            .unwrap();
        tokio::task::yield_now().await;
        let second = WebSocket::builder(&url)
            .one_attempt_per_host(true)
            .connect_timeout(SHORT);
        let error = second.connect().await.unwrap_err();
        assert!(error.is_timeout());
        drop(first);
    });
}
