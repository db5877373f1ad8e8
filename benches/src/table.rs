//! The table as it is printed, in Markdown.

use crate::clients::{ONESOCKET, RAW};
use crate::comparison::Results;
use crate::measure::{Sample, Spread};

/// Ratios first, then each row's figures.
pub(crate) fn print(results: &[Results<'_>]) {
    print_ratios(results);
    for results in results {
        print_row(results);
    }
}

fn print_ratios(results: &[Results<'_>]) {
    println!("CPU time per message: {ONESOCKET} beside raw TCP and beside the best peer\n");
    println!("| row | | {ONESOCKET} | less raw | / raw | / best peer | best peer |");
    println!("|---|---|--:|--:|--:|--:|---|");
    for results in results {
        let cpu = |name| results.of(name, |sample| sample.cpu).map(|cpu| cpu.median);
        let Some(own) = cpu(ONESOCKET) else { continue };
        let raw = cpu(RAW);
        let best = results.best_peer();
        println!(
            "| {} | {} | {} | {} | {} | {} | {} |",
            results.row.name,
            results.row.about,
            time(own),
            raw.map_or("".into(), |raw| time(own - raw)),
            raw.map_or("".into(), |raw| ratio(own, raw)),
            best.map_or("".into(), |(_, best)| ratio(own, best)),
            best.map_or("", |(name, _)| name),
        );
    }
}

fn print_row(results: &Results<'_>) {
    let row = results.row;
    println!("\n{}: {}\n", row.name, row.about);
    println!(
        "| client | CPU per message | min–max | / raw | {ONESOCKET} / it | wall per message | min–max |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    let cpu_of = |name| results.of(name, |sample| sample.cpu);
    for (name, _) in &results.clients {
        let (Some(cpu), Some(wall)) = (cpu_of(name), results.of(name, |sample| sample.wall)) else {
            continue;
        };
        println!(
            "| {name} | {} | {}–{} | {} | {} | {} | {}–{} |",
            time(cpu.median),
            time(cpu.min),
            time(cpu.max),
            cpu_of(RAW).map_or("".into(), |raw| ratio(cpu.median, raw.median)),
            cpu_of(ONESOCKET).map_or("".into(), |own| ratio(own.median, cpu.median)),
            time(wall.median),
            time(wall.min),
            time(wall.max),
        );
    }
}

impl Results<'_> {
    fn of(&self, name: &str, figure: impl Fn(&Sample) -> f64) -> Option<Spread> {
        let (_, samples) = self.clients.iter().find(|(known, _)| *known == name)?;
        Spread::of(samples.iter().map(figure))
    }

    fn best_peer(&self) -> Option<(&'static str, f64)> {
        self.clients
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| ![RAW, ONESOCKET].contains(name))
            .filter_map(|name| Some((name, self.of(name, |sample| sample.cpu)?.median)))
            .min_by(|(_, a), (_, b)| a.total_cmp(b))
    }
}

fn ratio(a: f64, b: f64) -> String {
    format!("{:.2}", a / b)
}

/// Nanoseconds, as precise as they are.
fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ..100.0 => format!("{nanoseconds:.1} ns"),
        ..10_000.0 => format!("{nanoseconds:.0} ns"),
        _ => format!("{:.1} µs", nanoseconds / 1000.0),
    }
}
