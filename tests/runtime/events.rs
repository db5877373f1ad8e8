//! Events that come late: to a listener that was added when they had happened.

use std::sync::mpsc;
use std::thread;

use onesocket::{CloseEvent, ErrorEvent, MessageEvent, OpenEvent, ReadyState, Stage, WebSocket};
use onesocket_test_support::{Peer, Server};

use super::scene::*;

/// A port where nobody listens.
fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("ws://{}/", listener.local_addr().unwrap())
}

/// Adds a listener of each kind, each of which logs its event.
fn log_all(socket: &WebSocket, log: &Log<String>) {
    let [open, message, error, close] = [(); 4].map(|()| log.clone());
    socket.set_onclose(move |_, event| close.push(format!("close {}", event.code())));
    socket.set_onerror(move |_, event| error.push(format!("error {:?}", event.cause().stage())));
    socket.set_onmessage(move |_, event| message.push(format!("message {:?}", event.text())));
    socket.set_onopen(move |_, _| open.push("open"));
}

#[test]
fn an_open_event_comes_late_and_not_inside_the_call() {
    on_current_thread(async || {
        let server = Server::start();
        let socket = WebSocket::connect(server.url("/echo")).await.unwrap();
        // Long after.
        socket.send("hello").unwrap();
        socket.recv().await.unwrap().unwrap();
        let log = Log::<String>::new();
        socket.set_onopen({
            let log = log.clone();
            move |socket, _| log.push(format!("{}", socket.ready_state()))
        });
        assert_eq!(log.len(), 0);
        assert_eq!(log.wait_for(1).await, ["OPEN"]);
        // It has been told.
        socket.set_onopen({
            let log = log.clone();
            move |_, _| log.push("again")
        });
        socket.send("hello").unwrap();
        socket.recv().await.unwrap().unwrap();
        log.wait_for(1).await;
    });
}

#[test]
fn all_events_of_a_regular_life_come_in_order() {
    on_both_runtimes(async || {
        let peer = counting_peer(0..2);
        let log = Log::<String>::new();
        let socket = WebSocket::new(peer.url()).unwrap();
        log_all(&socket, &log);
        let expected = [
            "open",
            "message Some(\"0\")",
            "message Some(\"1\")",
            "close 1000",
        ];
        assert_eq!(log.wait_for(4).await, expected);
        assert_eq!(socket.ready_state(), ReadyState::Closed);
        join(peer).await;
    });
}

#[test]
fn all_events_come_in_order_to_listeners_that_were_added_after_the_end() {
    on_both_runtimes(async || {
        let peer = counting_peer(0..2);
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        socket.closed().await;
        join(peer).await;
        let log = Log::<String>::new();
        log_all(&socket, &log);
        let mut late = log.wait_for(4).await;
        // On other threads each is told as soon as it has a listener.
        late.sort();
        let expected = [
            "close 1000",
            "message Some(\"0\")",
            "message Some(\"1\")",
            "open",
        ];
        assert_eq!(late, expected);
    });
    on_current_thread(async || {
        let peer = counting_peer(0..2);
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        socket.closed().await;
        let log = Log::<String>::new();
        log_all(&socket, &log);
        assert_eq!(log.len(), 0, "not inside the calls");
        let expected = [
            "open",
            "message Some(\"0\")",
            "message Some(\"1\")",
            "close 1000",
        ];
        assert_eq!(log.wait_for(4).await, expected);
        join(peer).await;
    });
}

#[test]
fn a_failure_comes_late_as_error_and_close() {
    on_current_thread(async || {
        let socket = WebSocket::new(nowhere()).unwrap();
        assert_eq!(socket.closed().await.code(), 1006);
        let log = Log::<String>::new();
        log_all(&socket, &log);
        assert_eq!(log.len(), 0);
        assert_eq!(log.wait_for(2).await, ["error Tcp", "close 1006"]);
        // Nothing is told twice.
        log_all(&socket, &log);
        tokio::task::yield_now().await;
        log.wait_for(2).await;
    });
}

#[test]
fn the_state_is_closed_in_the_error_and_in_the_close_event() {
    on_both_runtimes(async || {
        let log = Log::<String>::new();
        let (error, close) = (log.clone(), log.clone());
        let _socket = WebSocket::builder(nowhere())
            .on_error(move |socket, event: &ErrorEvent| {
                assert_eq!(event.cause().stage(), Stage::Tcp);
                error.push(socket.ready_state().to_string());
            })
            .on_close(move |socket, event: &CloseEvent| {
                assert_eq!(event.cause().unwrap().stage(), Stage::Tcp);
                close.push(socket.ready_state().to_string());
            })
            .open()
            .unwrap();
        assert_eq!(log.wait_for(2).await, ["CLOSED", "CLOSED"]);
    });
}

#[test]
fn events_come_late_to_a_plain_thread_after_the_runtime_has_ended() {
    for runtime in [current_thread(), multi_thread()] {
        let peer = counting_peer(0..2);
        let socket = block_on(&runtime, async {
            let socket = WebSocket::connect(peer.url()).await.unwrap();
            socket.closed().await;
            socket
        });
        drop(runtime);
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let [open, message, close] = [(); 3].map(|()| tell.clone());
            let here = thread::current().id();
            socket.add_event_listener(move |_, _: &OpenEvent| {
                assert_ne!(thread::current().id(), here);
                open.send("open".to_owned()).unwrap();
            });
            socket.add_event_listener(move |_, event: &MessageEvent| {
                message.send(event.text().unwrap().to_owned()).unwrap();
            });
            socket.add_event_listener(move |_, event: &CloseEvent| {
                close.send(event.code().to_string()).unwrap();
            });
        })
        .join()
        .unwrap();
        let mut late: Vec<_> = (0..4)
            .map(|_| told.recv_timeout(PATIENCE).unwrap())
            .collect();
        late.sort();
        assert_eq!(late, ["0", "1", "1000", "open"]);
        peer.join();
    }
}

#[test]
fn what_a_late_listener_holds_is_let_go_of() {
    on_both_runtimes(async || {
        let server = Server::start();
        let socket = WebSocket::connect(server.url("/close?code=1000"))
            .await
            .unwrap();
        socket.closed().await;
        let held = std::sync::Arc::new(());
        for _ in 0..2 {
            let (open, message, close) = (held.clone(), held.clone(), held.clone());
            socket.set_onopen(move |_, _| drop(open.clone()));
            socket.set_onmessage(move |_, _| drop(message.clone()));
            socket.set_onclose(move |_, _| drop(close.clone()));
            until(|| std::sync::Arc::strong_count(&held) == 1).await;
        }
    });
}

#[test]
fn a_close_listener_does_not_take_messages_from_a_reader() {
    on_both_runtimes(async || {
        let peer = counting_peer(0..1000);
        let log = Log::<u16>::new();
        let close = log.clone();
        let socket = WebSocket::builder(peer.url())
            .on_close(move |_, event| close.push(event.code()))
            .connect()
            .await
            .unwrap();
        receive_numbers(&socket, 0..1000).await;
        assert!(socket.recv().await.is_none());
        assert_eq!(log.wait_for(1).await, [1000]);
        join(peer).await;
    });
}

#[test]
fn the_end_comes_to_a_reader_beside_a_message_listener() {
    on_both_runtimes(async || {
        let peer = counting_peer(0..3);
        let log = Log::<String>::new();
        let message = log.clone();
        let socket = WebSocket::builder(peer.url())
            .on_message(move |_, event| message.push(event.text().unwrap()))
            .connect()
            .await
            .unwrap();
        assert!(socket.recv().await.is_none());
        assert_eq!(log.wait_for(3).await, ["0", "1", "2"]);

        let peer = Peer::script(|mut conn| {
            conn.accept();
            conn.send_raw(&fault());
            conn.expect_close();
        });
        let socket = WebSocket::builder(peer.url())
            .on_message(|_, _| {})
            .connect()
            .await
            .unwrap();
        let error = socket.recv().await.unwrap().unwrap_err();
        assert_eq!(error.stage(), Stage::Protocol);
        assert!(socket.recv().await.is_none());
    });
}
