//! The limit: tokio's TCP moving the same bytes, prepared beforehand, and only counted.

use std::net::SocketAddr;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Client, PER_FLUSH, two_tasks};
use crate::rows::{Row, Task};
use crate::server::{frame, masked_size};
use crate::stream::{BUFFER, Stream, read_to_end};
use crate::{Outcome, handshake};

pub(crate) struct Raw<S> {
    stream: S,
    size: usize,
    /// Of what is read or written at once. There is none before it is used, so that an idle connection has none.
    buffer_size: usize,
    buffer: Vec<u8>,
    received_frame: usize,
    /// Bytes that were read and belong to messages to come.
    ahead: usize,
    sent_frame: usize,
    frames: Vec<u8>,
    /// Bytes of messages that were fed.
    fed: usize,
}

impl<S: Stream> Client for Raw<S> {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        let sent_frame = masked_size(row.size);
        let buffer_size = match row.task {
            Task::Connect { .. } => sent_frame,
            _ => BUFFER,
        };
        Ok(Raw {
            stream: handshake::connect(server, &row.path()).await?,
            size: row.size,
            buffer_size,
            buffer: Vec::new(),
            received_frame: frame(false, row.size).len(),
            ahead: 0,
            sent_frame,
            frames: Vec::new(),
            fed: 0,
        })
    }

    async fn receive(&mut self) -> Outcome<usize> {
        while self.ahead < self.received_frame {
            self.buffer.resize(self.buffer_size, 0);
            match self.stream.read(&mut self.buffer).await? {
                0 => return Err("the server ended".into()),
                count => self.ahead += count,
            }
        }
        self.ahead -= self.received_frame;
        Ok(self.size)
    }

    async fn feed(&mut self, _: &Bytes) -> Outcome<()> {
        self.frames.resize(self.buffer_size.max(self.sent_frame), 0);
        if self.fed + self.sent_frame > self.frames.len() {
            self.flush().await?;
        }
        self.fed += self.sent_frame;
        Ok(())
    }

    async fn flush(&mut self) -> Outcome<()> {
        self.stream.write_all(&self.frames[..self.fed]).await?;
        self.stream.flush().await?;
        self.fed = 0;
        Ok(())
    }

    async fn close(mut self) -> Outcome<()> {
        self.stream.write_all(&[0x88, 0x80, 0, 0, 0, 0]).await?;
        self.stream.flush().await?;
        read_to_end(&mut self.stream).await?;
        self.stream.end().await
    }

    async fn duplex(self, count: u64, _: Bytes) -> Outcome<()> {
        let Raw {
            stream,
            received_frame,
            sent_frame,
            buffer_size,
            ..
        } = self;
        let (mut reader, mut writer) = stream.split();
        let receive = async move {
            let mut buffer = vec![0; buffer_size];
            let mut left = count as usize * received_frame;
            while left > 0 {
                match reader.read(&mut buffer).await? {
                    0 => return Err("the server ended".into()),
                    count => left = left.saturating_sub(count),
                }
            }
            Ok(())
        };
        let frames = vec![0; sent_frame * PER_FLUSH as usize];
        let send = async move {
            for done in (0..count).step_by(PER_FLUSH as usize) {
                let now = PER_FLUSH.min(count - done) as usize;
                writer.write_all(&frames[..now * sent_frame]).await?;
                writer.flush().await?;
            }
            Ok(())
        };
        two_tasks(receive, send).await
    }
}
