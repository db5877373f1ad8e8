//! What the suite says about each case, and what of it is right.

use std::collections::BTreeMap;
use std::fmt;

/// The outcome of one case.
pub(super) struct Verdict {
    pub(super) id: String,
    /// `None` if the client did not play the case.
    result: Option<Outcome>,
}

struct Outcome {
    behavior: String,
    closing: String,
    close_code: Option<u16>,
    why: String,
}

/// The one case whose right answer is a Close frame without a code.
const WITHOUT_CODE: &str = "7.3.1";

impl Verdict {
    pub(super) fn missing(id: &str) -> Self {
        Verdict {
            id: id.to_owned(),
            result: None,
        }
    }

    /// Reads a line of server.py.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut fields = line
            .strip_prefix("RESULT\t")?
            .split('\t')
            .map(str::to_owned);
        Some(Verdict {
            id: fields.next()?,
            result: Some(Outcome {
                behavior: fields.next()?,
                closing: fields.next()?,
                close_code: fields.next()?.parse().ok(),
                why: fields.next()?,
            }),
        })
    }

    /// Right in what it does and in how it closes. `INFORMATIONAL` is what the standard leaves open.
    ///
    /// The suite also takes a connection that is dropped without a Close frame. We do not: RFC 6455 7.1.7 says "an
    /// endpoint SHOULD send a Close frame with an appropriate status code before proceeding".
    pub(super) fn is_right(&self) -> bool {
        let right = |word: &str| matches!(word, "OK" | "INFORMATIONAL");
        self.result.as_ref().is_some_and(|result| {
            right(&result.behavior) && right(&result.closing) && self.has_code(result)
        })
    }

    pub(super) fn has_result(&self) -> bool {
        self.result.is_some()
    }

    fn has_code(&self, result: &Outcome) -> bool {
        result.close_code.is_some() || self.id == WITHOUT_CODE
    }

    fn column(&self) -> usize {
        let heading = match &self.result {
            None => "NO RESULT",
            Some(result) => match result.behavior.as_str() {
                "OK" | "INFORMATIONAL" if !self.is_right() => "WRONG CLOSE",
                word => word,
            },
        };
        COLUMNS
            .iter()
            .position(|column| *column == heading)
            .unwrap_or(COLUMNS.len() - 1)
    }

    /// The parts of the id as numbers, for sorting.
    pub(super) fn key(&self) -> Vec<u32> {
        let parts = self.id.split('.');
        parts.map(|part| part.parse().unwrap_or(u32::MAX)).collect()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(result) = &self.result else {
            return write!(f, "{}: no result", self.id);
        };
        write!(
            f,
            "{}: {}, closing {}",
            self.id, result.behavior, result.closing
        )?;
        match result.close_code {
            Some(code) => write!(f, " with {code}")?,
            None => f.write_str(" without a code")?,
        }
        match (self.is_right(), self.has_code(result)) {
            (true, _) => Ok(()),
            (false, true) => write!(f, " ({})", result.why),
            (false, false) => write!(f, " ({}; a code is wanted)", result.why),
        }
    }
}

const COLUMNS: [&str; 7] = [
    "OK",
    "INFORMATIONAL",
    "NON-STRICT",
    "UNIMPLEMENTED",
    "WRONG CLOSE",
    "NO RESULT",
    "FAILED",
];

/// The number of cases of each outcome, by section and in all.
pub(super) fn table(verdicts: &[Verdict]) -> String {
    let mut sections: BTreeMap<u32, [usize; COLUMNS.len()]> = BTreeMap::new();
    let mut all = [0; COLUMNS.len()];
    for verdict in verdicts {
        let section = verdict.key().first().copied().unwrap_or(u32::MAX);
        sections.entry(section).or_default()[verdict.column()] += 1;
        all[verdict.column()] += 1;
    }
    let mut lines = vec![row("section", &COLUMNS)];
    lines.extend(
        sections
            .iter()
            .map(|(section, counts)| row(section, counts)),
    );
    lines.push(row("all", &all));
    lines.join("\n")
}

fn row(section: impl fmt::Display, cells: &[impl fmt::Display]) -> String {
    let cells = cells.iter().map(|cell| format!("{cell:>15}"));
    format!("{section:<8}{}", cells.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right(line: &str) -> bool {
        Verdict::parse(&line.replace(' ', "\t")).is_some_and(|case| case.is_right())
    }

    #[test]
    fn a_case_is_right_if_behaviour_closing_and_close_code_are() {
        assert!(right("RESULT 1.1.1 OK OK 1000 fine"));
        assert!(right("RESULT 7.13.1 INFORMATIONAL INFORMATIONAL 1002 fine"));
        assert!(right("RESULT 7.3.1 OK OK - fine"));
        for wrong in [
            "RESULT 1.1.1 OK OK - dropped",
            "RESULT 1.1.1 OK WRONG_CODE 1002 no",
            "RESULT 1.1.1 NON-STRICT OK 1000 no",
            "RESULT 1.1.1 UNIMPLEMENTED OK 1000 no",
            "RESULT 1.1.1 FAILED OK 1000 no",
            "RESULT 1.1.1 OK",
            "PORT 1",
        ] {
            assert!(!right(wrong), "{wrong}");
        }
        assert!(!Verdict::missing("1.1.1").is_right());
    }

    #[test]
    fn every_case_is_counted_in_its_section_once() {
        let cases = [
            "RESULT\t9.1.1\tOK\tOK\t1000\t",
            "RESULT\t10.1.1\tOK\tUNCLEAN\t-\t",
            "RESULT\t9.1.2\tsurprise\tOK\t1000\t",
        ];
        let mut verdicts: Vec<_> = cases.into_iter().filter_map(Verdict::parse).collect();
        verdicts.push(Verdict::missing("9.1.3"));
        let table = table(&verdicts);
        let rows: Vec<Vec<&str>> = table
            .lines()
            .skip(1)
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(rows[0], ["9", "1", "0", "0", "0", "0", "1", "1"]);
        assert_eq!(rows[1], ["10", "0", "0", "0", "0", "1", "0", "0"]);
        assert_eq!(rows[2], ["all", "1", "0", "0", "0", "1", "1", "1"]);
    }
}
