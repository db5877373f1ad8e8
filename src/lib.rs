#![doc = include_str!("../README.md")]

mod builder;
mod close;
mod error;
mod event;
mod message;
mod negotiation;
mod options;
mod rules;
mod websocket;

// The choice of the target: here, in `Cargo.toml`, and nowhere else.
#[cfg(not(target_arch = "wasm32"))]
#[path = "native/blob.rs"]
mod blob;
#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(not(target_arch = "wasm32"))]
mod native_only;
#[cfg(not(target_arch = "wasm32"))]
mod protocol;
#[cfg(not(target_arch = "wasm32"))]
use native as backend;

#[cfg(all(not(target_arch = "wasm32"), feature = "tls"))]
pub use backend::TlsConfig;
pub use blob::Blob;
pub use builder::{Builder, IntoProtocols};
pub use error::{Error, InvalidAccessError, InvalidStateError, Response, Stage, SyntaxError};
pub use event::{CloseEvent, ErrorEvent, Event, ListenerId, MessageEvent, OpenEvent, ReadyState};
pub use message::{BinaryType, Data, Message, Text};
pub use negotiation::PerMessageDeflate;
pub use websocket::WebSocket;
