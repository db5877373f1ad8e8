//! soketto, on a buffered stream as its documentation advises. Its deflate has one setting: the quickest level, and no context
//! kept between messages.

use std::net::SocketAddr;

use bytes::Bytes;
use soketto::connection::{Receiver, Sender};
use soketto::extension::deflate::Deflate;
use soketto::handshake::{Client as Handshake, ServerResponse};
use soketto::{Data, Mode};
use tokio::io::BufStream;
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt};

use super::Client;
use crate::rows::Row;
use crate::{Outcome, handshake};

const BUFFER: usize = 64 << 10;

type Stream = Compat<BufStream<TcpStream>>;

pub(crate) struct Soketto {
    sender: Sender<Stream>,
    receiver: Receiver<Stream>,
    message: Vec<u8>,
}

impl Client for Soketto {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        let stream = handshake::dial(server).await?;
        let stream = BufStream::with_capacity(BUFFER, BUFFER, stream).compat();
        let (host, path) = (server.to_string(), row.path());
        let mut client = Handshake::new(stream, &host, &path);
        if row.deflation.is_some() {
            client.add_extension(Box::new(Deflate::new(Mode::Client)));
        }
        let ServerResponse::Accepted { .. } = client.handshake().await? else {
            return Err("no handshake".into());
        };
        let (sender, receiver) = client.into_builder().finish();
        Ok(Soketto {
            sender,
            receiver,
            message: Vec::new(),
        })
    }

    async fn receive(&mut self) -> Outcome<usize> {
        self.message.clear();
        // A text counts only once it is one, which this client leaves to its user.
        if let Data::Text(_) = self.receiver.receive_data(&mut self.message).await? {
            std::str::from_utf8(&self.message)?;
        }
        Ok(self.message.len())
    }

    async fn feed(&mut self, payload: &Bytes) -> Outcome<()> {
        Ok(self.sender.send_binary(payload).await?)
    }

    async fn flush(&mut self) -> Outcome<()> {
        Ok(self.sender.flush().await?)
    }
}
