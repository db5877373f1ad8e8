//! permessage-deflate beside another implementation: what we compress, it inflates, and the other way round.
//!
//! Input: the direction, what was agreed on, then messages, and how they are written or read.

mod blocks;

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush};

use crate::agreement::parameters;
use crate::calls::Counter;
use crate::choices::{Choices, split};
use crate::error::Violation;
use crate::frames::{lend_anew, seen};
use crate::message::Message;
use crate::negotiation::PerMessageDeflate;
use crate::payload::payload;
use crate::protocol::{Deflation, Incoming, Inflation, Outgoing, Received};
use crate::server::{self, Read};
use blocks::{Blocks, TAIL};

const MOST_MESSAGES: usize = 32;
const MOST_BYTES: usize = 128 << 10;

/// A compressed message that is sure to be no longer goes as one frame.
const ONE_FRAME: usize = 60 << 10;

pub(crate) fn run(bytes: &[u8]) {
    if cfg!(not(feature = "deflate")) {
        return;
    }
    let mut choices = Choices::new(bytes);
    match choices.byte() % 2 {
        0 => compressed_here(choices),
        _ => compressed_there(choices),
    }
}

/// A message that we send.
struct Sent {
    payload: Vec<u8>,
    /// Whether it may be compressed.
    may: bool,
}

fn compressed_here(mut choices: Choices<'_>) {
    let agreed = parameters(&mut choices);
    let (level, minimum_size) = (1 + choices.byte() % 9, choices.byte().into());
    let outgoing = || {
        let mut outgoing = Outgoing::new();
        let deflation = Deflation::new(&agreed, level, minimum_size);
        let compresses = deflation.is_some();
        deflation.into_iter().for_each(|one| outgoing.agree(one));
        (outgoing, compresses)
    };
    let (mut here, compresses) = outgoing();
    let (mut elsewhere, _) = outgoing();
    let mut keys = Counter::default();
    let mut wire = Vec::new();
    let mut sent: Vec<Sent> = Vec::new();
    for _ in 0..MOST_MESSAGES {
        let bytes: usize = sent.iter().map(|one| one.payload.len()).sum();
        if choices.is_empty() || bytes > MOST_BYTES {
            break;
        }
        let call = choices.byte();
        match call % 8 {
            0..=3 => {
                let payload = match call % 4 {
                    0 | 1 => payload(&mut choices),
                    _ => again(&sent, &mut choices),
                };
                let message = Message::from(payload.clone());
                let may = call % 4 != 1;
                match may {
                    true => here.message(message, &mut keys),
                    false => here.message_as_it_is(message, &mut keys),
                }
                sent.push(Sent { payload, may });
            }
            4 => {
                let chunk = here.chunk(&mut keys);
                let taken = chunk.len().min(usize::from(choices.byte()) << 9);
                wire.extend_from_slice(&chunk[..taken]);
                here.wrote(taken);
            }
            5 => wire.extend(written(&mut here, &mut keys)),
            // A state that has seen something else on another connection.
            _ => {
                if let Some(deflater) = here.release_deflater() {
                    elsewhere.lend_deflater(deflater);
                    elsewhere.message(Message::from(payload(&mut choices)), &mut keys);
                    written(&mut elsewhere, &mut keys);
                    let deflater = elsewhere.release_deflater().expect("it was lent");
                    here.lend_deflater(deflater);
                }
            }
        }
    }
    wire.extend(written(&mut here, &mut keys));
    assert_eq!(here.unsent(), 0);

    let read = server::read(&wire, Some(&agreed));
    assert_eq!(read.messages.len(), sent.len());
    let mut other = InflateState::new_boxed(DataFormat::Raw);
    for (read, sent) in read.messages.iter().zip(&sent) {
        assert!(read.payload == sent.payload, "{} bytes", sent.payload.len());
        let Some(compressed) = &read.compressed else {
            // One that grows may go as it is if nothing refers to it.
            let must = sent.may && compresses && sent.payload.len() >= minimum_size.max(1);
            assert!(!must || agreed.client_no_context_takeover);
            continue;
        };
        assert!(sent.may && compresses && sent.payload.len() >= minimum_size.max(1));
        if Deflation::room_for(sent.payload.len()) <= ONE_FRAME {
            assert_eq!(read.frames, 1, "{} bytes", sent.payload.len());
            assert!(!agreed.client_no_context_takeover || compressed.len() < sent.payload.len());
        }
        if agreed.client_no_context_takeover {
            other.reset(DataFormat::Raw);
        }
        let whole = [compressed, &TAIL[..]].concat();
        assert!(inflated(&mut other, &whole) == sent.payload);
    }
    comes_back(&read, &agreed);
}

/// A part of a message that was sent before: to be found in the window, or to be just outside of it.
fn again(sent: &[Sent], choices: &mut Choices<'_>) -> Vec<u8> {
    let mut number = || usize::from(choices.byte()) << 8 | usize::from(choices.byte());
    let (which, from, length) = (number(), number(), number());
    let Some(earlier) = sent.get(which % sent.len().max(1)) else {
        return Vec::new();
    };
    let from = from.min(earlier.payload.len());
    let length = length.min(earlier.payload.len() - from);
    earlier.payload[from..from + length].to_vec()
}

fn written(outgoing: &mut Outgoing, keys: &mut Counter) -> Vec<u8> {
    let mut wire = Vec::new();
    while !outgoing.is_empty() {
        let chunk = outgoing.chunk(keys);
        wire.extend_from_slice(chunk);
        let length = chunk.len();
        outgoing.wrote(length);
    }
    wire
}

/// What the other implementation makes of some bytes.
fn inflated(state: &mut InflateState, mut compressed: &[u8]) -> Vec<u8> {
    let mut output = Vec::new();
    loop {
        let mut space = [0; 16 << 10];
        let result = inflate(state, compressed, &mut space, MZFlush::None);
        compressed = &compressed[result.bytes_consumed..];
        output.extend_from_slice(&space[..result.bytes_written]);
        if compressed.is_empty() && result.bytes_written < space.len() {
            return output;
        }
        assert!(result.status.is_ok(), "{:?}", result.status);
    }
}

/// What we compressed, sent by a server, arrives as it was.
fn comes_back(read: &Read, agreed: &PerMessageDeflate) {
    let mut incoming = Incoming::new(usize::MAX, 1);
    incoming.agree(Inflation::new(&PerMessageDeflate {
        server_no_context_takeover: agreed.client_no_context_takeover,
        server_max_window_bits: agreed.client_max_window_bits,
        ..*agreed
    }));
    let wire: Vec<u8> = read
        .messages
        .iter()
        .flat_map(|message| match &message.compressed {
            Some(compressed) => frame(0xc0 | message.opcode, compressed),
            None => frame(0x80 | message.opcode, &message.payload),
        })
        .collect();
    let (received, violation) = seen(incoming, [&wire[..]], 0, |_| {});
    assert_eq!(violation, None);
    assert!(received.iter().eq(&wanted_of(read)));
}

fn wanted_of(read: &Read) -> Vec<Received> {
    let payloads = read.messages.iter().map(|message| &message.payload);
    payloads
        .map(|payload| Received::Message(Message::from(payload.clone())))
        .collect()
}

fn compressed_there(mut choices: Choices<'_>) {
    let agreed = parameters(&mut choices);
    let portions = choices.bytes();
    let mut blocks = Blocks::new();
    let (mut wire, mut wanted, mut violation) = (Vec::new(), Vec::new(), None);
    let mut bytes = 0;
    for _ in 0..MOST_MESSAGES {
        if choices.is_empty() || violation.is_some() || bytes > MOST_BYTES {
            break;
        }
        let kind = choices.byte();
        let opcode = 1 + kind % 2;
        let (payload, refused) = if kind & 2 == 0 {
            if agreed.server_no_context_takeover {
                blocks.forget();
            }
            let message = blocks.message(&mut choices, 1 + (kind >> 2) % 8);
            let sizes = choices.bytes();
            wire.extend(fragments(0x40 | opcode, sizes, &message.compressed));
            (message.payload, message.refused)
        } else {
            let payload = payload(&mut choices);
            wire.extend(frame(0x80 | opcode, &payload));
            (payload, false)
        };
        bytes += payload.len();
        match judged(opcode, payload, refused) {
            Ok(message) => wanted.push(Received::Message(message)),
            Err(fault) => violation = Some(fault),
        }
    }

    let connection = || {
        let mut incoming = Incoming::new(usize::MAX, u32::MAX);
        incoming.agree(Inflation::new(&agreed));
        incoming
    };
    let whole = seen(connection(), [&wire[..]], 0, |_| {});
    assert_eq!(whole.1, violation);
    assert!(whole.0 == wanted, "not what was compressed");
    assert!(whole == seen(connection(), split(portions, &wire), 3, lend_anew));
}

/// The message with this payload, in which something may follow that cannot be inflated.
fn judged(opcode: u8, payload: Vec<u8>, refused: bool) -> Result<Message, Violation> {
    if opcode == 2 {
        return match refused {
            true => Err(Violation::NotDeflate),
            false => Ok(Message::from(payload)),
        };
    }
    match String::from_utf8(payload) {
        // The rest of the last character might have followed.
        Err(error) if refused && error.utf8_error().error_len().is_none() => {
            Err(Violation::NotDeflate)
        }
        Err(_) => Err(Violation::TextNotUtf8),
        Ok(_) if refused => Err(Violation::NotDeflate),
        Ok(text) => Ok(Message::from(text)),
    }
}

/// A message as frames of these sizes, over and over.
fn fragments(first: u8, sizes: &[u8], compressed: &[u8]) -> Vec<u8> {
    if sizes.is_empty() {
        return frame(0x80 | first, compressed);
    }
    let mut wire = Vec::new();
    let mut first = first;
    for part in split(sizes, compressed) {
        wire.extend(frame(first, part));
        first = 0;
    }
    wire.extend(frame(0x80 | first, b""));
    wire
}

/// A frame as a server sends it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len();
    let mut frame = vec![first];
    match length {
        0..126 => frame.push(length as u8),
        126..65_536 => {
            frame.push(126);
            frame.extend((length as u16).to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}
