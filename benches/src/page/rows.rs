//! What is measured in a browser: the rows of its table, as data.

use crate::Outcome;

#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// As the page calls it.
    pub(super) task: &'static str,
    kind: &'static str,
    /// Bytes of a message's payload.
    size: usize,
    /// Messages of one measurement: some hundredths of a second for most clients, as a page's clock is a coarse one.
    pub(super) count: u32,
}

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row("ping64",  "64 B there and back",      "ping",      "binary", 64, 500),
    row("rx64",    "receive 64 B",             "receive",   "binary", 64, 5_000),
    row("rx64t",   "receive 64 B of text",     "receive",   "text",   64, 5_000),
    row("rx64k",   "receive 64 KiB",           "receive",   "binary", 64 << 10, 200),
    row("tx64",    "send 64 B",                "send",      "binary", 64, 5_000),
    row("tx64t",   "send 64 B of text",        "send text", "text",   64, 5_000),
    row("call64",  "the calls that send 64 B", "call",      "binary", 64, 5_000),
];

const fn row(
    name: &'static str,
    about: &'static str,
    task: &'static str,
    kind: &'static str,
    size: usize,
    count: u32,
) -> Row {
    Row {
        name,
        about,
        task,
        kind,
        size,
        count,
    }
}

pub(super) fn find(name: &str) -> Outcome<Row> {
    let row = ROWS.iter().find(|row| row.name == name);
    row.copied().ok_or_else(|| {
        let names: Vec<_> = ROWS.iter().map(|row| row.name).collect();
        format!("there is no row {name}; there are {}", names.join(", ")).into()
    })
}

impl Row {
    /// The path that makes the server the other end of this row.
    pub(super) fn path(&self) -> String {
        let Row {
            kind, size, count, ..
        } = self;
        match self.task {
            "ping" => format!("/echo/{size}"),
            "receive" => format!("/batch/{kind}/{size}/{count}"),
            _ => format!("/collect/{size}/{count}"),
        }
    }
}
