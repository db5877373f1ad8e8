//! Round trips, gathered into the points of a chart.

use std::collections::VecDeque;

/// Points that are kept, and that a chart is wide: twenty seconds of them.
pub const MAX_POINTS: usize = 200;

/// A point gathers the round trips of so many milliseconds.
const SPAN: f64 = 100.0;

/// What the round trips of a short while have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Their mean, in milliseconds. A browser's clock is too coarse for a single one.
    pub latency: f64,
    /// How many there were in a second.
    pub per_second: f64,
}

/// All round trips of one measurement, of which the last points are kept. Times are milliseconds of one clock.
#[derive(Debug)]
pub struct RoundTrips {
    points: VecDeque<Point>,
    started: f64,
    gathered_from: f64,
    gathered: u32,
    gathered_latency: f64,
    count: u64,
    slowest: f64,
    last: f64,
}

impl RoundTrips {
    /// None yet.
    pub fn new(now: f64) -> Self {
        RoundTrips {
            points: VecDeque::new(),
            started: now,
            gathered_from: now,
            gathered: 0,
            gathered_latency: 0.0,
            count: 0,
            slowest: 0.0,
            last: now,
        }
    }

    /// One that ended now, and took so long.
    pub fn add(&mut self, now: f64, latency: f64) {
        self.count += 1;
        self.slowest = self.slowest.max(latency);
        self.last = now;
        self.gathered += 1;
        self.gathered_latency += latency;
        let elapsed = now - self.gathered_from;
        if elapsed < SPAN {
            return;
        }
        let gathered = f64::from(self.gathered);
        self.points.push_back(Point {
            latency: self.gathered_latency / gathered,
            per_second: gathered / elapsed * 1000.0,
        });
        if self.points.len() > MAX_POINTS {
            self.points.pop_front();
        }
        self.gathered_from = now;
        self.gathered = 0;
        self.gathered_latency = 0.0;
    }

    /// The last points, oldest first.
    pub fn points(&self) -> impl ExactSizeIterator<Item = &Point> + Clone {
        self.points.iter()
    }

    /// The newest point.
    pub fn last_point(&self) -> Option<Point> {
        self.points.back().copied()
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The longest, in milliseconds.
    pub fn slowest(&self) -> f64 {
        self.slowest
    }

    /// The mean of all, in milliseconds: there is always exactly one under way.
    pub fn mean(&self) -> f64 {
        (self.last - self.started) / (self.count.max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_the_mean_of_a_tenth_of_a_second() {
        let mut trips = RoundTrips::new(1000.0);
        for (now, latency) in [(1020.0, 20.0), (1060.0, 40.0), (1100.0, 40.0)] {
            trips.add(now, latency);
        }
        let points: Vec<Point> = trips.points().copied().collect();
        assert_eq!(points.len(), 1);
        assert!((points[0].latency - 100.0 / 3.0).abs() < 1e-9);
        assert!((points[0].per_second - 30.0).abs() < 1e-9);
        assert_eq!((trips.count(), trips.slowest()), (3, 40.0));
        assert!((trips.mean() - 100.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn a_slow_round_trip_is_a_point_of_its_own() {
        let mut trips = RoundTrips::new(0.0);
        trips.add(500.0, 500.0);
        assert_eq!(
            trips.last_point(),
            Some(Point {
                latency: 500.0,
                per_second: 2.0
            })
        );
    }

    #[test]
    fn old_points_are_forgotten() {
        let mut trips = RoundTrips::new(0.0);
        for number in 1..=MAX_POINTS + 5 {
            trips.add(number as f64 * SPAN, SPAN);
        }
        assert_eq!(trips.points().len(), MAX_POINTS);
        assert_eq!(trips.count(), MAX_POINTS as u64 + 5);
    }
}
