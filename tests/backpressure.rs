//! A browser's `WebSocketStream`: all scenarios once more, and what it is there for. In Chromium only.
#![cfg(target_arch = "wasm32")]

pub(crate) use with_backpressure::test;

#[path = "scenarios.rs"]
mod with_backpressure;
