//! Where messages go that are only sent: they are counted.

use std::io::{self, Read};
use std::sync::{Condvar, Mutex, MutexGuard};

static COUNTS: Mutex<Counts> = Mutex::new(Counts {
    open: 0,
    received: 0,
});
static ENDED: Condvar = Condvar::new();

struct Counts {
    /// Sinks that are open.
    open: usize,
    /// What arrived at the one that ended last: a client that failed before asking leaves nothing to the next one.
    received: u64,
}

pub(super) fn run(stream: impl Read) -> io::Result<()> {
    let mut open = Open::new();
    drain(stream, |count| open.received += count as u64)
}

/// Takes everything until the stream ends, and tells how much each time.
pub(super) fn drain(mut stream: impl Read, mut took: impl FnMut(usize)) -> io::Result<()> {
    let mut buffer = vec![0; 128 << 10];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            count => took(count),
        }
    }
}

/// What arrived at the sink that ended last. Waits until all have ended.
pub(super) fn received() -> u64 {
    let ended = ENDED.wait_while(counts(), |counts| counts.open > 0);
    ended.expect("nobody panics in between").received
}

fn counts() -> MutexGuard<'static, Counts> {
    COUNTS.lock().expect("nobody panics in between")
}

struct Open {
    received: u64,
}

impl Open {
    fn new() -> Self {
        counts().open += 1;
        Open { received: 0 }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut counts = counts();
        counts.open -= 1;
        counts.received = self.received;
        drop(counts);
        ENDED.notify_all();
    }
}
