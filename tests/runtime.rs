//! The native runtime: what happens on which task, when nobody polls, at the limits, and at the end.

#[cfg(not(target_arch = "wasm32"))]
mod runtime {
    mod amount;
    mod closing;
    mod events;
    mod fairness;
    mod handlers;
    mod handles;
    mod lifetime;
    mod limits;
    mod liveness;
    mod order;
    mod readers;
    mod scene;
    mod sending;
    mod sink;
    #[cfg(feature = "tls")]
    mod tls;
}
