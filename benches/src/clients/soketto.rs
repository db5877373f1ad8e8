//! soketto, on a buffered stream as its documentation advises. Its deflate has one setting: the quickest level, and no context
//! kept between messages.

use std::net::SocketAddr;

use bytes::Bytes;
use soketto::connection::{Error, Receiver, Sender};
use soketto::extension::deflate::Deflate;
use soketto::handshake::{Client as Handshake, ServerResponse};
use soketto::{Data, Incoming, Mode};
use tokio::io::BufStream;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt};

use super::{Client, PER_FLUSH, two_tasks};
use crate::Outcome;
use crate::rows::{Row, Task};
use crate::stream::{BUFFER, SMALL, Stream};

type Below<S> = Compat<BufStream<S>>;

pub(crate) struct Soketto<S: Stream> {
    sender: Sender<Below<S>>,
    receiver: Receiver<Below<S>>,
    message: Vec<u8>,
}

impl<S: Stream> Client for Soketto<S> {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        let stream = S::dial(server).await?;
        let buffer = match row.task {
            Task::Connect { .. } => SMALL,
            _ => BUFFER,
        };
        let stream = BufStream::with_capacity(buffer, buffer, stream).compat();
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

    /// What lies below is not to be had, so the end of that cannot be waited for.
    async fn close(mut self) -> Outcome<()> {
        self.sender.close().await?;
        let Soketto {
            receiver, message, ..
        } = &mut self;
        loop {
            match receiver.receive(message).await {
                Ok(Incoming::Closed(_)) | Err(Error::Closed) => break,
                received => received.map(drop)?,
            }
        }
        Ok(())
    }

    async fn duplex(self, count: u64, payload: Bytes) -> Outcome<()> {
        let Soketto {
            mut sender,
            mut receiver,
            mut message,
        } = self;
        let receive = async move {
            for _ in 0..count {
                message.clear();
                receiver.receive_data(&mut message).await?;
            }
            Ok(())
        };
        let send = async move {
            for done in 1..=count {
                sender.send_binary(&payload).await?;
                if done % PER_FLUSH == 0 {
                    sender.flush().await?;
                }
            }
            Ok(sender.flush().await?)
        };
        two_tasks(receive, send).await
    }
}
