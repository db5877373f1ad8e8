//! The opening handshake, done by hand: for the server, for raw TCP, and for peers that have none.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Outcome;
use crate::stream::Stream;

const END: &[u8] = b"\r\n\r\n";
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// Accepts, and answers the path that was asked for.
pub(crate) fn accept(stream: &mut (impl Read + Write)) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(END) {
        let mut some = [0; 1024];
        // Clients wait for the answer, so nothing comes behind the head.
        match stream.read(&mut some)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => head.extend_from_slice(&some[..count]),
        }
    }
    let head = String::from_utf8_lossy(&head);
    let path = head.split(' ').nth(1).unwrap_or_default();
    let key = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"))
        .map_or("", |(_, value)| value.trim());
    stream.write_all(answer(path, key).as_bytes())?;
    Ok(path.to_owned())
}

fn answer(path: &str, key: &str) -> String {
    let accept = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let accept = STANDARD.encode(sha1_smol::Sha1::from(accept).digest().bytes());
    let extensions = match extensions(path) {
        Some(extensions) => format!("Sec-WebSocket-Extensions: {extensions}\r\n"),
        None => String::new(),
    };
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{extensions}\r\n"
    )
}

/// What is agreed on by a connection to this path.
pub(crate) fn extensions(path: &str) -> Option<&'static str> {
    if path.starts_with("/deflate/context/") {
        Some("permessage-deflate")
    } else if path.starts_with("/deflate/alone/") {
        Some("permessage-deflate; server_no_context_takeover; client_no_context_takeover")
    } else {
        None
    }
}

/// Dials and shakes hands. Nothing behind the answer has been read.
pub(crate) async fn connect<S: Stream>(server: SocketAddr, path: &str) -> Outcome<S> {
    let mut stream = S::dial(server).await?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let expected = answer(path, KEY);
    let mut head = vec![0; expected.len()];
    stream.read_exact(&mut head).await?;
    match head == expected.as_bytes() {
        true => Ok(stream),
        false => Err("no handshake".into()),
    }
}

/// Bytes that arrived at sinks since the server was last asked, on connections that have ended.
pub(crate) async fn received(server: SocketAddr) -> Outcome<u64> {
    let mut stream: TcpStream = connect(server, "/received").await?;
    Ok(stream.read_u64().await?)
}
