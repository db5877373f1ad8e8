//! What has happened, newest last; it forgets the oldest when it is full.

use std::collections::VecDeque;

use crate::{amounts, hex};

/// Entries that are kept.
pub const MAX_ENTRIES: usize = 2000;

/// Bytes of all bodies that are kept.
const MAX_BYTES: usize = 4 << 20;

/// Bytes of one text that are kept.
const MAX_TEXT: usize = 16 << 10;

/// Bytes of one binary message that are shown.
const MAX_BINARY: usize = 256;

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An event of the socket, or what the person did to it.
    Event,
    /// A message that was sent.
    Sent,
    /// A message that was received.
    Received,
    /// Something went wrong.
    Failure,
}

/// One line of the log.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Milliseconds since the epoch.
    pub time: f64,
    /// What it is about.
    pub kind: Kind,
    /// The name of the event, or the type of the message.
    pub name: &'static str,
    /// The bytes of the message.
    pub size: Option<usize>,
    /// The text, as far as it is kept.
    pub body: String,
    /// Whether all of it is there, and it is text.
    pub is_whole_text: bool,
}

/// Which entries are shown.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    kind: Option<Kind>,
    words: String,
}

/// The entries, by numbers that only grow.
#[derive(Debug, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
    bytes: usize,
    end: u64,
}

impl Kind {
    /// The name that the page's markup has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Event => "event",
            Kind::Sent => "sent",
            Kind::Received => "received",
            Kind::Failure => "failure",
        }
    }
}

impl Entry {
    /// An event, or a failure.
    pub fn event(time: f64, kind: Kind, name: &'static str, body: impl Into<String>) -> Self {
        Entry {
            time,
            kind,
            name,
            size: None,
            body: body.into(),
            is_whole_text: false,
        }
    }

    /// A text message; only the head of a long one is kept.
    pub fn text(time: f64, kind: Kind, text: &str) -> Self {
        let head = head(text);
        let mut body = head.to_owned();
        if head.len() < text.len() {
            body += &rest(text.len() - head.len());
        }
        Entry {
            time,
            kind,
            name: "text",
            size: Some(text.len()),
            body,
            is_whole_text: head.len() == text.len(),
        }
    }

    /// A binary message; only the head of a long one is kept.
    pub fn binary(time: f64, kind: Kind, bytes: &[u8]) -> Self {
        let mut body = hex::dump(bytes, MAX_BINARY);
        if bytes.len() > MAX_BINARY {
            body += &rest(bytes.len() - MAX_BINARY);
        }
        Entry {
            time,
            kind,
            name: "binary",
            size: Some(bytes.len()),
            body,
            is_whole_text: false,
        }
    }

    /// A message whose bytes the page never sees.
    pub fn file(time: f64, name: String, size: usize) -> Self {
        Entry {
            time,
            kind: Kind::Sent,
            name: "file",
            size: Some(size),
            body: name,
            is_whole_text: false,
        }
    }
}

/// As much of a text as is kept, in whole characters.
fn head(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn rest(bytes: usize) -> String {
    format!("\n… {} more", amounts::counted(bytes as u64, "byte"))
}

impl Filter {
    /// Everything (`""`), or one kind by its name, where failures count as events; with these words in it, in any case.
    pub fn new(kind: &str, words: &str) -> Self {
        let kinds = [Kind::Event, Kind::Sent, Kind::Received];
        Filter {
            kind: kinds.into_iter().find(|known| known.as_str() == kind),
            words: words.trim().to_lowercase(),
        }
    }

    /// Whether the entry is to be shown.
    pub fn admits(&self, entry: &Entry) -> bool {
        let kind = match entry.kind {
            Kind::Failure => Kind::Event,
            kind => kind,
        };
        self.kind.is_none_or(|wanted| wanted == kind)
            && (self.words.is_empty()
                || entry.name.contains(&self.words)
                || entry.body.to_lowercase().contains(&self.words))
    }
}

impl Log {
    /// Appends an entry, and forgets what there is no room for any more.
    pub fn push(&mut self, entry: Entry) {
        self.bytes += entry.body.len();
        self.end += 1;
        self.entries.push_back(entry);
        while self.entries.len() > MAX_ENTRIES || self.bytes > MAX_BYTES {
            let Some(oldest) = self.entries.pop_front() else {
                return;
            };
            self.bytes -= oldest.body.len();
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }

    /// The number of the next entry.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Those from this number on that are still there, oldest first.
    pub fn since(&self, number: u64) -> impl DoubleEndedIterator<Item = &Entry> {
        let first = self.end - self.entries.len() as u64;
        let skipped = usize::try_from(number.saturating_sub(first)).unwrap_or(usize::MAX);
        self.entries.range(skipped.min(self.entries.len())..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(count: usize) -> Log {
        let mut log = Log::default();
        for number in 0..count {
            log.push(Entry::text(0.0, Kind::Received, &number.to_string()));
        }
        log
    }

    fn bodies(log: &Log, since: u64) -> Vec<&str> {
        log.since(since).map(|entry| entry.body.as_str()).collect()
    }

    #[test]
    fn the_oldest_entries_are_forgotten() {
        let log = log(MAX_ENTRIES + 3);
        assert_eq!(log.len(), MAX_ENTRIES);
        assert_eq!(bodies(&log, 0)[0], "3");
        assert_eq!(log.end(), MAX_ENTRIES as u64 + 3);
    }

    #[test]
    fn long_texts_make_the_log_shorter() {
        let mut log = Log::default();
        for _ in 0..MAX_ENTRIES {
            log.push(Entry::text(0.0, Kind::Sent, &"ü".repeat(MAX_TEXT)));
        }
        assert!(
            log.len() > 200 && log.len() <= MAX_BYTES / MAX_TEXT,
            "{}",
            log.len()
        );
    }

    #[test]
    fn entries_are_found_by_their_numbers_also_after_clearing() {
        let mut log = log(5);
        assert_eq!(bodies(&log, 3), ["3", "4"]);
        assert_eq!(bodies(&log, 9), [""; 0]);
        log.clear();
        log.push(Entry::event(0.0, Kind::Event, "open", "new"));
        assert_eq!(bodies(&log, 3), ["new"]);
        assert_eq!(bodies(&log, 6), [""; 0]);
    }

    #[test]
    fn of_long_messages_the_head_is_kept() {
        let entry = Entry::text(0.0, Kind::Received, &format!("a{}", "ü".repeat(MAX_TEXT)));
        assert!(entry.body.ends_with("ü\n… 16,386 bytes more"));
        assert_eq!(entry.size, Some(1 + 2 * MAX_TEXT));
        assert!(!entry.is_whole_text);
        let entry = Entry::binary(0.0, Kind::Received, &[0; 1000]);
        assert!(entry.body.ends_with("\n… 744 bytes more"));
        assert!(Entry::text(0.0, Kind::Received, "short").is_whole_text);
    }

    #[test]
    fn a_filter_looks_at_the_kind_and_at_the_words() {
        let entry = Entry::text(0.0, Kind::Sent, "Hello");
        for (kind, words, admitted) in [
            ("", "", true),
            ("sent", "hELLO ", true),
            ("", "text", true),
            ("received", "", false),
            ("sent", "bye", false),
        ] {
            assert_eq!(
                Filter::new(kind, words).admits(&entry),
                admitted,
                "{kind} {words}"
            );
        }
        let failure = Entry::event(0.0, Kind::Failure, "error", "");
        assert!(Filter::new("event", "").admits(&failure));
    }
}
