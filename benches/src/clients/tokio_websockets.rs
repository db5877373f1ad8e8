//! tokio-websockets, with its defaults.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, Message, WebSocketStream};

use super::Client;
use crate::rows::Row;
use crate::{Outcome, handshake};

pub(crate) struct TokioWebSockets(WebSocketStream<TcpStream>);

impl TokioWebSockets {
    pub(crate) async fn open(server: SocketAddr, path: &str) -> Outcome<Self> {
        let stream = handshake::dial(server).await?;
        let builder = ClientBuilder::new().uri(&format!("ws://{server}{path}"))?;
        let (socket, _) = builder.connect_on(stream).await?;
        Ok(TokioWebSockets(socket))
    }
}

impl Client for TokioWebSockets {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        Self::open(server, &row.path()).await
    }

    async fn receive(&mut self) -> Outcome<usize> {
        match self.0.next().await {
            Some(message) => Ok(message?.as_payload().len()),
            None => Err("the server ended".into()),
        }
    }

    async fn feed(&mut self, payload: &Bytes) -> Outcome<()> {
        Ok(self.0.feed(Message::binary(payload.clone())).await?)
    }

    async fn flush(&mut self) -> Outcome<()> {
        Ok(self.0.flush().await?)
    }
}
