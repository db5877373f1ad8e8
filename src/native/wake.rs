//! Who is woken when a connection can go on.
//!
//! A socket keeps one waker for each direction, and tasks come and go. So the socket is always polled with the
//! same composite waker, made once per connection, which forwards to whoever drives that direction at that moment.
//! Handing the driving over is then one store, and no wake-up is lost.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};

use super::lock::lock;
use super::waiters::Waiters;
use super::watch::{self, Watched};

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
    /// Whether it is looked at from time to time if the readers that were woken come.
    watched: AtomicBool,
    /// They did not come.
    neglected: AtomicBool,
    /// How often a reader has polled.
    polls: AtomicUsize,
    /// Each wake-up of the composite waker counts as one of theirs, whoever reads: some may be about to.
    pub(super) readers: Waiters,
    pub(super) driver: DriverSlot,
}

impl ReadWake {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(ReadWake {
            reading: AtomicU8::new(Reading::Takeover as u8),
            watched: AtomicBool::new(false),
            neglected: AtomicBool::new(false),
            polls: AtomicUsize::new(0),
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

    /// The readers may not come, be it that they are gone, or busy with something else for long.
    pub(super) fn watch(self: &Arc<Self>) {
        if self.begin_watch() {
            let this = Arc::downgrade(self);
            watch::look_after(this);
        }
    }

    /// Whether there is no watch yet.
    #[inline]
    fn begin_watch(&self) -> bool {
        !self.watched.load(SeqCst) && !self.watched.swap(true, SeqCst)
    }

    fn set_watched(&self, watched: bool) {
        self.watched.store(watched, SeqCst);
    }

    pub(super) fn polls(&self) -> usize {
        self.polls.load(Relaxed)
    }

    /// A reader has come. Called under the reader's lock alone.
    #[inline]
    pub(super) fn note_poll(&self) {
        self.polls.store(self.polls().wrapping_add(1), Relaxed);
    }

    /// Nobody came.
    pub(super) fn neglect(&self) {
        self.neglected.store(true, SeqCst);
        self.driver.wake();
    }

    /// Whether that was so.
    pub(super) fn take_neglected(&self) -> bool {
        self.neglected.swap(false, SeqCst)
    }
}

impl Wake for ReadWake {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        match self.readers.wake_if(|| self.reading() == Reading::Readers) {
            true => self.watch(),
            false => self.driver.wake(),
        }
    }
}

impl Watched for ReadWake {
    fn look(&self, polls_before: &mut Option<usize>) -> bool {
        // In this order: a reader that is woken in between sees that nobody watches, and the watch begins anew.
        self.set_watched(false);
        if self.reading() != Reading::Readers || !self.readers.is_empty() {
            return false;
        }
        let polls = Some(self.polls());
        if mem::replace(polls_before, polls) == polls {
            self.neglect();
            return false;
        }
        self.begin_watch()
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
        wake.driver.register(&d_waker);
        composite.wake_by_ref();
        assert_eq!((d.get(), r.get()), (1, 1), "the reader reads");
        assert!(!wake.begin_watch(), "it may not come");
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

    fn watched() -> Arc<ReadWake> {
        let wake = ReadWake::new();
        wake.hand_over(Reading::Takeover, Reading::Readers);
        assert!(wake.begin_watch());
        wake
    }

    #[test]
    fn the_driver_is_told_when_nobody_polls_from_one_look_to_the_next() {
        let (wake, mut polls_before) = (watched(), None);
        let (driver, waker) = Count::new();
        wake.driver.register(&waker);
        assert!(wake.look(&mut polls_before), "it may just have been woken");
        wake.note_poll();
        assert!(wake.look(&mut polls_before), "somebody came");
        assert_eq!((driver.get(), wake.take_neglected()), (0, false));
        assert!(!wake.look(&mut polls_before));
        assert_eq!((driver.get(), wake.take_neglected()), (1, true));
    }

    #[test]
    fn a_socket_that_a_reader_waits_for_is_not_looked_after() {
        let wake = watched();
        let (_, waker) = Count::new();
        wake.readers.register(1, &waker);
        assert!(!wake.look(&mut None));
        assert!(wake.begin_watch(), "it begins anew with the next wake-up");
    }

    #[test]
    fn a_socket_that_readers_do_not_read_is_not_looked_after() {
        let wake = watched();
        wake.hand_over(Reading::Readers, Reading::Listeners);
        assert!(!wake.look(&mut None));
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
