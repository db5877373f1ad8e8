//! `cargo xtask test`: everything that a change must pass.

use std::fs;
use std::time::Duration;

use crate::autobahn::{self, Suite};
use crate::browser;
use crate::drive;
use crate::install;
use crate::interop;
use crate::process::{Result, cargo, program, read, read_within, root, run, target};
use crate::serve;
use crate::step::{Outcome, Step, run_all};
use crate::wasm::{self, Compiler, WASM};

/// The sets of features that are free of warnings: none, default, each alone, all.
const LINTED: [(&str, &str); 8] = [
    ("none", "--no-default-features"),
    ("default", ""),
    ("tls", "--no-default-features --features tls"),
    (
        "webpki-roots",
        "--no-default-features --features webpki-roots",
    ),
    ("aws-lc-rs", "--no-default-features --features aws-lc-rs"),
    ("ring", "--no-default-features --features ring"),
    ("tracing", "--no-default-features --features tracing"),
    ("all", "--all-features"),
];

/// The sets of features that the tests run with: each provider of TLS, both at once, and no TLS.
const TESTED: [(&str, &str); 4] = [
    ("default", ""),
    ("ring", "--no-default-features --features webpki-roots,ring"),
    ("all", "--all-features"),
    ("none", "--no-default-features"),
];

/// The providers of TLS are C and would need a C compiler for the target; all that depends on the target is ours.
const WINDOWS: &str = "x86_64-pc-windows-gnu";
const WINDOWS_FEATURES: &str = "--no-default-features --features webpki-roots,tracing";

pub(crate) fn main(arguments: &[&str]) -> Result {
    let (options, names): (Vec<&str>, Vec<&str>) =
        arguments.iter().partition(|word| word.starts_with('-'));
    let mut steps = steps();
    let mut left_out: &[&str] = &[];
    match options.as_slice() {
        [] => steps.extend(wasm_steps()),
        ["--native"] => left_out = &WASM_STEPS,
        _ => return Err(format!("`test` knows --native, not {}", options.join(" "))),
    }
    if names.is_empty() {
        return run_all(&steps, left_out);
    }
    if let Some(unknown) = names
        .iter()
        .find(|name| !steps.iter().any(|step| step.name.starts_with(**name)))
    {
        let known: Vec<_> = steps.iter().map(|step| step.name.as_str()).collect();
        return Err(format!(
            "no step begins with `{unknown}`; there are: {}",
            known.join(", ")
        ));
    }
    steps.retain(|step| names.iter().any(|name| step.name.starts_with(name)));
    run_all(&steps, &["all other steps"])
}

fn steps() -> Vec<Step> {
    let mut steps = vec![step("format", "Run `cargo fmt`.", format)];
    for (name, features) in LINTED {
        steps.push(step(
            &format!("lint {name}"),
            "Mend what clippy shows; an `expect` with a reason is for what is right as it is.",
            move || clippy(features),
        ));
    }
    steps.push(step("lint members", "Mend what clippy shows.", || {
        clippy("--workspace --exclude onesocket --features onesocket-bench/c-zlib")
    }));
    for (name, features) in TESTED {
        steps.push(step(
            &format!("test {name}"),
            "Run the test that failed alone: cargo test NAME. Tests wait for events, not for time: none may fail by chance.",
            move || passed(&mut cargo(&format!("test --lib --tests {features}"))),
        ));
    }
    steps.extend([
        step(
            "test members",
            "Run the test that failed alone: cargo test --package MEMBER NAME.",
            || passed(&mut cargo("test --workspace --exclude onesocket")),
        ),
        step(
            "layers",
            "A file may import only what is left of it in the table of tests/layers.rs.",
            || passed(&mut cargo("test --quiet --test layers")),
        ),
        step(
            "documentation tests",
            "Every example in the documentation must run as it stands.",
            || passed(&mut cargo("test --doc")),
        ),
        step(
            "documentation",
            "Mend what rustdoc shows.",
            documentation,
        ),
        step(
            "examples",
            "Examples use nothing but the public face; change them with it.",
            || passed(&mut cargo("build --examples")),
        ),
        step(
            "echo example",
            "It must show the life of a connection: cargo run --example echo.",
            echo_example,
        ),
        step(
            "package",
            "`include` in Cargo.toml says what a release holds.",
            package,
        ),
        step(
            "licences",
            "deny.toml says what the dependencies may be, and why.",
            licences,
        ),
        step(
            "windows",
            "Code for one system needs its twin for the others; only lib.rs chooses.",
            windows,
        ),
        step(
            "rust-version",
            "Do without what is newer, or raise `rust-version` in Cargo.toml and say so in CHANGELOG.md.",
            rust_version,
        ),
        step(
            "autobahn",
            "Run the case alone: cargo xtask autobahn --cases ID. Its wire log is named above.",
            || autobahn::judge(&Suite::standard().slack(3.0)).map(|()| Outcome::Passed),
        ),
        step(
            "interop",
            "Run the server alone: cargo xtask interop SERVER. What it printed is shown above.",
            || interop::main(&[]).map(|()| Outcome::Passed),
        ),
    ]);
    steps
}

const WASM_STEPS: [&str; 7] = [
    "lint wasm32",
    "chat in leptos",
    "node",
    "deno",
    "chromium",
    "chromium-atomics",
    "firefox",
];

/// What `--native` leaves out; the quick ones first.
fn wasm_steps() -> Vec<Step> {
    let advice = "Run the test that failed alone: cargo xtask browser PLACE NAME. tests/scenarios/places.rs says what places do otherwise.";
    WASM_STEPS
        .into_iter()
        .map(|name| match name {
            "lint wasm32" => step(name, "Mend what clippy shows.", lint_wasm32),
            "chat in leptos" => step(
                name,
                "examples/leptos uses nothing but the public face; change it with it. Look at it: cargo xtask serve chat.",
                || drive::drive(&serve::CHAT, &["chromium"], &[]).map(|()| Outcome::Passed),
            ),
            _ => step(name, advice, move || {
                browser::main(&[name]).map(|()| Outcome::Passed)
            }),
        })
        .collect()
}

fn step(name: &str, advice: &'static str, check: impl Fn() -> Result<Outcome> + 'static) -> Step {
    Step {
        name: name.to_owned(),
        advice,
        check: Box::new(check),
    }
}

fn passed(command: &mut std::process::Command) -> Result<Outcome> {
    run(command).map(|()| Outcome::Passed)
}

fn format() -> Result<Outcome> {
    install::component("rustfmt", "fmt --version")?;
    passed(&mut cargo("fmt --all --check"))
}

fn clippy(which: &str) -> Result<Outcome> {
    install::component("clippy", "clippy --version")?;
    passed(&mut cargo(&format!(
        "clippy --all-targets {which} -- -D warnings"
    )))
}

/// The crate with its tests, and the members that exist only in a browser.
fn lint_wasm32() -> Result<Outcome> {
    install::component("clippy", "clippy --version")?;
    let Compiler::Toolchain = wasm::compiler()? else {
        return Ok(Outcome::NotChecked(format!(
            "the distribution's compiler has no clippy; get {WASM} with `rustup target add {WASM}`"
        )));
    };
    let wasm = |command: &str| passed(cargo(command).env("CARGO_BUILD_TARGET", WASM));
    wasm("clippy --lib --test scenarios --test browser --test backpressure -- -D warnings")?;
    wasm(
        "clippy --package onesocket-console --package onesocket-leptos --package onesocket-speed -- -D warnings",
    )?;
    for app in ["raw", "listeners", "streams"] {
        let features = format!("--features {app}");
        wasm(&format!(
            "clippy --package onesocket-size {features} -- -D warnings"
        ))?;
    }
    Ok(Outcome::Passed)
}

fn documentation() -> Result<Outcome> {
    for features in ["", "--all-features"] {
        run(cargo(&format!("doc --no-deps {features}")).env("RUSTDOCFLAGS", "-D warnings"))?;
    }
    Ok(Outcome::Passed)
}

/// Runs the echo example without a URL and looks for open, message and close, in this order.
fn echo_example() -> Result<Outcome> {
    run(&mut cargo("build --example echo"))?;
    let echo = target().join("debug/examples/echo");
    let output = read_within(&mut program(echo, ""), Duration::from_secs(60))?;
    print!("{output}");
    let mut lines = output.lines();
    for event in ["open", "message", "close"] {
        if !lines.any(|line| line.contains(event)) {
            return Err(format!("no line with `{event}` where it is expected"));
        }
    }
    Ok(Outcome::Passed)
}

/// Packs the crate, builds it from the package, and looks at what is in it.
fn package() -> Result<Outcome> {
    let list = read(&mut cargo("package --quiet --allow-dirty --list"))?;
    let list: Vec<&str> = list.lines().collect();
    for file in [
        "CHANGELOG.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "SECURITY.md",
        "src/lib.rs",
    ] {
        if !list.contains(&file) {
            return Err(format!("{file} is not in the package"));
        }
    }
    if let Some(stray) = list.iter().find(|file| {
        file.contains('/') && !file.starts_with("src/") && !file.starts_with("examples/")
    }) {
        return Err(format!("{stray} does not belong into the package"));
    }
    passed(&mut cargo("package --allow-dirty"))
}

fn licences() -> Result<Outcome> {
    let deny = install::cargo_deny()?;
    passed(&mut program(deny, "deny check licenses bans"))
}

fn windows() -> Result<Outcome> {
    if let Err(error) = install::target(WINDOWS) {
        return Ok(Outcome::NotChecked(format!(
            "the target {WINDOWS} cannot be had ({error}); get it with `rustup target add {WINDOWS}`"
        )));
    }
    passed(&mut cargo(&format!(
        "check --lib --target {WINDOWS} {WINDOWS_FEATURES}"
    )))
}

/// Checks the crate with the oldest toolchain that `Cargo.toml` promises, the only place that names it.
fn rust_version() -> Result<Outcome> {
    let manifest = fs::read_to_string(root().join("Cargo.toml"))
        .map_err(|error| format!("Cargo.toml: {error}"))?;
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .ok_or("Cargo.toml names no rust-version")?
        .trim_matches('"');
    if let Err(error) = install::toolchain(version) {
        return Ok(Outcome::NotChecked(format!(
            "the toolchain {version} cannot be had ({error}); get it with `rustup toolchain install {version}`"
        )));
    }
    passed(&mut program(
        "rustup",
        &format!("run {version} cargo check --lib --all-features"),
    ))
}
