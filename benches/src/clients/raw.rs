//! The limit: tokio's TCP moving the same bytes, prepared beforehand, and only counted.

use std::net::SocketAddr;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Client;
use crate::rows::Row;
use crate::server::{frame, masked_size};
use crate::{Outcome, handshake};

const BUFFER: usize = 64 << 10;

pub(crate) struct Raw {
    stream: TcpStream,
    size: usize,
    buffer: Vec<u8>,
    received_frame: usize,
    /// Bytes that were read and belong to messages to come.
    ahead: usize,
    sent_frame: usize,
    frames: Vec<u8>,
    /// Bytes of messages that were fed.
    fed: usize,
}

impl Client for Raw {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        let sent_frame = masked_size(row.size);
        Ok(Raw {
            stream: handshake::connect(server, &row.path()).await?,
            size: row.size,
            buffer: vec![0; BUFFER],
            received_frame: frame(false, row.size).len(),
            ahead: 0,
            sent_frame,
            frames: vec![0; sent_frame.max(BUFFER)],
            fed: 0,
        })
    }

    async fn receive(&mut self) -> Outcome<usize> {
        while self.ahead < self.received_frame {
            match self.stream.read(&mut self.buffer).await? {
                0 => return Err("the server ended".into()),
                count => self.ahead += count,
            }
        }
        self.ahead -= self.received_frame;
        Ok(self.size)
    }

    async fn feed(&mut self, _: &Bytes) -> Outcome<()> {
        if self.fed + self.sent_frame > self.frames.len() {
            self.flush().await?;
        }
        self.fed += self.sent_frame;
        Ok(())
    }

    async fn flush(&mut self) -> Outcome<()> {
        self.stream.write_all(&self.frames[..self.fed]).await?;
        self.fed = 0;
        Ok(())
    }
}
