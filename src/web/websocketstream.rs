//! The browser's `WebSocketStream`, and of streams what it needs, as web-sys has none of it.
//!
//! <https://developer.mozilla.org/en-US/docs/Web/API/WebSocketStream>

use js_sys::{Object, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = WebSocketStream)]
    static INTERFACE: Option<Object>;

    pub(super) type WebSocketStream;

    #[wasm_bindgen(constructor, catch)]
    pub(super) fn new(url: &str, options: &Options) -> Result<WebSocketStream, JsValue>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn opened(this: &WebSocketStream) -> Promise<Opened>;
    /// Rejected, with the same fields, if the end was not clean.
    #[wasm_bindgen(method, getter)]
    pub(super) fn closed(this: &WebSocketStream) -> Promise<CloseInfo, CloseInfo>;
    /// It must not be called before every write is settled: Chromium 156 ends the whole page then.
    #[wasm_bindgen(method, catch)]
    pub(super) fn close(this: &WebSocketStream, info: &CloseInfo) -> Result<(), JsValue>;

    #[wasm_bindgen(extends = Object)]
    pub(super) type Options;

    #[wasm_bindgen(method, setter)]
    pub(super) fn set_protocols(this: &Options, protocols: &JsValue);

    #[derive(Clone)]
    pub(super) type Opened;

    #[wasm_bindgen(method, getter)]
    pub(super) fn readable(this: &Opened) -> Readable;
    #[wasm_bindgen(method, getter)]
    pub(super) fn writable(this: &Opened) -> Writable;

    #[wasm_bindgen(extends = Object)]
    pub(super) type CloseInfo;

    #[wasm_bindgen(method, getter, js_name = closeCode)]
    pub(super) fn code(this: &CloseInfo) -> Option<u16>;
    #[wasm_bindgen(method, setter, js_name = closeCode)]
    pub(super) fn set_code(this: &CloseInfo, code: u16);
    #[wasm_bindgen(method, getter)]
    pub(super) fn reason(this: &CloseInfo) -> Option<String>;
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_reason(this: &CloseInfo, reason: &str);

    pub(super) type Readable;

    #[wasm_bindgen(method, js_name = getReader)]
    pub(super) fn reader(this: &Readable) -> Reader;

    pub(super) type Reader;

    /// Rejected if the end was not clean.
    #[wasm_bindgen(method)]
    pub(super) fn read(this: &Reader) -> Promise<Chunk>;

    pub(super) type Chunk;

    #[wasm_bindgen(method, getter)]
    pub(super) fn done(this: &Chunk) -> bool;
    #[wasm_bindgen(method, getter)]
    pub(super) fn value(this: &Chunk) -> JsValue;

    pub(super) type Writable;

    #[wasm_bindgen(method, js_name = getWriter)]
    pub(super) fn writer(this: &Writable) -> Writer;

    pub(super) type Writer;

    /// Settled when the browser has taken it.
    #[wasm_bindgen(method)]
    pub(super) fn write(this: &Writer, chunk: &JsValue) -> Promise;
    /// Nothing once the peer's Close is here, or the connection is lost.
    #[wasm_bindgen(method, getter, js_name = desiredSize)]
    pub(super) fn desired_size(this: &Writer) -> Option<f64>;
}

/// Whether this place has the interface at all.
pub(super) fn exists() -> bool {
    INTERFACE.with(Option::is_some)
}
