//! What an idle connection takes of memory.

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use onesocket::WebSocket;
use tokio::io::AsyncReadExt;
use tokio::runtime::Builder;
use tokio::time::sleep;

use crate::clients::{TokioWebSockets, Tungstenite};
use crate::process::{self, Server, itself, output_of};
use crate::{Outcome, clients, handshake};

const PATH: &str = "/idle";

/// Clients, and what is done with each connection.
const CASES: [(&str, &str); 7] = [
    ("raw", "a TcpStream without a buffer, held in a Vec"),
    ("raw:task", "with a task that waits to read"),
    ("onesocket", "opened, and nobody polls"),
    ("onesocket:recv", "with a task that waits in recv"),
    ("onesocket:listener", "with a message listener"),
    ("tokio-websockets", "held in a Vec"),
    ("tungstenite", "held in a Vec"),
];

/// Until nothing happens any more: onesocket's driver looks after a socket that nobody polls.
const SETTLING: Duration = Duration::from_secs(1);

pub(crate) fn run(count: usize) -> Outcome<()> {
    println!("Anonymous memory per connection, of {count} idle ones\n");
    println!("| client | | KiB | less raw |");
    println!("|---|---|--:|--:|");
    let mut raw = 0.0;
    for (client, about) in CASES {
        // One each, as it keeps the connections, and there may only be so many.
        let server = Server::start()?;
        let words = [
            "idle-client",
            client,
            &count.to_string(),
            &server.address.to_string(),
        ];
        let kib: f64 = output_of(&mut itself(words, None)?)?.trim().parse()?;
        if client == "raw" {
            raw = kib;
        }
        println!("| {client} | {about} | {kib:.2} | {:.2} |", kib - raw);
    }
    Ok(())
}

/// Prints KiB per connection.
pub(crate) fn client(name: &str, count: usize, server: SocketAddr) -> Outcome<()> {
    process::allow_many_files();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let grown = runtime.block_on(async {
        match name {
            "raw" => grown(count, async || handshake::connect(server, PATH).await).await,
            "raw:task" => grown(count, async || waiting_raw(server).await).await,
            "onesocket" => grown(count, async || open(server).await).await,
            "onesocket:recv" => grown(count, async || waiting(server).await).await,
            "onesocket:listener" => grown(count, async || listening(server).await).await,
            "tokio-websockets" => {
                grown(count, async || TokioWebSockets::open(server, PATH).await).await
            }
            "tungstenite" => grown(count, async || Tungstenite::open(server, PATH).await).await,
            _ => Err(clients::unknown(name)),
        }
    })?;
    println!("{grown}");
    Ok(())
}

/// Opens a first few, so that what is there once does not count; then the others.
async fn grown<T>(count: usize, open: impl AsyncFn() -> Outcome<T>) -> Outcome<f64> {
    let mut connections = Vec::with_capacity(count + 50);
    while connections.len() < 50 {
        connections.push(open().await?);
    }
    sleep(SETTLING).await;
    let before = anonymous_kib()?;
    while connections.len() < count + 50 {
        connections.push(open().await?);
    }
    sleep(SETTLING).await;
    Ok((anonymous_kib()? - before) / count as f64)
}

async fn waiting_raw(server: SocketAddr) -> Outcome<()> {
    let mut stream = handshake::connect(server, PATH).await?;
    tokio::spawn(async move {
        let _ = stream.read_u8().await;
    });
    Ok(())
}

async fn open(server: SocketAddr) -> Outcome<WebSocket> {
    Ok(WebSocket::connect(format!("ws://{server}{PATH}")).await?)
}

async fn waiting(server: SocketAddr) -> Outcome<()> {
    let socket = open(server).await?;
    tokio::spawn(async move {
        socket.recv().await;
    });
    Ok(())
}

async fn listening(server: SocketAddr) -> Outcome<WebSocket> {
    let socket = open(server).await?;
    socket.set_onmessage(|_, _| {});
    Ok(socket)
}

fn anonymous_kib() -> Outcome<f64> {
    let memory = fs::read_to_string("/proc/self/smaps_rollup")?;
    let line = memory
        .lines()
        .find_map(|line| line.strip_prefix("Anonymous:"));
    let kib = line
        .ok_or("no figure")?
        .trim()
        .trim_end_matches("kB")
        .trim();
    Ok(kib.parse()?)
}
