//! Peers that break every rule, byte for byte: through real sockets, and judged through the public face alone.
#![cfg(not(target_arch = "wasm32"))]

#[path = "hostile/advisories.rs"]
mod advisories;
#[path = "hostile/answers.rs"]
mod answers;
#[path = "hostile/breach.rs"]
mod breach;
#[path = "hostile/client.rs"]
mod client;
#[cfg(feature = "deflate")]
#[path = "hostile/compressed.rs"]
mod compressed;
#[path = "hostile/frames.rs"]
mod frames;
#[path = "hostile/gate.rs"]
mod gate;
#[path = "hostile/memory.rs"]
mod memory;
#[path = "hostile/random.rs"]
mod random;
#[path = "hostile/refusals.rs"]
mod refusals;
#[path = "hostile/resets.rs"]
mod resets;
#[path = "hostile/run.rs"]
mod run;
#[path = "hostile/truncation.rs"]
mod truncation;
