//! A server as a process.
//!
//! Each program below `servers/` keeps to the same contract. For each of its arguments, which are settings of
//! permessage-deflate, it listens on a port of its own and prints `PORT n`, in their order. It ends when its input does. Then
//!
//! - `/` is a WebSocket that sends every message back, of several subprotocols takes `chat`, and obeys texts that begin with `!`:
//!   `!ping DATA` sends a ping, and when the pong comes the text `pong DATA`; `!close CODE REASON` closes, without arguments as
//!   the library does by itself; `!fragments A B C` sends these words as the fragments of one message, where the library can;
//! - `/refuse/STATUS` answers with that status, the field `X-Why: a test` and the body `refused with STATUS`, where it can;
//! - when a connection is closed, it prints `CLOSED CODE REASON`, as it has heard them.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

/// How long a server may take to tell something; only for one that hangs.
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) struct Server {
    /// One for each of the settings.
    pub(crate) ports: Vec<u16>,
    lines: UnboundedReceiver<String>,
    process: Child,
}

impl Server {
    /// Starts the program, and returns when it listens on all its ports.
    pub(crate) async fn start(
        mut command: Command,
        settings: &[String],
        log: &Path,
    ) -> Result<Self, String> {
        let log = File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
        let mut process = command
            .args(settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("the server cannot be started: {error}"))?;
        let stdout = process.stdout.take().expect("the output is piped");
        let (sender, lines) = unbounded_channel();
        thread::spawn(move || {
            let lines = BufReader::new(stdout).lines();
            for line in lines.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut server = Server {
            ports: Vec::new(),
            lines,
            process,
        };
        for _ in settings {
            let line = server.next_line().await?;
            let port = line
                .strip_prefix("PORT ")
                .and_then(|port| port.parse().ok());
            let port = port.ok_or_else(|| format!("the server says {line:?}, not its port"))?;
            server.ports.push(port);
        }
        Ok(server)
    }

    /// Waits until the server has told how a connection was closed; others may have ended before.
    pub(crate) async fn tells_of_close(&mut self, code: u16, reason: &str) -> Result<(), String> {
        let wanted = format!("CLOSED {code} {reason}");
        let mut others = Vec::new();
        loop {
            let line = self.next_line().await;
            let line = line.map_err(|error| {
                format!("the server does not tell {wanted:?}, but {others:?}: {error}")
            })?;
            if line.trim_end() == wanted.trim_end() {
                return Ok(());
            }
            others.push(line);
        }
    }

    async fn next_line(&mut self) -> Result<String, String> {
        match timeout(LIMIT, self.lines.recv()).await {
            Ok(Some(line)) => Ok(line),
            Ok(None) => Err("it has ended".to_owned()),
            Err(_) => Err(format!("nothing more within {} s", LIMIT.as_secs())),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only for a process that has ended and been waited for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
