//! One connection attempt per host and port at a time, for those who ask for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::OwnedMutexGuard;

use super::lock::lock;

type Server = (String, u16);
type Turn = tokio::sync::Mutex<()>;

static TURNS: Mutex<Option<HashMap<Server, Arc<Turn>>>> = Mutex::new(None);

/// The right to connect to one server; the next waiting socket gets it when this is dropped.
pub(super) struct Attempt {
    server: Server,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Attempt {
    /// RFC 6455 4.1 step 2: "there MUST be no more than one connection in a CONNECTING state" per server;
    /// "the client MUST serialize them so that there is no more than one connection at a time".
    pub(super) async fn wait_for_turn(host: &str, port: u16) -> Attempt {
        let server = (host.to_owned(), port);
        let turn = lock(&TURNS)
            .get_or_insert_default()
            .entry(server.clone())
            .or_default()
            .clone();
        // Made before the wait: a socket that gives up waiting leaves nothing behind either.
        let mut attempt = Attempt {
            server,
            guard: None,
        };
        attempt.guard = Some(turn.lock_owned().await);
        attempt
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.guard = None;
        if let Some(turns) = &mut *lock(&TURNS) {
            // Only the map itself still holds it: nobody connects and nobody waits.
            if turns
                .get(&self.server)
                .is_some_and(|turn| Arc::strong_count(turn) == 1)
            {
                turns.remove(&self.server);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(20);

    #[tokio::test(start_paused = true)]
    async fn attempts_at_one_server_take_turns_and_leave_nothing_behind() {
        let first = Attempt::wait_for_turn("turns.test", 1).await;
        assert!(
            timeout(SOON, Attempt::wait_for_turn("turns.test", 1))
                .await
                .is_err()
        );
        let other = timeout(SOON, Attempt::wait_for_turn("turns.test", 2)).await;
        assert!(other.is_ok(), "another port is another server");
        drop(first);
        assert!(
            timeout(SOON, Attempt::wait_for_turn("turns.test", 1))
                .await
                .is_ok()
        );
        drop(other);
        let left = lock(&TURNS).as_ref().map_or(0, |turns| {
            turns
                .keys()
                .filter(|(host, _)| host == "turns.test")
                .count()
        });
        assert_eq!(left, 0);
    }
}
