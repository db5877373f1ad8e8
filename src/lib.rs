#![doc = include_str!("../README.md")]

// There `#[test]` is one that runs in Node and in browsers.
#[cfg(all(test, target_arch = "wasm32"))]
#[macro_use(test)]
extern crate onesocket_test_macros;

mod builder;
#[cfg_attr(
    target_arch = "wasm32",
    allow(dead_code, reason = "a browser checks it")
)]
mod close;
#[cfg_attr(
    target_arch = "wasm32",
    allow(dead_code, unused_imports, reason = "a browser sees no breach")
)]
mod error;
#[cfg_attr(
    target_arch = "wasm32",
    allow(dead_code, reason = "a browser makes it")
)]
mod event;
mod message;
#[cfg_attr(
    target_arch = "wasm32",
    allow(dead_code, unused_imports, reason = "a browser negotiates")
)]
mod negotiation;
#[cfg_attr(
    target_arch = "wasm32",
    allow(dead_code, reason = "a browser has its own")
)]
mod options;
#[cfg_attr(
    target_arch = "wasm32",
    allow(dead_code, reason = "a browser connects")
)]
mod rules;
#[cfg_attr(
    target_arch = "wasm32",
    allow(dead_code, reason = "for what is native only")
)]
mod websocket;

// The choice of the target: here, in `Cargo.toml`, and nowhere else.
#[cfg(not(target_arch = "wasm32"))]
#[path = "native/address.rs"]
mod address;
#[cfg(not(target_arch = "wasm32"))]
#[path = "native/blob.rs"]
mod blob;
#[cfg(not(target_arch = "wasm32"))]
#[path = "native/cause.rs"]
mod cause;
#[cfg(not(target_arch = "wasm32"))]
#[path = "native/fault.rs"]
mod fault;
#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(not(target_arch = "wasm32"))]
mod native_only;
#[cfg(not(target_arch = "wasm32"))]
#[path = "native/text.rs"]
mod text;
// Its tests run on 32 bits too.
#[cfg(any(not(target_arch = "wasm32"), test))]
#[cfg_attr(target_arch = "wasm32", allow(dead_code, unused_imports))]
mod protocol;
#[cfg(not(target_arch = "wasm32"))]
use native as backend;

#[cfg(target_arch = "wasm32")]
#[path = "web/address.rs"]
mod address;
#[cfg(target_arch = "wasm32")]
#[path = "web/blob.rs"]
mod blob;
#[cfg(target_arch = "wasm32")]
#[path = "web/cause.rs"]
mod cause;
#[cfg(target_arch = "wasm32")]
#[path = "web/fault.rs"]
mod fault;
#[cfg(target_arch = "wasm32")]
#[path = "web/text.rs"]
mod text;
#[cfg(target_arch = "wasm32")]
mod web;
#[cfg(target_arch = "wasm32")]
mod web_only;
#[cfg(target_arch = "wasm32")]
use web as backend;

#[cfg(all(not(target_arch = "wasm32"), feature = "tls"))]
pub use backend::TlsConfig;
pub use blob::Blob;
pub use builder::{Builder, IntoProtocols};
pub use error::{Error, InvalidAccessError, InvalidStateError, Response, Stage, SyntaxError};
pub use event::{CloseEvent, ErrorEvent, Event, ListenerId, MessageEvent, OpenEvent, ReadyState};
pub use message::{BinaryType, Data, Message, Text};
pub use negotiation::PerMessageDeflate;
pub use websocket::WebSocket;
