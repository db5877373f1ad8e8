//! The smallest program that connects, sends a text, takes the echo, closes, and reports the close: in the way that a feature
//! chooses. `cargo xtask size` builds each by itself, so that none is charged with what another needs.

#[cfg(all(target_arch = "wasm32", feature = "listeners"))]
pub mod listeners;
#[cfg(all(target_arch = "wasm32", feature = "raw"))]
pub mod raw;
#[cfg(all(target_arch = "wasm32", feature = "streams"))]
pub mod streams;
