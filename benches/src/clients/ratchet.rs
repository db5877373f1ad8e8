//! ratchet with ratchet_deflate, on a buffered stream as it has no buffer of its own for sending. In the rows with compression
//! alone: it is there for its codec.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use ratchet_deflate::{Compression, Deflate, DeflateConfig, DeflateExtProvider};
use ratchet_rs::{Message, SubprotocolRegistry, WebSocket, WebSocketConfig, subscribe_with};
use tokio::io::BufStream;

use super::Client;
use crate::Outcome;
use crate::rows::Row;
use crate::stream::{Over, Stream};

pub(crate) struct Ratchet<S: Stream> {
    socket: WebSocket<BufStream<S>, Deflate>,
    message: BytesMut,
}

impl<S: Stream> Client for Ratchet<S> {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        let deflation = row.deflation.ok_or("only with compression")?;
        let stream = S::dial(server).await?;
        let upgraded = subscribe_with(
            WebSocketConfig::default(),
            BufStream::over(stream),
            row.url(server),
            DeflateExtProvider::with_config(DeflateConfig {
                request_server_no_context_takeover: !deflation.context,
                request_client_no_context_takeover: !deflation.context,
                accept_no_context_takeover: !deflation.context,
                compression_level: Compression::new(deflation.level as u32),
                ..DeflateConfig::default()
            }),
            SubprotocolRegistry::default(),
        );
        Ok(Ratchet {
            socket: upgraded.await?.into_websocket(),
            message: BytesMut::new(),
        })
    }

    async fn receive(&mut self) -> Outcome<usize> {
        self.message.clear();
        match self.socket.read(&mut self.message).await? {
            // A text counts only once it is one, which this client leaves to its user.
            Message::Text => Ok(std::str::from_utf8(&self.message)?.len()),
            Message::Binary => Ok(self.message.len()),
            _ => Err("not a message".into()),
        }
    }

    async fn feed(&mut self, payload: &Bytes) -> Outcome<()> {
        Ok(self.socket.write_binary(payload).await?)
    }

    async fn flush(&mut self) -> Outcome<()> {
        Ok(self.socket.flush().await?)
    }

    async fn duplex(self, _: u64, _: Bytes) -> Outcome<()> {
        Err("only with compression".into())
    }
}
