//! What is measured: the rows of the table, and what a client does in each.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::Outcome;
use crate::clients::Client;
use crate::measure::{Sample, Stopwatch};

/// One row of the table.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) task: Task,
    /// Bytes of a message's payload.
    pub(crate) size: usize,
    /// Messages of one measurement: some tenths of a second for most clients.
    pub(crate) count: u64,
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
pub(crate) const ROWS: [Row; 13] = [
    Row { name: "rx64",   about: "receive 64 B",                  task: Task::Receive { text: false }, size: 64, count: 4_000_000 },
    Row { name: "rx64l",  about: "receive 64 B by a listener",    task: Task::Listen, size: 64, count: 4_000_000 },
    Row { name: "rx64t",  about: "receive 64 B of text",          task: Task::Receive { text: true }, size: 64, count: 4_000_000 },
    Row { name: "rx1k",   about: "receive 1 KiB",                 task: Task::Receive { text: false }, size: 1 << 10, count: 1_000_000 },
    Row { name: "rx64k",  about: "receive 64 KiB",                task: Task::Receive { text: false }, size: 64 << 10, count: 20_000 },
    Row { name: "tx64b",  about: "send 64 B, flush per 1,024",    task: Task::Feed { per_flush: 1024 }, size: 64, count: 3_000_000 },
    Row { name: "tx64s",  about: "send 64 B in the browser's way", task: Task::Burst, size: 64, count: 3_000_000 },
    Row { name: "tx1kb",  about: "send 1 KiB, flush per 1,024",   task: Task::Feed { per_flush: 1024 }, size: 1 << 10, count: 500_000 },
    Row { name: "tx64f",  about: "send 64 B, flush each",         task: Task::Feed { per_flush: 1 }, size: 64, count: 300_000 },
    Row { name: "tx1kf",  about: "send 1 KiB, flush each",        task: Task::Feed { per_flush: 1 }, size: 1 << 10, count: 200_000 },
    Row { name: "tx64k",  about: "send 64 KiB, flush each",       task: Task::Feed { per_flush: 1 }, size: 64 << 10, count: 10_000 },
    Row { name: "ping64s", about: "64 B there and back",          task: Task::Ping, size: 64, count: 40_000 },
    Row { name: "ping1ks", about: "1 KiB there and back",         task: Task::Ping, size: 1 << 10, count: 40_000 },
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

impl Row {
    /// The path that makes the server the other end of this row.
    pub(crate) fn path(&self) -> String {
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
        let mut client = C::connect(server, self).await?;
        self.go_through(&mut client, Row::warm_up(count)).await?;
        let stopwatch = Stopwatch::start();
        self.go_through(&mut client, count).await?;
        Ok(stopwatch.per_message(count))
    }

    async fn go_through<C: Client>(&self, client: &mut C, count: u64) -> Outcome<()> {
        let payload = Bytes::from(vec![b'x'; self.size]);
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
                    client.feed(&payload).await?;
                    if done % per_flush == 0 {
                        client.flush().await?;
                    }
                }
                client.flush().await?;
            }
            Task::Burst => {
                for done in 1..=count {
                    client.send(&payload).await?;
                    if done % BURST == 0 {
                        client.ready().await?;
                    }
                }
                client.flush().await?;
            }
            Task::Ping => {
                for _ in 0..count {
                    client.feed(&payload).await?;
                    client.flush().await?;
                    let size = client.receive().await?;
                    assert_eq!(size, self.size);
                }
            }
        }
        Ok(())
    }
}
