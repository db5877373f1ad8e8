//! How things look: messages, states and errors as lines of text.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _, stderr};
use std::time::Duration;

use onesocket::Message;

use crate::arguments::Color;

/// More of a text message than this is not for eyes.
const LONGEST_TEXT: usize = 16 << 10;
/// The bytes of a binary message that are shown: as many as fit a line of 80 columns.
const EXCERPT: usize = 12;

/// Writes lines with colours or without.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    colored: bool,
}

impl Style {
    /// As is asked for; by itself, colours are for terminals, unless the user wants none (no-color.org).
    pub(crate) fn on(color: Color, stream: &impl IsTerminal) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let colored = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                stream.is_terminal() && !dumb && !set("NO_COLOR")
            }
        };
        Style { colored }
    }

    /// A line about the state of the connection.
    pub(crate) fn state(self, line: &str) -> String {
        self.paint("2", &format!("= {line}"))
    }

    /// A line about something that failed.
    pub(crate) fn error(self, line: &str) -> String {
        format!("{} {line}", self.paint("31", "wscat:"))
    }

    /// A received message for a reader, who must not be deceived by what it does to the terminal; `after` is the time since
    /// the last message was sent.
    pub(crate) fn received(self, message: &Message, after: Option<Duration>) -> String {
        let mark = self.paint("36", "<");
        let after = after.map_or_else(String::new, |after| {
            self.paint("2", &format!("[{after:.3?}] "))
        });
        match message {
            Message::Text(text) => {
                let shown = head(text);
                let mut line = format!("{mark} {after}{}", visible(shown).replace('\n', "\n  "));
                if shown.len() < text.len() {
                    let note = format!("… ({} bytes in all)", text.len());
                    line.push_str(&self.paint("2", &note));
                }
                line
            }
            Message::Binary(bytes) => {
                let kind = self.paint("35", &format!("binary, {}", counted(bytes.len(), "byte")));
                format!("{mark} {after}{kind}{}", excerpt(bytes))
            }
        }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colored {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Writes to standard error. Unlike `eprintln!` it does not panic where nobody reads that any more.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}

/// Text with its control characters made visible: those that move a cursor, change a colour or turn the direction of
/// writing would let a peer draw on the terminal. Line breaks and tabs stay.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => shown.push(character),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.extend(character.escape_unicode());
            }
            _ if character.is_control() => shown.extend(character.escape_default()),
            _ => shown.push(character),
        }
    }
    shown
}

/// Bytes as hexadecimal digits, without spaces.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(digits, "{byte:02x}").expect("a String takes all that is written");
    }
    digits
}

/// A number with its noun: `1 byte`, `2 bytes`.
pub(crate) fn counted(number: impl TryInto<u64>, noun: &str) -> String {
    // Whatever is counted here was counted in 64 bits or fewer.
    match number.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}

/// The first bytes, in hexadecimal digits and as ASCII.
fn excerpt(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(EXCERPT)];
    if shown.is_empty() {
        return String::new();
    }
    let digits: Vec<String> = shown.iter().map(|byte| format!("{byte:02x}")).collect();
    let ascii: String = shown
        .iter()
        .map(|&byte| match byte {
            b' '..=b'~' => char::from(byte),
            _ => '.',
        })
        .collect();
    let more = if shown.len() < bytes.len() { "…" } else { "" };
    format!(": {}{more} |{ascii}{more}|", digits.join(" "))
}

/// The beginning of a text, cut between two characters.
fn head(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style { colored: false };

    fn received(message: impl Into<Message>) -> String {
        PLAIN.received(&message.into(), None)
    }

    #[test]
    fn text_is_shown_as_it_is_and_its_further_lines_are_indented() {
        assert_eq!(received("grüße"), "< grüße");
        assert_eq!(received("a\nb\tc"), "< a\n  b\tc");
        assert_eq!(received(""), "< ");
    }

    #[test]
    fn a_peer_cannot_draw_on_the_terminal() {
        assert_eq!(
            received("\x1b[2J\r\u{9b}\u{202e}"),
            r"< \u{1b}[2J\r\u{9b}\u{202e}"
        );
    }

    #[test]
    fn long_text_is_cut_between_two_characters() {
        let shown = received("ß".repeat(LONGEST_TEXT));
        let note = format!("ß… ({} bytes in all)", 2 * LONGEST_TEXT);
        assert!(shown.ends_with(&note));
        assert_eq!(head(&"€".repeat(LONGEST_TEXT)).len() % 3, 0);
    }

    #[test]
    fn binary_is_a_length_and_an_excerpt() {
        assert_eq!(received([]), "< binary, 0 bytes");
        assert_eq!(received([7]), "< binary, 1 byte: 07 |.|");
        assert_eq!(
            received(*b"Hi!\xff"),
            "< binary, 4 bytes: 48 69 21 ff |Hi!.|"
        );
        let long = received([b'a'; 13]);
        assert!(long.ends_with(" 61… |aaaaaaaaaaaa…|"), "{long}");
    }

    #[test]
    fn the_time_since_the_last_message_sent_stands_before_a_message() {
        let line = PLAIN.received(&"pong".into(), Some(Duration::from_micros(1500)));
        assert_eq!(line, "< [1.500ms] pong");
    }

    #[test]
    fn colours_end_where_they_began() {
        let style = Style { colored: true };
        assert_eq!(style.state("open"), "\x1b[2m= open\x1b[0m");
        assert_eq!(style.error("no"), "\x1b[31mwscat:\x1b[0m no");
        assert_eq!(PLAIN.error("no"), "wscat: no");
    }
}
