//! tokio-tungstenite, with its defaults; but for one message at a time with the small read buffer, as it clears the whole of it
//! before each read.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::{Client, duplex};
use crate::Outcome;
use crate::rows::{Row, Task};
use crate::stream::{SMALL, Stream};

pub(crate) struct Tungstenite<S>(WebSocketStream<S>);

impl<S: Stream> Client for Tungstenite<S> {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        let config = match row.task {
            Task::Ping | Task::Connect { .. } => {
                Some(WebSocketConfig::default().read_buffer_size(SMALL))
            }
            _ => None,
        };
        let stream = S::dial(server).await?;
        let (socket, _) = client_async_with_config(row.url(server), stream, config).await?;
        Ok(Tungstenite(socket))
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

    async fn close(mut self) -> Outcome<()> {
        self.0.close(None).await?;
        // Its end comes after that of what lies below.
        while self.0.next().await.transpose()?.is_some() {}
        self.0.into_inner().end().await
    }

    async fn duplex(self, count: u64, payload: Bytes) -> Outcome<()> {
        duplex(self.0, count, move || Message::Binary(payload.clone())).await
    }
}
