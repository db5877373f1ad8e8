//! What a connection takes of memory: idle, after traffic, and over TLS.

use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use onesocket::WebSocket;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::time::sleep;

use crate::clients::{self, Client, NAMES, RAW, Visitor};
use crate::process::{self, Program, output_beside_server};
use crate::rows::{Row, find};
use crate::task::there_and_back;
use crate::texts::texts;
use crate::{Outcome, handshake};

/// A message that is sent and received on every connection: the traffic.
const SIZE: usize = 4 << 10;

/// Until nothing happens any more: onesocket's driver looks after a socket that nobody polls.
const SETTLING: Duration = Duration::from_secs(1);

/// Opened before the first figure, so that what is there once does not count.
const FIRST: usize = 50;

/// Ways to wait for messages, which take memory of their own.
const WAYS: [(&str, &str); 7] = [
    ("raw", "a TcpStream, held in a Vec"),
    ("raw:task", "a task that waits to read"),
    ("onesocket:recv", "a task that waits in recv"),
    ("onesocket:listener", "a message listener"),
    ("onesocket:agreed", "compression agreed on, and recv"),
    (
        "onesocket:alone",
        "1 KiB sent, compressed by itself, and recv",
    ),
    (
        "onesocket:context",
        "1 KiB sent, compressed with context, and recv; of a tenth as many",
    ),
];

/// The section of the report.
pub(crate) fn run(count: usize) -> Outcome<String> {
    let mut text = format!(
        "Anonymous resident memory per connection, KiB, of {count}; sockets held in a Vec unless it is said otherwise.\n\n\
         | client | idle | after 4 KiB both ways | TLS, idle | TLS, after |\n|---|--:|--:|--:|--:|\n"
    );
    for name in NAMES {
        if !clients::takes_part(name, &row(false)) {
            continue;
        }
        let plain = grown(name, false, count)?;
        let tls = grown(name, true, count)?;
        writeln!(text, "| {name} | {plain} | {tls} |")?;
    }
    text += "\n| idle connection with | | KiB |\n|---|---|--:|\n";
    for (name, about) in WAYS {
        let words = ["waiting", name, &count.to_string()];
        let kib = output_beside_server(Program::Main, words, None)?;
        writeln!(text, "| {name} | {about} | {kib} |")?;
    }
    Ok(text)
}

/// A row that lets every client connect by its own handshake.
fn row(tls: bool) -> Row {
    let mut row = find("conn").expect("it is in the table");
    (row.size, row.tls) = (SIZE, tls);
    row
}

/// Idle and afterwards, as two cells.
fn grown(name: &str, tls: bool, count: usize) -> Outcome<String> {
    let kind = if tls { "tls" } else { "plain" };
    let words = ["memory-client", name, kind, &count.to_string()];
    // A server each, as it keeps the connections, and there may only be so many.
    output_beside_server(clients::program(name), words, None)
}

/// Prints both figures.
pub(crate) fn client(name: &str, tls: bool, count: usize, server: SocketAddr) -> Outcome<()> {
    process::allow_many_files();
    let row = row(tls);
    let (idle, after) = clients::visit(name, &row, server, Grow { row, count, server })?;
    println!("{idle:.2} | {after:.2}");
    Ok(())
}

struct Grow {
    row: Row,
    count: usize,
    server: SocketAddr,
}

impl Visitor for Grow {
    type Output = (f64, f64);

    async fn visit<C: Client>(self) -> Outcome<(f64, f64)> {
        let open = async || C::connect(self.server, &self.row).await;
        let (idle, before, mut connections) = open_many(self.count, open).await?;
        let payload = Bytes::from(vec![b'x'; SIZE]);
        for connection in &mut connections {
            there_and_back(connection, &payload).await?;
        }
        sleep(SETTLING).await;
        Ok((idle, (anonymous_kib()? - before) / self.count as f64))
    }
}

/// Answers KiB per connection, what there was before, and the connections.
async fn open_many<T>(
    count: usize,
    open: impl AsyncFn() -> Outcome<T>,
) -> Outcome<(f64, f64, Vec<T>)> {
    let mut connections = Vec::with_capacity(count + FIRST);
    while connections.len() < FIRST {
        connections.push(open().await?);
    }
    sleep(SETTLING).await;
    let before = anonymous_kib()?;
    while connections.len() < count + FIRST {
        connections.push(open().await?);
    }
    sleep(SETTLING).await;
    let grown = (anonymous_kib()? - before) / count as f64;
    Ok((grown, before, connections))
}

/// Prints KiB per connection of one of the ways.
pub(crate) fn waiting_client(name: &str, count: usize, server: SocketAddr) -> Outcome<()> {
    process::allow_many_files();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let kib = runtime.block_on(async {
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(match name {
            RAW => open_many(count, async || raw(server).await).await?.0,
            "raw:task" => {
                open_many(count, async || waiting_raw(server).await)
                    .await?
                    .0
            }
            "onesocket:recv" => open_many(count, async || waiting(server).await).await?.0,
            "onesocket:agreed" => {
                let open = async || compressing(server, "context", 0).await;
                open_many(count, open).await?.0
            }
            "onesocket:alone" => {
                let open = async || compressing(server, "alone", 1).await;
                open_many(count, open).await?.0
            }
            "onesocket:context" => {
                let open = async || compressing(server, "context", 1).await;
                // Each takes a hundred times as much.
                open_many(count.div_ceil(10), open).await?.0
            }
            "onesocket:listener" => open_many(count, async || listening(server).await).await?.0,
            _ => return Err(clients::unknown(name)),
        })
    })?;
    println!("{kib:.2}");
    Ok(())
}

async fn raw(server: SocketAddr) -> Outcome<TcpStream> {
    handshake::connect(server, "/idle").await
}

async fn waiting_raw(server: SocketAddr) -> Outcome<()> {
    let mut stream = raw(server).await?;
    tokio::spawn(async move {
        let _ = stream.read_u8().await;
    });
    Ok(())
}

async fn open(server: SocketAddr, path: &str) -> Outcome<WebSocket> {
    Ok(WebSocket::connect(format!("ws://{server}{path}")).await?)
}

async fn waiting(server: SocketAddr) -> Outcome<()> {
    wait(open(server, "/idle").await?);
    Ok(())
}

/// Sends so many messages before it waits.
async fn compressing(server: SocketAddr, context: &str, messages: usize) -> Outcome<()> {
    let socket = open(server, &format!("/deflate/{context}/sink")).await?;
    for text in texts(1 << 10).into_iter().take(messages) {
        socket.send(text)?;
    }
    socket.flush().await?;
    wait(socket);
    Ok(())
}

fn wait(socket: WebSocket) {
    tokio::spawn(async move {
        socket.recv().await;
    });
}

async fn listening(server: SocketAddr) -> Outcome<WebSocket> {
    let socket = open(server, "/idle").await?;
    socket.set_onmessage(|_, _| {});
    Ok(socket)
}

fn anonymous_kib() -> Outcome<f64> {
    kib("/proc/self/smaps_rollup", "Anonymous:")
}

/// The most that was resident at any time.
pub(crate) fn most_kib() -> Outcome<f64> {
    kib("/proc/self/status", "VmHWM:")
}

fn kib(file: &str, name: &str) -> Outcome<f64> {
    let memory = fs::read_to_string(file)?;
    let line = memory.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.ok_or("no figure")?.trim().trim_end_matches("kB");
    Ok(kib.trim().parse()?)
}
