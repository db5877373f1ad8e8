//! What is received: messages, their data, and when they are not delivered.

use onesocket::{BinaryType, Data, Event, Message};
use onesocket_test_support::Script;

use super::recorder::{
    FAILED, LOST, Log, close_line, lost_after, message_line, open_recorded, story, story_of,
};
use super::server::{
    a_moment, builder, connect, go, host, named, receive, receive_all, receive_text, seen, url,
};
use crate::test;

const CLEAN: &str = r#"close 3 clean 1000 """#;

#[test]
async fn each_kind_of_message_is_one_event() {
    let script = Script::new()
        .open()
        .text("")
        .text("ü𝄞\0")
        .binary("")
        .binary([0, 255])
        .fragments(["a", "", "b"])
        .binary_fragments([[1], [2]])
        .close(1000, "");
    assert_eq!(
        story(url(script)).await,
        [
            "open 1",
            r#"message 1 """#,
            r#"message 1 "ü𝄞\0""#,
            "message 1 blob of 0",
            "message 1 blob of 2",
            r#"message 1 "ab""#,
            "message 1 blob of 2",
            CLEAN
        ]
    );
}

#[test]
async fn a_message_event_tells_its_data_its_origin_and_its_type() {
    let log = Log::default();
    let (notes, closed) = (log.clone(), log.clone());
    let _socket = builder(url(Script::new()
        .open()
        .text("a")
        .binary("b")
        .close(1000, "")))
    .on_message(move |_, event| {
        notes.note(format!(
            "{} {} {:?} {:?}",
            event.type_(),
            event.origin(),
            event.text(),
            event.bytes()
        ));
    })
    .on_close(move |_, _| closed.note("close "))
    .open()
    .unwrap();
    let origin = format!("ws://{}", host());
    assert_eq!(
        log.closed().await,
        [
            format!(r#"message {origin} Some("a") None"#),
            format!(r#"message {origin} None Some(b"b")"#),
            "close ".to_owned()
        ]
    );
}

#[test]
async fn origin_has_neither_user_nor_path_nor_query() {
    let log = Log::default();
    let note = log.clone();
    let input = format!("ws://user:password@{}/auth?user=user", host());
    let socket = builder(input)
        .on_message(move |_, event| note.note(event.origin()))
        .connect()
        .await
        .unwrap();
    socket.send("echo").unwrap();
    assert_eq!(log.until(1).await, [format!("ws://{}", host())]);
}

#[test]
async fn the_binary_type_is_read_when_the_event_fires() {
    let script = Script::new()
        .in_one_write(|inner| {
            inner
                .open()
                .binary("a")
                .binary("bc")
                .binary("def")
                .text("x")
        })
        .close(1000, "");
    let log = Log::default();
    let (notes, closed) = (log.clone(), log.clone());
    let _socket = builder(url(script))
        .on_message(move |socket, event| {
            notes.note(message_line(socket, event));
            // The next message lies here already.
            socket.set_binary_type(match socket.binary_type() {
                BinaryType::Blob => BinaryType::ArrayBuffer,
                BinaryType::ArrayBuffer => BinaryType::Blob,
            });
            let before = message_line(socket, event);
            assert_eq!(
                before,
                message_line(socket, event),
                "an event does not change"
            );
        })
        .on_close(move |_, _| closed.note("close "))
        .open()
        .unwrap();
    assert_eq!(
        log.closed().await,
        [
            "message 1 blob of 1",
            "message 1 bytes of 2",
            "message 1 blob of 3",
            r#"message 1 "x""#,
            "close "
        ]
    );
}

#[test]
async fn the_binary_type_can_be_set_before_connecting_and_changes_no_text() {
    let script = Script::new().open().binary("ab").text("cd").close(1000, "");
    let builder = builder(url(script)).binary_type(BinaryType::ArrayBuffer);
    assert_eq!(
        story_of(builder).await,
        ["open 1", "message 1 bytes of 2", r#"message 1 "cd""#, CLEAN]
    );
}

#[test]
async fn bytes_are_there_whatever_the_binary_type_says() {
    for binary_type in [BinaryType::Blob, BinaryType::ArrayBuffer] {
        let log = Log::default();
        let note = log.clone();
        let socket = builder(url(Script::new().open().binary([7, 8]).hang()))
            .binary_type(binary_type)
            .on_message(move |_, event| {
                assert_eq!(event.message(), &Message::from([7, 8]));
                note.note(format!("{:?}", event.bytes().unwrap().as_ref()));
            })
            .open()
            .unwrap();
        assert_eq!(socket.binary_type(), binary_type);
        assert_eq!(log.until(1).await, ["[7, 8]"]);
    }
}

#[test]
async fn a_blob_of_a_message_has_its_bytes() {
    let log = Log::default();
    let (note, blobs) = (
        log.clone(),
        std::sync::Arc::new(std::sync::Mutex::new(None)),
    );
    let kept = blobs.clone();
    let _socket = builder(url(Script::new().open().binary("blob!").hang()))
        .on_message(move |_, event| {
            if let Data::Blob(blob) = event.data() {
                *kept.lock().unwrap() = Some(blob);
            }
            note.note("message");
        })
        .open()
        .unwrap();
    log.until(1).await;
    let blob = blobs.lock().unwrap().take().expect("a blob is the default");
    assert_eq!((blob.size(), blob.type_()), (5, ""));
    assert_eq!(blob.bytes().await.unwrap(), "blob!");
}

#[test]
async fn every_size_arrives_whole() {
    for size in [0, 1, 125, 126, 127, 65_535, 65_536, 1 << 20] {
        let expected: Vec<u8> = (b'a'..=b'z').cycle().take(size).collect();
        let script = Script::new().open().text_of_size(size).binary_of_size(size);
        let socket = connect(url(script.close(1000, ""))).await;
        let text = receive(&socket).await;
        assert_eq!(
            text.as_text().map(str::as_bytes),
            Some(&*expected),
            "{size}"
        );
        let binary = receive(&socket).await;
        assert_eq!(
            binary.as_binary().map(|bytes| &**bytes),
            Some(&*expected),
            "{size}"
        );
        assert!(socket.recv().await.is_none());
    }
}

#[test]
async fn a_character_may_be_cut_by_fragments_and_by_packets() {
    let bytes = "aü€𝄞".as_bytes();
    let script = Script::new()
        .open()
        .fragments(bytes.chunks(1))
        .close(1000, "");
    let expected = ["open 1", r#"message 1 "aü€𝄞""#, CLEAN];
    assert_eq!(story(url(script)).await, expected);

    let script = Script::new().one_byte_per_write().open().text("aü€𝄞");
    assert_eq!(story(url(script.close(1000, ""))).await, expected);
}

#[test]
async fn a_leading_byte_order_mark_stays() {
    let script = Script::new()
        .open()
        .text("\u{feff}x")
        .close(1000, "\u{feff}y");
    assert_eq!(
        story(url(script)).await,
        [
            "open 1",
            r#"message 1 "\u{feff}x""#,
            r#"close 3 clean 1000 "\u{feff}y""#
        ]
    );
}

#[test]
async fn pings_are_answered_and_not_shown() {
    let (url, id) = named(
        Script::new()
            .open()
            .ping("hello")
            .expect_pong()
            .frame(false, 0, 1, "in")
            .ping("")
            .expect_pong()
            .frame(true, 0, 0, "side")
            .close(1000, "")
            .expect_close(),
    )
    .await;
    assert_eq!(story(url).await, ["open 1", r#"message 1 "inside""#, CLEAN]);
    let seen = seen(&id).await;
    assert_eq!(seen.opcodes(), [10, 10, 8]);
    assert_eq!(
        (&*seen.frames[0].head, &*seen.frames[1].head),
        (&b"hello"[..], &b""[..])
    );
    assert_eq!(seen.breach, None);
}

#[test]
async fn pings_are_answered_although_nobody_listens_or_reads() {
    let script = Script::new().open().ping("x").expect_pong().close(1000, "");
    let socket = connect(url(script)).await;
    assert!(socket.closed().await.was_clean());
}

#[test]
async fn a_pong_that_nobody_asked_for_is_ignored() {
    let script = Script::new()
        .open()
        .pong("")
        .pong("unasked")
        .text("a")
        .close(1000, "");
    assert_eq!(
        story(url(script)).await,
        ["open 1", r#"message 1 "a""#, CLEAN]
    );
}

#[test]
async fn messages_before_a_close_in_the_same_packet_are_delivered() {
    let script = Script::new()
        .open()
        .in_one_write(|inner| inner.text("a").text("b").close(1000, ""));
    let (url, id) = named(script).await;
    assert_eq!(
        story(&url).await,
        ["open 1", r#"message 1 "a""#, r#"message 1 "b""#, CLEAN]
    );
    assert_eq!(seen(&id).await.close(), Some((Some(1000), String::new())));
}

#[test]
async fn messages_before_a_violation_in_the_same_packet_are_delivered() {
    let script = Script::new().in_one_write(|inner| {
        inner
            .open()
            .text("a")
            .frame(true, 0, 3, "reserved")
            .text("never")
    });
    assert_eq!(
        story(url(script.hang())).await,
        ["open 1", r#"message 1 "a""#, "error 3", LOST]
    );
}

#[test]
async fn messages_before_the_end_of_tcp_are_delivered() {
    let script = Script::new().in_one_write(|inner| inner.open().text("a").text("b"));
    assert_eq!(
        story(url(script.end())).await,
        lost_after(&["open 1", r#"message 1 "a""#, r#"message 1 "b""#])
    );
}

#[test]
async fn half_a_message_is_none() {
    let script = Script::new().open().frame(false, 0, 1, "half").end();
    assert_eq!(story(url(script)).await, lost_after(&["open 1"]));
    let script = Script::new()
        .open()
        .frame(false, 0, 1, "half")
        .close(1000, "");
    assert_eq!(story(url(script)).await, ["open 1", CLEAN]);
    let script = Script::new().open().frame_hex("81 05 61 62").end();
    assert_eq!(story(url(script)).await, lost_after(&["open 1"]));
    let script = Script::new()
        .open()
        .frame(false, 0, 1, "half")
        .text("new")
        .hang();
    assert_eq!(story(url(script)).await, FAILED);
}

#[test]
async fn what_comes_after_our_close_is_dropped() {
    let script = Script::new()
        .open()
        .expect_close()
        .text("late")
        .close(1000, "");
    let (socket, log) = open_recorded(url(script));
    socket.opened().await.unwrap();
    socket.close_with(1000, "").unwrap();
    assert_eq!(log.closed().await, ["open 1", CLEAN]);
}

#[test]
async fn a_listener_that_closes_hears_no_further_message() {
    let script = Script::new()
        .in_one_write(|inner| inner.open().text("a").text("b").text("c"))
        .expect_close()
        .close(1000, "");
    let log = Log::default();
    let (notes, closed) = (log.clone(), log.clone());
    let _socket = builder(url(script))
        .on_message(move |socket, event| {
            notes.note(message_line(socket, event));
            socket.close();
        })
        .on_close(move |socket, event| closed.note(close_line(socket, event)))
        .open()
        .unwrap();
    assert_eq!(log.closed().await, [r#"message 1 "a""#, CLEAN]);
}

#[test]
async fn messages_that_lie_unread_at_our_close_are_dropped() {
    let script = Script::new()
        .in_one_write(|inner| inner.open().text("a").text("b").text("c"))
        .expect_close()
        .close(1000, "");
    let socket = connect(url(script)).await;
    assert_eq!(receive_text(&socket).await, "a");
    socket.close();
    assert_eq!(receive_all(&socket).await, []);
    assert!(socket.closed().await.was_clean());
}

#[test]
async fn a_connection_that_is_idle_stays() {
    let (url, id) = named(
        Script::new()
            .open()
            .pause()
            .text("still here")
            .close(1000, ""),
    )
    .await;
    let (_socket, log) = open_recorded(url);
    assert_eq!(log.until(1).await, ["open 1"]);
    // Longer than nothing, and longer than the driver waits for a reader; days are not tested here.
    for _ in 0..100 {
        a_moment().await;
    }
    go(&id).await;
    assert_eq!(
        log.closed().await,
        ["open 1", r#"message 1 "still here""#, CLEAN]
    );
}

#[test]
async fn a_flood_arrives_whole_and_in_order() {
    let (messages, size) = (20_000, 20);
    let socket = connect(url(format!("/flood?n={messages}&size={size}"))).await;
    let all = receive_all(&socket).await;
    assert_eq!(all.len(), messages);
    assert!(all.iter().all(|message| message.len() == size));
}
