//! The globals that every place has, be it a page, a worker or a server's JavaScript, and what all objects have; web-sys knows
//! them as methods of one or the other.

use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::connection::Connection;

#[wasm_bindgen]
extern "C" {
    type Anything;

    #[wasm_bindgen(method, structural, indexing_getter, catch)]
    fn text(this: &Anything, name: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(method, structural, indexing_setter)]
    fn set(this: &Anything, name: &str, value: &JsValue);

    #[wasm_bindgen(js_name = queueMicrotask)]
    fn queue_microtask(callback: &JsValue);
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &JsValue, milliseconds: i32);
}

/// All closures share one signature, and with it their glue.
pub(super) type Callback = Closure<dyn FnMut(JsValue)>;

/// A property that is text, or nothing. One import for all that are not asked for often.
pub(super) fn text(of: &JsValue, name: &str) -> Option<String> {
    of.unchecked_ref::<Anything>().text(name).ok().flatten()
}

/// Sets a property that takes any value without a word.
pub(super) fn set(of: &JsValue, name: &str, value: &JsValue) {
    of.unchecked_ref::<Anything>().set(name, value);
}

/// The message of an exception, or of an error event.
pub(super) fn what_it_says(thrown: &JsValue) -> Option<String> {
    text(thrown, "message").filter(|message| !message.is_empty())
}

/// Runs it when this turn is over, before anything else happens.
pub(super) fn after_this_turn<T: Clone + 'static>(with: &T, run: fn(&T)) {
    queue_microtask(&once(with, run));
}

pub(super) fn after_milliseconds(
    milliseconds: i32,
    connection: &Rc<Connection>,
    run: fn(&Rc<Connection>),
) {
    set_timeout(&once(connection, run), milliseconds);
}

/// It lets go of what it runs with when it has run. What is left of it goes with the JavaScript function.
fn once<T: Clone + 'static>(with: &T, run: fn(&T)) -> JsValue {
    let mut with = Some(with.clone());
    let run = move |_| {
        if let Some(with) = with.take() {
            run(&with);
        }
    };
    Callback::new(run).into_js_value()
}
