//! The globals that every place has, be it a page, a worker or a server's JavaScript; web-sys knows them as methods of one
//! or the other.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type Anything;

    #[wasm_bindgen(method, structural, indexing_getter, catch)]
    fn text(this: &Anything, name: &str) -> Result<Option<String>, JsValue>;

    #[wasm_bindgen(js_name = queueMicrotask)]
    fn queue_microtask(callback: &JsValue);
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &JsValue, milliseconds: i32);
}

/// A property that is text, or nothing. One import for all that are not asked for often.
pub(super) fn text(of: &JsValue, name: &str) -> Option<String> {
    of.unchecked_ref::<Anything>().text(name).ok().flatten()
}

/// The message of an exception, or of an error event.
pub(super) fn what_it_says(thrown: &JsValue) -> Option<String> {
    text(thrown, "message").filter(|message| !message.is_empty())
}

/// Runs it when this turn is over, before anything else happens.
pub(super) fn after_this_turn(run: impl FnOnce() + 'static) {
    queue_microtask(&Closure::once_into_js(run));
}

pub(super) fn after_milliseconds(milliseconds: i32, run: impl FnOnce() + 'static) {
    set_timeout(&Closure::once_into_js(run), milliseconds);
}
