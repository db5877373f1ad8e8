//! The fuzz targets: functions of bytes that must come back without a panic.
//!
//! `cargo xtask fuzz` drives them with libFuzzer; `cargo test --package onesocket-fuzz` runs them over `seeds/`, which also
//! keeps every input that once found a fault.

#![forbid(unsafe_code)]

// The engine is private to the crate, and stays so: its sources are mounted here once more, with all that they import. They
// name each other from the root, where they are brought in again.
#[path = "../../src"]
#[allow(
    dead_code,
    unused_imports,
    reason = "mounted whole, and no target calls everything"
)]
mod source {
    #[path = "native/blob.rs"]
    pub(crate) mod blob;
    #[path = "native/cause.rs"]
    pub(crate) mod cause;
    pub(crate) mod close;
    pub(crate) mod error;
    #[path = "native/fault.rs"]
    pub(crate) mod fault;
    pub(crate) mod message;
    pub(crate) mod negotiation;
    pub(crate) mod protocol;
    pub(crate) mod rules;
    #[path = "native/text.rs"]
    pub(crate) mod text;
    #[path = "native/url.rs"]
    pub(crate) mod url;
}
use source::{blob, cause, close, error, fault, message, negotiation, protocol, rules, text};

mod agreement;
mod answer;
mod arguments;
mod calls;
mod choices;
mod deflate;
mod frames;
mod payload;
mod server;

/// It takes any bytes, and panics if it finds a fault.
pub type Target = fn(&[u8]);

/// Every target, by the name of its folder below `seeds/`.
pub const TARGETS: [(&str, Target); 5] = [
    ("answer", answer::run),
    ("arguments", arguments::run),
    ("calls", calls::run),
    ("deflate", deflate::run),
    ("frames", frames::run),
];

/// The target of that name.
pub fn target(name: &str) -> Option<Target> {
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    found.map(|(_, run)| *run)
}
