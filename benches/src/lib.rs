//! onesocket beside its peers and beside raw TCP.
//!
//! ```text
//! cargo run --release -p onesocket-bench -- [ROW…] [--rounds N] [--clients A,B]    the table
//! cargo run --release -p onesocket-bench -- latency                                 how long `send` takes beside a long queue
//! cargo run --release -p onesocket-bench -- idle [N]                                memory of idle connections
//! cargo run --release -p onesocket-bench -- instructions [ROW…] [--clients A,B]     user instructions, by valgrind
//! ```
//!
//! Every client and the server run in processes of their own: this program starts itself again.

mod clients;
mod comparison;
mod handshake;
mod idle;
mod instructions;
mod latency;
mod measure;
mod process;
mod rows;
mod server;
mod table;
mod texts;

use std::error::Error;

/// What can go wrong in a benchmark only needs to be told.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

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
                clients::measure(client, rows::find(row)?, count.parse()?, server.parse()?)?;
            println!("{sample}");
            Ok(())
        }
        ["idle-client", client, count, server] => {
            idle::client(client, count.parse()?, server.parse()?)
        }
        // What its users start.
        ["latency"] => latency::run(),
        ["idle"] => idle::run(5000),
        ["idle", count] => idle::run(count.parse()?),
        ["instructions", ref words @ ..] => instructions::run(words),
        ref words => comparison::run(words),
    }
}
