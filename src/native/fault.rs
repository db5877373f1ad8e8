//! What a caller got wrong, in words.

use std::sync::Arc;

use crate::rules;

pub(crate) type Fault = Arc<str>;

pub(crate) fn long_reason(length: usize) -> Fault {
    rules::long_reason(length).into()
}
