//! Compressed messages (RFC 7692), made by hand and by another implementation.

use miniz_oxide::MZFlush;
use miniz_oxide::deflate::core::{CompressorOxide, create_comp_flags_from_zip_params};
use miniz_oxide::deflate::stream;

use super::*;
use crate::negotiation::PerMessageDeflate;

const CONTEXT: bool = true;
const NO_CONTEXT: bool = false;

/// (what, whether messages may refer back, bytes from the server, what comes out). The limits are those of the other rules.
type Rule = (&'static str, bool, &'static [u8], &'static [&'static str]);

/// The examples of RFC 7692 7.2.3 and what follows from them. `\xf2\x48\xcd\xc9\xc9\x07\x00` is "Hello", `\xf3…` the same as a
/// final block, and `\xf2\x00\x11\x00\x00` is "Hello" as a reference back to it.
#[rustfmt::skip]
const RULES: &[Rule] = &[
    // 7.2.3.1
    ("a message", CONTEXT, b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00", &["text Hello"]),
    ("a binary", CONTEXT, b"\xc2\x07\xf2\x48\xcd\xc9\xc9\x07\x00", &["binary 48656c6c6f"]),
    ("fragments", CONTEXT, b"\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00", &["text Hello"]),
    ("empty fragments", CONTEXT, b"\x41\x00\x00\x00\x00\x07\xf2\x48\xcd\xc9\xc9\x07\x00\x80\x00", &["text Hello"]),
    ("control frames between fragments", CONTEXT, b"\x41\x03\xf2\x48\xcd\x89\x01p\x8a\x00\x80\x04\xc9\xc9\x07\x00", &["ping 70", "pong", "text Hello"]),
    // 7.2.3.2
    ("a reference to the last message", CONTEXT, b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00", &["text Hello", "text Hello"]),
    ("a reference to a message that was forgotten", NO_CONTEXT, b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00", &["text Hello", "fails NotDeflate"]),
    ("messages without references", NO_CONTEXT, b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00", &["text Hello", "text Hello"]),
    ("what goes uncompressed is not referred to", CONTEXT, b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\x81\x05other\xc1\x05\xf2\x00\x11\x00\x00", &["text Hello", "text other", "text Hello"]),
    ("an uncompressed message in fragments", CONTEXT, b"\x01\x01a\x80\x01b\xc1\x01\x00", &["text ab", "text "]),
    // 7.2.3.3
    ("a stored block", CONTEXT, b"\xc1\x0b\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", &["text Hello"]),
    ("a reference to a stored block", CONTEXT, b"\xc1\x0b\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00\xc1\x05\xf2\x00\x11\x00\x00", &["text Hello", "text Hello"]),
    // 7.2.3.4
    ("a final block", CONTEXT, b"\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00", &["text Hello"]),
    ("a final block at the very end", CONTEXT, b"\xc1\x07\xf3\x48\xcd\xc9\xc9\x07\x00", &["text Hello"]),
    ("a final stored block", CONTEXT, b"\xc1\x0a\x01\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f", &["text Hello"]),
    ("a reference to a final block", CONTEXT, b"\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00\xc1\x05\xf2\x00\x11\x00\x00", &["text Hello", "text Hello"]),
    ("a reference to a final block at the very end", CONTEXT, b"\xc1\x07\xf3\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00", &["text Hello", "text Hello"]),
    ("a reference beyond a final block", CONTEXT, b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x03\x03\x00\x00\xc1\x05\xf2\x00\x11\x00\x00", &["text Hello", "text ", "text Hello"]),
    ("a reference to a final block that was forgotten", NO_CONTEXT, b"\xc1\x07\xf3\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00", &["text Hello", "fails NotDeflate"]),
    ("a stream behind a final block", CONTEXT, b"\xc1\x0e\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x48\xcd\xc9\xc9\x07\x00", &["text HelloHello"]),
    ("a stream behind a final block that refers to it", CONTEXT, b"\xc1\x0c\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x00\x11\x00\x00", &["text HelloHello"]),
    ("the same without context, which messages have within", NO_CONTEXT, b"\xc1\x0c\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x00\x11\x00\x00", &["text HelloHello"]),
    ("final blocks only", NO_CONTEXT, b"\xc1\x0e\xf3\x48\xcd\xc9\xc9\x07\x00\xf3\x48\xcd\xc9\xc9\x07\x00\xc1\x07\xf3\x48\xcd\xc9\xc9\x07\x00", &["text HelloHello", "text Hello"]),
    ("a final block, then an empty fragment", CONTEXT, b"\x41\x07\xf3\x48\xcd\xc9\xc9\x07\x00\x80\x00", &["text Hello"]),
    // 7.2.3.5
    ("two blocks", CONTEXT, b"\xc1\x0d\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", &["text Hello"]),
    ("the tail between two fragments", CONTEXT, b"\x41\x06\xf2\x48\x05\x00\x00\x00\x80\x07\xff\xff\xca\xc9\xc9\x07\x00", &["text Hello"]),
    ("the tail in four fragments", CONTEXT, b"\x41\x05\xf2\x48\x05\x00\x00\x00\x01\x00\x00\x01\xff\x80\x06\xff\xca\xc9\xc9\x07\x00", &["text Hello"]),
    // 7.2.3.6
    ("an empty message", CONTEXT, b"\xc1\x01\x00", &["text "]),
    ("an empty payload", CONTEXT, b"\xc1\x00", &["text "]),
    ("an empty payload in fragments", CONTEXT, b"\x42\x00\x80\x00", &["binary "]),
    ("empty messages between references", CONTEXT, b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc2\x00\xc2\x01\x00\xc1\x05\xf2\x00\x11\x00\x00", &["text Hello", "binary ", "binary ", "text Hello"]),
    ("an empty final block", NO_CONTEXT, b"\xc1\x02\x03\x00\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00", &["text ", "text Hello"]),
    // 6
    ("RSV1 on a ping", CONTEXT, b"\xc9\x00", &["fails MisplacedRsv1"]),
    ("RSV1 on a pong", CONTEXT, b"\xca\x00", &["fails MisplacedRsv1"]),
    ("RSV1 on a close", CONTEXT, b"\xc8\x00", &["fails MisplacedRsv1"]),
    ("RSV1 on a continuation", CONTEXT, b"\x41\x00\x40\x00", &["fails MisplacedRsv1"]),
    ("RSV1 on the last continuation", CONTEXT, b"\x01\x00\xc0\x00", &["fails MisplacedRsv1"]),
    ("RSV1 with a reserved opcode", CONTEXT, b"\xc3\x00", &["fails ReservedOpcode(3)"]),
    ("RSV2", CONTEXT, b"\xa1\x00", &["fails ReservedBits"]),
    ("RSV3", CONTEXT, b"\x91\x00", &["fails ReservedBits"]),
    ("RSV1 and RSV2", CONTEXT, b"\xe1\x00", &["fails ReservedBits"]),
    ("a masked frame", CONTEXT, b"\xc1\x81\x00\x00\x00\x00\x00", &["fails MaskedFrame"]),
    ("a message inside another", CONTEXT, b"\x41\x00\xc1\x01\x00", &["fails DataInsideMessage"]),
    // What does not inflate
    ("a reserved kind of block", CONTEXT, b"\xc1\x01\x07", &["fails NotDeflate"]),
    ("a reserved kind of block that is not the last", CONTEXT, b"\x41\x01\x06", &["fails NotDeflate"]),
    ("a stored block whose lengths differ", CONTEXT, b"\xc1\x05\x00\x05\x00\xfb\xff", &["fails NotDeflate"]),
    ("a reference to before the first byte", CONTEXT, b"\xc1\x05\xf2\x00\x11\x00\x00", &["fails NotDeflate"]),
    ("a message that ends within a stored block", CONTEXT, b"\xc1\x03\x00\x05\x00", &["fails NotDeflate"]),
    ("a bad stream behind a final block", CONTEXT, b"\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x07", &["fails NotDeflate"]),
    // 8.1 of RFC 6455, once inflated
    ("a bad text", CONTEXT, b"\xc1\x08\x00\x02\x00\xfd\xff\xc3\x28\x00", &["fails TextNotUtf8"]),
    ("a text that ends within a character", CONTEXT, b"\xc1\x08\x00\x02\x00\xfd\xff\xe2\x82\x00", &["fails TextNotUtf8"]),
    ("a character cut by blocks and fragments", CONTEXT, b"\x41\x07\x00\x02\x00\xfd\xff\xe2\x82\x80\x07\x00\x01\x00\xfe\xff\xac\x00", &["text \u{20ac}"]),
    ("a character cut by fragments and not continued", CONTEXT, b"\x41\x07\x00\x02\x00\xfd\xff\xe2\x82\x80\x01\x00", &["fails TextNotUtf8"]),
    ("bytes in a binary are not text", CONTEXT, b"\xc2\x08\x00\x02\x00\xfd\xff\xc3\x28\x00", &["binary c328"]),
    ("a bad text before what does not inflate", CONTEXT, b"\xc1\x08\x00\x02\x00\xfd\xff\xc3\x28\x07", &["fails TextNotUtf8"]),
    ("a text that may go on before what does not inflate", CONTEXT, b"\xc1\x08\x00\x02\x00\xfd\xff\xe2\x82\x07", &["fails NotDeflate"]),
    // Our limits
    ("201 bytes before what does not inflate", CONTEXT, b"\xc2\x0b\x4a\x4c\x1c\x26\x00\x00\x00\x00\xff\xff\x07", &["fails MessageTooBig { limit: 200 }"]),
    ("201 bytes of which the first is no text", CONTEXT, b"\xc1\x07\xfa\xff\x7f\x98\x00\x00\x00", &["fails TextNotUtf8"]),
    ("201 bytes of which the last is no text", CONTEXT, b"\xc1\x09\x4a\x4c\x1c\x1e\xe0\x3f\x0c\x00\x00", &["fails MessageTooBig { limit: 200 }"]),
    ("a compressed length without bounds", CONTEXT, b"\xc2\x7f\x00\x00\x00\x00\x00\x01\x00\x00", &["fails MessageTooBig { limit: 200 }"]),
    ("2^63 - 1 bytes", CONTEXT, b"\xc2\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", &["fails MessageTooBig { limit: 200 }"]),
    ("twice the limit and 1025 bytes in fragments", CONTEXT, b"\x42\x01\x00\x80\x7e\x05\x90", &["fails MessageTooBig { limit: 200 }"]),
    ("five fragments", CONTEXT, b"\x42\x00\x00\x00\x00\x00\x00\x00\x80\x00", &["fails TooManyFragments { limit: 4 }"]),
];

#[test]
fn every_rule_holds_however_the_bytes_are_split() {
    let mut splits = 0;
    for &(what, context, bytes, wanted) in RULES {
        let receive = |portions: Vec<&[u8]>| receive_by(deflating(200, context), portions);
        assert_eq!(receive(vec![bytes]), wanted, "{what}, whole");
        let single = bytes.chunks(1).collect();
        assert_eq!(receive(single), wanted, "{what}, byte by byte");
        for at in 1..bytes.len() {
            let (left, right) = bytes.split_at(at);
            let halves = vec![left, right];
            assert_eq!(receive(halves), wanted, "{what}, split at {at}");
        }
        splits += bytes.len() + 1;
    }
    println!("{} rules, fed in {splits} ways", RULES.len());
}

#[test]
fn each_violation_has_the_close_code_of_its_kind() {
    let limit = 1;
    for (violation, code) in [
        (Violation::NotDeflate, 1002),
        (Violation::MisplacedRsv1, 1002),
        (Violation::ReservedBits, 1002),
        (Violation::TextNotUtf8, 1007),
        (Violation::MessageTooBig { limit }, 1009),
    ] {
        assert_eq!(violation.close_code(), code);
    }
}

#[test]
fn compressed_text_fails_at_the_first_byte_that_makes_it_invalid() {
    for text in [
        b"\x80".as_slice(),
        b"a\xff",
        b"\xc3\x28",
        b"\xe0\x9f",
        b"\xed\xa0",
        b"\xf4\x90",
        b"\xce\xba\xe1\xbd\xb9\xf4\x90",
    ] {
        for first in [0xc1, 0x41] {
            // A stored block and a frame, both announced with 100 bytes.
            let mut incoming = deflating(200, CONTEXT);
            feed(&mut incoming, &[first, 105, 0, 100, 0, 0xff - 100, 0xff]);
            let (&last, good) = text.split_last().unwrap();
            for &byte in good {
                feed(&mut incoming, &[byte]);
                assert_eq!(incoming.next(), Ok(None), "{text:x?}");
            }
            feed(&mut incoming, &[last]);
            assert_eq!(incoming.next(), Err(Violation::TextNotUtf8), "{text:x?}");
        }
    }
}

#[test]
fn the_limit_is_for_the_inflated_message_and_taken_to_the_byte() {
    for (size, opcode) in [
        (199, 1),
        (200, 1),
        (201, 1),
        (200, 2),
        (201, 2),
        (100_000, 2),
    ] {
        let payload = "x".repeat(size);
        let wanted = match (size, opcode) {
            (..=200, 1) => format!("text {payload}"),
            (..=200, _) => format!("binary {}", "78".repeat(size)),
            _ => "fails MessageTooBig { limit: 200 }".to_owned(),
        };
        let bytes = Server::new(CONTEXT, 6).frame(opcode, payload.as_bytes());
        let single = bytes.chunks(1).collect::<Vec<_>>();
        for portions in [vec![&bytes[..]], single] {
            assert_eq!(receive_by(deflating(200, CONTEXT), portions), [&*wanted]);
        }
    }
    // Stored, a message of the limit is longer than the limit.
    let bytes = Server::new(CONTEXT, 0).frame(2, &[0xff; 200]);
    assert!(bytes.len() > 205);
    assert_eq!(receive_by(deflating(200, CONTEXT), [&bytes[..]]).len(), 1);
}

#[test]
fn a_bomb_costs_no_more_memory_than_the_limit() {
    let limit = 1 << 20;
    let mut server = Server::new(CONTEXT, 9);
    let [first, second, third] = [(); 3].map(|()| {
        let mebibyte = server.message(&[&vec![b' '; 1 << 20]]);
        [&mebibyte, b"\x00\x00\xff\xff".as_slice()].concat()
    });
    assert!(second == third);
    // 1 GiB from about 1 MiB.
    let payload = [first, second.repeat(1023)].concat();
    assert!(
        (1 << 19..1 << 21).contains(&payload.len()),
        "{}",
        payload.len()
    );
    for first in [0xc1, 0xc2] {
        let bomb = raw_frame(first, &payload);
        let mut incoming = deflating(limit, CONTEXT);
        let outcome = bomb.chunks(100).find_map(|portion| {
            feed(&mut incoming, portion);
            let outcome = incoming.next();
            let held = match &incoming.message {
                Partial::Text(text) => text.capacity(),
                Partial::Binary(bytes) => bytes.capacity(),
                other => panic!("{other:?}"),
            };
            assert!(held <= limit && incoming.input.capacity() <= BUFFER);
            outcome.err()
        });
        assert_eq!(outcome, Some(Violation::MessageTooBig { limit }));
    }
}

#[test]
fn another_implementations_messages_arrive_as_they_were() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for round in 0..60 {
        let context = random.below(2) == 0;
        let mut server = Server::new(context, random.below(11) as u8);
        let mut incoming = deflating(1 << 20, context);
        let (mut wire, mut wanted) = (Vec::new(), Vec::new());
        for _ in 0..random.below(20) {
            let payload = random.text();
            let opcode = 1 + random.below(2) as u8;
            match random.below(4) {
                0 => wire.extend(frame(0x80 | opcode, &payload)),
                1 => wire.extend(server.frame(opcode, payload.as_bytes())),
                _ => wire.extend(server.fragments(opcode, payload.as_bytes(), &mut random)),
            }
            wanted.push(Received::Message(match opcode {
                1 => Message::from(payload),
                _ => Message::from(payload.into_bytes()),
            }));
        }
        let mut received = Vec::new();
        let mut rest = &wire[..];
        while !rest.is_empty() {
            let most = [5, 1_000, 100_000][random.below(3)];
            let (portion, behind) = rest.split_at(rest.len().min(1 + random.below(most)));
            rest = behind;
            let no_ping = |one: &Received| !matches!(one, Received::Ping(_));
            let all = feed_all(&mut incoming, portion).unwrap();
            received.extend(all.into_iter().filter(no_ping));
        }
        for (at, (received, wanted)) in received.iter().zip(&wanted).enumerate() {
            assert!(received == wanted, "message {at} of round {round}");
        }
        assert_eq!(received.len(), wanted.len());
        assert!(incoming.is_idle());
    }
}

#[test]
fn a_spoiled_stream_ends_in_a_message_or_in_a_named_violation() {
    let mut random = Random(0x0123_4567_89ab_cdef);
    let limit = 10_000;
    let (mut messages, mut violations) = (0, 0);
    for round in 0..4_000 {
        let context = random.below(2) == 0;
        let mut server = Server::new(context, random.below(11) as u8);
        let mut incoming = deflating(limit, context);
        for _ in 0..3 {
            let payload = random.text();
            let mut compressed = server.message(&[&payload.as_bytes()[..payload.len().min(2_000)]]);
            for _ in 0..random.below(4) {
                if !compressed.is_empty() {
                    let at = random.below(compressed.len());
                    compressed[at] ^= 1 << random.below(8);
                }
            }
            compressed.truncate(compressed.len() - random.below(compressed.len() / 8 + 1));
            match feed_all(&mut incoming, &raw_frame(0xc2, &compressed)) {
                Ok(received) => {
                    let size = |one: &Received| match one {
                        Received::Message(message) => message.len(),
                        other => panic!("{other:?}"),
                    };
                    assert!(received.len() == 1 && received.iter().all(|one| size(one) <= limit));
                    messages += 1;
                }
                Err(Violation::NotDeflate | Violation::MessageTooBig { .. }) => {
                    violations += 1;
                    break;
                }
                Err(other) => panic!("{other:?} in round {round}"),
            }
        }
    }
    assert!(
        messages > 100 && violations > 100,
        "{messages}, {violations}"
    );
}

#[test]
fn references_reach_back_over_the_whole_window() {
    /// A block that repeats 258 bytes at a distance of 32,768.
    const REFERENCE: [u8; 7] = *b"\xc2\x05\x1a\xbd\xff\x1f\x00";
    const FINAL: [u8; 4] = *b"\xc2\x02\x03\x00";

    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let unique: Vec<u8> = (0..40_000).map(|_| random.below(256) as u8).collect();
    for final_block in [false, true] {
        for length in [100, 32_767, 32_768, 32_769, 33_000, 40_000] {
            let mut bytes = Server::new(CONTEXT, 0).frame(2, &unique[..length]);
            if final_block {
                bytes.extend(FINAL);
            }
            bytes.extend(REFERENCE);
            let received = feed_all(&mut deflating(1 << 20, CONTEXT), &bytes);
            match length.checked_sub(32_768) {
                None => assert_eq!(received, Err(Violation::NotDeflate)),
                Some(start) => {
                    let referred = unique[start..].iter().chain(&unique[start..length]);
                    let wanted: Vec<u8> = referred.copied().take(258).collect();
                    let wanted = Received::Message(Message::from(wanted));
                    assert!(received.unwrap().last() == Some(&wanted), "{length}");
                }
            }
        }
    }
}

#[test]
fn a_final_block_leaves_the_window_as_it_was() {
    /// A final block that repeats 4 bytes from 1,280 back, and then a block that repeats 3 from 32,768 back.
    const REFERENCES: [u8; 11] = *b"\xc2\x09\x03\x95\x7f\x00\x02\xde\xff\x0f\x00";

    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let unique: Vec<u8> = (0..90_000).map(|_| random.below(256) as u8).collect();
    for length in (32_768..90_000).step_by(509) {
        let history = &unique[..length];
        let bytes = [Server::new(CONTEXT, 0).frame(2, history), REFERENCES.into()].concat();
        let received = feed_all(&mut deflating(1 << 20, CONTEXT), &bytes).unwrap();
        let near = &history[length - 1_280..][..4];
        let far = &history[length + 4 - 32_768..][..3];
        let wanted = Received::Message(Message::from([near, far].concat()));
        assert_eq!(received.last(), Some(&wanted), "{length}");
    }
}

#[test]
fn a_state_is_made_on_first_use_and_kept_only_for_a_context() {
    let hello = b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00";
    for context in [CONTEXT, NO_CONTEXT] {
        let mut incoming = deflating(200, context);
        assert_eq!(incoming.needs_inflater(), !context);
        assert!(incoming.release_inflater().is_none());
        feed_all(&mut incoming, b"\x81\x05plain").unwrap();
        assert!(incoming.release_inflater().is_none(), "a state too early");

        // Not within a message, be it between two fragments.
        feed_all(&mut incoming, b"\x41\x03\xf2\x48\xcd").unwrap();
        assert!(!incoming.needs_inflater() && incoming.release_inflater().is_none());
        feed_all(&mut incoming, b"\x80\x04\xc9\xc9\x07\x00").unwrap();
        assert_eq!(incoming.release_inflater().is_some(), !context);
        assert_eq!(incoming.needs_inflater(), !context);
        assert_eq!(render(feed_all(&mut incoming, hello)), ["text Hello"]);
    }
    let mut incoming = incoming();
    assert!(!incoming.needs_inflater() && incoming.release_inflater().is_none());
}

#[test]
fn a_state_that_was_lent_knows_nothing_of_where_it_was() {
    let mut first = deflating(200, NO_CONTEXT);
    feed_all(&mut first, b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00").unwrap();
    let mut second = deflating(200, NO_CONTEXT);
    second.lend_inflater(first.release_inflater().unwrap());
    let back = b"\xc1\x05\xf2\x00\x11\x00\x00";
    assert_eq!(feed_all(&mut second, back), Err(Violation::NotDeflate));
}

#[test]
fn after_our_close_compressed_messages_are_skipped_and_their_state_is_dropped() {
    let bytes = b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\x41\x01\x07\x89\x01p\x80\x01\x07\xc1\x01\x07\x88\x00";
    for at in 0..8 {
        let mut incoming = deflating(200, CONTEXT);
        assert_eq!(feed_all(&mut incoming, &bytes[..at]), Ok(vec![]));
        incoming.ignore_messages();
        assert_eq!(
            render(feed_all(&mut incoming, &bytes[at..])),
            ["ping 70", "close none "],
            "after {at} bytes"
        );
        assert!(matches!(incoming.message, Partial::None));
    }
}

fn deflating(limit: usize, context: bool) -> Incoming {
    let mut incoming = Incoming::new(limit, 4);
    incoming.agree(Inflation::new(&PerMessageDeflate {
        server_no_context_takeover: !context,
        ..PerMessageDeflate::default()
    }));
    incoming
}

/// A server that compresses with another implementation.
struct Server {
    compressor: CompressorOxide,
    context: bool,
    level: u8,
}

impl Server {
    fn new(context: bool, level: u8) -> Self {
        // Negative: without a header. The window is the largest one.
        let flags = create_comp_flags_from_zip_params(level.into(), -15, 0);
        Server {
            compressor: CompressorOxide::new(flags),
            context,
            level,
        }
    }

    fn frame(&mut self, opcode: u8, payload: &[u8]) -> Vec<u8> {
        let compressed = self.message(&[payload]);
        raw_frame(0xc0 | opcode, &compressed)
    }

    /// At most four fragments, of a payload that was flushed anywhere.
    fn fragments(&mut self, opcode: u8, payload: &[u8], random: &mut Random) -> Vec<u8> {
        let (left, right) = payload.split_at(random.below(payload.len() + 1));
        let compressed = self.message(&[left, right]);
        let mut cuts = [0; 3].map(|_| random.below(compressed.len() + 1));
        cuts.sort_unstable();
        let [a, b, c] = cuts;
        [
            raw_frame(0x40 | opcode, &compressed[..a]),
            raw_frame(0x00, &compressed[a..b]),
            b"\x89\x00".to_vec(),
            raw_frame(0x00, &compressed[b..c]),
            raw_frame(0x80, &compressed[c..]),
        ]
        .concat()
        .into_iter()
        .collect()
    }

    fn message(&mut self, pieces: &[&[u8]]) -> Vec<u8> {
        if !self.context {
            *self = Server::new(false, self.level);
        }
        let mut output = Vec::new();
        for mut piece in pieces.iter().copied() {
            loop {
                let mut space = [0; 4096];
                let result =
                    stream::deflate(&mut self.compressor, piece, &mut space, MZFlush::Sync);
                piece = &piece[result.bytes_consumed..];
                output.extend(&space[..result.bytes_written]);
                if piece.is_empty() && result.bytes_written < space.len() {
                    break;
                }
            }
        }
        match output.strip_suffix(b"\x00\x00\xff\xff") {
            Some(output) => output.to_vec(),
            None => output,
        }
    }
}

fn raw_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len();
    let mut frame = frame(first, &"x".repeat(length));
    frame.truncate(frame.len() - length);
    frame.extend(payload);
    frame
}

/// Xorshift: the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    /// Text of any length that compresses well, badly or not at all.
    fn text(&mut self) -> String {
        let length = [0, 10, 1_000, 50_000][self.below(4)];
        let length = self.below(length + 1);
        let alphabet = 1 + self.below(900);
        (0..length)
            .map(|_| char::from_u32(0x20 + self.below(alphabet) as u32).unwrap_or('?'))
            .collect()
    }
}
