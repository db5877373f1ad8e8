//! `cargo xtask browser`: the scenarios inside of browsers and of servers' JavaScript, against the same peer server as natively.

mod build;
mod places;

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Instant;

use self::build::build;
pub(crate) use self::places::driver;
use self::places::{File, Memory, PLACES, Place, Tests, equip};
use crate::drive;
use crate::install;
use crate::process::{Result, Running, cargo, program, root, run, target, tee};
use crate::serve::CONSOLE;
use crate::wasm;

/// Seconds until the runner gives up a file of tests. Each test has a limit of its own; so this is for a browser that hangs.
const LIMIT: &str = "900";

pub(crate) fn main(arguments: &[&str]) -> Result {
    let (groups, filter): (Vec<&str>, Vec<&str>) = arguments
        .iter()
        .partition(|word| PLACES.iter().any(|place| place.group == **word));
    if filter.len() > 1 || filter.iter().any(|word| word.starts_with('-')) {
        return Err(format!("`browser` does not know {}", filter.join(" ")));
    }
    let places: Vec<&Place> = PLACES
        .iter()
        .filter(|place| groups.is_empty() || groups.contains(&place.group))
        .collect();
    let tools = tools()?;
    let compiled = compile(&places, &tools.address)?;
    let (mut rows, mut again) = (Vec::new(), Vec::new());
    for place in places {
        for tests in place.tests {
            println!("\n{}", place.name);
            let start = Instant::now();
            let run = || tools.run(&compiled, place, *tests, filter.first().copied());
            let mut outcome = run();
            // A browser is a large program on a machine that may be busy.
            if !passed(&outcome) {
                println!("\n{} is run again", place.name);
                again.push(place.name);
                outcome = run();
            }
            rows.push((place.name, *tests, outcome, start.elapsed()));
        }
    }
    println!(
        "\n{:<28}{:<14}{:<10}{:>8}{:>8}{:>9}{:>9}",
        "place", "tests", "of them", "passed", "failed", "ignored", "seconds"
    );
    let mut failed = Vec::new();
    for (place, tests, outcome, time) in rows {
        let [ok, bad, ignored] = match &outcome {
            Ok(counts) => [counts.passed, counts.failed, counts.ignored].map(|n| n.to_string()),
            Err(_) => ["-"; 3].map(str::to_owned),
        };
        let (_, name) = tests.file.target();
        let seconds = format!("{:.1}", time.as_secs_f64());
        println!(
            "{place:<28}{name:<14}{:<10}{ok:>8}{bad:>8}{ignored:>9}{seconds:>9}",
            tests.filter
        );
        if !passed(&outcome) {
            let error = outcome.err().unwrap_or_default();
            failed.push(format!("{place} {name} {error}"));
        }
    }
    if !again.is_empty() {
        println!("failed the first time: {}", again.join(", "));
    }
    if filter.is_empty() {
        let browsers = drive::BROWSERS.into_iter();
        let browsers: Vec<&str> = browsers
            .filter(|browser| groups.is_empty() || groups.contains(browser))
            .collect();
        if !browsers.is_empty()
            && let Err(error) = drive::drive(&CONSOLE, &browsers, &[])
        {
            failed.push(format!("the console: {error}"));
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(format!("not all tests passed:\n{}", failed.join("\n"))),
    }
}

/// What every place needs, made once.
struct Tools {
    runner: PathBuf,
    /// The server's host and port.
    address: String,
    /// It serves until this program ends, and its standard input with it.
    _server: Running,
}

fn tools() -> Result<&'static Tools> {
    static TOOLS: OnceLock<Tools> = OnceLock::new();
    if let Some(tools) = TOOLS.get() {
        return Ok(tools);
    }
    wasm::compiler()?;
    let runner = bindgen("wasm-bindgen-test-runner")?;
    let (server, address) = server(&[])?;
    Ok(TOOLS.get_or_init(|| Tools {
        runner,
        address,
        _server: server,
    }))
}

/// A file of tests, how it was compiled, and where the result is.
type Compiled = (File, Memory, PathBuf);

/// Compiles what these places run.
fn compile(places: &[&Place], address: &str) -> Result<Vec<Compiled>> {
    let mut compiled: Vec<Compiled> = Vec::new();
    for place in places {
        for Tests { file, .. } in place.tests {
            let is_there = |(other, memory, _): &Compiled| other == file && *memory == place.memory;
            if !compiled.iter().any(is_there) {
                compiled.push((*file, place.memory, build(*file, place.memory, address)?));
            }
        }
    }
    Ok(compiled)
}

impl Tools {
    fn run(
        &self,
        compiled: &[Compiled],
        place: &Place,
        tests: Tests,
        filter: Option<&str>,
    ) -> Result<Counts> {
        let is_it = |(file, memory, _): &&Compiled| *file == tests.file && *memory == place.memory;
        let (_, _, path) = compiled
            .iter()
            .find(is_it)
            .expect("all of them are compiled");
        let mut command = program(&self.runner, "");
        command
            .arg(path)
            .args(
                filter
                    .or(Some(tests.filter))
                    .filter(|word| !word.is_empty()),
            )
            // It has figures to show.
            .args((tests.file == File::Backpressure).then_some("--nocapture"))
            .env("WASM_BINDGEN_TEST_TIMEOUT", LIMIT)
            .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
            .env(
                "WASM_BINDGEN_TEST_WEBDRIVER_JSON",
                root().join("xtask/webdriver.json"),
            );
        equip(place.group, &mut command)?;
        command.envs(place.environment.iter().copied());
        let (output, status) = tee(&mut command)?;
        match Counts::read(&output) {
            Some(counts) if status.is_ok() == (counts.failed == 0) => Ok(counts),
            // With a filter of a person's, not every file has such a test.
            None if status.is_ok() && filter.is_some() => Ok(Counts::default()),
            _ => Err(status.err().unwrap_or_else(|| "no test was run".to_owned())),
        }
    }
}

fn passed(outcome: &Result<Counts>) -> bool {
    matches!(outcome, Ok(counts) if counts.failed == 0)
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u32,
    failed: u32,
    ignored: u32,
}

impl Counts {
    /// `test result: ok. 204 passed; 0 failed; 1 ignored; 0 filtered out`
    fn read(output: &str) -> Option<Self> {
        let result = output
            .lines()
            .find_map(|line| line.trim().strip_prefix("test result: "))?;
        let count = |word: &str| {
            let (before, _) = result.split_once(word)?;
            before.split_whitespace().last()?.parse().ok()
        };
        Some(Counts {
            passed: count(" passed")?,
            failed: count(" failed")?,
            ignored: count(" ignored")?,
        })
    }
}

/// A tool of wasm-bindgen, which must be of the very version that is compiled in.
pub(crate) fn bindgen(binary: &str) -> Result<PathBuf> {
    let lock = root().join("Cargo.lock");
    if !lock.is_file() {
        run(&mut cargo("generate-lockfile"))?;
    }
    let text = fs::read_to_string(&lock).map_err(|error| format!("Cargo.lock: {error}"))?;
    let version = locked_version(&text, "wasm-bindgen")
        .ok_or("Cargo.lock does not name wasm-bindgen: remove it, so that it is made anew")?;
    // It talks to a driver on this machine only, without TLS.
    let options = "--no-default-features";
    install::cargo_tool("wasm-bindgen-cli", binary, version, options)
}

fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    lines
        .next()?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

/// Starts the peer server, on a free port if the arguments name none; answers its host and port.
pub(crate) fn server(arguments: &[&OsStr]) -> Result<(Running, String)> {
    run(&mut cargo(
        "build --package onesocket-test-support --bin peer-server",
    ))?;
    let mut command = program(target().join("debug/peer-server"), "");
    // It serves until its input ends, also when this program is killed.
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut server = Running::start(&mut command)?;
    let stdout = server.0.stdout.take().expect("the output is piped");
    let mut line = String::new();
    BufReader::new(stdout)
        .read_line(&mut line)
        .map_err(|error| format!("the peer server: {error}"))?;
    match line.trim().strip_prefix("ws://") {
        Some(address) => Ok((server, address.to_owned())),
        None => Err(format!("the peer server says {line:?}, not its address")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_very_package() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }

    #[test]
    fn the_counts_are_those_of_the_last_line() {
        let output = "running 3 tests\n\ntest result: FAILED. 1 passed; 2 failed; 3 ignored; 4 filtered out; finished\n";
        let counts = Counts {
            passed: 1,
            failed: 2,
            ignored: 3,
        };
        assert_eq!(Counts::read(output), Some(counts));
        assert_eq!(Counts::read("no tests to run!"), None);
    }
}
