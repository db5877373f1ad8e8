//! yawc, checking UTF-8 and otherwise with its defaults.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use yawc::{Frame, Options, Role, WebSocket};

use super::Client;
use crate::rows::Row;
use crate::{Outcome, handshake};

pub(crate) struct Yawc(WebSocket<TcpStream>);

impl Client for Yawc {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        let stream = handshake::connect(server, &row.path()).await?;
        let options = Options::default().without_compression().with_utf8();
        Ok(Yawc(WebSocket::from_stream(stream, Role::Client, options)?))
    }

    async fn receive(&mut self) -> Outcome<usize> {
        match self.0.next().await {
            Some(frame) => Ok(frame.payload().len()),
            None => Err("the server ended".into()),
        }
    }

    async fn feed(&mut self, payload: &Bytes) -> Outcome<()> {
        Ok(self.0.feed(Frame::binary(payload.clone())).await?)
    }

    async fn flush(&mut self) -> Outcome<()> {
        Ok(self.0.flush().await?)
    }
}
