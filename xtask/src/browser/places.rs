//! Where the tests run, and what each place needs.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::install;
use crate::process::{Result, program, read, target};

/// One compiled file of tests does for all places; the runner is told the place by its environment.
pub(super) struct Place {
    pub(super) name: &'static str,
    /// What a person asks for.
    pub(super) group: &'static str,
    pub(super) environment: &'static [(&'static str, &'static str)],
    pub(super) memory: Memory,
    pub(super) tests: &'static [Tests],
}

/// Whose the memory of a compiled file is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Memory {
    /// One thread's, as almost everybody compiles for wasm32.
    Own,
    /// That of all threads which are made of it: compiled with atomics.
    Shared,
}

/// A compiled file, and those of its tests whose names have this in them.
#[derive(Clone, Copy)]
pub(super) struct Tests {
    pub(super) file: File,
    pub(super) filter: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum File {
    /// `tests/scenarios.rs`, what is the same everywhere.
    Scenarios,
    /// `tests/browser.rs`, what is only there in a browser.
    Browser,
    /// `tests/backpressure.rs`, the scenarios once more over Chromium's `WebSocketStream`.
    Backpressure,
    /// `tests/shared_memory.rs`, what is only there with atomics.
    SharedMemory,
    /// The crate's own unit tests, above all those of the engine.
    Unit,
}

pub(super) const PLACES: [Place; 10] = [
    Place {
        name: "Chromium, page",
        group: "chromium",
        environment: &[("WASM_BINDGEN_USE_BROWSER", "1")],
        memory: Memory::Own,
        tests: WITH_BACKPRESSURE,
    },
    Place {
        name: "Chromium, dedicated worker",
        group: "chromium",
        environment: &[("WASM_BINDGEN_USE_DEDICATED_WORKER", "1")],
        memory: Memory::Own,
        tests: WITH_BACKPRESSURE,
    },
    Place {
        name: "Chromium, shared worker",
        group: "chromium",
        environment: &[("WASM_BINDGEN_USE_SHARED_WORKER", "1")],
        memory: Memory::Own,
        tests: EVERYTHING,
    },
    Place {
        name: "Chromium, service worker",
        group: "chromium",
        environment: &[("WASM_BINDGEN_USE_SERVICE_WORKER", "1")],
        memory: Memory::Own,
        tests: EVERYTHING,
    },
    Place {
        name: "Chromium, shared memory",
        group: "chromium-atomics",
        environment: &[("WASM_BINDGEN_USE_DEDICATED_WORKER", "1")],
        memory: Memory::Shared,
        tests: &[
            // Without atomics there is no test in it, which is a failure.
            all(File::SharedMemory),
            all(File::Scenarios),
            all(File::Browser),
            all(File::Backpressure),
        ],
    },
    Place {
        name: "Firefox, page",
        group: "firefox",
        environment: &[("WASM_BINDGEN_USE_BROWSER", "1")],
        memory: Memory::Own,
        tests: EVERYTHING,
    },
    Place {
        name: "Firefox, dedicated worker",
        group: "firefox",
        environment: &[("WASM_BINDGEN_USE_DEDICATED_WORKER", "1")],
        memory: Memory::Own,
        tests: EVERYTHING,
    },
    Place {
        name: "Firefox, shared worker",
        group: "firefox",
        environment: &[("WASM_BINDGEN_USE_SHARED_WORKER", "1")],
        memory: Memory::Own,
        tests: EVERYTHING,
    },
    Place {
        name: "Node",
        group: "node",
        environment: &[],
        memory: Memory::Own,
        tests: &[
            all(File::Scenarios),
            all(File::Browser),
            // They know no browser, and this is the quickest place.
            all(File::Unit),
        ],
    },
    Place {
        name: "Deno",
        group: "deno",
        environment: &[("WASM_BINDGEN_USE_DENO", "1")],
        memory: Memory::Own,
        // Its WebSocket breaks the standard where the other scenarios look; of these it passes each.
        tests: &[
            some("handles::"),
            some("late::"),
            some("readers::"),
            some("streams::"),
            some("url::"),
            all(File::Browser),
        ],
    },
];

const EVERYTHING: &[Tests] = &[all(File::Scenarios), all(File::Browser)];

const WITH_BACKPRESSURE: &[Tests] = &[
    all(File::Scenarios),
    all(File::Browser),
    all(File::Backpressure),
];

const fn all(file: File) -> Tests {
    Tests { file, filter: "" }
}

const fn some(filter: &'static str) -> Tests {
    Tests {
        file: File::Scenarios,
        filter,
    }
}

impl File {
    /// What cargo is asked for, and what it calls the result.
    pub(super) fn target(self) -> (&'static str, &'static str) {
        match self {
            File::Scenarios => ("--test scenarios", "scenarios"),
            File::Browser => ("--test browser", "browser"),
            File::Backpressure => ("--test backpressure", "backpressure"),
            File::SharedMemory => ("--test shared_memory", "shared_memory"),
            File::Unit => ("--lib", "onesocket"),
        }
    }
}

/// Installs what a group of places needs, and shows the runner where it is.
pub(super) fn equip(group: &str, runner: &mut Command) -> Result {
    // With both drivers in sight the runner takes Firefox's.
    runner.env_remove("CHROMEDRIVER").env_remove("GECKODRIVER");
    match group {
        "chromium" | "chromium-atomics" | "firefox" => {
            let (name, driver) = driver(group)?;
            runner.env(name, driver);
        }
        "node" => {
            runner.env("PATH", before_path(&node()?)?);
        }
        _ => {
            runner.env("PATH", before_path(&deno()?)?);
        }
    }
    Ok(())
}

/// Installs a browser, and the program that drives it under the name by which runners look for it.
pub(crate) fn driver(browser: &str) -> Result<(&'static str, PathBuf)> {
    if browser == "firefox" {
        install::command("firefox-esr", "firefox-esr")?;
        let driver = install::cargo_tool("geckodriver", "geckodriver", GECKODRIVER, "--locked")?;
        return Ok(("GECKODRIVER", driver));
    }
    install::command("chromium", "chromium")?;
    let driver = install::command("chromedriver", "chromium-driver")?;
    Ok(("CHROMEDRIVER", driver))
}

/// About `max-persistent-connections-per-server` in webdriver.json: a socket that Firefox 153 has to give up while it is
/// connecting keeps one of six connections until the server answers, and then nobody else is connected to that server.
const GECKODRIVER: &str = "0.37.1";

/// Node's WebSocket of version 20 takes the whole process down where a server names a subprotocol that nobody asked for, and
/// that of 22 repeats masking keys: both break what the scenarios are about.
const OLDEST_NODE: u32 = 24;
const NODE: &str = "24.21.0";
const DENO: &str = "2.9.6";

/// The folder of a Node that is new enough: the system's, else one from npm.
fn node() -> Result<PathBuf> {
    let version = read(&mut program("node", "--version")).unwrap_or_default();
    if major(&version).is_some_and(|major| major >= OLDEST_NODE) {
        let node = install::command("node", "nodejs")?;
        return Ok(node.parent().expect("it lies in a folder").to_owned());
    }
    let system = match env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let package = format!("node-{system}-{processor}");
    let home = install::npm(&package, NODE)?;
    Ok(home.join("node_modules").join(package).join("bin"))
}

/// `v24.21.0`
fn major(version: &str) -> Option<u32> {
    version
        .trim()
        .strip_prefix('v')?
        .split('.')
        .next()?
        .parse()
        .ok()
}

/// The folder of a `deno` that does what wasm-bindgen's runner thinks that it does: the runner writes for Deno 1, which had
/// a `window`, and does not ask for the network.
fn deno() -> Result<PathBuf> {
    let home = install::npm("deno", DENO)?.join("node_modules/@deno");
    let deno = fs::read_dir(&home)
        .map_err(|error| format!("{}: {error}", home.display()))?
        .filter_map(|entry| Some(entry.ok()?.path().join("deno")))
        .find(|deno| deno.is_file())
        .ok_or("npm's deno has no program for this system")?;
    let folder = target().join("deno");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| format!("{}: {error}", path.display()))
            .map(|()| path)
    };
    let window = write("window.js", "globalThis.window = globalThis;\n")?;
    let script = write(
        "deno",
        &format!(
            "#!/bin/sh\n# deno run --allow-read SCRIPT\nexec '{}' run --allow-read --allow-net --preload '{}' \"$3\"\n",
            deno.display(),
            window.display()
        ),
    )?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))
        .map_err(|error| format!("{}: {error}", script.display()))?;
    Ok(folder)
}

fn before_path(folder: &Path) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [folder.to_owned()]
        .into_iter()
        .chain(env::split_paths(&path));
    env::join_paths(folders).map_err(|error| format!("{}: {error}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_before_the_first_point() {
        assert_eq!(major("v24.21.0\n"), Some(24));
        assert_eq!(major(""), None);
    }
}
