//! onesocket beside its peers and beside raw TCP.
//!
//! ```text
//! cargo xtask bench                                     everything, into benches/results, in an hour and a quarter
//! cargo xtask bench ROW… [--rounds N] [--clients A,B]   some rows, or all of some clients
//! cargo xtask bench --quick [--rounds N]                everything with fewer messages, and once if nothing is said
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
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::str::FromStr;

use counted::Counted;

/// What can go wrong in a benchmark only needs to be told.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Connections of the memory rows, and the most of the rows that grow, if nothing is said.
const MEMORY: usize = 5_000;
const GROWTH: usize = 10_000;
/// Rounds of it, unless fewer are asked for.
const GROWTH_ROUNDS: usize = 5;

/// What every program of this package does. What went wrong is told in words.
pub fn run() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match carry_out(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("onesocket-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(words: &[&str]) -> Outcome<()> {
    match *words {
        // What this program starts itself as.
        ["server"] => server::run(),
        ["client", client, row, count, server] => {
            let row = rows::find(row)?;
            let count = parsed(count, "a number of messages")?;
            let sample = comparison::client(client, &row, count, address(server)?)?;
            println!("{sample}");
            Ok(())
        }
        ["memory-client", client, kind, count, server] => {
            memory::client(client, kind == "tls", connections(count)?, address(server)?)
        }
        ["waiting", client, count, server] => {
            memory::waiting_client(client, connections(count)?, address(server)?)
        }
        ["many-client", client, count, server] => {
            growth::many_client(client, connections(count)?, address(server)?)
        }
        ["long-client", client, kind, server] => {
            growth::long_client(client, kind, address(server)?)
        }
        // What its users start.
        ["latency"] => latency::run(),
        ["memory"] => print(memory::run(MEMORY)),
        ["memory", count] => print(memory::run(connections(count)?)),
        ["growth"] => print(growth::run(GROWTH_ROUNDS, GROWTH)),
        ["growth", count] => print(growth::run(GROWTH_ROUNDS, connections(count)?)),
        ["sizes", ref names @ ..] => print(sizes::run(names)),
        ["page", ref words @ ..] => page::run(words),
        ["instructions", ref words @ ..] => {
            process::require(["valgrind"])?;
            print(counted::run(Counted::Instructions, words))
        }
        ["syscalls", ref words @ ..] => {
            process::require(["strace"])?;
            print(counted::run(Counted::SystemCalls, words))
        }
        ref words => comparison::run(words),
    }
}

/// What a word says, which is expected to be this.
fn parsed<T: FromStr>(word: &str, expected: &str) -> Outcome<T> {
    word.parse()
        .map_err(|_| format!("`{word}` is not {expected}").into())
}

/// How many of these a word asks for: of none there would be no figures.
fn at_least_one(word: &str, what: &str) -> Outcome<usize> {
    let count: NonZeroUsize = parsed(word, &format!("a number of {what}, 1 or more"))?;
    Ok(count.get())
}

fn connections(word: &str) -> Outcome<usize> {
    at_least_one(word, "connections")
}

fn address(word: &str) -> Outcome<SocketAddr> {
    parsed(word, "the address of a server, such as 127.0.0.1:9001")
}

fn print(section: Outcome<String>) -> Outcome<()> {
    println!("{}", section?);
    Ok(())
}
