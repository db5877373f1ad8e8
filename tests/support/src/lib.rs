//! The peers that the tests of `onesocket` talk to.
//!
//! This crate does not know `onesocket`: it has a server side of RFC 6455 of its own, naive and blocking, as a second opinion.
//! Whatever a client does against the protocol is noted, and answered with 400 or with a Close 1002.
//!
//! | | for | driven by |
//! |---|---|---|
//! | [`Server`] | scenarios that run natively and in a browser, and the echo example | the URL of each connection |
//! | [`Script`] | what the server shall do, step by step | a builder that becomes a URL |
//! | [`Seen`] | what the server saw of a connection | `Server::seen`, or a connection to `/seen?id=…` |
//! | [`Peer`] | native tests | a closure with a blocking [`Conn`] |
//! | [`Tls`] | good and bad TLS, under either of them | a variant |
//!
//! ```
//! use onesocket_test_support::{Script, Server};
//!
//! let server = Server::start();
//! let echo = server.url("/echo");
//! let hello = server.url(Script::new().open().text("hi").close(1000, "bye").expect_close());
//! # assert!(echo.starts_with("ws://127.0.0.1:"));
//! # assert!(hello.ends_with("/script?open&text=hi&close=1000,bye&expect_close"));
//! ```
//!
//! `peer-server [PORT [FOLDER]]` is a `Server` in a process of its own, which serves until its standard input is closed; also
//! the files of a page, if there is a folder of them.
//!
//! `Script` and `Seen` also compile for wasm32; the peers are native.

mod encoding;
mod script;
mod seen;

#[cfg(not(target_arch = "wasm32"))]
mod native;

pub use script::Script;
pub use seen::{End, Seen, SeenFrame};

#[cfg(not(target_arch = "wasm32"))]
pub use native::*;
