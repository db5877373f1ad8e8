//! WebSocket in the terminal: type at it, or pipe through it. `wscat --help` tells how.

mod arguments;
mod command;
mod connect;
mod interactive;
mod interrupts;
mod piped;
mod session;
mod show;
mod status;
mod values;

use std::io::{ErrorKind, IsTerminal, Write, stderr, stdin, stdout};
use std::process::ExitCode;

use crate::arguments::{Arguments, Request};
use crate::interrupts::Interrupts;
use crate::session::Session;
use crate::show::Style;

fn main() -> ExitCode {
    let arguments = match arguments::parse(std::env::args_os().skip(1)) {
        Ok(Request::Help) => {
            return print(arguments::HELP);
        }
        Ok(Request::Version) => {
            return print(concat!("wscat ", env!("CARGO_PKG_VERSION"), "\n"));
        }
        Ok(Request::Connect(arguments)) => arguments,
        Err(mistake) => {
            show::tell(&format!("wscat: {mistake}\nTry 'wscat --help'."));
            return ExitCode::from(status::USAGE);
        }
    };
    // A worker beside the main thread keeps the connection alive while the main thread waits for a slow terminal or pipe.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            show::tell(&format!("wscat: no runtime could be started: {error}"));
            return ExitCode::from(status::USAGE);
        }
    };
    let status = runtime.block_on(run(&arguments));
    // Otherwise a thread that waits for standard input would be waited for.
    runtime.shutdown_background();
    ExitCode::from(status)
}

/// For what was asked for: whoever reads it may have read enough before the end.
fn print(text: &str) -> ExitCode {
    match stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => ExitCode::from(status::USAGE),
        _ => ExitCode::SUCCESS,
    }
}

/// Connects, lets messages pass until the connection is closed, and answers with the exit status.
async fn run(arguments: &Arguments) -> u8 {
    let interactive = stdin().is_terminal() && stdout().is_terminal();
    let style = if interactive {
        Style::on(arguments.color, &stdout())
    } else {
        Style::on(arguments.color, &stderr())
    };
    let mut interrupts = match Interrupts::new() {
        Ok(interrupts) => interrupts,
        Err(error) => {
            show::tell(&style.error(&format!("signals cannot be heard: {error}")));
            return status::USAGE;
        }
    };
    let connected = tokio::select! {
        connected = connect::connect(arguments) => connected,
        () = interrupts.next() => return status::INTERRUPTED,
    };
    let (socket, took) = match connected {
        Ok(open) => open,
        Err(failure) => {
            for line in failure.lines {
                show::tell(&style.error(&line));
            }
            return failure.status;
        }
    };
    let session = Session::new(socket, took, arguments, style);
    if interactive {
        interactive::run(&session, &mut interrupts).await
    } else {
        piped::run(&session, &mut interrupts).await
    }
}
