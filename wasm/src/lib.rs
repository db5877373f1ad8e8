//! A WebSocket console: a page that connects to any server, shows what happens, and sends whatever a person wants to send.
//!
//! It is what a web frontend on `onesocket` looks like without a framework. What needs no page stands in modules of its own,
//! which are tested natively; `page` is the rest. `cargo xtask serve` builds it and serves it.

pub mod amounts;
pub mod chart;
pub mod hex;
pub mod json;
pub mod log;
pub mod probe;
pub mod round_trips;

#[cfg(target_arch = "wasm32")]
mod page;
