//! How long `send` holds up its caller while another handle's long queue drains.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use onesocket::WebSocket;
use tokio::runtime::Builder;

use crate::Outcome;
use crate::process::Server;

/// What the other handle sends: 64 MiB.
const QUEUED: usize = 64;
const QUEUED_SIZE: usize = 1 << 20;

const ROUNDS: usize = 5;

/// Between two calls.
const PAUSE: Duration = Duration::from_micros(20);

pub(crate) fn run() -> Outcome<()> {
    let server = Server::start()?;
    let url = format!("ws://{}/sink", server.address);
    println!("`send` of 64 B on a thread of its own while {QUEUED} MiB drain\n");
    println!("| round | calls | p50 | p99 | max | drained in |");
    println!("|--:|--:|--:|--:|--:|--:|");
    for round in 1..=ROUNDS {
        print_round(round, &url)?;
    }
    Ok(())
}

fn print_round(round: usize, url: &str) -> Outcome<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let socket = runtime.block_on(WebSocket::connect(url))?;
    // The queue is there before the first call, and nobody drains it before that.
    let queued = Arc::new(Barrier::new(2));
    let sender = thread::spawn({
        let (socket, queued) = (socket.clone(), queued.clone());
        move || {
            queued.wait();
            call_until_drained(&socket)
        }
    });
    let start = Instant::now();
    let drained = runtime.block_on(async {
        let sent = (0..QUEUED).try_for_each(|_| socket.send(vec![0; QUEUED_SIZE]));
        queued.wait();
        sent?;
        socket.flush().await?;
        Ok::<_, onesocket::Error>(start.elapsed())
    })?;
    let mut calls = sender.join().map_err(|_| "the sender panicked")?;
    if calls.is_empty() {
        return Err("the queue had drained before the first call".into());
    }
    calls.sort();
    let at = |share: f64| calls[((calls.len() - 1) as f64 * share) as usize];
    println!(
        "| {round} | {} | {:.1?} | {:.1?} | {:.1?} | {drained:.1?} |",
        calls.len(),
        at(0.5),
        at(0.99),
        at(1.0),
    );
    Ok(())
}

fn call_until_drained(socket: &WebSocket) -> Vec<Duration> {
    let mut calls = Vec::new();
    while socket.buffered_amount() > QUEUED_SIZE {
        let start = Instant::now();
        let sent = socket.send([0; 64]);
        calls.push(start.elapsed());
        if sent.is_err() {
            break;
        }
        while start.elapsed() < PAUSE {
            std::hint::spin_loop();
        }
    }
    calls
}
