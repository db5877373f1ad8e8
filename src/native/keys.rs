//! Masking keys: one generator per thread, seeded by the system.

use std::cell::RefCell;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

use crate::protocol::MaskKeys;

thread_local! {
    static GENERATOR: RefCell<ChaCha8Rng> = RefCell::new(ChaCha8Rng::from_seed(seed()));
}

/// RFC 6455 5.3: "The masking key needs to be unpredictable; thus, the masking key MUST be derived from a strong source of
/// entropy". ChaCha keeps the system's strength without a system call for each frame.
pub(super) struct ThreadKeys;

impl MaskKeys for ThreadKeys {
    fn next_key(&mut self) -> [u8; 4] {
        with_generator(Rng::next_u32).to_ne_bytes()
    }
}

/// RFC 6455 4.1: the key of a handshake is "a nonce consisting of a randomly selected 16-byte value".
pub(super) fn handshake_nonce() -> [u8; 16] {
    with_generator(|generator| {
        let mut nonce = [0; 16];
        generator.fill_bytes(&mut nonce);
        nonce
    })
}

fn with_generator<T>(draw: impl Fn(&mut ChaCha8Rng) -> T) -> T {
    GENERATOR
        .try_with(|generator| draw(&mut generator.borrow_mut()))
        // A socket may be dropped, and so closed, while its thread ends.
        .unwrap_or_else(|_| draw(&mut ChaCha8Rng::from_seed(seed())))
}

fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    // Without entropy no key would be safe to use, and there is nothing to fall back on.
    getrandom::fill(&mut seed).expect("the operating system gives entropy");
    seed
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn keys_differ_from_frame_to_frame_and_from_thread_to_thread() {
        let keys = || (0..1000).map(|_| ThreadKeys.next_key()).collect::<Vec<_>>();
        let here = keys();
        let there = std::thread::spawn(keys).join().unwrap();
        let distinct: HashSet<_> = here.iter().chain(&there).collect();
        assert!(distinct.len() > 1990, "{}", distinct.len());
    }

    #[test]
    fn nonces_differ() {
        assert_ne!(handshake_nonce(), handshake_nonce());
    }
}
