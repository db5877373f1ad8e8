//! How cost grows with the work: with the size of a message, and with the number of connections.

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::try_join_all;
use tokio::task::LocalSet;

use crate::clients::{self, Client, ONESOCKET, RAW, Visitor};
use crate::comparison::{Choice, Results, order};
use crate::measure::{Sample, Spread, Stopwatch};
use crate::memory::most_kib;
use crate::process::{self, Program, output_beside_server};
use crate::rows::{Row, Task, find};
use crate::task::there_and_back;
use crate::{Outcome, table};

/// Beside the crate: the limit, and a peer of each kind.
const CLIENTS: [&str; 4] = [RAW, ONESOCKET, "tokio-websockets", "tungstenite"];

/// The size of a message that goes there and back on each connection.
const SIZE: usize = 64;

/// Messages of one measurement with few connections, and those on each of many.
const MESSAGES: usize = 20_000;
const ON_EACH: usize = 10;

/// Messages on a connection that are received or sent one after the other.
const LONG: usize = 16 << 20;

/// The section of the report.
pub(crate) fn run(rounds: usize, most_connections: usize) -> Outcome<String> {
    let mut text = String::new();
    for (kind, about) in [("rx", "receive"), ("tx", "send and flush")] {
        writeln!(
            text,
            "CPU time per byte, ns, medians of {rounds} rounds: {about}\n"
        )?;
        write_sizes(&mut text, kind, rounds)?;
        text += "\n";
    }
    writeln!(
        text,
        "64 B there and back on many connections of one process, all at once; latency of one message among them; medians of {rounds} rounds\n"
    )?;
    writeln!(
        text,
        "| connections | client | messages per second | CPU per message | {ONESOCKET} / it | p50 | p99 |\n|--:|---|--:|--:|--:|--:|--:|"
    )?;
    for connections in [1, 10, 100, 1_000, 10_000] {
        if connections > most_connections {
            break;
        }
        write_connections(&mut text, connections, rounds)?;
        eprintln!("{connections} connections");
    }
    text += "\nThe most resident memory, MiB, while messages of 16 MiB are received or sent one after the other\n\n";
    text += "| client | receiving | sending |\n|---|--:|--:|\n";
    for client in CLIENTS {
        let [receiving, sending] = ["rx", "tx"].map(|kind| {
            output_beside_server(Program::Main, ["long-client", client, kind], Some(1))
        });
        writeln!(text, "| {client} | {} | {} |", receiving?, sending?)?;
    }
    Ok(text)
}

fn write_sizes(text: &mut String, kind: &str, rounds: usize) -> Outcome<()> {
    let sizes: Vec<usize> = (2..=12).map(|power| 1 << (2 * power)).collect();
    let rows: Outcome<Vec<Row>> = sizes
        .iter()
        .map(|size| find(&format!("{kind}@{size}")))
        .collect();
    let choice = Choice {
        rows: rows?,
        clients: CLIENTS.to_vec(),
        rounds,
        quick: false,
    };
    eprintln!("{kind} by size");
    let results = choice.measure()?;
    write!(text, "| client |")?;
    for size in &sizes {
        write!(text, " {} |", table::size(*size))?;
    }
    writeln!(text, "\n|---|{}", "--:|".repeat(sizes.len()))?;
    for client in CLIENTS {
        write!(text, "| {client} |")?;
        for (size, results) in sizes.iter().zip(&results) {
            let median = results.cpu(client).ok_or("no rounds")?;
            write!(text, " {:.3} |", median / *size as f64)?;
        }
        text.push('\n');
    }
    Ok(())
}

fn write_connections(text: &mut String, connections: usize, rounds: usize) -> Outcome<()> {
    let mut results = Results {
        row: find("conn")?,
        clients: CLIENTS.map(|client| (client, Vec::new())).into(),
    };
    let mut latencies = CLIENTS.map(|_| Vec::new());
    for round in 0..rounds {
        for place in order(CLIENTS.len(), round) {
            let (latency, sample) = many(CLIENTS[place], connections)?;
            latencies[place].push(latency);
            results.clients[place].1.push(Some(sample));
        }
    }
    for (client, latencies) in CLIENTS.into_iter().zip(latencies) {
        let median = |which: usize| {
            let latencies = latencies.iter().map(|latency| latency[which]);
            Some(Spread::of(latencies)?.median)
        };
        let wall = results.of(client, |sample| sample.wall);
        let (Some(wall), Some(cpu), Some(p50), Some(p99)) =
            (wall, results.cpu(client), median(0), median(1))
        else {
            return Err("no rounds".into());
        };
        text.push_str(&table::line(&[
            connections.to_string(),
            client.to_owned(),
            format!("{:.0}", 1e9 / wall.median),
            table::time(cpu),
            table::ratio(results.ratio(ONESOCKET, client)),
            table::time(p50),
            table::time(p99),
        ]));
    }
    Ok(())
}

/// What one process with many connections measures: the latencies of the median and of the 99th percentile in nanoseconds, and
/// the sample.
fn many(client: &str, connections: usize) -> Outcome<([f64; 2], Sample)> {
    let words = ["many-client", client, &connections.to_string()];
    let output = output_beside_server(Program::Main, words, Some(1))?;
    let [p50, p99, sample] = output.splitn(3, ' ').collect::<Vec<_>>()[..] else {
        return Err(format!("no figures: {output}").into());
    };
    Ok(([p50.parse()?, p99.parse()?], sample.parse()?))
}

/// Prints what it measured: there and back on so many connections at once.
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
        let each = MESSAGES.div_ceil(self.connections).max(ON_EACH);
        let stopwatch = Stopwatch::start();
        // A task each, as a program with many connections has it: one for all would use up its turn on the first hundred.
        // It gives its client back, as a close is not what is measured.
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
                    Ok::<_, Box<dyn std::error::Error + Send + Sync>>((times, client))
                })
            })
            .collect();
        let ended = local.run_until(try_join_all(tasks)).await?;
        let sample = stopwatch.per_message((each * self.connections) as u64);
        let ended: Outcome<Vec<(Vec<Duration>, C)>> = ended.into_iter().collect();
        let (times, _clients): (Vec<_>, Vec<_>) = ended?.into_iter().unzip();
        let mut times: Vec<Duration> = times.into_iter().flatten().collect();
        times.sort();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_nanos();
        Ok(format!("{} {} {sample}", at(0.5), at(0.99)))
    }
}

/// Prints by how many MiB the most memory grew with a few long messages.
pub(crate) fn long_client(name: &str, kind: &str, server: SocketAddr) -> Outcome<()> {
    let row = find(&format!("{kind}@{LONG}"))?;
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
        let payload = Bytes::from(vec![b'x'; LONG]);
        let mut client = C::connect(self.server, &self.row).await?;
        let before = most_kib()?;
        for _ in 0..20 {
            if let Task::Feed { .. } = self.row.task {
                client.feed(&payload).await?;
                client.flush().await?;
            } else {
                client.receive().await?;
            }
        }
        Ok((most_kib()? - before) / 1024.0)
    }
}
