//! The layers of the source: a file imports only from its left, and `lib.rs` alone chooses the target.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules below `src`, by layer. Within a layer they may use each other, except that the two backends may not.
const LAYERS: [&[&str]; 6] = [
    &[
        "address", "blob", "cause", "close", "error", "event", "fault", "message", "rules", "text",
    ],
    &["negotiation", "options"],
    &["protocol"],
    &["backend", "native", "web"],
    &["builder", "native_only", "web_only", "websocket"],
    &["lib"],
];

/// Files that `lib.rs` mounts, for one target, as a module of another name than their folder's.
const MOUNTED: [(&str, &str); 10] = [
    ("native/address.rs", "address"),
    ("native/blob.rs", "blob"),
    ("native/cause.rs", "cause"),
    ("native/fault.rs", "fault"),
    ("native/text.rs", "text"),
    ("web/address.rs", "address"),
    ("web/blob.rs", "blob"),
    ("web/cause.rs", "cause"),
    ("web/fault.rs", "fault"),
    ("web/text.rs", "text"),
];

/// What names a target in a condition.
const TARGETS: [&str; 4] = ["target_arch", "target_family", "target_os", "cfg(target"];

#[test]
fn every_file_imports_only_from_its_left() {
    let breaches: Vec<_> = sources()
        .iter()
        .flat_map(|(path, source)| wrong_imports(path, source))
        .collect();
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}

#[test]
fn only_lib_rs_names_a_target() {
    let breaches: Vec<_> = sources()
        .iter()
        .flat_map(|(path, source)| named_targets(path, source))
        .collect();
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}

#[test]
fn the_rules_find_what_they_forbid() {
    let imports = [
        ("error.rs", "use crate::close::CloseFrame;", true),
        ("error.rs", "use crate::options::Options;", false),
        (
            "options.rs",
            "use crate::{error::Error, message::Text};",
            true,
        ),
        (
            "options.rs",
            "use crate::{error::Error, protocol::Frame};",
            false,
        ),
        (
            "options.rs",
            "use crate::{\n    error::{Error, Kind},\n    native,\n};",
            false,
        ),
        (
            "protocol/frame.rs",
            "let closing = crate::protocol::Closing::new();",
            true,
        ),
        (
            "protocol/frame.rs",
            "fn f(socket: &crate::native::Socket) {}",
            false,
        ),
        ("protocol.rs", "use super::websocket::WebSocket;", false),
        ("native/mod.rs", "use crate::protocol::Incoming;", true),
        ("native/mod.rs", "use crate::WebSocket;", false),
        (
            "native/mod.rs",
            "/// See [`send`](crate::WebSocket::send).",
            true,
        ),
        ("native/dial.rs", "use crate::web::Socket;", false),
        ("web/mod.rs", "use crate::native::Socket;", false),
        ("native/blob.rs", "use crate::error::Error;", true),
        ("native/blob.rs", "use crate::native::Socket;", false),
        ("websocket.rs", "use crate::backend::Socket;", true),
        ("websocket.rs", "use crate::unheard_of::Thing;", false),
        ("lib.rs", "pub use crate::websocket::WebSocket;", true),
        ("surprise.rs", "", false),
    ];
    for (path, source, allowed) in imports {
        let breaches = wrong_imports(path, source);
        assert_eq!(
            breaches.is_empty(),
            allowed,
            "{path}: {source}: {breaches:?}"
        );
    }

    let conditions = [
        ("lib.rs", "#[cfg(target_arch = \"wasm32\")]", true),
        ("error.rs", "#[cfg(target_arch = \"wasm32\")]", false),
        ("error.rs", "#[cfg(not(target_arch = \"wasm32\"))]", false),
        ("error.rs", "/// # #[cfg(target_arch = \"wasm32\")]", true),
        ("error.rs", "#[cfg(test)]", true),
    ];
    for (path, source, allowed) in conditions {
        assert_eq!(named_targets(path, source).is_empty(), allowed, "{source}");
    }
}

/// Every breach of the first rule in one file; `path` is relative to `src`.
fn wrong_imports(path: &str, source: &str) -> Vec<String> {
    let own = module(path);
    let Some(own_layer) = layer(own) else {
        return vec![format!("src/{path}: give `{own}` a layer in {}", file!())];
    };
    let code: Vec<&str> = source.lines().filter(|line| !is_comment(line)).collect();
    imports(&code.join("\n"))
        .into_iter()
        .filter(|name| match layer(name) {
            Some(layer) => {
                layer > own_layer || matches!((own, *name), ("native", "web") | ("web", "native"))
            }
            // Whatever else is in the root belongs to lib.rs.
            None => own != "lib",
        })
        .map(|name| format!("src/{path}: `{own}` may not use `{name}`"))
        .collect()
}

/// Every breach of the second rule in one file.
fn named_targets(path: &str, source: &str) -> Vec<String> {
    let lines = (1..).zip(source.lines());
    lines
        .filter(|(_, line)| path != "lib.rs" && !is_comment(line))
        .filter(|(_, line)| TARGETS.iter().any(|target| line.contains(target)))
        .map(|(number, line)| format!("src/{path}:{number}: {}", line.trim()))
        .collect()
}

/// The module of the root that a file belongs to.
fn module(path: &str) -> &str {
    let mounted = MOUNTED.iter().find(|(file, _)| *file == path);
    let folder = path.split('/').next().unwrap_or(path);
    mounted.map_or(folder.trim_end_matches(".rs"), |(_, module)| module)
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The names that follow `crate::`, also in braces; and those after `super::` if they are modules of the root.
fn imports(code: &str) -> Vec<&str> {
    let absolute = code.split("crate::").skip(1).flat_map(heads);
    let relative = code.split("super::").skip(1).flat_map(heads);
    absolute
        .chain(relative.filter(|name| layer(name).is_some()))
        .collect()
}

/// The first name of each path at the start of the text: one, or all those of a group in braces.
fn heads(text: &str) -> Vec<&str> {
    let Some(group) = text.strip_prefix('{') else {
        return vec![head(text)];
    };
    let mut names = Vec::new();
    let mut depth = 0;
    for part in group.split_inclusive([',', '{', '}']) {
        if depth == 0 {
            names.push(head(part.trim_start()));
        }
        if part.ends_with('{') {
            depth += 1;
        } else if part.ends_with('}') {
            if depth == 0 {
                break;
            }
            depth -= 1;
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn head(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

/// Every file below `src`, with its path relative to it.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of the source") {
            let path = entry.expect("an entry of a folder").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
        .iter()
        .map(|path| {
            let source = fs::read_to_string(path).expect("a file of the source");
            let path = path.strip_prefix(&root).expect("a path below src");
            (path.to_string_lossy().replace('\\', "/"), source)
        })
        .collect()
}
