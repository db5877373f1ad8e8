//! Where the peer server is, and how a test asks what it saw.

use std::fmt::Display;

use onesocket::{Builder, Message, WebSocket};
use onesocket_test_support::{Script, Seen};

use super::places::{FORGETS_AN_OPENING, Place, here};
use crate::limit::step;

/// Natively one server for all tests, which is started by the first of them.
#[cfg(not(target_arch = "wasm32"))]
fn address() -> String {
    use std::sync::LazyLock;

    use onesocket_test_support::Server;

    static SERVER: LazyLock<Server> = LazyLock::new(Server::start);
    SERVER.addr().to_string()
}

/// A browser cannot start one: whoever builds the tests has done so, and says where.
#[cfg(target_arch = "wasm32")]
fn address() -> String {
    let address = option_env!("ONESOCKET_TEST_SERVER");
    let address = address.expect("ONESOCKET_TEST_SERVER is the server's host and port");
    address.to_owned()
}

/// Whether these are the scenarios of `backpressure.rs`, of a browser's `WebSocketStream`.
pub(crate) fn with_backpressure() -> bool {
    env!("CARGO_CRATE_NAME") == "backpressure"
}

/// What all sockets are made by, unless the shorter ways of making one are what is tested.
pub(crate) fn builder(url: impl AsRef<str>) -> Builder {
    let builder = WebSocket::builder(url);
    #[cfg(target_arch = "wasm32")]
    let builder = builder.backpressure(with_backpressure());
    builder
}

/// The same server at another address.
///
/// Clients that keep RFC 6455 4.1, "there MUST be no more than one connection in a CONNECTING state" to one address, could
/// not ask about a connection that is held in this state by asking there.
fn control(path: impl Display) -> String {
    let address = address();
    let port = address.rsplit(':').next().expect("host and port");
    let host = match here() {
        Place::Native => "127.0.0.1",
        _ => "[::1]",
    };
    format!("ws://{host}:{port}{path}")
}

/// Host and port of the server.
pub(crate) fn host() -> String {
    address()
}

/// The URL of this path, or of a script, at the server.
pub(crate) fn url(path: impl Display) -> String {
    format!("ws://{}{path}", address())
}

/// The script's opening, to be followed at once by what ends the connection. Where that would make the opening forgotten,
/// the server waits until it is [acknowledged](acknowledge).
pub(crate) fn opening(script: Script) -> Script {
    match FORGETS_AN_OPENING.is_here() {
        true => script.open_acknowledged(),
        false => script.open(),
    }
}

/// Lets a server that waits for it know that the socket is open, once it is.
pub(crate) async fn acknowledge(socket: &WebSocket) {
    if waits_to_be_acknowledged(socket) {
        socket.opened().await.expect("the server opens");
        acknowledge_now(socket);
    }
}

/// The same inside of an open listener.
pub(crate) fn acknowledge_now(socket: &WebSocket) {
    if waits_to_be_acknowledged(socket) {
        socket.send("it is open").expect("it is open");
    }
}

fn waits_to_be_acknowledged(socket: &WebSocket) -> bool {
    socket.url().contains("open_acknowledged")
}

/// A script under a name that no other connection has, and that name.
pub(crate) async fn named(script: Script) -> (String, String) {
    let id = fresh_id().await;
    (url(script.id(&id)), id)
}

/// A name that no other connection has, neither in this run nor in another one at the same server.
///
/// It is made from a handshake's key, the one random thing that every client has.
pub(crate) async fn fresh_id() -> String {
    let socket = connect(control("/headers")).await;
    let head = receive_text(&socket).await;
    let key = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find_map(|(name, value)| {
            name.eq_ignore_ascii_case("Sec-WebSocket-Key")
                .then_some(value)
        })
        .expect("every request has a key");
    key.replace(|character: char| !character.is_ascii_alphanumeric(), "-")
}

/// What the server saw of the connection of this name, once that has ended.
pub(crate) async fn seen(id: &str) -> Seen {
    ask(format!("/seen?id={id}")).await
}

/// What the server saw of the connection of this name, once it pleases.
pub(crate) async fn seen_when(id: &str, pleases: impl Fn(&Seen) -> bool) -> Seen {
    loop {
        let seen = seen_now(id).await;
        if pleases(&seen) {
            return seen;
        }
    }
}

/// What the server saw up to now of the connection of this name.
pub(crate) async fn seen_now(id: &str) -> Seen {
    ask(format!("/seen?now&id={id}")).await
}

/// Opcode and length of what the client sent, message by message: it may cut a long one into frames.
pub(crate) fn lengths(seen: &Seen) -> Vec<(u8, usize)> {
    let mut lengths: Vec<(u8, usize)> = Vec::new();
    for frame in &seen.frames {
        match lengths.last_mut() {
            Some((_, length)) if frame.opcode == 0 => *length += frame.length,
            _ => lengths.push((frame.opcode, frame.length)),
        }
    }
    lengths
}

/// Lets the connection of this name leave a pause.
pub(crate) async fn go(id: &str) {
    let socket = connect(control(format!("/go?id={id}"))).await;
    assert!(socket.closed().await.was_clean());
}

/// Lets the connection of this name read freely, for ever.
pub(crate) async fn go_on(id: &str) {
    let socket = connect(control(format!("/go?n=all&id={id}"))).await;
    assert!(socket.closed().await.was_clean());
}

/// Lets so much time pass as another connection needs for its whole life: whatever is due by now has happened then.
pub(crate) async fn a_moment() {
    let socket = connect(control("/echo")).await;
    socket.send("a moment").expect("it is open");
    assert_eq!(receive_text(&socket).await, "a moment");
    socket.close();
    assert!(socket.closed().await.was_clean());
}

/// An open socket.
pub(crate) async fn connect(url: impl AsRef<str>) -> WebSocket {
    step(format!("it connects to {}", url.as_ref()));
    let socket = builder(url).connect().await.expect("the server opens");
    #[cfg(target_arch = "wasm32")]
    assert_eq!(socket.has_backpressure(), with_backpressure());
    acknowledge_now(&socket);
    socket
}

/// The next message, which must be there.
pub(crate) async fn receive(socket: &WebSocket) -> Message {
    step(format!("it waits for a message from {}", socket.url()));
    let message = socket.recv().await.expect("the connection has not ended");
    message.expect("the connection is sound")
}

/// The next message, which must be text.
pub(crate) async fn receive_text(socket: &WebSocket) -> String {
    let message = receive(socket).await;
    message.as_text().expect("it is text").to_owned()
}

/// All messages up to the end of the connection, which must be clean.
pub(crate) async fn receive_all(socket: &WebSocket) -> Vec<Message> {
    let mut messages = Vec::new();
    while let Some(message) = socket.recv().await {
        messages.push(message.expect("the connection ends cleanly"));
    }
    messages
}

async fn ask(path: String) -> Seen {
    step(format!("it asks {path}"));
    let socket = connect(control(path)).await;
    receive_text(&socket).await.parse().expect("a report")
}
