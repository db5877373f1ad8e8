//! Where messages go that are only sent: they are counted.

use std::io::{self, Read};
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard};

static COUNTS: Mutex<Counts> = Mutex::new(Counts { open: 0, bytes: 0 });
static ENDED: Condvar = Condvar::new();

struct Counts {
    /// Sinks that are open.
    open: usize,
    bytes: u64,
}

pub(super) fn run(mut stream: impl Read) -> io::Result<()> {
    let _open = Open::new();
    let mut buffer = vec![0; 128 << 10];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            count => counts().bytes += count as u64,
        }
    }
}

/// What arrived since this was last asked. Waits until all sinks have ended.
pub(super) fn received() -> u64 {
    let ended = ENDED.wait_while(counts(), |counts| counts.open > 0);
    mem::take(&mut ended.expect("nobody panics in between").bytes)
}

fn counts() -> MutexGuard<'static, Counts> {
    COUNTS.lock().expect("nobody panics in between")
}

struct Open;

impl Open {
    fn new() -> Self {
        counts().open += 1;
        Open
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        counts().open -= 1;
        ENDED.notify_all();
    }
}
