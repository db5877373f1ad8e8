//! Other programs: started in the project's folder, waited for, and never left behind.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What went wrong, for the person at the terminal.
pub(crate) type Result<T = ()> = std::result::Result<T, String>;

/// The project's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask is a folder of the project")
}

/// The folder of the project's build products: this program lies in `TARGET/debug`.
pub(crate) fn target() -> PathBuf {
    env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.parent()?.to_owned()))
        .unwrap_or_else(|| root().join("target"))
}

/// A program with arguments that are separated by blanks, to run in the project's folder without an input.
pub(crate) fn program(name: impl AsRef<OsStr>, arguments: &str) -> Command {
    let mut command = Command::new(name);
    command
        .args(arguments.split_whitespace())
        .current_dir(root())
        .stdin(Stdio::null());
    // Cargo describes xtask in these; build scripts that watch them would run again for nothing.
    for (name, _) in env::vars_os() {
        let name_ = name.to_string_lossy();
        if name_.starts_with("CARGO_PKG_") || name_.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// The cargo that runs this program.
pub(crate) fn cargo(arguments: &str) -> Command {
    program(
        env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
        arguments,
    )
}

/// Shows the command, runs it, and fails if it fails.
pub(crate) fn run(command: &mut Command) -> Result {
    println!("$ {}", shown(command));
    let status = Running::start(command)?.wait()?;
    succeeded(command, status)
}

/// Runs the command, and returns what it prints.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    read_within(command, Duration::MAX)
}

/// Like [`read`], and ends a command that takes too long.
pub(crate) fn read_within(command: &mut Command, limit: Duration) -> Result<String> {
    let mut running = Running::start(command.stdout(Stdio::piped()))?;
    let mut stdout = running.0.stdout.take().expect("the output is piped");
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        stdout.read_to_end(&mut text).map(|_| text)
    });
    let status = running.wait_within(limit)?;
    let text = reader
        .join()
        .expect("the reader does not panic")
        .map_err(|error| format!("the output of `{}`: {error}", shown(command)))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    succeeded(command, status)
        .map_err(|message| format!("{message}\n{text}"))
        .map(|()| text)
}

/// Shows the command and what it prints, line by line; answers the lines, and whether it failed.
pub(crate) fn tee(command: &mut Command) -> Result<(String, Result)> {
    println!("$ {}", shown(command));
    let mut running = Running::start(command.stdout(Stdio::piped()))?;
    let stdout = running.0.stdout.take().expect("the output is piped");
    let mut text = String::new();
    for line in BufReader::new(stdout).lines() {
        let line = line.map_err(|error| format!("the output of `{}`: {error}", shown(command)))?;
        println!("{line}");
        text.extend([&*line, "\n"]);
    }
    let status = running.wait()?;
    Ok((text, succeeded(command, status)))
}

/// Whether the command runs and succeeds, quietly.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A program that is ended, by its own process id, when this is dropped.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        match command.spawn() {
            Ok(child) => Ok(Running(child)),
            Err(error) => Err(format!("`{}` cannot be started: {error}", shown(command))),
        }
    }

    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        self.0
            .wait()
            .map_err(|error| format!("cannot wait: {error}"))
    }

    pub(crate) fn wait_within(&mut self, limit: Duration) -> Result<ExitStatus> {
        let start = Instant::now();
        while start.elapsed() < limit {
            match self.0.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) => thread::sleep(Duration::from_millis(10)),
                Err(error) => return Err(format!("cannot wait: {error}")),
            }
        }
        Err(format!("it did not end within {} s", limit.as_secs()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only for a program that has ended and been waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn succeeded(command: &Command, status: ExitStatus) -> Result {
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` ended with {status}", shown(command)))
    }
}

fn shown(command: &Command) -> String {
    let name = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let mut words = vec![name.to_string_lossy()];
    words.extend(command.get_args().map(OsStr::to_string_lossy));
    words.join(" ")
}
