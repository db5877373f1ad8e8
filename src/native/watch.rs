//! Looks after sockets whose readers were woken and may not come: one clock for all of them.
//!
//! With a timer for each, many connections would set one for nearly each message. And while a runtime has a timer of its own,
//! each of its turns looks at the clock and asks the kernel to be woken in time, which costs a ping-pong 4 percent of all: the
//! clock is the background thread's.

use std::mem;
use std::sync::{Mutex, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::sleep;

use super::lock::lock;
use super::runtime;

/// How long nobody has to poll before the driver reads in their place; at most twice as long.
pub(super) const PATIENCE: Duration = Duration::from_millis(200);

/// What is looked at until it says that this is enough.
pub(super) trait Watched: Send + Sync {
    /// Whether it is to be looked at again. It may keep here how often its readers had polled at the last look.
    fn look(&self, polls_before: &mut Option<usize>) -> bool;
}

static WATCH: Mutex<Watch> = Mutex::new(Watch {
    sockets: Vec::new(),
    is_on: false,
});

struct Watch {
    sockets: Vec<Entry>,
    /// Somebody looks, as long as there are sockets to look after.
    is_on: bool,
}

struct Entry {
    socket: Weak<dyn Watched>,
    polls_before: Option<usize>,
}

pub(super) fn look_after(socket: Weak<dyn Watched>) {
    let mut watch = lock(&WATCH);
    watch.sockets.push(Entry {
        socket,
        polls_before: None,
    });
    if !mem::replace(&mut watch.is_on, true) {
        drop(watch);
        let looking = Looking;
        // Where no thread can be started, the runtime around does.
        if let Ok(runtime) = runtime::background().or_else(|_| Handle::try_current()) {
            drop(runtime.spawn(looking.go_on()));
        }
    }
}

/// Who looks. Dropped before the last socket is gone, with a runtime that ends, it makes room for the next one.
struct Looking;

impl Looking {
    async fn go_on(self) {
        loop {
            sleep(PATIENCE).await;
            // Tasks are woken without the lock.
            let mut sockets = mem::take(&mut lock(&WATCH).sockets);
            sockets.retain_mut(Entry::look);
            let mut watch = lock(&WATCH);
            watch.sockets.append(&mut sockets);
            if watch.sockets.is_empty() {
                watch.is_on = false;
                // Another may look already when this one would be dropped.
                mem::forget(self);
                return;
            }
        }
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        lock(&WATCH).is_on = false;
    }
}

impl Entry {
    fn look(&mut self) -> bool {
        let socket = self.socket.upgrade();
        socket.is_some_and(|socket| socket.look(&mut self.polls_before))
    }
}
