//! `bufferedAmount`: what was given to `send` and has not left, as of the last turn.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use super::wake::lock;

/// `send` adds at once; what the system took is only subtracted when that is [published](Self::publish), so that a
/// program that reads the value twice in one turn sees it grow and never shrink.
#[derive(Debug, Default)]
pub(super) struct BufferedAmount {
    shown: AtomicUsize,
    taken: AtomicUsize,
    /// A listener runs, in which the value must not shrink whatever other threads do.
    held: AtomicBool,
    /// Taken by other threads to publish, and to stop them from it: one may have looked at `held` just before.
    publishing: Mutex<()>,
}

impl BufferedAmount {
    pub(super) fn add(&self, bytes: usize) {
        // After a close it only ever grows, and must not come round to small numbers.
        if self.shown.fetch_add(bytes, SeqCst) > usize::MAX - bytes {
            self.shown.store(usize::MAX, SeqCst);
        }
    }

    /// The system took bytes that were added before.
    pub(super) fn take(&self, bytes: usize) {
        if bytes > 0 {
            self.taken.fetch_add(bytes, SeqCst);
        }
    }

    /// A turn ends: show what the system has taken by now.
    pub(super) fn publish(&self) {
        if self.is_stale() {
            let _publishing = lock(&self.publishing);
            if !self.held.load(SeqCst) {
                self.show_taken();
            }
        }
    }

    /// The last publishing before a listener is called; the next one is after [`Self::release`].
    pub(super) fn publish_and_hold(&self) {
        if !self.held.load(SeqCst) {
            let _publishing = lock(&self.publishing);
            self.held.store(true, SeqCst);
        }
        if self.is_stale() {
            self.show_taken();
        }
    }

    pub(super) fn release(&self) {
        self.held.store(false, SeqCst);
    }

    fn show_taken(&self) {
        let taken = self.taken.swap(0, SeqCst);
        self.shown.fetch_sub(taken, SeqCst);
    }

    pub(super) fn is_stale(&self) -> bool {
        self.taken.load(SeqCst) > 0
    }

    /// What the system has not taken, whether that is shown or not.
    pub(super) fn unsent(&self) -> usize {
        let shown = self.shown();
        shown.saturating_sub(self.taken.load(SeqCst))
    }

    pub(super) fn shown(&self) -> usize {
        self.shown.load(SeqCst)
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
