//! `cargo xtask bench`: the crate beside its peers. The programs of `benches/` do the work; this builds them.

use std::ffi::OsStr;
use std::process::Command;

use crate::browser;
use crate::drive::{BROWSERS, start_driver};
use crate::install;
use crate::process::{Result, cargo, program, run, target};
use crate::serve;

const BUILD: &str = "build --release --package onesocket-bench";

pub(crate) fn main(arguments: &[&str]) -> Result {
    let counters: &[&str] = match arguments {
        ["instructions", ..] => &["valgrind"],
        ["syscalls", ..] => &["strace"],
        // Everything.
        [] | ["--quick"] => &["strace", "valgrind"],
        _ => &[],
    };
    for counter in counters {
        install::command(counter, counter)?;
    }
    run(&mut cargo(BUILD))?;
    let mut bench = program(target().join("release/onesocket-bench"), "");
    if let ["page", rest @ ..] = arguments {
        return page(bench, rest);
    }
    // By itself: what it asks of flate2 would reach the other program.
    run(&mut cargo(&format!(
        "{BUILD} --features c-zlib --bin onesocket-bench-c-zlib"
    )))?;
    run(bench.args(arguments))
}

/// The comparison in browsers: serves the page of `wasm/speed`, and starts what drives them.
fn page(mut bench: Command, arguments: &[&str]) -> Result {
    let (browsers, rest): (Vec<&str>, Vec<&str>) =
        arguments.iter().partition(|word| BROWSERS.contains(word));
    let browsers = match browsers.is_empty() {
        true => BROWSERS.to_vec(),
        false => browsers,
    };
    let site = serve::SPEED.build()?;
    let (server, address) = browser::server(&[OsStr::new("0"), site.as_os_str()])?;
    bench.args(["page", "--site", &format!("http://{address}/")]);
    let mut drivers = Vec::new();
    for browser in browsers {
        let (driver, port) = start_driver(browser)?;
        bench.args(["--driver", &format!("{browser}=127.0.0.1:{port}")]);
        drivers.push(driver);
    }
    run(bench.args(rest))?;
    drop((drivers, server));
    Ok(())
}
