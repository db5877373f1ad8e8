//! Shows the life of a connection: `cargo run --example echo [URL]`.
//!
//! Without a URL it starts an echo server of its own on this machine.

use std::error::Error;
use std::time::Instant;

use onesocket::{BinaryType, Event, Message, WebSocket};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = onesocket_test_support::Server::start();
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| server.url("/echo"));
    let start = Instant::now();
    let log = move |what: &str| println!("{:>9.3?}  {what}", start.elapsed());

    // As in JavaScript: the constructor returns at once, and listeners hear what happens.
    let socket = WebSocket::builder(&url)
        .binary_type(BinaryType::ArrayBuffer)
        .on_open(move |socket, event| {
            log(&format!(
                "{} event, {}",
                event.type_(),
                socket.ready_state()
            ));
        })
        .on_error(move |_, event| log(&format!("error event: {}", event.cause())))
        .on_close(move |socket, event| {
            let clean = if event.was_clean() {
                "clean"
            } else {
                "not clean"
            };
            log(&format!(
                "close event, {clean}, code {}, reason {:?}, {}",
                event.code(),
                event.reason(),
                socket.ready_state()
            ));
        })
        .open()?;
    log(&format!(
        "connecting to {}, {}",
        socket.url(),
        socket.ready_state()
    ));

    // With futures: what a Rust program rather does.
    socket.opened().await?;
    for data in [
        Message::from("Hello, WebSocket!"),
        Message::from([1u8, 2, 3]),
        Message::from("x".repeat(100_000)),
    ] {
        let sent = Instant::now();
        socket.send(&data)?;
        log(&format!(
            "sent {}, bufferedAmount {}",
            show(&data),
            socket.buffered_amount()
        ));
        let Some(message) = socket.recv().await else {
            break;
        };
        log(&format!(
            "message {} after {:.3?}",
            show(&message?),
            sent.elapsed()
        ));
    }

    socket.close_with(1000, "goodbye")?;
    log(&format!("close called, {}", socket.ready_state()));
    // Without this the program would end before the other side has answered.
    let event = socket.closed().await;
    match event.cause() {
        None => Ok(()),
        Some(cause) => Err(cause.clone().into()),
    }
}

fn show(message: &Message) -> String {
    match message {
        Message::Text(text) if text.len() < 50 => format!("text {text:?}"),
        Message::Text(text) => format!("text of {} bytes", text.len()),
        Message::Binary(bytes) => format!("binary {bytes:?}"),
    }
}
