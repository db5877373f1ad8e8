//! The client under test: what an application sees of one connection, from its start to its end.

use std::sync::{Arc, Mutex};

use futures_util::stream::FusedStream;
use futures_util::{SinkExt, StreamExt};
use onesocket::{Builder, CloseEvent, Error, Message, Stage, WebSocket};
use tokio::sync::mpsc;

/// How the application takes its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Listeners,
    Readers,
    /// It reads a `Stream`, and answers through a `Sink`.
    Stream,
    /// It reads only when all is over.
    Nobody,
}

pub(crate) const MODES: [Mode; 4] = [Mode::Listeners, Mode::Readers, Mode::Stream, Mode::Nobody];

/// What an application answers each message with.
pub(crate) const ANSWER: &str = "answer";

/// Everything that the application saw.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The events and the state in each, but for messages.
    pub(crate) events: Vec<String>,
    pub(crate) messages: Vec<String>,
    pub(crate) close: CloseEvent,
    /// What readers were told at the end.
    pub(crate) told: Vec<Error>,
    pub(crate) buffered: usize,
}

/// What a failure has to look like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure<'a> {
    pub(crate) stage: Stage,
    /// Of the Close frame that the peer was sent.
    pub(crate) close_code: Option<u16>,
    /// What the error says, among other things.
    pub(crate) text: &'a str,
}

/// Lives through one connection, and answers each message.
pub(crate) async fn live(builder: Builder, mode: Mode) -> Seen {
    let log = Arc::new(Mutex::new(Vec::new()));
    let messages = Arc::new(Mutex::new(Vec::new()));
    let note = |log: &Arc<Mutex<Vec<String>>>| {
        let log = log.clone();
        move |entry: String| log.lock().unwrap().push(entry)
    };
    let (ended, mut end) = mpsc::unbounded_channel();
    let (on_open, on_error, on_close) = (note(&log), note(&log), note(&log));
    let mut builder = builder
        .on_open(move |socket, _| on_open(format!("open {}", socket.ready_state() as u8)))
        .on_error(move |socket, event| {
            on_error(format!(
                "error {} {}",
                socket.ready_state() as u8,
                event.cause()
            ));
        })
        .on_close(move |socket, event| {
            on_close(format!(
                "close {} {} {:?} {}",
                socket.ready_state() as u8,
                event.code(),
                event.reason(),
                if event.was_clean() {
                    "clean"
                } else {
                    "unclean"
                },
            ));
            let _ = ended.send(event.clone());
        });
    if mode == Mode::Listeners {
        let (on_message, messages) = (note(&log), messages.clone());
        builder = builder.on_message(move |socket, event| {
            on_message(format!("message {}", socket.ready_state() as u8));
            messages.lock().unwrap().push(show(event.message()));
            socket.send(ANSWER).unwrap();
        });
    }
    let mut socket = builder.open().unwrap();
    let mut told = Vec::new();
    match mode {
        Mode::Readers => drain(&socket, &messages, &mut told).await,
        Mode::Stream => drain_stream(&mut socket, &messages, &mut told).await,
        Mode::Listeners | Mode::Nobody => {}
    }
    let close = end.recv().await.expect("close is fired");
    drain(&socket, &messages, &mut told).await;
    assert!(end.try_recv().is_err(), "close is fired once");
    assert!(socket.is_terminated(), "everything was read");
    Seen {
        events: std::mem::take(&mut *log.lock().unwrap()),
        messages: std::mem::take(&mut *messages.lock().unwrap()),
        close,
        told,
        buffered: socket.buffered_amount(),
    }
}

async fn drain(socket: &WebSocket, messages: &Mutex<Vec<String>>, told: &mut Vec<Error>) {
    while let Some(received) = socket.recv().await {
        match received {
            Ok(message) => {
                messages.lock().unwrap().push(show(&message));
                socket.send(ANSWER).unwrap();
            }
            Err(cause) => told.push(cause),
        }
    }
}

async fn drain_stream(
    socket: &mut WebSocket,
    messages: &Mutex<Vec<String>>,
    told: &mut Vec<Error>,
) {
    while let Some(received) = socket.next().await {
        match received {
            Ok(message) => {
                messages.lock().unwrap().push(show(&message));
                // It says so if the connection has gone meanwhile, which is not what is looked at here.
                let _ = SinkExt::send(socket, Message::from(ANSWER)).await;
            }
            Err(cause) => told.push(cause),
        }
    }
}

pub(crate) fn show(message: &Message) -> String {
    match message {
        Message::Text(text) => text.to_string(),
        Message::Binary(bytes) => format!("0x{}", bytes.escape_ascii()),
    }
}

impl Seen {
    /// The connection was failed: error and close, 1006, and everybody is told why.
    pub(crate) fn check_failed(
        &self,
        what: &str,
        mode: Mode,
        opened: bool,
        messages: &[&str],
        failure: Failure<'_>,
    ) {
        let cause = self.cause(what, failure);
        let end = [
            format!("error 3 {cause}"),
            "close 3 1006 \"\" unclean".into(),
        ];
        self.check_events(what, mode, opened, messages, &end);
        self.check_messages(what, messages);
    }

    /// The connection ended without a Close: the web has no error event for it.
    pub(crate) fn check_lost(&self, what: &str, mode: Mode, messages: &[&str], stage: Stage) {
        let text = "";
        let close_code = None;
        let failure = Failure {
            stage,
            close_code,
            text,
        };
        self.cause(what, failure);
        let end = ["close 3 1006 \"\" unclean".into()];
        self.check_events(what, mode, true, messages, &end);
        self.check_messages(what, messages);
    }

    /// Both sides closed.
    pub(crate) fn check_clean(
        &self,
        what: &str,
        mode: Mode,
        messages: &[&str],
        code: u16,
        reason: &str,
    ) {
        assert!(self.close.was_clean(), "{what}: {self:?}");
        assert!(self.close.cause().is_none(), "{what}: {self:?}");
        assert!(self.told.is_empty(), "{what}: {self:?}");
        let end = [format!("close 3 {code} {reason:?} clean")];
        self.check_events(what, mode, true, messages, &end);
        self.check_messages(what, messages);
    }

    /// All answers have left, but for those to what was read when all was over: they count for ever.
    pub(crate) fn check_buffered(&self, what: &str, mode: Mode) {
        let late = match mode {
            Mode::Listeners => 0,
            Mode::Nobody => self.messages.len(),
            // The end may have been found before the last answer was given.
            Mode::Readers | Mode::Stream => return,
        };
        assert_eq!(self.buffered, late * ANSWER.len(), "{what}: bufferedAmount");
    }

    fn cause(&self, what: &str, failure: Failure<'_>) -> &Error {
        let Some(cause) = self.close.cause() else {
            panic!("{what}: the close has no cause: {self:?}");
        };
        let text = cause.to_string();
        assert!(text.contains(failure.text), "{what}: {text}");
        assert_eq!(cause.stage(), failure.stage, "{what}: {text}");
        assert_eq!(cause.close_code(), failure.close_code, "{what}: {text}");
        let told: Vec<_> = self.told.iter().map(Error::to_string).collect();
        assert_eq!(told, [text], "{what}: what readers are told");
        cause
    }

    fn check_events(
        &self,
        what: &str,
        mode: Mode,
        opened: bool,
        messages: &[&str],
        end: &[String],
    ) {
        let pushed = if mode == Mode::Listeners {
            messages.len()
        } else {
            0
        };
        let open = opened.then(|| "open 1".to_owned());
        let messages = std::iter::repeat_n("message 1".to_owned(), pushed);
        let wanted: Vec<_> = open
            .into_iter()
            .chain(messages)
            .chain(end.iter().cloned())
            .collect();
        assert_eq!(self.events, wanted, "{what}");
    }

    fn check_messages(&self, what: &str, messages: &[&str]) {
        assert_eq!(self.messages, messages, "{what}");
    }
}
