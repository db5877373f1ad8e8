//! How a row is carried out by a client.

use std::iter::Cycle;
use std::net::SocketAddr;
use std::slice;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::clients::Client;
use crate::measure::{Sample, Stopwatch};
use crate::rows::{Row, Task};
use crate::texts::texts;
use crate::{Outcome, handshake};

/// With [`Task::Burst`], how many bytes may wait before room is waited for, and how many messages at most.
const BURST_SIZE: usize = 1 << 20;
const BURST: usize = 1024;

type Payloads<'a> = Cycle<slice::Iter<'a, Bytes>>;

impl Row {
    /// Connects, warms up, and measures.
    pub(crate) async fn measure<C: Client>(
        &self,
        server: SocketAddr,
        count: u64,
    ) -> Outcome<Sample> {
        let payloads = self.payloads();
        let mut payloads = payloads.iter().cycle();
        if let Task::Connect { at_once } = self.task {
            let payload = payloads.next().expect("there is a payload");
            return self.connect::<C>(server, count, at_once, payload).await;
        }
        let mut client = C::connect(server, self).await?;
        if self.task == Task::Duplex {
            let payload = payloads.next().expect("there is a payload").clone();
            let stopwatch = Stopwatch::start();
            client.duplex(count, payload).await?;
            return Ok(stopwatch.per_message(count));
        }
        let warm_up = self.warm_up(count);
        self.go_through(&mut client, warm_up, &mut payloads).await?;
        let stopwatch = Stopwatch::start();
        self.go_through(&mut client, count, &mut payloads).await?;
        let mut sample = stopwatch.per_message(count);
        drop(client);
        if matches!(self.task, Task::Feed { .. } | Task::Burst) {
            let received = handshake::received(server).await?;
            sample.wire = received as f64 / (warm_up + count) as f64;
        }
        Ok(sample)
    }

    /// What is sent, in turn.
    fn payloads(&self) -> Vec<Bytes> {
        match self.deflation {
            None => vec![vec![b'x'; self.size].into()],
            Some(_) => texts(self.size).into_iter().map(Bytes::from).collect(),
        }
    }

    async fn go_through<C: Client>(
        &self,
        client: &mut C,
        count: u64,
        payloads: &mut Payloads<'_>,
    ) -> Outcome<()> {
        let mut payload = || payloads.next().expect("there is a payload");
        match self.task {
            Task::Receive { .. } => {
                for _ in 0..count {
                    assert_eq!(client.receive().await?, self.size);
                }
            }
            Task::Listen => client.listen(count, self.size).await?,
            Task::Feed { per_flush } => {
                for done in 1..=count {
                    client.feed(payload()).await?;
                    if done % per_flush == 0 {
                        client.flush().await?;
                    }
                }
                client.flush().await?;
            }
            Task::Burst => {
                let burst = (BURST_SIZE / self.size).clamp(1, BURST) as u64;
                for done in 1..=count {
                    client.send(payload()).await?;
                    if done % burst == 0 {
                        client.ready().await?;
                    }
                }
                client.flush().await?;
            }
            Task::Ping => {
                for _ in 0..count {
                    there_and_back(client, payload()).await?;
                }
            }
            Task::Duplex | Task::Connect { .. } => return Err("not a loop".into()),
        }
        Ok(())
    }

    async fn connect<C: Client>(
        &self,
        server: SocketAddr,
        count: u64,
        at_once: usize,
        payload: &Bytes,
    ) -> Outcome<Sample> {
        let once = async |_| {
            let mut client = C::connect(server, self).await?;
            there_and_back(&mut client, payload).await?;
            client.close().await
        };
        let stopwatch = Stopwatch::start();
        stream::iter(0..count)
            .map(once)
            .buffer_unordered(at_once)
            .try_collect::<()>()
            .await?;
        Ok(stopwatch.per_message(count))
    }
}

/// Sends one message, and receives one of that size.
pub(crate) async fn there_and_back(client: &mut impl Client, payload: &Bytes) -> Outcome<()> {
    client.feed(payload).await?;
    client.flush().await?;
    assert_eq!(client.receive().await?, payload.len());
    Ok(())
}
