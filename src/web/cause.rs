//! Why a connection failed, in a browser: what little it says, and our one limit.

use std::error::Error as StdError;
use std::fmt;

use crate::error::{Response, Stage};

#[derive(Debug)]
pub(crate) enum Cause {
    UnreadFull {
        limit: usize,
        /// What lay behind it went away with the peer's Close.
        is_cut: bool,
    },
    Browser {
        during: Stage,
        said: Option<String>,
    },
}

impl Cause {
    pub(crate) fn stage(&self) -> Stage {
        match self {
            Cause::UnreadFull { .. } => Stage::Limit,
            Cause::Browser { during, .. } => *during,
        }
    }

    pub(crate) fn is_retryable(&self) -> bool {
        matches!(self, Cause::Browser { during, .. } if *during != Stage::Protocol)
    }

    /// A browser does not say that it was one.
    pub(crate) fn is_timeout(&self) -> bool {
        false
    }

    /// A browser does not show it.
    pub(crate) fn response(&self) -> Option<&Response> {
        None
    }

    /// A browser does not say it.
    pub(crate) fn close_code(&self) -> Option<u16> {
        None
    }

    /// An exception is told in words.
    pub(crate) fn source(&self) -> Option<&(dyn StdError + 'static)> {
        None
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::UnreadFull { limit, is_cut } => {
                if *is_cut {
                    f.write_str("messages before the peer's close may be missing, as ")?;
                }
                write!(
                    f,
                    "more than the limit of {limit} bytes lay received and unread: read faster, or raise `max_unread`"
                )
            }
            Cause::Browser { during, said } => {
                f.write_str(match during {
                    Stage::Opening => "the connection could not be opened",
                    Stage::Protocol => "the browser failed the connection",
                    Stage::Closing => "the connection ended before the peer had answered the close",
                    _ => "the connection ended without a closing handshake",
                })?;
                match said {
                    Some(said) => write!(f, ": {said}"),
                    None => f.write_str(
                        ", and a browser does not tell a page why: its developer tools may",
                    ),
                }
            }
        }
    }
}
