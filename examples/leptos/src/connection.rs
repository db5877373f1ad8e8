//! A socket as signals: what a component shows, and the two things that it does.

use leptos::prelude::*;
use onesocket::{CloseEvent, Error, ReadyState, WebSocket};

/// Lines that are kept.
const LONGEST: usize = 500;

/// One line of the chat.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) number: usize,
    pub(crate) kind: Kind,
    pub(crate) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Mine,
    Theirs,
    Event,
    Failure,
}

/// A connection that belongs to the component that makes it: when that goes, the socket is dropped, and so closed.
#[derive(Clone, Copy)]
pub(crate) struct Connection {
    /// `None` before the first connection.
    pub(crate) state: RwSignal<Option<ReadyState>>,
    pub(crate) lines: RwSignal<Vec<Line>>,
    /// A browser's objects stay on their thread, and so does the socket.
    socket: StoredValue<Option<WebSocket>, LocalStorage>,
    written: StoredValue<usize>,
}

impl Connection {
    pub(crate) fn new() -> Self {
        Connection {
            state: RwSignal::new(None),
            lines: RwSignal::new(Vec::new()),
            socket: StoredValue::new_local(None),
            written: StoredValue::new(0),
        }
    }

    /// Connects; the socket that was there before is closed.
    pub(crate) fn connect(self, url: &str) -> Result<(), Error> {
        let socket = WebSocket::builder(url)
            .on_open(move |socket, _| {
                self.note(socket, Kind::Event, format!("joined {}", socket.url()));
            })
            .on_message(move |socket, event| {
                let text = match event.text() {
                    Some(text) => text.to_owned(),
                    None => format!("{} bytes", event.message().len()),
                };
                self.note(socket, Kind::Theirs, text);
            })
            // It comes after every error, and knows its cause too.
            .on_close(move |socket, event| match event.cause() {
                Some(cause) => {
                    self.note(socket, Kind::Failure, format!("{}: {cause}", socket.url()));
                }
                None => self.note(socket, Kind::Event, farewell(event)),
            })
            .open()?;
        self.state.set(Some(socket.ready_state()));
        self.socket.set_value(Some(socket));
        Ok(())
    }

    /// Sends a line, and shows it.
    pub(crate) fn send(self, text: String) -> Result<(), Error> {
        self.socket.with_value(|socket| {
            let Some(socket) = socket else { return Ok(()) };
            socket.send(&text)?;
            self.note(socket, Kind::Mine, text);
            Ok(())
        })
    }

    /// Closes; the close event follows.
    pub(crate) fn close(self) {
        self.socket.with_value(|socket| {
            if let Some(socket) = socket {
                socket.close();
                self.state.set(Some(socket.ready_state()));
            }
        });
    }

    fn note(self, socket: &WebSocket, kind: Kind, text: String) {
        // An event may come when the component is gone.
        let _ = self.state.try_set(Some(socket.ready_state()));
        let number = self.written.try_update_value(|written| {
            *written += 1;
            *written
        });
        let Some(number) = number else { return };
        self.lines.try_update(|lines| {
            if lines.len() == LONGEST {
                lines.remove(0);
            }
            lines.push(Line { number, kind, text });
        });
    }
}

fn farewell(event: &CloseEvent) -> String {
    match (event.code(), event.reason()) {
        // The web's word for a Close without a code.
        (1005, _) => "closed".to_owned(),
        (code, "") => format!("closed with code {code}"),
        (code, reason) => format!("closed with code {code}: {reason}"),
    }
}
