//! The rows: all clients in all of them, in rounds that begin with another client each.

use std::net::SocketAddr;

use crate::clients::{Client, NAMES, ONESOCKET, Visitor};
use crate::measure::Sample;
use crate::process::{Server, output_of, program};
use crate::rows::{ROWS, Row};
use crate::{Outcome, at_least_one, clients, process, report, rows, table};

const ROUNDS: usize = 15;

/// By how much `--quick` makes a measurement shorter.
const QUICK: u64 = 6;

/// Which rows, which clients, and how often.
pub(crate) struct Choice {
    pub(crate) rows: Vec<Row>,
    pub(crate) clients: Vec<&'static str>,
    pub(crate) rounds: usize,
    pub(crate) quick: bool,
}

/// What was measured of one row: for each client the samples of all rounds, `None` where it failed.
pub(crate) struct Results {
    pub(crate) row: Row,
    pub(crate) clients: Vec<(&'static str, Vec<Option<Sample>>)>,
}

/// Everything, as a report; or some rows, on the terminal.
pub(crate) fn run(words: &[&str]) -> Outcome<()> {
    let choice = Choice::parse(words)?;
    if choice.is_whole() {
        // The report counts, too, when the rows have taken most of an hour.
        process::require(["strace", "valgrind"])?;
        return report::write(&choice, &choice.measure()?);
    }
    let results = choice.measure()?;
    println!("{}", table::summary(&results));
    results
        .iter()
        .for_each(|results| println!("{}", table::row(results)));
    Ok(())
}

/// Runs a client once, in a process of its own.
fn measure(client: &str, row: &Row, server: &Server) -> Outcome<Sample> {
    let cpu = if row.is_on_one_cpu() { 0 } else { 1 };
    let count = row.count.to_string();
    let address = server.address.to_string();
    let words = ["client", client, row.name, &count, &address];
    let mut command = program(clients::program(client), words, Some(cpu))?;
    output_of(&mut command)?.parse()
}

/// Whose turn it is when in a round, of so many: each round begins with another one.
pub(crate) fn order(count: usize, round: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |place| (round + place) % count)
}

/// What that process does.
pub(crate) fn client(name: &str, row: &Row, count: u64, server: SocketAddr) -> Outcome<Sample> {
    struct Measure {
        row: Row,
        server: SocketAddr,
        count: u64,
    }
    impl Visitor for Measure {
        type Output = Sample;

        async fn visit<C: Client>(self) -> Outcome<Sample> {
            self.row.measure::<C>(self.server, self.count).await
        }
    }
    let row = *row;
    clients::visit(name, &row, server, Measure { row, server, count })
}

impl Choice {
    pub(crate) fn parse(words: &[&str]) -> Outcome<Self> {
        let (mut rows, mut clients) = (Vec::new(), NAMES.to_vec());
        let (mut rounds, mut quick) = (None, false);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--rounds" => {
                    let word = words.next().ok_or("how many rounds?")?;
                    rounds = Some(at_least_one(word, "rounds")?);
                }
                "--quick" => quick = true,
                "--clients" => {
                    let names = words.next().ok_or("which clients?")?.split(',');
                    let known = |name| NAMES.into_iter().find(|known| *known == name);
                    clients = names
                        .map(|name| known(name).ok_or_else(|| clients::unknown(name)))
                        .collect::<Outcome<_>>()?;
                }
                row => rows.push(rows::find(row)?),
            }
        }
        if rows.is_empty() {
            rows = ROWS.to_vec();
        }
        if quick {
            for row in &mut rows {
                row.count = (row.count / QUICK).max(20);
            }
        }
        Ok(Choice {
            rows,
            clients,
            rounds: rounds.unwrap_or(if quick { 1 } else { ROUNDS }),
            quick,
        })
    }

    /// Whether it becomes a report: what the project shows, or a trial of that, which lies elsewhere.
    fn is_whole(&self) -> bool {
        let enough = self.quick || self.rounds >= ROUNDS;
        self.is_of_all_rows() && self.clients.len() == NAMES.len() && enough
    }

    pub(crate) fn is_of_all_rows(&self) -> bool {
        self.rows.len() == ROWS.len()
    }

    pub(crate) fn measure(&self) -> Outcome<Vec<Results>> {
        let mut results: Vec<Results> = self.rows.iter().map(|row| self.nothing(row)).collect();
        // A row's server is the other rows' too: it sleeps while nobody is connected.
        let server = Server::start()?;
        for round in 0..self.rounds {
            for results in &mut results {
                for place in order(results.clients.len(), round) {
                    let (client, samples) = &mut results.clients[place];
                    match measure(client, &results.row, &server) {
                        // A peer that fails has no figure of this round, and does not take the others' with it.
                        Err(error) if *client != ONESOCKET => {
                            eprintln!("{}: {client}: {error}", results.row.name);
                            samples.push(None);
                        }
                        sample => samples.push(Some(sample?)),
                    }
                }
            }
            eprintln!("round {} of {}", round + 1, self.rounds);
        }
        Ok(results)
    }

    fn nothing(&self, row: &Row) -> Results {
        let taking_part = self
            .clients
            .iter()
            .filter(|name| clients::takes_part(name, row));
        Results {
            row: *row,
            clients: taking_part.map(|name| (*name, Vec::new())).collect(),
        }
    }
}
