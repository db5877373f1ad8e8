//! Closing from both sides, with and without a code.

use onesocket::{CloseEvent, WebSocket};

use super::{Checked, connect, echoes, same, send, url};
use crate::peers::Peer;
use crate::server::Server;

/// Our code and reason reach the server, and what it answers reaches the close event.
pub(crate) async fn closing_by_us(peer: &Peer, server: &mut Server) -> Checked {
    let port = server.ports[0];
    let socket = connect(WebSocket::builder(url(port))).await?;
    echoes(&socket, "before it").await?;
    let closed = socket.close_with(4001, "bye");
    closed.map_err(|error| error.to_string())?;
    let answer = ended_cleanly(&socket.closed().await)?;
    same(
        "the answer to 4001 bye",
        &answer,
        &owned(peer.answer_to_close),
    )?;
    server.tells_of_close(4001, "bye").await?;

    let socket = connect(WebSocket::builder(url(port))).await?;
    socket.close();
    let empty = ended_cleanly(&socket.closed().await)?;
    same(
        "the answer to no code",
        &empty,
        &owned(peer.answer_to_empty_close),
    )?;
    let (code, reason) = peer.hears_of_empty_close;
    server.tells_of_close(code, reason).await?;
    Ok(format!(
        "4001 is answered with {:?}, no code with {:?}",
        peer.answer_to_close, peer.answer_to_empty_close
    ))
}

/// The server's code and reason reach the close event, and the end is clean.
pub(crate) async fn closing_by_the_server(peer: &Peer, port: u16) -> Checked {
    for (command, wanted) in [
        ("!close 4002 see you", (4002, "see you")),
        ("!close 1001 häuser", (1001, "häuser")),
        ("!close", peer.own_close),
    ] {
        let socket = connect(WebSocket::builder(url(port))).await?;
        send(&socket, command)?;
        if let Some(message) = socket.recv().await {
            return Err(format!("{command} is answered with {message:?}"));
        }
        let event = ended_cleanly(&socket.closed().await)?;
        same(command, &event, &owned(wanted))?;
    }
    Ok(format!("4002, 1001, and its own {:?}", peer.own_close))
}

fn ended_cleanly(event: &CloseEvent) -> Result<(u16, String), String> {
    match event.cause() {
        None => Ok((event.code(), event.reason().to_owned())),
        Some(cause) => Err(format!("the end is not clean: {cause}")),
    }
}

fn owned((code, reason): (u16, &str)) -> (u16, String) {
    (code, reason.to_owned())
}
