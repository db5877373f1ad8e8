//! yawc, checking UTF-8, with the buffers that its author measures it with.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use yawc::{CompressionLevel, Frame, Options, Role, WebSocket};

use super::Client;
use crate::rows::Row;
use crate::{Outcome, handshake};

pub(crate) struct Yawc(WebSocket<TcpStream>);

impl Client for Yawc {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        let path = row.path();
        let stream = handshake::connect(server, &path).await?;
        let mut options = Options::default()
            .without_compression()
            .with_utf8()
            .with_read_buffer_capacity(128 << 10)
            .with_backpressure_boundary(64 << 10);
        if let Some(deflation) = row.deflation {
            options = options.with_compression_level(CompressionLevel::new(deflation.level as u32));
        }
        let extensions = handshake::extensions(&path);
        let socket =
            WebSocket::from_stream_with_extensions(stream, Role::Client, extensions, options)?;
        Ok(Yawc(socket))
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
