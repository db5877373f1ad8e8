//! Through pipes: standard input becomes messages, messages become standard output.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Stdout, Write, stdout};
use std::time::Duration;

use onesocket::Message;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Stdin, stdin};
use tokio::select;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::interrupts::Interrupts;
use crate::session::Session;
use crate::show;
use crate::status;

/// How much is read from standard input at once.
const READ: usize = 64 << 10;
/// So many messages are written to standard output at once.
const BATCH: usize = 64;
/// How long nothing may come after the end of standard input, if nothing is said.
const SILENCE: Duration = Duration::from_secs(1);

/// Why no more messages pass.
enum End {
    /// The connection is closed, or is about to be, by the peer.
    Peer,
    /// All is done that was asked for, or the user wants to go.
    Done,
    /// Something on this side failed.
    Failed(String),
}

/// Lets messages pass until the connection is closed; answers with the exit status.
pub(crate) async fn run(session: &Session<'_>, interrupts: &mut Interrupts) -> u8 {
    report(session, session.open_lines());
    let end = pass(session, interrupts).await;
    if !matches!(end, End::Peer) {
        session.close();
    }
    let event = select! {
        event = session.socket.closed() => event,
        () = interrupts.next() => return status::INTERRUPTED,
    };

    if !session.arguments.quiet {
        report(session, session.closed_lines(&event));
    }
    if let Some(fault) = session.fault(&event) {
        show::tell(&session.style.error(&fault));
    }
    match end {
        End::Failed(why) => {
            show::tell(&session.style.error(&why));
            status::USAGE
        }
        End::Peer | End::Done => session.status(&event),
    }
}

fn report(session: &Session<'_>, lines: Vec<String>) {
    for line in lines {
        show::tell(&session.style.state(&line));
    }
}

/// Both directions at once, until there is a reason to end.
async fn pass(session: &Session<'_>, interrupts: &mut Interrupts) -> End {
    let progress = Notify::new();
    let receiving = receive(session, &progress);
    tokio::pin!(receiving);
    let sending = async {
        send(session).await?;
        wait(session, &progress).await;
        Ok(())
    };
    select! {
        // In changing order, as `select!` has it by itself: under a flood, whoever is polled first uses up the turn.
        () = interrupts.next() => End::Done,
        end = &mut receiving => end,
        sent = sending => match sent {
            Ok(()) => End::Done,
            Err(why) => End::Failed(why),
        },
    }
}

/// Sends what `--execute` says and then standard input, up to its end.
async fn send(session: &Session<'_>) -> Result<(), String> {
    for message in &session.arguments.execute {
        session.send(message);
    }
    let sent = if session.arguments.binary {
        send_bytes(session).await
    } else {
        send_lines(session).await
    };
    sent.map_err(|error| format!("standard input: {error}"))?;
    // Should the connection end before, its close event tells why.
    let _ = session.socket.flush().await;
    Ok(())
}

async fn send_lines(session: &Session<'_>) -> io::Result<()> {
    let mut input = BufReader::with_capacity(READ, stdin());
    let mut line = Vec::new();
    for number in 1u64.. {
        line.clear();
        if input.read_until(b'\n', &mut line).await? == 0 {
            break;
        }
        if line.pop_if(|last| *last == b'\n').is_some() {
            line.pop_if(|last| *last == b'\r');
        }
        let text = str::from_utf8(&line).map_err(|_| {
            let what = format!("line {number} is not UTF-8; -b sends bytes");
            io::Error::new(ErrorKind::InvalidData, what)
        })?;
        if !take(session, text).await {
            break;
        }
    }
    Ok(())
}

async fn send_bytes(session: &Session<'_>) -> io::Result<()> {
    let mut input = stdin();
    loop {
        let part = read_part(&mut input, session.arguments.chunk).await?;
        if part.is_empty() || !take(session, part).await {
            return Ok(());
        }
    }
}

/// As much as `--chunk` says, or else as much as is there; nothing at the end.
async fn read_part(input: &mut Stdin, chunk: Option<usize>) -> io::Result<Vec<u8>> {
    let mut part = Vec::new();
    match chunk {
        Some(chunk) => {
            let mut rest = input.take(chunk as u64);
            rest.read_to_end(&mut part).await?;
        }
        None => {
            part.reserve_exact(READ);
            input.read_buf(&mut part).await?;
        }
    }
    Ok(part)
}

/// Sends when there is room; whether the connection still takes messages.
async fn take(session: &Session<'_>, message: impl Into<Message>) -> bool {
    session.socket.ready().await.is_ok() && session.send(message)
}

/// After the end of standard input: until the answers have come, as far as anybody can know.
async fn wait(session: &Session<'_>, progress: &Notify) {
    let arguments = session.arguments;
    let silence = match arguments.wait {
        Some(wait) => Some(wait),
        None if arguments.wait_messages.is_some() || arguments.count.is_some() => None,
        None => Some(SILENCE),
    };
    loop {
        let messages = arguments.wait_messages.unwrap_or(u64::MAX);
        if session.received() >= messages {
            return;
        }
        let since = Instant::now();
        select! {
            () = progress.notified() => {}
            () = sleep_until(since + silence.unwrap_or_default()), if silence.is_some() => return,
        }
    }
}

/// Writes what is received, until the connection ends or has brought enough.
async fn receive(session: &Session<'_>, progress: &Notify) -> End {
    let mut output = Output::new(session);
    loop {
        // An error is the cause of the close event, which tells it.
        let Some(Ok(first)) = session.socket.recv().await else {
            return End::Peer;
        };
        match output.batch(first) {
            Ok(()) => {}
            // Whoever read the output, `head` for example, has read enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return End::Done,
            Err(error) => return End::Failed(format!("standard output: {error}")),
        }
        if session.is_enough() {
            return End::Done;
        }
        progress.notify_one();
    }
}

/// Standard output, and what it takes to write a message there.
struct Output<'a> {
    session: &'a Session<'a>,
    stdout: BufWriter<Stdout>,
    /// A terminal is to be protected from control characters; a pipe wants the text as it is.
    to_terminal: bool,
}

impl<'a> Output<'a> {
    fn new(session: &'a Session<'a>) -> Self {
        Output {
            session,
            stdout: BufWriter::with_capacity(READ, stdout()),
            to_terminal: stdout().is_terminal(),
        }
    }

    /// Writes this message and those that are here already.
    fn batch(&mut self, first: Message) -> io::Result<()> {
        let mut next = Some(first);
        let mut left = BATCH;
        while let Some(message) = next {
            let after = self.session.count(&message);
            self.write(&message)?;
            if self.session.arguments.timings {
                let bytes = show::counted(message.len(), "byte");
                let line = format!("received {bytes} after {after:.3?}");
                show::tell(&self.session.style.state(&line));
            }
            left -= 1;
            next = if self.session.is_enough() || left == 0 {
                None
            } else {
                self.session.socket.try_recv().and_then(Result::ok)
            };
        }
        self.stdout.flush()
    }

    fn write(&mut self, message: &Message) -> io::Result<()> {
        match message {
            Message::Text(text) if self.to_terminal => {
                writeln!(self.stdout, "{}", show::visible(text))
            }
            Message::Text(text) => writeln!(self.stdout, "{text}"),
            Message::Binary(bytes) if self.session.arguments.binary => self.stdout.write_all(bytes),
            Message::Binary(bytes) => writeln!(self.stdout, "{}", show::hex(bytes)),
        }
    }
}
