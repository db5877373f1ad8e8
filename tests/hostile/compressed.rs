//! Every rule of RFC 7692 that a compressed message can break, and the odd ones that break none, in every cut.

use onesocket_test_support::{Frame, opcode};

use crate::breach::{Rule, break_each, limited};
use crate::client::{Mode, live};
use crate::gate::{Delivery, Gate};
use crate::run::{all, run, within};

const CONTEXT: &str = "permessage-deflate";
const NO_CONTEXT: &str = "permessage-deflate; server_no_context_takeover";

/// RFC 7692 6: the bit of a compressed message, among the three reserved ones.
const RSV1: u8 = 4;
const NOT_DEFLATE: &str = "is not a DEFLATE stream";

/// "Hello" in a block (RFC 7692 7.2.3.1), in a final block (7.2.3.4), stored (7.2.3.3), and as a reference to an earlier one
/// (7.2.3.2).
const HELLO: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
const HELLO_FINAL: &[u8] = b"\xf3\x48\xcd\xc9\xc9\x07\x00";
const HELLO_STORED: &[u8] = b"\x00\x05\x00\xfa\xffHello\x00";
const HELLO_AGAIN: &[u8] = b"\xf2\x00\x11\x00\x00";

#[test]
fn every_broken_rule_of_compression_fails_the_connection_with_its_code() {
    run(async {
        let rules = rules();
        let number = rules.len();
        let count = break_each(&Gate::open().await, CONTEXT, rules).await;
        println!("{number} broken rules of compression, {count} connections");
    });
}

#[test]
fn every_odd_message_that_breaks_no_rule_arrives_however_its_bytes_are_cut() {
    run(async {
        let gate = Gate::open().await;
        let messages = odd_messages();
        let number = messages.len();
        let cases = messages.into_iter().flat_map(|odd| {
            let cuts = Delivery::all(odd.bytes.len());
            cuts.flat_map(move |delivery| {
                [Mode::Listeners, Mode::Readers].map(|mode| (odd.clone(), delivery, mode))
            })
        });
        let count = all(cases, 64, |(odd, delivery, mode)| {
            let gate = gate.clone();
            let what = format!("{} ({delivery:?}, {mode:?})", odd.name);
            async move { within(&what, receive(&gate, &what, &odd, delivery, mode)).await }
        })
        .await;
        println!("{number} odd compressed messages, {count} connections");
    });
}

/// Messages that arrive, and the bytes that they come in.
#[derive(Clone)]
struct Odd {
    name: &'static str,
    extensions: &'static str,
    bytes: Vec<u8>,
    messages: &'static [&'static str],
}

async fn receive(gate: &Gate, what: &str, odd: &Odd, delivery: Delivery, mode: Mode) {
    let (url, visitor) = gate.invite();
    let peer = async {
        let mut visitor = visitor.await;
        visitor.accept_with(odd.extensions).await;
        visitor.deliver(&odd.bytes, delivery).await;
        let close = [&1000u16.to_be_bytes()[..], b"bye"].concat();
        visitor
            .send(&Frame::new(true, 0, opcode::CLOSE, close).to_bytes())
            .await;
        visitor.read_close().await;
        visitor.end().await;
    };
    let ((), seen) = tokio::join!(peer, live(limited(&url), mode));
    seen.check_clean(what, mode, odd.messages, 1000, "bye");
}

fn rules() -> Vec<Rule> {
    let bad_text = b"\x00\x02\x00\xfd\xff\xc3\x28\x00";
    let cut_text = b"\x00\x02\x00\xfd\xff\xe2\x82\x00";
    let bomb = miniz_oxide::deflate::compress_to_vec(&[b'a'; 100_000], 9);
    let too_big = miniz_oxide::deflate::compress_to_vec(&[b'a'; 1001], 9);
    let misplaced = "RSV1 is set on a frame that does not begin a message";
    let not_utf8 = "text message is not UTF-8";
    let too_large = "larger than the limit of 1000 bytes";
    [
        (
            "RSV1 on a ping",
            frame(true, RSV1, opcode::PING, b""),
            1002,
            misplaced,
        ),
        (
            "RSV1 on a pong",
            frame(true, RSV1, opcode::PONG, b""),
            1002,
            misplaced,
        ),
        (
            "RSV1 on a Close",
            frame(true, RSV1, opcode::CLOSE, b""),
            1002,
            misplaced,
        ),
        (
            "RSV1 on a continuation",
            [fragment(false, 1, HELLO), frame(true, RSV1, 0, b"")].concat(),
            1002,
            misplaced,
        ),
        ("RSV2", frame(true, 2, 1, HELLO), 1002, "reserved bit"),
        (
            "RSV1 and RSV3",
            frame(true, 5, 1, HELLO),
            1002,
            "reserved bit",
        ),
        (
            "a reserved kind of block",
            whole(b"\x07"),
            1002,
            NOT_DEFLATE,
        ),
        (
            "a reserved kind of block in a fragment",
            fragment(false, 1, b"\x06"),
            1002,
            NOT_DEFLATE,
        ),
        (
            "a stored block whose lengths differ",
            whole(b"\x00\x05\x00\xfb\xff"),
            1002,
            NOT_DEFLATE,
        ),
        (
            "an end within a stored block",
            whole(b"\x00\x05\x00"),
            1002,
            NOT_DEFLATE,
        ),
        (
            "a reference to nothing",
            whole(HELLO_AGAIN),
            1002,
            NOT_DEFLATE,
        ),
        ("a bad text", whole(bad_text), 1007, not_utf8),
        (
            "the beginning of a bad text",
            fragment(false, 1, bad_text),
            1007,
            not_utf8,
        ),
        (
            "a text that ends within a character",
            whole(cut_text),
            1007,
            not_utf8,
        ),
        (
            "a byte more than the limit, inflated",
            fragment(true, 2, &too_big),
            1009,
            too_large,
        ),
        (
            "a hundred thousand bytes in a hundred",
            fragment(true, 2, &bomb),
            1009,
            too_large,
        ),
    ]
    .map(|(name, bytes, code, text)| Rule {
        name: name.into(),
        bytes,
        code,
        text: text.into(),
    })
    .into()
}

fn odd_messages() -> Vec<Odd> {
    let halves = HELLO.split_at(3);
    let odd = |name, extensions, bytes: &[Vec<u8>], messages| Odd {
        name,
        extensions,
        bytes: bytes.concat(),
        messages,
    };
    vec![
        odd("an empty payload", CONTEXT, &[whole(b"")], &[""]),
        odd("an empty block", CONTEXT, &[whole(b"\x00")], &[""]),
        odd(
            "an empty final block",
            CONTEXT,
            &[whole(b"\x03\x00")],
            &[""],
        ),
        odd(
            "empty fragments around",
            CONTEXT,
            &[
                fragment(false, 1, b""),
                frame(false, 0, 0, HELLO),
                frame(true, 0, 0, b""),
            ],
            &["Hello"],
        ),
        odd(
            "a ping between fragments",
            CONTEXT,
            &[
                fragment(false, 1, halves.0),
                frame(true, 0, opcode::PING, b"p"),
                frame(true, 0, 0, halves.1),
            ],
            &["Hello"],
        ),
        odd(
            "the tail of a block in two fragments",
            CONTEXT,
            &[
                fragment(false, 1, b"\xf2\x48\x05\x00\x00\x00\xff"),
                frame(true, 0, 0, b"\xff\xca\xc9\xc9\x07\x00"),
            ],
            &["Hello"],
        ),
        odd(
            "references to a stored block, beyond a message that goes as it is",
            CONTEXT,
            &[
                whole(HELLO_STORED),
                frame(true, 0, 1, b"other"),
                whole(HELLO_AGAIN),
            ],
            &["Hello", "other", "Hello"],
        ),
        odd(
            "a reference to a final block",
            CONTEXT,
            &[whole(HELLO_FINAL), whole(HELLO_AGAIN)],
            &["Hello", "Hello"],
        ),
        odd(
            "a stream behind a final block that refers to it",
            NO_CONTEXT,
            &[whole(&[HELLO_FINAL, HELLO_AGAIN].concat())],
            &["HelloHello"],
        ),
        odd(
            "an answer without blanks, with what is taken anyway",
            "permessage-deflate;server_max_window_bits=\"15\";client_no_context_takeover",
            &[whole(HELLO), whole(HELLO_AGAIN)],
            &["Hello", "Hello"],
        ),
        odd(
            "a window of 8 bits",
            "permessage-deflate; server_max_window_bits=8; client_max_window_bits=8",
            &[whole(HELLO), whole(HELLO_AGAIN)],
            &["Hello", "Hello"],
        ),
    ]
}

/// A compressed text in one frame.
fn whole(payload: &[u8]) -> Vec<u8> {
    fragment(true, 1, payload)
}

/// The first frame of a compressed message.
fn fragment(fin: bool, kind: u8, payload: &[u8]) -> Vec<u8> {
    frame(fin, RSV1, kind, payload)
}

fn frame(fin: bool, rsv: u8, kind: u8, payload: &[u8]) -> Vec<u8> {
    Frame::new(fin, rsv, kind, payload).to_bytes()
}
