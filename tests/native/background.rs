//! Which runtime a socket lives on, and life without one.

use std::sync::mpsc;
use std::thread;

use futures_util::FutureExt;
use onesocket::{OpenEvent, ReadyState, Stage, WebSocket};
use onesocket_test_support::{Script, Server};
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn outside_of_a_runtime_a_background_thread_is_used() {
    let server = Server::start();
    let (sender, events) = mpsc::channel();
    let closes = sender.clone();
    let socket = WebSocket::builder(server.url("/echo"))
        .on_open(move |_, _| {
            sender
                .send(thread::current().name().map(str::to_owned))
                .unwrap();
        })
        .on_close(move |_, _| {
            closes
                .send(thread::current().name().map(str::to_owned))
                .unwrap();
        })
        .open()
        .unwrap();
    assert_eq!(events.recv().unwrap().as_deref(), Some("onesocket"));
    socket.send("hello").unwrap();
    let message = socket.recv_blocking().unwrap().unwrap();
    assert_eq!(message.as_text(), Some("hello"));
    socket.close();
    assert!(socket.recv_blocking().is_none());
    assert_eq!(events.recv().unwrap().as_deref(), Some("onesocket"));
}

#[test]
fn recv_blocking_waits_for_each_message_and_for_the_end() {
    let server = Server::start();
    let script = Script::new()
        .id("x")
        .open()
        .text("a")
        .pause()
        .text("b")
        .end();
    let socket = WebSocket::new(server.url(script)).unwrap();
    assert_eq!(
        socket.recv_blocking().unwrap().unwrap().as_text(),
        Some("a")
    );
    let reader = thread::spawn({
        let socket = socket.clone();
        move || {
            let message = socket.recv_blocking().unwrap().unwrap();
            (
                message,
                socket.recv_blocking().unwrap().is_err(),
                socket.recv_blocking().is_none(),
            )
        }
    });
    server.go("x", 1);
    assert_eq!(reader.join().unwrap(), ("b".into(), true, true));
}

#[tokio::test]
async fn recv_blocking_refuses_to_block_a_runtime_and_takes_nothing() {
    let server = Server::start();
    let script = Script::new().open().text("a").close(1000, "");
    let socket = WebSocket::connect(server.url(script)).await.unwrap();
    let error = socket.recv_blocking().unwrap().unwrap_err();
    assert_eq!(error.stage(), Stage::Call);
    assert_eq!(socket.recv().await.unwrap().unwrap().as_text(), Some("a"));
    assert!(socket.recv().await.is_none());
}

#[test]
fn futures_of_a_background_socket_need_no_runtime() {
    let server = Server::start();
    let socket = WebSocket::new(server.url("/echo")).unwrap();
    futures_block_on(async {
        socket.opened().await.unwrap();
        socket.send("hello").unwrap();
        socket.flush().await.unwrap();
        assert_eq!(
            socket.recv().await.unwrap().unwrap().as_text(),
            Some("hello")
        );
        socket.close();
        assert!(socket.closed().await.was_clean());
    });
}

/// An executor that is not tokio.
fn futures_block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(thread::Thread);

    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = std::sync::Arc::new(Unpark(thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::park();
    }
}

#[test]
fn a_socket_may_be_pinned_to_a_runtime() {
    let server = Server::start();
    let other = runtime();
    let (sender, events) = mpsc::channel();
    let socket = WebSocket::builder(server.url("/echo"))
        .runtime(other.handle().clone())
        .on_open(move |_, _| sender.send(tokio::runtime::Handle::current().id()).unwrap())
        .open()
        .unwrap();
    assert_eq!(events.recv().unwrap(), other.handle().id());
    socket.close();
    assert!(socket.recv_blocking().is_none());
}

#[test]
fn a_socket_whose_runtime_ends_is_closed_with_that_cause() {
    let server = Server::start();
    let (sender, events) = mpsc::channel();
    let ending = runtime();
    let closes = sender.clone();
    let socket = ending.block_on(async {
        WebSocket::builder(server.url("/echo"))
            .on_error(move |_, _| sender.send("error".to_owned()).unwrap())
            .on_close(move |socket, event| {
                closes
                    .send(format!("close {} {}", socket.ready_state(), event.code()))
                    .unwrap();
            })
            .connect()
            .await
            .unwrap()
    });
    drop(ending);
    assert_eq!(socket.ready_state(), ReadyState::Closed);
    assert_eq!(
        events.recv().unwrap(),
        "close CLOSED 1006",
        "without an error event"
    );
    let event = socket.closed().now_or_never().unwrap();
    assert_eq!(event.cause().unwrap().stage(), Stage::Runtime);
    assert_eq!(
        socket.recv_blocking().unwrap().unwrap_err().stage(),
        Stage::Runtime
    );
    assert!(socket.recv_blocking().is_none());
    socket.send("counts").unwrap();
    assert_eq!(socket.buffered_amount(), 6);
}

#[test]
fn a_socket_whose_runtime_ends_while_connecting_could_not_be_opened() {
    let server = Server::start();
    let ending = runtime();
    let socket = ending
        .block_on(async { WebSocket::new(server.url(Script::new().id("x").hang())).unwrap() });
    server.seen_when("x", |seen| !seen.head.is_empty());
    let waiting = thread::spawn({
        let socket = socket.clone();
        move || futures_block_on(socket.opened())
    });
    drop(ending);
    assert_eq!(waiting.join().unwrap().unwrap_err().stage(), Stage::Runtime);
    let (sender, events) = mpsc::channel();
    socket.set_onerror(move |_, _| sender.send(()).unwrap());
    events
        .recv()
        .expect("a late listener is served by the background thread");
}

#[test]
fn a_handle_works_in_another_runtime_than_its_own() {
    let server = Server::start();
    let (first, second) = (runtime(), runtime());
    let socket = first
        .block_on(WebSocket::connect(server.url("/echo")))
        .unwrap();
    second.block_on(async {
        for number in 0..100 {
            socket.send(number.to_string()).unwrap();
            let echo = socket.recv().await.unwrap().unwrap();
            assert_eq!(echo.as_text(), Some(&*number.to_string()));
        }
        socket.close();
        assert!(socket.closed().await.was_clean());
    });
}

#[test]
fn a_late_listener_needs_no_runtime_of_its_own() {
    let server = Server::start();
    let first = runtime();
    let socket = first
        .block_on(WebSocket::connect(server.url("/echo")))
        .unwrap();
    let (sender, events) = mpsc::channel();
    socket.add_event_listener(move |_, _: &OpenEvent| sender.send(()).unwrap());
    events.recv().unwrap();
}
