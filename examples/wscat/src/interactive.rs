//! On a terminal: a line to type in, and what happens above it.

use std::io::{self, Write};
use std::path::PathBuf;
use std::pin::Pin;

use onesocket::{CloseEvent, Message};
use rustyline_async::{Readline, ReadlineError, ReadlineEvent, SharedWriter};

use crate::command::{self, Line};
use crate::interrupts::Interrupts;
use crate::session::Session;
use crate::show;
use crate::status;

/// So many messages are written at once; between two such batches the keyboard is heard.
const BATCH: usize = 64;

/// Lets the user talk to the peer until the connection is closed; answers with the exit status.
pub(crate) async fn run(session: &Session<'_>, interrupts: &mut Interrupts) -> u8 {
    let (editor, writer) = match Readline::new("> ".to_owned()) {
        Ok((mut editor, writer)) => {
            // What was typed before Ctrl-C is gone, and its place is taken by what is said about it.
            editor.should_print_line_on(true, false);
            (editor, writer)
        }
        Err(error) => {
            show::tell(&session.style.error(&error.to_string()));
            session.close();
            return status::USAGE;
        }
    };
    let mut terminal = Terminal { editor, writer };
    let ending = talk(session, &mut terminal, interrupts).await;
    terminal.leave();

    match ending {
        Ok(Some(event)) => {
            if !session.arguments.quiet {
                for line in session.closed_lines(&event) {
                    println!("{}", session.style.state(&line));
                }
            }
            if let Some(fault) = session.fault(&event) {
                show::tell(&session.style.error(&fault));
            }
            session.status(&event)
        }
        Ok(None) => status::INTERRUPTED,
        Err(error) => {
            show::tell(&session.style.error(&format!("the terminal: {error}")));
            status::USAGE
        }
    }
}

/// The line editor, and the only way to write while it is there.
struct Terminal {
    editor: Readline,
    writer: SharedWriter,
}

impl Terminal {
    /// Writes a line, or several, above the one being typed. It appears when the editor is polled next.
    fn print(&mut self, lines: &str) -> io::Result<()> {
        self.writer.write_all(format!("{lines}\n").as_bytes())
    }

    /// Writes lines about the state of the connection.
    fn state(&mut self, session: &Session<'_>, lines: &str) -> io::Result<()> {
        let lines: Vec<String> = lines
            .lines()
            .map(|line| session.style.state(line))
            .collect();
        self.print(&lines.join("\n"))
    }

    /// Writes what is left, and gives the terminal back as it was.
    fn leave(mut self) {
        // Should this fail, there is no terminal to say so on.
        let _ = self.editor.flush();
    }
}

/// A file on its way, and its name.
type Sending<'a> = Pin<Box<dyn Future<Output = String> + 'a>>;

/// Until the connection is closed, or the user does not wait for that.
async fn talk(
    session: &Session<'_>,
    terminal: &mut Terminal,
    interrupts: &mut Interrupts,
) -> Result<Option<CloseEvent>, ReadlineError> {
    let mut sending: Option<Sending<'_>> = None;
    let mut at_end = false;

    for line in session.open_lines() {
        terminal.state(session, &line)?;
    }
    for message in &session.arguments.execute {
        session.send(message);
    }
    loop {
        tokio::select! {
            // The editor first: it writes out what is printed, which may pile up otherwise, and a flood cannot lock the user out.
            biased;
            event = terminal.editor.readline() => match event? {
                ReadlineEvent::Line(line) => {
                    terminal.editor.add_history_entry(line.clone());
                    obey(session, terminal, line, &mut sending)?;
                }
                ReadlineEvent::Interrupted | ReadlineEvent::Eof => {
                    if leave(session, terminal)? {
                        return Ok(None);
                    }
                }
            },
            () = interrupts.next() => {
                if leave(session, terminal)? {
                    return Ok(None);
                }
            }
            note = async { sending.as_mut().expect("as the condition says").await }, if sending.is_some() => {
                sending = None;
                terminal.state(session, &note)?;
            }
            message = session.socket.recv(), if !at_end => match message {
                // An error is the cause of the close event, which tells it.
                Some(Err(_)) => {}
                None => at_end = true,
                Some(Ok(message)) => {
                    terminal.print(&batch(session, message))?;
                    if session.is_enough() {
                        session.close();
                    }
                }
            },
            event = session.socket.closed(), if at_end => return Ok(Some(event)),
        }
    }
}

/// The user wants to go: at first that is a close, and the second time it is at once.
fn leave(session: &Session<'_>, terminal: &mut Terminal) -> io::Result<bool> {
    if session.is_closing() {
        return Ok(true);
    }
    session.close();
    terminal.state(session, "closing; once more leaves without waiting")?;
    Ok(false)
}

/// This message and those that are here already, as lines.
fn batch(session: &Session<'_>, first: Message) -> String {
    let mut lines = Vec::new();
    let mut next = Some(first);
    while let Some(message) = next {
        let after = session.count(&message);
        let after = session.arguments.timings.then_some(after);
        lines.push(session.style.received(&message, after));
        next = if session.is_enough() || lines.len() == BATCH {
            None
        } else {
            session.socket.try_recv().and_then(Result::ok)
        };
    }
    lines.join("\n")
}

/// Does what a typed line says.
fn obey<'a>(
    session: &'a Session<'_>,
    terminal: &mut Terminal,
    line: String,
    sending: &mut Option<Sending<'a>>,
) -> io::Result<()> {
    let sent = |sent: bool| match sent {
        true => None,
        false => Some("not sent: the connection is closing".to_owned()),
    };
    let note = match command::parse(line) {
        Ok(Line::Text(text)) => sent(session.send(text)),
        Ok(Line::Binary(bytes)) => sent(session.send(bytes)),
        Ok(Line::Close { code, reason }) => session
            .close_with(code, &reason)
            .err()
            .map(|error| error.to_string()),
        Ok(Line::File(_)) if sending.is_some() => {
            Some("a file is on its way already: wait until it is sent".to_owned())
        }
        Ok(Line::File(path)) => {
            *sending = Some(Box::pin(send_file(session, path)));
            None
        }
        Ok(Line::Status) => Some(session.status_lines().join("\n")),
        Ok(Line::Help) => Some(command::HELP.join("\n")),
        Err(mistake) => Some(mistake),
    };
    note.map_or(Ok(()), |note| terminal.state(session, &note))
}

async fn send_file(session: &Session<'_>, path: PathBuf) -> String {
    match session.send_file(&path).await {
        Ok(bytes) => format!("sent {}, {}", path.display(), show::counted(bytes, "byte")),
        Err(error) => error,
    }
}
