//! Measures round trips through a server that sends back what it gets: a probe goes out when the one before came back.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use onesocket::WebSocket;
use web_sys::{Element, HtmlButtonElement, HtmlElement, HtmlSelectElement};

use crate::chart::Chart;
use crate::round_trips::{Point, RoundTrips};
use crate::{amounts, probe};

use super::app::{App, described};
use super::dom;

/// A server that takes longer sends nothing back.
const PATIENCE_MILLISECONDS: i32 = 3000;

pub(super) struct Speed {
    running: RefCell<Option<Run>>,
    /// The points of the last run are new.
    is_changed: Cell<bool>,
    button: HtmlButtonElement,
    said: HtmlElement,
    latency: Plot,
    rate: Plot,
}

/// One measurement.
struct Run {
    trips: RoundTrips,
    size: usize,
    probe: u64,
    sent_at: f64,
}

struct Plot {
    chart: Element,
    line: Element,
    area: Element,
    now: Element,
    top: Element,
    name: &'static str,
}

pub(super) fn listen(app: &Rc<App>) {
    let app = app.clone();
    let button = app.speed.button.clone();
    dom::on(&button, "click", move |_| {
        if app.speed.running.borrow().is_some() {
            app.speed.stop("");
        } else if let Some(socket) = app.socket() {
            start(&app, &socket);
        }
        app.draw_soon();
    });
}

fn start(app: &Rc<App>, socket: &WebSocket) {
    let size = dom::find::<HtmlSelectElement>("probe-size").value();
    let now = dom::clock();
    let run = Run {
        trips: RoundTrips::new(now),
        size: size.parse().unwrap_or(probe::SMALLEST),
        // No run takes the probes of another for its own.
        probe: now.to_bits(),
        sent_at: now,
    };
    app.speed.running.replace(Some(run));
    app.speed.latency.clear();
    app.speed.rate.clear();
    dom::write(&app.speed.button, "Stop");
    dom::write(&app.speed.said, "Measuring …");
    send_probe(app, socket);
    watch(app, None);
}

/// Whether these bytes are a probe that came back; the next one is sent then.
pub(super) fn take(app: &Rc<App>, socket: &WebSocket, bytes: &[u8]) -> bool {
    let Some(number) = probe::number(bytes) else {
        return false;
    };
    let is_ours = match &mut *app.speed.running.borrow_mut() {
        Some(run) if run.probe == number => {
            let now = dom::clock();
            run.trips.add(now, now - run.sent_at);
            run.probe += 1;
            true
        }
        _ => false,
    };
    if is_ours {
        app.speed.is_changed.set(true);
        send_probe(app, socket);
    }
    true
}

fn send_probe(app: &Rc<App>, socket: &WebSocket) {
    let Some((probe, size)) = app.speed.running.borrow_mut().as_mut().map(|run| {
        run.sent_at = dom::clock();
        (probe::make(run.probe, run.size), run.size)
    }) else {
        return;
    };
    match socket.send(probe) {
        Ok(()) => app.facts.count_sent(size),
        Err(error) => app.speed.stop(&described(error)),
    }
}

/// Stops a run in which nothing came back since the last look.
fn watch(app: &Rc<App>, seen: Option<u64>) {
    let app = app.clone();
    dom::after_milliseconds(PATIENCE_MILLISECONDS, move || {
        let probe = app.speed.running.borrow().as_ref().map(|run| run.probe);
        match probe {
            None => {}
            probe if probe == seen => {
                let seconds = PATIENCE_MILLISECONDS / 1000;
                app.speed.stop(&format!(
                    "Nothing came back within {seconds} s: this server does not seem to echo."
                ));
            }
            probe => watch(&app, probe),
        }
    });
}

impl Speed {
    pub(super) fn new() -> Self {
        Speed {
            running: RefCell::default(),
            is_changed: Cell::new(false),
            button: dom::find("measure"),
            said: dom::find("measured"),
            latency: Plot::new("latency", "Latency"),
            rate: Plot::new("rate", "Round trips per second"),
        }
    }

    /// Ends the run, if there is one, and says what it showed, or why it ended.
    pub(super) fn stop(&self, why: &str) {
        let Some(run) = self.running.take() else {
            return;
        };
        dom::write(&self.button, "Measure");
        match why {
            "" => dom::write(&self.said, &run.summary()),
            why => dom::write(&self.said, why),
        }
        dom::announce(&self.said.text_content().unwrap_or_default());
    }

    pub(super) fn draw(&self) {
        let running = self.running.borrow();
        let Some(run) = running.as_ref().filter(|_| self.is_changed.take()) else {
            return;
        };
        dom::write(&self.said, &run.summary());
        if let Some(point) = run.trips.last_point() {
            let points = || run.trips.points();
            let latency = |point: &Point| point.latency;
            let rate = |point: &Point| point.per_second;
            self.latency.draw(
                &Chart::new(points().map(latency)),
                &amounts::milliseconds(point.latency),
                amounts::milliseconds,
            );
            self.rate.draw(
                &Chart::new(points().map(rate)),
                &format!("{}/s", amounts::count(point.per_second as u64)),
                |top| format!("{}/s", amounts::count(top as u64)),
            );
        }
    }
}

impl Run {
    fn summary(&self) -> String {
        let trips = &self.trips;
        let Some(point) = trips.last_point() else {
            return amounts::counted(trips.count(), "round trip");
        };
        format!(
            "{}: {} on average, {} at most; {}/s each way.",
            amounts::counted(trips.count(), "round trip"),
            amounts::milliseconds(trips.mean()),
            amounts::milliseconds(trips.slowest()),
            amounts::bytes(point.per_second * self.size as f64),
        )
    }
}

impl Plot {
    fn new(id: &str, name: &'static str) -> Self {
        let chart: Element = dom::find(&format!("{id}-chart"));
        Plot {
            line: dom::within(&chart, ".line"),
            area: dom::within(&chart, ".area"),
            chart,
            now: dom::find(&format!("{id}-now")),
            top: dom::find(&format!("{id}-top")),
            name,
        }
    }

    fn clear(&self) {
        dom::attribute(&self.line, "d", None);
        dom::attribute(&self.area, "d", None);
        dom::write(&self.now, "–");
        dom::write(&self.top, "");
    }

    fn draw(&self, chart: &Chart, now: &str, shown: impl Fn(f64) -> String) {
        dom::attribute(&self.line, "d", Some(&chart.line));
        dom::attribute(&self.area, "d", Some(&chart.area));
        let top = shown(chart.top);
        let label = format!("{}: {now} now, drawn up to {top}", self.name);
        dom::attribute(&self.chart, "aria-label", Some(&label));
        dom::write(&self.now, now);
        dom::write(&self.top, &format!("up to {top}"));
    }
}
