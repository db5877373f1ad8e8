//! The behaviour that the web's standards and the browsers require, in tests that run natively and inside a browser.
//!
//! They use nothing but the public interface and the URLs of one peer server, and they wait for events, never for the clock.

#![cfg_attr(
    target_arch = "wasm32",
    allow(clippy::arc_with_non_send_sync, reason = "natively it has to be")
)]

pub(crate) use onesocket_test_macros::test;

pub(crate) mod limit;
pub(crate) mod scenarios {
    mod blob;
    mod closing;
    mod events;
    mod failing;
    mod handles;
    mod late;
    mod messages;
    mod opening;
    mod places;
    mod protocols;
    mod readers;
    mod recorder;
    mod sending;
    pub(crate) mod server;
    mod streams;
    mod url;
}
