//! onesocket beside its peers and beside raw TCP.
//!
//! ```text
//! cargo xtask bench                                     everything, into benches/results, in an hour and a quarter
//! cargo xtask bench ROW… [--rounds N] [--clients A,B]   some rows, or all of some clients
//! cargo xtask bench --quick                             everything, once and with fewer messages
//! cargo xtask bench instructions|syscalls [ROW…]        what is counted and not timed
//! cargo xtask bench memory [N] | growth [N] | latency   of N connections; how long `send` takes beside a long queue
//! cargo xtask bench sizes                               crates, build time and binary of a minimal client
//! cargo xtask bench page [BROWSER…] [ROW…] [--rounds N] the same comparison in a page of a browser, with other peers
//! ```
//!
//! Every client and the server run in processes of their own: this program starts itself again.

mod clients;
mod comparison;
mod counted;
mod growth;
mod handshake;
mod latency;
mod measure;
mod memory;
mod page;
mod place;
mod plot;
mod process;
mod readme;
mod report;
mod rows;
mod server;
mod sizes;
mod stream;
mod table;
mod task;
mod texts;

use std::error::Error;

use counted::Counted;

/// What can go wrong in a benchmark only needs to be told.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Connections of the memory rows, and the most of the rows that grow, if nothing is said.
const MEMORY: usize = 5_000;
const GROWTH: usize = 10_000;
/// Rounds of it, unless fewer are asked for.
const GROWTH_ROUNDS: usize = 5;

/// What every program of this package does.
///
/// # Errors
///
/// What could not be measured, in words.
pub fn run() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        // What this program starts itself as.
        ["server"] => server::run(),
        ["client", client, row, count, server] => {
            let sample =
                comparison::client(client, &rows::find(row)?, count.parse()?, server.parse()?)?;
            println!("{sample}");
            Ok(())
        }
        ["memory-client", client, kind, count, server] => {
            memory::client(client, kind == "tls", count.parse()?, server.parse()?)
        }
        ["waiting", client, count, server] => {
            memory::waiting_client(client, count.parse()?, server.parse()?)
        }
        ["many-client", client, count, server] => {
            growth::many_client(client, count.parse()?, server.parse()?)
        }
        ["long-client", client, server] => growth::long_client(client, server.parse()?),
        // What its users start.
        ["latency"] => latency::run(),
        ["memory"] => print(memory::run(MEMORY)),
        ["memory", count] => print(memory::run(count.parse()?)),
        ["growth"] => print(growth::run(GROWTH_ROUNDS, GROWTH)),
        ["growth", count] => print(growth::run(GROWTH_ROUNDS, count.parse()?)),
        ["sizes", ref names @ ..] => print(sizes::run(names)),
        ["page", ref words @ ..] => page::run(words),
        ["instructions", ref words @ ..] => print(counted::run(Counted::Instructions, words)),
        ["syscalls", ref words @ ..] => print(counted::run(Counted::SystemCalls, words)),
        ref words => comparison::run(words),
    }
}

fn print(section: Outcome<String>) -> Outcome<()> {
    println!("{}", section?);
    Ok(())
}
