//! What may be set before connecting, in a browser only.

use js_sys::Array;
use wasm_bindgen::JsValue;

use crate::rules;

use super::streaming::Streaming;
use super::transport::{Open, Plain};
use super::websocketstream;

#[derive(Clone, Debug)]
pub(crate) struct Dialing {
    /// A function, so that what nobody asks for is not linked.
    pub(super) open: Open,
    /// The array that the browser is given, or what is wrong with it.
    pub(super) protocols: Result<JsValue, String>,
}

impl Dialing {
    pub(crate) fn offer(&mut self, protocols: Vec<String>) {
        let checked = rules::check_protocols(&protocols);
        self.protocols = checked.map(|()| {
            let list: Array = protocols.into_iter().map(JsValue::from).collect();
            list.into()
        });
    }

    /// By `WebSocketStream`, if the browser has it.
    pub(crate) fn backpressure(&mut self, wanted: bool) {
        self.open = match wanted && websocketstream::exists() {
            true => Streaming::open,
            false => Plain::open,
        };
    }
}

impl Default for Dialing {
    fn default() -> Self {
        Dialing {
            open: Plain::open,
            protocols: Ok(JsValue::UNDEFINED),
        }
    }
}
