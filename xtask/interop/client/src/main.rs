//! Holds onesocket against the servers that people run; `cargo xtask interop` installs these and starts this.
//!
//! usage: onesocket-interop-client SERVERS LOGS PYTHON NODE BUN MODULES [NAME...]
//!
//! SERVERS is the folder of the programs, LOGS the one for what they print, MODULES what npm has installed. With NAMEs, only
//! the servers of these names.

mod checks;
mod negotiations;
mod peers;
mod relay;
mod server;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use tokio::time::timeout;

use checks::Checked;
use peers::{PEERS, Peer, Runner};
use server::Server;

/// What a group of checks may take; only for what hangs.
const LIMIT: Duration = Duration::from_secs(60);

struct Place {
    servers: PathBuf,
    logs: PathBuf,
    python: PathBuf,
    node: PathBuf,
    bun: PathBuf,
    modules: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let mut next = || {
        arguments
            .next()
            .expect("six paths, see the top of this file")
    };
    let place = Place {
        servers: next(),
        logs: next(),
        python: next(),
        node: next(),
        bun: next(),
        modules: next(),
    };
    let names: Vec<_> = arguments.map(|name| name.display().to_string()).collect();
    if let Some(unknown) = names
        .iter()
        .find(|name| !PEERS.iter().any(|peer| peer.name == **name))
    {
        let known = PEERS.map(|peer| peer.name).join(", ");
        eprintln!("there is no server {unknown}; there are: {known}");
        return ExitCode::FAILURE;
    }
    let mut failed = Vec::new();
    for peer in &PEERS {
        if !names.is_empty() && !names.iter().any(|name| name == peer.name) {
            continue;
        }
        let log = place.logs.join(format!("{}.log", peer.name));
        if let Err(error) = hold_against(peer, &place, &log).await {
            println!("{error}\nthe server's log, {}:", log.display());
            println!("{}", fs::read_to_string(&log).unwrap_or_default());
            failed.push(peer.name);
        }
    }
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("not as it should be with: {}", failed.join(", "));
    ExitCode::FAILURE
}

/// Runs all groups of checks against one server, and prints a line for each.
async fn hold_against(peer: &Peer, place: &Place, log: &Path) -> Result<(), String> {
    let mut settings = checks::settings(peer);
    let certificate = match peer.tls {
        false => None,
        true => Some(certificate(&place.logs)?),
    };
    if certificate.is_some() {
        let file = |name: &str| place.logs.join(name).display().to_string();
        settings.push(format!(
            "certificate={}; key={}",
            file("certificate.pem"),
            file("key.pem")
        ));
    }
    let started = Server::start(place.command(peer), &settings, log);
    let mut server = within(started).await?;
    let port = server.ports[0];

    let mut groups = Groups {
        peer: peer.name,
        failed: 0,
    };
    groups.told("echo", within(checks::echo(port)).await);
    if peer.fragments {
        groups.told("fragments", within(checks::fragments(port)).await);
    }
    groups.told("ping", within(checks::ping(port)).await);
    groups.told(
        "subprotocols",
        within(checks::subprotocols(peer, port)).await,
    );
    groups.told("refusals", within(checks::refusals(peer, port)).await);
    groups.told(
        "closing by us",
        within(checks::closing_by_us(peer, &mut server)).await,
    );
    groups.told(
        "closing by it",
        within(checks::closing_by_the_server(peer, port)).await,
    );
    groups.told(
        "compression",
        within(checks::compression(peer, &server)).await,
    );
    if let Some(certificate) = certificate {
        let port = server.ports.last().copied().unwrap_or_default();
        groups.told("tls", within(checks::tls(port, &certificate)).await);
    }
    match groups.failed {
        0 => Ok(()),
        failed => Err(format!("{}: {failed} groups of checks failed", peer.name)),
    }
}

struct Groups {
    peer: &'static str,
    failed: usize,
}

impl Groups {
    fn told(&mut self, group: &str, outcome: Checked) {
        let (word, what) = match outcome {
            Ok(what) => ("ok", what),
            Err(error) => {
                self.failed += 1;
                ("FAILED", error)
            }
        };
        println!("{:<12}{group:<16}{word:<8}{what}", self.peer);
    }
}

impl Place {
    fn command(&self, peer: &Peer) -> Command {
        let mut command = Command::new(match peer.runner {
            Runner::Bun => &self.bun,
            Runner::Node => &self.node,
            Runner::Python => &self.python,
        });
        command
            .arg(self.servers.join(peer.program))
            .env("NODE_PATH", &self.modules);
        command
    }
}

async fn within<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let limit = || Err(format!("it did not end within {} s", LIMIT.as_secs()));
    timeout(LIMIT, work).await.unwrap_or_else(|_| limit())
}

/// Leaves a certificate for `localhost` that is its own issuer in the folder, with its key.
fn certificate(folder: &Path) -> Result<String, String> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
    let made = made.map_err(|error| format!("the certificate: {error}"))?;
    for (name, text) in [
        ("certificate.pem", made.cert.pem()),
        ("key.pem", made.signing_key.serialize_pem()),
    ] {
        let file = folder.join(name);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(made.cert.pem())
}
