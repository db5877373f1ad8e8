//! `bufferedAmount`: exact after `send`, never smaller within a turn, and up to date in the next one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;

use onesocket::{Stage, WebSocket};
use onesocket_test_support::{Peer, opcode};

use super::scene::*;

#[test]
fn it_is_exact_right_after_send_even_when_the_peer_has_the_message() {
    on_current_thread(async || {
        let (got_it, wait) = mpsc::channel();
        let peer = Peer::script(move |mut conn| {
            conn.accept();
            conn.expect_frame(opcode::TEXT);
            got_it.send(()).unwrap();
            answer_close(conn);
        });
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        socket.send("hello").unwrap();
        assert_eq!(socket.buffered_amount(), 5);
        // The turn does not end: this blocks the thread.
        wait.recv_timeout(PATIENCE).unwrap();
        assert_eq!(socket.buffered_amount(), 5);
        socket.send("ü").unwrap();
        assert_eq!(socket.buffered_amount(), 7, "UTF-8 counts, and no framing");
        tokio::task::yield_now().await;
        until(|| socket.buffered_amount() == 0).await;
        socket.close();
        socket.closed().await;
        join(peer).await;
    });
}

#[test]
fn it_goes_down_when_the_socket_is_awaited() {
    on_current_thread(async || {
        let server = onesocket_test_support::Server::start();
        let socket = WebSocket::connect(server.url("/echo")).await.unwrap();
        socket.send("hello").unwrap();
        socket.ready().await.unwrap();
        assert_eq!(socket.buffered_amount(), 0, "ready");
        socket.send("hello").unwrap();
        socket.flush().await.unwrap();
        assert_eq!(socket.buffered_amount(), 0, "flush");
        socket.send("hello").unwrap();
        for _ in 0..3 {
            socket.recv().await.unwrap().unwrap();
        }
        assert_eq!(socket.buffered_amount(), 0, "recv");
    });
}

#[test]
fn it_does_not_shrink_within_a_turn() {
    on_current_thread(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            answer_close(conn);
        });
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        for turn in 0..20 {
            let mut expected = socket.buffered_amount();
            // Across many stages, which are written on the way.
            for _ in 0..300 {
                socket.send(vec![turn; 1000]).unwrap();
                expected += 1000;
                assert_eq!(socket.buffered_amount(), expected);
            }
            tokio::task::yield_now().await;
        }
        until(|| socket.buffered_amount() == 0).await;
        socket.close();
        socket.closed().await;
        join(peer).await;
    });
}

#[test]
fn it_does_not_shrink_inside_a_listener_whatever_other_tasks_do() {
    on_multi_thread(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            conn.send_raw(&numbers(0..20));
            answer_close(conn);
        });
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        let (flushes, done) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        // A plain thread: a task may have to wait for the one that the listener blocks.
        let flusher = thread::spawn({
            let (socket, flushes, done) = (socket.clone(), flushes.clone(), done.clone());
            move || {
                while !done.load(SeqCst) {
                    socket.send("x").unwrap();
                    block_by_hand(socket.flush()).unwrap();
                    flushes.fetch_add(1, SeqCst);
                }
            }
        });
        let calls = Log::<bool>::new();
        socket.set_onmessage({
            let calls = calls.clone();
            move |socket, _| {
                let end = flushes.load(SeqCst) + 20;
                let (mut before, mut shrank) = (0, false);
                while flushes.load(SeqCst) < end {
                    let now = socket.buffered_amount();
                    shrank |= now < before;
                    before = now;
                }
                calls.push(shrank);
            }
        });
        assert_eq!(calls.wait_for(20).await, [false; 20]);
        done.store(true, SeqCst);
        blocking(move || flusher.join().unwrap()).await;
        socket.close();
        socket.closed().await;
        join(peer).await;
    });
}

#[test]
fn it_counts_64_mib_up_and_down() {
    // On a thread of its own the driver may run between two sends.
    on_current_thread(async || assert_eq!(after_64_mib().await, 64 << 20));
    on_multi_thread(async || assert!(after_64_mib().await > 16 << 20));
}

/// What it says after so much was sent in one turn to a peer that does not read. It is 0 again when the peer does.
async fn after_64_mib() -> usize {
    let (read_on, wait) = mpsc::channel::<()>();
    let peer = Peer::script(move |mut conn| {
        conn.accept();
        wait.recv_timeout(PATIENCE).unwrap();
        answer_close(conn);
    });
    let socket = WebSocket::connect(peer.url()).await.unwrap();
    let payload = bytes::Bytes::from(vec![1; 1 << 20]);
    for _ in 0..64 {
        socket.send(payload.clone()).unwrap();
    }
    let amount = socket.buffered_amount();
    read_on.send(()).unwrap();
    until(|| socket.buffered_amount() == 0).await;
    socket.close();
    socket.closed().await;
    join(peer).await;
    amount
}

#[test]
fn it_stays_up_with_what_could_not_be_sent() {
    on_both_runtimes(async || {
        let (reset, wait) = mpsc::channel::<()>();
        let peer = Peer::script(move |mut conn| {
            conn.accept();
            wait.recv_timeout(PATIENCE).unwrap();
            conn.reset();
        });
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        socket.send(vec![1; 32 << 20]).unwrap();
        reset.send(()).unwrap();
        let event = socket.closed().await;
        assert_eq!(event.cause().unwrap().stage(), Stage::Network);
        let left = socket.buffered_amount();
        assert!(left > 0);
        socket.send("after").unwrap();
        assert_eq!(socket.buffered_amount(), left + 5);
        tokio::task::yield_now().await;
        assert_eq!(socket.buffered_amount(), left + 5);
        join(peer).await;
    });
}
