//! The log on the page: drawn a frame at a time, so that ten thousand messages a second cost no more than what can be seen.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Date, JSON};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    DocumentFragment, Element, HtmlElement, HtmlInputElement, HtmlSelectElement,
    HtmlTemplateElement,
};

use crate::log::{Entry, Filter, Kind, Log, MAX_ENTRIES};
use crate::{amounts, json};

use super::app::App;
use super::dom;

/// Rows on the page.
const MAX_ROWS: usize = 200;

/// More new ones at once would only be noise in a screen reader.
const SPOKEN_ROWS: usize = 8;

pub(super) struct Journal {
    log: RefCell<Log>,
    filter: RefCell<Filter>,
    /// The number of the first entry that is not on the page.
    drawn: Cell<u64>,
    /// The page shows the newest entries, and is to go on so.
    follows: Cell<bool>,
    is_stale: Cell<bool>,
    list: HtmlElement,
    scroll: HtmlElement,
    size: HtmlElement,
    nothing: HtmlElement,
    latest: HtmlElement,
    template: Element,
}

pub(super) fn listen(app: &Rc<App>) {
    for (id, event) in [("show", "change"), ("words", "input"), ("format", "change")] {
        let app = app.clone();
        dom::on(&dom::html(id), event, move |_| {
            app.journal.filter_anew();
            app.draw_soon();
        });
    }
    let clearing = app.clone();
    dom::on(&dom::html("clear"), "click", move |_| {
        clearing.journal.log.borrow_mut().clear();
        clearing.journal.filter_anew();
        clearing.draw_soon();
    });
    let copying = app.clone();
    dom::on(&dom::html("copy"), "click", move |_| copy(&copying));
    let scrolling = app.clone();
    dom::on(&app.journal.scroll, "scroll", move |_| {
        scrolling.journal.scrolled();
    });
    let journal = app.clone();
    dom::on(&app.journal.latest, "click", move |_| {
        journal.journal.to_the_newest();
        journal.journal.scroll.focus().ok();
    });
}

fn copy(app: &Rc<App>) {
    let app = app.clone();
    let copied = dom::window()
        .navigator()
        .clipboard()
        .write_text(&app.journal.to_text());
    spawn_local(async move {
        match JsFuture::from(copied).await {
            Ok(_) => {
                dom::announce("The log is copied.");
                dom::write(&dom::html("copy"), "Copied");
                dom::after_milliseconds(1500, || dom::write(&dom::html("copy"), "Copy"));
            }
            Err(thrown) => app.note_event(Kind::Failure, "copy", dom::message(&thrown)),
        }
    });
}

impl Journal {
    pub(super) fn new() -> Self {
        let template: HtmlTemplateElement = dom::find("row");
        let row = template.content().first_element_child();
        Journal {
            log: RefCell::default(),
            filter: RefCell::default(),
            drawn: Cell::new(0),
            follows: Cell::new(true),
            is_stale: Cell::new(false),
            list: dom::find("log"),
            scroll: dom::find("scroll"),
            size: dom::find("log-size"),
            nothing: dom::find("nothing"),
            latest: dom::find("latest"),
            template: row.expect("the template has a row"),
        }
    }

    pub(super) fn push(&self, entry: Entry) {
        self.log.borrow_mut().push(entry);
        self.is_stale.set(true);
    }

    /// Draws what is new, at most a page full of it.
    pub(super) fn draw(&self) {
        if !self.is_stale.replace(false) {
            return;
        }
        let log = self.log.borrow();
        let filter = self.filter.borrow();
        let formats = dom::find::<HtmlInputElement>("format").checked();
        let new = log.since(self.drawn.replace(log.end()));
        let mut new: Vec<&Entry> = new
            .rev()
            .filter(|entry| filter.admits(entry))
            .take(MAX_ROWS)
            .collect();
        new.reverse();

        let speaks = if new.len() > SPOKEN_ROWS {
            "off"
        } else {
            "polite"
        };
        dom::attribute(&self.list, "aria-live", Some(speaks));
        let rows = dom::document().create_document_fragment();
        for entry in &new {
            self.append(&rows, entry, formats);
        }
        let surplus =
            (self.list.child_element_count() as usize + new.len()).saturating_sub(MAX_ROWS);
        for _ in 0..surplus {
            if let Some(oldest) = self.list.first_element_child() {
                oldest.remove();
            }
        }
        self.list.append_child(&rows).expect("a list takes rows");
        if self.follows.get() {
            self.to_the_newest();
        }

        let rows = self.list.child_element_count();
        dom::write(&self.size, &size(&log, rows as usize));
        self.nothing.set_hidden(rows > 0);
        let nothing = match log.is_empty() {
            true => "Nothing yet.",
            false => "No entry matches the filter.",
        };
        dom::write(&self.nothing, nothing);
    }

    fn append(&self, rows: &DocumentFragment, entry: &Entry, formats: bool) {
        let row: Element = self
            .template
            .clone_node_with_deep(true)
            .expect("a row can be copied")
            .unchecked_into();
        row.set_class_name(&format!("{} {}", entry.kind.as_str(), entry.name));
        let size = entry.size.map(|size| amounts::bytes(size as f64));
        let body = match formats && entry.is_whole_text {
            true => formatted(&entry.body),
            false => None,
        };
        let time = time_of_day(entry.time);
        let texts = [
            time.as_str(),
            entry.name,
            size.as_deref().unwrap_or_default(),
            body.as_deref().unwrap_or(&entry.body),
        ];
        let mut cell = row.first_element_child();
        for text in texts {
            let Some(current) = cell else { break };
            current.set_text_content(Some(text));
            cell = current.next_element_sibling();
        }
        rows.append_child(&row).expect("a fragment takes rows");
    }

    /// Shows all again, as what is to be seen has changed.
    fn filter_anew(&self) {
        let kind = dom::find::<HtmlSelectElement>("show").value();
        let words = dom::find::<HtmlInputElement>("words").value();
        self.filter.replace(Filter::new(&kind, &words));
        self.list.set_text_content(None);
        self.drawn.set(0);
        self.follows.set(true);
        self.is_stale.set(true);
    }

    fn to_the_newest(&self) {
        self.scroll.set_scroll_top(self.scroll.scroll_height());
    }

    fn scrolled(&self) {
        let below =
            self.scroll.scroll_height() - self.scroll.scroll_top() - self.scroll.client_height();
        let follows = below < 40;
        self.follows.set(follows);
        let class = if follows { "scroll follows" } else { "scroll" };
        self.scroll.set_class_name(class);
        self.latest.set_hidden(follows);
    }

    /// All entries that the filter admits, a line for each.
    fn to_text(&self) -> String {
        let filter = self.filter.borrow();
        let mut text = String::new();
        for entry in self
            .log
            .borrow()
            .since(0)
            .filter(|entry| filter.admits(entry))
        {
            let size = entry
                .size
                .map(|size| format!(" {size} B"))
                .unwrap_or_default();
            let (time, kind, name) = (time_of_day(entry.time), entry.kind.as_str(), entry.name);
            text += &format!("{time} {kind} {name}{size}\t{}\n", entry.body);
        }
        text
    }
}

fn size(log: &Log, rows: usize) -> String {
    let count = log.len() as u64;
    let entries = match count {
        1 => "1 entry".to_owned(),
        count => format!("{} entries", amounts::count(count)),
    };
    let forgets = if log.len() == MAX_ENTRIES {
        ", older ones are forgotten"
    } else {
        ""
    };
    let shown = match rows == log.len() {
        true => String::new(),
        false => format!(", {} shown", amounts::count(rows as u64)),
    };
    format!("{entries}{shown}{forgets}")
}

fn formatted(text: &str) -> Option<String> {
    (json::may_be(text) && JSON::parse(text).is_ok()).then(|| json::pretty(text))
}

fn time_of_day(time: f64) -> String {
    let date = Date::new(&time.into());
    format!(
        "{:02}:{:02}:{:02}.{:03}",
        date.get_hours(),
        date.get_minutes(),
        date.get_seconds(),
        date.get_milliseconds()
    )
}
