//! Tasks of this thread that go on in the very turn in which what they wait for has come.
//!
//! With atomics, js-sys wakes a task by `Atomics.waitAsync`, as any thread may wake it, and that takes a turn or more. Ours
//! wait for promises of their own thread, and Chromium forgets messages that nobody waits for when the peer's Close comes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Wake};

use super::global;

type Task = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    /// A task is absent while it runs.
    static TASKS: RefCell<HashMap<u32, Task>> = RefCell::default();
}

/// All threads' tasks have different names, so that another thread's waking finds nothing.
static NEXT: AtomicU32 = AtomicU32::new(0);

struct Name(u32);

impl Wake for Name {
    fn wake(self: Arc<Self>) {
        global::after_this_turn(&self, run);
    }
}

pub(super) fn spawn(task: impl Future<Output = ()> + 'static) {
    let name = Arc::new(Name(NEXT.fetch_add(1, Ordering::Relaxed)));
    TASKS.with_borrow_mut(|tasks| tasks.insert(name.0, Box::pin(task)));
    name.wake();
}

fn run(name: &Arc<Name>) {
    let Some(mut task) = TASKS.with_borrow_mut(|tasks| tasks.remove(&name.0)) else {
        return;
    };
    let waker = name.clone().into();
    let mut context = Context::from_waker(&waker);
    if task.as_mut().poll(&mut context).is_pending() {
        TASKS.with_borrow_mut(|tasks| tasks.insert(name.0, task));
    }
}
