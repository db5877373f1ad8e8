//! Peers that want this process's memory, or its time for ever. These tests run alone, and measure.

use std::time::Duration;

use futures_util::future::join_all;
use onesocket::{Builder, CloseEvent, Stage, WebSocket};
use onesocket_test_support::{Frame, opcode};
use tokio::io::AsyncWriteExt;
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;

use crate::client::{Mode, live};
use crate::gate::{Gate, Visitor};
use crate::run::{run_alone, within};

const MIB: usize = 1 << 20;

/// What a socket may take, beside the buffers of its thread.
const LITTLE: usize = 8 * MIB;

/// A limit that the tests wait for, where a user would wait for seconds.
const SOON: Duration = Duration::from_millis(200);

#[test]
fn a_head_without_end_is_given_up_at_its_limit() {
    run_alone(async {
        let gate = Gate::open().await;
        let line = [b'x'; 4096];
        let fields = b"A: b\r\n".repeat(500);
        let cases: [(&str, &[u8], &[u8], &str); 3] = [
            (
                "a field without end",
                b"HTTP/1.1 101 ok\r\nX: ",
                &line,
                "limit of 65536 bytes",
            ),
            (
                "fields without end",
                b"HTTP/1.1 101 ok\r\n",
                &fields,
                "limit of 128",
            ),
            (
                "answers without end",
                b"",
                b"HTTP/1.1 100 Continue\r\n\r\n",
                "limit of 65536 bytes",
            ),
        ];
        for (what, start, again, text) in cases {
            let memory = Memory::now();
            let (url, visitor) = gate.invite();
            let peer = async {
                let mut visitor = visitor.await;
                visitor.send(start).await;
                while visitor.stream.write_all(again).await.is_ok() {}
            };
            let both = async { tokio::join!(WebSocket::connect(&url), peer) };
            let (connected, ()) = within(what, both).await;
            let error = connected.unwrap_err();
            assert!(error.to_string().contains(text), "{what}: {error}");
            memory.grew_at_most(LITTLE, what);
        }

        let what = "10,000 fields where they may be";
        let memory = Memory::now();
        let (url, visitor) = gate.invite();
        let builder = WebSocket::builder(&url)
            .max_response_fields(usize::MAX)
            .max_response_size(usize::MAX);
        let peer = async {
            let mut visitor = visitor.await;
            let answer = String::from_utf8(visitor.right_answer()).unwrap();
            let fields = "A-Field: with a value\r\n".repeat(10_000);
            visitor
                .send(
                    answer
                        .replace("Connection", &format!("{fields}Connection"))
                        .as_bytes(),
                )
                .await;
            visitor.read_close().await;
            visitor.end().await;
        };
        let connect = async { drop(builder.connect().await.unwrap()) };
        within(what, async { tokio::join!(connect, peer) }).await;
        memory.grew_at_most(2 * LITTLE, what);
    });
}

#[test]
fn an_announced_length_costs_nothing_until_its_bytes_come() {
    run_alone(async {
        let gate = Gate::open().await;
        for (what, limit, start, length) in [
            ("64 MiB of binary", 64 * MIB, 0x82, 64 << 20),
            ("64 MiB of text", 64 * MIB, 0x81, 64 << 20),
            ("64 MiB in a fragment", 64 * MIB, 0x02, 64 << 20),
            ("2^40 bytes without a limit", usize::MAX, 0x82, 1u64 << 40),
            (
                "2^40 bytes of text without a limit",
                usize::MAX,
                0x01,
                1 << 40,
            ),
            (
                "2^63-1 bytes without a limit",
                usize::MAX,
                0x82,
                (1 << 63) - 1,
            ),
            (
                "2^63-1 bytes of text without a limit",
                usize::MAX,
                0x81,
                (1 << 63) - 1,
            ),
        ] {
            let memory = Memory::now();
            let connections = join_all((0..100).map(|_| async {
                let (url, visitor) = gate.invite();
                let builder = WebSocket::builder(&url).max_message_size(limit);
                let (socket, mut visitor) = tokio::join!(builder.connect(), async {
                    let mut visitor = visitor.await;
                    visitor.accept().await;
                    visitor
                });
                let socket = socket.unwrap();
                // In one write, so that the pong of the ping says that the length was read.
                let ping = Frame::new(true, 0, opcode::PING, "").to_bytes();
                let frame = [&ping[..], &[start, 127], &length.to_be_bytes()[..], b"x"].concat();
                visitor.send(&frame).await;
                let read = async { socket.recv().await };
                let pong = visitor.read_until(|frame| frame.opcode == opcode::PONG);
                tokio::select! {
                    received = read => panic!("{what}: {received:?}"),
                    () = pong => {}
                }
                (socket, visitor)
            }));
            let connections = within(what, connections).await;
            memory.grew_at_most(100 * 100 * 1024 + LITTLE, what);
            memory.reserved_at_most(512 * MIB, what);
            // Cut off, each ends as any connection does.
            let ends = connections.into_iter().map(|(socket, visitor)| async move {
                visitor.reset();
                assert_eq!(socket.closed().await.code(), 1006);
            });
            within(what, join_all(ends)).await;
        }
    });
}

#[test]
fn fragments_without_end_are_counted_and_cost_nothing() {
    run_alone(async {
        let gate = Gate::open().await;
        for mode in [Mode::Listeners, Mode::Readers, Mode::Nobody] {
            let memory = Memory::now();
            let (url, visitor) = gate.invite();
            let builder = short(&url).max_fragments(100_000);
            let what = format!("empty fragments ({mode:?})");
            let peer = async {
                let mut visitor = visitor.await;
                visitor.accept().await;
                visitor.send(&[0x01, 0]).await;
                flood(&mut visitor, [0x00, 0].repeat(1000)).await;
            };
            let both = async { tokio::join!(peer, live(builder, mode)) };
            let (_, seen) = within(&what, both).await;
            assert_eq!(
                seen.close.cause().unwrap().close_code(),
                Some(1009),
                "{what}"
            );
            assert_eq!(seen.close.cause().unwrap().stage(), Stage::Limit, "{what}");
            memory.grew_at_most(LITTLE, &what);
        }
    });
}

#[test]
fn pings_whose_pongs_the_peer_does_not_read_cost_nothing() {
    run_alone(async {
        let gate = Gate::with_receive_buffer(8 << 10).await;
        for mode in [Mode::Listeners, Mode::Readers, Mode::Nobody] {
            let what = format!("pings ({mode:?})");
            let memory = Memory::now();
            let (url, visitor) = gate.invite();
            let peer = async {
                let mut visitor = visitor.await;
                visitor.accept().await;
                let ping = Frame::new(true, 0, opcode::PING, [b'x'; 125]).to_bytes();
                for _ in 0..200 {
                    visitor.send(&ping.repeat(512)).await;
                }
                visitor
                    .send(&Frame::new(true, 0, opcode::PING, "last").to_bytes())
                    .await;
                memory.grew_at_most(LITTLE, &what);
                // The last ping is answered, whatever became of the others.
                visitor.read_until(|frame| frame.payload == b"last").await;
                visitor.send(&[0x88, 0]).await;
                visitor.read_close().await;
                visitor.end().await;
            };
            let both = async { tokio::join!(peer, live(WebSocket::builder(&url), mode)) };
            let ((), seen) = within(&what, both).await;
            seen.check_clean(&what, mode, &[], 1005, "");
        }
    });
}

#[test]
fn messages_that_nobody_reads_wait_at_the_peer() {
    run_alone(async {
        let gate = Gate::open().await;
        for (what, message) in [
            ("empty messages", vec![0x82, 0]),
            ("messages", Frame::new(true, 0, 2, [7; 1000]).to_bytes()),
        ] {
            let memory = Memory::now();
            let (url, visitor) = gate.invite();
            let ((), ()) = within(what, async {
                let stalled = Notify::new();
                let peer = async {
                    let mut visitor = visitor.await;
                    visitor.accept().await;
                    let block = message.repeat(64 * 1024 / message.len());
                    // What the systems on both sides hold is theirs; more means that somebody reads.
                    let mut written = 0;
                    while written < 128 * MIB {
                        let write = timeout(5 * SOON, visitor.stream.write_all(&block));
                        if write.await.is_err() {
                            break;
                        }
                        written += block.len();
                    }
                    stalled.notify_one();
                    assert!(written < 128 * MIB, "{what}: all of it was read");
                    memory.grew_at_most(LITTLE, what);
                    visitor.read_close().await;
                    visitor.end().await;
                };
                let client = async {
                    let socket = WebSocket::connect(&url).await.unwrap();
                    stalled.notified().await;
                    for _ in 0..1000 {
                        socket.recv().await.unwrap().unwrap();
                    }
                    socket.close();
                    let close = socket.closed().await;
                    // The peer was cut off inside a frame, and answers nothing.
                    assert_eq!(close.code(), 1006, "{what}");
                };
                tokio::join!(peer, client)
            })
            .await;
        }
    });
}

#[test]
fn whoever_awaits_the_close_of_a_socket_that_nobody_reads_is_told_so() {
    run_alone(async {
        let gate = Gate::open().await;
        let (url, visitor) = gate.invite();
        let peer = async {
            let mut visitor = visitor.await;
            visitor.accept().await;
            flood(&mut visitor, [0x82, 0].repeat(1000)).await;
        };
        let builder = short(&url).max_unread(1000);
        let client = async { builder.connect().await.unwrap().closed().await };
        let (_, close) = within("unread messages", async { tokio::join!(peer, client) }).await;
        let cause = close.cause().unwrap();
        assert_eq!(cause.stage(), Stage::Limit, "{cause}");
        assert!(
            cause.is_timeout() && cause.to_string().contains("unread"),
            "{cause}"
        );
    });
}

#[test]
fn bytes_without_end_do_not_keep_a_closing_connection_open() {
    run_alone(async {
        let gate = Gate::open().await;
        let messages = || Frame::new(true, 0, 2, [7; 1000]).to_bytes().repeat(64);
        let cases: [(&str, &[u8], Vec<u8>); 5] = [
            (
                "zeros behind the peer's Close",
                &[0x88, 2, 3, 0xE8],
                vec![0; 64 << 10],
            ),
            ("messages behind the peer's Close", &[0x88, 0], messages()),
            ("messages behind our Close", &[], messages()),
            ("pings behind our Close", &[], [0x89, 0].repeat(32 << 10)),
            ("zeros behind a broken rule", &[0x83, 0], vec![0; 64 << 10]),
        ];
        for (what, first, endless) in cases {
            for mode in [Mode::Listeners, Mode::Nobody] {
                let memory = Memory::now();
                let what = format!("{what} ({mode:?})");
                let close = within(&what, keep_open(&gate, first, endless.clone(), mode)).await;
                match first {
                    [] => assert!(close.cause().unwrap().is_timeout(), "{what}: {close:?}"),
                    [0x83, ..] => assert_eq!(
                        close.cause().unwrap().close_code(),
                        Some(1002),
                        "{what}: {close:?}"
                    ),
                    _ => assert!(close.was_clean(), "{what}: {close:?}"),
                }
                memory.grew_at_most(LITTLE, &what);
            }
        }
    });
}

/// Sends without end, whatever the client says. Ends when it has cut the peer off.
async fn keep_open(gate: &Gate, first: &[u8], endless: Vec<u8>, mode: Mode) -> CloseEvent {
    let (url, visitor) = gate.invite();
    let (socket, mut visitor) = tokio::join!(short(&url).connect(), async {
        let mut visitor = visitor.await;
        visitor.accept().await;
        visitor
    });
    let socket = socket.unwrap();
    let (ended, mut end) = mpsc::unbounded_channel();
    if mode == Mode::Listeners {
        socket.set_onmessage(|_, _| {});
    }
    socket.set_onclose(move |_, event| {
        let _ = ended.send(event.clone());
    });
    visitor.send(first).await;
    if first.is_empty() {
        socket.close();
    }
    // On the client's own thread, so that whenever it has its turn there is more to read than it takes in one.
    let flood = flood(&mut visitor, endless);
    let (close, _) = tokio::join!(end.recv(), flood);
    close.unwrap()
}

#[test]
fn a_peer_that_never_reads_does_not_keep_a_closing_connection_open() {
    run_alone(async {
        let gate = Gate::with_receive_buffer(8 << 10).await;
        for (what, violation) in [("our close", false), ("a broken rule", true)] {
            let (url, visitor) = gate.invite();
            let (socket, mut visitor) = tokio::join!(short(&url).connect(), async {
                let mut visitor = visitor.await;
                visitor.accept().await;
                visitor
            });
            let socket = socket.unwrap();
            socket.send(vec![7; 8 * MIB]).unwrap();
            match violation {
                true => visitor.send(&[0x83, 0]).await,
                false => socket.close(),
            }
            let close = within(what, socket.closed()).await;
            let cause = close.cause().unwrap();
            match violation {
                true => assert_eq!(cause.close_code(), Some(1002), "{what}: {cause}"),
                false => assert!(cause.is_timeout(), "{what}: {cause}"),
            }
            let left = socket.buffered_amount();
            assert!((1..=8 * MIB).contains(&left), "{what}: {left}");
            drop(visitor);
        }
    });
}

#[test]
fn what_is_sent_to_a_peer_that_never_reads_is_bounded() {
    run_alone(async {
        let gate = Gate::with_receive_buffer(8 << 10).await;
        let memory = Memory::now();
        let (url, visitor) = gate.invite();
        let builder = WebSocket::builder(&url).max_unsent(4 * MIB);
        let client = async {
            let socket = builder.connect().await.unwrap();
            for _ in 0..10_000 {
                socket.send(vec![7; 64 << 10]).unwrap();
            }
            // "bufferedAmount" goes on counting what it was given.
            assert!(socket.buffered_amount() > 500 * MIB);
            socket.closed().await
        };
        let peer = async {
            let mut visitor = visitor.await;
            visitor.accept().await;
            visitor
        };
        let both = async { tokio::join!(client, peer) };
        let (close, _visitor) = within("sending without end", both).await;
        assert_eq!(close.cause().unwrap().stage(), Stage::Limit, "{close:?}");
        memory.grew_at_most(2 * LITTLE, "sending without end");
    });
}

fn short(url: &str) -> Builder {
    WebSocket::builder(url)
        .close_timeout(SOON)
        .disconnect_timeout(SOON)
}

/// Writes this again and again until the client has gone. Answers how many bytes it took.
async fn flood(visitor: &mut Visitor, block: Vec<u8>) -> usize {
    let mut written = 0;
    while visitor.stream.write_all(&block).await.is_ok() {
        written += block.len();
    }
    written
}

/// What the system says about this process, in bytes. Where it does not say, nothing is checked.
struct Memory {
    resident: usize,
    reserved: usize,
}

impl Memory {
    fn now() -> Memory {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let value = |name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
            number.map_or(0, |number| number.parse::<usize>().unwrap() << 10)
        };
        Memory {
            resident: value("VmRSS:"),
            reserved: value("VmSize:"),
        }
    }

    fn grew_at_most(&self, bytes: usize, what: &str) {
        let grown = Memory::now().resident.saturating_sub(self.resident);
        assert!(grown <= bytes, "{what}: {} KiB more are used", grown >> 10);
    }

    fn reserved_at_most(&self, bytes: usize, what: &str) {
        let grown = Memory::now().reserved.saturating_sub(self.reserved);
        assert!(
            grown <= bytes,
            "{what}: {} MiB more are reserved",
            grown >> 20
        );
    }
}
