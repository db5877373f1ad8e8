//! Numbers as people read them.

/// `17`, `1,234,567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = digits[..first].to_owned();
    for group in digits.as_bytes()[first..].chunks(3) {
        if !text.is_empty() {
            text.push(',');
        }
        text.extend(group.iter().map(|&digit| char::from(digit)));
    }
    text
}

/// `1 message`, `2 messages`.
pub fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// `17 B`, `1.5 kB`, `12 MB`: decimal, as networks are measured.
pub fn bytes(number: f64) -> String {
    let mut number = number;
    for unit in ["B", "kB", "MB"] {
        if number < 999.5 {
            return format!("{} {unit}", short(number));
        }
        number /= 1000.0;
    }
    format!("{} GB", short(number))
}

/// `0.12 ms`, `3.4 ms`, `1.2 s`.
pub fn milliseconds(number: f64) -> String {
    if number < 999.5 {
        format!("{} ms", short(number))
    } else {
        format!("{} s", short(number / 1000.0))
    }
}

/// Two digits that count, more before the point, and no zero at the end of a fraction.
pub fn short(number: f64) -> String {
    let text = match number {
        n if n >= 9.95 => return format!("{n:.0}"),
        n if n >= 0.995 => format!("{n:.1}"),
        n => format!("{n:.2}"),
    };
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_by_three() {
        for (number, text) in [
            (0, "0"),
            (12, "12"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(count(number), text);
        }
        assert_eq!(counted(1, "message"), "1 message");
        assert_eq!(counted(1200, "message"), "1,200 messages");
    }

    #[test]
    fn amounts_have_the_unit_that_keeps_them_short() {
        for (number, text) in [
            (0.0, "0 B"),
            (17.0, "17 B"),
            (999.0, "999 B"),
            (1000.0, "1 kB"),
            (1536.0, "1.5 kB"),
            (65_536.0, "66 kB"),
            (12_345_678.0, "12 MB"),
            (5e9, "5 GB"),
        ] {
            assert_eq!(bytes(number), text);
        }
        for (number, text) in [
            (0.123, "0.12 ms"),
            (0.5, "0.5 ms"),
            (0.0, "0 ms"),
            (3.44, "3.4 ms"),
            (12.6, "13 ms"),
            (1200.0, "1.2 s"),
        ] {
            assert_eq!(milliseconds(number), text);
        }
    }
}
