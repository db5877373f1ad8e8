#[cfg(feature = "deflate")]
mod deflate;

use super::*;

#[test]
fn headers_are_of_the_shortest_form_final_and_masked() {
    for (length, header) in [
        (0, b"\x82\x80".as_slice()),
        (1, b"\x82\x81"),
        (125, b"\x82\xfd"),
        (126, b"\x82\xfe\x00\x7e"),
        (127, b"\x82\xfe\x00\x7f"),
        (65_535, b"\x82\xfe\xff\xff"),
        (65_536, b"\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00"),
        (200_000, b"\x82\xff\x00\x00\x00\x00\x00\x03\x0d\x40"),
    ] {
        let mut keys = Keys(0);
        let mut outgoing = Outgoing::new();
        outgoing.message(Message::from(vec![b'x'; length]), &mut keys);
        let wire = write_all(&mut outgoing, &mut keys);
        assert!(wire.starts_with(header), "{length}");
        assert_eq!(wire.len(), header.len() + 4 + length);
        assert_eq!(wire[header.len()..][..4], Keys(0).next_key());
    }
}

#[test]
fn every_length_class_comes_out_as_it_went_in() {
    let mut keys = Keys(0);
    for length in [
        0,
        1,
        125,
        126,
        127,
        65_535,
        65_536,
        STAGE - 14,
        STAGE - 13,
        STAGE,
        3 * STAGE,
    ] {
        let text: String = ('a'..='z').cycle().take(length).collect();
        for message in [Message::from(&text), Message::from(text.into_bytes())] {
            let mut outgoing = Outgoing::new();
            outgoing.message(message.clone(), &mut keys);
            assert_eq!(outgoing.unsent(), length);
            assert!(!outgoing.is_empty());
            let wire = write_all(&mut outgoing, &mut keys);
            assert_eq!(frames(&wire), [expected(&message)]);
            assert!(outgoing.is_empty());
            assert_eq!(outgoing.unsent(), 0);
        }
    }
}

#[test]
fn every_frame_has_a_key_of_its_own_in_the_order_of_the_wire() {
    let mut keys = Keys(0);
    let mut outgoing = Outgoing::new();
    for length in [5, 2 * STAGE, 7, STAGE - 100, 9] {
        outgoing.message(Message::from(vec![0; length]), &mut keys);
    }
    outgoing.pong(payload("p"), &mut keys);
    outgoing.close(&CloseFrame::failing(1000));
    let wire = write_all(&mut outgoing, &mut keys);
    let used: Vec<_> = frames(&wire).into_iter().map(|frame| frame.key).collect();
    let mut fresh = Keys(0);
    let wanted: Vec<_> = (0..7).map(|_| fresh.next_key()).collect();
    assert_eq!(used, wanted);
}

#[test]
fn a_queue_larger_than_the_stage_leaves_in_order_by_writes_of_any_size() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for most in [1_000, 30_000, STAGE] {
        let mut keys = Keys(0);
        let mut outgoing = Outgoing::new();
        let (mut sent, mut reported, mut handed_over) = (Vec::new(), 0, 0);
        let mut wire = Vec::new();
        for round in 0..300 {
            let length = match round % 10 {
                0 => random.below(3 * STAGE),
                1 => random.below(STAGE),
                _ => random.below(300),
            };
            let message = Message::from(vec![round as u8; length]);
            sent.push(message.clone());
            handed_over += length;
            outgoing.message(message, &mut keys);
            if round % 3 == 0 {
                reported += write(&mut outgoing, &mut keys, random.below(most) + 1, &mut wire);
            }
            assert_eq!(outgoing.unsent(), handed_over - reported);
        }
        while !outgoing.is_empty() {
            reported += write(&mut outgoing, &mut keys, random.below(most) + 1, &mut wire);
            assert_eq!(outgoing.unsent(), handed_over - reported);
        }
        assert_eq!(reported, handed_over);
        assert!(outgoing.chunk(&mut keys).is_empty());
        assert!(
            frames(&wire)
                .iter()
                .map(Frame::content)
                .eq(sent.iter().map(|one| expected(one).content()))
        );
    }
}

#[test]
fn only_bytes_of_messages_are_reported_and_only_when_their_stage_is_written() {
    let mut keys = Keys(0);
    let mut outgoing = Outgoing::new();
    outgoing.message(Message::from("hello"), &mut keys);
    outgoing.pong(payload("ping"), &mut keys);
    outgoing.message(Message::from("you"), &mut keys);
    outgoing.close(&CloseFrame::failing(1000));
    let length = outgoing.chunk(&mut keys).len();
    assert_eq!(length, (6 + 5) + (6 + 4) + (6 + 3) + (6 + 2));
    assert_eq!(outgoing.wrote(length - 1), 0);
    assert_eq!(outgoing.unsent(), 8);
    assert_eq!(outgoing.chunk(&mut keys).len(), 1);
    assert_eq!(outgoing.wrote(1), 8);
    assert_eq!(outgoing.unsent(), 0);
}

#[test]
fn a_large_message_goes_out_in_whole_stages() {
    let mut keys = Keys(0);
    let mut outgoing = Outgoing::new();
    outgoing.message(Message::from("first"), &mut keys);
    outgoing.message(Message::from(vec![1; 3 * STAGE]), &mut keys);
    for _ in 0..3 {
        assert_eq!(outgoing.chunk(&mut keys).len(), STAGE);
        outgoing.wrote(STAGE);
    }
    assert_eq!(outgoing.chunk(&mut keys).len(), (6 + 5) + 14);
}

#[test]
fn what_is_queued_fills_the_stage_behind_what_is_partly_written() {
    let mut keys = Keys(0);
    let mut outgoing = Outgoing::new();
    outgoing.message(Message::from(vec![1; 1_000]), &mut keys);
    assert_eq!(outgoing.chunk(&mut keys).len(), 1_008);
    outgoing.wrote(8);
    outgoing.message(Message::from(vec![2; STAGE]), &mut keys);
    assert_eq!(outgoing.chunk(&mut keys).len(), STAGE - 8);
}

#[test]
fn pings_are_answered_one_by_one_while_there_is_room() {
    let mut keys = Keys(0);
    let mut outgoing = Outgoing::new();
    outgoing.message(Message::from("a"), &mut keys);
    outgoing.pong(payload("1"), &mut keys);
    outgoing.pong(payload(""), &mut keys);
    outgoing.message(Message::from("b"), &mut keys);
    outgoing.pong(payload("3"), &mut keys);
    let wire = write_all(&mut outgoing, &mut keys);
    assert_eq!(contents(&wire), ["81 a", "8a 1", "8a ", "81 b", "8a 3"]);
}

#[test]
fn a_pong_overtakes_messages_that_wait_but_no_frame_that_began() {
    // Whether the ping comes before or after the network took what is staged.
    for stage_is_written in [false, true] {
        let mut keys = Keys(0);
        let mut outgoing = Outgoing::new();
        let mut wire = Vec::new();
        outgoing.message(Message::from("x".repeat(2 * STAGE)), &mut keys);
        outgoing.message(Message::from("b"), &mut keys);
        // Nothing of the large message is staged yet.
        outgoing.pong(payload("early"), &mut keys);
        assert_eq!(outgoing.chunk(&mut keys).len(), STAGE);
        // Now a part of it is.
        if stage_is_written {
            write(&mut outgoing, &mut keys, STAGE, &mut wire);
        }
        outgoing.pong(payload("late"), &mut keys);
        outgoing.message(Message::from("c"), &mut keys);
        wire.extend(write_all(&mut outgoing, &mut keys));
        let large = format!("81 {}", "x".repeat(2 * STAGE));
        assert_eq!(
            contents(&wire),
            ["8a early", &large, "8a late", "81 b", "81 c"]
        );
    }
}

#[test]
fn while_a_pong_waits_a_newer_one_replaces_it() {
    let mut keys = Keys(0);
    let mut outgoing = Outgoing::new();
    outgoing.message(Message::from("x".repeat(STAGE)), &mut keys);
    outgoing.chunk(&mut keys);
    for ping in 0..1_000 {
        outgoing.pong(payload(&ping.to_string()), &mut keys);
    }
    assert!(!outgoing.is_empty());
    let wire = write_all(&mut outgoing, &mut keys);
    assert_eq!(contents(&wire)[1..], ["8a 999"]);
}

#[test]
fn a_flood_of_pings_that_nobody_writes_answers_to_fits_the_stage() {
    let mut keys = Keys(0);
    let mut outgoing = Outgoing::new();
    let ping = payload(&"p".repeat(125));
    for _ in 0..10_000 {
        outgoing.pong(ping.clone(), &mut keys);
    }
    outgoing.pong(payload("last"), &mut keys);
    let wire = write_all(&mut outgoing, &mut keys);
    assert!(wire.len() <= 2 * STAGE);
    assert_eq!(contents(&wire).pop().unwrap(), "8a last");
}

#[test]
fn a_pong_that_waited_goes_before_the_one_that_finds_room() {
    let mut keys = Keys(0);
    let mut outgoing = Outgoing::new();
    outgoing.message(Message::from("x".repeat(STAGE - 14)), &mut keys);
    outgoing.pong(payload("waits"), &mut keys);
    let first = outgoing.chunk(&mut keys).to_vec();
    outgoing.wrote(first.len());
    outgoing.pong(payload("new"), &mut keys);
    let wire = write_all(&mut outgoing, &mut keys);
    assert_eq!(contents(&wire), ["8a waits", "8a new"]);
}

#[test]
fn a_message_does_not_overtake_one_that_waits_nor_a_pong() {
    let mut keys = Keys(0);
    let mut outgoing = Outgoing::new();
    let first = "x".repeat(STAGE - 100);
    outgoing.message(Message::from(&first), &mut keys);
    outgoing.pong(payload("p"), &mut keys);
    outgoing.message(Message::from("fits"), &mut keys);
    outgoing.message(Message::from("y".repeat(200)), &mut keys);
    outgoing.message(Message::from("z"), &mut keys);
    let wire = write_all(&mut outgoing, &mut keys);
    let (first, second) = (format!("81 {first}"), format!("81 {}", "y".repeat(200)));
    assert_eq!(
        contents(&wire),
        [&first, "8a p", "81 fits", &second, "81 z"]
    );
}

#[test]
fn the_close_frame_follows_what_waits_and_nothing_follows_it() {
    let mut keys = Keys(0);
    let mut outgoing = Outgoing::new();
    let large = "x".repeat(2 * STAGE);
    outgoing.message(Message::from(&large), &mut keys);
    outgoing.message(Message::from("b"), &mut keys);
    let frame = CloseFrame::from_caller(3000, "bye").unwrap();
    outgoing.close(&frame);
    assert!(!outgoing.is_empty());
    // The peer may be told that we live until our Close is on its way.
    outgoing.pong(payload("alive"), &mut keys);
    let mut wire = Vec::new();
    while !outgoing.is_empty() {
        write(&mut outgoing, &mut keys, STAGE, &mut wire);
    }
    outgoing.pong(payload("late"), &mut keys);
    assert!(outgoing.is_empty() && outgoing.chunk(&mut keys).is_empty());
    let large = format!("81 {large}");
    assert_eq!(
        contents(&wire),
        ["8a alive", &large, "81 b", "88 \x0b\u{fffd}bye"]
    );
}

#[test]
fn a_close_frame_without_a_code_has_no_body() {
    let mut keys = Keys(0);
    let mut outgoing = Outgoing::new();
    outgoing.close(&CloseFrame::default());
    assert_eq!(contents(&write_all(&mut outgoing, &mut keys)), ["88 "]);
}

#[test]
fn the_stage_is_full_with_less_than_a_quarter_free_or_something_waiting() {
    let mut keys = Keys(0);
    let mut outgoing = Outgoing::new();
    assert!(!outgoing.stage_is_full());
    outgoing.message(
        Message::from(vec![0; STAGE / 4 * 3 - LONGEST_HEADER]),
        &mut keys,
    );
    assert!(!outgoing.stage_is_full());
    outgoing.message(Message::from(""), &mut keys);
    assert!(outgoing.stage_is_full());
    write_all(&mut outgoing, &mut keys);
    assert!(!outgoing.stage_is_full());
    outgoing.message(Message::from(vec![0; STAGE]), &mut keys);
    assert!(outgoing.stage_is_full());
}

#[test]
fn the_stage_is_given_up_when_all_is_written_and_can_be_lent() {
    let mut keys = Keys(0);
    let mut outgoing = Outgoing::new();
    assert!(outgoing.needs_stage() && outgoing.release().is_none());
    assert!(outgoing.chunk(&mut keys).is_empty());
    assert!(outgoing.needs_stage());

    outgoing.message(Message::from("a"), &mut keys);
    assert!(!outgoing.needs_stage() && outgoing.release().is_none());
    write_all(&mut outgoing, &mut keys);
    let stage = outgoing.release().unwrap();
    assert!(outgoing.needs_stage());

    let lent = stage.as_ptr();
    outgoing.lend(stage);
    outgoing.message(Message::from("a"), &mut keys);
    assert_eq!(outgoing.stage.as_ptr(), lent);
    assert_eq!(contents(&write_all(&mut outgoing, &mut keys)), ["81 a"]);
}

#[test]
fn an_idle_connection_keeps_nothing_of_a_long_queue() {
    let mut keys = Keys(0);
    let mut outgoing = Outgoing::new();
    for _ in 0..100 {
        outgoing.message(Message::from(vec![0; STAGE]), &mut keys);
    }
    write_all(&mut outgoing, &mut keys);
    assert!(outgoing.release().is_some());
    assert_eq!(outgoing.waiting.capacity(), 0);
}

fn payload(text: &str) -> ControlPayload {
    ControlPayload::new(text.as_bytes()).unwrap()
}

/// Lets the network take at most `most` bytes; answers what `wrote` answered.
fn write(outgoing: &mut Outgoing, keys: &mut Keys, most: usize, wire: &mut Vec<u8>) -> usize {
    let chunk = outgoing.chunk(keys);
    assert!(chunk.len() <= STAGE);
    let length = chunk.len().min(most);
    wire.extend(&chunk[..length]);
    outgoing.wrote(length)
}

fn write_all(outgoing: &mut Outgoing, keys: &mut Keys) -> Vec<u8> {
    let mut wire = Vec::new();
    while !outgoing.is_empty() {
        write(outgoing, keys, usize::MAX, &mut wire);
    }
    wire
}

/// A frame as a server reads it.
#[derive(Debug)]
struct Frame {
    first: u8,
    key: [u8; 4],
    payload: Vec<u8>,
}

impl Frame {
    fn content(&self) -> (u8, Vec<u8>) {
        (self.first, self.payload.clone())
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Frame) -> bool {
        self.content() == other.content()
    }
}

fn expected(message: &Message) -> Frame {
    Frame {
        first: if message.as_text().is_some() {
            0x81
        } else {
            0x82
        },
        key: [0; 4],
        payload: message.clone().into_bytes().to_vec(),
    }
}

fn frames(mut wire: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut take = |length: usize| {
        let (head, rest) = wire.split_at(length);
        wire = rest;
        (head.to_vec(), rest.is_empty())
    };
    loop {
        let (head, _) = take(2);
        assert!(head[1] & 0x80 != 0, "not masked");
        let length = match head[1] & 0x7f {
            126 => take(2)
                .0
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte)),
            127 => take(8)
                .0
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte)),
            length => length.into(),
        };
        let key: [u8; 4] = take(4).0.try_into().unwrap();
        let (mut payload, last) = take(length);
        for (at, byte) in payload.iter_mut().enumerate() {
            *byte ^= key[at % 4];
        }
        frames.push(Frame {
            first: head[0],
            key,
            payload,
        });
        if last {
            return frames;
        }
    }
}

fn contents(wire: &[u8]) -> Vec<String> {
    let content = |frame: Frame| {
        format!(
            "{:x} {}",
            frame.first,
            String::from_utf8_lossy(&frame.payload)
        )
    };
    frames(wire).into_iter().map(content).collect()
}

/// Different keys, the same in every run.
struct Keys(u32);

impl MaskKeys for Keys {
    fn next_key(&mut self) -> [u8; 4] {
        self.0 += 1;
        self.0.wrapping_mul(0x9e37_79b9).to_ne_bytes()
    }
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
}
