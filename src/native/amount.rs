//! `bufferedAmount`: what was given to `send` and has not left, as of the last turn.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Acquire, Ordering::Release};

/// `send` adds at once; what the system took is only subtracted when that is [published](Self::publish), so that a
/// program that reads the value twice in one turn sees it grow and never shrink.
///
/// It is looked at by everybody, and changed only under the writer's lock: a load and a store then do, and cost less than
/// one step of both.
#[derive(Debug, Default)]
pub(super) struct BufferedAmount {
    shown: AtomicUsize,
    taken: AtomicUsize,
    /// A listener runs, in which the value must not shrink whatever other threads do.
    held: AtomicBool,
}

impl BufferedAmount {
    pub(super) fn add(&self, bytes: usize) {
        // After a close it only ever grows, and must not come round to small numbers.
        self.shown
            .store(self.shown().saturating_add(bytes), Release);
    }

    /// The system took bytes that were added before.
    pub(super) fn take(&self, bytes: usize) {
        self.taken.store(self.taken() + bytes, Release);
    }

    /// A turn ends: show what the system has taken by now.
    pub(super) fn publish(&self) {
        if self.is_stale() && !self.held.load(Acquire) {
            self.show_taken();
        }
    }

    /// The last publishing before a listener is called; the next one is after [`Self::release`].
    pub(super) fn publish_and_hold(&self) {
        self.held.store(true, Release);
        self.show_taken();
    }

    pub(super) fn is_held(&self) -> bool {
        self.held.load(Acquire)
    }

    /// By who holds it; this needs no lock.
    pub(super) fn release(&self) {
        self.held.store(false, Release);
    }

    fn show_taken(&self) {
        let shown = self.shown() - self.taken();
        self.taken.store(0, Release);
        self.shown.store(shown, Release);
    }

    pub(super) fn is_stale(&self) -> bool {
        self.taken() > 0
    }

    /// What the system has not taken, whether that is shown or not.
    pub(super) fn unsent(&self) -> usize {
        self.shown() - self.taken()
    }

    pub(super) fn shown(&self) -> usize {
        self.shown.load(Acquire)
    }

    fn taken(&self) -> usize {
        self.taken.load(Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_is_shown_when_published() {
        let amount = BufferedAmount::default();
        amount.add(10);
        amount.take(4);
        assert_eq!((amount.shown(), amount.is_stale()), (10, true));
        amount.publish();
        amount.publish();
        assert_eq!((amount.shown(), amount.is_stale()), (6, false));
    }

    #[test]
    fn it_does_not_shrink_while_a_listener_runs() {
        let amount = BufferedAmount::default();
        amount.add(10);
        amount.take(1);
        amount.publish_and_hold();
        amount.take(2);
        amount.publish();
        assert_eq!(amount.shown(), 9);
        amount.release();
        amount.publish();
        assert_eq!(amount.shown(), 7);
    }

    #[test]
    fn it_does_not_wrap_around() {
        let amount = BufferedAmount::default();
        amount.add(usize::MAX - 1);
        amount.add(5);
        assert_eq!(amount.shown(), usize::MAX);
    }
}
