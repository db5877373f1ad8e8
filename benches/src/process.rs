//! The processes of a measurement: this program, started again.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};

use crate::{Outcome, address};

/// Where a process is told which CPU it may use.
const CPU: &str = "ONESOCKET_BENCH_CPU";

/// Longer than any client is at work, even one with thousands of connections on a slow machine: it hangs.
const LIMIT: Duration = Duration::from_secs(5 * 60);

/// A process that ends with this.
struct Running(Child);

/// The neutral server, as long as this lives.
pub(crate) struct Server {
    _running: Running,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// On a CPU that the clients are kept away from.
    pub(crate) fn start() -> Outcome<Self> {
        Server::start_on(Some(0))
    }

    pub(crate) fn start_on(cpu: Option<usize>) -> Outcome<Self> {
        let mut command = program(Program::Main, ["server"], cpu)?;
        // Its input ends with this process, however that ends.
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut running = Running(command.spawn()?);
        let mut line = String::new();
        let output = running.0.stdout.as_mut().expect("it is piped");
        BufReader::new(output).read_line(&mut line)?;
        Ok(Server {
            address: address(line.trim())?,
            _running: running,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only for a process that has ended and been waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The programs of this package.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Main,
    /// With the peers that bring zlib in C.
    CZlib,
}

/// The command that starts a program of this package, on one CPU if there are two.
pub(crate) fn program<const N: usize>(
    program: Program,
    words: [&str; N],
    cpu: Option<usize>,
) -> Outcome<Command> {
    let mut command = Command::new(path(program)?);
    command.args(words);
    if let Some(cpu) = cpu.filter(|cpu| *cpu < available_cpus()) {
        command.env(CPU, cpu.to_string());
    }
    Ok(command)
}

/// Where a program lies.
pub(crate) fn path(program: Program) -> Outcome<PathBuf> {
    let mut path = env::current_exe()?;
    if program == Program::CZlib {
        path.set_file_name(format!("onesocket-bench-c-zlib{}", env::consts::EXE_SUFFIX));
        if !path.exists() {
            let program = path.display();
            return Err(format!(
                "there is no {program}; build it: cargo build --release --package onesocket-bench --features c-zlib \
                 --bin onesocket-bench-c-zlib"
            )
            .into());
        }
    }
    Ok(path)
}

/// Runs a command to its end, and answers what it printed.
pub(crate) fn output_of(command: &mut Command) -> Outcome<String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut running = Running(command.spawn()?);
    let mut stdout = running.0.stdout.take().expect("it is piped");
    // A thread, as looking after the process now and then would take time from what is measured.
    let (sender, output) = mpsc::channel();
    thread::spawn(move || {
        let mut text = String::new();
        sender.send(stdout.read_to_string(&mut text).map(|_| text))
    });
    let Ok(text) = output.recv_timeout(LIMIT) else {
        let seconds = LIMIT.as_secs();
        return Err(format!("{command:?} did not end within {seconds} s").into());
    };
    let status = running.0.wait()?;
    match status.success() {
        true => Ok(text?),
        false => Err(format!("{command:?} ended with {status}").into()),
    }
}

/// Fails at once where a program of the system is missing that is needed later.
pub(crate) fn require<const N: usize>(tools: [&str; N]) -> Outcome<()> {
    for tool in tools {
        if let Err(error) = Command::new(tool).arg("--version").output() {
            return Err(format!(
                "`{tool}` cannot be started: {error}; get it with `apt-get install {tool}`"
            )
            .into());
        }
    }
    Ok(())
}

/// Runs a client once beside a server of its own, whose address is the last word, and answers what it printed.
pub(crate) fn output_beside_server<const N: usize>(
    which: Program,
    words: [&str; N],
    cpu: Option<usize>,
) -> Outcome<String> {
    let server = Server::start()?;
    let mut command = program(which, words, cpu)?;
    let output = output_of(command.arg(server.address.to_string()))?;
    Ok(output.trim().to_owned())
}

/// Stays on the CPU that this process was given. Where that cannot be had, the figures are less steady, no more.
pub(crate) fn settle() {
    if let Some(cpu) = env::var(CPU).ok().and_then(|cpu| cpu.parse().ok()) {
        let mut set = CpuSet::new();
        set.set(cpu);
        let _ = sched_setaffinity(None, &set);
    }
}

/// Allows as many open files as the system lets.
pub(crate) fn allow_many_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

fn available_cpus() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
