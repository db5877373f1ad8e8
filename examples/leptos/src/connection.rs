//! A socket as signals: what a component shows, and the two things that it does.

use leptos::prelude::*;
use onesocket::{Error, ReadyState, WebSocket};

/// Lines that are kept.
const LONGEST: usize = 500;

/// One line of the chat.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) number: usize,
    pub(crate) author: Author,
    pub(crate) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    Me,
    Them,
    Socket,
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
                self.note(
                    socket,
                    Author::Socket,
                    format!("connected to {}", socket.url()),
                );
            })
            .on_message(move |socket, event| {
                let text = match event.text() {
                    Some(text) => text.to_owned(),
                    None => format!("{} bytes", event.message().len()),
                };
                self.note(socket, Author::Them, text);
            })
            .on_error(move |socket, event| {
                self.note(socket, Author::Socket, event.cause().to_string());
            })
            .on_close(move |socket, event| {
                self.note(
                    socket,
                    Author::Socket,
                    format!("closed with code {}", event.code()),
                );
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
            self.note(socket, Author::Me, text);
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

    fn note(self, socket: &WebSocket, author: Author, text: String) {
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
            lines.push(Line {
                number,
                author,
                text,
            });
        });
    }
}
