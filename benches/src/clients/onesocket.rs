//! The crate.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::{Either, select};
use futures_util::{SinkExt, StreamExt};
use onesocket::{Message, WebSocket};
use tokio::sync::Notify;

use super::{Client, PER_FLUSH, two_tasks};
use crate::Outcome;
use crate::rows::Row;
use crate::stream::tls_config;

pub(crate) struct Onesocket(WebSocket);

impl Client for Onesocket {
    async fn connect(server: SocketAddr, row: &Row) -> Outcome<Self> {
        let mut builder = WebSocket::builder(row.url(server));
        if row.tls {
            builder = builder.tls_config(tls_config());
        }
        if let Some(deflation) = row.deflation {
            builder = builder.compression_level(deflation.level as u8);
        }
        Ok(Onesocket(builder.connect().await?))
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
        Ok(SinkExt::flush(&mut self.0).await?)
    }

    /// Dropping the last handle would do it too, but in the background.
    async fn close(self) -> Outcome<()> {
        self.0.close();
        match self.0.closed().await.was_clean() {
            true => Ok(()),
            false => Err("not a clean close".into()),
        }
    }

    async fn duplex(self, count: u64, payload: Bytes) -> Outcome<()> {
        let (mut receiver, mut sender) = (self.0.clone(), self.0);
        let receive = async move {
            for _ in 0..count {
                receiver.next().await.ok_or("the server ended")??;
            }
            Ok(())
        };
        let send = async move {
            for done in 1..=count {
                sender.feed(Message::Binary(payload.clone())).await?;
                if done % PER_FLUSH == 0 {
                    SinkExt::flush(&mut sender).await?;
                }
            }
            Ok(SinkExt::flush(&mut sender).await?)
        };
        two_tasks(receive, send).await
    }

    async fn listen(&mut self, count: u64, size: usize) -> Outcome<()> {
        let enough = Arc::new(Notify::new());
        let news = enough.clone();
        let mut left = count;
        self.0.set_onmessage(move |socket, event| {
            assert_eq!(event.bytes().map_or(0, Bytes::len), size);
            left -= 1;
            if left == 0 {
                socket.clear_onmessage();
                news.notify_one();
            }
        });
        match select(pin!(enough.notified()), pin!(self.0.closed())).await {
            Either::Left(_) => Ok(()),
            Either::Right(_) => Err("the server ended".into()),
        }
    }

    async fn send(&mut self, payload: &Bytes) -> Outcome<()> {
        Ok(self.0.send(payload)?)
    }

    async fn ready(&mut self) -> Outcome<()> {
        Ok(self.0.ready().await?)
    }
}
