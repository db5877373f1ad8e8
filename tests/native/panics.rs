//! A panic in a listener is the listener's own matter.

use onesocket::{MessageEvent, WebSocket};
use onesocket_test_support::{Script, Server};
use tokio::sync::mpsc;

#[tokio::test]
async fn a_panic_in_a_listener_is_caught_and_the_others_run() {
    let server = Server::start();
    let script = Script::new().open().text("a").text("b").close(1000, "bye");
    let (sender, mut lines) = mpsc::unbounded_channel();
    let [messages, closes] = [(); 2].map(|()| sender.clone());
    let socket = WebSocket::builder(server.url(script))
        .on_open(|_, _| panic!("this panic is part of the test"))
        .on_message(|_, _| panic!("this panic is part of the test"))
        .on_close(|_, _| panic!("this panic is part of the test"))
        .open()
        .unwrap();
    socket.add_event_listener(move |_, event: &MessageEvent| {
        messages.send(event.text().unwrap().to_owned()).unwrap();
    });
    socket.add_event_listener(move |_, event: &onesocket::CloseEvent| {
        closes.send(event.reason().to_owned()).unwrap();
    });
    for line in ["a", "b", "bye"] {
        assert_eq!(lines.recv().await.unwrap(), line);
    }
    assert!(socket.closed().await.was_clean());
}

#[tokio::test]
async fn a_listener_that_panicked_is_called_again() {
    let server = Server::start();
    let (sender, mut lines) = mpsc::unbounded_channel();
    let socket = WebSocket::builder(server.url("/echo"))
        .on_message(move |_, event| {
            sender.send(event.text().unwrap().to_owned()).unwrap();
            assert_ne!(event.text(), Some("a"), "this panic is part of the test");
        })
        .connect()
        .await
        .unwrap();
    socket.send("a").unwrap();
    socket.send("b").unwrap();
    assert_eq!(lines.recv().await.unwrap(), "a");
    assert_eq!(lines.recv().await.unwrap(), "b");
}
