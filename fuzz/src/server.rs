//! What a server makes of a client's bytes. It is strict: whatever a client must not send is a panic.

#[path = "../../src/protocol/outgoing/tests/deflate/window.rs"]
#[allow(clippy::duplicate_mod, reason = "the unit tests have it too")]
mod window;

use crate::negotiation::PerMessageDeflate;
use window::Window;

/// The bytes of a connection, read to their end.
#[derive(Default)]
pub(crate) struct Read {
    pub(crate) messages: Vec<ReadMessage>,
    pub(crate) pongs: usize,
    pub(crate) closed: bool,
}

pub(crate) struct ReadMessage {
    /// 1 is text, 2 binary.
    pub(crate) opcode: u8,
    /// As it was before it was compressed.
    pub(crate) payload: Vec<u8>,
    /// If it came compressed, what of it was on the wire, without the tail.
    pub(crate) compressed: Option<Vec<u8>>,
    pub(crate) frames: usize,
}

/// Reads frames that must be whole and masked, and messages that must be whole too. Those that are compressed have to do with
/// the agreed window.
pub(crate) fn read(mut wire: &[u8], agreed: Option<&PerMessageDeflate>) -> Read {
    let mut read = Read::default();
    let mut window = agreed.map(|agreed| Window::new(agreed.client_max_window_bits));
    let mut unfinished = None;
    while !wire.is_empty() {
        assert!(!read.closed, "the Close frame is the last one");
        let (first, payload) = frame(&mut wire);
        let (fin, rsv1, opcode) = (first & 0x80 != 0, first & 0x40 != 0, first & 0x0f);
        assert_eq!(first & 0x30, 0, "reserved bits");
        assert!(!rsv1 || agreed.is_some() && (opcode == 1 || opcode == 2));
        match opcode {
            0 => {
                let message: &mut ReadMessage = unfinished.as_mut().expect("a first frame");
                message.payload.extend(payload);
                message.frames += 1;
            }
            1 | 2 => {
                assert!(unfinished.is_none(), "a message within another");
                unfinished = Some(ReadMessage {
                    opcode,
                    payload,
                    compressed: rsv1.then(Vec::new),
                    frames: 1,
                });
            }
            8 => read.closed = true,
            10 => read.pongs += 1,
            _ => panic!("opcode {opcode}"),
        }
        assert!(fin || opcode <= 2, "a control frame in fragments");
        if fin
            && opcode <= 2
            && let Some(mut message) = unfinished.take()
        {
            if let (Some(_), Some(window), Some(agreed)) =
                (&message.compressed, &mut window, agreed)
            {
                if agreed.client_no_context_takeover {
                    window.forget();
                }
                let inflated = window.inflate(&message.payload);
                message.compressed = Some(std::mem::replace(&mut message.payload, inflated));
            } else {
                assert_eq!(message.frames, 1, "only compressed messages come in frames");
            }
            read.messages.push(message);
        }
    }
    assert!(unfinished.is_none(), "a message is cut off");
    read
}

/// The first byte of the next frame, and its unmasked payload.
fn frame(wire: &mut &[u8]) -> (u8, Vec<u8>) {
    let (first, second) = (take(wire, 1)[0], take(wire, 1)[0]);
    assert!(second >= 0x80, "masked");
    let length = match second & 0x7f {
        126 => number(take(wire, 2), 126),
        127 => number(take(wire, 8), 1 << 16),
        short => usize::from(short),
    };
    let mask = take(wire, 4);
    let payload = take(wire, length);
    let unmasked = payload
        .iter()
        .zip(mask.iter().cycle())
        .map(|(byte, mask)| byte ^ mask);
    (first, unmasked.collect())
}

fn take<'a>(wire: &mut &'a [u8], length: usize) -> &'a [u8] {
    assert!(length <= wire.len(), "a frame is cut off");
    let (taken, rest) = wire.split_at(length);
    *wire = rest;
    taken
}

fn number(bytes: &[u8], least: usize) -> usize {
    let number = bytes
        .iter()
        .fold(0, |number, &byte| number << 8 | usize::from(byte));
    assert!(number >= least, "not the shortest length");
    number
}
