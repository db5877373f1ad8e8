//! How the values of options and commands are written: each is parsed once, here, or refused with what to write instead.

use std::net::IpAddr;
use std::time::Duration;

/// Seconds, perhaps with a fraction.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| format!("{text:?} is not a number of seconds, such as 2 or 0.5"))
}

/// A number of bytes, perhaps in `k`, `m` or `g`; never 0.
pub(crate) fn bytes(text: &str) -> Result<usize, String> {
    let (digits, shift) = match text.char_indices().next_back() {
        Some((end, 'k' | 'K')) => (&text[..end], 10),
        Some((end, 'm' | 'M')) => (&text[..end], 20),
        Some((end, 'g' | 'G')) => (&text[..end], 30),
        _ => (text, 0),
    };
    digits
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_mul(1 << shift))
        .filter(|&bytes| bytes > 0)
        .ok_or_else(|| format!("{text:?} is not a number of bytes, such as 4096, 64k or 1m"))
}

/// A number of messages; never 0.
pub(crate) fn count(text: &str) -> Result<u64, String> {
    text.parse()
        .ok()
        .filter(|&count| count > 0)
        .ok_or_else(|| format!("{text:?} is not a number of messages, such as 1"))
}

/// `Name: value`, in its two parts.
pub(crate) fn header(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((name, value)) if !name.is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(format!(
            "{text:?} is not a header: write 'Name: value', in quotes"
        )),
    }
}

/// `host:address`, in its two parts; an IPv6 address may stand in brackets.
pub(crate) fn resolved(text: &str) -> Result<(String, IpAddr), String> {
    let parts = || {
        let (host, address) = text.split_once(':')?;
        let bare = address
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let address = bare.unwrap_or(address).parse().ok()?;
        (!host.is_empty()).then(|| (host.to_owned(), address))
    };
    parts().ok_or_else(|| format!("{text:?} is not HOST:ADDRESS, such as example.com:127.0.0.1"))
}

/// Pairs of hexadecimal digits, with white space wherever it helps the eye.
pub(crate) fn hex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let pairs = digits.chunks(2).map(|pair| match pair {
        // Two hexadecimal digits are at most 255.
        [high, low] => Some((high.to_digit(16)? << 4 | low.to_digit(16)?) as u8),
        _ => None,
    });
    pairs
        .collect::<Option<_>>()
        .ok_or_else(|| format!("{text:?} is not pairs of hexadecimal digits, such as 00 ff"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_have_a_fraction_but_not_a_sign() {
        assert_eq!(seconds("2"), Ok(Duration::from_secs(2)));
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("0"), Ok(Duration::ZERO));
        for wrong in ["", "-1", "1s", "nan", "inf", "1e300"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn bytes_count_in_powers_of_1024() {
        assert_eq!(bytes("4096"), Ok(4096));
        assert_eq!(bytes("64k"), Ok(65_536));
        assert_eq!(bytes("1M"), Ok(1 << 20));
        for wrong in ["", "k", "0", "0k", "-1", "1.5m", "1x", "99999999999g", "ü"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_header_is_a_name_and_a_value() {
        let pair = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(header("X-A: b: c"), pair("X-A", "b: c"));
        assert_eq!(header("X-A:"), pair("X-A", ""));
        for wrong in ["", "X-A", ": b"] {
            assert!(header(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_may_be_of_either_family() {
        for (text, address) in [
            ("h:127.0.0.1", "127.0.0.1"),
            ("h:::1", "::1"),
            ("h:[::1]", "::1"),
        ] {
            assert_eq!(
                resolved(text),
                Ok(("h".to_owned(), address.parse().unwrap()))
            );
        }
        for wrong in ["", "h", "h:", ":127.0.0.1", "h:localhost", "h:[::1"] {
            assert!(resolved(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hexadecimal_digits_come_in_pairs() {
        assert_eq!(hex("00 fF"), Ok(vec![0, 255]));
        assert_eq!(hex(""), Ok(vec![]));
        for wrong in ["0", "0g", "é0", "0x00"] {
            assert!(hex(wrong).is_err(), "{wrong}");
        }
    }
}
