//! Where a socket's driver runs: the caller's runtime, or one thread of our own, which keeps the time for all.

use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::coop;

use super::lock::lock;

/// The runtime around the caller, else the background thread's.
pub(super) fn current_or_background() -> io::Result<Handle> {
    Handle::try_current().or_else(|_| background())
}

/// The one background thread, for all sockets that were made outside of a runtime and for the clock of the watch; started on
/// first use.
pub(super) fn background() -> io::Result<Handle> {
    static BACKGROUND: Mutex<Option<Handle>> = Mutex::new(None);
    let mut slot = lock(&BACKGROUND);
    if let Some(handle) = &*slot {
        return Ok(handle.clone());
    }
    let (tell, told) = oneshot::channel();
    // It is built by the thread itself: where none can be started it would be dropped here, inside of another runtime perhaps,
    // which panics.
    thread::Builder::new()
        .name("onesocket".into())
        .spawn(move || {
            let runtime = Builder::new_current_thread()
                .enable_io()
                .enable_time()
                .build();
            let _ = match runtime {
                Err(error) => tell.send(Err(error)),
                Ok(runtime) => {
                    let told = tell.send(Ok(runtime.handle().clone()));
                    runtime.block_on(std::future::pending::<()>());
                    told
                }
            };
        })?;
    // The caller may be a task that has used up its turn, and would be told so for ever.
    let handle = block_on(coop::unconstrained(told)).map_err(io::Error::other)??;
    Ok(slot.insert(handle).clone())
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
