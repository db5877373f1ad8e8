//! `peer-server [PORT]`: prints the URL of a [`Server`] and serves until its standard input is closed.

use std::io::{self, Write};
use std::process::ExitCode;

use onesocket_test_support::Server;

fn main() -> io::Result<ExitCode> {
    let port = match std::env::args().nth(1).map(|port| port.parse()) {
        None => 0,
        Some(Ok(port)) => port,
        Some(Err(error)) => {
            eprintln!("usage: peer-server [PORT]\nPORT: {error}");
            return Ok(ExitCode::from(2));
        }
    };
    let server = Server::start_on(port);
    println!("{}", server.url(""));
    io::stdout().flush()?;

    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(ExitCode::SUCCESS)
}
