//! The globals that every place has, be it a page, a worker or a server's JavaScript; web-sys knows them as methods of one
//! or the other.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type Document;
    type Location;

    #[wasm_bindgen(thread_local_v2, js_name = document)]
    static DOCUMENT: Option<Document>;
    #[wasm_bindgen(thread_local_v2, js_name = location)]
    static LOCATION: Option<Location>;

    #[wasm_bindgen(method, getter, js_name = baseURI)]
    fn base_uri(this: &Document) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn href(this: &Location) -> Option<String>;

    #[wasm_bindgen(js_name = queueMicrotask)]
    fn queue_microtask(callback: &JsValue);
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &JsValue, milliseconds: i32);
}

/// HTML's "API base URL": the document's, else that of the worker's script. There is none outside of a browser.
pub(super) fn base_url() -> Option<String> {
    DOCUMENT
        .with(|document| document.as_ref().and_then(Document::base_uri))
        .or_else(|| LOCATION.with(|location| location.as_ref().and_then(Location::href)))
}

/// Runs it when this turn is over, before anything else happens.
pub(super) fn after_this_turn(run: impl FnOnce() + 'static) {
    queue_microtask(&Closure::once_into_js(run));
}

pub(super) fn after_milliseconds(milliseconds: i32, run: impl FnOnce() + 'static) {
    set_timeout(&Closure::once_into_js(run), milliseconds);
}
