//! How the tests run: many connections at once on one thread, each bounded in time, and measured ones alone.

use std::panic::resume_unwind;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;

/// What turns a hang into a failure; nothing else waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tests that measure memory have the process for themselves.
static QUIET: RwLock<()> = RwLock::new(());

/// Runs a test on a runtime of one thread, so that each byte that a peer writes is seen before it writes the next.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let _others_run_too = QUIET.read().unwrap_or_else(PoisonError::into_inner);
    block_on(test);
}

/// The same while no other test runs.
pub(crate) fn run_alone(test: impl Future<Output = ()>) {
    let _quiet = QUIET.write().unwrap_or_else(PoisonError::into_inner);
    block_on(test);
}

fn block_on(test: impl Future<Output = ()>) {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be made").block_on(test);
}

/// Carries out so many cases at once, each within its time. Answers how many there were.
pub(crate) async fn all<C, F>(
    cases: impl IntoIterator<Item = C>,
    at_once: usize,
    mut carry_out: impl FnMut(C) -> F,
) -> usize
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut running = JoinSet::new();
    let mut count = 0;
    for case in cases {
        count += 1;
        if running.len() == at_once {
            finish(running.join_next().await);
        }
        running.spawn(carry_out(case));
    }
    while let Some(finished) = running.join_next().await {
        finish(Some(finished));
    }
    count
}

/// Fails if this takes too long.
pub(crate) async fn within<T>(what: &str, step: impl Future<Output = T>) -> T {
    match timeout(PATIENCE, step).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: hangs"),
    }
}

fn finish(finished: Option<Result<(), JoinError>>) {
    if let Some(Err(error)) = finished {
        resume_unwind(error.into_panic());
    }
}
