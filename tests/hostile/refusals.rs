//! Servers that refuse, and what an application can know of it; and servers that babble.

use std::time::{Duration, Instant};

use onesocket::{Error, Stage, WebSocket};
use onesocket_test_support::Frame;

use crate::client::{MODES, live};
use crate::gate::{Gate, Visitor};
use crate::random::Random;
use crate::run::{all, run, within};

/// What an application is shown of a body at most.
const BODY_HEAD: usize = 4 << 10;

#[test]
fn every_status_but_101_is_a_refusal_that_shows_itself_and_whether_to_try_again() {
    let is_retryable = |status| matches!(status, 408 | 425 | 429 | 500 | 502..=504 | 506..=599);
    let statuses = (200..=208)
        .chain(300..=308)
        .chain(400..=431)
        .chain([451, 499])
        .chain(500..=511)
        .chain([599, 600, 999]);
    run(async {
        let gate = Gate::open().await;
        all(statuses, 16, |status| {
            let gate = gate.clone();
            async move {
                let head = format!(
                    "HTTP/1.1 {status} Some Reason\r\nX-Why: a\r\nx-why: b\r\nRetry-After: 7\r\n"
                );
                let answer = format!("{head}Content-Length: 3\r\n\r\nno!");
                let error = refuse(&gate, answer.as_bytes(), Visitor::end).await;
                assert_eq!(
                    error.to_string(),
                    format!("the server answered {status} Some Reason, not 101")
                );
                assert_eq!(error.stage(), Stage::Http, "{status}");
                assert_eq!(error.is_retryable(), is_retryable(status), "{status}");
                assert!(!error.is_timeout(), "{status}");
                assert_eq!(error.close_code(), None, "{status}");

                let response = error.response().unwrap();
                assert_eq!(
                    (response.status(), response.reason()),
                    (status, "Some Reason")
                );
                assert_eq!(response.header("X-WHY"), Some("a"), "{status}");
                assert_eq!(response.header("X-No"), None, "{status}");
                let names: Vec<_> = response.headers().map(|(name, _)| name).collect();
                assert_eq!(
                    names,
                    ["X-Why", "x-why", "Retry-After", "Content-Length"],
                    "{status}"
                );
                // RFC 9110 15.3.5 and 15.4.5: these have no body, whatever they say.
                let body: &[u8] = if matches!(status, 204 | 304) {
                    b""
                } else {
                    b"no!"
                };
                assert_eq!(response.body(), body, "{status}");
            }
        })
        .await;
    });
}

#[test]
fn of_a_refusals_body_the_head_is_shown_whatever_becomes_of_the_rest() {
    let long = "x".repeat(BODY_HEAD + 1);
    let head = &long[..BODY_HEAD];
    let cases = [
        ("none", "Content-Length: 0\r\n\r\n".to_owned(), ""),
        (
            "one to the end of the connection",
            "\r\nsorry".into(),
            "sorry",
        ),
        (
            "one that ends too early",
            "Content-Length: 100\r\n\r\nsor".into(),
            "sor",
        ),
        (
            "one with more behind it",
            "Content-Length: 5\r\n\r\nsorry, sorry".into(),
            "sorry",
        ),
        (
            "the longest that is shown",
            format!("Content-Length: {BODY_HEAD}\r\n\r\n{head}"),
            head,
        ),
        (
            "a longer one",
            format!("Content-Length: {}\r\n\r\n{long}", BODY_HEAD + 1),
            head,
        ),
        (
            "a long one to the end of the connection",
            format!("\r\n{long}"),
            head,
        ),
        (
            "a length beyond all numbers",
            format!("Content-Length: {}\r\n\r\nsor", "9".repeat(40)),
            "sor",
        ),
        (
            "a length of 64 bits",
            format!("Content-Length: {}\r\n\r\nsor", u64::MAX),
            "sor",
        ),
        (
            "one in chunks",
            "Transfer-Encoding: chunked\r\n\r\n3\r\nsor\r\n2;x=y\r\nry\r\n0\r\n\r\n".into(),
            "sorry",
        ),
        (
            "one in chunks that are none",
            "Transfer-Encoding: chunked\r\n\r\n3\r\nsorry".into(),
            "sor",
        ),
        (
            "a negative length",
            "Content-Length: -1\r\n\r\nsor".into(),
            "sor",
        ),
        (
            "two lengths",
            "Content-Length: 1\r\nContent-Length: 2\r\n\r\nsor".into(),
            "sor",
        ),
    ];
    run(async {
        let gate = Gate::open().await;
        for (name, rest, body) in cases {
            for reset in [false, true] {
                if reset && !cfg!(target_os = "linux") {
                    continue; // Elsewhere a reset takes with it what was not read yet.
                }
                let answer = format!("HTTP/1.1 404 Not Found\r\n{rest}");
                let error = match reset {
                    false => refuse(&gate, answer.as_bytes(), Visitor::end).await,
                    true => {
                        refuse(&gate, answer.as_bytes(), async |visitor| {
                            visitor.stream.set_zero_linger().unwrap();
                        })
                        .await
                    }
                };
                assert_eq!(
                    error.response().unwrap().body(),
                    body.as_bytes(),
                    "{name}, reset {reset}"
                );
            }
        }
    });
}

#[test]
fn a_body_that_never_ends_holds_nothing_up() {
    run(async {
        let gate = Gate::open().await;
        let endless = async |visitor: &mut Visitor| {
            let block = [b'x'; 10_000];
            while tokio::io::AsyncWriteExt::write_all(&mut visitor.stream, &block)
                .await
                .is_ok()
            {}
        };
        let error = refuse(&gate, b"HTTP/1.1 404 Not Found\r\n\r\n", endless).await;
        assert_eq!(error.response().unwrap().body(), [b'x'; BODY_HEAD]);

        // One that just stops is given up soon, and the refusal told.
        let begun = Instant::now();
        let error = refuse(
            &gate,
            b"HTTP/1.1 404 Not Found\r\n\r\nsor",
            Visitor::read_to_end,
        )
        .await;
        assert_eq!(error.response().unwrap().body(), b"sor");
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{:?}",
            begun.elapsed()
        );
    });
}

#[test]
fn a_redirect_is_not_followed() {
    run(async {
        let gate = Gate::open().await;
        let (elsewhere, visitor) = gate.invite();
        let answer =
            format!("HTTP/1.1 307 Moved\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n");
        let error = refuse(&gate, answer.as_bytes(), Visitor::end).await;
        assert_eq!(
            error.response().unwrap().header("location"),
            Some(elsewhere.as_str())
        );
        assert!(!error.is_retryable());
        let nobody = futures_util::FutureExt::now_or_never(visitor);
        assert!(nobody.is_none(), "the client went to {elsewhere}");
    });
}

#[test]
fn whatever_bytes_come_the_end_is_told_in_order_and_shows_no_control_characters() {
    run(async {
        let gate = Gate::open().await;
        let count = all(0..3000u64, 64, |seed| {
            let gate = gate.clone();
            let what = format!("garbage {seed}");
            async move { within(&what, babble(&gate, &what, seed)).await }
        })
        .await;
        println!("{count} connections of garbage");
    });
}

/// A right conversation with some bytes changed, added or left out; its head is mostly spared, for what is behind it.
async fn babble(gate: &Gate, what: &str, seed: u64) {
    let mode = MODES[seed as usize % 2];
    let (url, visitor) = gate.invite();
    let peer = async {
        let mut visitor = visitor.await;
        let mut random = Random(seed + 1);
        let mut bytes = visitor.right_answer();
        let spared = if seed.is_multiple_of(4) {
            0
        } else {
            bytes.len()
        };
        for (fin, kind, payload) in [
            (false, 1, "wör"),
            (true, 9, "p"),
            (true, 0, "ter"),
            (true, 2, "\0\0"),
            (true, 8, "\u{3}\u{e8}"),
        ] {
            bytes.extend(Frame::new(fin, 0, kind, payload).to_bytes());
        }
        for _ in 0..=random.below(3) {
            let at = spared + random.below(bytes.len() - spared);
            let byte = [0, b'\n', b'\r', b' ', b':', 0x7F, 0x80, 0x88, 0xFF][random.below(9)];
            match random.below(4) {
                0 => drop(bytes.remove(at)),
                1 => bytes.insert(at, byte),
                2 => bytes[at] = byte,
                _ => bytes[at] ^= 1 << random.below(8),
            }
        }
        visitor.send(&bytes).await;
        visitor.end().await;
        visitor.wire();
    };
    let ((), seen) = tokio::join!(peer, live(WebSocket::builder(&url), mode));
    let text = format!("{seen:?}");
    let mut events = seen.events.as_slice();
    events = events
        .strip_prefix(&["open 1".to_owned()])
        .unwrap_or(events);
    let opened = events.len() < seen.events.len();
    let is_message = |event: &&String| *event == "message 1";
    let pushed = events.iter().take_while(is_message).count();
    events = &events[pushed..];
    assert!(
        pushed == 0 || pushed == seen.messages.len(),
        "{what}: {text}"
    );
    let failed = events.len() == 2;
    if failed {
        assert!(events[0].starts_with("error 3 "), "{what}: {text}");
        assert!(!events[0].contains(char::is_control), "{what}: {text}");
    }
    assert!(opened || failed, "{what}: {text}");
    assert!(
        events
            .last()
            .is_some_and(|event| event.starts_with("close 3 ")),
        "{what}: {text}"
    );
    assert!(events.len() <= 2, "{what}: {text}");
    let stages = [
        Stage::Http,
        Stage::Upgrade,
        Stage::Protocol,
        Stage::Limit,
        Stage::Network,
    ];
    let cause = seen.close.cause();
    assert!(
        cause.is_none_or(|cause| stages.contains(&cause.stage())),
        "{what}: {text}"
    );
    assert_eq!(
        seen.told.len(),
        usize::from(cause.is_some()),
        "{what}: {text}"
    );
}

/// Answers with these bytes, goes on like this, and answers what the client makes of it.
async fn refuse(gate: &Gate, answer: &[u8], then: impl AsyncFnOnce(&mut Visitor)) -> Error {
    let (url, visitor) = gate.invite();
    let peer = async {
        let mut visitor = visitor.await;
        visitor.send(answer).await;
        then(&mut visitor).await;
    };
    let what = String::from_utf8_lossy(&answer[..answer.len().min(40)]).into_owned();
    let both = async { tokio::join!(WebSocket::connect(&url), peer) };
    let (connected, ()) = within(&what, both).await;
    connected.unwrap_err()
}
