//! Where and when something was measured, and with which versions.

use std::fs;
use std::process::Command;

/// The machine, the day, the system and the compiler.
pub(crate) fn here_and_now() -> String {
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{} with {cpus} CPUs ({}), {}, {}",
        processor(),
        told("date", &["-u", "+%Y-%m-%d"]),
        told("uname", &["-sr"]),
        told("rustc", &["--version"]),
    )
}

/// Of the last minutes.
pub(crate) fn load() -> String {
    fs::read_to_string("/proc/loadavg").map_or_else(
        |_| "unknown".to_owned(),
        |load| load.split(' ').take(3).collect::<Vec<_>>().join(", "),
    )
}

/// The versions of these dependencies of a package, as Cargo resolved them.
pub(crate) fn versions(manifest: &str, options: &[&str], names: &[&str]) -> String {
    const WORDS: [&str; 5] = ["tree", "--depth", "1", "--prefix", "none"];
    let words = [&WORDS[..], &["--manifest-path", manifest], options].concat();
    let tree = told("cargo", &words);
    let versions = tree.lines().filter_map(|line| {
        let (name, version) = line.split_once(" v")?;
        let version = version.split(' ').next()?;
        names.contains(&name).then(|| format!("{name} {version}"))
    });
    versions.collect::<Vec<_>>().join(", ")
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    name.map_or("unknown".to_owned(), |name| {
        name.trim_start_matches(['\t', ' ', ':']).to_owned()
    })
}

/// What a command prints; nothing if it cannot be had.
fn told(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).output();
    output.map_or(String::new(), |output| {
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    })
}
