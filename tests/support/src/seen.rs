//! What the server saw of a connection, as lines of text, because a page can only ask over a WebSocket.

use std::fmt;
use std::str::FromStr;

use crate::encoding;

/// What the server saw of one connection that had an `id` in its URL.
///
/// Natively `Server::seen` returns it; a page parses the text message that `/seen?id=…` sends:
///
/// ```
/// use onesocket_test_support::{End, Seen};
///
/// let seen: Seen = "head GET /echo?id=x HTTP/1.1\nhead Host: localhost\nframe 1:2:6869\nframe 8:2:03e8\nend eof".parse()?;
/// assert_eq!(seen.field("host"), Some("localhost"));
/// assert_eq!(seen.opcodes(), [1, 8]);
/// assert_eq!(seen.close(), Some((Some(1000), String::new())));
/// assert_eq!(seen.end, Some(End::Eof));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The lines of the request's head as they were received, without their line ends.
    pub head: Vec<String>,
    /// All frames that were received, those behind a Close included.
    pub frames: Vec<SeenFrame>,
    /// The bytes of frames that [`Script::fill`](crate::Script::fill) could write.
    pub written: u64,
    /// What the client did against RFC 6455.
    pub breach: Option<String>,
    /// How the connection ended; `None` while it is open.
    pub end: Option<End>,
}

/// One received frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenFrame {
    /// Whether it was the last frame of its message.
    pub fin: bool,
    /// The three reserved bits; RSV1 is 4.
    pub rsv: u8,
    /// The opcode.
    pub opcode: u8,
    /// The number of bytes in the payload.
    pub length: usize,
    /// The first bytes of the payload, unmasked: of a control frame all of them.
    pub head: Vec<u8>,
}

/// How a connection ended, as the server saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The client's FIN; under TLS without a close_notify before it.
    Eof,
    /// The client's TLS close_notify.
    CloseNotify,
    /// The client's fatal TLS alert.
    Alert,
    /// The client's RST.
    Reset,
    /// The server dropped the connection first.
    Server,
}

impl Seen {
    /// The first line of the request.
    pub fn request_line(&self) -> &str {
        self.head.first().map_or("", String::as_str)
    }

    /// The value of the first field of this name, in any case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields().find_map(|(found, value)| {
            let same = found.eq_ignore_ascii_case(name);
            same.then_some(value)
        })
    }

    /// The names and values of the request's fields in their order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.head.iter().skip(1);
        lines.filter_map(|line| {
            line.split_once(':')
                .map(|(name, value)| (name, value.trim()))
        })
    }

    /// The opcodes of the received frames in their order.
    pub fn opcodes(&self) -> Vec<u8> {
        self.frames.iter().map(|frame| frame.opcode).collect()
    }

    /// Code and reason of the client's Close, if one was received.
    pub fn close(&self) -> Option<(Option<u16>, String)> {
        let body = &self.frames.iter().find(|frame| frame.opcode == 8)?.head;
        Some(match body.as_slice() {
            [high, low, reason @ ..] => (
                Some(u16::from_be_bytes([*high, *low])),
                String::from_utf8_lossy(reason).into_owned(),
            ),
            _ => (None, String::new()),
        })
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.head {
            writeln!(f, "head {line}")?;
        }
        for frame in &self.frames {
            writeln!(f, "frame {frame}")?;
        }
        if self.written > 0 {
            writeln!(f, "written {}", self.written)?;
        }
        if let Some(breach) = &self.breach {
            writeln!(f, "breach {breach}")?;
        }
        if let Some(end) = self.end {
            writeln!(f, "end {end}")?;
        }
        Ok(())
    }
}

/// `opcode:length:payload`, behind it what is out of the ordinary: `more` for a frame that is not final, and reserved bits.
impl fmt::Display for SeenFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = encoding::to_hex(&self.head);
        write!(f, "{}:{}:{head}", self.opcode, self.length)?;
        if !self.fin {
            f.write_str(" more")?;
        }
        if self.rsv != 0 {
            write!(f, " rsv={}", self.rsv)?;
        }
        Ok(())
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            End::Eof => "eof",
            End::CloseNotify => "close_notify",
            End::Alert => "alert",
            End::Reset => "reset",
            End::Server => "server",
        })
    }
}

impl FromStr for Seen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut seen = Seen::default();
        for line in text.lines() {
            match line.split_once(' ').unwrap_or((line, "")) {
                ("head", rest) => seen.head.push(rest.to_owned()),
                ("frame", rest) => seen.frames.push(rest.parse()?),
                ("written", rest) => {
                    let number = rest.parse();
                    seen.written = number.map_err(|_| format!("not a number: {rest:?}"))?;
                }
                ("breach", rest) => seen.breach = Some(rest.to_owned()),
                ("end", rest) => seen.end = Some(rest.parse()?),
                _ => return Err(format!("not a line of a report: {line:?}")),
            }
        }
        Ok(seen)
    }
}

impl FromStr for SeenFrame {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let frame = || {
            let mut words = text.split(' ');
            let mut parts = words.next()?.split(':');
            let mut frame = SeenFrame {
                fin: true,
                rsv: 0,
                opcode: parts.next()?.parse().ok()?,
                length: parts.next()?.parse().ok()?,
                head: encoding::from_hex(parts.next()?)?,
            };
            for word in words {
                match word.split_once('=') {
                    None if word == "more" => frame.fin = false,
                    Some(("rsv", bits)) => frame.rsv = bits.parse().ok()?,
                    _ => return None,
                }
            }
            Some(frame)
        };
        frame().ok_or_else(|| format!("not a frame of a report: {text:?}"))
    }
}

impl FromStr for End {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [
            End::Eof,
            End::CloseNotify,
            End::Alert,
            End::Reset,
            End::Server,
        ]
        .into_iter()
        .find(|end| end.to_string() == text)
        .ok_or_else(|| format!("not an end of a report: {text:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_as_it_was_written() {
        for end in [
            None,
            Some(End::Eof),
            Some(End::CloseNotify),
            Some(End::Alert),
            Some(End::Reset),
            Some(End::Server),
        ] {
            let seen = Seen {
                head: vec!["GET / HTTP/1.1".into(), "Host: a b".into()],
                frames: vec![
                    SeenFrame {
                        fin: false,
                        rsv: 4,
                        opcode: 1,
                        length: 70_000,
                        head: vec![0, 255],
                    },
                    SeenFrame {
                        fin: true,
                        rsv: 0,
                        opcode: 8,
                        length: 0,
                        head: vec![],
                    },
                ],
                written: 5_000_000_000,
                breach: Some("a frame is not masked".into()),
                end,
            };
            assert_eq!(seen.to_string().parse(), Ok(seen));
        }
    }

    #[test]
    fn what_is_not_a_report_is_refused() {
        for text in [
            "hello",
            "frame 1:2",
            "frame 1:2:zz",
            "written much",
            "frame 1:2:00 less",
            "end sometime",
        ] {
            assert!(text.parse::<Seen>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_close_without_a_body_has_no_code() {
        let seen: Seen = "frame 8:0:".parse().unwrap();
        assert_eq!(seen.close(), Some((None, String::new())));
        assert_eq!(Seen::default().close(), None);
    }
}
