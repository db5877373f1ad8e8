//! tokio-tungstenite, with its defaults.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::Client;
use crate::rows::Row;
use crate::{Outcome, handshake};

pub(crate) struct Tungstenite(WebSocketStream<TcpStream>);

impl Tungstenite {
    pub(crate) async fn open(server: SocketAddr, path: &str) -> Outcome<Self> {
        let stream = handshake::dial(server).await?;
        let (socket, _) = client_async(format!("ws://{server}{path}"), stream).await?;
        Ok(Tungstenite(socket))
    }
}

impl Client for Tungstenite {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        Self::open(server, &row.path()).await
    }

    async fn receive(&mut self) -> Outcome<usize> {
        match self.0.next().await {
            Some(message) => Ok(message?.len()),
            None => Err("the server ended".into()),
        }
    }

    async fn feed(&mut self, payload: &Bytes) -> Outcome<()> {
        Ok(self.0.feed(Message::Binary(payload.clone())).await?)
    }

    async fn flush(&mut self) -> Outcome<()> {
        Ok(self.0.flush().await?)
    }
}
