//! What a peer must not send: the connection is failed, with one and the same event.

use onesocket_test_support::Script;

use super::recorder::{FAILED, LOST, lost_after, open_recorded, story};
use super::server::{IN_A_BROWSER, named, seen, url};
use crate::test;

/// What the script sends fails the connection, and this code is sent to the peer.
async fn fails_with(code: u16, what: &str, script: Script) {
    let (url, id) = named(script).await;
    assert_eq!(story(url).await, FAILED, "{what}");
    let seen = seen(&id).await;
    assert_eq!(seen.opcodes(), [8], "{what}");
    let sent = seen.close().unwrap().0;
    // Chromium says 1002 to everything.
    assert!(
        sent == Some(code) || (IN_A_BROWSER && sent == Some(1002)),
        "{what}: {sent:?}"
    );
}

fn sending(digits: &str) -> Script {
    Script::new().open().frame_hex(digits).hang()
}

#[test]
async fn a_frame_against_the_protocol_fails_the_connection_with_1002() {
    for (what, digits) in [
        ("a masked text", "81 81 01 02 03 04 60"),
        ("a masked ping", "89 80 01 02 03 04"),
        ("a masked close", "88 82 00 00 00 00 03 e8"),
        ("RSV1", "c1 00"),
        ("RSV2", "a1 00"),
        ("RSV3", "91 00"),
        ("RSV1 on a ping", "c9 00"),
        ("RSV1 on a continuation", "01 00 c0 00"),
        ("opcode 3", "83 00"),
        ("opcode 4", "84 00"),
        ("opcode 5", "85 00"),
        ("opcode 6", "86 00"),
        ("opcode 7", "87 00"),
        ("opcode 11", "8b 00"),
        ("opcode 12", "8c 00"),
        ("opcode 13", "8d 00"),
        ("opcode 14", "8e 00"),
        ("opcode 15", "8f 00"),
        ("125 in 16 bits", "82 7e 00 7d"),
        ("65535 in 64 bits", "82 7f 00 00 00 00 00 00 ff ff"),
        ("the top bit of a length", "82 7f 80 00 00 00 00 00 00 00"),
        ("a ping of 126 bytes", "89 7e 00 7e"),
        ("a close of 126 bytes", "88 7e 00 7e"),
        ("a ping in fragments", "09 00"),
        ("a pong in fragments", "0a 00"),
        ("a close in fragments", "08 02 03 e8"),
        ("a continuation of nothing", "80 00"),
        ("a continuation of nothing that goes on", "00 00"),
        ("a continuation of a whole message", "81 00 80 00"),
        ("text inside of text", "01 00 81 00"),
        ("binary inside of text", "01 00 82 00"),
        ("a close of one byte", "88 01 03"),
    ] {
        // A whole message before it would be delivered: it has none here but in one case.
        if what == "a continuation of a whole message" {
            let expected = ["open 1", r#"message 1 """#, "error 3", LOST];
            assert_eq!(story(url(sending(digits))).await, expected);
            continue;
        }
        fails_with(1002, what, sending(digits)).await;
    }
}

#[test]
async fn text_that_is_not_utf_8_fails_the_connection_with_1007() {
    for (what, digits) in [
        ("a byte that never occurs", "81 01 ff"),
        ("a lone continuation", "81 01 80"),
        ("an overlong form", "81 02 c0 80"),
        ("a surrogate", "81 03 ed a0 80"),
        ("beyond the last character", "81 04 f4 90 80 80"),
        ("a character cut by the end", "81 02 61 c3"),
        ("a character cut by a fragment", "01 01 c3 80 01 28"),
        ("a character cut by the last fragment", "01 01 c3 80 00"),
        ("a wrong byte before the message ends", "01 03 61 ff 61"),
        ("a wrong byte before the frame ends", "81 05 61 ff"),
    ] {
        fails_with(1007, what, sending(digits)).await;
    }
}

#[test]
async fn a_reason_that_is_not_utf_8_fails_the_connection_with_1007() {
    for digits in [
        "88 03 03 e8 ff",
        "88 04 03 e8 61 c3",
        "88 05 03 e8 ed a0 80",
    ] {
        fails_with(1007, digits, sending(digits)).await;
    }
}

#[test]
async fn a_close_with_a_code_that_must_not_be_sent_fails_the_connection_with_1002() {
    // Chromium takes codes below 1000.
    let below: &[u16] = if IN_A_BROWSER { &[] } else { &[0, 1, 999] };
    for code in [below, &[1005, 1006, 1015]].concat() {
        let script = Script::new().open().close(code, "").hang();
        fails_with(1002, &code.to_string(), script).await;
    }
}

#[test]
async fn binary_messages_may_be_anything() {
    let script = Script::new()
        .open()
        .binary(b"\xff\xc3\x28")
        .binary_fragments([b"\xc3", b"\x28"]);
    assert_eq!(
        story(url(script.close(1000, ""))).await,
        [
            "open 1",
            "message 1 blob of 3",
            "message 1 blob of 2",
            r#"close 3 clean 1000 """#
        ]
    );
}

#[test]
async fn a_wrong_frame_that_comes_byte_by_byte_fails_the_connection_once() {
    let script = Script::new()
        .one_byte_per_write()
        .open()
        .text("ok")
        .frame_hex("83 00 83 00");
    let expected = ["open 1", r#"message 1 "ok""#, "error 3", LOST];
    assert_eq!(story(url(script.hang())).await, expected);
}

#[test]
async fn a_wrong_frame_after_our_close_fails_the_connection_too() {
    let script = Script::new()
        .open()
        .expect_close()
        .frame_hex("83 00")
        .hang();
    let (socket, log) = open_recorded(url(script));
    socket.opened().await.unwrap();
    socket.close();
    assert_eq!(log.closed().await, FAILED);
}

#[test]
async fn a_message_that_is_announced_and_never_comes_costs_nothing() {
    // Just below the limit of a message; the connection stays in order until it ends.
    let script = Script::new()
        .open()
        .frame_hex("82 7f 00 00 00 00 03 ff ff ff 01")
        .end();
    assert_eq!(story(url(script)).await, lost_after(&["open 1"]));
}
