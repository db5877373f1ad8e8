//! Clocks, and what several measurements come to.

use std::str::FromStr;
use std::time::{Duration, Instant};
use std::{fmt, fs};

use rustix::time::{ClockId, clock_gettime};

use crate::Outcome;

/// Nanoseconds per message of one measurement.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    /// User and system time of the client's process.
    pub(crate) cpu: f64,
    /// The same as the system tells both apart, user and system, in ticks so coarse that only those of many rounds tell anything.
    pub(crate) ticks: [f64; 2],
    pub(crate) wall: f64,
    /// Bytes of frames that arrived at the server per message, if it was asked.
    pub(crate) wire: f64,
}

pub(crate) struct Stopwatch {
    cpu: Duration,
    ticks: [f64; 2],
    wall: Instant,
}

/// What several measurements of one thing came to.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    /// A quarter is below it.
    pub(crate) lower: f64,
    /// A quarter is above it.
    pub(crate) upper: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    count: usize,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Stopwatch {
            cpu: process_time(),
            ticks: ticks(),
            wall: Instant::now(),
        }
    }

    pub(crate) fn per_message(&self, count: u64) -> Sample {
        let per_message = |time: Duration| time.as_secs_f64() * 1e9 / count as f64;
        let cpu = per_message(process_time() - self.cpu);
        let [user, system] = ticks();
        Sample {
            cpu,
            ticks: [user - self.ticks[0], system - self.ticks[1]],
            wall: per_message(self.wall.elapsed()),
            wire: 0.0,
        }
    }
}

impl Spread {
    /// `None` of nothing.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Some(Spread {
            median: *values.get(values.len() / 2)?,
            lower: *values.get(values.len() / 4)?,
            upper: *values.get(values.len() * 3 / 4)?,
            min: *values.first()?,
            max: *values.last()?,
            count: values.len(),
        })
    }

    /// By how much the median may be wrong: the notch of a box plot. Of fifteen values it holds the true one about nine times in
    /// ten, of five about seven times.
    pub(crate) fn doubt(&self) -> f64 {
        1.57 * (self.upper - self.lower) / (self.count as f64).sqrt()
    }
}

/// As one process tells it to the other.
impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {} {} {}",
            self.cpu, self.wall, self.wire, self.ticks[0], self.ticks[1]
        )
    }
}

impl FromStr for Sample {
    type Err = Box<dyn std::error::Error + Send + Sync>;

    fn from_str(line: &str) -> Outcome<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [cpu, wall, wire, user, system] = words[..] else {
            return Err("no sample".into());
        };
        Ok(Sample {
            cpu: cpu.parse()?,
            wall: wall.parse()?,
            wire: wire.parse()?,
            ticks: [user.parse()?, system.parse()?],
        })
    }
}

/// User and system time of this process so far, as the scheduler counts it.
fn process_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The same in the coarse ticks in which the system tells both apart.
fn ticks() -> [f64; 2] {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, may have spaces in it.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let mut times = fields.split_whitespace().skip(11);
    [(); 2].map(|()| {
        times
            .next()
            .and_then(|time| time.parse().ok())
            .unwrap_or(0.0)
    })
}
