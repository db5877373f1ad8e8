//! The grammar of Sec-WebSocket-Extensions (RFC 6455 9.1), read from left to right in one pass.
//!
//! ```text
//! extension-list = 1#extension
//! extension      = token *( ";" token [ "=" ( token | quoted-string ) ] )
//! ```

use std::borrow::Cow;

use crate::rules;

/// One element of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Extension<'a> {
    pub(super) name: &'a str,
    /// Names and values in their order.
    pub(super) parameters: Vec<(&'a str, Option<Cow<'a, str>>)>,
}

/// The extensions of one field, of which there may be none; `None` if it breaks the grammar.
pub(super) fn parse(field: &[u8]) -> Option<Vec<Extension<'_>>> {
    let mut input = Input(field);
    let mut extensions = Vec::new();
    loop {
        // RFC 2616 2.1, whose grammar this is: "null elements are allowed, but do not contribute to the count of elements
        // present".
        while input.take(b',') {}
        if input.is_at_end() {
            return Some(extensions);
        }
        extensions.push(input.extension()?);
        if !input.is_at_end() && !input.take(b',') {
            return None;
        }
    }
}

/// What is left to read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn extension(&mut self) -> Option<Extension<'a>> {
        let name = self.token()?;
        let mut parameters = Vec::new();
        while self.take(b';') {
            let name = self.token()?;
            let value = match self.take(b'=') {
                true => Some(self.value()?),
                false => None,
            };
            parameters.push((name, value));
        }
        Some(Extension { name, parameters })
    }

    fn token(&mut self) -> Option<&'a str> {
        self.skip_blanks();
        let is_token = |byte: &u8| rules::is_token(char::from(*byte));
        let length = self.0.iter().take_while(|byte| is_token(byte)).count();
        let (token, rest) = self.0.split_at(length);
        self.0 = rest;
        str::from_utf8(token).ok().filter(|token| !token.is_empty())
    }

    /// 9.1: "When using the quoted-string syntax variant, the value after quoted-string unescaping MUST conform to the 'token'
    /// ABNF."
    fn value(&mut self) -> Option<Cow<'a, str>> {
        if !self.take(b'"') {
            return self.token().map(Cow::Borrowed);
        }
        let mut value = String::new();
        loop {
            let byte = match self.next()? {
                b'"' => break,
                b'\\' => self.next()?,
                byte => byte,
            };
            value.push(char::from(byte));
        }
        let is_token = !value.is_empty() && value.chars().all(rules::is_token);
        is_token.then_some(Cow::Owned(value))
    }

    /// Whether this byte comes next, perhaps behind blanks; if so, it is behind us.
    fn take(&mut self, wanted: u8) -> bool {
        self.skip_blanks();
        let found = self.0.first() == Some(&wanted);
        if found {
            self.0 = &self.0[1..];
        }
        found
    }

    fn next(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    fn is_at_end(&mut self) -> bool {
        self.skip_blanks();
        self.0.is_empty()
    }

    fn skip_blanks(&mut self) {
        while let [b' ' | b'\t', rest @ ..] = self.0 {
            self.0 = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As it would be written in one way.
    fn normal(field: &str) -> Option<String> {
        let mut all = Vec::new();
        for extension in parse(field.as_bytes())? {
            let mut text = extension.name.to_owned();
            for (name, value) in extension.parameters {
                text = match value {
                    Some(value) => format!("{text};{name}={value}"),
                    None => format!("{text};{name}"),
                };
            }
            all.push(text);
        }
        Some(all.join(","))
    }

    #[test]
    fn lists_are_read_in_each_form_of_the_grammar() {
        for (field, wanted) in [
            ("", ""),
            (" ", ""),
            (", ,", ""),
            ("a", "a"),
            (" \ta\t ", "a"),
            ("a,b", "a,b"),
            (",a, ,b ,", "a,b"),
            ("a;b", "a;b"),
            ("a ; b ; c", "a;b;c"),
            ("a;b=1;c=\"2\"", "a;b=1;c=2"),
            ("a ; b = 1 , c", "a;b=1,c"),
            (r#"a;b="\1\5""#, "a;b=15"),
            (r#"a;b="1" , c;d"#, "a;b=1,c;d"),
            ("a;b;b", "a;b;b"),
        ] {
            assert_eq!(normal(field).as_deref(), Some(wanted), "{field}");
        }
    }

    #[test]
    fn everything_else_breaks_the_grammar() {
        for field in [
            ";",
            "a;",
            "a;;b",
            "a;=1",
            "a;b=",
            "a;b=,c",
            "a b",
            "a=1",
            "a;b c",
            "a;b=1 2",
            "a/b",
            "a;b=\"\"",
            "a;b=\"1",
            "a;b=\"1\\",
            "a;b=\"1 2\"",
            "a;b=\"1\"2",
            "\"a\"",
            "a;\"b\"",
            "a;b=\"a,b\"",
            "ä",
            "a\0",
            "a\n",
        ] {
            assert_eq!(parse(field.as_bytes()), None, "{field:?}");
        }
        assert_eq!(parse(b"a;b=\"\xff\""), None);
    }

    #[test]
    fn a_long_field_is_read_in_one_pass() {
        let long = "a;b=\"\\1\";".repeat(200_000) + "c";
        assert_eq!(parse(long.as_bytes()).unwrap()[0].name, "a");
        assert_eq!(parse(",".repeat(1 << 20).as_bytes()), Some(vec![]));
    }
}
