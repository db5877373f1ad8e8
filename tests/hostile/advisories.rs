//! What other WebSocket libraries were attacked with, one test for each, as far as it concerns a client without compression.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::StreamExt;
use onesocket::{Builder, Stage, WebSocket};
use onesocket_test_support::{Frame, opcode};

use crate::client::{Failure, MODES, Mode, live};
use crate::gate::{Delivery, Gate};
use crate::random::Random;
use crate::run::{all, run, within};

const CRLF: &str = "value\r\nX-Injected: yes";

#[test]
fn cve_2026_1528_a_length_near_2_to_the_64_neither_wraps_nor_allocates() {
    run(async {
        let gate = Gate::open().await;
        for length in [
            (1u64 << 63) - 1,
            (1 << 63) - 2,
            1 << 62,
            u64::from(u32::MAX) + 1,
        ] {
            let header = |first: u8| [&[first, 127][..], &length.to_be_bytes()].concat();
            // Alone, and added to what came before.
            for bytes in [
                header(0x82),
                header(0x81),
                [&[0x02, 1, b'a'], &header(0x80)[..]].concat(),
                [&[0x01, 1, b'a'], &header(0x00)[..]].concat(),
            ] {
                let what = format!("{bytes:?}");
                let limited = WebSocket::builder;
                let seen = within(&what, hear(&gate, limited, Mode::Listeners, &bytes)).await;
                let text = "larger than the limit";
                let failure = Failure {
                    stage: Stage::Limit,
                    close_code: Some(1009),
                    text,
                };
                seen.check_failed(&what, Mode::Listeners, true, &[], failure);
            }
        }
    });
}

#[test]
fn cve_2026_2229_an_answer_with_parameters_of_compression_fails_the_handshake() {
    run(async {
        let gate = Gate::open().await;
        for extension in [
            "permessage-deflate; server_max_window_bits=99",
            "permessage-deflate; server_max_window_bits=7",
            "x; y=\"",
            ";;;",
            "permessage-deflate; client_max_window_bits=18446744073709551616",
        ] {
            let (url, visitor) = gate.invite();
            let peer = async {
                let mut visitor = visitor.await;
                let answer = String::from_utf8(visitor.right_answer()).unwrap();
                let field = format!("Sec-WebSocket-Extensions: {extension}\r\nConnection");
                visitor
                    .send(answer.replace("Connection", &field).as_bytes())
                    .await;
                visitor.read_to_end().await;
            };
            let both =
                async { tokio::join!(peer, live(WebSocket::builder(&url), Mode::Listeners)) };
            let ((), seen) = within(extension, both).await;
            let text = "the opening handshake failed";
            let failure = Failure {
                stage: Stage::Upgrade,
                close_code: None,
                text,
            };
            seen.check_failed(extension, Mode::Listeners, false, &[], failure);
        }
    });
}

#[test]
fn cve_2026_1527_no_option_carries_a_line_break_into_the_request() {
    run(async {
        let gate = Gate::open().await;
        let options: [fn(Builder) -> Builder; 6] = [
            |builder| builder.header("X-Mine", CRLF),
            |builder| builder.header("X-Mine\r\nX-Injected", "yes"),
            |builder| builder.origin(CRLF),
            |builder| builder.authorization(CRLF),
            |builder| builder.protocols(CRLF),
            |builder| builder.protocols(["a", CRLF]),
        ];
        for set in options {
            assert!(
                set(WebSocket::builder("ws://127.0.0.1:1023"))
                    .open()
                    .is_err()
            );
        }

        // The URL's parser takes line breaks out; what is encoded stays encoded, but for the credentials, which are encoded anew.
        let (url, visitor) = gate.invite();
        let url = url.replace("://", "://us%0D%0Aer:pa%0D%0Ass@");
        let url = format!("{url}\r\nX-Injected: yes");
        assert!(url.contains('\r'));
        let socket = WebSocket::new(url).unwrap();
        assert!(!socket.url().contains(['\r', '\n']));
        drop((socket, visitor));
        let (url, visitor) = gate.invite();
        let url = url.replace("://", "://us%0D%0Aer:pa%0D%0Ass@");
        let connect = WebSocket::connect(&url);
        let peer = async {
            let mut visitor = visitor.await;
            visitor.accept().await;
            visitor.request
        };
        let both = async { tokio::join!(connect, peer) };
        let (_socket, request) = within("a line break in a URL", both).await;
        assert_eq!(request.field("X-Injected"), None);
        let authorization = request.field("Authorization").unwrap();
        assert!(authorization.starts_with("Basic "), "{authorization}");
        let names: HashSet<_> = request.fields.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), request.fields.len(), "{:?}", request.fields);
    });
}

#[test]
fn cve_2026_48779_a_message_of_tiny_fragments_is_one_buffer_and_their_number_has_a_limit() {
    run(async {
        let gate = Gate::open().await;
        // The default limit, reached and passed.
        let fragments = 1 << 20;
        let start = [0x02, 1, b'x'];
        let middle = [0x00, 1, b'x'].repeat(fragments - 2);
        let last = [0x80, 1, b'x'];
        for (more, fails) in [(false, false), (true, true)] {
            let (url, visitor) = gate.invite();
            let connect = async {
                let mut socket = WebSocket::connect(&url).await.unwrap();
                let received = socket.next().await.unwrap();
                match fails {
                    false => assert_eq!(received.unwrap().len(), fragments),
                    true => assert_eq!(received.unwrap_err().close_code(), Some(1009)),
                }
            };
            let peer = async {
                let mut visitor = visitor.await;
                visitor.accept().await;
                let more = if more { &last[..] } else { &[] };
                let more: Vec<u8> = more.iter().map(|byte| byte & 0x7F).collect();
                let bytes = [&start, &middle[..], &more, &last].concat();
                visitor.deliver(&bytes, Delivery::Whole).await;
                visitor.read_close().await;
                visitor.end().await;
            };
            within("tiny fragments", async { tokio::join!(connect, peer) }).await;
        }
    });
}

#[test]
fn cve_2026_45736_a_close_carries_its_code_and_reason_and_not_a_byte_more() {
    run(async {
        let gate = Gate::open().await;
        all(0..=123, 16, |length| {
            let gate = gate.clone();
            async move {
                let reason = "ü".repeat(length / 2) + &"x".repeat(length % 2);
                let (url, visitor) = gate.invite();
                let client = async {
                    let socket = WebSocket::connect(&url).await.unwrap();
                    socket.close_with(4321, &reason).unwrap();
                    socket.closed().await
                };
                let peer = async {
                    let mut visitor = visitor.await;
                    visitor.accept().await;
                    visitor.read_close().await;
                    visitor.send(&[0x88, 0]).await;
                    visitor.end().await;
                    visitor
                };
                let both = async { tokio::join!(client, peer) };
                let (close, visitor) = within("a reason", both).await;
                assert_eq!((close.code(), close.was_clean()), (1005, true));
                let payload = [&4321u16.to_be_bytes(), reason.as_bytes()].concat();
                let [frame] = &visitor.frames[..] else {
                    panic!("{:?}", visitor.frames)
                };
                assert_eq!((frame.opcode, &frame.payload), (opcode::CLOSE, &payload));
                assert_eq!(visitor.wire().len(), 2, "a Close, and the end");
            }
        })
        .await;
    });
}

#[test]
fn cve_2018_1000518_and_cve_2026_54464_the_size_limit_is_that_of_the_whole_message() {
    run(async {
        let gate = Gate::open().await;
        let fragment = |fin, kind, length| Frame::new(fin, 0, kind, vec![b'x'; length]).to_bytes();
        let limited = |url: String| WebSocket::builder(url).max_message_size(1000);
        for mode in MODES {
            for kind in [opcode::TEXT, opcode::BINARY] {
                let what = format!("opcode {kind} ({mode:?})");
                let largest = [
                    fragment(false, kind, 999),
                    fragment(false, 0, 1),
                    fragment(true, 0, 0),
                    fragment(true, kind, 1000),
                ]
                .concat();
                let bytes = [&largest[..], &[0x88, 2, 3, 0xE8]].concat();
                let seen = within(&what, hear(&gate, limited, mode, &bytes)).await;
                assert!(seen.close.was_clean(), "{what}: {seen:?}");
                assert_eq!(seen.messages.len(), 2, "{what}");

                for last in [1, 125, 1001] {
                    let bytes = [fragment(false, kind, 1000), fragment(true, 0, last)].concat();
                    let seen = within(&what, hear(&gate, limited, mode, &bytes)).await;
                    let text = "larger than the limit of 1000 bytes";
                    let failure = Failure {
                        stage: Stage::Limit,
                        close_code: Some(1009),
                        text,
                    };
                    seen.check_failed(&what, mode, true, &[], failure);
                }
                // What claims to be compressed was not asked for, whatever it would become.
                let compressed = Frame::new(true, 4, kind, [0xC1, 0xC1, 0xB2, 0x01]).to_bytes();
                let seen = within(&what, hear(&gate, limited, mode, &compressed)).await;
                let text = "reserved bit";
                let failure = Failure {
                    stage: Stage::Protocol,
                    close_code: Some(1002),
                    text,
                };
                seen.check_failed(&what, mode, true, &[], failure);
            }
        }
    });
}

#[test]
fn cve_2023_43669_each_byte_of_a_long_head_is_looked_at_once() {
    run(async {
        let gate = Gate::open().await;
        let (url, visitor) = gate.invite();
        let peer = async {
            let mut visitor = visitor.await;
            let head = format!("HTTP/1.1 101 ok\r\nX: {}", "x".repeat(64 << 10));
            visitor.deliver(head.as_bytes(), Delivery::Bytes).await;
            visitor.read_to_end().await;
        };
        let both = async { tokio::join!(WebSocket::connect(&url), peer) };
        let (connected, ()) = within("64 KiB, byte by byte", both).await;
        let error = connected.unwrap_err();
        assert!(
            error.to_string().contains("limit of 65536 bytes"),
            "{error}"
        );
    });
}

#[test]
fn cve_2025_10148_every_frame_has_a_new_mask_that_nobody_can_foretell() {
    run(async {
        let gate = Gate::open().await;
        let mut keys = Vec::new();
        for _ in 0..4 {
            let (url, visitor) = gate.invite();
            let client = async {
                let socket = WebSocket::connect(&url).await.unwrap();
                for _ in 0..1000 {
                    socket.send("the same text, again and again").unwrap();
                }
                socket.close();
                socket.closed().await;
            };
            let peer = async {
                let mut visitor = visitor.await;
                visitor.accept().await;
                visitor.send(&[0x89, 0]).await;
                visitor.read_close().await;
                visitor.send(&[0x88, 0]).await;
                visitor.end().await;
                visitor.frames
            };
            let both = async { tokio::join!(client, peer) };
            let ((), frames) = within("masks", both).await;
            assert!(frames.len() > 1000);
            keys.extend(
                frames
                    .into_iter()
                    .map(|frame| u32::from_be_bytes(frame.key)),
            );
        }
        // Two of 4,000 are equal in one run of 540; five pairs in fewer than one of 10^15.
        let different: HashSet<_> = keys.iter().collect();
        assert!(
            different.len() + 5 > keys.len(),
            "{} of {}",
            different.len(),
            keys.len()
        );
        // Each bit is set in half of them: ten standard deviations to either side.
        for bit in 0..32 {
            let set = keys.iter().filter(|key| *key >> bit & 1 == 1).count();
            let off = set.abs_diff(keys.len() / 2);
            assert!(off < 320, "bit {bit} is set in {set} of {}", keys.len());
        }
        // And a key says nothing of the next: neither their sum nor their difference is always the same.
        let steps: HashSet<_> = keys
            .windows(2)
            .map(|pair| pair[1].wrapping_sub(pair[0]))
            .collect();
        assert!(steps.len() + 5 > keys.len() - 1, "{} steps", steps.len());
    });
}

#[test]
fn cve_2025_5399_random_frames_never_make_the_client_spin() {
    run(async {
        let gate = Gate::open().await;
        all(0..1000u64, 64, |seed| {
            let gate = gate.clone();
            let what = format!("random frames {seed}");
            async move {
                let mut random = Random(seed);
                let mut bytes = Vec::new();
                for _ in 0..1 + random.below(12) {
                    let kind = [0, 0, 1, 2, 8, 9, 10, 3][random.below(8)];
                    let (fin, rsv) = (random.below(3) > 0, u8::from(random.below(20) == 0));
                    let payload: Vec<u8> = (0..random.below(200))
                        .map(|_| random.below(256) as u8 & 0x7F)
                        .collect();
                    bytes.extend(Frame::new(fin, rsv, kind, payload).to_bytes());
                }
                let mode = MODES[seed as usize % 2];
                let seen = within(&what, hear(&gate, WebSocket::builder, mode, &bytes)).await;
                let last = seen.events.last().unwrap();
                assert!(last.starts_with("close 3 "), "{what}: {seen:?}");
                let cause = seen.close.cause();
                assert!(
                    cause.is_none_or(|cause| cause.stage() != Stage::Runtime),
                    "{what}: {seen:?}"
                );
            }
        })
        .await;
    });
}

#[test]
fn cve_2026_0716_without_limits_everything_is_as_safe_as_with_them() {
    fn unlimited(url: String) -> Builder {
        WebSocket::builder(url)
            .max_message_size(usize::MAX)
            .max_fragments(u32::MAX)
            .max_response_size(usize::MAX)
            .max_response_fields(usize::MAX)
            .max_unread(usize::MAX)
            .max_unsent(usize::MAX)
            .high_water_mark(usize::MAX)
            .connect_timeout(Duration::MAX)
            .close_timeout(Duration::MAX)
            .disconnect_timeout(Duration::MAX)
    }
    run(async {
        let gate = Gate::open().await;
        let first = Frame::new(true, 0, opcode::TEXT, "first").to_bytes();
        for mode in MODES {
            for length in [64u64 << 20, 1 << 40, 1 << 62, (1 << 63) - 1] {
                let header = |first: u8| [&[first, 127][..], &length.to_be_bytes()].concat();
                for start in [
                    header(0x82),
                    header(0x81),
                    header(0x01),
                    [&[0x02, 1, b'a'], &header(0x80)[..]].concat(),
                ] {
                    let bytes = [&first, &start, &b"the beginning"[..]].concat();
                    let what = format!("{length:#x} bytes announced by {start:?} ({mode:?})");
                    let seen = within(&what, hear(&gate, unlimited, mode, &bytes)).await;
                    if length > usize::MAX as u64 - 1 {
                        continue; // What no memory of this target could hold is refused.
                    }
                    seen.check_lost(&what, mode, &["first"], Stage::Network);
                }
            }
            let bytes = [&first[..], &[0x88, 2, 3, 0xE8]].concat();
            let what = format!("a clean end without limits ({mode:?})");
            let seen = within(&what, hear(&gate, unlimited, mode, &bytes)).await;
            seen.check_clean(&what, mode, &["first"], 1000, "");
        }
    });
}

#[test]
fn cve_2026_0716_a_timeout_beyond_the_clock_is_no_timeout() {
    run(async {
        let gate = Gate::with_receive_buffer(8 << 10).await;
        let forever = |url: &str| {
            WebSocket::builder(url)
                .close_timeout(Duration::MAX)
                .disconnect_timeout(Duration::MAX)
        };
        // Bytes leave while the connection closes, which begins the time anew.
        let (url, visitor) = gate.invite();
        let client = async {
            let socket = forever(&url).connect().await.unwrap();
            socket.send(vec![7; 8 << 20]).unwrap();
            socket.close();
            socket.closed().await
        };
        let peer = async {
            let mut visitor = visitor.await;
            visitor.accept().await;
            visitor.read_close().await;
            visitor.send(&[0x88, 0]).await;
            visitor.end().await;
        };
        let both = async { tokio::join!(client, peer) };
        let (close, ()) = within("a slow close", both).await;
        assert!(close.was_clean(), "{close:?}");

        // Somebody awaits the close, and nobody reads.
        let (url, visitor) = gate.invite();
        let client = async {
            let socket = forever(&url).max_unread(100).connect().await.unwrap();
            let close = socket.closed();
            let read = async {
                while socket.try_recv().is_none() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            tokio::select! {
                close = close => panic!("{close:?}"),
                () = read => {}
            }
        };
        let peer = async {
            let mut visitor = visitor.await;
            visitor.accept().await;
            visitor.send(&[0x82, 0].repeat(1000)).await;
            visitor.read_close().await;
            visitor.end().await;
        };
        within("unread messages", async { tokio::join!(client, peer) }).await;
    });
}

#[test]
fn cve_2020_7663_a_long_field_of_extensions_is_refused_at_once() {
    run(async {
        let gate = Gate::open().await;
        for value in [
            format!("a; b=\"{}", "\\x".repeat(30_000)),
            ";,".repeat(30_000),
            format!("x; y=\"{}", "a".repeat(60_000)),
        ] {
            let (url, visitor) = gate.invite();
            let peer = async {
                let mut visitor = visitor.await;
                let answer = String::from_utf8(visitor.right_answer()).unwrap();
                let field = format!("Sec-WebSocket-Extensions: {value}\r\nConnection");
                visitor
                    .send(answer.replace("Connection", &field).as_bytes())
                    .await;
                visitor.read_to_end().await;
            };
            let both = async { tokio::join!(WebSocket::connect(&url), peer) };
            let (connected, ()) = within("extensions", both).await;
            let error = connected.unwrap_err();
            assert_eq!(error.stage(), Stage::Upgrade, "{error}");
            assert!(error.to_string().len() < 300, "{error}");
        }
    });
}

/// Connects, hears these bytes and then the end, and answers what the application saw.
async fn hear(
    gate: &Gate,
    build: impl FnOnce(String) -> Builder,
    mode: Mode,
    bytes: &[u8],
) -> crate::client::Seen {
    let (url, visitor) = gate.invite();
    let peer = async {
        let mut visitor = visitor.await;
        visitor.accept().await;
        visitor.deliver(bytes, Delivery::Whole).await;
        visitor.end().await;
    };
    let ((), seen) = tokio::join!(peer, live(build(url), mode));
    seen
}
