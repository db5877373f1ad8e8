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
struct Waiting {
    one: Option<(u64, Waker)>,
    others: Vec<(u64, Waker)>,
}

impl Waiters {
    /// Must be called before the thing waited for is looked at: a wake-up in between is then not lost.
    #[inline]
    pub(super) fn register(&self, key: u64, waker: &Waker) {
        let mut waiting = lock(&self.waiting);
        let Waiting { one, others } = &mut *waiting;
        match one
            .iter_mut()
            .chain(&mut *others)
            .find(|(known, _)| *known == key)
        {
            Some((_, known)) => known.clone_from(waker),
            None => {
                match one {
                    Some(_) => others.push((key, waker.clone())),
                    None => *one = Some((key, waker.clone())),
                }
                self.any.store(true, SeqCst);
            }
        }
    }

    #[inline]
    pub(super) fn remove(&self, key: u64) {
        if !self.is_empty() {
            self.remove_waiting(key);
        }
    }

    fn remove_waiting(&self, key: u64) {
        let mut waiting = lock(&self.waiting);
        let Waiting { one, others } = &mut *waiting;
        one.take_if(|(known, _)| *known == key);
        others.retain(|(known, _)| *known != key);
        self.any.store(one.is_some() || !others.is_empty(), SeqCst);
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
        let one = waiting.one.take();
        let others = mem::take(&mut waiting.others);
        self.any.store(false, SeqCst);
        // The lock is free again when foreign code is woken.
        drop(waiting);
        if let Some((_, waker)) = one {
            waker.wake();
        }
        for (_, waker) in others {
            waker.wake();
        }
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
