//! The behaviour that the web's standards and the browsers require, in tests that run natively and inside a browser.
//!
//! They use nothing but the public interface and the URLs of one peer server, and they wait for events, never for the clock.

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use tokio::test;
#[cfg(target_arch = "wasm32")]
pub(crate) use wasm_bindgen_test::wasm_bindgen_test as test;

pub(crate) mod scenarios {
    mod blob;
    mod closing;
    mod events;
    mod failing;
    mod handles;
    mod late;
    mod messages;
    mod opening;
    mod protocols;
    mod readers;
    mod recorder;
    mod sending;
    pub(crate) mod server;
    mod streams;
    mod url;
}
