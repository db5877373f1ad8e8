//! What tests ask of the place that they run in.
#![allow(dead_code, reason = "not every file of tests asks everything")]

use js_sys::{Function, Promise, Reflect, global};
use wasm_bindgen::prelude::*;

/// Whether the place has an interface of this name.
pub(crate) fn has(interface: &str) -> bool {
    Reflect::has(&global(), &interface.into()).expect("the global is an object")
}

/// For what is measured over a time; other tests wait for events.
pub(crate) async fn sleep(milliseconds: u32) {
    let over = Promise::new(&mut |resolve, _| set_timeout(&resolve, milliseconds));
    over.await.expect("it is never rejected");
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, milliseconds: u32);
}

#[wasm_bindgen(inline_js = "
    export class Timers {
        constructor() {
            this.original = globalThis.setTimeout;
            this.started = 0;
            this.waiting = 0;
            globalThis.setTimeout = (callback, ...rest) => {
                this.started += 1;
                this.waiting += 1;
                return this.original.call(globalThis, () => {
                    this.waiting -= 1;
                    callback();
                }, ...rest);
            };
        }
        stop() {
            globalThis.setTimeout = this.original;
        }
    }
")]
extern "C" {
    /// Counts the timers that are started by `setTimeout` while it is there.
    pub(crate) type Timers;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> Timers;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn started(this: &Timers) -> u32;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn waiting(this: &Timers) -> u32;
    #[wasm_bindgen(method)]
    pub(crate) fn stop(this: &Timers);
}
