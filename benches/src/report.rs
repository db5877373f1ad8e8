//! The report: every table and the plot, with the date and the machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::comparison::{Choice, Results};
use crate::counted::Counted;
use crate::{Outcome, counted, growth, memory, plot, readme, sizes, table};

/// Connections where a quick report has them.
const FEW: usize = 200;

/// Measures what is left, and writes everything: into the project if it is the whole of it, else beside the program.
pub(crate) fn write(choice: &Choice, results: &[Results]) -> Outcome<()> {
    let folder = folder(choice.quick)?;
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("plot.svg"), plot::svg(results))?;
    let machine = machine(choice);
    let few = |many| if choice.quick { FEW } else { many };
    let quick: &[&str] = if choice.quick {
        &["--quick", "rx64", "tx64f"]
    } else {
        &[]
    };
    let summary = table::summary(results);
    let rows: Vec<String> = results.iter().map(table::row).collect();
    let mut sections = vec![
        (
            "Summary",
            format!("{machine}\n\n![The crate beside the best peer](plot.svg)\n\n{summary}"),
        ),
        ("Rows", rows.join("\n")),
        ("Memory", memory::run(few(crate::MEMORY))?),
        (
            "Growth",
            growth::run(choice.rounds.min(3), few(crate::GROWTH))?,
        ),
        ("System calls", counted::run(Counted::SystemCalls, quick)?),
        ("Instructions", counted::run(Counted::Instructions, quick)?),
    ];
    if !choice.quick {
        sections.push(("Cost of the crate", sizes::run(&[])?));
    }
    let mut text = "# The crate beside its peers\n".to_owned();
    for (title, section) in &sections {
        text += &format!("\n## {title}\n\n{}\n", section.trim_end());
    }
    let path = folder.join("README.md");
    fs::write(&path, text)?;
    if !choice.quick {
        readme::update(&machine, results)?;
    }
    println!("{summary}\nwritten to {}", path.display());
    Ok(())
}

fn folder(quick: bool) -> Outcome<PathBuf> {
    if !quick {
        return Ok(Path::new(env!("CARGO_MANIFEST_DIR")).join("results"));
    }
    let program = env::current_exe()?;
    let target = program.ancestors().nth(2).ok_or("no target folder")?;
    Ok(target.join("bench"))
}

/// Who is compared, where and when.
fn machine(choice: &Choice) -> String {
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    let quick = if choice.quick {
        " This was a quick run, with fewer messages: its figures are no more than a trial."
    } else {
        ""
    };
    format!(
        "Measured on {} with {cpus} CPUs ({}), {}, {}, {}. CPU time is user and system time of the client's process; medians of \
         {} rounds with the order rotated, against one neutral server on a CPU of its own. The limit is tokio's TCP moving the \
         same bytes (`raw`) or, with compression, zlib-rs alone on the same payloads (`codec`). Load of the machine: {}.{quick}",
        told("date", &["-u", "+%Y-%m-%d"]),
        processor(),
        told("uname", &["-sr"]),
        told("rustc", &["--version"]),
        peers(),
        choice.rounds,
        fs::read_to_string("/proc/loadavg").map_or_else(
            |_| "unknown".to_owned(),
            |load| load.split(' ').take(3).collect::<Vec<_>>().join(", ")
        ),
    )
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

/// The peers' versions, as Cargo resolved them.
fn peers() -> String {
    const PEERS: [&str; 8] = [
        "fastwebsockets",
        "ratchet_rs",
        "rustls",
        "soketto",
        "tokio-tungstenite",
        "tokio-websockets",
        "web-socket",
        "yawc",
    ];
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let words = [
        "tree",
        "--manifest-path",
        manifest,
        "--all-features",
        "--depth",
        "1",
        "--prefix",
        "none",
    ];
    let tree = told("cargo", &words);
    let versions = tree.lines().filter_map(|line| {
        let (name, version) = line.split_once(" v")?;
        let version = version.split(' ').next()?;
        PEERS.contains(&name).then(|| format!("{name} {version}"))
    });
    versions.collect::<Vec<_>>().join(", ")
}

/// What a command prints; nothing if it cannot be had.
fn told(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).output();
    output.map_or(String::new(), |output| {
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    })
}
