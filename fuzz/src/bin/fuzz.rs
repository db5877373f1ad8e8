//! Hands libFuzzer's inputs to the target that FUZZ_TARGET names.

#![no_main]

use std::env;
use std::sync::LazyLock;

use onesocket_fuzz::Target;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = env::var("FUZZ_TARGET").expect("FUZZ_TARGET is set");
    onesocket_fuzz::target(&name).expect("FUZZ_TARGET is a target")
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET(bytes));
