//! What the exit status says, and what close codes mean. The numbers are documented in `--help`.

/// Closed as it should be.
pub(crate) const CLEAN: u8 = 0;
/// Wrong use, or a local file or stream failed.
pub(crate) const USAGE: u8 = 1;
/// The connection could not be opened.
pub(crate) const NOT_OPEN: u8 = 2;
/// The connection was lost, or did not end cleanly.
pub(crate) const LOST: u8 = 3;
/// The peer closed with a code that is not of the good ones.
pub(crate) const PEER: u8 = 4;
/// Left without waiting, as a shell says it of a program that SIGINT ended.
pub(crate) const INTERRUPTED: u8 = 130;

/// The exit status of a connection that was open; `asked` says whether it was closed from this side.
pub(crate) fn of_close(was_clean: bool, code: u16, asked: bool) -> u8 {
    match code {
        _ if !was_clean => LOST,
        _ if asked => CLEAN,
        1000 | 1005 => CLEAN,
        _ => PEER,
    }
}

/// What a close code means: RFC 6455 7.4.1, and what IANA has registered since.
pub(crate) fn code_name(code: u16) -> &'static str {
    match code {
        1000 => "normal closure",
        1001 => "going away",
        1002 => "protocol error",
        1003 => "unsupported data",
        1005 => "no code",
        1006 => "no closing handshake",
        1007 => "invalid payload data",
        1008 => "policy violation",
        1009 => "message too big",
        1010 => "extension missing",
        1011 => "internal error",
        1012 => "service restart",
        1013 => "try again later",
        1014 => "bad gateway",
        3000 => "unauthorized",
        3003 => "forbidden",
        3008 => "timeout",
        3001..3003 | 3004..3008 | 3009..4000 => "a library's code",
        4000..=4999 => "an application's code",
        _ => "unknown code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_tells_who_ended_the_connection_and_how() {
        for (was_clean, code, asked, status) in [
            (true, 1000, false, CLEAN),
            (true, 1005, false, CLEAN),
            (true, 4000, true, CLEAN),
            (true, 1001, false, PEER),
            (true, 4000, false, PEER),
            (false, 1006, false, LOST),
            (false, 1006, true, LOST),
            // A Close frame that arrived does not make a cut connection clean.
            (false, 1000, false, LOST),
        ] {
            assert_eq!(of_close(was_clean, code, asked), status, "{code}");
        }
    }

    #[test]
    fn every_code_that_a_close_event_can_show_has_a_name() {
        for code in (1000..=1003).chain(1005..=1014).chain(3000..=4999) {
            assert_ne!(code_name(code), "unknown code", "{code}");
        }
    }
}
