use super::{ACCEPT, Client};
use crate::native::frame::{Frame, opcode};
use crate::{End, Script, Server};

/// A client that has opened this script, and the server.
fn play(script: Script) -> (Server, Client) {
    let server = Server::start();
    let client = Client::open(&server.url(script.id("x")));
    (server, client)
}

/// What a client receives from this script up to the end.
fn answer(script: Script) -> String {
    let server = Server::start();
    Client::request(&server.url(script), "Sec-WebSocket-Protocol: a, b\r\n").rest()
}

#[test]
fn a_script_without_steps_ends_the_connection_unanswered() {
    assert_eq!(answer(Script::new()), "");
}

#[test]
fn the_answer_can_be_changed_field_by_field() {
    let head = "HTTP/1.1 101 Switching Protocols\r\n";
    let (upgrade, connection) = ("Upgrade: websocket\r\n", "Connection: Upgrade\r\n");
    let accept = format!("Sec-WebSocket-Accept: {ACCEPT}\r\n");
    let chosen = "Sec-WebSocket-Protocol: a\r\n";
    for (script, expected) in [
        (
            Script::new(),
            format!("{head}{upgrade}{connection}{accept}{chosen}\r\n"),
        ),
        (
            Script::new().protocol("c"),
            format!("{head}{upgrade}{connection}{accept}Sec-WebSocket-Protocol: c\r\n\r\n"),
        ),
        (
            Script::new()
                .without("sec-websocket-protocol")
                .replace("Upgrade", "h2c, x"),
            format!("{head}{connection}{accept}Upgrade: h2c, x\r\n\r\n"),
        ),
        (
            Script::new().field("Upgrade", ""),
            format!("{head}{upgrade}{connection}{accept}{chosen}Upgrade: \r\n\r\n"),
        ),
    ] {
        assert_eq!(answer(script.open()), expected);
    }
}

#[test]
fn the_answer_can_have_another_status_and_a_body() {
    assert_eq!(
        answer(
            Script::new()
                .field("Retry-After", "1")
                .body("later")
                .answer(503)
        ),
        "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 5\r\nRetry-After: 1\r\n\r\nlater"
    );
}

#[test]
fn the_answer_can_be_written_by_hand() {
    let script = Script::new().head("HTTP/1.1 101\r\nsec-websocket-accept:{accept}\r\n\r\n");
    assert_eq!(
        answer(script),
        format!("HTTP/1.1 101\r\nsec-websocket-accept:{ACCEPT}\r\n\r\n")
    );
    assert_eq!(answer(Script::new().raw(b"\x16\x03")), "\x16\x03");
}

#[test]
fn the_connection_can_end_before_the_answer() {
    let server = Server::start();
    Client::request(&server.url(Script::new().reset()), "").expect_reset();
    Client::request(&server.url(Script::new().end()), "").expect_eof();
}

#[test]
fn each_kind_of_frame_is_sent() {
    let (_server, mut client) = play(
        Script::new()
            .open()
            .text("ü&")
            .text("")
            .binary([0, 255])
            .text_of_size(30)
            .binary_of_size(70_000)
            .ping("a")
            .pong([0])
            .frame(false, 4, 11, "f")
            .frame_hex("8a 00")
            .close(1005, "r")
            .end(),
    );
    client.expect(opcode::TEXT, "ü&");
    client.expect(opcode::TEXT, "");
    client.expect(opcode::BINARY, [0, 255]);
    client.expect(opcode::TEXT, "abcdefghijklmnopqrstuvwxyzabcd");
    assert_eq!(client.read().payload.len(), 70_000);
    client.expect(opcode::PING, "a");
    client.expect(opcode::PONG, [0]);
    assert_eq!(client.read(), Frame::new(false, 4, 11, "f"));
    client.expect(opcode::PONG, "");
    client.expect_close(1005, "r");
    client.expect_eof();
}

#[test]
fn a_close_can_be_empty() {
    let (_server, mut client) = play(Script::new().open().close_empty());
    client.expect(opcode::CLOSE, "");
}

#[test]
fn fragments_are_one_message() {
    let (_server, mut client) = play(
        Script::new()
            .open()
            .fragments(["a,", "", "b"])
            .binary_fragments([[0], [1]]),
    );
    for (fin, opcode, payload) in [
        (false, 1, &b"a,"[..]),
        (false, 0, b""),
        (true, 0, b"b"),
        (false, 2, b"\0"),
        (true, 0, b"\x01"),
    ] {
        assert_eq!(client.read(), Frame::new(fin, 0, opcode, payload));
    }
}

#[test]
fn one_byte_per_write_changes_no_byte() {
    let (_server, mut client) = play(Script::new().one_byte_per_write().open().text("hello"));
    client.expect(opcode::TEXT, "hello");
    client.expect_eof();
}

#[test]
fn what_is_held_back_comes_with_the_flush_or_the_end() {
    let (_server, mut client) = play(
        Script::new()
            .in_one_write(|inner| inner.open().text("a"))
            .text("b"),
    );
    client.expect(opcode::TEXT, "a");
    client.expect(opcode::TEXT, "b");
}

#[test]
fn each_wait_ends_with_its_frame() {
    let (server, mut client) = play(
        Script::new()
            .open()
            .expect_message()
            .text("message")
            .expect_ping()
            .text("ping")
            .expect_pong()
            .text("pong")
            .expect_close()
            .close(1000, "bye"),
    );
    client.send(opcode::PING, "early");
    client.send_frame(Frame::new(false, 0, opcode::TEXT, "h"));
    client.send_frame(Frame::new(true, 0, opcode::CONTINUATION, "i"));
    client.expect(opcode::TEXT, "message");
    client.send(opcode::TEXT, "skipped");
    client.send(opcode::PING, "");
    client.expect(opcode::TEXT, "ping");
    client.send(opcode::PONG, "");
    client.expect(opcode::TEXT, "pong");
    client.close(1001);
    client.expect_close(1000, "bye");
    client.expect_eof();
    drop(client);
    assert_eq!(server.seen("x").opcodes(), [9, 1, 0, 1, 9, 10, 8]);
}

#[test]
fn a_wait_gives_up_when_the_client_goes() {
    let (server, client) = play(Script::new().open().expect_pong().text("never"));
    drop(client);
    assert_eq!(server.seen("x").end, Some(End::Eof));
}

#[test]
fn echo_counts_messages() {
    let (_server, mut client) = play(Script::new().open().echo(2).text("enough"));
    client.send(opcode::TEXT, "1");
    client.send(opcode::PING, "p");
    client.send(opcode::BINARY, "2");
    client.expect(opcode::TEXT, "1");
    client.expect(opcode::PONG, "p");
    client.expect(opcode::BINARY, "2");
    client.expect(opcode::TEXT, "enough");
}

#[test]
fn echo_until_close_leaves_the_close_unanswered() {
    let (_server, mut client) = play(Script::new().open().echo_until_close().text("late").end());
    client.send(opcode::TEXT, "1");
    client.close(1000);
    client.expect(opcode::TEXT, "1");
    client.expect(opcode::TEXT, "late");
    client.expect_eof();
}

#[test]
fn a_pause_neither_reads_nor_ends_until_somebody_says_go() {
    let (server, mut client) = play(Script::new().open().pause().text("on").expect_message());
    client.send(opcode::TEXT, "unread");
    assert_eq!(server.seen_when("x", |_| true).frames, []);
    Client::open(&server.url("/go?id=x")).expect_close(1000, "");
    client.expect(opcode::TEXT, "on");
    client.expect_eof();
    drop(client);
    assert_eq!(server.seen("x").opcodes(), [1]);
}

#[test]
fn a_small_receive_buffer_stops_a_client_early() {
    use std::io::{ErrorKind, Write};

    let (_server, mut client) = play(
        Script::new()
            .receive_buffer(4096)
            .open()
            .text("set")
            .pause(),
    );
    client.expect(opcode::TEXT, "set");
    let socket = client.stream.get_mut();
    socket.set_nonblocking(true).unwrap();
    let mut taken = 0;
    let stopped = loop {
        match socket.write(&[0; 4096]) {
            Ok(bytes) => taken += bytes,
            Err(error) => break error,
        }
    };
    assert_eq!(stopped.kind(), ErrorKind::WouldBlock);
    // The rest is the client's own send buffer, at most 4 MiB on Linux.
    assert!(taken < 5 << 20, "{taken}");
}

#[test]
fn a_slow_reader_in_a_script_reads_when_told() {
    let (server, mut client) = play(
        Script::new()
            .open()
            .slow_reader(6)
            .expect_message()
            .text("got it"),
    );
    client.send(opcode::TEXT, "123456");
    server.go("x", 2);
    client.expect(opcode::TEXT, "got it");
    // The end reads on, too, which needs no more than this.
    server.go("x", u64::MAX);
}

#[test]
fn end_is_a_fin_after_which_the_client_may_still_send() {
    let (server, mut client) = play(Script::new().open().end());
    client.expect_eof();
    client.send(opcode::TEXT, "late");
    drop(client);
    let seen = server.seen("x");
    assert_eq!((seen.opcodes(), seen.end), (vec![1], Some(End::Eof)));
}

#[test]
fn reset_is_an_rst_behind_what_was_sent() {
    let (server, mut client) = play(Script::new().open().text("a").expect_message().reset());
    client.expect(opcode::TEXT, "a");
    client.send(opcode::TEXT, "b");
    client.expect_reset();
    assert_eq!(server.seen("x").end, Some(End::Server));
}

#[test]
fn hang_keeps_the_connection_until_the_client_goes() {
    let (server, mut client) = play(Script::new().open().hang());
    client.send(opcode::PING, "unanswered");
    client.close(1000);
    let seen = server.seen_when("x", |seen| seen.frames.len() == 2);
    assert_eq!((seen.opcodes(), seen.end), (vec![9, 8], None));
    drop(client);
    assert_eq!(server.seen("x").end, Some(End::Eof));
}

#[test]
fn a_client_that_resets_is_seen_to_reset() {
    let (server, mut client) = play(Script::new().open().text("unread").hang());
    client.send(opcode::TEXT, "x");
    server.seen_when("x", |seen| seen.frames.len() == 1);
    let socket = socket2::SockRef::from(client.stream.get_ref());
    socket.set_linger(Some(std::time::Duration::ZERO)).unwrap();
    drop(client);
    assert_eq!(server.seen("x").end, Some(End::Reset));
}
