//! Reading the target of a request: the path, and what stands behind the `?`.

use std::io;

use crate::encoding::hex_digit;

/// One `name=argument,argument` of a query, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) arguments: Vec<Vec<u8>>,
}

/// The path of a request target.
pub(crate) fn path(target: &str) -> &str {
    target.split_once('?').map_or(target, |(path, _)| path)
}

/// All of a query in its order.
pub(crate) fn steps(target: &str) -> Vec<Step> {
    pairs(target)
        .map(|(name, arguments)| Step {
            name: name.to_owned(),
            arguments: arguments.split(',').map(decode).collect(),
        })
        .collect()
}

/// The value of the first pair of this name.
pub(crate) fn value(target: &str, name: &str) -> Option<String> {
    pairs(target)
        .find(|(found, _)| *found == name)
        .map(|(_, value)| String::from_utf8_lossy(&decode(value)).into_owned())
}

/// The same as a number.
pub(crate) fn number(target: &str, name: &str) -> io::Result<Option<usize>> {
    value(target, name)
        .map(|value| value.parse())
        .transpose()
        .map_err(|error| misuse(&format!("{name}: {error}")))
}

/// The test asked for something that the server does not understand.
pub(crate) fn misuse(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

fn pairs(target: &str) -> impl Iterator<Item = (&str, &str)> {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Undoes percent-encoding; a `%` without two hexadecimal digits stands for itself.
fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, ..] => hex_digit(*high).zip(hex_digit(*low)),
            _ => None,
        };
        if let Some((high, low)) = escaped {
            bytes.push(high << 4 | low);
            rest = &rest[3..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Script;

    #[test]
    fn every_byte_survives_a_query() {
        let all: Vec<u8> = (0..=255).collect();
        let target = Script::new().raw(&all).to_string();
        assert_eq!(steps(&target)[0].arguments, [all]);
    }

    #[test]
    fn a_percent_sign_alone_stands_for_itself() {
        for text in ["100%", "%zz%4"] {
            assert_eq!(decode(text), text.as_bytes());
        }
    }

    #[test]
    fn steps_are_read_as_a_script_writes_them() {
        let script = Script::new()
            .open()
            .frame(false, 4, 1, "x")
            .fragments(["a,b", ""]);
        let steps = steps(&script.to_string());
        let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
        assert_eq!(names, ["open", "frame", "fragments"]);
        assert_eq!(steps[1].arguments, [b"0", b"4", b"1", b"x"]);
        assert_eq!(steps[2].arguments, [&b"a,b"[..], b""]);
    }

    #[test]
    fn a_value_is_that_of_the_first_pair() {
        let target = "/flood?n=3&size=&n=4&binary";
        assert_eq!(path(target), "/flood");
        assert_eq!(number(target, "n").unwrap(), Some(3));
        assert_eq!(value(target, "binary").as_deref(), Some(""));
        assert_eq!(value(target, "id"), None);
        assert!(number(target, "size").is_err());
        assert_eq!(path("/echo"), "/echo");
        assert_eq!(steps("/echo"), []);
    }
}
