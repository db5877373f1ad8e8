//! Compressed messages (RFC 7692), read by an inflater that has no more than the agreed window.

mod window;

use super::*;
use crate::negotiation::PerMessageDeflate;
use window::Window;

const CONTEXT: bool = true;
const NO_CONTEXT: bool = false;

#[test]
fn every_window_and_level_is_read_by_an_inflater_of_just_that_window() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for bits in 9..=15 {
        for level in 1..=9 {
            for context in [CONTEXT, NO_CONTEXT] {
                let mut keys = Keys(0);
                let mut outgoing = deflating(bits, level, context, 1);
                let mut server = Server::new(bits, context);
                // The last one is larger than a stage; its window is checked above all.
                let large = if level % 3 == 0 || level == 1 {
                    66_000
                } else {
                    3_000
                };
                for length in [1, 100, 5_000, large] {
                    let payload = random.json(length);
                    outgoing.message(Message::from(&payload), &mut keys);
                    let wire = write_all(&mut outgoing, &mut keys);
                    let what = format!("{bits} bits, level {level}, {context}, {length} bytes");
                    assert!(length < 100 || wire.len() < length * 9 / 10, "{what}");
                    assert!(server.read(&wire) == [payload.into_bytes()], "{what}");
                }
            }
        }
    }
}

#[test]
fn a_window_is_really_as_large_as_agreed() {
    // What was sent before comes again at a distance that fits the window, or just does not.
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for bits in 9..=15 {
        let window = 1 << bits;
        for (distance, found) in [(window - 300, true), (window + 10, false)] {
            let unique: Vec<u8> = (0..distance).map(|_| random.below(256) as u8).collect();
            let mut keys = Keys(0);
            let mut outgoing = deflating(bits, 9, CONTEXT, 1);
            let mut server = Server::new(bits, CONTEXT);
            let first = unique[..200].to_vec();
            outgoing.message(Message::from(&unique), &mut keys);
            let wire = write_all(&mut outgoing, &mut keys);
            assert!(server.read(&wire) == [&unique[..]]);
            outgoing.message(Message::from(&first), &mut keys);
            let wire = write_all(&mut outgoing, &mut keys);
            assert!(server.read(&wire) == [&first[..]]);
            assert_eq!(wire.len() < 100, found, "{bits} bits: {}", wire.len());
        }
    }
}

#[test]
fn another_implementation_reads_every_message() {
    let mut random = Random(0x1234_5678_9abc_def1);
    for _ in 0..40 {
        let context = random.below(2) == 0;
        let bits = 9 + random.below(7) as u8;
        let level = 1 + random.below(9) as u8;
        let minimum = [0, 1, 300][random.below(3)];
        let mut keys = Keys(0);
        let mut outgoing = deflating(bits, level, context, minimum);
        let (mut wire, mut wanted) = (Vec::new(), Vec::new());
        for _ in 0..30 {
            let most = [10, 1_000, 100_000][random.below(3)];
            let length = random.below(most);
            let payload = match random.below(3) {
                0 => random.json(length).into_bytes(),
                1 => (0..length).map(|_| random.below(256) as u8).collect(),
                _ => vec![0; length],
            };
            wanted.push(payload.clone());
            match random.below(5) {
                0 => outgoing.message_as_it_is(Message::from(payload), &mut keys),
                _ => outgoing.message(Message::from(payload), &mut keys),
            }
            for _ in 0..random.below(3) {
                let most = random.below(STAGE) + 1;
                write(&mut outgoing, &mut keys, most, &mut wire);
            }
        }
        wire.extend(write_all(&mut outgoing, &mut keys));
        assert!(messages(&wire, |compressed| miniz(compressed, context)) == wanted);
    }

    /// All of a connection's compressed messages are one stream, or each is one.
    fn miniz(compressed: &[Vec<u8>], context: bool) -> Vec<Vec<u8>> {
        let mut state =
            miniz_oxide::inflate::stream::InflateState::new_boxed(miniz_oxide::DataFormat::Raw);
        compressed
            .iter()
            .map(|message| {
                if !context {
                    state.reset(miniz_oxide::DataFormat::Raw);
                }
                let mut output = Vec::new();
                let mut input = &[message, b"\x00\x00\xff\xff".as_slice()].concat()[..];
                loop {
                    let mut space = [0; 4096];
                    let result = miniz_oxide::inflate::stream::inflate(
                        &mut state,
                        input,
                        &mut space,
                        miniz_oxide::MZFlush::None,
                    );
                    input = &input[result.bytes_consumed..];
                    output.extend(&space[..result.bytes_written]);
                    if input.is_empty() && result.bytes_written < space.len() {
                        return output;
                    }
                }
            })
            .collect()
    }
}

#[test]
fn a_compressed_frame_has_rsv1_the_shortest_length_and_no_tail() {
    let mut keys = Keys(0);
    let mut outgoing = deflating(15, 6, CONTEXT, 1);
    // RFC 7692 7.2.3.1 and 7.2.3.2.
    for payload in [
        b"\xf2\x48\xcd\xc9\xc9\x07\x00".as_slice(),
        b"\xf2\x00\x11\x00\x00",
    ] {
        outgoing.message(Message::from("Hello"), &mut keys);
        let wire = write_all(&mut outgoing, &mut keys);
        assert_eq!(wire.len(), 6 + payload.len());
        let frames = frames(&wire);
        assert_eq!((frames[0].first, &frames[0].payload[..]), (0xc1, payload));
    }
    let mut random = Random(1);
    for length in [60, 200, 300, 20_000] {
        let payload = random.json(length);
        outgoing.message(Message::from(payload.into_bytes()), &mut keys);
        let wire = write_all(&mut outgoing, &mut keys);
        let frames = frames(&wire);
        assert_eq!((frames.len(), frames[0].first), (1, 0xc2));
        let header = if frames[0].payload.len() <= 125 { 6 } else { 8 };
        assert_eq!(wire.len(), header + frames[0].payload.len());
        assert_eq!(wire[header - 4..header], frames[0].key);
    }
}

#[test]
fn small_messages_and_what_the_caller_wants_go_as_they_are() {
    let mut keys = Keys(0);
    let mut outgoing = deflating(15, 6, CONTEXT, 100);
    outgoing.message(Message::from("a".repeat(99)), &mut keys);
    outgoing.message(Message::from("b".repeat(100)), &mut keys);
    outgoing.message_as_it_is(Message::from("c".repeat(1_000)), &mut keys);
    outgoing.message(Message::from("b".repeat(100)), &mut keys);
    outgoing.message(Message::from(""), &mut keys);
    let wire = write_all(&mut outgoing, &mut keys);
    let firsts: Vec<_> = frames(&wire).iter().map(|frame| frame.first).collect();
    assert_eq!(firsts, [0x81, 0xc1, 0x81, 0xc1, 0x81]);
    // What went as it is, is in nobody's window.
    let wanted = [
        "a".repeat(99),
        "b".repeat(100),
        "c".repeat(1_000),
        "b".repeat(100),
        String::new(),
    ];
    assert!(Server::new(15, CONTEXT).read(&wire) == wanted.map(String::into_bytes));

    // An empty message is never compressed, whatever the minimum.
    let mut outgoing = deflating(15, 6, CONTEXT, 0);
    outgoing.message(Message::from(""), &mut keys);
    assert_eq!(contents(&write_all(&mut outgoing, &mut keys)), ["81 "]);
}

#[test]
fn a_message_that_grows_goes_as_it_is_unless_later_ones_refer_to_it() {
    let mut random = Random(7);
    for (context, firsts) in [(NO_CONTEXT, [0x82, 0xc2]), (CONTEXT, [0xc2, 0xc2])] {
        let mut keys = Keys(0);
        let mut outgoing = deflating(15, 6, context, 1);
        let noise: Vec<u8> = (0..5_000).map(|_| random.below(256) as u8).collect();
        let text = random.json(5_000).into_bytes();
        outgoing.message(Message::from(&noise), &mut keys);
        outgoing.message(Message::from(&text), &mut keys);
        assert_eq!(outgoing.unsent(), 10_000);
        let wire = write_all(&mut outgoing, &mut keys);
        let found: Vec<_> = frames(&wire).iter().map(|frame| frame.first).collect();
        assert_eq!(found, firsts);
        assert_eq!(outgoing.unsent(), 0);
        assert!(Server::new(15, context).read(&wire) == [noise, text]);
    }
}

#[test]
fn a_large_message_is_compressed_into_the_stage_fragment_by_fragment() {
    let mut random = Random(3);
    let mut keys = Keys(0);
    let mut outgoing = deflating(15, 1, CONTEXT, 1);
    let payload = random.json(2 << 20);
    let length = payload.len();
    outgoing.message(Message::from(&payload), &mut keys);
    outgoing.message(Message::from("after"), &mut keys);
    let (mut wire, mut reported) = (Vec::new(), 0);
    while !outgoing.is_empty() {
        let chunk = outgoing.chunk(&mut keys);
        wire.extend(chunk);
        let written = chunk.len();
        if wire.len() < 100_000 {
            outgoing.pong(super::payload("p"), &mut keys);
        }
        reported += outgoing.wrote(written);
        assert_eq!(outgoing.unsent(), length + 5 - reported);
    }
    assert_eq!(reported, length + 5);

    let frames = frames(&wire);
    assert!(frames.iter().all(|frame| frame.payload.len() <= STAGE));
    let data: Vec<_> = frames
        .iter()
        .map(|frame| frame.first)
        .filter(|first| *first != 0x8a)
        .collect();
    let (first, rest) = data.split_first().unwrap();
    let (last, rest) = rest.split_last().unwrap();
    let (end, middle) = rest.split_last().unwrap();
    assert_eq!((*first, *end, *last), (0x41, 0x80, 0xc1));
    assert!(middle.len() > 2 && middle.iter().all(|first| *first == 0x00));
    // A pong goes between two fragments.
    assert!(
        frames[1..frames.len() - 3]
            .iter()
            .any(|frame| frame.first == 0x8a)
    );
    assert!(Server::new(15, CONTEXT).read(&wire) == [payload.into_bytes(), b"after".to_vec()]);
}

#[test]
fn no_more_than_a_bounded_part_of_what_waits_is_compressed_at_a_time() {
    let large = vec![vec![0; 10 * DEFLATED_AT_ONCE]];
    let many = vec![vec![0; 10_000]; 10 * DEFLATED_AT_ONCE / 10_000];
    for payloads in [large, many] {
        let mut keys = Keys(0);
        let mut outgoing = deflating(15, 1, NO_CONTEXT, 1);
        // Behind it, everything waits.
        let first = vec![1; STAGE];
        outgoing.message_as_it_is(Message::from(&first), &mut keys);
        for payload in &payloads {
            outgoing.message(Message::from(payload), &mut keys);
        }
        let (mut turns, mut wire) = (0, Vec::new());
        while !outgoing.is_empty() {
            let before = outgoing.staged;
            let chunk = outgoing.chunk(&mut keys);
            wire.extend(chunk);
            let written = chunk.len();
            assert!(outgoing.staged - before <= DEFLATED_AT_ONCE + STAGE);
            outgoing.wrote(written);
            turns += 1;
        }
        assert!(turns >= 10, "{turns}");
        assert!(wire.len() < STAGE + 30_000, "{}", wire.len());
        assert_eq!(outgoing.unsent(), 0);
        let read = Server::new(15, NO_CONTEXT).read(&wire);
        assert!(read[0] == first && read[1..] == payloads);
    }
}

#[test]
fn a_message_is_not_cut_if_it_fits_the_next_stage() {
    let mut random = Random(5);
    let mut keys = Keys(0);
    let mut outgoing = deflating(15, 1, CONTEXT, 1);
    let mut wanted = Vec::new();
    for _ in 0..40 {
        let payload = random.json(20_000);
        outgoing.message(Message::from(&payload), &mut keys);
        wanted.push(payload.into_bytes());
    }
    let wire = write_all(&mut outgoing, &mut keys);
    assert!(frames(&wire).iter().all(|frame| frame.first == 0xc1));
    assert!(Server::new(15, CONTEXT).read(&wire) == wanted);
}

#[test]
fn the_order_of_messages_and_the_close_is_kept() {
    let mut random = Random(9);
    let mut keys = Keys(0);
    let mut outgoing = deflating(15, 3, CONTEXT, 512);
    let large = random.json(300_000);
    let small = random.json(1_000);
    outgoing.message(Message::from(&small), &mut keys);
    outgoing.message(Message::from(&large), &mut keys);
    outgoing.message(Message::from("plain"), &mut keys);
    outgoing.message(Message::from(&small), &mut keys);
    outgoing.close(&CloseFrame::failing(1000));
    let wire = write_all(&mut outgoing, &mut keys);
    assert_eq!(frames(&wire).last().unwrap().first, 0x88);
    let wanted = [&small, &large, "plain", &small].map(|text| text.as_bytes().to_vec());
    assert!(Server::new(15, CONTEXT).read(&wire) == wanted);
}

#[test]
fn with_a_window_of_8_bits_nothing_is_compressed() {
    for context in [CONTEXT, NO_CONTEXT] {
        assert!(Deflation::new(&agreed(8, context), 6, 1).is_none());
    }
}

#[test]
fn a_state_is_made_on_first_use_and_kept_only_for_a_context() {
    for context in [CONTEXT, NO_CONTEXT] {
        let mut keys = Keys(0);
        let mut outgoing = deflating(15, 6, context, 100);
        assert_eq!(outgoing.needs_deflater().is_some(), !context);
        outgoing.message(Message::from("small"), &mut keys);
        outgoing.message_as_it_is(Message::from("x".repeat(100)), &mut keys);
        write_all(&mut outgoing, &mut keys);
        assert!(outgoing.release_deflater().is_none(), "a state too early");

        outgoing.message(Message::from("x".repeat(3 * DEFLATED_AT_ONCE)), &mut keys);
        outgoing.chunk(&mut keys);
        outgoing.chunk(&mut keys);
        // Not within a message.
        assert!(outgoing.needs_deflater().is_none() && outgoing.release_deflater().is_none());
        write_all(&mut outgoing, &mut keys);
        assert_eq!(outgoing.release_deflater().is_some(), !context);
        assert_eq!(outgoing.needs_deflater().is_some(), !context);
    }
    let mut outgoing = Outgoing::new();
    assert!(outgoing.needs_deflater().is_none() && outgoing.release_deflater().is_none());
}

#[test]
fn a_state_that_was_lent_knows_nothing_of_where_it_was() {
    let mut keys = Keys(0);
    let text = Random(11).json(2_000);
    let mut first = deflating(15, 6, NO_CONTEXT, 1);
    first.message(Message::from(&text), &mut keys);
    write_all(&mut first, &mut keys);
    let deflater = first.release_deflater().unwrap();

    let mut second = deflating(15, 6, NO_CONTEXT, 1);
    assert!(deflater.has(second.needs_deflater().unwrap()));
    second.lend_deflater(deflater);
    second.message(Message::from(&text), &mut keys);
    let wire = write_all(&mut second, &mut keys);
    assert!(Server::new(15, NO_CONTEXT).read(&wire) == [text.into_bytes()]);
    let other = deflating(14, 6, NO_CONTEXT, 1).needs_deflater();
    assert!(!second.release_deflater().unwrap().has(other.unwrap()));
}

fn agreed(bits: u8, context: bool) -> PerMessageDeflate {
    PerMessageDeflate {
        client_max_window_bits: bits,
        client_no_context_takeover: !context,
        ..PerMessageDeflate::default()
    }
}

fn deflating(bits: u8, level: u8, context: bool, minimum: usize) -> Outgoing {
    let mut outgoing = Outgoing::new();
    outgoing.agree(Deflation::new(&agreed(bits, context), level, minimum).unwrap());
    outgoing
}

/// A server that inflates with a window of exactly the agreed size.
struct Server {
    window: Window,
    context: bool,
}

impl Server {
    fn new(bits: u8, context: bool) -> Self {
        Server {
            window: Window::new(bits),
            context,
        }
    }

    /// The payloads of all messages, and nothing of the other frames.
    fn read(&mut self, wire: &[u8]) -> Vec<Vec<u8>> {
        messages(wire, |compressed| {
            let one = |message: &Vec<u8>| {
                if !self.context {
                    self.window.forget();
                }
                self.window.inflate(message)
            };
            compressed.iter().map(one).collect()
        })
    }
}

/// Puts messages together, of which `inflate` inflates those that are compressed.
fn messages(wire: &[u8], inflate: impl FnOnce(&[Vec<u8>]) -> Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let mut all: Vec<(bool, Vec<u8>)> = Vec::new();
    for frame in frames(wire) {
        match frame.first & 0x0f {
            0 => all.last_mut().unwrap().1.extend(frame.payload),
            1 | 2 => all.push((frame.first & 0x40 != 0, frame.payload)),
            _ => {}
        }
    }
    let compressed: Vec<_> = all
        .iter()
        .filter(|(compressed, _)| *compressed)
        .map(|(_, payload)| payload.clone())
        .collect();
    let mut inflated = inflate(&compressed).into_iter();
    all.into_iter()
        .map(|(compressed, payload)| match compressed {
            true => inflated.next().unwrap(),
            false => payload,
        })
        .collect()
}

impl Random {
    /// Text that compresses well, of just this length.
    fn json(&mut self, length: usize) -> String {
        let mut text = String::new();
        while text.len() < length {
            let (id, price) = (self.below(1_000_000), self.below(100_000));
            text += &format!(
                "{{\"id\":{id},\"user\":\"user{}\",\"price\":{price}}},",
                id % 977
            );
        }
        text.truncate(length);
        text
    }
}
