//! tokio-websockets, which writes when as much is fed as others buffer; and on a buffered stream, as one
//! write of its own holds 32 messages at most.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio_websockets::{ClientBuilder, Config, Message, WebSocketStream};

use super::{Client, duplex};
use crate::Outcome;
use crate::rows::Row;
use crate::stream::{BUFFER, Over, Stream, read_to_end};

pub(crate) struct TokioWebSockets<O>(WebSocketStream<O>);

impl<O: Over> Client for TokioWebSockets<O> {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        let stream = O::over(O::Below::dial(server).await?);
        let config = Config::default().flush_threshold(BUFFER);
        let builder = ClientBuilder::new().uri(&row.url(server))?;
        let (socket, _) = builder.config(config).connect_on(stream).await?;
        Ok(TokioWebSockets(socket))
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

    async fn close(mut self) -> Outcome<()> {
        self.0.send(Message::close(None, "")).await?;
        while self.0.next().await.transpose()?.is_some() {}
        let mut below = self.0.into_inner();
        read_to_end(&mut below).await?;
        below.into_below().end().await
    }

    async fn duplex(self, count: u64, payload: Bytes) -> Outcome<()> {
        duplex(self.0, count, move || Message::binary(payload.clone())).await
    }
}
