//! The report of what was measured in browsers.

use std::fs;
use std::path::Path;

use super::{Choice, JAVASCRIPT, OWN, PEERS, RAW, Results, RowResults};
use crate::measure::Spread;
use crate::{Outcome, place, readme, table};

/// From here on two clients are called equally fast.
const TIED: f64 = 0.95;

/// Writes everything: into the project if it is the whole of it, else on the terminal alone.
pub(super) fn write(choice: &Choice<'_>, results: &[Results]) -> Outcome<()> {
    let machine = machine(choice);
    let mut text = format!("# The crate in a browser\n\n{machine}\n");
    for results in results {
        text += &format!("\n## {}\n\n{}", results.browser, summary(results));
        for row in &results.rows {
            text += &format!("\n{}", details(row));
        }
    }
    println!("{text}");
    if choice.is_whole() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/page.md");
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(&path, text)?;
        readme::update(readme::PAGE, &condensed(&machine, results))?;
        println!("written to {}", path.display());
    }
    for line in results.iter().flat_map(behind) {
        println!("{line}");
    }
    Ok(())
}

fn machine(choice: &Choice<'_>) -> String {
    format!(
        "Measured on {}, {}. Speeds are compared round by round, medians of {} rounds with the order rotated, in one page, against one \
         neutral server on the same machine: 1.00 is as fast as callbacks on web-sys, more is faster. Load of the machine: {}.",
        place::here_and_now(),
        place::versions(
            concat!(env!("CARGO_MANIFEST_DIR"), "/../wasm/speed/Cargo.toml"),
            &["--target", "wasm32-unknown-unknown"],
            &[&PEERS[..], &["wasm-bindgen", RAW]].concat(),
        ),
        choice.rounds,
        place::load(),
    )
}

/// A line for each row: the speed of everybody beside callbacks on web-sys.
pub(super) fn summary(results: &Results) -> String {
    let others = [&[JAVASCRIPT][..], &OWN, &PEERS].concat();
    let mut text = format!(
        "| row | time per message | {RAW} | {} |\n|---|---|--:|{}\n",
        others.join(" | "),
        "--:|".repeat(others.len())
    );
    for row in &results.rows {
        let mut cells = vec![
            row.row.name.to_owned(),
            row.row.about.to_owned(),
            time(row, RAW),
        ];
        cells.extend(others.iter().map(|name| speed(row.speed(name, RAW))));
        text += &table::line(&cells);
    }
    text
}

/// All clients of one row.
fn details(row: &RowResults) -> String {
    let mut text = format!(
        "{}: {}\n\n| client | time per message | middle half | / {RAW} | ± | / {JAVASCRIPT} |\n|---|--:|--:|--:|--:|--:|\n",
        row.row.name, row.row.about
    );
    for (name, samples) in &row.clients {
        let (Some(spread), Some(ratio)) =
            (Spread::of(samples.iter().copied()), row.speed(name, RAW))
        else {
            continue;
        };
        text += &table::line(&[
            (*name).to_owned(),
            table::time(spread.median),
            format!(
                "{}–{}",
                table::time(spread.lower),
                table::time(spread.upper)
            ),
            speed(Some(ratio)),
            format!("{:.2}", ratio.doubt()),
            speed(row.speed(name, JAVASCRIPT)),
        ]);
    }
    text
}

/// What the front page shows.
fn condensed(machine: &str, results: &[Results]) -> String {
    let mut text = format!(
        "\n{machine}\n\n| | | {RAW} | plain {JAVASCRIPT} | {} | best peer |\n|---|---|--:|--:|--:|--:|---|\n",
        OWN.join(" | ")
    );
    for results in results {
        for row in &results.rows {
            let Some(peer) = row.best_peer() else {
                continue;
            };
            let mut cells = vec![
                results.browser.clone(),
                row.row.about.to_owned(),
                time(row, RAW),
            ];
            let others = [JAVASCRIPT].into_iter().chain(OWN);
            cells.extend(others.map(|name| speed(row.speed(name, RAW))));
            cells.push(format!("{}, {peer}", speed(row.speed(peer, RAW))));
            text += &table::line(&cells);
        }
    }
    text + "\n"
}

/// Where the crate is behind web-sys or the best peer.
fn behind(results: &Results) -> Vec<String> {
    let mut lines = Vec::new();
    for row in &results.rows {
        for own in OWN {
            for other in [Some(RAW), row.best_peer()].into_iter().flatten() {
                if let Some(ratio) = row.speed(own, other)
                    && ratio.median < TIED
                {
                    lines.push(format!(
                        "behind in {}, {}: {own} has {:.2} ± {:.2} of the speed of {other}",
                        results.browser,
                        row.row.name,
                        ratio.median,
                        ratio.doubt()
                    ));
                }
            }
        }
    }
    lines
}

fn time(row: &RowResults, client: &str) -> String {
    let spread = Spread::of(row.samples(client).iter().copied());
    spread.map_or(String::new(), |spread| table::time(spread.median))
}

fn speed(ratio: Option<Spread>) -> String {
    ratio.map_or(String::new(), |ratio| format!("{:.2}", ratio.median))
}
