//! The bare codec on the same payloads, without a socket: what no client that compresses can undercut.

use std::net::SocketAddr;

use bytes::Bytes;
use zlib_rs::{Deflate, Inflate, InflateError, InflateFlush};

use super::Client;
use crate::Outcome;
use crate::rows::{Deflation, Row};
use crate::texts::{self, TAIL};

pub(crate) struct Codec {
    deflation: Deflation,
    inflate: Inflate,
    deflate: Deflate,
    received: Vec<Vec<u8>>,
    /// The one that comes next.
    next: usize,
    output: Vec<u8>,
}

impl Client for Codec {
    async fn connect(_: SocketAddr, row: &Row) -> Outcome<Self> {
        let deflation = row.deflation.ok_or("nothing to compress")?;
        let mut received = texts::compressed(&texts::texts(row.size), &deflation);
        for message in &mut received {
            message.extend(TAIL);
        }
        Ok(Codec {
            deflation,
            inflate: Inflate::new(false, 15),
            deflate: texts::codec(&deflation),
            received,
            next: 0,
            output: vec![0; row.size + 1024],
        })
    }

    async fn receive(&mut self) -> Outcome<usize> {
        let input = &self.received[self.next];
        self.next = (self.next + 1) % self.received.len();
        let before = self.inflate.total_out();
        self.inflate
            .decompress(input, &mut self.output, InflateFlush::SyncFlush)
            .map_err(InflateError::as_str)?;
        let size = (self.inflate.total_out() - before) as usize;
        std::str::from_utf8(&self.output[..size])?;
        if !self.deflation.context {
            self.inflate.reset(false);
        }
        Ok(size)
    }

    async fn feed(&mut self, payload: &Bytes) -> Outcome<()> {
        texts::compress(
            &mut self.deflate,
            payload,
            &mut self.output,
            &self.deflation,
        );
        Ok(())
    }

    async fn flush(&mut self) -> Outcome<()> {
        Ok(())
    }

    async fn duplex(self, _: u64, _: Bytes) -> Outcome<()> {
        Err("without a socket".into())
    }
}
