//! Runtimes: one that ends under the socket, one that is named, and none at all.

use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;

use futures_util::StreamExt;
use onesocket::{ReadyState, Stage, WebSocket};
use onesocket_test_support::{Peer, Server, opcode};

use super::scene::*;

#[test]
fn a_runtime_that_ends_under_the_socket_closes_it() {
    for runtime in [current_thread(), multi_thread()] {
        let server = Server::start();
        let socket = block_on(&runtime, WebSocket::connect(server.url("/echo"))).unwrap();
        let (tell, told) = mpsc::channel();
        socket.set_onclose(move |_, event| tell.send(event.clone()).unwrap());
        // Futures that are awaited elsewhere wake up.
        let waiting = [0, 1, 2].map(|which| {
            let socket = socket.clone();
            thread::spawn(move || {
                block_by_hand(async {
                    match which {
                        0 => drop(socket.closed().await),
                        1 => drop(socket.recv().await.unwrap().unwrap_err()),
                        _ => while socket.recv().await.is_some() {},
                    }
                });
            })
        });
        drop(runtime);
        let event = told.recv_timeout(PATIENCE).unwrap();
        assert_eq!((event.was_clean(), event.code()), (false, 1006));
        assert_eq!(event.cause().unwrap().stage(), Stage::Runtime);
        for thread in waiting {
            thread.join().unwrap();
        }
        assert_eq!(socket.ready_state(), ReadyState::Closed);
        let error = socket.recv_blocking().unwrap().unwrap_err();
        assert_eq!(error.stage(), Stage::Runtime);
        assert!(socket.recv_blocking().is_none());
        socket.send("nobody").unwrap();
        assert_eq!(socket.buffered_amount(), 6);
    }
}

#[test]
fn a_runtime_that_ends_before_the_socket_is_open_closes_it() {
    for runtime in [current_thread(), multi_thread()] {
        // The system accepts, and nobody answers.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let sockets = block_on(&runtime, async {
            let first = WebSocket::new(&url).unwrap();
            tokio::task::yield_now().await;
            // This one's driver may never have run.
            [first, WebSocket::new(&url).unwrap()]
        });
        drop(runtime);
        for socket in sockets {
            let event = block_by_hand(socket.closed());
            assert_eq!((event.was_clean(), event.code()), (false, 1006));
            assert_eq!(event.cause().unwrap().stage(), Stage::Runtime);
            assert_eq!(socket.ready_state(), ReadyState::Closed);
        }
    }
}

#[test]
fn a_runtime_that_has_ended_already_closes_the_socket() {
    let runtime = current_thread();
    let handle = runtime.handle().clone();
    drop(runtime);
    let socket = WebSocket::builder("ws://127.0.0.1:1/")
        .runtime(handle)
        .open()
        .unwrap();
    let event = block_by_hand(socket.closed());
    assert_eq!(event.cause().unwrap().stage(), Stage::Runtime);
}

#[test]
fn unread_messages_can_be_read_after_the_runtime_has_ended() {
    let runtime = current_thread();
    let (sent, wait) = tokio::sync::oneshot::channel();
    let peer = Peer::script(move |mut conn| {
        conn.accept();
        conn.send_raw(&numbers(0..10));
        // Its answer shows that what stood before the ping was read.
        conn.send_frame(true, 0, opcode::PING, "");
        conn.expect_frame(opcode::PONG);
        sent.send(()).unwrap();
        conn.read_to_end();
    });
    let socket = block_on(&runtime, async {
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        wait.await.unwrap();
        socket
    });
    drop(runtime);
    for number in 0..10 {
        assert_eq!(number_of(&socket.recv_blocking().unwrap().unwrap()), number);
    }
    socket.recv_blocking().unwrap().unwrap_err();
    assert!(socket.recv_blocking().is_none());
}

#[test]
fn a_named_runtime_is_the_one_that_the_socket_lives_on() {
    let runtime = multi_thread();
    let server = Server::start();
    let (tell, told) = mpsc::channel();
    let socket = WebSocket::builder(server.url("/echo"))
        .runtime(runtime.handle().clone())
        .on_open(move |_, _| tell.send(tokio::runtime::Handle::current().id()).unwrap())
        .open()
        .unwrap();
    let id = told.recv_timeout(PATIENCE).unwrap();
    assert_eq!(id, runtime.handle().id());
    // Its handles are used elsewhere.
    on_both_runtimes(async || {
        socket.send("hello").unwrap();
        let message = socket.recv().await.unwrap().unwrap();
        assert_eq!(message.as_text(), Some("hello"));
    });
    drop(runtime);
    on_current_thread(async || {
        let event = socket.closed().await;
        assert_eq!(event.cause().unwrap().stage(), Stage::Runtime);
    });
}

#[test]
fn without_a_runtime_plain_threads_read_and_write() {
    let server = Server::start();
    let socket = WebSocket::new(server.url("/echo")).unwrap();
    block_by_hand(socket.opened()).unwrap();
    for number in 0..1000 {
        socket.send(number.to_string()).unwrap();
        assert_eq!(number_of(&socket.recv_blocking().unwrap().unwrap()), number);
    }
    socket.close();
    assert!(socket.recv_blocking().is_none());
    assert!(block_by_hand(socket.closed()).was_clean());
}

#[test]
fn without_a_runtime_an_executor_made_by_hand_does() {
    let server = Server::start();
    block_by_hand(async {
        let mut socket = WebSocket::connect(server.url("/echo")).await.unwrap();
        for number in 0..1000 {
            socket.ready().await.unwrap();
            socket.send(number.to_string()).unwrap();
            socket.flush().await.unwrap();
            let message = match number % 2 {
                0 => socket.recv().await,
                _ => socket.next().await,
            };
            assert_eq!(number_of(&message.unwrap().unwrap()), number);
        }
        socket.close();
        assert!(socket.closed().await.was_clean());
    });
}

#[test]
fn without_a_runtime_listeners_are_called() {
    let server = Server::start();
    let (tell, told) = mpsc::channel();
    let socket = WebSocket::builder(server.url("/echo"))
        .on_open(|socket, _| socket.send("hello").unwrap())
        .on_message(move |_, event| tell.send(event.text().unwrap().to_owned()).unwrap())
        .open()
        .unwrap();
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), "hello");
    drop(socket);
    server.wait_until_ended(1);
}

#[test]
fn recv_blocking_refuses_to_block_a_runtime() {
    on_both_runtimes(async || {
        let server = Server::start();
        let socket = WebSocket::connect(server.url("/echo")).await.unwrap();
        let error = socket.recv_blocking().unwrap().unwrap_err();
        assert_eq!(error.stage(), Stage::Call);
        // Nothing has become of the socket.
        socket.send("hello").unwrap();
        socket.recv().await.unwrap().unwrap();
    });
}
