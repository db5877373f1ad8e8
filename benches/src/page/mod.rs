//! The crate in a browser: beside its peers, callbacks on web-sys and plain JavaScript, all in one page.
//!
//! `cargo xtask bench page` builds the page (`wasm/speed`), serves it, starts the drivers, and then this program.

mod report;
mod rows;

use onesocket_webdriver::{Browser, Look, json};

use crate::comparison::order;
use crate::measure::Spread;
use crate::process::Server;
use crate::{Outcome, at_least_one};
use rows::{ROWS, Row};

const ROUNDS: usize = 31;

/// What all are compared with.
const RAW: &str = "web-sys";
const JAVASCRIPT: &str = "JavaScript";
const OWN: [&str; 2] = ["onesocket, listening", "onesocket, recv"];
const PEERS: [&str; 4] = [
    "ewebsock",
    "gloo-net",
    "tokio-tungstenite-wasm",
    "ws_stream_wasm",
];

/// What was measured in one browser.
struct Results {
    /// With its version.
    browser: String,
    rows: Vec<RowResults>,
}

struct RowResults {
    row: Row,
    /// Nanoseconds per message, of each round.
    clients: Vec<(&'static str, Vec<f64>)>,
}

/// What the command line says.
struct Choice<'a> {
    site: &'a str,
    /// Browsers, and where their drivers listen.
    drivers: Vec<(&'a str, &'a str)>,
    rows: Vec<Row>,
    rounds: usize,
}

pub(crate) fn run(words: &[&str]) -> Outcome<()> {
    let choice = Choice::parse(words)?;
    // Where the system likes: the browser's processes go everywhere.
    let server = Server::start_on(None)?;
    let mut results = Vec::new();
    for (browser, driver) in &choice.drivers {
        let measured = choice.measure(browser, driver, &server)?;
        // Minutes of work are not lost when the next browser fails.
        eprintln!("{}", report::summary(&measured));
        results.push(measured);
    }
    report::write(&choice, &results)
}

impl<'a> Choice<'a> {
    fn parse(words: &[&'a str]) -> Outcome<Self> {
        let mut choice = Choice {
            site: "",
            drivers: Vec::new(),
            rows: Vec::new(),
            rounds: ROUNDS,
        };
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            match word {
                "--site" => choice.site = words.next().ok_or("which site?")?,
                "--driver" => {
                    let driver = words.next().and_then(|word| word.split_once('='));
                    choice.drivers.push(driver.ok_or("which driver?")?);
                }
                "--rounds" => {
                    let word = words.next().ok_or("how many rounds?")?;
                    choice.rounds = at_least_one(word, "rounds")?;
                }
                row => choice.rows.push(rows::find(row)?),
            }
        }
        if choice.rows.is_empty() {
            choice.rows = ROWS.to_vec();
        }
        Ok(choice)
    }

    /// Whether this is what the project shows.
    fn is_whole(&self) -> bool {
        self.drivers.len() == 2 && self.rows.len() == ROWS.len() && self.rounds >= ROUNDS
    }

    fn measure(&self, name: &str, driver: &str, server: &Server) -> Outcome<Results> {
        let browser = Browser::start(driver, name, Look::DESKTOP);
        browser.open(self.site);
        browser.wait_until("globalThis.measure", &json!([]));
        let mut rows: Vec<RowResults> = self.rows.iter().map(|row| RowResults::of(*row)).collect();
        // The first round is the browser's, to compile what is hot.
        for round in 0..=self.rounds {
            for RowResults { row, clients } in &mut rows {
                for place in order(clients.len(), round) {
                    let (client, samples) = &mut clients[place];
                    let sample = measure(&browser, client, row, server)?;
                    if round > 0 {
                        samples.push(sample);
                    }
                }
            }
            eprintln!("{name}: round {round} of {}", self.rounds);
        }
        let name = match name {
            "firefox" => "Firefox",
            _ => "Chromium",
        };
        Ok(Results {
            browser: format!("{name} {}", browser.version()),
            rows,
        })
    }
}

/// Nanoseconds per message of one client, once.
fn measure(browser: &Browser, client: &str, row: &Row, server: &Server) -> Outcome<f64> {
    let url = format!("ws://{}{}", server.address, row.path());
    let milliseconds = browser.run(
        "return measure(...arguments)",
        &json!([client, url, row.task, row.count]),
    );
    let milliseconds = milliseconds.as_f64().ok_or("the page tells no time")?;
    Ok(milliseconds * 1e6 / f64::from(row.count))
}

impl RowResults {
    fn of(row: Row) -> Self {
        let names = [&[JAVASCRIPT, RAW][..], &OWN, &PEERS].concat();
        RowResults {
            row,
            clients: names.into_iter().map(|name| (name, Vec::new())).collect(),
        }
    }

    fn samples(&self, client: &str) -> &[f64] {
        let found = self.clients.iter().find(|(name, _)| *name == client);
        found.map_or(&[], |(_, samples)| samples)
    }

    /// How fast a client is beside another one, compared round by round: what slows the machine down slows both.
    fn speed(&self, client: &str, other: &str) -> Option<Spread> {
        let rounds = self.samples(client).iter().zip(self.samples(other));
        Spread::of(rounds.map(|(own, other)| other / own))
    }

    fn best_peer(&self) -> Option<&'static str> {
        let speed = |peer: &&str| self.speed(peer, RAW).map_or(0.0, |speed| speed.median);
        PEERS
            .into_iter()
            .max_by(|a, b| speed(a).total_cmp(&speed(b)))
    }
}
