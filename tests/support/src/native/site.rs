//! The files of a page, beside the peers that it talks to.

use std::fs;
use std::path::{Path, PathBuf};

use super::handshake::{Answer, RequestHead};

/// What the page may do: load its own files, run WebAssembly, connect to any server, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src data:; \
     connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A folder of files.
pub(crate) struct Site(PathBuf);

impl Site {
    pub(crate) fn new(folder: impl Into<PathBuf>) -> Self {
        Site(folder.into())
    }

    /// The file that the request names; `None` if there is none.
    pub(crate) fn answer(&self, head: &RequestHead) -> Option<Answer> {
        let name = match head.path().strip_prefix('/')? {
            "" => "index.html",
            name => name,
        };
        // Nothing outside of the folder, and nothing hidden, can be named without one of these.
        let is_plain = !name.starts_with('.') && !name.contains(['/', '\\', ':', '%']);
        let media_type = media_type(name)?;
        if head.method != "GET" || !is_plain {
            return None;
        }
        let body = fs::read(self.0.join(Path::new(name))).ok()?;
        Some(
            Answer::closing(200, body)
                .field("Content-Type", media_type)
                .field("Cache-Control", "no-store")
                .field("Content-Security-Policy", POLICY)
                .field("X-Content-Type-Options", "nosniff")
                .field("Referrer-Policy", "no-referrer")
                // A page of its own, isolated from others, gets a finer clock.
                .field("Cross-Origin-Opener-Policy", "same-origin")
                .field("Cross-Origin-Embedder-Policy", "require-corp"),
        )
    }
}

/// The types of a page's files; no others are served.
fn media_type(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        _ => return None,
    })
}
