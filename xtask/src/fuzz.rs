//! `cargo xtask fuzz`: drives the targets of `fuzz/` with libFuzzer, on the stable compiler.
//!
//! The inputs that it finds stay in `target/fuzz/corpus`, so that each run goes on where the last one ended.

use std::fs;
use std::path::{Path, PathBuf};

use crate::install;
use crate::process::{Result, cargo, program, read, root, run, succeeds, target};

/// What makes LLVM count edges and trace comparisons for libFuzzer. Sanitizers, which a stable compiler has not, would
/// find nothing: there is no unsafe code.
const INSTRUMENTED: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks \
     --cfg fuzzing";

/// An input that takes longer than ten seconds or two gigabytes is a fault like a panic.
const LIMITS: &str = "-timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1";

pub(crate) fn main(arguments: &[&str]) -> Result {
    let mut seconds = 60;
    let mut targets = targets()?;
    let mut coverage_only = false;
    for &argument in arguments {
        if argument == "--coverage" {
            coverage_only = true;
        } else if let Ok(number) = argument.parse() {
            seconds = number;
        } else if targets.iter().any(|target| target == argument) {
            targets = vec![argument.to_owned()];
        } else {
            let known = targets.join(", ");
            return Err(format!(
                "`{argument}` is neither a number of seconds nor a target; there are: {known}"
            ));
        }
    }
    if coverage_only {
        coverage(&targets)
    } else {
        fuzz(&targets, seconds)
    }
}

/// The names of the targets: each has a folder of seeds, which a test sees to.
fn targets() -> Result<Vec<String>> {
    let seeds = root().join("fuzz/seeds");
    let mut targets: Vec<String> = fs::read_dir(&seeds)
        .map_err(|error| format!("{}: {error}", seeds.display()))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    targets.sort();
    Ok(targets)
}

fn fuzz(targets: &[String], seconds: u64) -> Result {
    if !succeeds(&mut program("c++", "--version")) {
        install::debian("g++")?;
    }
    // With a target of its own, the flags do not reach build scripts.
    let host = read(&mut program("rustc", "--print host-tuple"))?;
    let host = host.trim();
    let home = folder("");
    let build = "build --release --package onesocket-fuzz --bin fuzz --features libfuzzer";
    run(cargo(&format!("{build} --target {host} --target-dir"))
        .arg(&home)
        .env("RUSTFLAGS", INSTRUMENTED))?;

    let fuzzer = home.join(host).join("release/fuzz");
    for target in targets {
        let corpus = folder(&format!("corpus/{target}"));
        let log = home.join(format!("{target}.log"));
        make(&corpus)?;
        make(&folder("faults"))?;
        let file = fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let outcome = run(
            program(&fuzzer, &format!("{LIMITS} -max_total_time={seconds}"))
                .arg(format!(
                    "-artifact_prefix={}/{target}-",
                    folder("faults").display()
                ))
                .arg(&corpus)
                .arg(root().join("fuzz/seeds").join(target))
                .env("FUZZ_TARGET", target)
                .stderr(file),
        );
        let log = fs::read_to_string(&log).unwrap_or_default();
        outcome.map_err(|error| fault(target, &log, &error))?;
        let inputs = fs::read_dir(&corpus).map_or(0, Iterator::count);
        println!("{target}: {} runs, {inputs} inputs kept", runs(&log));
    }
    Ok(())
}

/// The lines of the engine that the seeds and the inputs found so far reach.
fn coverage(targets: &[String]) -> Result {
    let tools = install::llvm_tools()?;
    let home = folder("coverage");
    run(
        cargo("build --package onesocket-fuzz --bin replay --target-dir")
            .arg(&home)
            .env("RUSTFLAGS", "-Cinstrument-coverage"),
    )?;
    let replay = home.join("debug/replay");
    let merged = home.join("all.profdata");
    let mut merge = program(tools.join("llvm-profdata"), "merge -sparse -o");
    merge.arg(&merged);
    for target in targets {
        let corpus = folder(&format!("corpus/{target}"));
        make(&corpus)?;
        let profile = home.join(format!("{target}.profraw"));
        run(program(&replay, target)
            .arg(root().join("fuzz/seeds").join(target))
            .arg(corpus)
            .env("LLVM_PROFILE_FILE", &profile))?;
        merge.arg(profile);
    }
    run(&mut merge)?;
    let mut export = program(tools.join("llvm-cov"), "export --format=lcov");
    let lines = read(
        export
            .arg(replay)
            .arg(format!("--instr-profile={}", merged.display())),
    )?;
    println!("{}", reached(&lines));
    Ok(())
}

/// A line for each file of the engine, from LCOV's records: `SF:` names a file, `DA:` a line and how often it ran.
fn reached(lcov: &str) -> String {
    let mut table = vec![format!(
        "{:<32}{:>7}{:>9}  missed",
        "file", "lines", "reached"
    )];
    for record in lcov.split("end_of_record") {
        let path = record.lines().find_map(|line| line.strip_prefix("SF:"));
        let Some((_, file)) = path.and_then(|path| path.split_once("/src/protocol/")) else {
            continue;
        };
        // A target may use what the unit tests check with.
        if file.contains("tests/") {
            continue;
        }
        let lines: Vec<(&str, &str)> = record
            .lines()
            .filter_map(|line| line.strip_prefix("DA:")?.split_once(','))
            .collect();
        let missed: Vec<&str> = lines
            .iter()
            .filter(|(_, count)| *count == "0")
            .map(|(line, _)| *line)
            .collect();
        let share = 100 * (lines.len() - missed.len()) / lines.len().max(1);
        let missed = missed.join(" ");
        table.push(format!("{file:<32}{:>7}{share:>8}%  {missed}", lines.len()));
    }
    if table.len() == 1 {
        table.push("nothing of src/protocol is mounted in fuzz/src/lib.rs".to_owned());
    }
    table.join("\n")
}

fn fault(target: &str, log: &str, error: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let panic = lines.iter().position(|line| line.contains("panicked at"));
    let start = panic.unwrap_or(lines.len().saturating_sub(40));
    let tail = lines[start..].join("\n");
    let faults = folder("faults");
    format!(
        "{tail}\n{error}\n\
         the input is in {faults}; once more: cargo run --package onesocket-fuzz --bin replay {target} FILE\n\
         When it is mended, keep the input in fuzz/seeds/{target}/: the tests run it from then on.",
        faults = faults.display(),
    )
}

fn runs(log: &str) -> &str {
    let lines = log.lines();
    lines
        .filter_map(|line| line.strip_prefix("stat::number_of_executed_units:"))
        .next_back()
        .map_or("?", str::trim)
}

fn folder(name: &str) -> PathBuf {
    target().join("fuzz").join(name)
}

fn make(folder: &Path) -> Result {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_the_engine_are_counted_and_no_others() {
        let lcov = "SF:/x/src/error.rs\nDA:1,0\nend_of_record\n\
                    SF:/x/src/protocol/outgoing/tests/window.rs\nDA:1,0\nend_of_record\n\
                    SF:/x/fuzz/src/../../src/protocol/frame.rs\nDA:3,7\nDA:4,0\nDA:5,1\nDA:9,0\nLF:4\nend_of_record\n";
        let table = reached(lcov);
        let rows: Vec<Vec<&str>> = table
            .lines()
            .skip(1)
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(rows, [["frame.rs", "4", "50%", "4", "9"]]);
    }
}
