//! Message listeners: what they may do to the socket and to each other.

use std::sync::{Arc, Mutex, mpsc};

use futures_util::StreamExt;
use onesocket::{ListenerId, MessageEvent, ReadyState, WebSocket};
use onesocket_test_support::{Peer, Server, opcode};

use super::scene::*;

#[test]
fn unread_messages_go_to_a_listener_that_comes_later() {
    on_both_runtimes(async || {
        let peer = counting_peer(0..100);
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        receive_numbers(&socket, 0..10).await;
        let log = Log::<usize>::new();
        socket.set_onmessage({
            let log = log.clone();
            move |_, event| log.push(number_of(event.message()))
        });
        assert_eq!(log.wait_for(90).await, Vec::from_iter(10..100));
        assert!(socket.closed().await.was_clean());
        join(peer).await;
    });
}

#[test]
fn what_a_stream_leaves_goes_to_a_listener_of_whichever_handle() {
    on_both_runtimes(async || {
        for is_clone in [false, true] {
            let peer = counting_peer(0..100);
            let mut socket = WebSocket::connect(peer.url()).await.unwrap();
            for number in 0..5 {
                assert_eq!(number_of(&socket.next().await.unwrap().unwrap()), number);
            }
            let log = Log::<usize>::new();
            let listening = if is_clone { &socket.clone() } else { &socket };
            listening.set_onmessage({
                let log = log.clone();
                move |_, event| log.push(number_of(event.message()))
            });
            assert_eq!(log.wait_for(95).await, Vec::from_iter(5..100));
            join(peer).await;
        }
    });
}

#[test]
fn it_does_so_too_when_the_listener_comes_after_the_end() {
    on_both_runtimes(async || {
        for is_clone in [false, true] {
            let peer = counting_peer(0..4);
            let mut socket = WebSocket::connect(peer.url()).await.unwrap();
            assert_eq!(number_of(&socket.next().await.unwrap().unwrap()), 0);
            socket.closed().await;
            let log = Log::<usize>::new();
            let listening = if is_clone { &socket.clone() } else { &socket };
            listening.set_onmessage({
                let log = log.clone();
                move |_, event| log.push(number_of(event.message()))
            });
            assert_eq!(log.wait_for(3).await, [1, 2, 3]);
            join(peer).await;
        }
    });
}

#[test]
fn what_a_listener_leaves_goes_to_readers_in_order() {
    on_both_runtimes(async || {
        for _ in 0..20 {
            let peer = counting_peer(0..100);
            let log = Log::<usize>::new();
            let message = log.clone();
            let socket = WebSocket::builder(peer.url())
                .on_message(move |socket, event| {
                    message.push(number_of(event.message()));
                    if number_of(event.message()) == 4 {
                        socket.clear_onmessage();
                    }
                })
                .connect()
                .await
                .unwrap();
            receive_numbers(&socket, 5..100).await;
            assert!(socket.recv().await.is_none());
            assert_eq!(log.get(), [0, 1, 2, 3, 4]);
            join(peer).await;
        }
    });
}

#[test]
fn a_reader_that_comes_while_the_last_listener_still_runs_waits_for_what_it_leaves() {
    on_multi_thread(async || {
        for _ in 0..20 {
            let peer = counting_peer(0..100);
            let (removed, wait) = tokio::sync::oneshot::channel();
            let (go_on, going_on) = mpsc::channel::<()>();
            let mut removed = Some(removed);
            let socket = WebSocket::builder(peer.url())
                .on_message(move |socket, _| {
                    socket.clear_onmessage();
                    removed.take().expect("it is gone").send(()).unwrap();
                    // The other messages of the batch are still in the driver's hands.
                    going_on.recv_timeout(PATIENCE).unwrap();
                })
                .connect()
                .await
                .unwrap();
            wait.await.unwrap();
            let mut first = Box::pin(socket.recv());
            assert!(poll_once(&mut first).await.is_pending());
            go_on.send(()).unwrap();
            assert_eq!(number_of(&first.await.unwrap().unwrap()), 1);
            receive_numbers(&socket, 2..100).await;
            assert!(socket.recv().await.is_none());
            join(peer).await;
        }
    });
}

#[test]
fn a_reader_that_waited_beside_a_listener_reads_when_it_is_gone() {
    on_both_runtimes(async || {
        let (speak, wait) = mpsc::channel::<()>();
        let peer = Peer::script(move |mut conn| {
            conn.accept();
            wait.recv_timeout(PATIENCE).unwrap();
            conn.text("0");
            say_goodbye(conn);
        });
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        let reader = tokio::spawn({
            let socket = socket.clone();
            async move { socket.recv().await }
        });
        // In one turn the driver does not see it; over several it does.
        for yields in 0..3 {
            socket.set_onmessage(|_, _| {});
            for _ in 0..yields {
                tokio::task::yield_now().await;
            }
            socket.clear_onmessage();
        }
        speak.send(()).unwrap();
        let message = reader.await.unwrap().unwrap().unwrap();
        assert_eq!(number_of(&message), 0);
        join(peer).await;
    });
}

#[test]
fn listeners_and_readers_that_take_turns_get_every_message_once_and_in_order() {
    const MESSAGES: usize = 20_000;

    on_both_runtimes(async || {
        let peer = counting_peer(0..MESSAGES);
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        let log = Log::<usize>::new();
        while log.len() < MESSAGES {
            for _ in 0..37 {
                if let Some(message) = socket.recv().await {
                    log.push(number_of(&message.unwrap()));
                }
            }
            let (message, mut left) = (log.clone(), 53);
            socket.set_onmessage(move |socket, event| {
                message.push(number_of(event.message()));
                left -= 1;
                if left == 0 {
                    socket.clear_onmessage();
                }
            });
        }
        assert_eq!(log.get(), Vec::from_iter(0..MESSAGES));
        join(peer).await;
    });
}

#[test]
fn a_listener_may_be_replaced_inside_itself() {
    on_both_runtimes(async || {
        let peer = counting_peer(0..20);
        let (first, second) = (Log::<usize>::new(), Log::<usize>::new());
        let (to_first, to_second) = (first.clone(), second.clone());
        let _socket = WebSocket::builder(peer.url())
            .on_message(move |socket, event| {
                to_first.push(number_of(event.message()));
                let to_second = to_second.clone();
                socket.set_onmessage(move |_, event| to_second.push(number_of(event.message())));
            })
            .connect()
            .await
            .unwrap();
        assert_eq!(second.wait_for(19).await, Vec::from_iter(1..20));
        assert_eq!(first.get(), [0]);
        join(peer).await;
    });
}

#[test]
fn nothing_is_delivered_after_a_close_inside_a_listener() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            conn.send_raw(&numbers(0..100));
            assert_eq!(conn.expect_close(), (Some(4000), "enough".into()));
            conn.close(4000, "");
            conn.end();
        });
        let log = Log::<String>::new();
        let (message, close) = (log.clone(), log.clone());
        let socket = WebSocket::builder(peer.url())
            .on_message(move |socket, event| {
                message.push(event.text().unwrap());
                if event.text() == Some("4") {
                    socket.close_with(4000, "enough").unwrap();
                    assert_eq!(socket.ready_state(), ReadyState::Closing);
                }
            })
            .on_close(move |_, event| close.push(format!("close {}", event.code())))
            .connect()
            .await
            .unwrap();
        let expected = ["0", "1", "2", "3", "4", "close 4000"];
        assert_eq!(log.wait_for(6).await, expected);
        assert!(socket.recv().await.is_none());
        join(peer).await;
    });
}

#[test]
fn answers_of_a_listener_leave_before_more_is_asked() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            for turn in 0..50 {
                // In one segment, or in one for each message.
                let questions = numbers(0..10);
                match turn % 2 {
                    0 => conn.send_raw(&questions),
                    _ => (0..10).for_each(|number| conn.text(&number.to_string())),
                }
                for number in 0..10 {
                    let answer = conn.expect_frame(opcode::TEXT).payload;
                    assert_eq!(answer, number.to_string().as_bytes());
                }
            }
            say_goodbye(conn);
        });
        let socket = WebSocket::builder(peer.url())
            .on_message(|socket, event| socket.send(event.text().unwrap()).unwrap())
            .connect()
            .await
            .unwrap();
        assert!(socket.closed().await.was_clean());
        join(peer).await;
    });
}

#[test]
fn a_panic_in_a_listener_stops_neither_the_others_nor_the_next_message() {
    on_both_runtimes(async || {
        let peer = counting_peer(0..5);
        let log = Log::<usize>::new();
        let socket = WebSocket::new(peer.url()).unwrap();
        socket.set_onopen(|_, _| panic!("on purpose"));
        socket.add_event_listener(|_, _: &MessageEvent| panic!("on purpose"));
        socket.add_event_listener({
            let log = log.clone();
            move |_, event: &MessageEvent| log.push(number_of(event.message()))
        });
        assert_eq!(log.wait_for(5).await, [0, 1, 2, 3, 4]);
        assert!(socket.closed().await.was_clean());
        join(peer).await;
    });
}

#[test]
fn listeners_are_called_in_order_and_changes_in_the_middle_count_as_on_the_web() {
    on_both_runtimes(async || {
        let peer = counting_peer(0..3);
        let log = Log::<String>::new();
        let logger = |name: &'static str| {
            let log = log.clone();
            move |_: &WebSocket, event: &MessageEvent| {
                log.push(format!("{name}{}", event.text().unwrap()));
            }
        };
        let socket = WebSocket::new(peer.url()).unwrap();
        let removed = Arc::new(Mutex::new(None::<ListenerId>));
        socket.add_event_listener({
            let (removed, log_it, late) = (removed.clone(), logger("a"), logger("late"));
            move |socket: &WebSocket, event: &MessageEvent| {
                log_it(socket, event);
                // Gone from this event on, though it stands behind.
                if let Some(id) = removed.lock().unwrap().take() {
                    socket.remove_event_listener(id);
                    // Called from the next event on.
                    socket.add_event_listener(late.clone());
                }
            }
        });
        socket.set_onmessage(logger("on"));
        *removed.lock().unwrap() = Some(socket.add_event_listener(logger("removed")));
        socket.add_event_listener_once(logger("once"));
        socket.add_event_listener(logger("z"));
        // It keeps the place.
        socket.set_onmessage(logger("ON"));
        let expected = [
            "a0", "ON0", "once0", "z0", "a1", "ON1", "z1", "late1", "a2", "ON2", "z2", "late2",
        ];
        assert_eq!(log.wait_for(12).await, expected);
        join(peer).await;
    });
}

#[test]
fn a_listener_may_drop_the_last_handle() {
    on_both_runtimes(async || {
        let peer = Peer::script(|mut conn| {
            conn.accept();
            conn.send_raw(&numbers(0..100));
            assert_eq!(conn.expect_close(), (None, String::new()));
            conn.close(1000, "");
            conn.end();
        });
        let slot = Arc::new(Mutex::new(None::<WebSocket>));
        let log = Log::<String>::new();
        let (message, close, last) = (log.clone(), log.clone(), slot.clone());
        let socket = WebSocket::builder(peer.url())
            .on_message(move |_, event| {
                message.push(event.text().unwrap());
                if event.text() == Some("2") {
                    drop(last.lock().unwrap().take().expect("it is dropped once"));
                }
            })
            .on_close(move |_, event| close.push(format!("close {}", event.was_clean())))
            .open()
            .unwrap();
        *slot.lock().unwrap() = Some(socket);
        assert_eq!(log.wait_for(4).await, ["0", "1", "2", "close true"]);
        join(peer).await;
    });
}

#[test]
fn listeners_that_hold_their_socket_are_let_go_of_after_the_close() {
    on_both_runtimes(async || {
        let server = Server::start();
        let socket = WebSocket::connect(server.url("/echo")).await.unwrap();
        let held = Arc::new(());
        let inside = (socket.clone(), held.clone());
        socket.set_onmessage(move |_, _| drop(inside.clone()));
        let inside = (socket.clone(), held.clone());
        socket.set_onclose(move |_, _| drop(inside.clone()));
        socket.close();
        socket.closed().await;
        until(|| Arc::strong_count(&held) == 1).await;
    });
}
