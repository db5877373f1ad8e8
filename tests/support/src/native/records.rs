//! What was seen of the connections that have an `id`, and the waiting for it and with it.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::frame::Frame;
use super::handshake::RequestHead;
use crate::seen::{End, Seen, SeenFrame};

/// How many of a payload's first bytes are kept: all that a control frame can have.
const KEPT_BYTES: usize = 125;

/// The records of all connections of one server, by id.
#[derive(Debug, Default)]
pub(crate) struct Records {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    entries: HashMap<String, Entry>,
    stopping: bool,
}

#[derive(Debug, Default)]
struct Entry {
    seen: Seen,
    allowance: u64,
}

/// Where one connection writes what it sees; nowhere, if it has no id.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    records: Arc<Records>,
    id: Option<String>,
}

impl Records {
    /// The record of a connection that starts now. A second connection of the same id starts it anew, but keeps the allowance.
    pub(crate) fn start(self: &Arc<Self>, id: Option<String>, head: &RequestHead) -> Record {
        let record = Record {
            records: Arc::clone(self),
            id,
        };
        let text = String::from_utf8_lossy(&head.raw);
        record.note(|seen| {
            *seen = Seen {
                head: text.trim_end().lines().map(str::to_owned).collect(),
                ..Seen::default()
            };
        });
        record
    }

    /// What has been seen up to now.
    pub(crate) fn now(&self, id: &str) -> Seen {
        let state = self.lock();
        let entry = state.entries.get(id);
        entry.map(|entry| entry.seen.clone()).unwrap_or_default()
    }

    /// The same once it pleases; `None` if the server stops before.
    pub(crate) fn wait(&self, id: &str, mut pleases: impl FnMut(&Seen) -> bool) -> Option<Seen> {
        let mut state = self.lock();
        while !state.stopping {
            if let Some(entry) = state.entries.get(id).filter(|entry| pleases(&entry.seen)) {
                return Some(entry.seen.clone());
            }
            state = self.wait_for_change(state);
        }
        None
    }

    /// Lets the connection of this id go on so many times more, before it starts or later.
    pub(crate) fn go(&self, id: &str, times: u64) {
        let mut state = self.lock();
        let entry = state.entries.entry(id.to_owned()).or_default();
        entry.allowance = entry.allowance.saturating_add(times);
        self.changed.notify_all();
    }

    /// Wakes all who wait.
    pub(crate) fn stop(&self) {
        self.lock().stopping = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for_change<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    /// The record that keeps nothing.
    pub(crate) fn none(records: &Arc<Records>) -> Record {
        Record {
            records: Arc::clone(records),
            id: None,
        }
    }

    pub(crate) fn note_frame(&self, frame: &Frame) {
        self.note(|seen| {
            seen.frames.push(SeenFrame {
                fin: frame.fin,
                rsv: frame.rsv,
                opcode: frame.opcode,
                length: frame.payload.len(),
                head: frame.payload[..frame.payload.len().min(KEPT_BYTES)].to_vec(),
            });
        });
    }

    pub(crate) fn note_written(&self, bytes: usize) {
        self.note(|seen| seen.written += bytes as u64);
    }

    /// Only the first breach counts: the others follow from it.
    pub(crate) fn note_breach(&self, breach: &io::Error) {
        self.note(|seen| {
            seen.breach.get_or_insert_with(|| breach.to_string());
        });
    }

    pub(crate) fn note_end(&self, end: End) {
        self.note(|seen| seen.end = Some(end));
    }

    /// Whether somebody has said go, once more than this has been asked.
    pub(crate) fn may_go(&self) -> bool {
        self.take_go(&mut self.records.lock())
    }

    /// Waits until somebody says go; an error if the server stops before.
    pub(crate) fn wait_for_go(&self) -> io::Result<()> {
        let mut state = self.records.lock();
        while !state.stopping {
            if self.take_go(&mut state) {
                return Ok(());
            }
            state = self.records.wait_for_change(state);
        }
        Err(io::Error::new(
            io::ErrorKind::ConnectionAborted,
            "the server stops",
        ))
    }

    fn take_go(&self, state: &mut State) -> bool {
        let id = self.id.as_deref().unwrap_or_default();
        match state.entries.get_mut(id) {
            Some(entry) if entry.allowance > 0 => {
                if entry.allowance < u64::MAX {
                    entry.allowance -= 1;
                }
                true
            }
            _ => false,
        }
    }

    fn note(&self, change: impl FnOnce(&mut Seen)) {
        if let Some(id) = &self.id {
            let mut state = self.records.lock();
            change(&mut state.entries.entry(id.clone()).or_default().seen);
            self.records.changed.notify_all();
        }
    }
}
