//! What a caller got wrong, in words.

use std::sync::Arc;

pub(crate) type Fault = Arc<str>;

pub(crate) fn long_reason(length: usize) -> Fault {
    format!("the close reason has {length} bytes of UTF-8; 123 are allowed").into()
}
