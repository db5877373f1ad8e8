//! What is measured: the rows of the table, as data.

use std::net::SocketAddr;

use crate::{Outcome, parsed};

/// One row of the table.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) task: Task,
    /// Bytes of a message's payload.
    pub(crate) size: usize,
    /// Messages of one measurement: a tenth of a second or two for most clients. Many short rounds tell more than few long ones.
    pub(crate) count: u64,
    pub(crate) deflation: Option<Deflation>,
    pub(crate) tls: bool,
}

/// What a client does.
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
    /// Receive a flood on one task, send on another.
    Duplex,
    /// Dial, shake hands, send one, receive one, close and await the end; so many at a time.
    Connect { at_once: usize },
}

/// How messages are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deflation {
    /// From 1 to 9; in the rows that receive, the server's.
    pub(crate) level: i32,
    /// Whether a message may refer back to earlier ones.
    pub(crate) context: bool,
}

const BINARY: Task = Task::Receive { text: false };
const TEXT: Task = Task::Receive { text: true };
const EACH: Task = feed(1);
const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    row("rx64",    "receive 64 B",                        BINARY, 64, 1_200_000),
    row("rx64t",   "receive 64 B of text",                TEXT, 64, 1_200_000),
    row("rx1k",    "receive 1 KiB",                       BINARY, KIB, 300_000),
    row("rx64k",   "receive 64 KiB",                      BINARY, 64 * KIB, 6_000),
    row("rx1m",    "receive 1 MiB",                       BINARY, MIB, 300),
    row("rx64l",   "receive 64 B by a listener",          Task::Listen, 64, 1_200_000),
    row("rx1kl",   "receive 1 KiB by a listener",         Task::Listen, KIB, 300_000),
    row("rx64kl",  "receive 64 KiB by a listener",        Task::Listen, 64 * KIB, 6_000),
    row("rx1ml",   "receive 1 MiB by a listener",         Task::Listen, MIB, 300),

    row("tx64b",   "send 64 B, flush per 1,024",          feed(1024), 64, 1_000_000),
    row("tx1kb",   "send 1 KiB, flush per 1,024",         feed(1024), KIB, 150_000),
    row("tx64kb",  "send 64 KiB, flush per 16",           feed(16), 64 * KIB, 3_000),
    row("tx1mb",   "send 1 MiB, flush per 4",             feed(4), MIB, 250),
    row("tx64f",   "send 64 B, flush each",               EACH, 64, 100_000),
    row("tx1kf",   "send 1 KiB, flush each",              EACH, KIB, 60_000),
    row("tx64k",   "send 64 KiB, flush each",             EACH, 64 * KIB, 3_000),
    row("tx1m",    "send 1 MiB, flush each",              EACH, MIB, 250),
    row("tx64s",   "send 64 B in the browser's way",      Task::Burst, 64, 1_000_000),
    row("tx1ks",   "send 1 KiB in the browser's way",     Task::Burst, KIB, 150_000),
    row("tx64ks",  "send 64 KiB in the browser's way",    Task::Burst, 64 * KIB, 3_000),
    row("tx1ms",   "send 1 MiB in the browser's way",     Task::Burst, MIB, 250),

    row("ping64s", "64 B there and back",                 Task::Ping, 64, 12_000),
    row("ping1ks", "1 KiB there and back",                Task::Ping, KIB, 12_000),
    row("dup64",   "64 B both ways on two tasks",         Task::Duplex, 64, 300_000),
    row("dup1k",   "1 KiB both ways on two tasks",        Task::Duplex, KIB, 100_000),
    row("dup64k",  "64 KiB both ways on two tasks",       Task::Duplex, 64 * KIB, 1_500),
    row("conn",    "connect, 16 B there and back, close; 32 at a time", Task::Connect { at_once: 32 }, 16, 1_000),

    row("trx64",   "receive 64 B over TLS",               BINARY, 64, 1_000_000).over_tls(),
    row("trx1k",   "receive 1 KiB over TLS",              BINARY, KIB, 100_000).over_tls(),
    row("trx64k",  "receive 64 KiB over TLS",             BINARY, 64 * KIB, 2_000).over_tls(),
    row("trx1m",   "receive 1 MiB over TLS",              BINARY, MIB, 120).over_tls(),
    row("ttx64b",  "send 64 B over TLS, flush per 1,024", feed(1024), 64, 600_000).over_tls(),
    row("ttx1kf",  "send 1 KiB over TLS, flush each",     EACH, KIB, 30_000).over_tls(),
    row("ttx64k",  "send 64 KiB over TLS, flush each",    EACH, 64 * KIB, 2_000).over_tls(),
    row("ttx1m",   "send 1 MiB over TLS, flush each",     EACH, MIB, 120).over_tls(),
    row("tping64s", "64 B there and back over TLS",       Task::Ping, 64, 10_000).over_tls(),
    row("tdup1k",  "1 KiB both ways on two tasks over TLS", Task::Duplex, KIB, 30_000).over_tls(),
    row("tconn",   "connect over TLS, 16 B there and back, close; 32 at a time", Task::Connect { at_once: 32 }, 16, 250).over_tls(),

    row("zrx1k",   "receive 1 KiB, compressed",           TEXT, KIB, 30_000).deflated(6, true),
    row("zrx16k",  "receive 16 KiB, compressed",          TEXT, 16 * KIB, 3_000).deflated(6, true),
    row("zrx1kn",  "receive 1 KiB, compressed by itself", TEXT, KIB, 30_000).deflated(6, false),
    row("zrx16kn", "receive 16 KiB, compressed by itself", TEXT, 16 * KIB, 3_000).deflated(6, false),
    row("ztx1k",   "compress and send 1 KiB",             feed(16), KIB, 15_000).deflated(3, true),
    row("ztx16k",  "compress and send 16 KiB",            feed(16), 16 * KIB, 1_500).deflated(3, true),
    row("ztx1k6",  "compress at level 6 and send 1 KiB",  feed(16), KIB, 10_000).deflated(6, true),
    row("ztx16k6", "compress at level 6 and send 16 KiB", feed(16), 16 * KIB, 600).deflated(6, true),
    // At level 2, zlib-rs needs as many bytes as soketto's zlib does at its level, which is 1.
    row("ztx1kn",  "compress by itself and send 1 KiB",   feed(16), KIB, 15_000).deflated(2, false),
    row("ztx16kn", "compress by itself and send 16 KiB",  feed(16), 16 * KIB, 1_500).deflated(2, false),
];

const fn feed(per_flush: u64) -> Task {
    Task::Feed { per_flush }
}

const fn row(name: &'static str, about: &'static str, task: Task, size: usize, count: u64) -> Row {
    Row {
        name,
        about,
        task,
        size,
        count,
        deflation: None,
        tls: false,
    }
}

/// The largest message of a row: the crate receives no larger one unless it is told to.
const LARGEST: usize = 64 * MIB;

/// The row of that name. Beside those of the table there are `rx@SIZE` and `tx@SIZE`, for any size up to [`LARGEST`].
pub(crate) fn find(name: &str) -> Outcome<Row> {
    if let Some(row) = ROWS.iter().find(|row| row.name == name) {
        return Ok(*row);
    }
    let (task, size) = match name.split_once('@') {
        Some(("rx", size)) => (BINARY, size),
        Some(("tx", size)) => (EACH, size),
        _ => {
            let names: Vec<_> = ROWS.iter().map(|row| row.name).collect();
            return Err(format!("there is no row {name}; there are {}", names.join(", ")).into());
        }
    };
    let expected = format!("a size in bytes, at most {LARGEST}");
    let size = parsed(size, &expected)?;
    if size > LARGEST {
        return Err(format!("`{size}` is not {expected}").into());
    }
    let name = name.to_owned().leak();
    Ok(row(name, "", task, size, count_of(size)))
}

/// So many that a measurement takes some tenths of a second.
fn count_of(size: usize) -> u64 {
    (128 * MIB / size.max(1)).clamp(16, 100_000) as u64
}

impl Row {
    const fn deflated(mut self, level: i32, context: bool) -> Self {
        self.deflation = Some(Deflation { level, context });
        self
    }

    const fn over_tls(mut self) -> Self {
        self.tls = true;
        self
    }

    pub(crate) fn url(&self, server: SocketAddr) -> String {
        let scheme = if self.tls { "wss" } else { "ws" };
        format!("{scheme}://{server}{}", self.path())
    }

    /// The path that makes the server the other end of this row.
    pub(crate) fn path(&self) -> String {
        let size = self.size;
        match (self.task, self.deflation) {
            (Task::Receive { .. }, Some(Deflation { level, context })) => {
                format!("/deflate/{}/{level}/{size}", kind(context))
            }
            (_, Some(Deflation { context, .. })) => format!("/deflate/{}/sink", kind(context)),
            (Task::Receive { text: true }, None) => format!("/flood/text/{size}"),
            (Task::Receive { text: false } | Task::Listen, None) => format!("/flood/binary/{size}"),
            (Task::Feed { .. } | Task::Burst, None) => "/sink".to_owned(),
            (Task::Ping | Task::Connect { .. }, None) => format!("/echo/{size}"),
            (Task::Duplex, None) => format!("/duplex/{size}"),
        }
    }

    /// Whether both ends share a CPU: waking the other one of a virtual machine costs more than any client does.
    pub(crate) fn is_on_one_cpu(&self) -> bool {
        self.task == Task::Ping
    }

    /// Messages before the clocks are started.
    pub(crate) fn warm_up(&self, count: u64) -> u64 {
        match self.task {
            // These open what they need only then.
            Task::Duplex | Task::Connect { .. } => 0,
            _ => count / 6,
        }
    }
}

fn kind(context: bool) -> &'static str {
    if context { "context" } else { "alone" }
}
