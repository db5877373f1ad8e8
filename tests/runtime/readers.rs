//! Several readers on clones: every message goes to exactly one of them, and none is left lying.

use std::sync::mpsc::{Sender, channel};

use futures_util::StreamExt;
use onesocket::WebSocket;
use onesocket_test_support::Peer;

use super::scene::*;

const MESSAGES: usize = 100_000;

#[test]
fn readers_on_clones_share_the_messages() {
    on_both_runtimes(async || {
        for readers in [2, 8] {
            let peer = counting_peer(0..MESSAGES);
            let socket = WebSocket::connect(peer.url()).await.unwrap();
            let tasks = (0..readers).map(|reader| {
                let mut socket = socket.clone();
                tokio::spawn(async move {
                    let mut got = Vec::new();
                    loop {
                        // Every other one is a stream.
                        let message = match reader % 2 {
                            0 => socket.next().await,
                            _ => socket.recv().await,
                        };
                        let Some(message) = message else { return got };
                        got.push(number_of(&message.unwrap()));
                    }
                })
            });
            let mut all = Vec::new();
            for task in tasks.collect::<Vec<_>>() {
                let got = task.await.unwrap();
                assert!(got.is_sorted(), "each reader gets its own in order");
                all.extend(got);
            }
            all.sort_unstable();
            assert!(all == Vec::from_iter(0..MESSAGES), "{} came", all.len());
            join(peer).await;
        }
    });
}

#[test]
fn readers_wait_for_one_handle_too() {
    on_both_runtimes(async || {
        let peer = counting_peer(0..1000);
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        let mut all = Vec::new();
        for _ in 0..500 {
            let (one, two) = tokio::join!(socket.recv(), socket.recv());
            all.extend([one, two].map(|message| number_of(&message.unwrap().unwrap())));
        }
        all.sort_unstable();
        assert_eq!(all, Vec::from_iter(0..1000));
        join(peer).await;
    });
}

/// They arrive together, and the engine looks at many of them at once; nothing comes behind them until the test ends.
fn peer_of_one_write(messages: usize) -> (Peer, Sender<()>) {
    let (go_on, wait) = channel();
    let peer = Peer::script(move |mut conn| {
        conn.accept();
        conn.send_raw(&numbers(0..messages));
        wait.recv_timeout(PATIENCE).unwrap();
        say_goodbye(conn);
    });
    (peer, go_on)
}

#[test]
fn what_one_handle_leaves_another_gets_at_once() {
    on_both_runtimes(async || {
        let (peer, go_on) = peer_of_one_write(40);
        let mut stream = WebSocket::connect(peer.url()).await.unwrap();
        let other = stream.clone();
        for number in (0..36).step_by(4) {
            let next = stream.next().await.unwrap().unwrap();
            assert_eq!(number_of(&next), number);
            receive_numbers(&other, number + 1..number + 3).await;
            let third = other.clone().try_recv().unwrap().unwrap();
            assert_eq!(number_of(&third), number + 3);
        }
        drop(stream);
        receive_numbers(&other, 36..40).await;
        go_on.send(()).unwrap();
        assert!(other.recv().await.is_none());
        join(peer).await;
    });
}

#[test]
fn what_one_handle_leaves_another_that_waited_gets() {
    on_both_runtimes(async || {
        let (speak, wait) = channel::<()>();
        let (go_on, wait_again) = channel::<()>();
        let peer = Peer::script(move |mut conn| {
            conn.accept();
            wait.recv_timeout(PATIENCE).unwrap();
            conn.send_raw(&numbers(0..10));
            wait_again.recv_timeout(PATIENCE).unwrap();
            say_goodbye(conn);
        });
        let mut stream = WebSocket::connect(peer.url()).await.unwrap();
        let other = stream.clone();
        let mut first = Box::pin(stream.next());
        let mut second = Box::pin(other.recv());
        assert!(poll_once(&mut first).await.is_pending());
        assert!(poll_once(&mut second).await.is_pending());
        speak.send(()).unwrap();
        assert_eq!(number_of(&first.await.unwrap().unwrap()), 0);
        assert_eq!(number_of(&second.await.unwrap().unwrap()), 1);
        receive_numbers(&other, 2..10).await;
        go_on.send(()).unwrap();
        assert!(other.recv().await.is_none());
        join(peer).await;
    });
}

#[test]
fn a_reader_that_goes_away_while_it_waits_leaves_the_message_to_the_next() {
    on_both_runtimes(async || {
        let (speak, wait) = channel::<()>();
        let peer = Peer::script(move |mut conn| {
            conn.accept();
            for number in 0..100 {
                wait.recv_timeout(PATIENCE).unwrap();
                conn.text(&number.to_string());
            }
            say_goodbye(conn);
        });
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        for number in 0..100 {
            let going = tokio::spawn({
                let mut socket = socket.clone();
                async move {
                    match number % 2 {
                        0 => socket.recv().await.map(|_| ()),
                        _ => socket.next().await.map(|_| ()),
                    }
                }
            });
            tokio::task::yield_now().await;
            let staying = tokio::spawn({
                let socket = socket.clone();
                async move { socket.recv().await }
            });
            tokio::task::yield_now().await;
            going.abort();
            assert!(going.await.unwrap_err().is_cancelled());
            speak.send(()).unwrap();
            let message = staying.await.unwrap().unwrap().unwrap();
            assert_eq!(number_of(&message), number);
        }
        assert!(socket.recv().await.is_none());
        join(peer).await;
    });
}

#[test]
fn a_reader_that_is_dropped_again_and_again_loses_nothing() {
    const DROPS: usize = 100_000;

    on_both_runtimes(async || {
        for as_stream in [false, true] {
            let (speak, wait) = channel::<()>();
            let peer = Peer::script(move |mut conn| {
                conn.accept();
                for number in 0..DROPS / 10 {
                    wait.recv_timeout(PATIENCE).unwrap();
                    // One alone, or several, of which one look finds some.
                    conn.send_raw(&numbers(number * 3..number * 3 + 3));
                }
                say_goodbye(conn);
            });
            let mut socket = WebSocket::connect(peer.url()).await.unwrap();
            let (mut next, mut drops) = (0, 0);
            loop {
                let reader = async {
                    match as_stream {
                        true => socket.next().await,
                        false => socket.recv().await,
                    }
                };
                tokio::select! {
                    biased;
                    message = reader => match message {
                        Some(message) => {
                            assert_eq!(number_of(&message.unwrap()), next);
                            next += 1;
                        }
                        None => break,
                    },
                    () = std::future::ready(()) => {
                        drops += 1;
                        if drops % 10 == 0 {
                            let _ = speak.send(());
                        }
                        tokio::task::yield_now().await;
                    }
                }
            }
            assert!(drops >= DROPS);
            assert_eq!(next, DROPS / 10 * 3);
            join(peer).await;
        }
    });
}

#[test]
fn the_end_comes_to_all_readers_and_its_cause_once_to_each_handle() {
    on_both_runtimes(async || {
        let (fail, wait) = channel::<()>();
        let peer = Peer::script(move |mut conn| {
            conn.accept();
            wait.recv_timeout(PATIENCE).unwrap();
            conn.send_raw(&fault());
            conn.expect_close();
        });
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let socket = socket.clone();
                tokio::spawn(async move {
                    let first = socket.recv().await.unwrap();
                    (
                        first.unwrap_err().close_code(),
                        socket.recv().await.is_none(),
                    )
                })
            })
            .collect();
        tokio::task::yield_now().await;
        fail.send(()).unwrap();
        for reader in readers {
            assert_eq!(reader.await.unwrap(), (Some(1002), true));
        }
        join(peer).await;
    });
}

#[test]
fn a_loop_that_looks_now_and_then_gets_all() {
    on_both_runtimes(async || {
        let peer = counting_peer(0..1000);
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        let mut next = 0;
        while socket.ready_state() != onesocket::ReadyState::Closed {
            while let Some(message) = socket.try_recv() {
                assert_eq!(number_of(&message.unwrap()), next);
                next += 1;
            }
            tokio::task::yield_now().await;
        }
        while let Some(message) = socket.try_recv() {
            assert_eq!(number_of(&message.unwrap()), next);
            next += 1;
        }
        assert_eq!(next, 1000);
        join(peer).await;
    });
}

#[test]
fn looking_finds_all_that_is_there_however_much_it_is() {
    on_both_runtimes(async || {
        let peer = counting_peer(0..10_000);
        let socket = WebSocket::connect(peer.url()).await.unwrap();
        // On a task, which has a budget for what it may do in a turn.
        let all = tokio::spawn(async move {
            socket.closed().await;
            std::iter::from_fn(|| socket.try_recv())
                .map(|message| number_of(&message.unwrap()))
                .collect::<Vec<_>>()
        });
        assert_eq!(all.await.unwrap(), Vec::from_iter(0..10_000));
        join(peer).await;
    });
}
