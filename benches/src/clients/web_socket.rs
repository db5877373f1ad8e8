//! web-socket, on a buffered stream as it has no buffers of its own, nor a handshake.

use std::net::SocketAddr;

use bytes::Bytes;
use tokio::io::BufStream;
use web_socket::{DataType, Event, MessageType};

use super::{Client, PER_FLUSH, two_tasks};
use crate::rows::Row;
use crate::stream::{Over, Stream};
use crate::{Outcome, handshake};

pub(crate) struct WebSocket<S: Stream>(web_socket::WebSocket<BufStream<S>>);

impl<S: Stream> Client for WebSocket<S> {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        let stream = handshake::connect(server, &row.path()).await?;
        Ok(WebSocket(web_socket::WebSocket::client(Over::over(stream))))
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

    /// It is the same type that reads from one half and writes to the other.
    async fn duplex(self, count: u64, payload: Bytes) -> Outcome<()> {
        let (reader, writer) = Over::split(self.0.stream);
        let mut receiver = web_socket::WebSocket::client(reader);
        let mut sender = web_socket::WebSocket::client(writer);
        let receive = async move {
            for _ in 0..count {
                let Event::Data { .. } = receiver.recv_event().await? else {
                    return Err("not a message".into());
                };
            }
            Ok(())
        };
        let send = async move {
            for done in 1..=count {
                sender.send(&payload[..]).await?;
                if done % PER_FLUSH == 0 {
                    sender.flash().await?;
                }
            }
            Ok(sender.flash().await?)
        };
        two_tasks(receive, send).await
    }
}
