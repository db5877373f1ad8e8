//! The tasks that wait for something of a connection.

use std::mem;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

use super::wake::lock;

/// The tasks that wait for one thing. Each wait has a key, so that polling again replaces its waker and giving up removes it.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    waiting: Mutex<Waiting>,
    /// Whether somebody waits, changed under the lock and looked at without it.
    any: AtomicBool,
}

/// Nearly always there is one at most, which then needs no memory of its own.
#[derive(Debug, Default)]
enum Waiting {
    #[default]
    None,
    One(Waiter),
    Many(Vec<Waiter>),
}

#[derive(Debug)]
struct Waiter {
    key: u64,
    waker: Waker,
}

impl Waiters {
    /// Must be called before the thing waited for is looked at: a wake-up in between is then not lost.
    #[inline]
    pub(super) fn register(&self, key: u64, waker: &Waker) {
        let mut waiting = lock(&self.waiting);
        if let Some(known) = waiting.find(key) {
            known.waker.clone_from(waker);
            return;
        }
        let waker = waker.clone();
        waiting.push(Waiter { key, waker });
        self.any.store(true, SeqCst);
    }

    #[inline]
    pub(super) fn remove(&self, key: u64) {
        if !self.is_empty() {
            self.remove_waiting(key);
        }
    }

    fn remove_waiting(&self, key: u64) {
        let mut waiting = lock(&self.waiting);
        let any = waiting.remove(key);
        self.any.store(any, SeqCst);
    }

    /// Looks, and only if that is in vain registers, and looks again.
    #[inline]
    pub(super) fn wait<T>(
        &self,
        key: u64,
        context: &Context<'_>,
        mut look: impl FnMut() -> Poll<T>,
    ) -> Poll<T> {
        let mut found = look();
        if found.is_pending() {
            self.register(key, context.waker());
            found = look();
        }
        if found.is_ready() {
            self.remove(key);
        }
        found
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.any.load(SeqCst)
    }

    /// Wakes all of them. One that then finds nothing waits again, so whatever the others do, nothing is left lying.
    pub(super) fn wake(&self) {
        if self.is_empty() {
            return;
        }
        let mut waiting = lock(&self.waiting);
        let woken = mem::take(&mut *waiting);
        self.any.store(false, SeqCst);
        // The lock is free again when foreign code is woken.
        drop(waiting);
        match woken {
            Waiting::None => {}
            Waiting::One(waiter) => waiter.waker.wake(),
            Waiting::Many(waiters) => {
                for waiter in waiters {
                    waiter.waker.wake();
                }
            }
        }
    }
}

impl Waiting {
    #[inline]
    fn find(&mut self, key: u64) -> Option<&mut Waiter> {
        match self {
            Waiting::None => None,
            Waiting::One(waiter) => Some(waiter).filter(|waiter| waiter.key == key),
            Waiting::Many(waiters) => waiters.iter_mut().find(|waiter| waiter.key == key),
        }
    }

    #[inline]
    fn push(&mut self, waiter: Waiter) {
        *self = match mem::take(self) {
            Waiting::None => Waiting::One(waiter),
            Waiting::One(first) => Waiting::Many(vec![first, waiter]),
            Waiting::Many(mut waiters) => {
                waiters.push(waiter);
                Waiting::Many(waiters)
            }
        };
    }

    /// Answers whether others are left.
    fn remove(&mut self, key: u64) -> bool {
        match self {
            Waiting::One(waiter) if waiter.key == key => *self = Waiting::None,
            Waiting::Many(waiters) => {
                waiters.retain(|waiter| waiter.key != key);
                return !waiters.is_empty();
            }
            Waiting::None | Waiting::One(_) => {}
        }
        !matches!(self, Waiting::None)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    pub(crate) struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    impl Count {
        pub(crate) fn new() -> (Arc<Self>, Waker) {
            let count = Arc::new(Count::default());
            (count.clone(), count.into())
        }

        pub(crate) fn get(&self) -> usize {
            self.0.load(SeqCst)
        }
    }

    #[test]
    fn every_waiter_is_woken_once() {
        let (waiters, (a, a_waker), (b, b_waker)) =
            (Waiters::default(), Count::new(), Count::new());
        waiters.register(1, &a_waker);
        waiters.register(1, &a_waker);
        waiters.register(2, &b_waker);
        waiters.wake();
        waiters.wake();
        assert_eq!((a.get(), b.get()), (1, 1));
    }

    /// A task that waits again the moment it is woken.
    struct Eager(Arc<Waiters>, Arc<Count>);

    impl Wake for Eager {
        fn wake(self: Arc<Self>) {
            self.1.0.fetch_add(1, SeqCst);
            self.0.register(2, &self.clone().into());
        }
    }

    #[test]
    fn a_waiter_that_comes_back_at_once_does_not_take_the_place_of_another() {
        let (waiters, (a, a_waker), (b, _)) =
            (Arc::new(Waiters::default()), Count::new(), Count::new());
        waiters.register(2, &Arc::new(Eager(waiters.clone(), b.clone())).into());
        waiters.register(1, &a_waker);
        waiters.wake();
        assert_eq!((a.get(), b.get()), (1, 1));
    }

    #[test]
    fn a_waiter_that_gave_up_is_not_woken() {
        let (waiters, (a, a_waker)) = (Waiters::default(), Count::new());
        waiters.register(7, &a_waker);
        waiters.remove(7);
        assert!(waiters.is_empty());
        waiters.wake();
        assert_eq!(a.get(), 0);
    }
}
