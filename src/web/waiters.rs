//! Tasks that wait for something to happen.

use std::task::Waker;

use super::lent::Lent;

/// Each task stands under the key of its wait. A waker is cloned, woken and dropped while the list is back in its place, as each
/// of these may run foreign code.
#[derive(Default)]
pub(super) struct Waiters(Lent<Vec<(u64, Waker)>>);

impl Waiters {
    pub(super) fn register(&self, key: u64, waker: &Waker) {
        let waker = waker.clone();
        let known =
            self.0.with(
                |waiting| match waiting.iter_mut().find(|(other, _)| *other == key) {
                    Some((_, known)) => Some(std::mem::replace(known, waker)),
                    None => {
                        waiting.push((key, waker));
                        None
                    }
                },
            );
        drop(known);
    }

    pub(super) fn remove(&self, key: u64) {
        let mut removed = None;
        self.0.with(|waiting| {
            waiting.retain_mut(|(other, waker)| {
                let is_it = *other == key;
                if is_it {
                    removed = Some(std::mem::replace(waker, Waker::noop().clone()));
                }
                !is_it
            });
        });
        drop(removed);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.with(|waiting| waiting.is_empty())
    }

    /// Wakes those who wait now, not those who come meanwhile.
    pub(super) fn wake(&self) {
        let mut waiting = self.0.take();
        for (_, waker) in waiting.drain(..) {
            waker.wake();
        }
        // A reader comes back for each message: its place need not be allocated anew.
        self.0.with(|now| {
            if now.is_empty() {
                std::mem::swap(now, &mut waiting);
            }
        });
    }
}
