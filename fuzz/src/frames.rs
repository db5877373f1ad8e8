//! What a server may send: however the bytes are cut, the engine must see the same.
//!
//! Input: what was agreed on, a limit, a list of sizes, then the server's bytes.

use std::collections::VecDeque;

use bytes::BufMut;

use crate::agreement::agreement;
use crate::choices::{Choices, split};
use crate::error::Violation;
use crate::negotiation::PerMessageDeflate;
use crate::protocol::{Incoming, Inflation, Received};

/// Small, so that they are reached too.
const LIMITS: [usize; 4] = [20_000, 100_000, 125, 0];
const MOST_FRAGMENTS: u32 = 8;

pub(crate) fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let agreed = agreement(&mut choices);
    let limit = LIMITS[usize::from(choices.byte()) % LIMITS.len()];
    let sizes = choices.bytes();
    let bytes = choices.rest();

    let connection = || connection(limit, agreed.as_ref());
    let whole = seen(connection(), [bytes], 0, |_| {});
    for received in &whole.0 {
        if let Received::Message(message) = received {
            assert!(message.len() <= limit, "{} bytes", message.len());
        }
    }
    let cut = seen(connection(), split(sizes, bytes), 0, |_| {});
    assert!(cut == whole, "sizes {sizes:?}: {cut:?}, whole {whole:?}");
    for at_once in [1, 3, 16] {
        let runs = seen(connection(), [bytes], at_once, |_| {});
        assert!(runs == whole, "in runs of {at_once}: {runs:?}");
    }
    let lent = seen(connection(), split(sizes, bytes), 3, lend_anew);
    assert!(lent == whole, "sizes {sizes:?}, states lent: {lent:?}");
}

fn connection(limit: usize, agreed: Option<&PerMessageDeflate>) -> Incoming {
    let mut incoming = Incoming::new(limit, MOST_FRAGMENTS);
    if let Some(agreed) = agreed {
        incoming.agree(Inflation::new(agreed));
    }
    incoming
}

/// What the engine makes of the parts, up to a violation or a Close frame. It is asked for runs of so many messages at once, and
/// something may be done to it between two parts.
pub(crate) fn seen<'a>(
    mut incoming: Incoming,
    parts: impl IntoIterator<Item = &'a [u8]>,
    at_once: usize,
    between: impl Fn(&mut Incoming),
) -> (Vec<Received>, Option<Violation>) {
    let mut received = Vec::new();
    let mut run = VecDeque::new();
    for mut part in parts {
        while !part.is_empty() {
            let mut space = incoming.space();
            let taken = part.len().min(space.remaining_mut());
            assert!(taken > 0, "it always takes at least one byte");
            space.put_slice(&part[..taken]);
            part = &part[taken..];
            loop {
                if at_once > 0 {
                    incoming.next_run(&mut run, at_once);
                    assert!(run.len() <= at_once);
                    received.extend(run.drain(..).map(Received::Message));
                }
                match incoming.next() {
                    Ok(None) => break,
                    Ok(Some(event)) => received.push(event),
                    Err(violation) => return (received, Some(violation)),
                }
                if let Some(Received::Close(_)) = received.last() {
                    return (received, None);
                }
            }
        }
        between(&mut incoming);
    }
    (received, None)
}

/// As between connections that share their buffers and states of the codec.
pub(crate) fn lend_anew(incoming: &mut Incoming) {
    if let Some(buffer) = incoming.release() {
        assert!(incoming.needs_buffer());
        incoming.lend(buffer);
    }
    if let Some(inflater) = incoming.release_inflater() {
        assert!(incoming.needs_inflater());
        incoming.lend_inflater(inflater);
    }
}
