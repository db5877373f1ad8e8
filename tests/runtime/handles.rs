//! Handles and what keeps a connection open.

use std::sync::mpsc;
use std::time::Duration;

use onesocket::{ReadyState, Stage, WebSocket};
use onesocket_test_support::{Peer, opcode};
use tokio::runtime::Handle;

use super::scene::*;

/// Wants so many bytes in messages, and then a Close without a body.
fn thirsty_peer(bytes: usize) -> Peer {
    Peer::script(move |mut conn| {
        conn.accept();
        let mut got = 0;
        while got < bytes {
            got += conn.expect_frame(opcode::BINARY).payload.len();
        }
        assert_eq!(got, bytes);
        assert_eq!(conn.expect_close(), (None, String::new()));
        conn.close(1000, "");
        conn.end();
    })
}

#[test]
fn what_was_sent_arrives_after_the_last_handle_was_dropped_and_then_a_close() {
    on_both_runtimes(async || {
        for (messages, size) in [(0, 0), (1, 10), (1000, 10), (8, 1 << 20)] {
            let peer = thirsty_peer(messages * size);
            let socket = WebSocket::connect(peer.url()).await.unwrap();
            for _ in 0..messages {
                socket.send(vec![7; size]).unwrap();
            }
            drop(socket);
            join(peer).await;
        }
    });
}

#[test]
fn the_driver_is_gone_after_the_closing_handshake_of_a_drop() {
    on_both_runtimes(async || {
        let before = alive_tasks();
        for with_listeners in [false, true] {
            let peer = thirsty_peer(1 << 20);
            let socket = WebSocket::connect(peer.url()).await.unwrap();
            if with_listeners {
                let clone_of_nothing = |_: &WebSocket, _: &_| {};
                socket.set_onmessage(clone_of_nothing);
                socket.set_onclose(|_, _| {});
            }
            socket.send(vec![7; 1 << 20]).unwrap();
            drop(socket);
            join(peer).await;
            until(|| alive_tasks() == before).await;
        }
    });
}

#[test]
fn no_task_is_left_when_a_connection_ends_in_whatever_way() {
    on_both_runtimes(async || {
        let before = alive_tasks();
        let server = onesocket_test_support::Server::start();
        for path in [
            "/echo",
            "/close?code=1000",
            "/status?code=500",
            "/script?open&reset",
            "/script?open&end",
            "/script?open&raw=%FF%FF&hang",
            "/flood?n=100",
        ] {
            let socket = WebSocket::new(server.url(path)).unwrap();
            if socket.opened().await.is_ok() {
                poll_once(socket.recv()).await.is_ready();
            }
            socket.close();
            socket.closed().await;
            drop(socket);
            until(|| alive_tasks() == before).await;
        }
    });
}

fn alive_tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

#[test]
fn a_clone_keeps_the_connection_open() {
    on_both_runtimes(async || {
        let peer = thirsty_peer(2);
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        let clone = socket.clone();
        socket.send([1]).unwrap();
        drop(socket);
        tokio::task::yield_now().await;
        assert_eq!(clone.ready_state(), ReadyState::Open);
        clone.send([2]).unwrap();
        drop(clone);
        join(peer).await;
    });
}

#[test]
fn a_clone_of_a_listeners_socket_keeps_the_connection_open() {
    on_both_runtimes(async || {
        let peer = thirsty_peer(1);
        let (hand_over, clone) = mpsc::channel();
        let socket = WebSocket::builder(peer.url())
            .on_open(move |socket, _| hand_over.send(socket.clone()).unwrap())
            .connect()
            .await
            .unwrap();
        until(|| socket.ready_state() == ReadyState::Open).await;
        let clone = blocking(move || clone.recv().unwrap());
        let clone = clone.await;
        drop(socket);
        tokio::task::yield_now().await;
        assert_eq!(clone.ready_state(), ReadyState::Open);
        clone.send([1]).unwrap();
        drop(clone);
        join(peer).await;
    });
}

#[test]
fn keep_open_keeps_a_connection_open_without_a_handle() {
    on_both_runtimes(async || {
        let (speak, wait) = mpsc::channel::<()>();
        let peer = Peer::script(move |mut conn| {
            conn.accept();
            wait.recv_timeout(PATIENCE).unwrap();
            conn.text("still there?");
            assert_eq!(conn.expect_frame(opcode::TEXT).payload, b"yes");
            // The first close that comes is the listener's.
            assert_eq!(conn.expect_close(), (Some(1000), "bye".into()));
            conn.close(1000, "");
            conn.end();
        });
        WebSocket::builder(peer.url())
            .on_message(|socket, _| {
                socket.send("yes").unwrap();
                socket.close_with(1000, "bye").unwrap();
            })
            .connect()
            .await
            .unwrap()
            .keep_open();
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        speak.send(()).unwrap();
        join(peer).await;
    });
}

#[test]
fn dropping_a_socket_that_connects_stops_the_attempt() {
    on_both_runtimes(async || {
        let before = alive_tasks();
        let (requested, wait) = tokio::sync::oneshot::channel();
        let peer = Peer::script(move |mut conn| {
            conn.read_request();
            requested.send(()).unwrap();
            // No answer: the client goes by itself.
            conn.read_to_end();
        });
        let log = Log::<String>::new();
        let (open, error, close) = (log.clone(), log.clone(), log.clone());
        let socket = WebSocket::builder(peer.url())
            .on_open(move |_, _| open.push("open"))
            .on_error(move |_, event| error.push(format!("error {:?}", event.cause().stage())))
            .on_close(move |_, event| close.push(format!("close {}", event.code())))
            .open()
            .unwrap();
        wait.await.unwrap();
        drop(socket);
        assert_eq!(log.wait_for(2).await, ["error Aborted", "close 1006"]);
        join(peer).await;
        until(|| alive_tasks() == before).await;
    });
}

#[test]
fn dropping_the_future_of_connect_stops_the_attempt() {
    on_both_runtimes(async || {
        let before = alive_tasks();
        let peer = Peer::script(|mut conn| {
            conn.read_request();
            conn.read_to_end();
        });
        let attempt = WebSocket::connect(peer.url());
        tokio::time::timeout(Duration::from_millis(50), attempt)
            .await
            .unwrap_err();
        until(|| alive_tasks() == before).await;
    });
}

#[test]
fn closing_while_connecting_fails_the_connection_later() {
    on_both_runtimes(async || {
        // The system accepts, and nobody answers.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let socket = WebSocket::new(url).unwrap();
        socket.close();
        assert_eq!(socket.ready_state(), ReadyState::Closing);
        let error = socket.opened().await.unwrap_err();
        assert_eq!(error.stage(), Stage::Aborted);
        let event = socket.closed().await;
        assert_eq!((event.was_clean(), event.code()), (false, 1006));
        assert_eq!(socket.ready_state(), ReadyState::Closed);
    });
}

#[test]
fn a_socket_may_be_dropped_while_its_thread_ends() {
    use std::cell::RefCell;

    thread_local! {
        static KEPT: RefCell<Option<WebSocket>> = const { RefCell::new(None) };
    }

    on_both_runtimes(async || {
        let peer = thirsty_peer(1);
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        let thread = std::thread::spawn(move || {
            // First of what belongs to this thread, so that it is the last to go.
            KEPT.set(Some(socket));
            KEPT.with_borrow(|socket| socket.as_ref().unwrap().send([1]).unwrap());
        });
        blocking(move || thread.join().unwrap()).await;
        join(peer).await;
    });
}
