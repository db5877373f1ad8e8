#[cfg(feature = "deflate")]
mod deflate;
mod memory;

use bytes::BufMut;
use bytes::buf::Limit;

use super::buffer::{AFTER_LARGE, BUFFER, ROOM};
use super::*;
use crate::protocol::frame::LONGEST_HEADER;

/// (what, bytes from the server, what comes out). The limits are 200 bytes and 4 fragments a message.
type Rule = (&'static str, &'static [u8], &'static [&'static str]);

#[rustfmt::skip]
const RULES: &[Rule] = &[
    // 5.6 Data frames
    ("a text", b"\x81\x02hi", &["text hi"]),
    ("a text with every length of character", b"\x81\x0aa\xc2\xa2\xe2\x82\xac\xf0\x90\x8d\x88", &["text a\u{a2}\u{20ac}\u{10348}"]),
    ("a byte order mark is text", b"\x81\x03\xef\xbb\xbf", &["text \u{feff}"]),
    ("an empty text", b"\x81\x00", &["text "]),
    ("a binary", b"\x82\x03\x00\xff\x80", &["binary 00ff80"]),
    ("an empty binary", b"\x82\x00", &["binary "]),
    ("a message that looks like a frame", b"\x82\x04\x81\x02hi", &["binary 81026869"]),
    ("several messages", b"\x81\x01a\x82\x01b\x81\x01c", &["text a", "binary 62", "text c"]),
    // 5.4 Fragmentation
    ("a text in two fragments", b"\x01\x02he\x80\x01y", &["text hey"]),
    ("a binary in four fragments", b"\x02\x01\x01\x00\x01\x02\x00\x01\x03\x80\x01\x04", &["binary 01020304"]),
    ("empty fragments", b"\x01\x00\x00\x00\x80\x00", &["text "]),
    ("an empty last fragment", b"\x02\x01a\x80\x00", &["binary 61"]),
    ("a character cut by fragments", b"\x01\x01\xf0\x00\x01\x9f\x00\x01\x98\x80\x01\x80", &["text \u{1f600}"]),
    ("a message after a fragmented one", b"\x01\x01a\x80\x01b\x82\x01c", &["text ab", "binary 63"]),
    ("control frames between fragments", b"\x01\x01a\x89\x01p\x00\x01b\x8a\x00\x80\x01c", &["ping 70", "pong", "text abc"]),
    ("a close between fragments", b"\x01\x01a\x88\x00", &["close none "]),
    ("a continuation first", b"\x80\x01a", &["fails ContinuationWithoutStart"]),
    ("a continuation after a whole message", b"\x81\x01a\x00\x01b", &["text a", "fails ContinuationWithoutStart"]),
    ("a continuation after the last one", b"\x01\x01a\x80\x01b\x80\x01c", &["text ab", "fails ContinuationWithoutStart"]),
    ("a whole message inside another", b"\x01\x01a\x81\x01b", &["fails DataInsideMessage"]),
    ("a fragment of another message inside one", b"\x02\x01a\x02\x01b", &["fails DataInsideMessage"]),
    ("a message inside one that is empty so far", b"\x01\x00\x82\x00", &["fails DataInsideMessage"]),
    // 5.2 Base framing
    ("RSV1", b"\xc1\x00", &["fails ReservedBits"]),
    ("RSV2", b"\xa1\x00", &["fails ReservedBits"]),
    ("RSV3", b"\x91\x00", &["fails ReservedBits"]),
    ("RSV1 on a control frame", b"\xc9\x00", &["fails ReservedBits"]),
    ("RSV1 on a continuation", b"\x01\x00\xc0\x00", &["fails ReservedBits"]),
    ("opcode 3", b"\x83\x00", &["fails ReservedOpcode(3)"]),
    ("opcode 4", b"\x84\x00", &["fails ReservedOpcode(4)"]),
    ("opcode 5", b"\x85\x00", &["fails ReservedOpcode(5)"]),
    ("opcode 6", b"\x86\x00", &["fails ReservedOpcode(6)"]),
    ("opcode 7", b"\x87\x00", &["fails ReservedOpcode(7)"]),
    ("opcode 11", b"\x8b\x00", &["fails ReservedOpcode(11)"]),
    ("opcode 12", b"\x8c\x00", &["fails ReservedOpcode(12)"]),
    ("opcode 13", b"\x8d\x00", &["fails ReservedOpcode(13)"]),
    ("opcode 14", b"\x8e\x00", &["fails ReservedOpcode(14)"]),
    ("opcode 15", b"\x8f\x00", &["fails ReservedOpcode(15)"]),
    ("a masked text", b"\x81\x81\x01\x02\x03\x04a", &["fails MaskedFrame"]),
    ("a masked ping", b"\x89\x80\x01\x02\x03\x04", &["fails MaskedFrame"]),
    ("125 in 16 bits", b"\x82\x7e\x00\x7d", &["fails NonMinimalLength"]),
    ("0 in 16 bits", b"\x82\x7e\x00\x00", &["fails NonMinimalLength"]),
    ("65535 in 64 bits", b"\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff", &["fails NonMinimalLength"]),
    ("125 in 64 bits", b"\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x7d", &["fails NonMinimalLength"]),
    ("2^63", b"\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00", &["fails LengthTopBit"]),
    ("2^63 with a small rest", b"\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x01", &["fails LengthTopBit"]),
    // 5.5 Control frames
    ("an empty ping", b"\x89\x00", &["ping "]),
    ("a ping", b"\x89\x03abc", &["ping 616263"]),
    ("a pong nobody asked for", b"\x8a\x03abc\x81\x01x", &["pong", "text x"]),
    ("a ping of 126 bytes", b"\x89\x7e\x00\x7e", &["fails LongControl"]),
    ("a pong of 126 bytes", b"\x8a\x7e\x00\x7e", &["fails LongControl"]),
    ("a close of 65536 bytes", b"\x88\x7f\x00\x00\x00\x00\x00\x01\x00\x00", &["fails LongControl"]),
    ("a fragmented ping", b"\x09\x00", &["fails FragmentedControl"]),
    ("a fragmented pong", b"\x0a\x00", &["fails FragmentedControl"]),
    ("a fragmented close", b"\x08\x00", &["fails FragmentedControl"]),
    // 5.5.1 Close
    ("a close without a body", b"\x88\x00", &["close none "]),
    ("a close with a code", b"\x88\x02\x03\xe8", &["close 1000 "]),
    ("a close with a reason", b"\x88\x05\x0b\xb8b\xc3\xbc", &["close 3000 b\u{fc}"]),
    ("what follows a close", b"\x88\x02\x03\xe8\x81\x01a\xff\xff", &["close 1000 "]),
    ("a close of one byte", b"\x88\x01\x03", &["fails CloseOfOneByte"]),
    ("a close with code 1005", b"\x88\x02\x03\xed", &["fails CloseCode(1005)"]),
    ("a close with code 1006", b"\x88\x02\x03\xee", &["fails CloseCode(1006)"]),
    ("a close with code 999", b"\x88\x02\x03\xe7", &["fails CloseCode(999)"]),
    ("a close with code 5000", b"\x88\x02\x13\x88", &["fails CloseCode(5000)"]),
    ("a close with a bad reason", b"\x88\x04\x03\xe8\xc3\x28", &["fails CloseReasonNotUtf8"]),
    ("a close whose reason is cut", b"\x88\x04\x03\xe8\xe2\x82", &["fails CloseReasonNotUtf8"]),
    // 8.1 UTF-8
    ("a bad text", b"\x81\x02a\xff", &["fails TextNotUtf8"]),
    ("a bad text whose last byte is still to come", b"\x81\x03a\xff", &["fails TextNotUtf8"]),
    ("a text that ends within a character", b"\x81\x02\xe2\x82", &["fails TextNotUtf8"]),
    ("a bad text after a good one", b"\x81\x02hi\x81\x01\x80", &["text hi", "fails TextNotUtf8"]),
    ("a fragmented text that ends within a character", b"\x01\x02\xe2\x82\x80\x00", &["fails TextNotUtf8"]),
    ("a character cut by fragments and not continued", b"\x01\x02\xe2\x82\x80\x01a", &["fails TextNotUtf8"]),
    ("a fragment that is bad by itself", b"\x01\x01a\x00\x01\xc0", &["fails TextNotUtf8"]),
    ("an overlong character", b"\x81\x02\xc0\xaf", &["fails TextNotUtf8"]),
    ("a surrogate", b"\x81\x03\xed\xa0\x80", &["fails TextNotUtf8"]),
    ("above U+10FFFF", b"\x81\x04\xf4\x90\x80\x80", &["fails TextNotUtf8"]),
    ("bytes in a binary are not text", b"\x82\x02\xc0\xaf\x02\x01\xff\x80\x01\xfe", &["binary c0af", "binary fffe"]),
    // Our limits
    ("201 bytes", b"\x82\x7e\x00\xc9", &["fails MessageTooBig { limit: 200 }"]),
    ("201 bytes of text", b"\x81\x7e\x00\xc9", &["fails MessageTooBig { limit: 200 }"]),
    ("2^63 - 1 bytes", b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", &["fails MessageTooBig { limit: 200 }"]),
    ("2^32 bytes", b"\x82\x7f\x00\x00\x00\x01\x00\x00\x00\x00", &["fails MessageTooBig { limit: 200 }"]),
    ("201 bytes in fragments", b"\x02\x01a\x80\x7e\x00\xc8", &["fails MessageTooBig { limit: 200 }"]),
    ("2^63 bytes in fragments", b"\x02\x01a\x80\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", &["fails MessageTooBig { limit: 200 }"]),
    ("the limit is of one message", b"\x02\x01a\x80\x01b\x02\x01a\x00\x00\x00\x00\x80\x00", &["binary 6162", "binary 61"]),
    ("five fragments", b"\x02\x00\x00\x00\x00\x00\x00\x00\x80\x00", &["fails TooManyFragments { limit: 4 }"]),
];

#[test]
fn every_rule_holds_however_the_bytes_are_split() {
    let mut splits = 0;
    for &(what, bytes, wanted) in RULES {
        assert_eq!(receive([bytes]), wanted, "{what}, whole");
        assert_eq!(receive(bytes.chunks(1)), wanted, "{what}, byte by byte");
        for at in 1..bytes.len() {
            let (left, right) = bytes.split_at(at);
            assert_eq!(receive([left, right]), wanted, "{what}, split at {at}");
        }
        splits += bytes.len() + 1;
    }
    println!("{} rules, fed in {splits} ways", RULES.len());
}

#[test]
fn text_fails_at_the_first_byte_that_makes_it_invalid() {
    // Each text is announced with 100 bytes; the last byte shown is the one that must not be waited beyond.
    for text in [
        b"\x80".as_slice(),
        b"a\xff",
        b"\xc3\x28",
        b"\xc1",
        b"\xe0\x9f",
        b"\xed\xa0",
        b"\xf0\x8f",
        b"\xf4\x90",
        b"\xf5",
        b"\xe2\x82\x28",
        b"\xf0\x9f\x98\x28",
        b"\xf4\x8f\xbf\xbf\xe1\x80\xed",
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90",
    ] {
        for header in [[0x81, 100], [0x01, 100]] {
            let mut incoming = incoming();
            let (&last, good) = text.split_last().unwrap();
            feed(&mut incoming, &header);
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
fn sizes_on_both_sides_of_every_boundary_arrive_in_any_portions() {
    let sizes = [
        0, 1, 125, 126, 127, 256, 257, 16_383, 16_384, 65_535, 65_536, 65_537, 300_000,
    ];
    for (size, opcode, portion) in sizes
        .iter()
        .flat_map(|size| [(*size, 1), (*size, 2)])
        .flat_map(|(size, opcode)| {
            [1_447, 65_536, 70_001, usize::MAX].map(|portion| (size, opcode, portion))
        })
    {
        let payload: String = ('a'..='z').cycle().take(size).collect();
        // Twice, as the second frame meets the buffer as the first one left it; and in three fragments.
        let mut bytes = [
            frame(0x80 | opcode, &payload),
            frame(0x80 | opcode, &payload),
        ]
        .concat();
        let (a, b) = (&payload[..size / 3], &payload[size / 3..]);
        bytes.extend([frame(opcode, a), frame(0, b), frame(0x80, "")].concat());
        bytes.extend(b"\x89\x01p");

        let mut incoming = Incoming::new(size, 3);
        let received: Vec<_> = bytes
            .chunks(portion.min(bytes.len()))
            .flat_map(|portion| feed_all(&mut incoming, portion).unwrap())
            .collect();
        let message = Received::Message(match opcode {
            1 => Message::from(payload),
            _ => Message::from(payload.into_bytes()),
        });
        let ping = Received::Ping(ControlPayload::new(b"p").unwrap());
        assert!(
            received == [message.clone(), message.clone(), message, ping],
            "{size} bytes, opcode {opcode}, portions of {portion}"
        );
        assert!(incoming.is_idle());
    }
}

#[test]
fn the_longest_control_frames_are_125_bytes() {
    let longest = "x".repeat(125);
    assert_eq!(
        receive([frame(0x89, &longest).as_slice(), &frame(0x8a, &longest)]),
        [format!("ping {}", "78".repeat(125)), "pong".to_owned()]
    );
    let body = [b"\x03\xe8".as_slice(), &[b'x'; 123]].concat();
    let close = [b"\x88\x7d".as_slice(), &body].concat();
    assert_eq!(
        receive([close.as_slice()]),
        [format!("close 1000 {}", "x".repeat(123))]
    );
}

#[test]
fn a_message_of_just_the_limit_is_taken() {
    let bytes = [
        frame(0x82, &"a".repeat(200)),
        frame(0x02, &"b".repeat(150)),
        frame(0x80, &"c".repeat(50)),
    ];
    assert_eq!(receive(bytes.iter().map(Vec::as_slice)).len(), 2);
    assert_eq!(
        receive([b"\x02\x00\x00\x00\x00\x00\x80\x00".as_slice()]),
        ["binary "]
    );
}

#[test]
fn short_messages_are_held_against_a_small_limit_too() {
    for limit in [0, 1, 5, 124, 125, 126] {
        for kind in [0x81, 0x82] {
            let receive = |length| {
                let bytes = frame(kind, &"a".repeat(length));
                receive_by(Incoming::new(limit, 1), [bytes.as_slice()])
            };
            assert!(!receive(limit)[0].starts_with("fails"));
            let wanted = format!("fails MessageTooBig {{ limit: {limit} }}");
            assert_eq!(receive(limit + 1), [wanted]);
        }
    }
}

#[test]
fn what_came_behind_a_message_that_is_skipped_is_kept() {
    let mut incoming = incoming();
    feed(&mut incoming, b"\x82\x03a");
    assert_eq!(incoming.next(), Ok(None));
    feed(&mut incoming, b"bc\x89\x01p\x88");
    incoming.ignore_messages();
    assert_eq!(render(drain(&mut incoming)), ["ping 70"]);
    assert_eq!(render(feed_all(&mut incoming, b"\x00")), ["close none "]);
}

#[test]
fn after_our_close_messages_are_skipped_and_the_rest_is_not() {
    let bytes = [
        frame(0x82, &"b".repeat(150)).as_slice(),
        b"\x89\x01p\x81\x01t\x01\x01\xe2\x8a\x00\x80\x02\x82\xac\x82\x00\x88\x02\x03\xe8",
    ]
    .concat();
    let all = receive([bytes.as_slice()]);
    assert_eq!(all.len(), 7);
    let no_message = |one: &&String| !one.starts_with("text") && !one.starts_with("binary");
    for at in 0..=bytes.len() {
        for decoded_before in [true, false] {
            let mut incoming = incoming();
            let mut received = Vec::new();
            feed(&mut incoming, &bytes[..at]);
            if decoded_before {
                received = render(drain(&mut incoming));
            }
            let mut wanted = received.clone();
            wanted.extend(all[received.len()..].iter().filter(no_message).cloned());

            incoming.ignore_messages();
            received.extend(render(drain(&mut incoming)));
            if !received.iter().any(|one| one.starts_with("close")) {
                received.extend(render(feed_all(&mut incoming, &bytes[at..])));
            }
            assert_eq!(
                received, wanted,
                "after {at} bytes, decoded before: {decoded_before}"
            );
        }
    }
}

#[test]
fn what_is_skipped_is_not_kept_and_not_validated_but_its_frames_are_checked() {
    for (bytes, wanted) in [
        (b"\x81\x02\xc3\x28\x89\x00".as_slice(), "ping "),
        (b"\x01\x01\x80\x80\x00\x89\x00", "ping "),
        (b"\x82\x7e\x00\xc9", "fails MessageTooBig { limit: 200 }"),
        (b"\x01\x00\x81\x00", "fails DataInsideMessage"),
        (b"\x80\x00", "fails ContinuationWithoutStart"),
        (b"\x81\x81", "fails MaskedFrame"),
    ] {
        let mut incoming = incoming();
        incoming.ignore_messages();
        assert_eq!(render(feed_all(&mut incoming, bytes)), [wanted]);
    }
    let mut incoming = Incoming::new(1 << 30, 1);
    incoming.ignore_messages();
    for portion in frame(0x82, &"x".repeat(1 << 20)).chunks(10_000) {
        feed_all(&mut incoming, portion).unwrap();
        assert!(incoming.is_idle() && incoming.input.capacity() == BUFFER);
    }
    assert!(matches!(incoming.message, Partial::None));
}

fn incoming() -> Incoming {
    Incoming::new(200, 4)
}

/// A frame from a server, with the shortest length.
fn frame(first: u8, payload: &str) -> Vec<u8> {
    let length = payload.len();
    let mut frame = vec![first];
    match length {
        0..=125 => frame.push(length as u8),
        126..=65_535 => frame.extend([&[126], &(length as u16).to_be_bytes()[..]].concat()),
        _ => frame.extend([&[127], &(length as u64).to_be_bytes()[..]].concat()),
    }
    frame.extend(payload.as_bytes());
    frame
}

/// Appends bytes of which there is space for all.
fn feed(incoming: &mut Incoming, bytes: &[u8]) {
    incoming.space().put_slice(bytes);
}

fn drain(incoming: &mut Incoming) -> Result<Vec<Received>, Violation> {
    let mut received = Vec::new();
    while let Some(one) = incoming.next()? {
        let last = matches!(one, Received::Close(_));
        received.push(one);
        if last {
            break;
        }
    }
    Ok(received)
}

/// Feeds as a driver does: as much as there is space for, then all that comes out of it.
fn feed_all(incoming: &mut Incoming, mut bytes: &[u8]) -> Result<Vec<Received>, Violation> {
    let mut received = drain(incoming)?;
    while !bytes.is_empty() && !matches!(received.last(), Some(Received::Close(_))) {
        let mut space = incoming.space();
        let length = space.chunk_mut().len().min(bytes.len());
        assert!(length > 0, "no space");
        space.put_slice(&bytes[..length]);
        bytes = &bytes[length..];
        received.extend(drain(incoming)?);
    }
    Ok(received)
}

/// What comes out of these bytes under the limits of the rules.
fn receive<'a>(portions: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    receive_by(incoming(), portions)
}

fn receive_by<'a>(
    mut incoming: Incoming,
    portions: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<String> {
    let mut received = Vec::new();
    for portion in portions {
        feed(&mut incoming, portion);
        loop {
            let next = incoming.next();
            let last = matches!(next, Err(_) | Ok(Some(Received::Close(_))));
            let Some(next) = next.transpose() else {
                break;
            };
            received.extend(render(next.map(|one| vec![one])));
            if last {
                return received;
            }
        }
    }
    received
}

fn render(received: Result<Vec<Received>, Violation>) -> Vec<String> {
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let one = |one| match one {
        Received::Message(Message::Text(text)) => format!("text {text}"),
        Received::Message(Message::Binary(bytes)) => format!("binary {}", hex(&bytes)),
        Received::Ping(payload) => format!("ping {}", hex(payload.as_bytes())),
        Received::Pong => "pong".to_owned(),
        Received::Close(CloseFrame { code: None, reason }) => format!("close none {reason}"),
        Received::Close(CloseFrame {
            code: Some(code),
            reason,
        }) => format!("close {code} {reason}"),
    };
    match received {
        Ok(received) => received.into_iter().map(one).collect(),
        Err(violation) => vec![format!("fails {violation:?}")],
    }
}
