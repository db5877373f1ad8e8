//! What is measured: the rows of the table, and what a client does in each.

use std::iter::Cycle;
use std::net::SocketAddr;
use std::slice;

use bytes::Bytes;

use crate::clients::Client;
use crate::measure::{Sample, Stopwatch};
use crate::texts::texts;
use crate::{Outcome, handshake};

/// One row of the table.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) task: Task,
    /// Bytes of a message's payload.
    pub(crate) size: usize,
    /// Messages of one measurement: some tenths of a second for most clients.
    pub(crate) count: u64,
    pub(crate) deflation: Option<Deflation>,
}

/// How messages are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deflation {
    /// From 1 to 9; in the rows that receive, the server's.
    pub(crate) level: i32,
    /// Whether a message may refer back to earlier ones.
    pub(crate) context: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// Receive a flood, message by message.
    Receive { text: bool },
    /// Receive a flood by being called for each message, where a client can.
    Listen,
    /// Send, and flush after so many messages.
    Feed { per_flush: u64 },
    /// Send without asking for a flush, where a client can, and wait for room now and then.
    Burst,
    /// Send one, receive one.
    Ping,
}

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    row("rx64",    "receive 64 B",                   Task::Receive { text: false }, 64, 4_000_000),
    row("rx64l",   "receive 64 B by a listener",     Task::Listen, 64, 4_000_000),
    row("rx64t",   "receive 64 B of text",           Task::Receive { text: true }, 64, 4_000_000),
    row("rx1k",    "receive 1 KiB",                  Task::Receive { text: false }, 1 << 10, 1_000_000),
    row("rx64k",   "receive 64 KiB",                 Task::Receive { text: false }, 64 << 10, 20_000),
    row("tx64b",   "send 64 B, flush per 1,024",     Task::Feed { per_flush: 1024 }, 64, 3_000_000),
    row("tx64s",   "send 64 B in the browser's way", Task::Burst, 64, 3_000_000),
    row("tx1kb",   "send 1 KiB, flush per 1,024",    Task::Feed { per_flush: 1024 }, 1 << 10, 500_000),
    row("tx64f",   "send 64 B, flush each",          Task::Feed { per_flush: 1 }, 64, 300_000),
    row("tx1kf",   "send 1 KiB, flush each",         Task::Feed { per_flush: 1 }, 1 << 10, 200_000),
    row("tx64k",   "send 64 KiB, flush each",        Task::Feed { per_flush: 1 }, 64 << 10, 10_000),
    row("ping64s", "64 B there and back",            Task::Ping, 64, 40_000),
    row("ping1ks", "1 KiB there and back",           Task::Ping, 1 << 10, 40_000),

    row("zrx1k",   "receive 1 KiB, compressed",      Task::Receive { text: true }, 1 << 10, 100_000).deflated(6, true),
    row("zrx16k",  "receive 16 KiB, compressed",     Task::Receive { text: true }, 16 << 10, 10_000).deflated(6, true),
    row("zrx1kn",  "receive 1 KiB, compressed by itself", Task::Receive { text: true }, 1 << 10, 100_000).deflated(6, false),
    row("zrx16kn", "receive 16 KiB, compressed by itself", Task::Receive { text: true }, 16 << 10, 10_000).deflated(6, false),
    row("ztx1k",   "compress and send 1 KiB",        Task::Feed { per_flush: 16 }, 1 << 10, 50_000).deflated(3, true),
    row("ztx16k",  "compress and send 16 KiB",       Task::Feed { per_flush: 16 }, 16 << 10, 5_000).deflated(3, true),
    row("ztx1k6",  "compress at level 6 and send 1 KiB", Task::Feed { per_flush: 16 }, 1 << 10, 30_000).deflated(6, true),
    row("ztx16k6", "compress at level 6 and send 16 KiB", Task::Feed { per_flush: 16 }, 16 << 10, 2_000).deflated(6, true),
    // At level 2, zlib-rs needs as many bytes as soketto's zlib does at its level, which is 1.
    row("ztx1kn",  "compress by itself and send 1 KiB", Task::Feed { per_flush: 16 }, 1 << 10, 50_000).deflated(2, false),
    row("ztx16kn", "compress by itself and send 16 KiB", Task::Feed { per_flush: 16 }, 16 << 10, 5_000).deflated(2, false),
];

/// With [`Task::Burst`], how often room is waited for.
const BURST: u64 = 1024;

pub(crate) fn find(name: &str) -> Outcome<&'static Row> {
    let row = ROWS.iter().find(|row| row.name == name);
    row.ok_or_else(|| {
        let names: Vec<_> = ROWS.iter().map(|row| row.name).collect();
        format!("there is no row {name}; there are {}", names.join(", ")).into()
    })
}

const fn row(name: &'static str, about: &'static str, task: Task, size: usize, count: u64) -> Row {
    Row {
        name,
        about,
        task,
        size,
        count,
        deflation: None,
    }
}

impl Row {
    const fn deflated(mut self, level: i32, context: bool) -> Self {
        self.deflation = Some(Deflation { level, context });
        self
    }

    /// The path that makes the server the other end of this row.
    pub(crate) fn path(&self) -> String {
        if let Some(deflation) = self.deflation {
            let Deflation { level, context } = deflation;
            let context = if context { "context" } else { "alone" };
            return match self.task {
                Task::Receive { .. } => format!("/deflate/{context}/{level}/{}", self.size),
                _ => format!("/deflate/{context}/sink"),
            };
        }
        match self.task {
            Task::Receive { text: true } => format!("/flood/text/{}", self.size),
            Task::Receive { text: false } | Task::Listen => format!("/flood/binary/{}", self.size),
            Task::Feed { .. } | Task::Burst => "/sink".to_owned(),
            Task::Ping => format!("/echo/{}", self.size),
        }
    }

    /// Whether both ends share a CPU: waking the other one of a virtual machine costs more than any client does.
    pub(crate) fn is_on_one_cpu(&self) -> bool {
        self.task == Task::Ping
    }

    /// Messages before the clocks are started.
    pub(crate) fn warm_up(count: u64) -> u64 {
        count / 20
    }

    /// Connects, warms up, and measures.
    pub(crate) async fn measure<C: Client>(
        &self,
        server: SocketAddr,
        count: u64,
    ) -> Outcome<Sample> {
        let payloads = self.payloads();
        let mut payloads = payloads.iter().cycle();
        let mut client = C::connect(server, self).await?;
        let warm_up = Row::warm_up(count);
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
        payloads: &mut Cycle<slice::Iter<'_, Bytes>>,
    ) -> Outcome<()> {
        let mut payload = || payloads.next().expect("there is a payload");
        match self.task {
            Task::Receive { .. } => {
                for _ in 0..count {
                    let size = client.receive().await?;
                    assert_eq!(size, self.size);
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
                for done in 1..=count {
                    client.send(payload()).await?;
                    if done % BURST == 0 {
                        client.ready().await?;
                    }
                }
                client.flush().await?;
            }
            Task::Ping => {
                for _ in 0..count {
                    client.feed(payload()).await?;
                    client.flush().await?;
                    let size = client.receive().await?;
                    assert_eq!(size, self.size);
                }
            }
        }
        Ok(())
    }
}
