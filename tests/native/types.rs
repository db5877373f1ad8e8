//! Promises that the compiler checks.

use std::error::Error as StdError;

use onesocket::{
    Blob, Builder, CloseEvent, Data, Error, ErrorEvent, InvalidAccessError, InvalidStateError,
    Message, MessageEvent, OpenEvent, SyntaxError, Text, WebSocket,
};

fn send<T: Send>(_: T) {}
fn is_send_sync<T: Send + Sync + 'static>() {}
fn is_clone<T: Clone>() {}
fn is_unpin<T: Unpin>() {}
fn is_error<T: StdError + Clone + Into<Error>>() {}

#[test]
fn the_types_are_send_sync_and_clone_as_promised() {
    is_send_sync::<WebSocket>();
    is_clone::<WebSocket>();
    is_unpin::<WebSocket>();
    is_send_sync::<Error>();
    is_clone::<Error>();
    is_send_sync::<Blob>();
    is_send_sync::<Data>();
    is_send_sync::<Message>();
    is_send_sync::<Text>();
    is_send_sync::<MessageEvent>();
    is_send_sync::<OpenEvent>();
    is_send_sync::<ErrorEvent>();
    is_send_sync::<CloseEvent>();
    is_error::<SyntaxError>();
    is_error::<InvalidStateError>();
    is_error::<InvalidAccessError>();
    send(None::<Builder>);
}

#[tokio::test]
async fn the_futures_are_send() {
    let socket = WebSocket::new("ws://127.0.0.1:1023/").unwrap();
    send(WebSocket::connect("ws://127.0.0.1:1023/"));
    send(WebSocket::builder("ws://127.0.0.1:1023/").connect());
    send(socket.opened());
    send(socket.closed());
    send(socket.recv());
    send(socket.ready());
    send(socket.flush());
    send(Blob::new("").text());
    send(Blob::new("").bytes());
}

#[tokio::test]
async fn a_question_mark_turns_every_error_into_one() {
    fn all(socket: &WebSocket) -> Result<(), Error> {
        socket.send("x")?;
        socket.close_with(1000, "")?;
        let _ = WebSocket::new("ws://127.0.0.1:1023/")?;
        Ok(())
    }
    fn boxed(error: Error) -> Box<dyn StdError + Send + Sync> {
        error.into()
    }
    let socket = WebSocket::new("ws://127.0.0.1:1023/").unwrap();
    let error = all(&socket).unwrap_err();
    assert_eq!(boxed(error.clone()).to_string(), error.to_string());
}
