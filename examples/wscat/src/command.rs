//! What a typed line means: a message, or a command behind a slash.

use std::path::PathBuf;

use crate::values;

/// What `/help` shows.
pub(crate) const HELP: [&str; 7] = [
    "/close [CODE] [REASON]  close; the code is 1000 or within 3000 to 4999",
    "/binary HEX             send these bytes: /binary 00 ff",
    "/file PATH              send a file as binary messages (see --chunk)",
    "/status                 state, bufferedAmount, subprotocol, extensions, counts",
    "/help                   this list",
    "//…                     send the text /…",
    "Ctrl-C or Ctrl-D closes with 1000; once more leaves without waiting",
];

/// One typed line.
#[derive(Debug, PartialEq)]
pub(crate) enum Line {
    Text(String),
    Close { code: u16, reason: String },
    Binary(Vec<u8>),
    File(PathBuf),
    Status,
    Help,
}

/// Understands a line; an error says what to write instead.
pub(crate) fn parse(line: String) -> Result<Line, String> {
    let Some(command) = line.strip_prefix('/') else {
        return Ok(Line::Text(line));
    };
    if command.starts_with('/') {
        return Ok(Line::Text(command.to_owned()));
    }
    let (name, rest) = command.split_once(' ').unwrap_or((command, ""));
    let rest = rest.trim();
    match (name, rest) {
        ("close", rest) => close(rest),
        ("binary", "") => Err("/binary needs bytes, such as /binary 00 ff".to_owned()),
        ("binary", digits) => values::hex(digits).map(Line::Binary),
        ("file", "") => Err("/file needs a path".to_owned()),
        ("file", path) => Ok(Line::File(PathBuf::from(path))),
        ("status", "") => Ok(Line::Status),
        ("help" | "", "") => Ok(Line::Help),
        ("status" | "help", _) => Err(format!("/{name} stands alone")),
        _ => Err(format!(
            "there is no command /{name}: /help lists them, and //{name} sends it as text"
        )),
    }
}

/// A code, a reason, both or neither.
fn close(rest: &str) -> Result<Line, String> {
    let (first, after) = rest.split_once(' ').unwrap_or((rest, ""));
    let (code, reason) = match first.parse() {
        Ok(code) => (code, after.trim_start()),
        Err(_) if first.starts_with(|c: char| c.is_ascii_digit()) => {
            return Err(format!(
                "{first:?} is not a close code, such as 1000 or 4000"
            ));
        }
        Err(_) => (1000, rest),
    };
    Ok(Line::Close {
        code,
        reason: reason.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<Line, String> {
        parse(text.to_owned())
    }

    #[test]
    fn what_does_not_begin_with_one_slash_is_text() {
        for (typed, sent) in [
            ("hello", "hello"),
            ("", ""),
            (" /status", " /status"),
            ("//status", "/status"),
            ("///", "//"),
        ] {
            assert_eq!(line(typed), Ok(Line::Text(sent.to_owned())));
        }
    }

    #[test]
    fn commands_are_understood() {
        let close = |code, reason: &str| {
            Ok(Line::Close {
                code,
                reason: reason.to_owned(),
            })
        };
        for (typed, meant) in [
            ("/close", close(1000, "")),
            ("/close 4000", close(4000, "")),
            ("/close 4000 so long  ", close(4000, "so long")),
            ("/close so long", close(1000, "so long")),
            // Whether it may be sent is for the socket to say.
            ("/close 1", close(1, "")),
            ("/binary 00 fF", Ok(Line::Binary(vec![0, 255]))),
            ("/file a b.bin ", Ok(Line::File("a b.bin".into()))),
            ("/status", Ok(Line::Status)),
            ("/help ", Ok(Line::Help)),
            ("/", Ok(Line::Help)),
        ] {
            assert_eq!(line(typed), meant, "{typed}");
        }
    }

    #[test]
    fn a_mistake_is_told_with_what_to_write() {
        for (typed, message) in [
            ("/ping", "//ping sends it as text"),
            ("/binary", "needs bytes"),
            ("/binary xy", "hexadecimal"),
            ("/file", "needs a path"),
            ("/close 70000", "not a close code"),
            ("/status now", "stands alone"),
        ] {
            let error = line(typed).unwrap_err();
            assert!(error.contains(message), "{typed}: {error}");
        }
    }
}
