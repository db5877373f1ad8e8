//! How cost grows with the work: with the size of a message, and with the number of connections.

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::try_join_all;
use tokio::task::LocalSet;

use crate::clients::{self, Client, ONESOCKET, RAW, Visitor};
use crate::comparison::measure;
use crate::measure::{Spread, Stopwatch};
use crate::memory::anonymous_kib;
use crate::process::{self, Program, Server, output_of, program};
use crate::rows::{Row, find};
use crate::task::there_and_back;
use crate::{Outcome, table};

/// Beside the crate: the limit, and a peer of each kind.
const CLIENTS: [&str; 4] = [RAW, ONESOCKET, "tokio-websockets", "tungstenite"];

/// The size of a message that goes there and back on each connection.
const SIZE: usize = 64;

/// Messages of one measurement with many connections, at least one on each.
const MESSAGES: usize = 100_000;

/// Messages on a connection that are received one after the other and dropped.
const LONG: usize = 16 << 20;

/// The section of the report.
pub(crate) fn run(rounds: usize, most_connections: usize) -> Outcome<String> {
    let mut text = String::new();
    for (kind, about) in [("rx", "receive"), ("tx", "send and flush")] {
        writeln!(text, "CPU time per byte, ns: {about}\n")?;
        write_sizes(&mut text, kind, rounds)?;
        text += "\n";
    }
    text += "64 B there and back on many connections of one process, all at once; latency of one message among them\n\n";
    text += "| connections | client | messages per second | CPU per message | p50 | p99 |\n|--:|---|--:|--:|--:|--:|\n";
    for connections in [1, 10, 100, 1_000, 10_000] {
        if connections > most_connections {
            break;
        }
        for client in CLIENTS {
            let server = Server::start()?;
            let words = [
                "many-client",
                client,
                &connections.to_string(),
                &server.address.to_string(),
            ];
            let cells = output_of(&mut program(Program::Main, words, Some(1))?)?;
            writeln!(text, "| {connections} | {client} | {} |", cells.trim())?;
        }
        eprintln!("{connections} connections");
    }
    text +=
        "\nAnonymous resident memory while messages of 16 MiB are received one after the other\n\n";
    text += "| client | MiB |\n|---|--:|\n";
    for client in CLIENTS {
        let server = Server::start()?;
        let words = ["long-client", client, &server.address.to_string()];
        let mib = output_of(&mut program(Program::Main, words, Some(1))?)?;
        writeln!(text, "| {client} | {} |", mib.trim())?;
    }
    Ok(text)
}

fn write_sizes(text: &mut String, kind: &str, rounds: usize) -> Outcome<()> {
    let sizes: Vec<usize> = (2..=12).map(|power| 1 << (2 * power)).collect();
    let server = Server::start()?;
    write!(text, "| client |")?;
    for size in &sizes {
        write!(text, " {} |", table::size(*size))?;
    }
    writeln!(text, "\n|---|{}", "--:|".repeat(sizes.len()))?;
    for client in CLIENTS {
        write!(text, "| {client} |")?;
        for size in &sizes {
            let row = find(&format!("{kind}@{size}"))?;
            let samples: Outcome<Vec<f64>> = (0..rounds)
                .map(|_| Ok(measure(client, &row, &server)?.cpu))
                .collect();
            let median = Spread::of(samples?).ok_or("no rounds")?.median;
            write!(text, " {:.3} |", median / *size as f64)?;
        }
        text.push('\n');
    }
    eprintln!("{kind} by size");
    Ok(())
}

/// Prints cells of the table: there and back on so many connections at once.
pub(crate) fn many_client(name: &str, connections: usize, server: SocketAddr) -> Outcome<()> {
    process::allow_many_files();
    let mut row = find("conn")?;
    row.size = SIZE;
    let many = Many {
        row,
        connections,
        server,
    };
    println!("{}", clients::visit(name, &row, server, many)?);
    Ok(())
}

struct Many {
    row: Row,
    connections: usize,
    server: SocketAddr,
}

impl Visitor for Many {
    type Output = String;

    async fn visit<C: Client>(self) -> Outcome<String> {
        let payload = Bytes::from(vec![b'x'; SIZE]);
        let mut clients = Vec::new();
        for _ in 0..self.connections {
            let mut client = C::connect(self.server, &self.row).await?;
            there_and_back(&mut client, &payload).await?;
            clients.push(client);
        }
        let each = MESSAGES.div_ceil(self.connections);
        let (stopwatch, start) = (Stopwatch::start(), Instant::now());
        // A task each, as a program with many connections has it: one for all would use up its turn on the first hundred.
        let local = LocalSet::new();
        let tasks: Vec<_> = clients
            .into_iter()
            .map(|mut client| {
                let payload = payload.clone();
                local.spawn_local(async move {
                    let mut times = Vec::with_capacity(each);
                    for _ in 0..each {
                        let start = Instant::now();
                        there_and_back(&mut client, &payload).await?;
                        times.push(start.elapsed());
                    }
                    Ok::<_, Box<dyn std::error::Error + Send + Sync>>(times)
                })
            })
            .collect();
        let times = local.run_until(try_join_all(tasks)).await?;
        let times: Outcome<Vec<_>> = times.into_iter().collect();
        let count = each * self.connections;
        let per_second = count as f64 / start.elapsed().as_secs_f64();
        let sample = stopwatch.per_message(count as u64);
        let mut times: Vec<Duration> = times?.into_iter().flatten().collect();
        times.sort();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        Ok(format!(
            "{per_second:.0} | {} | {:.1?} | {:.1?}",
            table::time(sample.cpu),
            at(0.5),
            at(0.99)
        ))
    }
}

/// Prints the most MiB that there were after any of a few long messages.
pub(crate) fn long_client(name: &str, server: SocketAddr) -> Outcome<()> {
    let row = find(&format!("rx@{LONG}"))?;
    println!(
        "{:.1}",
        clients::visit(name, &row, server, Long { row, server })?
    );
    Ok(())
}

struct Long {
    row: Row,
    server: SocketAddr,
}

impl Visitor for Long {
    type Output = f64;

    async fn visit<C: Client>(self) -> Outcome<f64> {
        let mut client = C::connect(self.server, &self.row).await?;
        let before = anonymous_kib()?;
        let mut most = before;
        for _ in 0..20 {
            client.receive().await?;
            most = anonymous_kib()?.max(most);
        }
        Ok((most - before) / 1024.0)
    }
}
