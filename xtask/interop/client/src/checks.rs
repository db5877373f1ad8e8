//! What is checked of each server, in groups; a group answers what it has seen, or what is wrong.

mod closing;
mod compression;
mod messages;
mod opening;

use std::fmt::Debug;

use onesocket::{Builder, Message, WebSocket};

pub(crate) use closing::{closing_by_the_server, closing_by_us};
pub(crate) use compression::{compression, settings};
pub(crate) use messages::{echo, fragments, ping};
pub(crate) use opening::{refusals, subprotocols, tls};

pub(crate) type Checked = Result<String, String>;

fn url(port: u16) -> String {
    format!("ws://127.0.0.1:{port}/")
}

async fn connect(builder: Builder) -> Result<WebSocket, String> {
    let opened = builder.connect().await;
    opened.map_err(|error| format!("the connection does not open: {error}"))
}

fn send(socket: &WebSocket, message: impl Into<Message>) -> Result<(), String> {
    let sent = socket.send(message.into());
    sent.map_err(|error| error.to_string())
}

async fn receive(socket: &WebSocket) -> Result<Message, String> {
    match socket.recv().await {
        Some(Ok(message)) => Ok(message),
        Some(Err(error)) => Err(format!("no message, but an end: {error}")),
        None => {
            let event = socket.closed().await;
            let (code, reason) = (event.code(), event.reason());
            Err(format!("no message, but a clean end: {code} {reason:?}"))
        }
    }
}

/// Receives the message; long ones are told by their length.
async fn expect(socket: &WebSocket, wanted: &Message) -> Result<(), String> {
    let got = receive(socket).await?;
    if got == *wanted {
        return Ok(());
    }
    Err(format!("wanted {}, got {}", shown(wanted), shown(&got)))
}

async fn echoes(socket: &WebSocket, message: impl Into<Message>) -> Result<(), String> {
    let message = message.into();
    send(socket, message.clone())?;
    expect(socket, &message).await
}

/// Closes without a code and waits for the end.
async fn finish(socket: WebSocket) -> Result<(), String> {
    socket.close();
    let event = socket.closed().await;
    match event.cause() {
        None => Ok(()),
        Some(cause) => Err(format!("the end is not clean: {cause}")),
    }
}

fn same<T: PartialEq + Debug + ?Sized>(what: &str, got: &T, wanted: &T) -> Result<(), String> {
    if got == wanted {
        return Ok(());
    }
    Err(format!("{what}: wanted {wanted:?}, got {got:?}"))
}

fn shown(message: &Message) -> String {
    let text = format!("{message:?}");
    match text.char_indices().nth(80) {
        None => text,
        Some((at, _)) => format!("{}… ({} characters)", &text[..at], text.len()),
    }
}
