use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use super::{ACCEPT, Client};
use crate::native::frame::{Frame, opcode};
use crate::{End, Peer};

/// The message of the panic with which joining this peer ends.
fn panic_of(peer: Peer) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| peer.join())).expect_err("a panic");
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(other) => (*other.downcast::<&str>().expect("a message")).to_owned(),
    }
}

#[test]
fn a_script_speaks_with_its_client() {
    let peer = Peer::script(|mut conn| {
        let head = conn.accept();
        assert_eq!(head.target, "/path?q");
        conn.text("hi");
        conn.binary([1]);
        conn.send_frame(false, 4, 11, "f");
        conn.send_raw_split(&[0x8a, 0]);
        let frame = conn.read_frame().unwrap();
        assert!(frame.fin && frame.masked);
        assert_eq!((frame.opcode, frame.payload), (opcode::TEXT, b"x".to_vec()));
        assert_eq!(conn.expect_close(), (Some(1000), String::new()));
        conn.close(3000, "bye");
        conn.expect_eof();
    });
    let mut client = Client::open(&peer.url_of("/path?q"));
    client.expect(opcode::TEXT, "hi");
    client.expect(opcode::BINARY, [1]);
    assert_eq!(client.read(), Frame::new(false, 4, 11, "f"));
    client.expect(opcode::PONG, "");
    client.send(opcode::TEXT, "x");
    client.close(1000);
    client.expect_close(3000, "bye");
    drop(client);
    peer.join();
}

#[test]
fn a_script_can_answer_as_it_likes() {
    let peer = Peer::script(|mut conn| {
        let head = conn.read_request();
        conn.answer(format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", head.accept()));
        conn.end();
    });
    let client = Client::request(&peer.url(), "");
    assert_eq!(
        client.rest(),
        format!("HTTP/1.1 200 OK\r\nX: {ACCEPT}\r\n\r\n")
    );
    peer.join();
}

#[test]
fn a_script_can_reset() {
    let peer = Peer::script(|mut conn| {
        conn.accept();
        conn.reset();
    });
    Client::open(&peer.url()).expect_reset();
    peer.join();
}

#[test]
fn a_connection_that_is_dropped_ends_without_a_reset() {
    let peer = Peer::script(|mut conn| {
        conn.accept();
        conn.expect_frame(opcode::PING);
    });
    let mut client = Client::open(&peer.url());
    client.send(opcode::PING, "");
    client.send(opcode::TEXT, "unread");
    client.expect_eof();
    drop(client);
    peer.join();
}

#[test]
fn joining_raises_the_panic_of_the_script() {
    let peer = Peer::script(|mut conn| {
        conn.accept();
        panic!("wanted");
    });
    let _client = Client::open(&peer.url());
    assert_eq!(panic_of(peer), "wanted");
}

#[test]
fn a_client_that_breaks_a_rule_is_a_panic() {
    let unmasked = Frame::new(true, 0, opcode::TEXT, "x");
    let masked = |key| unmasked.clone().masked([key; 4]);
    let ping = Frame::new(true, 0, opcode::PING, "").masked([1; 4]);
    for (frames, expected) in [
        (
            vec![masked(7), masked(7)],
            "two frames in a row have the same masking key (5.3)",
        ),
        (
            vec![masked(7), unmasked.clone()],
            "a frame is not masked (5.3)",
        ),
        (vec![ping], "expected a frame of opcode 1, not Some(Frame"),
        (vec![], "expected a frame of opcode 1, not None"),
    ] {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            conn.expect_frame(opcode::TEXT);
            conn.expect_frame(opcode::TEXT);
        });
        let mut client = Client::open(&peer.url());
        for frame in frames {
            client.write(frame.to_bytes());
        }
        drop(client);
        let panic = panic_of(peer);
        assert!(panic.contains(expected), "{panic}");
    }
}

#[test]
fn how_the_client_went_can_be_asked() {
    let peer = Peer::script(|mut conn| {
        conn.accept();
        assert_eq!(conn.read_to_end(), End::Eof);
    });
    drop(Client::open(&peer.url()));
    peer.join();
}

#[test]
fn dropping_a_peer_stops_its_script() {
    let (over, script_over) = mpsc::channel::<()>();
    let peer = Peer::script(move |mut conn| {
        let _over = over;
        conn.accept();
        conn.read_to_end();
    });
    let mut client = Client::open(&peer.url());
    drop(peer);
    assert!(script_over.recv().is_err());
    client.expect_eof();

    let lonely = Peer::script(|_| unreachable!("nobody connects"));
    drop(lonely);
}

#[test]
fn dropping_a_peer_raises_a_panic_that_came_before() {
    let peer = Peer::script(|_| panic!("wanted"));
    drop(std::net::TcpStream::connect(peer.addr()).unwrap());
    while !peer.is_over() {
        std::thread::yield_now();
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(peer))).is_err());
}
