//! What can only be tested natively: what a browser does not let its pages do, see or choose.

mod native {
    mod background;
    mod causes;
    mod closing;
    mod limits;
    mod panics;
    mod policy;
    mod request;
    mod story;
    mod threads;
    #[cfg(feature = "tls")]
    mod tls;
    mod types;
}
