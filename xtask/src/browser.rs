//! `cargo xtask browser`: the scenarios inside of browsers and Node, against the same peer server as natively.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;

use crate::console;
use crate::install;
use crate::process::{Result, Running, cargo, program, read, root, run, target};

pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Where the tests run. One compiled file does for all of them; the runner is told the place by its environment.
struct Place {
    name: &'static str,
    /// What a person asks for.
    group: &'static str,
    /// The files of tests.
    tests: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

const PLACES: [Place; 5] = [
    Place {
        name: "Chromium, page",
        group: "chromium",
        tests: &["scenarios", "browser", "backpressure"],
        environment: &[("WASM_BINDGEN_USE_BROWSER", "1")],
    },
    Place {
        name: "Chromium, dedicated worker",
        group: "chromium",
        tests: &["scenarios", "browser", "backpressure"],
        environment: &[("WASM_BINDGEN_USE_DEDICATED_WORKER", "1")],
    },
    Place {
        name: "Firefox, page",
        group: "firefox",
        tests: &["scenarios", "browser"],
        environment: &[("WASM_BINDGEN_USE_BROWSER", "1")],
    },
    Place {
        name: "Firefox, dedicated worker",
        group: "firefox",
        tests: &["scenarios", "browser"],
        environment: &[("WASM_BINDGEN_USE_DEDICATED_WORKER", "1")],
    },
    Place {
        name: "Node",
        group: "node",
        tests: &["scenarios", "browser"],
        // Before version 22 its WebSocket has to be asked for; later ones ignore this.
        environment: &[("NODE_ARGS", "--experimental-websocket")],
    },
];

/// Seconds until the runner gives up; a busy machine needs more than its default of 20.
const LIMIT: &str = "3000";

pub(crate) fn main(arguments: &[&str]) -> Result {
    let (groups, filter): (Vec<&str>, Vec<&str>) = arguments
        .iter()
        .partition(|word| PLACES.iter().any(|place| place.group == **word));
    if let Some(unknown) = filter.iter().find(|word| word.starts_with('-')) {
        return Err(format!("`browser` does not know {unknown}"));
    }
    let places: Vec<&Place> = PLACES
        .iter()
        .filter(|place| groups.is_empty() || groups.contains(&place.group))
        .collect();

    install::target(WASM)?;
    let runner = bindgen("wasm-bindgen-test-runner")?;
    let (server, address) = server(&[])?;
    let mut compiled = BTreeMap::new();
    for tests in places.iter().flat_map(|place| place.tests) {
        if let Entry::Vacant(entry) = compiled.entry(*tests) {
            entry.insert(build(tests, &address)?);
        }
    }
    let mut failed = Vec::new();
    let runs = places
        .iter()
        .flat_map(|place| place.tests.iter().map(move |tests| (place, *tests)));
    for (place, tests) in runs {
        println!("\n{}: {tests}", place.name);
        let mut command = program(&runner, "");
        command
            .arg(&compiled[tests])
            .args(&filter)
            // It has figures to show.
            .args((tests == "backpressure").then_some("--nocapture"))
            .envs(place.environment.iter().copied())
            .env("WASM_BINDGEN_TEST_TIMEOUT", LIMIT)
            .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
            .env(
                "WASM_BINDGEN_TEST_WEBDRIVER_JSON",
                root().join("xtask/webdriver.json"),
            );
        // With both drivers in sight the runner takes Firefox's.
        command.env_remove("CHROMEDRIVER").env_remove("GECKODRIVER");
        if let Some((name, driver)) = driver(place.group)? {
            command.env(name, driver);
        }
        if let Err(error) = run(&mut command) {
            println!("{error}");
            failed.push(place.name);
        }
    }
    drop(server);
    if filter.is_empty() {
        let driven: Vec<&str> = console::BROWSERS
            .into_iter()
            .filter(|browser| groups.is_empty() || groups.contains(browser))
            .collect();
        if let Err(error) = console::drive(&driven, &[]) {
            println!("{error}");
            failed.push("the console");
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(format!("not all tests passed in: {}", failed.join(", "))),
    }
}

/// The browser, and the program that drives it; Node needs none.
pub(crate) fn driver(group: &str) -> Result<Option<(&'static str, PathBuf)>> {
    match group {
        "chromium" => {
            install::command("chromium", "chromium")?;
            let driver = install::command("chromedriver", "chromium-driver")?;
            Ok(Some(("CHROMEDRIVER", driver)))
        }
        "firefox" => {
            install::command("firefox-esr", "firefox-esr")?;
            Ok(Some((
                "GECKODRIVER",
                install::cargo_tool("geckodriver", "geckodriver", "0.37.1", "")?,
            )))
        }
        _ => install::command("node", "nodejs").map(|_| None),
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
        None => Err("the peer server could not be started".to_owned()),
    }
}

/// Compiles a file of tests; a browser has no environment, so the server's address is compiled in.
fn build(tests: &str, address: &str) -> Result<PathBuf> {
    let build = format!("test --target {WASM} --test {tests} --no-run");
    run(cargo(&build).env("ONESOCKET_TEST_SERVER", address))?;
    let messages = read(
        cargo(&format!("{build} --message-format=json")).env("ONESOCKET_TEST_SERVER", address),
    )?;
    messages
        .lines()
        .filter(|line| line.contains(&format!(r#""name":"{tests}""#)))
        .find_map(executable)
        .map(PathBuf::from)
        .filter(|path| File::open(path).is_ok())
        .ok_or_else(|| format!("cargo does not say where the compiled {tests} are"))
}

/// The file that a line of cargo's report names.
fn executable(report: &str) -> Option<&str> {
    let (_, rest) = report.split_once(r#""executable":""#)?;
    Some(rest.split_once('"')?.0)
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
    fn the_compiled_file_is_found_in_cargos_report() {
        let report =
            r#"{"target":{"name":"scenarios"},"executable":"/x/scenarios-1.wasm","fresh":true}"#;
        assert_eq!(executable(report), Some("/x/scenarios-1.wasm"));
        assert_eq!(executable(r#"{"executable":null}"#), None);
    }
}
