//! The report: every table and the plot, with the date and the machine.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::clients::ONESOCKET;
use crate::comparison::{Choice, Results};
use crate::counted::Counted;
use crate::{Outcome, counted, growth, memory, place, plot, readme, sizes, table};

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
    if !choice.quick {
        readme::update(readme::NATIVE, &readme::condensed(&machine, results))?;
    }
    let path = folder.join("README.md");
    let mut text = "# The crate beside its peers\n".to_owned();
    // Written after each, as they take long.
    let mut add = |title: &str, section: String| {
        text += &format!("\n## {title}\n\n{}\n", section.trim_end());
        fs::write(&path, &text)
    };
    add(
        "Summary",
        format!("{machine}\n\n![The crate beside the best peer](plot.svg)\n\n{summary}"),
    )?;
    add("Rows", rows.join("\n"))?;
    add("Memory", memory::run(few(crate::MEMORY))?)?;
    let rounds = choice.rounds.min(crate::GROWTH_ROUNDS);
    add("Growth", growth::run(rounds, few(crate::GROWTH))?)?;
    add("System calls", counted::run(Counted::SystemCalls, quick)?)?;
    add("Instructions", counted::run(Counted::Instructions, quick)?)?;
    if !choice.quick {
        add("Cost of the crate", sizes::run(&[])?)?;
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
    let quick = if choice.quick {
        " This was a quick run, with fewer messages: its figures are no more than a trial."
    } else {
        ""
    };
    format!(
        "Measured on {}, {}. CPU time is user and system time of the client's process; medians of {} rounds with the order \
         rotated, against one neutral server, on a CPU of its own but for what goes there and back: waking the other CPU would cost more than any client does. Ratios are medians of the rounds' ratios, as what slows the machine \
         down in one round slows all in it; behind ± is by how much a median may be wrong, as a box plot's notch shows it: about nine times in ten it is not more. \
         The limit is tokio's TCP, or tokio-rustls, moving the same bytes through a buffer of 64 KiB (`raw`) or, with compression, zlib-rs alone on the \
         same payloads (`codec`); who reads or writes more at a time can be below it. The best peer is the one beside which {ONESOCKET} does worst. Load of the machine: {}.{quick}",
        place::here_and_now(),
        place::versions(
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            &["--all-features"],
            &PEERS
        ),
        choice.rounds,
        place::load(),
    )
}
