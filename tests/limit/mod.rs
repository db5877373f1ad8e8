//! No test waits for ever: beyond its limit it fails, and says what it had come to.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::pin;

use futures_util::future::{Either, select};

/// So much more than any test needs that only one that waits in vain gets there, on a busy machine too.
const SECONDS: u32 = 60;

/// So many of the last steps are told.
const TOLD: usize = 16;

thread_local! {
    /// Each native test has a thread of its own; in wasm32 they run one after the other.
    static STEPS: RefCell<VecDeque<String>> = RefCell::default();
}

/// A test's body.
pub(crate) async fn within<T>(body: impl Future<Output = T>) -> T {
    STEPS.take();
    match select(pin!(body), pin!(pause(SECONDS))).await {
        Either::Left((done, _)) => done,
        Either::Right(_) => {
            let steps = STEPS.take();
            panic!("it has not ended after {SECONDS} s; its last steps were {steps:#?}");
        }
    }
}

/// Notes what a test waits for, or has seen.
#[allow(dead_code, reason = "not every file of tests has helpers that tell")]
pub(crate) fn step(what: impl Into<String>) {
    STEPS.with_borrow_mut(|steps| {
        if steps.len() == TOLD {
            steps.pop_front();
        }
        steps.push_back(what.into());
    });
}

#[cfg(not(target_arch = "wasm32"))]
async fn pause(seconds: u32) {
    tokio::time::sleep(std::time::Duration::from_secs(seconds.into())).await;
}

#[cfg(target_arch = "wasm32")]
async fn pause(seconds: u32) {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_name = setTimeout)]
        fn set_timeout(callback: &js_sys::Function, milliseconds: u32) -> JsValue;
        #[wasm_bindgen(js_name = clearTimeout)]
        fn clear_timeout(timer: &JsValue);
    }

    /// Deno does not end before its last timer.
    struct Timer(JsValue);

    impl Drop for Timer {
        fn drop(&mut self) {
            clear_timeout(&self.0);
        }
    }

    let mut timer = None;
    let over = js_sys::Promise::new(&mut |resolve, _| {
        timer = Some(Timer(set_timeout(&resolve, seconds * 1000)));
    });
    over.await.expect("it is never rejected");
}
