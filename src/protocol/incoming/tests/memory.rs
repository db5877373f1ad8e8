//! What is allocated, how far is read, and whose the buffer is.

use super::*;

#[test]
fn an_announced_length_over_the_limit_allocates_nothing() {
    for start in [b"\x82".as_slice(), b"\x81", b"\x02\x01a\x80"] {
        let mut incoming = Incoming::new(64 << 20, 10);
        let bytes = [start, b"\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"].concat();
        let limit = 64 << 20;
        assert_eq!(
            feed_all(&mut incoming, &bytes),
            Err(Violation::MessageTooBig { limit })
        );
        assert!(incoming.input.capacity() <= BUFFER);
    }
}

#[test]
fn an_announced_length_within_the_limit_allocates_no_more_than_has_come() {
    // Without a limit: as safe as with any.
    let announced = b"\x7f\x7f\xff\xff\xff\xff\xff\xff\xff";
    for (start, in_buffer) in [(b"\x82", true), (b"\x81", false), (b"\x02", false)] {
        let mut incoming = Incoming::new(usize::MAX, 10);
        let outcome = feed_all(&mut incoming, &[start.as_slice(), announced].concat());
        if usize::BITS < 64 {
            assert_eq!(outcome, Err(Violation::MessageTooBig { limit: usize::MAX }));
            continue;
        }
        assert_eq!(outcome, Ok(vec![]));
        for came in (0..1 << 20).step_by(1 << 14) {
            let capacity = incoming.space().get_mut().capacity();
            let bound = if in_buffer {
                came.max(BUFFER) + came + 64
            } else {
                BUFFER
            };
            assert!(capacity <= bound, "{capacity} bytes for {came}");
            if let Partial::Text(text) = &incoming.message {
                assert!(text.capacity() <= 2 * came.max(BUFFER) + 64);
            }
            assert_eq!(feed_all(&mut incoming, &[b'x'; 1 << 14]), Ok(vec![]));
        }
    }
}

#[test]
fn a_peer_that_sent_a_large_message_may_have_as_much_allocated_at_once() {
    let mut incoming = Incoming::new(usize::MAX, 10);
    let payload = "x".repeat(300_000);
    assert_eq!(
        feed_all(&mut incoming, &frame(0x82, &payload))
            .unwrap()
            .len(),
        1
    );
    feed(&mut incoming, &frame(0x82, &payload)[..20]);
    assert_eq!(incoming.next(), Ok(None));
    let capacity = incoming.space().get_mut().capacity();
    assert!((300_000..300_100).contains(&capacity), "{capacity}");

    assert_eq!(
        feed_all(&mut incoming, &vec![b'x'; 300_000 - 10])
            .unwrap()
            .len(),
        1
    );
    feed(&mut incoming, &frame(0x82, &"x".repeat(10_000_000))[..20]);
    assert_eq!(incoming.next(), Ok(None));
    let capacity = incoming.space().get_mut().capacity();
    assert!(capacity < 300_100, "{capacity}");

    let mut incoming = Incoming::new(usize::MAX, 10);
    assert_eq!(
        feed_all(&mut incoming, &frame(0x81, &payload))
            .unwrap()
            .len(),
        1
    );
    feed(&mut incoming, &frame(0x81, &payload)[..20]);
    assert_eq!(incoming.next(), Ok(None));
    let Partial::Text(text) = &incoming.message else {
        panic!("{:?}", incoming.message);
    };
    assert_eq!(text.capacity(), 300_000);
}

#[test]
fn a_payload_of_the_buffers_size_comes_in_one_piece() {
    let mut incoming = Incoming::new(BUFFER, 1);
    feed(&mut incoming, &frame(0x82, &"x".repeat(BUFFER))[..10]);
    assert_eq!(incoming.next(), Ok(None));
    assert_eq!(incoming.space().remaining_mut(), BUFFER + LONGEST_HEADER);
    assert!(incoming.space().get_mut().capacity() >= BUFFER + LONGEST_HEADER);
}

#[test]
fn behind_a_message_that_the_buffer_grew_for_little_is_read_at_first() {
    let large = frame(0x82, &"x".repeat(2 * BUFFER));
    let after_large = || {
        let mut incoming = Incoming::new(1 << 20, 1);
        assert_eq!(Limit::limit(&incoming.space()), BUFFER);
        assert_eq!(feed_all(&mut incoming, &large).unwrap().len(), 1);
        incoming
    };

    // Also if nothing has come at first, and a buffer was lent since.
    let mut incoming = after_large();
    assert_eq!(Limit::limit(&incoming.space()), AFTER_LARGE);
    let buffer = incoming.release().unwrap();
    incoming.lend(buffer);
    assert_eq!(Limit::limit(&incoming.space()), AFTER_LARGE);
    feed(&mut incoming, &large[..AFTER_LARGE]);
    assert_eq!(incoming.next(), Ok(None));
    let lacks = large.len() - AFTER_LARGE;
    assert_eq!(Limit::limit(&incoming.space()), lacks + LONGEST_HEADER);

    // Small messages are read many at once again.
    for came in [b"\x82\x01a".as_slice(), b"\x82\x01a\x82"] {
        let mut incoming = after_large();
        feed(&mut incoming, came);
        assert_eq!(drain(&mut incoming).unwrap().len(), 1);
        assert!(Limit::limit(&incoming.space()) > AFTER_LARGE);
    }
    let mut incoming = after_large();
    feed(&mut incoming, b"\x82\x01a");
    assert_eq!(drain(&mut incoming).unwrap().len(), 1);
    let _ = incoming.release();
    assert_eq!(Limit::limit(&incoming.space()), BUFFER);
}

#[test]
fn there_is_always_space_even_if_nothing_is_decoded() {
    let mut incoming = Incoming::new(BUFFER, 1);
    let bytes = b"\x89\x00".repeat(BUFFER);
    for portion in bytes.chunks(10_000) {
        feed(&mut incoming, portion);
    }
    assert_eq!(drain(&mut incoming).unwrap().len(), BUFFER);
}

#[test]
fn a_large_binary_is_read_to_its_end_and_one_header_further() {
    let mut incoming = Incoming::new(1 << 20, 1);
    let bytes = frame(0x82, &"x".repeat(100_000));
    feed(&mut incoming, &bytes[..1_000]);
    assert_eq!(incoming.next(), Ok(None));
    assert_eq!(
        Limit::limit(&incoming.space()),
        bytes.len() - 1_000 + LONGEST_HEADER
    );
    // The rest comes with the start of the next frame, which stays.
    let rest = [&bytes[1_000..], b"\x81\x02h"].concat();
    assert_eq!(feed_all(&mut incoming, &rest).unwrap().len(), 1);
    assert_eq!(render(feed_all(&mut incoming, b"i")), ["text hi"]);
}

#[test]
fn a_flood_of_empty_fragments_costs_no_memory_and_ends() {
    for first in [b"\x01\x00", b"\x02\x00"] {
        let mut incoming = Incoming::new(1 << 20, 100_000);
        assert_eq!(feed_all(&mut incoming, first), Ok(vec![]));
        let flood = b"\x00\x00".repeat(99_999);
        assert_eq!(feed_all(&mut incoming, &flood), Ok(vec![]));
        assert_eq!(incoming.input.capacity(), BUFFER);
        match &incoming.message {
            Partial::Text(text) => assert_eq!(text.capacity(), 0),
            Partial::Binary(bytes) => assert_eq!(bytes.capacity(), 0),
            other => panic!("{other:?}"),
        }
        let limit = 100_000;
        assert_eq!(
            feed_all(&mut incoming, b"\x00\x00"),
            Err(Violation::TooManyFragments { limit })
        );
    }
}

#[test]
fn the_buffer_stays_small_while_a_large_text_arrives() {
    let mut incoming = Incoming::new(1 << 20, 1);
    for portion in frame(0x81, &"x".repeat(1 << 20)).chunks(10_000) {
        feed_all(&mut incoming, portion).unwrap();
        assert!(incoming.is_idle());
        assert_eq!(incoming.input.capacity(), BUFFER);
    }
}

#[test]
fn small_messages_do_not_lie_in_the_buffer_and_large_ones_do() {
    for (bytes, lies_in_it) in [
        (frame(0x81, &"x".repeat(1_000)), false),
        (frame(0x82, &"x".repeat(COPIED)), false),
        (frame(0x82, &"x".repeat(COPIED + 1)), true),
    ] {
        let mut incoming = Incoming::new(1_000, 1);
        let message = feed_all(&mut incoming, &bytes).unwrap();
        let buffer = incoming.release().unwrap();
        assert_eq!(buffer.capacity() < BUFFER, lies_in_it);
        assert!(incoming.needs_buffer());
        drop(message);
    }
}

#[test]
fn the_messages_of_two_connections_may_lie_in_one_buffer() {
    let payloads = ["x".repeat(1_000), "y".repeat(1_000)];
    let mut first = Incoming::new(1_000, 1);
    let x = feed_all(&mut first, &frame(0x82, &payloads[0])).unwrap();
    let rest = first.release().unwrap();
    let behind_the_first = rest.as_ptr();

    let mut second = Incoming::new(1_000, 1);
    second.lend(rest);
    feed(&mut second, &frame(0x82, &payloads[1]));
    assert_eq!(second.input.as_ptr(), behind_the_first);
    let y = drain(&mut second).unwrap();
    for (received, payload) in [(&x, &payloads[0]), (&y, &payloads[1])] {
        let message = Message::Binary(Bytes::copy_from_slice(payload.as_bytes()));
        assert_eq!(*received, [Received::Message(message)]);
    }

    // When they are gone, it is as it was.
    let rest = second.release().unwrap();
    drop((x, y));
    first.lend(rest);
    assert_eq!(first.input.capacity(), BUFFER);
}

#[test]
fn a_message_that_fills_the_buffer_leaves_nothing_to_lend() {
    for (left, has_room) in [(ROOM, true), (ROOM - 1, false)] {
        let size = BUFFER - left - 4;
        let mut incoming = Incoming::new(BUFFER, 1);
        let message = feed_all(&mut incoming, &frame(0x82, &"x".repeat(size))).unwrap();
        assert_eq!(incoming.has_room(), has_room);
        assert_eq!(incoming.release().is_some(), has_room);
        drop(message);
    }
}

#[test]
fn an_idle_connection_gives_its_buffer_up_and_takes_another() {
    let mut incoming = incoming();
    assert!(incoming.is_idle() && incoming.needs_buffer());
    assert!(incoming.release().is_none());

    // Half a frame is not idle.
    feed(&mut incoming, b"\x81\x02hi\x82");
    assert_eq!(
        render(incoming.next().map(|one| one.into_iter().collect())),
        ["text hi"]
    );
    assert_eq!(incoming.next(), Ok(None));
    assert!(!incoming.is_idle() && !incoming.needs_buffer());
    assert!(incoming.release().is_none());
    assert_eq!(render(feed_all(&mut incoming, b"\x01a")), ["binary 61"]);

    let buffer = incoming.release().unwrap();
    assert!(buffer.is_empty() && buffer.capacity() == BUFFER);
    let lent = buffer.as_ptr();
    incoming.lend(buffer);
    feed(&mut incoming, b"\x81\x00");
    assert_eq!(incoming.input.as_ptr(), lent);
}

#[test]
fn a_buffer_that_was_dropped_by_its_messages_is_given_up_whole() {
    let mut incoming = Incoming::new(1_000, 1);
    let message = feed_all(&mut incoming, &frame(0x82, &"x".repeat(1_000))).unwrap();
    drop(message);
    assert_eq!(incoming.release().unwrap().capacity(), BUFFER);
}

#[test]
fn a_buffer_of_another_size_is_not_lent_elsewhere() {
    for (size, usual) in [
        (ROOM - 1, false),
        (2 * BUFFER, true),
        (2 * BUFFER + 1, false),
    ] {
        let mut incoming = incoming();
        incoming.lend(BytesMut::with_capacity(size));
        assert_eq!(incoming.release().is_some(), usual, "{size}");
    }
}

#[test]
fn a_large_message_that_is_skipped_is_dropped_at_once() {
    let mut incoming = Incoming::new(1 << 20, 1);
    let bytes = frame(0x82, &"x".repeat(1 << 20));
    feed_all(&mut incoming, &bytes[..500_000]).unwrap();
    incoming.ignore_messages();
    assert_eq!(incoming.input.capacity(), 0);
    assert_eq!(feed_all(&mut incoming, &bytes[500_000..]), Ok(vec![]));
    assert_eq!(render(feed_all(&mut incoming, b"\x89\x00")), ["ping "]);
}

#[test]
fn a_buffer_that_grew_for_a_message_goes_with_it() {
    let mut incoming = Incoming::new(1 << 20, 1);
    let bytes = [frame(0x82, &"x".repeat(1 << 20)).as_slice(), b"\x89"].concat();
    let message = feed_all(&mut incoming, &bytes).unwrap();
    assert!(!incoming.is_idle() && incoming.input.capacity() <= LONGEST_HEADER);
    drop(message);
    assert!(!incoming.input.try_reclaim(BUFFER));
}

#[test]
fn bytes_in_a_lent_buffer_are_the_first_ones_received() {
    let mut incoming = incoming();
    incoming.lend(BytesMut::from(b"\x81\x02hi\x88\x02\x03".as_slice()));
    assert_eq!(
        render(incoming.next().map(|one| one.into_iter().collect())),
        ["text hi"]
    );
    assert_eq!(incoming.next(), Ok(None));
    assert_eq!(render(feed_all(&mut incoming, b"\xe9")), ["close 1001 "]);
}
