//! yawc, checking UTF-8, with the buffers that its author measures it with.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use yawc::close::CloseCode;
use yawc::{CompressionLevel, Frame, Options, WebSocket};

use super::{Client, duplex};
use crate::Outcome;
use crate::rows::{Row, Task};
use crate::stream::Stream;

/// It takes messages of less than 1 MiB if nothing is said.
const LARGEST: usize = 32 << 20;

pub(crate) struct Yawc<S: Stream>(WebSocket<S>);

impl<S: Stream> Client for Yawc<S> {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        let mut options = Options::default()
            .without_compression()
            .with_utf8()
            .with_limits(LARGEST, 2 * LARGEST);
        // Its defaults suit many connections better.
        if !matches!(row.task, Task::Connect { .. }) {
            options = options
                .with_read_buffer_capacity(128 << 10)
                .with_backpressure_boundary(64 << 10);
        }
        if let Some(deflation) = row.deflation {
            let level = CompressionLevel::new(deflation.level as u32);
            options = options.with_compression_level(level);
        }
        let url = row.url(server).parse()?;
        let stream = S::dial(server).await?;
        Ok(Yawc(WebSocket::handshake(url, stream, options).await?))
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

    /// What lies below is not to be had, so the end of that cannot be waited for.
    async fn close(mut self) -> Outcome<()> {
        self.0.send(Frame::close(CloseCode::Normal, "")).await?;
        while self.0.next().await.is_some() {}
        Ok(self.0.close().await?)
    }

    async fn duplex(self, count: u64, payload: Bytes) -> Outcome<()> {
        duplex(self.0, count, move || Frame::binary(payload.clone())).await
    }
}
