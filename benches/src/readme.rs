//! The condensed table in the project's README, between two marks.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::clients::ONESOCKET;
use crate::comparison::Results;
use crate::table;

const BEGIN: &str = "<!-- bench: written by `cargo xtask bench` -->\n";
const END: &str = "<!-- bench: end -->";

/// What is shown of all rows.
const SHOWN: [&str; 14] = [
    "rx64", "rx1k", "rx64k", "rx1m", "rx64l", "tx64b", "tx1kf", "tx64k", "tx64s", "ping64s",
    "trx1k", "conn", "zrx1k", "ztx1k",
];

pub(crate) fn update(machine: &str, results: &[Results]) -> Outcome<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let text = fs::read_to_string(&path)?;
    let text = replaced(&text, &condensed(machine, results)).ok_or("README.md has no marks")?;
    Ok(fs::write(path, text)?)
}

fn condensed(machine: &str, results: &[Results]) -> String {
    let mut text = format!(
        "\n{machine}\n\n| | CPU time per message | of the limit | of the best peer |\n|---|--:|--:|---|\n"
    );
    for results in results {
        if !SHOWN.contains(&results.row.name) {
            continue;
        }
        let (Some(own), Some(limit), Some((name, best))) =
            (results.cpu(ONESOCKET), results.limit(), results.best_peer())
        else {
            continue;
        };
        let _ = writeln!(
            text,
            "| {} | {} | {:.2} | {:.2}, {name} |",
            results.row.about,
            table::time(own),
            own / limit,
            own / best
        );
    }
    text + "\n"
}

/// The text with something else between the marks.
fn replaced(text: &str, between: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some([before, BEGIN, between, END, after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_the_marks_is_replaced_and_nothing_else() {
        let text = format!("a\n{BEGIN}old\n{END}\nb\n");
        let expected = format!("a\n{BEGIN}new{END}\nb\n");
        assert_eq!(replaced(&text, "new"), Some(expected));
        assert_eq!(replaced("no marks", "new"), None);
    }
}
