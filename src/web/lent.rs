//! A value of one thread that is changed in place.

use std::cell::Cell;
use std::mem;

/// Like a `RefCell`, without its count and its panics: the value is taken out while it is looked at. Whoever looked again
/// meanwhile would see nothing; so foreign code is never called from there.
#[derive(Default)]
pub(super) struct Lent<T>(Cell<T>);

impl<T: Default> Lent<T> {
    pub(super) fn with<R>(&self, look: impl FnOnce(&mut T) -> R) -> R {
        let mut value = self.0.take();
        let seen = look(&mut value);
        // What is in there meanwhile is empty and has nothing to be dropped.
        mem::forget(self.0.replace(value));
        seen
    }

    pub(super) fn take(&self) -> T {
        self.0.take()
    }
}
