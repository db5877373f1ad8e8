//! What is counted and not timed: user instructions, by valgrind, to which the load of the machine does not matter, and system
//! calls, by strace, of which a flood takes more or fewer by how it comes.

use std::fmt::Write;
use std::process::Command;
use std::{env, fs};

use crate::comparison::Choice;
use crate::measure::Spread;
use crate::process::{Server, output_of, path};
use crate::rows::Row;
use crate::{Outcome, clients};

/// The rows that are counted if none are named.
const ROWS: [&str; 12] = [
    "rx64", "rx1k", "rx64k", "rx1m", "tx64b", "tx64s", "tx64f", "tx1kb", "tx1mb", "tx1m",
    "ping64s", "conn",
];

/// How often system calls are counted, for a median.
const TIMES: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    Instructions,
    SystemCalls,
}

/// The section of the report: a line for each row.
pub(crate) fn run(counted: Counted, words: &[&str]) -> Outcome<String> {
    let mut choice = Choice::parse(words)?;
    if choice.is_of_all_rows() {
        choice = Choice::parse(&[words, &ROWS].concat())?;
    }
    let server = Server::start()?;
    let names = choice.clients.join(" | ");
    let mut text = format!(
        "| {} | {names} |\n|---|{}\n",
        match counted {
            Counted::Instructions => "user instructions per message",
            Counted::SystemCalls => "system calls per message, medians of three counts (min–max)",
        },
        "--:|".repeat(choice.clients.len())
    );
    for row in &choice.rows {
        write!(text, "| {} |", row.name)?;
        for client in &choice.clients {
            if !clients::takes_part(client, row) {
                text += " |";
                continue;
            }
            match counted {
                Counted::Instructions => {
                    let figure = counted.per_message(client, row, &server)?;
                    write!(text, " {figure:.0} |")?;
                }
                Counted::SystemCalls => {
                    let once = |_| counted.per_message(client, row, &server);
                    let figures: Vec<f64> = (0..TIMES).map(once).collect::<Outcome<_>>()?;
                    let spread = Spread::of(figures).ok_or("not counted")?;
                    write!(
                        text,
                        " {:.2} ({:.2}–{:.2}) |",
                        spread.median, spread.min, spread.max
                    )?;
                }
            }
        }
        text += "\n";
        eprintln!("counted {}", row.name);
    }
    Ok(text)
}

impl Counted {
    /// By difference: what does not depend on the number of messages goes out.
    fn per_message(self, client: &str, row: &Row, server: &Server) -> Outcome<f64> {
        let few = (row.count / 3).min(self.enough());
        let many = 3 * few;
        let messages = |count| (count + row.warm_up(count)) as f64;
        let counted = |count| self.count(client, row, count, server);
        Ok((counted(many)? - counted(few)?) / (messages(many) - messages(few)))
    }

    /// More messages say nothing new, and a program that is stopped at each system call is slow.
    fn enough(self) -> u64 {
        match self {
            Counted::Instructions => 20_000,
            Counted::SystemCalls => 2_000,
        }
    }

    fn count(self, client: &str, row: &Row, count: u64, server: &Server) -> Outcome<f64> {
        let log = env::temp_dir().join(format!("onesocket-bench-{}", std::process::id()));
        let mut command = match self {
            Counted::Instructions => {
                let mut command = Command::new("valgrind");
                command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
                command.arg(format!("--log-file={}", log.display()));
                command
            }
            Counted::SystemCalls => {
                let mut command = Command::new("strace");
                command.args(["-f", "-c", "-U", "calls", "-o"]).arg(&log);
                command
            }
        };
        command
            .arg(path(clients::program(client))?)
            .args(["client", client, row.name])
            .args([count.to_string(), server.address.to_string()]);
        let output = output_of(&mut command);
        let told = fs::read_to_string(&log).unwrap_or_default();
        let _ = fs::remove_file(&log);
        output.map_err(|error| format!("{error}:\n{told}"))?;
        let number = self.figure(&told);
        number.ok_or_else(|| format!("{command:?} did not count:\n{told}").into())
    }

    fn figure(self, told: &str) -> Option<f64> {
        match self {
            Counted::Instructions => told
                .lines()
                .find_map(|line| line.split_once("Collected : "))
                .and_then(|(_, number)| number.trim().parse().ok()),
            // The last line has the sum.
            Counted::SystemCalls => told.lines().last()?.split_whitespace().next()?.parse().ok(),
        }
    }
}
