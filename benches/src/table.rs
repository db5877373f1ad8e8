//! The tables, in Markdown.

use std::fmt::Write;

use crate::clients::{CODEC, ONESOCKET, RAW};
use crate::comparison::Results;
use crate::measure::{Sample, Spread};

/// How far sizes of frames may be apart.
const SAME_SIZE: f64 = 0.02;

/// A line for each row: the crate beside the limit and beside the best peer.
pub(crate) fn summary(results: &[Results]) -> String {
    let mut text = format!(
        "| row | CPU time per message | {ONESOCKET} | less limit | / limit | / best peer | best peer |\n\
         |---|---|--:|--:|--:|--:|---|\n"
    );
    for results in results {
        let Some(own) = results.cpu(ONESOCKET) else {
            continue;
        };
        let (limit, best) = (results.limit(), results.best_peer());
        let more = results.compared(ONESOCKET, limit, |own, limit| own - limit);
        let cells = [
            results.row.name.to_owned(),
            results.row.about.to_owned(),
            time(own),
            more.map_or(String::new(), |more| time(more.median)),
            ratio(results.ratio(ONESOCKET, limit)),
            ratio(best.and_then(|best| results.ratio(ONESOCKET, best))),
            best.unwrap_or_default().to_owned(),
        ];
        text += &line(&cells);
    }
    text
}

/// All clients of one row.
pub(crate) fn row(results: &Results) -> String {
    let row = &results.row;
    let mut text = format!(
        "{}: {}\n\n| client | CPU per message | min–max | of it the system's | frame | / limit | {ONESOCKET} / it | wall per message | min–max |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        row.name, row.about
    );
    for (name, _) in &results.clients {
        let (Some(cpu), Some(wall)) = (
            results.of(name, |sample| sample.cpu),
            results.of(name, |sample| sample.wall),
        ) else {
            continue;
        };
        let cells = [
            (*name).to_owned(),
            time(cpu.median),
            format!("{}–{}", time(cpu.min), time(cpu.max)),
            format!("{:.0} %", results.share_of_the_system(name) * 100.0),
            bytes(results.wire(name)),
            ratio(results.ratio(name, results.limit())),
            match results.is_comparable(name) {
                true => ratio(results.ratio(ONESOCKET, name)),
                false => "not the same size".to_owned(),
            },
            time(wall.median),
            format!("{}–{}", time(wall.min), time(wall.max)),
        ];
        text += &line(&cells);
    }
    for (name, samples) in &results.clients {
        let failed = samples.iter().filter(|sample| sample.is_none()).count();
        if failed > 0 {
            let _ = writeln!(
                text,
                "\n{name} failed in {failed} of {} rounds.",
                samples.len()
            );
        }
    }
    text
}

impl Results {
    pub(crate) fn of(&self, name: &str, figure: impl Fn(&Sample) -> f64) -> Option<Spread> {
        Spread::of(self.samples(name).iter().flatten().map(figure))
    }

    fn samples(&self, name: &str) -> &[Option<Sample>] {
        let found = self.clients.iter().find(|(known, _)| *known == name);
        found.map_or(&[], |(_, samples)| samples)
    }

    /// Of user and system time, in all rounds together.
    fn share_of_the_system(&self, name: &str) -> f64 {
        let ticks = |which: usize| -> f64 {
            let samples = self.samples(name).iter().flatten();
            samples.map(|sample| sample.ticks[which]).sum()
        };
        let (user, system) = (ticks(0), ticks(1));
        system / (user + system).max(1.0)
    }

    /// The median.
    pub(crate) fn cpu(&self, name: &str) -> Option<f64> {
        Some(self.of(name, |sample| sample.cpu)?.median)
    }

    /// By how much one client's time is a multiple of another's.
    pub(crate) fn ratio(&self, name: &str, other: &str) -> Option<Spread> {
        self.compared(name, other, |time, other| time / other)
    }

    /// The median of that.
    pub(crate) fn multiple(&self, name: &str, other: &str) -> Option<f64> {
        Some(self.ratio(name, other)?.median)
    }

    /// Round by round: what slows the machine down slows both.
    fn compared(
        &self,
        name: &str,
        other: &str,
        compare: impl Fn(f64, f64) -> f64,
    ) -> Option<Spread> {
        let rounds = self.samples(name).iter().zip(self.samples(other));
        Spread::of(
            rounds.filter_map(|(sample, other)| {
                Some(compare(sample.as_ref()?.cpu, other.as_ref()?.cpu))
            }),
        )
    }

    /// What the work costs without a WebSocket: the same bytes by TCP or TLS alone, or the same payloads by the codec alone. Who
    /// reads or writes more at a time than it does can undercut it.
    pub(crate) fn limit(&self) -> &'static str {
        match self.row.deflation {
            Some(_) => CODEC,
            None => RAW,
        }
    }

    /// Bytes per message, if the server counted them: what TLS makes of them is not among that.
    fn wire(&self, name: &str) -> Option<f64> {
        if self.row.tls {
            return None;
        }
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

    /// The one beside which the crate does worst.
    pub(crate) fn best_peer(&self) -> Option<&'static str> {
        self.peers()
            .filter_map(|name| Some((name, self.multiple(ONESOCKET, name)?)))
            .max_by(|(_, a), (_, b)| a.total_cmp(b))
            .map(|(name, _)| name)
    }

    /// Those that may be compared.
    pub(crate) fn peers(&self) -> impl Iterator<Item = &'static str> {
        self.clients
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| ![RAW, CODEC, ONESOCKET].contains(name) && self.is_comparable(name))
    }
}

pub(crate) fn line(cells: &[String]) -> String {
    let mut line = String::new();
    for cell in cells {
        let _ = write!(line, "| {cell} ");
    }
    line + "|\n"
}

pub(crate) fn ratio(ratio: Option<Spread>) -> String {
    ratio.map_or(String::new(), |ratio| {
        format!("{:.2} ± {:.2}", ratio.median, ratio.doubt())
    })
}

/// Nanoseconds, as precise as they are.
pub(crate) fn time(nanoseconds: f64) -> String {
    match nanoseconds.abs() {
        ..100.0 => format!("{nanoseconds:.1} ns"),
        ..10_000.0 => format!("{nanoseconds:.0} ns"),
        ..1e6 => format!("{:.1} µs", nanoseconds / 1e3),
        _ => format!("{:.2} ms", nanoseconds / 1e6),
    }
}

pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        ..1024 => format!("{bytes} B"),
        1024..0x10_0000 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

fn bytes(bytes: Option<f64>) -> String {
    bytes.map_or(String::new(), |bytes| format!("{bytes:.0} B"))
}
