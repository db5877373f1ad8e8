//! Steps that run in order until one fails, and the table that says how it went.

use std::time::Instant;

use crate::process::Result;

/// One thing that is checked.
pub(crate) struct Step {
    pub(crate) name: String,
    /// What to do when it fails.
    pub(crate) advice: &'static str,
    pub(crate) check: Box<dyn Fn() -> Result<Outcome>>,
}

pub(crate) enum Outcome {
    Passed,
    /// The machine lacks something that could not be installed; this says what, and what to do.
    NotChecked(String),
}

/// Runs the steps; `left_out` are those that the caller did not want, for the table.
pub(crate) fn run_all(steps: &[Step], left_out: &[&str]) -> Result {
    let start = Instant::now();
    let mut rows = Vec::new();
    let mut failure = None;
    for (number, step) in (1..).zip(steps) {
        println!("\n[{number}/{}] {}", steps.len(), step.name);
        let start = Instant::now();
        let outcome = (step.check)();
        let seconds = start.elapsed().as_secs_f64();
        println!("{}: {seconds:.1} s", step.name);
        let word = match &outcome {
            Ok(Outcome::Passed) => "passed".to_owned(),
            Ok(Outcome::NotChecked(why)) => format!("NOT CHECKED: {why}"),
            Err(_) => "FAILED".to_owned(),
        };
        rows.push((step.name.as_str(), format!("{seconds:.1}"), word));
        if let Err(error) = outcome {
            failure = Some((step, error));
            break;
        }
    }
    for name in left_out {
        rows.push((name, "-".to_owned(), "left out".to_owned()));
    }

    println!("\n{:<20}{:>8}", "step", "seconds");
    for (name, seconds, word) in &rows {
        println!("{name:<20}{seconds:>8}  {word}");
    }
    println!("{:<20}{:>8.1}", "all", start.elapsed().as_secs_f64());
    match failure {
        None => Ok(()),
        Some((step, error)) => Err(format!(
            "the step `{name}` failed: {error}\n{advice}\nThis step alone: cargo xtask test '{name}'",
            name = step.name,
            advice = step.advice,
        )),
    }
}
