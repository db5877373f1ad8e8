//! `cargo xtask bench`: the crate beside its peers. The programs of `benches/` do the work; this builds them.

use crate::process::{Result, cargo, program, run, target};

const BUILD: &str = "build --release --package onesocket-bench";

pub(crate) fn main(arguments: &[&str]) -> Result {
    run(&mut cargo(BUILD))?;
    // By itself: what it asks of flate2 would reach the other program.
    run(&mut cargo(&format!(
        "{BUILD} --features c-zlib --bin onesocket-bench-c-zlib"
    )))?;
    let bench = target().join("release/onesocket-bench");
    run(program(bench, "").args(arguments))
}
