//! Runs the program as a user does, against the peers of the tests.

mod endings;
mod handshake;
mod pipes;
#[cfg(unix)]
mod terminal;

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::thread;

const PROGRAM: &str = env!("CARGO_BIN_EXE_wscat");

/// The program with these arguments, and pipes on all sides.
fn wscat(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// What came of a run.
#[derive(Debug)]
struct Outcome {
    status: i32,
    stdout: Vec<u8>,
    stderr: String,
}

impl Outcome {
    fn text(&self) -> &str {
        str::from_utf8(&self.stdout).expect("UTF-8 on standard output")
    }

    fn has_exited_with(&self, status: i32) -> &Self {
        assert_eq!(self.status, status, "{}", self.stderr);
        self
    }

    fn has_said(&self, line: &str) -> &Self {
        assert!(self.stderr.contains(line), "{line:?} in:\n{}", self.stderr);
        self
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Outcome {
            status: output.status.code().expect("no signal"),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
        }
    }
}

/// Runs the program with this standard input to its end.
fn run(arguments: &[&str], input: impl AsRef<[u8]>) -> Outcome {
    let mut child = wscat(arguments).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.as_ref();
    let output = thread::scope(|scope| {
        // Beside the reading, as the program may say something before it has read all. It may also leave before.
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output()
    });
    output.expect("the program ends").into()
}
