//! JSON laid out for reading. That it is JSON, the browser's parser says.

/// Whether a text may be an object or an array, which are worth laying out.
pub fn may_be(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Valid JSON with a line for each member. Nothing else changes, not even the digits of a number, as they would by way of
/// JavaScript's values.
pub fn pretty(valid: &str) -> String {
    let mut out = String::with_capacity(valid.len() * 2);
    let mut depth = 0;
    let mut rest = valid.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            ' ' | '\t' | '\n' | '\r' => {}
            '"' => {
                out.push('"');
                string(&mut rest, &mut out);
            }
            '{' | '[' => {
                out.push(character);
                while rest.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = rest.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(character);
            }
            ',' => {
                out.push(',');
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            other => out.push(other),
        }
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// The rest of a string, up to its closing quotation mark.
fn string(rest: &mut impl Iterator<Item = char>, out: &mut String) {
    let mut escaped = false;
    for character in rest {
        out.push(character);
        match character {
            '"' if !escaped => return,
            _ => escaped = character == '\\' && !escaped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_get_lines_of_their_own() {
        assert_eq!(
            pretty(r#"{"a":[1,{"b":null}],"c":{ },"d":[]}"#),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}"
        );
    }

    #[test]
    fn strings_and_numbers_stay_as_they_are() {
        let text = r#"["{a, \"b\": [c]} \\",12345678901234567890,1.50e+1]"#;
        let kept = pretty(text).replace("\n  ", "").replace('\n', "");
        assert_eq!(kept, text);
    }

    #[test]
    fn laying_out_twice_changes_nothing() {
        let once = pretty(r#" { "a" : [ true , false ] } "#);
        assert_eq!(pretty(&once), once);
    }

    #[test]
    fn only_objects_and_arrays_are_worth_it() {
        assert!(may_be(" [1]") && may_be("{"));
        assert!(!may_be("17") && !may_be("hello") && !may_be(""));
    }
}
