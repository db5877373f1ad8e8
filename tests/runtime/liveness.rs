//! A socket that nobody polls: pings, closes and faults are seen all the same, within bounded memory.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};

use futures_util::StreamExt;
use onesocket::{ReadyState, Stage, WebSocket};
use onesocket_test_support::{Frame, Peer, opcode};
use tokio::time::sleep;

use super::scene::*;

/// How a socket comes to be read by nobody.
#[derive(Clone, Copy, Debug)]
enum Neglect {
    NeverPolled,
    ReaderDropped,
    StreamKept,
    ListenerRemoved,
}

const NEGLECTS: [Neglect; 4] = [
    Neglect::NeverPolled,
    Neglect::ReaderDropped,
    Neglect::StreamKept,
    Neglect::ListenerRemoved,
];

impl Neglect {
    async fn carry_out(self, socket: &mut WebSocket) {
        match self {
            Neglect::NeverPolled => {}
            Neglect::ReaderDropped => assert!(poll_once(socket.recv()).await.is_pending()),
            Neglect::StreamKept => assert!(poll_once(socket.next()).await.is_pending()),
            Neglect::ListenerRemoved => {
                socket.set_onmessage(|_, _| {});
                tokio::task::yield_now().await;
                socket.clear_onmessage();
            }
        }
    }
}

#[test]
fn pings_are_answered_while_nobody_polls() {
    on_both_runtimes(async || {
        for neglect in NEGLECTS {
            let peer = Peer::script(|mut conn| {
                conn.accept();
                for ping in ["one", "two", "three"] {
                    conn.send_frame(true, 0, opcode::PING, ping);
                    assert_eq!(conn.expect_frame(opcode::PONG).payload, ping.as_bytes());
                }
                say_goodbye(conn);
            });
            let mut socket = WebSocket::connect(peer.url()).await.unwrap();
            neglect.carry_out(&mut socket).await;
            join(peer).await;
        }
    });
}

#[test]
fn pings_are_answered_while_a_listener_gets_the_messages() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            for ping in ["one", "two", "three"] {
                conn.send_frame(true, 0, opcode::PING, ping);
                assert_eq!(conn.expect_frame(opcode::PONG).payload, ping.as_bytes());
            }
            say_goodbye(conn);
        });
        let _socket = WebSocket::builder(peer.url())
            .on_message(|_, _| {})
            .connect()
            .await
            .unwrap();
        join(peer).await;
    });
}

#[test]
fn a_close_is_noticed_while_nobody_polls() {
    on_both_runtimes(async || {
        for neglect in NEGLECTS {
            let (go, wait) = mpsc::channel::<()>();
            let peer = Peer::script(move |mut conn| {
                conn.accept();
                wait.recv_timeout(PATIENCE).unwrap();
                conn.text("unread");
                conn.close(3001, "bye");
                assert_eq!(conn.expect_close(), (Some(3001), String::new()));
                conn.end();
            });
            let mut socket = WebSocket::connect(peer.url()).await.unwrap();
            let log = Log::<u16>::new();
            socket.set_onclose({
                let log = log.clone();
                move |_, event| log.push(event.code())
            });
            neglect.carry_out(&mut socket).await;
            go.send(()).unwrap();
            until(|| socket.ready_state() == ReadyState::Closed).await;
            let event = socket.closed().await;
            assert!(event.was_clean());
            assert_eq!((event.code(), event.reason()), (3001, "bye"));
            assert_eq!(log.wait_for(1).await, [3001]);
            let unread = socket.recv().await.unwrap().unwrap();
            assert_eq!(unread.as_text(), Some("unread"));
            assert!(socket.recv().await.is_none());
            join(peer).await;
        }
    });
}

#[test]
fn a_fault_is_noticed_while_nobody_polls() {
    on_both_runtimes(async || {
        for neglect in NEGLECTS {
            let (go, wait) = mpsc::channel::<()>();
            let peer = Peer::script(move |mut conn| {
                conn.accept();
                wait.recv_timeout(PATIENCE).unwrap();
                conn.send_raw(&[text("good"), fault()].concat());
                assert_eq!(conn.expect_close(), (Some(1002), String::new()));
                conn.end();
            });
            let mut socket = WebSocket::connect(peer.url()).await.unwrap();
            neglect.carry_out(&mut socket).await;
            go.send(()).unwrap();
            until(|| socket.ready_state() == ReadyState::Closed).await;
            let event = socket.closed().await;
            assert_eq!((event.was_clean(), event.code()), (false, 1006));
            let cause = event.cause().unwrap();
            assert_eq!(
                (cause.stage(), cause.close_code()),
                (Stage::Protocol, Some(1002))
            );
            let good = socket.recv().await.unwrap().unwrap();
            assert_eq!(good.as_text(), Some("good"));
            let error = socket.recv().await.unwrap().unwrap_err();
            assert_eq!(error.stage(), Stage::Protocol);
            assert!(socket.recv().await.is_none());
            join(peer).await;
        }
    });
}

#[test]
fn an_end_without_a_close_is_noticed_while_nobody_polls() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            conn.reset();
        });
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        let event = socket.closed().await;
        assert_eq!((event.was_clean(), event.code()), (false, 1006));
        assert_eq!(event.cause().unwrap().stage(), Stage::Network);
    });
}

#[test]
fn a_peer_waits_when_max_unread_is_reached_and_goes_on_when_somebody_reads() {
    const MESSAGES: usize = 10_000;
    const SIZE: usize = 1024;

    on_both_runtimes(async || {
        let sent = Arc::new(AtomicUsize::new(0));
        let peer = Peer::script({
            let sent = sent.clone();
            move |mut conn| {
                conn.accept();
                for number in 0..MESSAGES {
                    let payload = format!("{number:>SIZE$}");
                    conn.send_raw(&Frame::new(true, 0, opcode::TEXT, payload).to_bytes());
                    sent.store(number + 1, SeqCst);
                }
                say_goodbye(conn);
            }
        });
        let mut socket = WebSocket::builder(peer.url())
            .max_unread(64 << 10)
            .connect()
            .await
            .unwrap();
        // It stands still when between two looks nothing was sent.
        let mut before = 0;
        loop {
            sleep(NEGLECT).await;
            let now = sent.load(SeqCst);
            if now == before && now > 0 {
                break;
            }
            before = now;
        }
        assert!(before < MESSAGES, "the peer was not made to wait");

        let number = |text: &str| text.trim_start().parse::<usize>().unwrap();
        for part in 0..4 {
            let numbers = part * MESSAGES / 4..(part + 1) * MESSAGES / 4;
            for expected in numbers {
                let message = match part % 2 {
                    0 => socket.recv().await,
                    _ => socket.next().await,
                };
                let message = message.unwrap().unwrap();
                assert_eq!(number(message.as_text().unwrap()), expected);
            }
            // The driver takes over.
            sleep(NEGLECT).await;
        }
        assert!(socket.recv().await.is_none());
        assert!(socket.closed().await.was_clean());
        join(peer).await;
    });
}
