//! The tasks that wait for something of a connection.

use std::mem;
use std::sync::Mutex;
use std::sync::atomic::{
    AtomicBool, AtomicU32, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};
use std::task::{Context, Poll, Waker};

use super::lock::lock;

/// The tasks that wait for one thing. Each wait has a key, so that polling again replaces its waker and giving up removes it.
///
/// The lock puts each wake-up before or after each registration. If it is before, whoever looks after registering sees what it
/// was about; if it is after, whoever registered is woken. So the atomics, which change under the lock alone, need no order of
/// their own.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    waiting: Mutex<Waiting>,
    /// Whether somebody waits.
    any: AtomicBool,
    /// How often they were woken, whether somebody waited or not.
    wakes: AtomicU32,
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
    /// Must be called before the thing waited for is looked at: a wake-up in between is then not lost. Or after that, if
    /// [`Self::wakes`] is asked before the look and after this: where it differs, another look is due.
    #[inline]
    pub(super) fn register(&self, key: u64, waker: &Waker) {
        let mut waiting = lock(&self.waiting);
        if let Some(known) = waiting.find(key) {
            if !known.waker.will_wake(waker) {
                let replaced = mem::replace(&mut known.waker, waker.clone());
                drop(waiting);
                // The last waker of a task may drop the task, and that a handle which gives up a wait here.
                drop(replaced);
            }
            return;
        }
        let waker = waker.clone();
        waiting.push(Waiter { key, waker });
        self.any.store(true, Relaxed);
    }

    #[inline]
    pub(super) fn remove(&self, key: u64) {
        if self.may_wait() {
            self.remove_waiting(key);
        }
    }

    fn remove_waiting(&self, key: u64) {
        let mut waiting = lock(&self.waiting);
        let removed = waiting.remove(key);
        self.any.store(!matches!(*waiting, Waiting::None), Relaxed);
        drop(waiting);
        // As above.
        drop(removed);
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
        let _waiting = lock(&self.waiting);
        !self.may_wait()
    }

    /// Looks without the lock, for who need not see a wait that begins or ends elsewhere at that moment.
    #[inline]
    pub(super) fn may_wait(&self) -> bool {
        self.any.load(Relaxed)
    }

    /// Whoever sees a wake-up counted sees what it is about.
    #[inline]
    pub(super) fn wakes(&self) -> u32 {
        self.wakes.load(Acquire)
    }

    /// Wakes all of them. One that then finds nothing waits again, so whatever the others do, nothing is left lying.
    pub(super) fn wake(&self) {
        self.wake_if(|| true);
    }

    /// The same if they are meant, which is asked under the lock: whoever makes it so and then registers is woken. It counts as
    /// a wake-up in any case.
    pub(super) fn wake_if(&self, are_meant: impl FnOnce() -> bool) -> bool {
        let mut waiting = lock(&self.waiting);
        self.wakes
            .store(self.wakes.load(Relaxed).wrapping_add(1), Release);
        if !are_meant() {
            return false;
        }
        let woken = mem::take(&mut *waiting);
        self.any.store(false, Relaxed);
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
        true
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

    fn remove(&mut self, key: u64) -> Option<Waiter> {
        match mem::take(self) {
            Waiting::None => None,
            Waiting::One(waiter) if waiter.key == key => Some(waiter),
            Waiting::One(waiter) => {
                *self = Waiting::One(waiter);
                None
            }
            Waiting::Many(mut waiters) => {
                let at = waiters.iter().position(|waiter| waiter.key == key);
                let removed = at.map(|at| waiters.remove(at));
                if !waiters.is_empty() {
                    *self = Waiting::Many(waiters);
                }
                removed
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::sync::{Arc, mpsc};
    use std::task::Wake;
    use std::thread;

    use super::super::runtime::block_on;
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

    /// Whose last waker looks after the waiters when it is dropped, as that of a task which owns a handle.
    struct Owner(Arc<Waiters>);

    impl Wake for Owner {
        fn wake(self: Arc<Self>) {}
    }

    impl Drop for Owner {
        fn drop(&mut self) {
            self.0.is_empty();
        }
    }

    #[test]
    fn a_waker_is_dropped_without_the_lock() {
        let waiters = Arc::new(Waiters::default());
        let owner = || Arc::new(Owner(waiters.clone())).into();
        waiters.register(1, &owner());
        waiters.register(1, &owner());
        waiters.remove(1);
        waiters.register(1, &owner());
        waiters.register(2, &owner());
        waiters.remove(2);
        waiters.wake();
        assert!(waiters.is_empty());
    }

    #[test]
    fn when_all_have_given_up_nobody_waits() {
        let waiters = Waiters::default();
        let (_, waker) = Count::new();
        waiters.register(1, &waker);
        waiters.register(2, &waker);
        waiters.remove(1);
        assert!(!waiters.is_empty());
        waiters.remove(2);
        assert!(waiters.is_empty());
    }

    #[test]
    fn a_wake_up_counts_also_where_nobody_waits_yet() {
        let (waiters, (a, a_waker)) = (Waiters::default(), Count::new());
        let before = waiters.wakes();
        waiters.wake();
        waiters.register(1, &a_waker);
        assert_ne!(waiters.wakes(), before);
        assert_eq!(a.get(), 0);
    }

    #[test]
    fn those_who_are_not_meant_go_on_waiting() {
        let (waiters, (a, a_waker)) = (Waiters::default(), Count::new());
        let before = waiters.wakes();
        waiters.register(1, &a_waker);
        assert!(!waiters.wake_if(|| false));
        assert_eq!(a.get(), 0);
        assert_ne!(waiters.wakes(), before);
        assert!(waiters.wake_if(|| true));
        assert_eq!(a.get(), 1);
    }

    /// Each round hangs if its wake-up is lost: the next one comes only after the answer.
    #[test]
    fn who_registers_after_looking_is_woken_by_another_thread() {
        const ROUNDS: usize = 5_000;
        let (waiters, done) = (Arc::new(Waiters::default()), Arc::new(AtomicUsize::new(0)));
        let (answer, answers) = mpsc::channel();
        let waking = {
            let (waiters, done) = (waiters.clone(), done.clone());
            thread::spawn(move || {
                for round in 1..=ROUNDS {
                    done.store(round, Relaxed);
                    waiters.wake();
                    answers.recv().unwrap();
                }
            })
        };
        for round in 1..=ROUNDS {
            block_on(poll_fn(|context| {
                let wakes_before = waiters.wakes();
                if done.load(Relaxed) == round {
                    return Poll::Ready(());
                }
                waiters.register(1, context.waker());
                if waiters.wakes() != wakes_before {
                    context.waker().wake_by_ref();
                }
                Poll::Pending
            }));
            waiters.remove(1);
            answer.send(()).unwrap();
        }
        waking.join().unwrap();
        assert!(waiters.is_empty());
    }
}
