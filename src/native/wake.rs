//! Who is woken when a connection can go on.
//!
//! A socket keeps one waker for each direction, and tasks come and go. So the socket is always polled with the
//! same composite waker, made once per connection, which forwards to whoever drives that direction at that moment.
//! Handing the driving over is then one store, and no wake-up is lost.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

use super::waiters::Waiters;

/// Locks a mutex whose data stays sound if a holder panicked: no invariant of ours spans a call into foreign code.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same without locking, where there is no other handle on it.
pub(super) fn get_mut<T>(mutex: &mut Mutex<T>) -> &mut T {
    mutex.get_mut().unwrap_or_else(PoisonError::into_inner)
}

/// Where the driver task waits.
#[derive(Debug, Default)]
pub(super) struct DriverSlot(Mutex<Option<Waker>>);

impl DriverSlot {
    pub(super) fn register(&self, waker: &Waker) {
        let mut slot = lock(&self.0);
        match &mut *slot {
            Some(known) => known.clone_from(waker),
            None => *slot = Some(waker.clone()),
        }
    }

    pub(super) fn wake(&self) {
        let waker = lock(&self.0).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Who reads the socket.
///
/// ```text
///              a reader polls                       a message listener comes
///   Takeover ----------------> Readers    Takeover, Readers --------------> Listeners
///            <----------------                              <--------------
///             nobody polls for long                          the last one goes
///
///   any ----------------> Ending
///        the end begins
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Reading {
    /// The tasks that want the messages, on their own.
    Readers,
    /// The driver, into the bounded inbox, as nobody else does.
    Takeover,
    /// The driver, for the message listeners.
    Listeners,
    /// The driver, until the connection has ended.
    Ending,
}

/// The composite waker of the reading direction.
#[derive(Debug)]
pub(super) struct ReadWake {
    reading: AtomicU8,
    /// Whether the driver's timer runs, or will: it looks after a socket that nobody polls.
    watched: AtomicBool,
    /// Each wake-up of the composite waker counts as one of theirs, whoever reads: some may be about to.
    pub(super) readers: Waiters,
    pub(super) driver: DriverSlot,
}

impl ReadWake {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(ReadWake {
            reading: AtomicU8::new(Reading::Takeover as u8),
            watched: AtomicBool::new(false),
            readers: Waiters::default(),
            driver: DriverSlot::default(),
        })
    }

    pub(super) fn reading(&self) -> Reading {
        match self.reading.load(SeqCst) {
            0 => Reading::Readers,
            1 => Reading::Takeover,
            2 => Reading::Listeners,
            _ => Reading::Ending,
        }
    }

    /// One of the arrows above, unless somebody else reads by now. Answers whether it was gone.
    pub(super) fn hand_over(&self, from: Reading, to: Reading) -> bool {
        self.reading() == from
            && self
                .reading
                .compare_exchange(from as u8, to as u8, SeqCst, SeqCst)
                .is_ok()
    }

    pub(super) fn begin_ending(&self) {
        self.reading.store(Reading::Ending as u8, SeqCst);
    }

    pub(super) fn is_watched(&self) -> bool {
        self.watched.load(SeqCst)
    }

    pub(super) fn set_watched(&self, watched: bool) {
        self.watched.store(watched, SeqCst);
    }
}

impl Wake for ReadWake {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.readers.wake_if(|| self.reading() == Reading::Readers) {
            self.driver.wake();
            return;
        }
        // The readers woken may be gone, or busy with something else for long: the driver starts its timer.
        // It clears `watched` before it looks for waiting readers, so that one of the two sides sees the other.
        if !self.is_watched() {
            self.set_watched(true);
            self.driver.wake();
        }
    }
}

/// The composite waker of the writing direction.
#[derive(Debug)]
pub(super) struct WriteWake {
    /// How often it was woken.
    wakes: AtomicUsize,
    /// The number of wake-ups before the last write of which the system took nothing.
    blocked_at: AtomicUsize,
    pub(super) writers: Waiters,
    /// Where the driver's slot is.
    read_wake: Arc<ReadWake>,
}

impl WriteWake {
    pub(super) fn new(read_wake: Arc<ReadWake>) -> Arc<Self> {
        Arc::new(WriteWake {
            wakes: AtomicUsize::new(1),
            blocked_at: AtomicUsize::new(0),
            writers: Waiters::default(),
            read_wake,
        })
    }

    /// To be asked before a write, for [`Self::block`].
    pub(super) fn wakes(&self) -> usize {
        self.wakes.load(SeqCst)
    }

    /// The system took no more bytes. Nothing is tried until it wakes us, which it may have done during the write already.
    pub(super) fn block(&self, wakes_before: usize) {
        self.blocked_at.store(wakes_before, SeqCst);
    }

    pub(super) fn is_blocked(&self) -> bool {
        self.blocked_at.load(SeqCst) == self.wakes()
    }
}

impl Wake for WriteWake {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wakes.fetch_add(1, SeqCst);
        self.writers.wake();
        // Also where a writer was woken: it may have gone away, and the queue must drain all the same.
        self.read_wake.driver.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::super::waiters::tests::Count;
    use super::*;

    #[test]
    fn a_readable_socket_wakes_who_reads() {
        let (wake, (d, d_waker), (r, r_waker)) = (ReadWake::new(), Count::new(), Count::new());
        let composite = Waker::from(wake.clone());

        wake.driver.register(&d_waker);
        wake.readers.register(1, &r_waker);
        composite.wake_by_ref();
        assert_eq!((d.get(), r.get()), (1, 0), "the driver reads at first");

        assert!(wake.hand_over(Reading::Takeover, Reading::Readers));
        assert!(!wake.hand_over(Reading::Takeover, Reading::Readers));
        wake.set_watched(true);
        wake.driver.register(&d_waker);
        composite.wake_by_ref();
        assert_eq!(
            (d.get(), r.get()),
            (1, 1),
            "the reader reads, and the driver watches"
        );

        wake.set_watched(false);
        composite.wake_by_ref();
        assert_eq!(
            (d.get(), r.get()),
            (2, 1),
            "nobody waits: the driver is told"
        );
    }

    #[test]
    fn a_wake_up_for_the_driver_is_news_to_a_reader_that_is_about_to_wait() {
        let (wake, (r, r_waker)) = (ReadWake::new(), Count::new());
        let before = wake.readers.wakes();
        Waker::from(wake.clone()).wake();
        assert!(wake.hand_over(Reading::Takeover, Reading::Readers));
        wake.readers.register(1, &r_waker);
        assert_ne!(wake.readers.wakes(), before);
        assert_eq!(r.get(), 0);
    }

    #[test]
    fn once_the_end_has_begun_nobody_else_reads() {
        let wake = ReadWake::new();
        assert!(wake.hand_over(Reading::Takeover, Reading::Listeners));
        wake.begin_ending();
        for from in [Reading::Readers, Reading::Takeover, Reading::Listeners] {
            assert!(!wake.hand_over(from, Reading::Readers), "{from:?}");
        }
        assert_eq!(wake.reading(), Reading::Ending);
    }

    #[test]
    fn a_writable_socket_wakes_writers_and_the_driver() {
        let (read_wake, (d, d_waker), (w, w_waker)) = (ReadWake::new(), Count::new(), Count::new());
        let wake = WriteWake::new(read_wake.clone());
        read_wake.driver.register(&d_waker);
        wake.writers.register(1, &w_waker);
        wake.block(wake.wakes());
        assert!(wake.is_blocked());
        Waker::from(wake.clone()).wake();
        assert!(!wake.is_blocked());
        assert_eq!((d.get(), w.get()), (1, 1));
    }

    #[test]
    fn a_wake_up_during_a_write_is_not_lost() {
        let wake = WriteWake::new(ReadWake::new());
        assert!(!wake.is_blocked());
        let before = wake.wakes();
        Waker::from(wake.clone()).wake();
        wake.block(before);
        assert!(!wake.is_blocked());
    }
}
