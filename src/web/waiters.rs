//! Tasks that wait for something to happen.

use std::cell::RefCell;
use std::task::Waker;

/// Each task stands under the key of its wait. A waker is cloned, woken and dropped while nothing is borrowed, as each of
/// these may run foreign code.
#[derive(Default)]
pub(super) struct Waiters(RefCell<Vec<(u64, Waker)>>);

impl Waiters {
    pub(super) fn register(&self, key: u64, waker: &Waker) {
        let mut waker = waker.clone();
        {
            let mut waiting = self.0.borrow_mut();
            match waiting.iter_mut().find(|(other, _)| *other == key) {
                Some((_, known)) => std::mem::swap(known, &mut waker),
                None => return waiting.push((key, waker)),
            }
        }
        drop(waker);
    }

    pub(super) fn remove(&self, key: u64) {
        let mut removed = None;
        self.0.borrow_mut().retain_mut(|(other, waker)| {
            let is_it = *other == key;
            if is_it {
                removed = Some(std::mem::replace(waker, Waker::noop().clone()));
            }
            !is_it
        });
        drop(removed);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Wakes those who wait now, not those who come meanwhile.
    pub(super) fn wake(&self) {
        let mut waiting = self.0.take();
        for (_, waker) in waiting.drain(..) {
            waker.wake();
        }
        // A reader comes back for each message: its place need not be allocated anew.
        let mut now = self.0.borrow_mut();
        if now.is_empty() {
            *now = waiting;
        }
    }
}
