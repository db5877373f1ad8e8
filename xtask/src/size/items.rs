//! What a product's bytes are for: its functions in groups, beside those of the program on web-sys alone.

use super::module::Module;

/// Smaller items are not worth a line.
const LISTED: usize = 200;

/// What the functions are for whose names have one of these words in them. The first group that knows a function has it.
const GROUPS: [(&str, &[&str]); 10] = [
    (
        "the program, with what is inlined into it",
        &["onesocket_size", "run externref shim"],
    ),
    (
        "events: listeners, their order, what is told late",
        &["web::listeners", "web::delivery"],
    ),
    (
        "a connection: states, the one end, its cause",
        &["web::connection"],
    ),
    (
        "the browser: its WebSocket, its callbacks, its globals",
        &["web::transport", "web::global"],
    ),
    (
        "handles, readers and writers",
        &[
            "onesocket::websocket",
            "web::socket",
            "web::waiters",
            "web::sending",
        ],
    ),
    (
        "messages, events and errors as values",
        &["onesocket::", "bytes::"],
    ),
    ("running futures", &["js_sys::futures", "jspi"]),
    (
        "JavaScript's values and closures",
        &["wasm_bindgen", "__wb", "externref", "js_sys", "Externref"],
    ),
    (
        "memory",
        &["alloc", "dlmalloc", "memcmp", "memcpy", "memmove"],
    ),
    ("panics and what is left", &[""]),
];

/// Every item that is worth a line, and the sum of each group in both programs.
pub(super) fn accounted(what: &str, module: &Module, unit: &Module) -> String {
    let mut text = format!("\n{what:<60}{:>8}{:>8}\n", "bytes", "web-sys");
    for (place, (purpose, _)) in GROUPS.iter().enumerate() {
        let sum = |module| of_group(module, place).map(|(_, size)| size).sum::<usize>();
        text += &format!("{purpose:<60}{:>8}{:>8}\n", sum(module), sum(unit));
        let (mut count, mut rest) = (0, 0);
        for (name, size) in of_group(module, place) {
            if size >= LISTED {
                text += &format!("{size:>8}  {name}\n");
            } else {
                count += 1;
                rest += size;
            }
        }
        if count > 0 {
            text += &format!("{rest:>8}  {count} smaller ones\n");
        }
    }
    for (name, size) in module.sections().filter(|(name, _)| *name != "code") {
        let same = unit.sections().find(|(other, _)| *other == name);
        let unit = same.map_or(0, |(_, size)| size);
        text += &format!("{:<60}{size:>8}{unit:>8}\n", format!("section {name}"));
    }
    text
}

fn of_group(module: &Module, place: usize) -> impl Iterator<Item = (&str, usize)> {
    let functions = module.functions();
    functions.filter(move |(name, _)| group(name) == place)
}

fn group(name: &str) -> usize {
    let knows = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let place = GROUPS.iter().position(|(_, words)| knows(words));
    place.unwrap_or(GROUPS.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_group_that_knows_a_function_has_it() {
        for (name, purpose) in [
            ("onesocket_size::listeners::tell", "the program"),
            ("onesocket::web::transport::received", "the browser"),
            (
                "core::ptr::drop_in_place<alloc::sync::Arc<onesocket::error::Kind>>",
                "messages",
            ),
            ("<dlmalloc::dlmalloc::Dlmalloc<A>>::malloc", "memory"),
            ("core::panicking::panic_fmt", "panics"),
        ] {
            let (found, _) = GROUPS[group(name)];
            assert!(found.starts_with(purpose), "{name}: {found}");
        }
    }
}
