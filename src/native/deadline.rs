//! When a limit of time is over.

use std::time::Duration;

use tokio::time::Instant;

/// So far away that it never comes, and still a time that the clock knows.
const NEVER: Duration = Duration::from_secs(1 << 30);

/// The end of a time that begins now. A limit too large for the clock is no limit.
pub(super) fn deadline(limit: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(limit).unwrap_or_else(|| now + NEVER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_limit_beyond_the_clock_is_far_away() {
        let second = Duration::from_secs(1);
        assert_eq!(deadline(second), Instant::now() + second);
        assert_eq!(deadline(Duration::MAX), Instant::now() + NEVER);
    }
}
