//! A socket that floods does not keep other tasks from running.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use futures_util::StreamExt;
use onesocket::WebSocket;
use onesocket_test_support::{Frame, Peer, opcode};
use tokio::task::JoinHandle;

use super::scene::*;

const MESSAGES: usize = 100_000;

/// Another task, and how many turns it has had.
fn another_task() -> (JoinHandle<()>, Arc<AtomicUsize>) {
    let turns = Arc::new(AtomicUsize::new(0));
    let task = tokio::spawn({
        let turns = turns.clone();
        async move {
            loop {
                turns.fetch_add(1, SeqCst);
                tokio::task::yield_now().await;
            }
        }
    });
    (task, turns)
}

/// How many times another task had its turn while a socket was flooded.
async fn turns_of_another_task(read: impl AsyncFnOnce(WebSocket)) -> usize {
    let peer = counting_peer(0..MESSAGES);
    let (other, turns) = another_task();
    let socket = WebSocket::connect(peer.url()).await.unwrap();
    let before = turns.load(SeqCst);
    read(socket).await;
    let after = turns.load(SeqCst);
    other.abort();
    join(peer).await;
    after - before
}

#[test]
fn a_loop_of_recv_lets_others_run() {
    on_current_thread(async || {
        let turns = turns_of_another_task(async |socket| {
            receive_numbers(&socket, 0..MESSAGES).await;
        });
        let turns = turns.await;
        assert!(turns > MESSAGES / 1000, "{turns} turns");
    });
}

#[test]
fn a_loop_over_a_stream_lets_others_run() {
    on_current_thread(async || {
        let turns = turns_of_another_task(async |mut socket| {
            while let Some(message) = socket.next().await {
                message.unwrap();
            }
        });
        let turns = turns.await;
        assert!(turns > MESSAGES / 10_000, "{turns} turns");
    });
}

#[test]
fn a_listener_lets_others_run() {
    on_current_thread(async || {
        let turns = turns_of_another_task(async |socket| {
            socket.set_onmessage(|_, _| {});
            socket.closed().await;
        });
        let turns = turns.await;
        assert!(turns > MESSAGES / 10_000, "{turns} turns");
    });
}

#[test]
fn a_flood_of_pings_is_answered() {
    on_both_runtimes(async || {
        for with_listener in [false, true] {
            let peer = Peer::script(|mut conn| {
                conn.accept();
                let ping = Frame::new(true, 0, opcode::PING, "x").to_bytes();
                for _ in 0..20 {
                    conn.send_raw(&ping.repeat(5000));
                }
                conn.send_frame(true, 0, opcode::PING, "last");
                while conn.expect_frame(opcode::PONG).payload != b"last" {}
                say_goodbye(conn);
            });
            let socket = WebSocket::connect(peer.url()).await.unwrap();
            if with_listener {
                socket.set_onmessage(|_, _| {});
            }
            assert!(socket.recv().await.is_none());
            join(peer).await;
        }
    });
}
