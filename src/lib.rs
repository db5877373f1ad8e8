//! The browser's `WebSocket`, in Rust, everywhere.

mod close;
mod error;
mod event;
mod message;
mod negotiation;
mod options;
mod protocol;
mod rules;

// The choice of the target: here, in `Cargo.toml`, and nowhere else.
#[cfg(not(target_arch = "wasm32"))]
#[path = "native/blob.rs"]
mod blob;
#[cfg(not(target_arch = "wasm32"))]
#[path = "native/url.rs"]
mod url;

pub use blob::Blob;
pub use error::{Error, InvalidAccessError, InvalidStateError, Response, Stage, SyntaxError};
pub use event::{CloseEvent, ErrorEvent, Event, MessageEvent, OpenEvent, ReadyState};
pub use message::{BinaryType, Data, Message, Text};
