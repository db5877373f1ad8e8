//! `Blob`: the web's, in a browser its own.

use onesocket::{Blob, Data};

use super::recorder::Log;
use super::server::{builder, connect, receive, url};
use crate::test;

#[test]
async fn a_blob_has_a_size_a_type_its_bytes_and_its_text() {
    for (blob, size, type_) in [
        (Blob::new("grün"), 5, ""),
        (Blob::from(b"gr\xc3\xbcn".to_vec()), 5, ""),
        (Blob::with_type("grün", "text/plain"), 5, "text/plain"),
    ] {
        assert_eq!((blob.size(), blob.type_()), (size, type_));
        assert_eq!(blob.bytes().await.unwrap(), "grün");
        assert_eq!(blob.text().await.unwrap(), "grün");
        assert_eq!(blob.clone().bytes().await.unwrap(), "grün");
    }
    let empty = Blob::new("");
    assert_eq!((empty.size(), &*empty.text().await.unwrap()), (0, ""));
}

#[test]
async fn a_type_is_lower_case_and_printable_or_nothing() {
    for (given, type_) in [
        ("Text/HTML;Charset=UTF-8", "text/html;charset=utf-8"),
        (" a ~", " a ~"),
        ("text/plain\n", ""),
        ("text/plä", ""),
        ("\u{7f}", ""),
        ("", ""),
    ] {
        assert_eq!(Blob::with_type("", given).type_(), type_, "{given:?}");
    }
}

#[test]
async fn a_slice_is_a_part_without_a_type_and_reaches_no_further_than_the_blob() {
    let blob = Blob::with_type("0123456789", "text/plain");
    for (slice, text) in [
        (blob.slice(..), "0123456789"),
        (blob.slice(2..5), "234"),
        (blob.slice(2..=5), "2345"),
        (blob.slice(7..), "789"),
        (blob.slice(..3), "012"),
        (blob.slice(..=0), "0"),
        (blob.slice(5..5), ""),
        (blob.slice(8..99), "89"),
        (blob.slice(..=usize::MAX), "0123456789"),
        (blob.slice(99..), ""),
        (blob.slice(usize::MAX..usize::MAX), ""),
        (blob.slice(2..8).slice(1..3), "34"),
        (blob.slice(2..4).slice(1..9), "3"),
    ] {
        assert_eq!((slice.size(), slice.type_()), (text.len(), ""));
        assert_eq!(slice.text().await.unwrap(), text);
    }
    #[expect(clippy::reversed_empty_ranges, reason = "it is empty on the web too")]
    let backwards = blob.slice(5..2);
    assert_eq!(backwards.size(), 0);
}

#[test]
async fn text_replaces_what_is_not_utf_8_and_drops_a_byte_order_mark() {
    for (bytes, text) in [
        (&b"a\xffb"[..], "a\u{fffd}b"),
        (b"\xe2\x82", "\u{fffd}"),
        (b"\xed\xa0\x80", "\u{fffd}\u{fffd}\u{fffd}"),
        (b"\xf0\x90\x80z", "\u{fffd}z"),
        (b"\xef\xbb\xbfx", "x"),
        (b"\xef\xbb\xbf\xef\xbb\xbfx", "\u{feff}x"),
        (b"x\xef\xbb\xbf", "x\u{feff}"),
    ] {
        let blob = Blob::new(bytes.to_vec());
        assert_eq!(blob.text().await.unwrap(), text, "{bytes:?}");
        assert_eq!(
            blob.bytes().await.unwrap(),
            bytes,
            "the bytes stay as they are"
        );
    }
}

#[test]
async fn a_blob_is_sent_as_a_binary_message() {
    let socket = connect(url("/echo")).await;
    let blob = Blob::with_type("0123456789", "text/plain");
    socket.send(&blob).unwrap();
    socket.send(blob.slice(3..5)).unwrap();
    assert_eq!(socket.buffered_amount(), 12);
    assert_eq!(receive(&socket).await, b"0123456789".into());
    assert_eq!(receive(&socket).await, b"34".into());
}

#[test]
async fn a_received_blob_can_be_sent_again() {
    let log = Log::default();
    let note = log.clone();
    let _socket = builder(url("/echo"))
        .on_open(|socket, _| socket.send([0; 1]).unwrap())
        .on_message(move |socket, event| match event.data() {
            Data::Blob(blob) if blob.size() < 4 => {
                note.note(blob.size().to_string());
                socket.send(&blob).unwrap();
                socket.send(vec![0; blob.size() + 1]).unwrap();
            }
            _ => {}
        })
        .open()
        .unwrap();
    let lines = log.until(4).await;
    assert_eq!(lines[..2], ["1", "1"]);
}
