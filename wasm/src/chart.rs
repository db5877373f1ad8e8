//! A line chart as the data of two SVG paths, in a view box that is 100 high and a point for each value wide.

use std::fmt::Write;

const HEIGHT: f64 = 100.0;

/// The line, the area below it, and the value at the top of the chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// The data of the line's path.
    pub line: String,
    /// The data of the area's path.
    pub area: String,
    /// What the upper edge stands for.
    pub top: f64,
}

impl Chart {
    /// Draws the values, oldest first; the newest stands at the right edge once there are enough.
    pub fn new(values: impl ExactSizeIterator<Item = f64> + Clone) -> Self {
        let top = round_up(usual(values.clone()));
        let count = values.len();
        let mut line = String::new();
        for (x, value) in values.enumerate() {
            let command = if x == 0 { 'M' } else { 'L' };
            let y = HEIGHT - value / top * HEIGHT;
            write!(line, "{command}{x} {y:.1}").expect("a String takes all that is written");
        }
        let area = match count {
            0 => String::new(),
            count => format!("{line}L{} {HEIGHT}L0 {HEIGHT}Z", count - 1),
        };
        Chart { line, area, top }
    }
}

/// What all but a twentieth stay below: a few that stand out may leave the chart, or nothing could be seen of the others.
fn usual(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let place = (values.len().saturating_sub(1) * 19).div_ceil(20);
    values.get(place).map_or(0.0, |value| value * 1.1)
}

/// The next 1, 2 or 5 with zeros.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    let step = steps.into_iter().find(|step| step * power >= value);
    step.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_a_round_number_above_all_values() {
        for (value, top) in [
            (0.0, 1.0),
            (0.13, 0.2),
            (1.0, 1.0),
            (3.0, 5.0),
            (51.0, 100.0),
            (7400.0, 10_000.0),
        ] {
            assert!((round_up(value) - top).abs() < 1e-9, "{value}");
        }
    }

    #[test]
    fn a_value_that_stands_out_may_leave_the_chart() {
        let mut values = vec![1.5; 40];
        values[20] = 90.0;
        assert_eq!(Chart::new(values.into_iter()).top, 2.0);
    }

    #[test]
    fn values_grow_upwards_from_the_left() {
        let chart = Chart::new([0.0, 5.0, 9.0].into_iter());
        assert_eq!(chart.line, "M0 100.0L1 50.0L2 10.0");
        assert_eq!(chart.area, "M0 100.0L1 50.0L2 10.0L2 100L0 100Z");
        assert_eq!(Chart::new([].into_iter()).area, "");
    }
}
