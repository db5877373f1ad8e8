//! What can be wrong with the answer to the opening handshake.

use std::fmt;

/// The check of RFC 6455 4.1 that a handshake's answer did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UpgradeFault {
    /// The bytes cannot be an HTTP/1 answer, whatever follows them.
    NotHttp(Excerpt),
    /// A record of TLS came over plain TCP.
    Tls(Excerpt),
    /// An answer whose head breaks the grammar of HTTP/1.1 in this line.
    Malformed {
        rule: &'static str,
        line: Excerpt,
    },
    /// A 101 of HTTP/1.0.
    OldHttp,
    /// The answer of the drafts before RFC 6455: no Accept, but a body of 16 bytes.
    PreStandard,
    UpgradeMissing,
    UpgradeWrong(Excerpt),
    ConnectionMissing,
    ConnectionWrong(Excerpt),
    AcceptMissing,
    AcceptTwice,
    AcceptLength(usize),
    AcceptWrong(Excerpt),
    ProtocolMissing,
    ProtocolNotOffered {
        answer: Excerpt,
        offered: Vec<String>,
    },
    ProtocolTwice,
    Extension(String),
    TooLarge {
        limit: usize,
    },
    TooManyFields {
        limit: usize,
    },
}

/// The beginning of what a peer sent, fit for a message: bounded, and escaped so that no terminal obeys it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt(String);

impl Excerpt {
    const LONGEST: usize = 80;

    pub(crate) fn of(bytes: &[u8]) -> Self {
        let shown = &bytes[..bytes.len().min(Self::LONGEST)];
        let rest = if shown.len() < bytes.len() { "…" } else { "" };
        Excerpt(format!("\"{}\"{rest}", shown.escape_ascii()))
    }
}

impl fmt::Display for UpgradeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UpgradeFault::NotHttp(head) => write!(f, "the answer is not HTTP/1.1; it begins with {head}"),
            UpgradeFault::Tls(head) => {
                write!(f, "the server speaks TLS on this port: connect with wss:, not ws: (its answer begins with {head})")
            }
            UpgradeFault::Malformed { rule, line } => write!(f, "the answer is not valid HTTP/1.1: {rule}, in the line {line}"),
            UpgradeFault::OldHttp => f.write_str("the answer is HTTP/1.0, which cannot switch protocols; RFC 6455 needs HTTP/1.1"),
            UpgradeFault::PreStandard => f.write_str(
                "the server speaks the pre-standard protocol (Sec-WebSocket-Origin and -Location, no Accept), not RFC 6455",
            ),
            UpgradeFault::UpgradeMissing => f.write_str("the answer has no Upgrade field"),
            UpgradeFault::UpgradeWrong(value) => write!(f, "the answer's Upgrade field is {value}, not \"websocket\" alone"),
            UpgradeFault::ConnectionMissing => f.write_str("the answer has no Connection field"),
            UpgradeFault::ConnectionWrong(value) => {
                write!(f, "the answer's Connection field is {value}, without the token \"upgrade\"")
            }
            UpgradeFault::AcceptMissing => f.write_str("the answer has no Sec-WebSocket-Accept field"),
            UpgradeFault::AcceptTwice => f.write_str("the answer has more than one Sec-WebSocket-Accept field"),
            UpgradeFault::AcceptLength(length) => {
                write!(f, "the answer's Sec-WebSocket-Accept has {length} bytes, not the 28 of a SHA-1 hash in base64")
            }
            UpgradeFault::AcceptWrong(value) => {
                write!(f, "the answer's Sec-WebSocket-Accept {value} does not fit the key that was sent")
            }
            UpgradeFault::ProtocolMissing => {
                f.write_str("subprotocols were offered, but the server chose none of them")
            }
            UpgradeFault::ProtocolNotOffered { answer, offered } if offered.is_empty() => {
                write!(f, "the server chose the subprotocol {answer}, but none was offered")
            }
            UpgradeFault::ProtocolNotOffered { answer, offered } => {
                write!(f, "the server chose the subprotocol {answer}, which is not exactly one of those offered: {}", offered.join(", "))
            }
            UpgradeFault::ProtocolTwice => f.write_str("the answer has more than one Sec-WebSocket-Protocol field"),
            UpgradeFault::Extension(what) => f.write_str(what),
            UpgradeFault::TooLarge { limit } => {
                write!(f, "the answer's head is larger than the limit of {limit} bytes")
            }
            UpgradeFault::TooManyFields { limit } => {
                write!(f, "the answer has more fields than the limit of {limit}")
            }
        }
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_escaped_and_cut() {
        assert_eq!(Excerpt::of(b"").to_string(), r#""""#);
        assert_eq!(
            Excerpt::of(b"a\x1b[2J\"\xff\n").to_string(),
            r#""a\x1b[2J\"\xff\n""#
        );
        let longest = "x".repeat(80);
        assert_eq!(
            Excerpt::of(longest.as_bytes()).to_string(),
            format!("\"{longest}\"")
        );
        let longer = longest.clone() + "y";
        assert_eq!(
            Excerpt::of(longer.as_bytes()).to_string(),
            format!("\"{longest}\"…")
        );
    }
}
