//! `peer-server [PORT [FOLDER]]`: prints the URL of a [`Server`], which also serves the files of the folder if one is named,
//! and serves until its standard input is closed.

use std::io::{self, Write};
use std::process::ExitCode;

use onesocket_test_support::Server;

fn main() -> io::Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let port = match arguments.next().map(|port| port.parse()) {
        None => 0,
        Some(Ok(port)) => port,
        Some(Err(error)) => {
            eprintln!("usage: peer-server [PORT [FOLDER]]\nPORT: {error}");
            return Ok(ExitCode::from(2));
        }
    };
    let server = match arguments.next() {
        None => Server::start_on(port),
        Some(folder) => match Server::start_with_site(port, folder) {
            Ok(server) => server,
            Err(error) => {
                eprintln!("{error}");
                return Ok(ExitCode::FAILURE);
            }
        },
    };
    println!("{}", server.url(""));
    io::stdout().flush()?;

    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(ExitCode::SUCCESS)
}
