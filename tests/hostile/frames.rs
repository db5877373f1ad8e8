//! Every rule of RFC 6455 that a frame can break, in every cut.

use onesocket_test_support::{Frame, opcode};

use crate::breach::{MAX_FRAGMENTS, Rule, break_each, limited};
use crate::client::{MODES, live};
use crate::gate::Gate;
use crate::run::{run, within};

#[test]
fn every_broken_rule_fails_the_connection_with_its_code_however_its_bytes_are_cut() {
    run(async {
        let rules = rules();
        let number = rules.len();
        let count = break_each(&Gate::open().await, "", rules).await;
        println!("{number} broken rules of frames, {count} connections");
    });
}

#[test]
fn a_ping_alone_is_answered_whoever_reads() {
    run(async {
        let gate = Gate::open().await;
        for mode in MODES {
            let what = format!("a ping ({mode:?})");
            let (url, visitor) = gate.invite();
            let peer = async {
                let mut visitor = visitor.await;
                visitor.accept().await;
                visitor.send(&frame(true, 0, opcode::PING, "hi")).await;
                visitor
                    .read_until(|frame| frame.opcode == opcode::PONG)
                    .await;
                visitor.send(&close(1000, b"")).await;
                visitor.read_close().await;
                visitor.end().await;
                visitor.wire()
            };
            let both = async { tokio::join!(peer, live(limited(&url), mode)) };
            let (wire, seen) = within(&what, both).await;
            assert_eq!(wire, ["pong hi", "close 1000", "fin"], "{what}");
            seen.check_clean(&what, mode, &[], 1000, "");
        }
    });
}

fn rules() -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>, code: u16, text: &str| {
        let text = text.to_owned();
        rules.push(Rule {
            name,
            bytes,
            code,
            text,
        });
    };

    for kind in [0, 1, 2, 8, 9, 10] {
        let frame = Frame::new(true, 0, kind, "hi").masked([1, 2, 3, 4]);
        add(
            format!("a masked frame of opcode {kind}"),
            frame.to_bytes(),
            1002,
            "masked frame",
        );
    }
    add(
        "a masked frame without a payload".into(),
        vec![0x81, 0x80, 0, 0, 0, 0],
        1002,
        "masked frame",
    );
    add(
        "a masked frame of 126 bytes".into(),
        masked_header(126),
        1002,
        "masked frame",
    );

    for bits in 1..8 {
        for kind in [0, 1, 2, 8, 9, 10] {
            let name = format!("the reserved bits {bits:03b} on opcode {kind}");
            add(name, frame(true, bits, kind, "hi"), 1002, "reserved bit");
        }
    }
    add(
        "a reserved bit on a fragment".into(),
        [frame(false, 0, 1, "a"), frame(true, 4, 0, "b")].concat(),
        1002,
        "reserved bit",
    );

    for kind in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        let text = format!("reserved opcode {kind:#x}");
        add(
            format!("the opcode {kind}"),
            frame(true, 0, kind, "hi"),
            1002,
            &text,
        );
        add(
            format!("a fragment of opcode {kind}"),
            frame(false, 0, kind, ""),
            1002,
            &text,
        );
        let inside = [frame(false, 0, 1, "a"), frame(true, 0, kind, "")].concat();
        add(
            format!("the opcode {kind} inside a message"),
            inside,
            1002,
            &text,
        );
    }

    for (name, kind) in [("Close", 8), ("Ping", 9), ("Pong", 10)] {
        add(
            format!("a fragmented {name}"),
            frame(false, 0, kind, ""),
            1002,
            "control frame is fragmented",
        );
        add(
            format!("a {name} of 126 bytes"),
            frame(true, 0, kind, [b'x'; 126]),
            1002,
            "longer than 125",
        );
        add(
            format!("a {name} with a 64-bit length"),
            vec![0x80 | kind, 127],
            1002,
            "longer than 125",
        );
        add(
            format!("a {name} with a 16-bit length of 2"),
            vec![0x80 | kind, 126, 0, 2, b'h', b'i'],
            1002,
            "longer than 125",
        );
        let inside = [frame(false, 0, 2, "a"), frame(false, 0, kind, "")].concat();
        add(
            format!("a fragmented {name} inside a message"),
            inside,
            1002,
            "control frame is fragmented",
        );
    }

    for length in [0u16, 1, 125] {
        let bytes = [
            &[0x82, 126],
            &length.to_be_bytes()[..],
            &vec![0; length.into()],
        ]
        .concat();
        add(format!("{length} in 16 bits"), bytes, 1002, "shortest form");
    }
    for length in [0u64, 125, 126, 65535] {
        let bytes = [&[0x81, 127], &length.to_be_bytes()[..]].concat();
        add(format!("{length} in 64 bits"), bytes, 1002, "shortest form");
    }
    for length in [1u64 << 63, u64::MAX, (1 << 63) + 5] {
        let bytes = [&[0x82, 127], &length.to_be_bytes()[..]].concat();
        add(format!("a length of {length:#x}"), bytes, 1002, "top bit");
    }

    for fin in [true, false] {
        add(
            format!("a continuation of nothing, fin {fin}"),
            frame(fin, 0, 0, "hi"),
            1002,
            "continuation",
        );
        add(
            format!("an empty continuation of nothing, fin {fin}"),
            frame(fin, 0, 0, ""),
            1002,
            "continuation",
        );
        let behind = [frame(false, 0, 1, "a"), frame(true, 0, 10, "p")].concat();
        for kind in [1, 2] {
            let inside = [behind.clone(), frame(fin, 0, kind, "hi")].concat();
            add(
                format!("opcode {kind} inside a message, fin {fin}"),
                inside,
                1002,
                "before the last one had ended",
            );
        }
    }

    add(
        "a Close of one byte".into(),
        frame(true, 0, 8, [3]),
        1002,
        "body of one byte",
    );
    for code in [
        0u16, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 0xFFFF,
    ] {
        let text = format!("has the code {code} ");
        add(
            format!("a Close with {code}"),
            close(code, b""),
            1002,
            &text,
        );
        add(
            format!("a Close with {code} and a reason"),
            close(code, b"bye"),
            1002,
            &text,
        );
    }
    for (name, bytes) in broken_texts() {
        add(
            format!("a reason with {name}"),
            close(1000, &bytes),
            1007,
            "reason is not UTF-8",
        );
        add(
            format!("a text with {name}"),
            frame(true, 0, 1, bytes.clone()),
            1007,
            "text message is not UTF-8",
        );
        let padded = [b"ok ".as_slice(), &bytes].concat();
        let cut: Vec<u8> = padded
            .iter()
            .enumerate()
            .flat_map(|(index, byte)| {
                frame(index == padded.len() - 1, 0, u8::from(index == 0), [*byte])
            })
            .collect();
        if padded.len() <= MAX_FRAGMENTS as usize {
            add(
                format!("a text of one-byte fragments with {name}"),
                cut,
                1007,
                "text message is not UTF-8",
            );
        }
        // The frame announces more than comes: what cannot become right again is not waited for.
        if !name.starts_with("an end") {
            let mut incomplete = vec![0x01, 100];
            incomplete.extend(&bytes);
            add(
                format!("the beginning of a text with {name}"),
                incomplete,
                1007,
                "text message is not UTF-8",
            );
        }
    }

    let big = "larger than the limit of 1000 bytes";
    for length in [1001u16, 65535] {
        let bytes = [&[0x82, 126], &length.to_be_bytes()[..]].concat();
        add(format!("a message of {length} bytes"), bytes, 1009, big);
    }
    for length in [
        65536u64,
        (64 << 20) + 1,
        u64::from(u32::MAX),
        1 << 32,
        (1 << 32) + 1,
        1 << 40,
        (1 << 63) - 1,
    ] {
        for kind in [1, 2] {
            let bytes = [&[0x80 | kind, 127], &length.to_be_bytes()[..]].concat();
            add(
                format!("a message of opcode {kind} and {length:#x} bytes"),
                bytes,
                1009,
                big,
            );
        }
        let fragment = [&[0x01, 1, b'a', 0x80, 127], &length.to_be_bytes()[..]].concat();
        add(
            format!("a fragment of {length:#x} bytes"),
            fragment,
            1009,
            big,
        );
    }
    let exactly = [frame(false, 0, 2, vec![0; 1000]), frame(true, 0, 0, [0])].concat();
    add(
        "one byte more in the last fragment".into(),
        exactly,
        1009,
        big,
    );

    let many = "more than the limit of 4 fragments";
    let mut fragments = frame(false, 0, 1, "");
    for _ in 0..4 {
        fragments.extend(frame(false, 0, 0, ""));
    }
    add("a fifth fragment".into(), fragments.clone(), 1009, many);
    let last = fragments.len() - 2;
    fragments[last] |= 0x80;
    add("a fifth and last fragment".into(), fragments, 1009, many);
    rules
}

/// Bytes that are not UTF-8: a name, and the bytes.
fn broken_texts() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("a lone continuation byte", vec![0x80]),
        ("an end inside two bytes", vec![0xC3]),
        ("an end inside three bytes", vec![0xE2, 0x82]),
        ("an end inside four bytes", vec![0xF0, 0x9F, 0x98]),
        ("a start that is not continued", vec![0xC3, b'x']),
        ("an overlong slash", vec![0xC0, 0xAF]),
        ("an overlong slash of three bytes", vec![0xE0, 0x80, 0xAF]),
        (
            "an overlong slash of four bytes",
            vec![0xF0, 0x80, 0x80, 0xAF],
        ),
        ("a surrogate", vec![0xED, 0xA0, 0x80]),
        ("a code point above U+10FFFF", vec![0xF4, 0x90, 0x80, 0x80]),
        ("a start of five bytes", vec![0xF8, 0x88, 0x80, 0x80, 0x80]),
        ("0xFE", vec![0xFE]),
        ("0xFF", vec![0xFF]),
    ]
}

fn frame(fin: bool, rsv: u8, kind: u8, payload: impl Into<Vec<u8>>) -> Vec<u8> {
    Frame::new(fin, rsv, kind, payload).to_bytes()
}

fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(
        true,
        0,
        opcode::CLOSE,
        [&code.to_be_bytes(), reason].concat(),
    )
}

/// The first bytes of a masked frame with a 16-bit length.
fn masked_header(length: u16) -> Vec<u8> {
    [&[0x82, 0x80 | 126], &length.to_be_bytes()[..]].concat()
}
