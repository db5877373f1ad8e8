//! The condensed tables in the project's README, each between two marks.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::clients::ONESOCKET;
use crate::comparison::Results;
use crate::table;

/// The commands that write a table there.
pub(crate) const NATIVE: &str = "bench";
pub(crate) const PAGE: &str = "bench page";

/// What is shown of all rows.
const SHOWN: [&str; 14] = [
    "rx64", "rx1k", "rx64k", "rx1m", "rx64l", "tx64b", "tx1kf", "tx64k", "tx64s", "ping64s",
    "trx1k", "conn", "zrx1k", "ztx1k",
];

/// Writes the table of a command.
pub(crate) fn update(command: &str, table: &str) -> Outcome<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let text = fs::read_to_string(&path)?;
    let text = replaced(&text, command, table).ok_or("README.md has no marks")?;
    Ok(fs::write(path, text)?)
}

pub(crate) fn condensed(machine: &str, results: &[Results]) -> String {
    let mut text = format!(
        "\n{machine}\n\n| | CPU time per message | of the limit | of the best peer |\n|---|--:|--:|---|\n"
    );
    for results in results {
        if !SHOWN.contains(&results.row.name) {
            continue;
        }
        let (Some(own), Some(name)) = (results.cpu(ONESOCKET), results.best_peer()) else {
            continue;
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {}, {name} |",
            results.row.about,
            table::time(own),
            table::ratio(results.ratio(ONESOCKET, results.limit())),
            table::ratio(results.ratio(ONESOCKET, name))
        );
    }
    text + "\n![Every row beside the best peer](benches/results/plot.svg)\n\n"
}

/// The text with something else between the command's marks.
fn replaced(text: &str, command: &str, between: &str) -> Option<String> {
    let begin = format!("<!-- {command}: written by `cargo xtask {command}` -->\n");
    let end = format!("<!-- {command}: end -->");
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some([before, &begin, between, &end, after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_the_marks_is_replaced_and_nothing_else() {
        let text = |table| {
            format!(
                "a\n<!-- bench: written by `cargo xtask bench` -->\n{table}<!-- bench: end -->\nb\n"
            )
        };
        assert_eq!(replaced(&text("old\n"), NATIVE, "new"), Some(text("new")));
        assert_eq!(replaced(&text(""), PAGE, "new"), None);
    }
}
