//! The table as it is printed, in Markdown.

use crate::clients::{CODEC, ONESOCKET, RAW};
use crate::comparison::Results;
use crate::measure::{Sample, Spread};

/// How far sizes on the wire may be apart.
const SAME_SIZE: f64 = 0.02;

/// Ratios first, then each row's figures.
pub(crate) fn print(results: &[Results<'_>]) {
    print_ratios(results);
    for results in results {
        print_row(results);
    }
}

fn print_ratios(results: &[Results<'_>]) {
    println!("CPU time per message: {ONESOCKET} beside the limit and beside the best peer\n");
    println!("| row | | {ONESOCKET} | less limit | / limit | / best peer | best peer |");
    println!("|---|---|--:|--:|--:|--:|---|");
    for results in results {
        let cpu = |name| results.of(name, |sample| sample.cpu).map(|cpu| cpu.median);
        let Some(own) = cpu(ONESOCKET) else { continue };
        let limit = results.limit().map(|limit| limit.median);
        let best = results.best_peer();
        println!(
            "| {} | {} | {} | {} | {} | {} | {} |",
            results.row.name,
            results.row.about,
            time(own),
            limit.map_or("".into(), |limit| time(own - limit)),
            limit.map_or("".into(), |limit| ratio(own, limit)),
            best.map_or("".into(), |(_, best)| ratio(own, best)),
            best.map_or("", |(name, _)| name),
        );
    }
}

fn print_row(results: &Results<'_>) {
    let row = results.row;
    println!("\n{}: {}\n", row.name, row.about);
    println!(
        "| client | CPU per message | min–max | on the wire | / limit | {ONESOCKET} / it | wall per message | min–max |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    let cpu_of = |name| results.of(name, |sample| sample.cpu);
    for (name, _) in &results.clients {
        let (Some(cpu), Some(wall)) = (cpu_of(name), results.of(name, |sample| sample.wall)) else {
            continue;
        };
        println!(
            "| {name} | {} | {}–{} | {} | {} | {} | {} | {}–{} |",
            time(cpu.median),
            time(cpu.min),
            time(cpu.max),
            bytes(results.wire(name)),
            results
                .limit()
                .map_or("".into(), |limit| ratio(cpu.median, limit.median)),
            match cpu_of(ONESOCKET) {
                Some(own) if results.is_comparable(name) => ratio(own.median, cpu.median),
                Some(_) => "not the same size".to_owned(),
                None => String::new(),
            },
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

    /// What no client can undercut: the same bytes by TCP alone, or the same payloads by the codec alone.
    fn limit(&self) -> Option<Spread> {
        let limit = match self.row.deflation {
            Some(_) => CODEC,
            None => RAW,
        };
        self.of(limit, |sample| sample.cpu)
    }

    /// Bytes per message, if the server counted them.
    fn wire(&self, name: &str) -> Option<f64> {
        let wire = self.of(name, |sample| sample.wire)?.median;
        (wire > 0.0).then_some(wire)
    }

    /// Whether a client did the same work: one that compresses less is quicker for that.
    fn is_comparable(&self, name: &str) -> bool {
        match (self.wire(name), self.wire(ONESOCKET)) {
            (Some(wire), Some(own)) => (wire / own - 1.0).abs() <= SAME_SIZE,
            _ => true,
        }
    }

    fn best_peer(&self) -> Option<(&'static str, f64)> {
        self.clients
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| ![RAW, CODEC, ONESOCKET].contains(name) && self.is_comparable(name))
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

fn bytes(bytes: Option<f64>) -> String {
    bytes.map_or(String::new(), |bytes| format!("{bytes:.0} B"))
}
