//! The plot, in SVG: a line for each row, with the crate and its peers as multiples of the best peer.

use std::fmt::Write;

use crate::clients::ONESOCKET;
use crate::comparison::Results;
use crate::rows::Row;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 330.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 70.0;
const LINE: f64 = 20.0;

/// The multiples at both ends of the scale, which is logarithmic.
const LEAST: f64 = 0.25;
const MOST: f64 = 8.0;
const MARKS: [f64; 6] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0];

/// Light text on dark pages and dark text on light ones.
const STYLE: &str = "text{font:12px sans-serif;fill:#222}.grid{stroke:#ddd}.one{stroke:#888}\
    .peer{fill:none;stroke:#8a8f98;stroke-width:1.5}.own{fill:#d9480f}.bar{stroke:#d9480f;stroke-width:3}\
    @media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#444}.one{stroke:#999}}";

pub(crate) fn svg(results: &[Results]) -> String {
    let lines: Vec<Line<'_>> = results.iter().filter_map(Line::of).collect();
    let height = TOP + LINE * lines.len() as f64 + 20.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"CPU time per message, as a multiple of the best peer\">\n<style>{STYLE}</style>\n"
    );
    let title = format!(
        "CPU time per message as a multiple of the best peer, beside which {ONESOCKET} (filled) does worst; peers (rings); left is better"
    );
    let _ = writeln!(svg, "<text x=\"10\" y=\"22\">{title}</text>");
    for mark in MARKS {
        let class = if mark == 1.0 { "one" } else { "grid" };
        let (x, bottom) = (x(mark), height - 15.0);
        let _ = writeln!(
            svg,
            "<line class=\"{class}\" x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{mark}</text>",
            TOP - 15.0,
            TOP - 20.0
        );
    }
    for (number, line) in lines.iter().enumerate() {
        let y = TOP + LINE * number as f64;
        let _ = writeln!(
            svg,
            "<text x=\"10\" y=\"{:.1}\">{}</text>",
            y + 4.0,
            line.row.about
        );
        let _ = writeln!(
            svg,
            "<line class=\"bar\" x1=\"{:.1}\" y1=\"{y:.1}\" x2=\"{:.1}\" y2=\"{y:.1}\"/>",
            x(1.0),
            x(line.own)
        );
        for (name, peer) in &line.peers {
            let _ = writeln!(
                svg,
                "<circle class=\"peer\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4\"><title>{name}: {peer:.2}</title></circle>",
                x(*peer)
            );
        }
        let _ = writeln!(
            svg,
            "<circle class=\"own\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"5\"><title>{ONESOCKET}: {:.2}</title></circle>",
            x(line.own),
            line.own
        );
    }
    svg + "</svg>\n"
}

/// The crate and the peers, as multiples of the best of these.
struct Line<'a> {
    row: &'a Row,
    own: f64,
    peers: Vec<(&'a str, f64)>,
}

impl<'a> Line<'a> {
    fn of(results: &'a Results) -> Option<Self> {
        let best = results.best_peer()?;
        let multiple = |name| results.multiple(name, best);
        let peers = results.peers();
        Some(Line {
            row: &results.row,
            own: multiple(ONESOCKET)?,
            peers: peers
                .filter_map(|name| Some((name, multiple(name)?)))
                .collect(),
        })
    }
}

/// Where a multiple lies; beyond the ends of the scale, at its end.
fn x(multiple: f64) -> f64 {
    let share = (multiple.clamp(LEAST, MOST) / LEAST).log2() / (MOST / LEAST).log2();
    LEFT + share * (WIDTH - LEFT - RIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_logarithmic_and_ends_where_the_picture_does() {
        assert_eq!(x(LEAST), LEFT);
        assert_eq!(x(MOST), WIDTH - RIGHT);
        assert_eq!(x(100.0), x(MOST));
        assert_eq!(x(2.0) - x(1.0), x(1.0) - x(0.5));
    }
}
