use super::Client;
use crate::native::frame::{Frame, opcode};
use crate::{End, Seen, Server};

#[test]
fn echo_sends_back_messages_pongs_and_the_close() {
    let server = Server::start();
    let mut client = Client::open(&server.url("/echo?id=x"));
    client.send(opcode::TEXT, "hi");
    client.send_frame(Frame::new(false, 0, opcode::BINARY, [1]));
    client.send(opcode::PING, "p");
    client.send_frame(Frame::new(true, 0, opcode::CONTINUATION, [2]));
    client.send(opcode::CLOSE, b"\x0f\xa0bye".as_slice());
    client.expect(opcode::TEXT, "hi");
    client.expect(opcode::PONG, "p");
    client.expect(opcode::BINARY, [1, 2]);
    client.expect_close(4000, "bye");
    client.expect_eof();
    drop(client);

    let seen = server.seen("x");
    assert_eq!(seen.request_line(), "GET /echo?id=x HTTP/1.1");
    assert_eq!(seen.field("sec-websocket-version"), Some("13"));
    assert_eq!(seen.opcodes(), [1, 2, 9, 0, 8]);
    assert_eq!(seen.close(), Some((Some(4000), "bye".to_owned())));
    assert_eq!((seen.breach, seen.end), (None, Some(End::Eof)));
}

#[test]
fn echo_answers_on_both_loopback_addresses() {
    let server = Server::start();
    assert_eq!(
        server.addr_v6().map(|v6| v6.port()),
        Some(server.addr().port())
    );
    for host in ["127.0.0.1", "[::1]", "localhost"] {
        let mut client = Client::open(&server.url_at(host, "/echo"));
        client.send(opcode::TEXT, host);
        client.expect(opcode::TEXT, host);
    }
}

#[test]
fn echo_takes_messages_larger_than_every_buffer() {
    let server = Server::start();
    let mut client = Client::open(&server.url("/echo"));
    let payload: Vec<u8> = (0..16 << 20).map(|index| (index % 251) as u8).collect();
    client.send(opcode::BINARY, payload.clone());
    assert!(client.read().payload == payload);
}

#[test]
fn the_first_subprotocol_offered_is_chosen_unless_the_url_says_otherwise() {
    let server = Server::start();
    for (path, expected) in [
        ("/echo", Some("chat")),
        ("/echo?protocol=other", Some("other")),
        ("/echo?protocol=", None),
    ] {
        let mut client =
            Client::request(&server.url(path), "Sec-WebSocket-Protocol: chat, soap\r\n");
        let head = client.read_head();
        let chosen = head
            .lines()
            .find_map(|line| line.strip_prefix("Sec-WebSocket-Protocol: "));
        assert_eq!(chosen, expected, "{path}");
    }
}

#[test]
fn a_request_that_is_no_handshake_gets_a_400_that_says_why() {
    let server = Server::start();
    let client = Client::request(&server.url("/echo?id=x"), "Sec-WebSocket-Version: 8\r\n");
    let answer = client.rest();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(
        answer.ends_with("not exactly one Sec-WebSocket-Version (4.2.1)"),
        "{answer}"
    );
    assert!(server.seen("x").breach.is_some());
}

#[test]
fn a_breach_is_noted_and_answered_with_1002() {
    let server = Server::start();
    let mut client = Client::open(&server.url("/echo?id=x"));
    client.write(Frame::new(true, 0, opcode::TEXT, "hi").to_bytes());
    client.expect_close(1002, "a frame is not masked (5.3)");
    client.expect_eof();
    drop(client);
    assert_eq!(
        server.seen("x").breach.as_deref(),
        Some("a frame is not masked (5.3)")
    );
}

#[test]
fn frames_behind_a_close_are_seen() {
    let server = Server::start();
    let mut client = Client::open(&server.url("/echo?id=x"));
    client.close(1000);
    client.expect_close(1000, "");
    client.send(opcode::TEXT, "late");
    drop(client);
    let seen = server.seen("x");
    assert_eq!(seen.opcodes(), [8, 1]);
    assert_eq!(
        seen.breach.as_deref(),
        Some("a frame behind the Close (5.5.1)")
    );
}

#[test]
fn flood_sends_as_many_messages_as_were_asked_for() {
    let server = Server::start();
    for (query, count, opcode, size) in [
        ("n=3000&size=100", 3000, opcode::TEXT, 100),
        ("n=2&size=70000&binary", 2, opcode::BINARY, 70_000),
        ("n=0", 0, opcode::TEXT, 0),
    ] {
        let mut client = Client::open(&server.url(format!("/flood?{query}")));
        for _ in 0..count {
            let frame = client.read();
            assert_eq!((frame.opcode, frame.payload.len()), (opcode, size));
            assert!(frame.payload.starts_with(b"abcdefghijklmnopqrstuvwxyzabc"));
        }
        client.expect_close(1000, "");
        client.close(1000);
        client.expect_eof();
    }
}

#[test]
fn sink_counts_and_reports() {
    let server = Server::start();
    let mut client = Client::open(&server.url("/sink"));
    client.send(opcode::BINARY, [0; 1000]);
    client.send(opcode::TEXT, "abc");
    client.send(opcode::TEXT, "report");
    client.expect(opcode::TEXT, "messages=2 bytes=1003");
    client.close(1000);
    client.expect_close(1000, "");
    client.expect_eof();
}

#[test]
fn a_slow_reader_reads_only_when_told() {
    let server = Server::start();
    let mut client = Client::open(&server.url("/slow-reader?id=x&bytes=4"));
    client.send(opcode::TEXT, "123456");
    // Twelve bytes, four at a time.
    server.go("x", 2);
    server.go("x", 1);
    client.expect(opcode::TEXT, "123456");

    client.send(opcode::TEXT, "free");
    let mut go = Client::open(&server.url("/go?id=x&n=all"));
    go.expect_close(1000, "");
    client.expect(opcode::TEXT, "free");
}

#[test]
fn headers_come_back_as_they_were_received() {
    let server = Server::start();
    let mut client = Client::request(&server.url("/headers"), "X-Odd:  Case \r\n");
    client.read_head();
    let head = String::from_utf8(client.read().payload).unwrap();
    assert!(head.starts_with("GET /headers HTTP/1.1\r\nHost: 127.0.0.1:"));
    assert!(head.ends_with("\r\nX-Odd:  Case \r\n\r\n"), "{head:?}");
}

#[test]
fn close_closes_at_once() {
    let server = Server::start();
    for (query, body) in [
        ("", &b""[..]),
        ("?code=3001&reason=so%20long", b"\x0b\xb9so long"),
    ] {
        let mut client = Client::open(&server.url(format!("/close{query}")));
        client.expect(opcode::CLOSE, body);
        client.send(opcode::CLOSE, body);
        client.expect_eof();
    }
}

#[test]
fn auth_asks_and_then_takes_the_credentials_on_the_same_connection() {
    let server = Server::start();
    let url = server.url("/auth?user=a&password=b");
    let mut client = Client::request(&url, "");
    let head = client.read_head();
    assert!(head.starts_with("HTTP/1.1 401 "), "{head}");
    assert!(head.contains("WWW-Authenticate: Basic "), "{head}");
    let mut body = [0; 12];
    std::io::Read::read_exact(&mut client.stream, &mut body).unwrap();
    client.write(format!(
        "GET /auth?user=a&password=b HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {}\r\nSec-WebSocket-Version: 13\r\nAuthorization: Basic YTpi\r\n\r\n",
        super::KEY
    ));
    assert!(client.read_head().starts_with("HTTP/1.1 101 "));
    client.send(opcode::TEXT, "in");
    client.expect(opcode::TEXT, "in");
}

#[test]
fn other_answers_are_as_the_url_says() {
    let server = Server::start();
    for (path, status, ending) in [
        ("/redirect", 302, "\r\nLocation: /echo\r\n\r\n"),
        (
            "/redirect?to=http%3A%2F%2Fa%2F",
            302,
            "\r\nLocation: http://a/\r\n\r\n",
        ),
        ("/status", 503, "\r\n\r\n"),
        ("/status?code=404&body=no", 404, "\r\n\r\nno"),
        ("/nowhere", 404, "no such path"),
        ("/flood?n=many", 400, "n: invalid digit found in string"),
        ("/script?dance", 400, "no such step: dance"),
    ] {
        let answer = Client::request(&server.url(path), "").rest();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{path}: {answer}"
        );
        assert!(answer.ends_with(ending), "{path}: {answer}");
    }
}

#[test]
fn a_page_can_ask_what_was_seen() {
    let server = Server::start();
    let mut client = Client::open(&server.url("/echo?id=x"));
    client.send(opcode::TEXT, "hi");
    client.expect(opcode::TEXT, "hi");

    let ask = |path: &str| -> Client { Client::open(&server.url(path)) };
    let answer = |mut asking: Client| -> Seen {
        let report = String::from_utf8(asking.read().payload).unwrap();
        asking.expect_close(1000, "");
        report.parse().unwrap()
    };
    let now = answer(ask("/seen?id=x&now"));
    assert_eq!(
        (now.frames[0].to_string().as_str(), now.end),
        ("1:2:6869", None)
    );

    let asking = ask("/seen?id=x");
    client.close(1000);
    client.expect_close(1000, "");
    drop(client);
    let seen = answer(asking);
    assert_eq!((seen.opcodes(), seen.end), (vec![1, 8], Some(End::Eof)));
    assert_eq!(seen, server.seen("x"));
    assert_eq!(answer(ask("/seen?id=unknown&now")), Seen::default());
}
