//! The table: all clients in all rows, in rounds that begin with another client each.

use crate::clients::NAMES;
use crate::measure::Sample;
use crate::process::{Server, output_of, program};
use crate::rows::{ROWS, Row};
use crate::{Outcome, clients, rows, table};

const ROUNDS: usize = 5;

/// Which rows, which clients, and how often.
pub(crate) struct Choice {
    pub(crate) rows: Vec<&'static Row>,
    pub(crate) clients: Vec<&'static str>,
    rounds: usize,
}

/// What was measured of one row: for each client the samples of all rounds.
pub(crate) struct Results<'a> {
    pub(crate) row: &'a Row,
    pub(crate) clients: Vec<(&'static str, Vec<Sample>)>,
}

pub(crate) fn run(words: &[&str]) -> Outcome<()> {
    let choice = Choice::parse(words)?;
    let mut results: Vec<Results<'_>> = choice.rows.iter().map(|row| choice.nothing(row)).collect();
    // A row's server is the other rows' too: it sleeps while nobody is connected.
    let server = Server::start()?;
    for round in 0..choice.rounds {
        for results in &mut results {
            let count = results.clients.len();
            for place in 0..count {
                let (client, samples) = &mut results.clients[(round + place) % count];
                samples.push(measure(client, results.row, &server)?);
            }
        }
        eprintln!("round {} of {}", round + 1, choice.rounds);
    }
    table::print(&results);
    Ok(())
}

fn measure(client: &str, row: &Row, server: &Server) -> Outcome<Sample> {
    let cpu = if row.is_on_one_cpu() { 0 } else { 1 };
    let count = row.count.to_string();
    let address = server.address.to_string();
    let mut command = program(
        clients::program(client),
        ["client", client, row.name, &count, &address],
        Some(cpu),
    )?;
    output_of(&mut command)?.parse()
}

impl Choice {
    pub(crate) fn parse(words: &[&str]) -> Outcome<Self> {
        let mut choice = Choice {
            rows: Vec::new(),
            clients: NAMES.to_vec(),
            rounds: ROUNDS,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--rounds" => choice.rounds = words.next().ok_or("how many rounds?")?.parse()?,
                "--clients" => {
                    let names = words.next().ok_or("which clients?")?.split(',');
                    let known = |name| NAMES.into_iter().find(|known| *known == name);
                    choice.clients = names
                        .map(|name| known(name).ok_or_else(|| clients::unknown(name)))
                        .collect::<Outcome<_>>()?;
                }
                row => choice.rows.push(rows::find(row)?),
            }
        }
        if choice.rows.is_empty() {
            choice.rows = ROWS.iter().collect();
        }
        Ok(choice)
    }

    fn nothing(&self, row: &'static Row) -> Results<'static> {
        Results {
            row,
            clients: self
                .clients
                .iter()
                .filter(|name| clients::takes_part(name, row))
                .map(|name| (*name, Vec::new()))
                .collect(),
        }
    }
}
