//! Close codes and reasons: what a caller may send and what a peer may have sent.

use crate::error::{Error, InvalidAccessError, SyntaxError};
use crate::fault;

/// The peer's Close frame had no code (RFC 6455 7.1.5).
pub(crate) const NO_STATUS: u16 = 1005;
/// There was no Close frame (RFC 6455 7.1.5).
pub(crate) const ABNORMAL: u16 = 1006;

/// RFC 6455 5.5: a control frame holds at most 125 bytes, of which the code takes two.
const LONGEST_REASON: usize = 123;

/// The body of a Close frame, as it may be sent: nothing, a code, or a code and a reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CloseFrame {
    pub(crate) code: Option<u16>,
    pub(crate) reason: Box<str>,
}

impl CloseFrame {
    /// What a caller may ask for. The order of the checks is that of WHATWG `close()`: code, then reason.
    pub(crate) fn from_caller(code: u16, reason: &str) -> Result<Self, Error> {
        if code != 1000 && !(3000..=4999).contains(&code) {
            return Err(InvalidAccessError(code).into());
        }
        if reason.len() > LONGEST_REASON {
            return Err(SyntaxError(fault::long_reason(reason.len())).into());
        }
        Ok(CloseFrame {
            code: Some(code),
            reason: reason.into(),
        })
    }

    /// A Close frame with a code that this crate chose, to fail a connection (RFC 6455 7.1.7).
    pub(crate) fn failing(code: u16) -> Self {
        CloseFrame {
            code: Some(code),
            reason: Box::default(),
        }
    }

    /// The code that a close event shows (RFC 6455 7.1.5).
    pub(crate) fn event_code(&self) -> u16 {
        self.code.unwrap_or(NO_STATUS)
    }
}

/// Whether a peer may send this code.
///
/// RFC 6455 7.4.1 reserves 1004 and forbids 1005, 1006 and 1015 on the wire; 7.4.2 leaves 3000 to 4999 to
/// libraries and applications; 1012 to 1014 were registered later.
pub(crate) fn may_be_received(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_callers_are_1000_and_3000_to_4999() {
        for code in 0..=u16::MAX {
            let wanted = code == 1000 || (3000..5000).contains(&code);
            assert_eq!(CloseFrame::from_caller(code, "").is_ok(), wanted, "{code}");
        }
    }

    #[test]
    fn reasons_of_callers_have_at_most_123_bytes_of_utf8() {
        assert!(CloseFrame::from_caller(1000, &"x".repeat(123)).is_ok());
        assert!(CloseFrame::from_caller(1000, &"ß".repeat(61)).is_ok());
        for reason in ["x".repeat(124), "ß".repeat(62)] {
            let error = CloseFrame::from_caller(1000, &reason).unwrap_err();
            assert!(error.to_string().contains("124 bytes"), "{error}");
        }
    }

    #[test]
    fn the_code_is_checked_before_the_reason() {
        let error = CloseFrame::from_caller(999, &"x".repeat(124)).unwrap_err();
        assert!(error.to_string().contains("999"), "{error}");
    }

    #[test]
    fn codes_of_peers_are_those_that_may_be_on_the_wire() {
        for code in [
            1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999,
        ] {
            assert!(may_be_received(code), "{code}");
        }
        for code in [
            0,
            1,
            999,
            1004,
            1005,
            1006,
            1015,
            1016,
            1100,
            2000,
            2999,
            5000,
            u16::MAX,
        ] {
            assert!(!may_be_received(code), "{code}");
        }
    }

    #[test]
    fn a_close_without_a_code_shows_1005() {
        assert_eq!(CloseFrame::default().event_code(), NO_STATUS);
        assert_eq!(CloseFrame::failing(1002).event_code(), 1002);
    }
}
