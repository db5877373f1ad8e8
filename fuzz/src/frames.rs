//! What a server may send: however the bytes are cut, the engine must see the same.
//!
//! Input: a list of sizes, then the server's bytes.

use bytes::BufMut;

use crate::choices::{Choices, split};
use crate::error::Violation;
use crate::protocol::{Incoming, Received};

/// Small, so that the limits are reached too.
const LARGEST: usize = 20_000;
const MOST_FRAGMENTS: u32 = 8;

pub(crate) fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let sizes = choices.bytes();
    let bytes = choices.rest();
    let whole = seen([bytes], |_| {});
    for received in &whole.0 {
        if let Received::Message(message) = received {
            assert!(message.len() <= LARGEST, "{} bytes", message.len());
        }
    }
    assert_eq!(whole, seen(split(sizes, bytes), |_| {}), "sizes {sizes:?}");
    assert_eq!(
        whole,
        seen(split(sizes, bytes), lend_anew),
        "sizes {sizes:?}, buffers lent"
    );
}

/// What the engine makes of the parts, up to a violation or a Close frame; something may be done to it between two parts.
fn seen<'a>(
    parts: impl IntoIterator<Item = &'a [u8]>,
    between: impl Fn(&mut Incoming),
) -> (Vec<Received>, Option<Violation>) {
    let mut incoming = Incoming::new(LARGEST, MOST_FRAGMENTS);
    let mut received = Vec::new();
    for mut part in parts {
        while !part.is_empty() {
            let mut space = incoming.space();
            let taken = part.len().min(space.remaining_mut());
            assert!(taken > 0, "it always takes at least one byte");
            space.put_slice(&part[..taken]);
            part = &part[taken..];
            loop {
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

/// As between connections that share their buffers.
fn lend_anew(incoming: &mut Incoming) {
    if let Some(buffer) = incoming.release() {
        incoming.lend(buffer);
    }
}
