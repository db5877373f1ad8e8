//! Where a socket's driver runs: the caller's runtime, or one thread of our own, which keeps the time for all.

use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::time::{Sleep, sleep};

use super::wake::lock;

/// The runtime around the caller, else the background thread's.
pub(super) fn current_or_background() -> io::Result<Handle> {
    Handle::try_current().or_else(|_| background())
}

/// The one background thread, for all sockets that were made outside of a runtime and for [`sleep_elsewhere`]; started on
/// first use.
pub(super) fn background() -> io::Result<Handle> {
    static BACKGROUND: Mutex<Option<Handle>> = Mutex::new(None);
    let mut slot = lock(&BACKGROUND);
    if let Some(handle) = &*slot {
        return Ok(handle.clone());
    }
    let runtime = Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("onesocket".into())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    Ok(slot.insert(handle).clone())
}

/// A sleep for the caller's task, on the background thread's clock.
///
/// While a runtime has a timer of its own, each of its turns looks at the clock and asks the kernel to be woken in time, which
/// costs a ping-pong 4 percent of all.
pub(super) fn sleep_elsewhere(duration: Duration) -> Sleep {
    // Where no thread can be started, the caller's own clock does.
    let background = background().ok();
    let _inside = background.as_ref().map(Handle::enter);
    sleep(duration)
}

/// Whether blocking this thread would block a runtime.
pub(super) fn is_inside() -> bool {
    Handle::try_current().is_ok()
}

/// Waits on this thread, without a runtime.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
