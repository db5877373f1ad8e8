//! `cargo xtask autobahn`: the reference suite of RFC 6455 against the crate.
//!
//! Autobahn|Testsuite plays each of its cases as a server; our client connects once per case and echoes what it gets.
//! `xtask/autobahn/` holds the Python that makes the suite run on a current Python, and the client.

mod server;
mod suite;
mod verdict;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::process::{Result, Running, cargo, program, run, target};
use server::Server;
pub(crate) use suite::Suite;
use verdict::Verdict;

/// Every case has a limit of its own; this only ends a client that hangs.
const CLIENT_LIMIT: Duration = Duration::from_secs(60 * 60);
/// More failures than this are not chance.
const MOST_RETRIES: usize = 10;
const MOST_SHOWN: usize = 30;

pub(crate) fn main(arguments: &[&str]) -> Result {
    let mut suite = Suite::whole();
    let mut slack = 1.0;
    let mut arguments = arguments.iter();
    while let Some(&argument) = arguments.next() {
        let mut value = || {
            let value = arguments.next().copied();
            value.ok_or_else(|| format!("{argument} needs a value"))
        };
        match argument {
            "--quick" => suite = Suite::quick(),
            "--standard" => suite = Suite::standard(),
            "--cases" => suite = Suite::of(value()?.split(',')),
            "--slack" => {
                slack = value()?
                    .parse()
                    .ok()
                    .filter(|slack| (1.0..=100.0).contains(slack))
                    .ok_or("--slack needs a number from 1 to 100")?;
            }
            _ => return Err(format!("`autobahn` does not know {argument}")),
        }
    }
    judge(&suite.slack(slack))
}

/// Plays the suite; an error unless every case is right, at the latest when it is tried once more, alone.
pub(crate) fn judge(suite: &Suite) -> Result {
    run(&mut cargo(
        "build --release --package onesocket-autobahn-client",
    ))?;
    let reports = target().join("autobahn");
    let start = Instant::now();
    let verdicts = play_all(suite, &reports)?;
    println!("{}", verdict::table(&verdicts));
    let seconds = start.elapsed().as_secs_f64();
    println!("{} cases in {seconds:.1} s", verdicts.len());

    let wrong: Vec<&Verdict> = verdicts.iter().filter(|case| !case.is_right()).collect();
    for case in wrong.iter().take(MOST_SHOWN) {
        println!("{case}");
    }
    if wrong.len() > MOST_RETRIES {
        return Err(format!(
            "{} of {} cases are not right; wire logs: {}/ID.json",
            wrong.len(),
            verdicts.len(),
            reports.display()
        ));
    }
    let mut lost = Vec::new();
    for case in wrong {
        println!("{} is run again, alone", case.id);
        let alone = Suite::of([case.id.as_str()]).slack(suite.slack);
        for case in play_all(&alone, &reports.join("alone").join(&case.id))? {
            if case.is_right() {
                println!("{case}, at the second attempt");
            } else {
                println!("{case}");
                lost.push(case.id);
            }
        }
    }
    if lost.is_empty() {
        return Ok(());
    }
    Err(format!(
        "not right, also alone: {}; wire logs: {}/ID.json, and below alone/ there",
        lost.join(", "),
        reports.display()
    ))
}

/// Plays the parts of the suite, and returns a verdict for each case, in order.
fn play_all(suite: &Suite, reports: &Path) -> Result<Vec<Verdict>> {
    // What an earlier run left there would be taken for this one's.
    let _ = fs::remove_dir_all(reports);
    fs::create_dir_all(reports).map_err(|error| format!("{}: {error}", reports.display()))?;
    let mut verdicts = Vec::new();
    for part in suite.parts() {
        let played: Vec<_> = thread::scope(|scope| {
            let played: Vec<_> = part
                .iter()
                .map(|suite| scope.spawn(|| play(suite, reports)))
                .collect();
            let join = |thread: thread::ScopedJoinHandle<'_, _>| thread.join();
            played.into_iter().map(join).collect()
        });
        for played in played {
            verdicts.extend(played.expect("playing does not panic")?);
        }
    }
    verdicts.sort_by_key(Verdict::key);
    Ok(verdicts)
}

/// Runs one client against one server.
fn play(suite: &Suite, reports: &Path) -> Result<Vec<Verdict>> {
    let server = Server::start(suite, reports)?;
    println!(
        "{} cases from {}, time limits times {}",
        server.cases.len(),
        server.cases.first().map_or("none", String::as_str),
        suite.slack
    );
    let client = target().join("release/onesocket-autobahn-client");
    let mut client = Running::start(program(client, &server.url).args(&server.cases))?;
    let ended = client.wait_within(CLIENT_LIMIT);
    drop(client);
    let verdicts = server.stop()?;
    let fault = match ended {
        Ok(status) if status.success() => return Ok(verdicts),
        Ok(status) => format!("ended with {status}"),
        Err(error) => error,
    };
    let played = verdicts.iter().filter(|case| case.has_result()).count();
    Err(format!("the client: {fault}, after {played} cases"))
}
