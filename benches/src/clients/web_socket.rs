//! web-socket, on a buffered stream as it has no buffers of its own.

use std::net::SocketAddr;

use bytes::Bytes;
use tokio::io::BufStream;
use tokio::net::TcpStream;
use web_socket::{DataType, Event, MessageType};

use super::Client;
use crate::rows::Row;
use crate::{Outcome, handshake};

const BUFFER: usize = 64 << 10;

pub(crate) struct WebSocket(web_socket::WebSocket<BufStream<TcpStream>>);

impl Client for WebSocket {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        let stream = handshake::connect(server, &row.path()).await?;
        let stream = BufStream::with_capacity(BUFFER, BUFFER, stream);
        Ok(WebSocket(web_socket::WebSocket::client(stream)))
    }

    async fn receive(&mut self) -> Outcome<usize> {
        let Event::Data { ty, data } = self.0.recv_event().await? else {
            return Err("not a message".into());
        };
        // A text counts only once it is one, which this client leaves to its user.
        if let DataType::Complete(MessageType::Text) = ty {
            std::str::from_utf8(&data)?;
        }
        Ok(data.len())
    }

    async fn feed(&mut self, payload: &Bytes) -> Outcome<()> {
        Ok(self.0.send(&payload[..]).await?)
    }

    async fn flush(&mut self) -> Outcome<()> {
        Ok(self.0.flash().await?)
    }
}
