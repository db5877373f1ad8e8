//! Futures that wait for something of a connection, and leave nothing behind when they are dropped.

use std::pin::Pin;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context, Poll};

use super::connection::Connection;
use super::waiters::Waiters;

impl Connection {
    /// Polls under a key of its own, with which the wait is registered among the waiters and removed from them again.
    pub(super) fn wait<'a, T, P>(
        &'a self,
        waiters: fn(&Connection) -> &Waiters,
        poll: P,
    ) -> Wait<'a, P>
    where
        P: FnMut(u64, &mut Context<'_>) -> Poll<T> + Unpin,
    {
        Wait {
            connection: self,
            waiters,
            key: None,
            poll,
        }
    }
}

/// One wait of one task.
pub(super) struct Wait<'a, P> {
    connection: &'a Connection,
    waiters: fn(&Connection) -> &Waiters,
    key: Option<u64>,
    poll: P,
}

impl<T, P: FnMut(u64, &mut Context<'_>) -> Poll<T> + Unpin> Future for Wait<'_, P> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        let key = *this.key.get_or_insert_with(|| this.connection.key());
        (this.poll)(key, context)
    }
}

impl<P> Drop for Wait<'_, P> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            (self.waiters)(self.connection).remove(key);
        }
    }
}

/// Somebody awaits the close, which an inbox full of unread messages would hide for ever.
pub(super) struct AwaitingClose<'a>(&'a Connection);

impl<'a> AwaitingClose<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        connection.awaiting_close.fetch_add(1, SeqCst);
        connection.driver().wake();
        AwaitingClose(connection)
    }
}

impl Drop for AwaitingClose<'_> {
    fn drop(&mut self) {
        self.0.awaiting_close.fetch_sub(1, SeqCst);
    }
}
