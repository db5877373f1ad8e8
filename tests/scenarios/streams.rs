//! The socket as a `Stream` and a `Sink` of messages.

use futures_util::stream::FusedStream;
use futures_util::{FutureExt, Sink, SinkExt, Stream, StreamExt, stream};
use onesocket::{Error, Message, ReadyState, WebSocket};
use onesocket_test_support::Script;

use super::recorder::Log;
use super::server::{
    a_moment, builder, connect, fresh_id, go, go_on, named, receive_text, seen, url,
};
use crate::test;

/// A script that sends these messages in one packet.
fn sending(messages: &[&str]) -> Script {
    Script::new().in_one_write(|inner| {
        let open = inner.open();
        messages.iter().fold(open, |script, text| script.text(text))
    })
}

async fn next_text(socket: &mut WebSocket) -> String {
    let message = socket.next().await.expect("a message").expect("no fault");
    message.as_text().expect("text").to_owned()
}

#[test]
async fn the_stream_yields_all_messages_and_ends() {
    let mut socket = connect(url(sending(&["a", "b", "c"]).close(1000, ""))).await;
    for text in ["a", "b", "c"] {
        assert!(!socket.is_terminated());
        assert_eq!(next_text(&mut socket).await, text);
    }
    assert!(socket.next().await.is_none());
    assert!(socket.is_terminated());
    assert!(socket.next().await.is_none());
}

#[test]
async fn the_stream_yields_the_cause_once_before_its_end() {
    let mut socket = connect(url(sending(&["a"]).frame_hex("83 00").hang())).await;
    assert_eq!(next_text(&mut socket).await, "a");
    assert!(socket.next().await.unwrap().is_err());
    assert!(socket.is_terminated());
    assert!(socket.next().await.is_none());
}

#[test]
async fn the_stream_of_a_socket_that_could_not_be_opened_yields_the_cause() {
    let socket = builder(url("/status")).open().unwrap();
    let items: Vec<Result<Message, Error>> = socket.collect().await;
    assert!(matches!(&items[..], [Err(_)]));
}

#[test]
async fn the_stream_is_for_adaptors() {
    let socket = connect(url("/flood?n=1000&size=10")).await;
    let bytes = socket
        .map(|message| message.unwrap().len())
        .fold(0, |sum, length| async move { sum + length })
        .await;
    assert_eq!(bytes, 10_000);
}

#[test]
async fn stream_and_recv_may_be_mixed() {
    let mut socket = connect(url(sending(&["a", "b", "c", "d"]).close(1000, ""))).await;
    assert_eq!(next_text(&mut socket).await, "a");
    assert_eq!(receive_text(&socket).await, "b");
    // In a browser each message is a task of its own.
    let third = loop {
        match socket.try_recv() {
            Some(message) => break message.unwrap(),
            None => a_moment().await,
        }
    };
    assert_eq!(third, Message::from("c"));
    assert_eq!(next_text(&mut socket).await, "d");
    assert!(socket.recv().await.is_none());
}

#[test]
async fn what_a_dropped_handle_has_not_read_goes_back_to_the_others_in_order() {
    let mut socket = connect(url(sending(&["a", "b", "c", "d"]).close(1000, ""))).await;
    let other = socket.clone();
    assert_eq!(next_text(&mut socket).await, "a");
    drop(socket);
    for text in ["b", "c", "d"] {
        assert_eq!(receive_text(&other).await, text);
    }
    assert!(other.recv().await.is_none());
}

#[test]
async fn a_message_listener_gets_what_a_stream_has_not_read() {
    let mut socket = connect(url(sending(&["a", "b", "c"]).close(1000, ""))).await;
    assert_eq!(next_text(&mut socket).await, "a");
    let log = Log::default();
    let note = log.clone();
    socket.set_onmessage(move |_, event| note.note(event.text().unwrap()));
    assert_eq!(log.until(2).await, ["b", "c"]);
    assert!(socket.next().await.is_none());
}

#[test]
async fn after_our_close_the_stream_only_ends() {
    let script = sending(&["a", "b", "c"]).expect_close().close(1000, "");
    let mut socket = connect(url(script)).await;
    assert_eq!(next_text(&mut socket).await, "a");
    SinkExt::close(&mut socket).await.unwrap();
    assert!(socket.is_terminated());
    assert!(socket.next().await.is_none());
}

#[test]
async fn the_sink_sends_and_closes() {
    let id = fresh_id().await;
    let mut socket = connect(url(format!("/echo?id={id}"))).await;
    SinkExt::send(&mut socket, Message::from("a"))
        .await
        .unwrap();
    assert_eq!(
        socket.buffered_amount(),
        0,
        "sending through the sink flushes"
    );
    socket.feed(Message::from([1, 2])).await.unwrap();
    assert_eq!(socket.buffered_amount(), 2, "what is fed counts");
    SinkExt::flush(&mut socket).await.unwrap();
    assert_eq!(receive_text(&socket).await, "a");
    SinkExt::close(&mut socket).await.unwrap();
    assert_eq!(socket.ready_state(), ReadyState::Closed);
    let seen = seen(&id).await;
    assert_eq!(
        (seen.opcodes(), seen.close()),
        (vec![1, 2, 8], Some((None, String::new())))
    );
}

#[test]
async fn what_is_fed_keeps_its_place_before_what_is_sent_later() {
    let (url, id) = named(Script::new().open().expect_close().close(1000, "")).await;
    let mut socket = connect(url).await;
    socket.feed(Message::from("1")).await.unwrap();
    WebSocket::send(&socket, "2").unwrap();
    socket.feed(Message::from("3")).await.unwrap();
    socket.clone().send("4").unwrap();
    socket.feed(Message::from("5")).await.unwrap();
    WebSocket::close(&socket);
    socket.closed().await;
    let frames = seen(&id).await.frames;
    let payloads: Vec<&[u8]> = frames.iter().map(|frame| &*frame.head).collect();
    assert_eq!(payloads, [&b"1"[..], b"2", b"3", b"4", b"5", b""]);
}

#[test]
async fn what_is_fed_leaves_before_the_close_of_a_dropped_handle() {
    let (url, id) = named(Script::new().open().expect_close().close(1000, "")).await;
    let mut socket = connect(url).await;
    socket.feed(Message::from("a")).await.unwrap();
    drop(socket);
    assert_eq!(seen(&id).await.opcodes(), [1, 8]);
}

#[test]
async fn many_can_be_fed_and_all_arrive() {
    let mut socket = connect(url("/sink")).await;
    let mut messages = stream::iter((0..10_000).map(|_| Ok(Message::from("12345"))));
    socket.send_all(&mut messages).await.unwrap();
    WebSocket::send(&socket, "report").unwrap();
    assert_eq!(receive_text(&socket).await, "messages=10000 bytes=50000");
}

#[test]
async fn the_sink_waits_for_a_socket_that_is_connecting() {
    let mut socket = builder(url("/echo")).open().unwrap();
    SinkExt::send(&mut socket, Message::from("a"))
        .await
        .unwrap();
    assert_eq!(next_text(&mut socket).await, "a");
}

#[test]
async fn the_sink_waits_for_a_peer_that_does_not_read() {
    let script = Script::new().open().pause().expect_close();
    let (url, id) = named(script.close(1000, "")).await;
    let mut socket = connect(url).await;
    let mut fed = 0;
    while socket
        .feed(Message::from(vec![0; 64 << 10]))
        .now_or_never()
        .is_some()
    {
        fed += 1;
        assert!(fed < 1000, "a peer that reads nothing takes 64 MiB");
    }
    go_on(&id).await;
    SinkExt::flush(&mut socket).await.unwrap();
    assert_eq!(socket.buffered_amount(), 0);
}

#[test]
async fn the_sink_fails_after_the_end() {
    let mut socket = connect(url("/echo")).await;
    WebSocket::close(&socket);
    assert!(
        SinkExt::send(&mut socket, Message::from("a"))
            .await
            .is_err()
    );
    socket.closed().await;
    assert!(
        SinkExt::send(&mut socket, Message::from("a"))
            .await
            .is_err()
    );
    assert!(
        SinkExt::close(&mut socket).await.is_ok(),
        "it has ended cleanly"
    );

    let mut socket = builder(url("/status")).open().unwrap();
    assert!(
        SinkExt::send(&mut socket, Message::from("a"))
            .await
            .is_err()
    );
    assert!(SinkExt::close(&mut socket).await.is_err());
}

#[test]
async fn the_two_halves_of_a_split_work_side_by_side() {
    let socket = connect(url("/echo")).await;
    let (mut sink, mut stream) = StreamExt::split(socket);
    for number in 0..100 {
        sink.send(Message::from(number.to_string())).await.unwrap();
        let echo = stream.next().await.unwrap().unwrap();
        assert_eq!(echo.as_text(), Some(&*number.to_string()));
    }
    sink.close().await.unwrap();
    assert!(stream.next().await.is_none());
}

#[test]
async fn an_echo_is_one_forward() {
    let (url, id) = named(
        sending(&["a", "b"])
            .expect_message()
            .expect_message()
            .close(1000, ""),
    )
    .await;
    let socket = connect(url).await;
    let (sink, stream) = StreamExt::split(socket);
    stream.forward(sink).await.unwrap();
    assert_eq!(seen(&id).await.opcodes(), [1, 1, 8]);
}

#[test]
async fn a_stream_that_is_dropped_while_it_waits_leaves_nothing_behind() {
    let (url, id) = named(Script::new().open().pause().text("a").close(1000, "")).await;
    let mut socket = connect(url).await;
    for _ in 0..10 {
        assert!(socket.next().now_or_never().is_none());
    }
    let other = socket.clone();
    assert!(socket.next().now_or_never().is_none());
    drop(socket);
    go(&id).await;
    assert_eq!(receive_text(&other).await, "a");
}

#[test]
async fn the_types_are_those_that_adaptors_ask_for() {
    fn stream_of_messages(_: &impl Stream<Item = Result<Message, Error>>) {}
    fn sink_of_messages(_: &impl Sink<Message, Error = Error>) {}

    let socket = builder(url("/echo")).open().unwrap();
    stream_of_messages(&socket);
    sink_of_messages(&socket);
}
