//! One open connection, with what is counted and timed on it.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use onesocket::{CloseEvent, Error, Message, ReadyState, WebSocket};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use crate::arguments::Arguments;
use crate::show::{self, Style, counted};
use crate::status;

/// How much of a file makes a message, if nothing is said.
const CHUNK: usize = 64 << 10;

/// The socket, the wishes of the user, and the account of what passed.
pub(crate) struct Session<'a> {
    pub(crate) socket: WebSocket,
    pub(crate) arguments: &'a Arguments,
    pub(crate) style: Style,
    opened: Instant,
    took: Duration,
    last_send: Cell<Instant>,
    sent: Cell<Count>,
    received: Cell<Count>,
    closed_by_us: Cell<bool>,
}

#[derive(Clone, Copy, Default)]
struct Count {
    messages: u64,
    bytes: u64,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        socket: WebSocket,
        took: Duration,
        arguments: &'a Arguments,
        style: Style,
    ) -> Self {
        let now = Instant::now();
        Session {
            socket,
            arguments,
            style,
            opened: now,
            took,
            last_send: Cell::new(now),
            sent: Cell::default(),
            received: Cell::default(),
            closed_by_us: Cell::new(false),
        }
    }

    /// Sends a message and counts it. Once the connection is closing it is neither sent nor counted, and the answer is no.
    pub(crate) fn send(&self, message: impl Into<Message>) -> bool {
        let message = message.into();
        if self.is_closing() {
            return false;
        }
        self.last_send.set(Instant::now());
        self.sent.set(self.sent.get().and(&message));
        self.socket.send(message).is_ok()
    }

    /// Sends a file as binary messages, no faster than the peer takes them; answers with its size.
    pub(crate) async fn send_file(&self, path: &Path) -> Result<u64, String> {
        let refused = |error: std::io::Error| format!("{}: {error}", path.display());
        let chunk = self.arguments.chunk.unwrap_or(CHUNK);
        let mut file = File::open(path).await.map_err(refused)?;
        let mut total = 0;
        loop {
            self.socket
                .ready()
                .await
                .map_err(|error| error.to_string())?;
            let mut part = Vec::new();
            let mut rest = (&mut file).take(chunk as u64);
            let length = rest.read_to_end(&mut part).await.map_err(refused)?;
            // An empty file is one empty message; the end of another one is none.
            if length > 0 || total == 0 {
                self.send(part);
            }
            total += length as u64;
            if length < chunk {
                return Ok(total);
            }
        }
    }

    /// Counts a received message; answers with the time since the last one was sent.
    pub(crate) fn count(&self, message: &Message) -> Duration {
        self.received.set(self.received.get().and(message));
        self.last_send.get().elapsed()
    }

    /// How many messages were received.
    pub(crate) fn received(&self) -> u64 {
        self.received.get().messages
    }

    /// Whether as many messages were received as `--count` asks for.
    pub(crate) fn is_enough(&self) -> bool {
        self.arguments
            .count
            .is_some_and(|count| self.received() >= count)
    }

    /// Closes with 1000.
    pub(crate) fn close(&self) {
        self.close_with(1000, "")
            .expect("1000 and no reason are allowed");
    }

    /// Closes as the user says; an error if that cannot be said.
    pub(crate) fn close_with(&self, code: u16, reason: &str) -> Result<(), Error> {
        let by_us = !self.is_closing();
        self.socket.close_with(code, reason)?;
        if by_us {
            self.closed_by_us.set(true);
        }
        Ok(())
    }

    /// Whether the closing has begun, from whichever side.
    pub(crate) fn is_closing(&self) -> bool {
        self.socket.ready_state() != ReadyState::Open
    }

    /// The exit status, once closed.
    pub(crate) fn status(&self, event: &CloseEvent) -> u8 {
        status::of_close(event.was_clean(), event.code(), self.closed_by_us.get())
    }
}

/// What is told of it.
impl Session<'_> {
    /// The lines about the opening.
    pub(crate) fn open_lines(&self) -> Vec<String> {
        let Arguments {
            quiet,
            verbose,
            timings,
            ..
        } = self.arguments;
        let mut lines = Vec::new();
        if *quiet && !*timings {
            return lines;
        }
        let took = if *timings {
            format!(" after {:.3?}", self.took)
        } else {
            String::new()
        };
        lines.push(format!("open{took}: {}", show::visible(self.socket.url())));
        if *verbose {
            lines.push(format!("subprotocol: {}", or_none(self.socket.protocol())));
            lines.push(format!("extensions: {}", or_none(self.socket.extensions())));
        }
        lines
    }

    /// The lines that `/status` shows.
    pub(crate) fn status_lines(&self) -> Vec<String> {
        vec![
            format!(
                "{} since {:.3?}: {}",
                self.socket.ready_state(),
                self.opened.elapsed(),
                show::visible(self.socket.url())
            ),
            format!("bufferedAmount: {}", self.socket.buffered_amount()),
            format!("subprotocol: {}", or_none(self.socket.protocol())),
            format!("extensions: {}", or_none(self.socket.extensions())),
            self.account(),
        ]
    }

    /// The lines about the end.
    pub(crate) fn closed_lines(&self, event: &CloseEvent) -> Vec<String> {
        let code = event.code();
        let reason = quoted(event.reason());
        let clean = if event.was_clean() {
            "clean"
        } else {
            "not clean"
        };
        vec![
            format!(
                "closed: {code} ({}){reason}, {clean}, after {:.3?}",
                status::code_name(code),
                self.opened.elapsed()
            ),
            self.account(),
        ]
    }

    /// Why it did not end well, for standard error; nothing if it did.
    pub(crate) fn fault(&self, event: &CloseEvent) -> Option<String> {
        match self.status(event) {
            status::CLEAN => None,
            status::PEER => Some(format!(
                "the peer closed with {} ({}){}",
                event.code(),
                status::code_name(event.code()),
                quoted(event.reason())
            )),
            _ => {
                let cause = event.cause()?;
                let told = cause.close_code().map_or_else(String::new, |code| {
                    format!("; the peer was told {code} ({})", status::code_name(code))
                });
                Some(format!("connection lost: {cause}{told}"))
            }
        }
    }

    fn account(&self) -> String {
        format!(
            "received {}, sent {}",
            self.received.get().tell(),
            self.sent.get().tell()
        )
    }
}

impl Count {
    fn and(self, message: &Message) -> Self {
        Count {
            messages: self.messages + 1,
            bytes: self.bytes + message.len() as u64,
        }
    }

    fn tell(self) -> String {
        format!(
            "{} ({})",
            counted(self.messages, "message"),
            counted(self.bytes, "byte")
        )
    }
}

/// A close reason, if there is one, with a space before it; what could draw on the terminal is escaped.
fn quoted(reason: &str) -> String {
    match reason {
        "" => String::new(),
        reason => format!(" {reason:?}"),
    }
}

fn or_none(name: &str) -> String {
    match name {
        "" => "none".to_owned(),
        name => show::visible(name),
    }
}
