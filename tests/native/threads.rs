//! One socket on several threads at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use futures_util::StreamExt;
use onesocket::WebSocket;
use onesocket_test_support::{Script, Server};
use tokio::sync::mpsc;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_senders_and_readers_lose_nothing() {
    const EACH: usize = 500;
    let server = Server::start();
    let socket =
        WebSocket::connect(server.url(Script::new().open().echo(4 * EACH as u64).close(1000, "")))
            .await
            .unwrap();
    let senders: Vec<_> = (0..4)
        .map(|sender| {
            let socket = socket.clone();
            tokio::spawn(async move {
                for number in 0..EACH {
                    socket.ready().await.unwrap();
                    socket.send((sender * EACH + number).to_string()).unwrap();
                }
            })
        })
        .collect();
    let readers: Vec<_> = (0..4)
        .map(|reader| {
            let socket = socket.clone();
            tokio::spawn(async move {
                let parse = |message: onesocket::Message| -> usize {
                    message.as_text().unwrap().parse().unwrap()
                };
                let mut got = Vec::new();
                if reader % 2 == 0 {
                    while let Some(message) = socket.recv().await {
                        got.push(parse(message.unwrap()));
                    }
                } else {
                    let mut socket = socket;
                    while let Some(message) = socket.next().await {
                        got.push(parse(message.unwrap()));
                    }
                }
                got
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    let mut all = Vec::new();
    for reader in readers {
        all.extend(reader.await.unwrap());
    }
    assert_eq!(all.len(), 4 * EACH, "none twice");
    let distinct: BTreeSet<_> = all.into_iter().collect();
    assert_eq!(distinct, (0..4 * EACH).collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_that_come_and_go_lose_nothing() {
    const MESSAGES: usize = 2000;
    let server = Server::start();
    let socket = WebSocket::connect(server.url(format!("/flood?n={MESSAGES}&size=10")))
        .await
        .unwrap();
    let got = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let (socket, got) = (socket.clone(), got.clone());
            tokio::spawn(async move {
                // Each handle reads a few, of which one look finds more, and is dropped.
                loop {
                    let mut reader = socket.clone();
                    for _ in 0..3 {
                        match reader.next().await {
                            Some(message) => drop(message.unwrap()),
                            None => return,
                        }
                        got.fetch_add(1, SeqCst);
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(got.load(SeqCst), MESSAGES);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn message_listeners_that_come_and_go_lose_nothing() {
    const MESSAGES: usize = 2000;
    let server = Server::start();
    let script = Script::new().open().echo(MESSAGES as u64).close(1000, "");
    let socket = WebSocket::connect(server.url(script)).await.unwrap();
    for number in 0..MESSAGES {
        socket.send(number.to_string()).unwrap();
    }
    let (sender, mut all) = mpsc::unbounded_channel::<usize>();
    let reader = tokio::spawn({
        let (socket, sender) = (socket.clone(), sender.clone());
        async move {
            while let Some(message) = socket.recv().await {
                sender
                    .send(message.unwrap().as_text().unwrap().parse().unwrap())
                    .unwrap();
            }
        }
    });
    while !reader.is_finished() {
        let sender = sender.clone();
        socket.set_onmessage(move |_, event| {
            sender.send(event.text().unwrap().parse().unwrap()).unwrap();
        });
        tokio::task::yield_now().await;
        socket.clear_onmessage();
        tokio::task::yield_now().await;
    }
    reader.await.unwrap();
    // A reader comes to its end while there is a listener; what that one left when it went is here.
    while let Some(message) = socket.recv().await {
        sender
            .send(message.unwrap().as_text().unwrap().parse().unwrap())
            .unwrap();
    }
    drop(sender);
    let mut got = Vec::new();
    while got.len() < MESSAGES {
        got.push(all.recv().await.expect("as many as were sent"));
    }
    got.sort_unstable();
    assert_eq!(got, (0..MESSAGES).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn closing_from_many_threads_is_one_close() {
    let server = Server::start();
    for round in 0..50 {
        let id = format!("round{round}");
        let socket = WebSocket::connect(server.url(format!("/echo?id={id}")))
            .await
            .unwrap();
        let tasks: Vec<_> = (0..4)
            .map(|number| {
                let socket = socket.clone();
                tokio::spawn(async move {
                    let _ = socket.send("x");
                    socket.close_with(3000 + number, "").unwrap();
                    socket.closed().await.code()
                })
            })
            .collect();
        let mut codes = BTreeSet::new();
        for task in tasks {
            codes.insert(task.await.unwrap());
        }
        assert_eq!(codes.len(), 1, "{codes:?}");
        let seen = server.seen(&id);
        assert_eq!(
            seen.opcodes().iter().filter(|&&opcode| opcode == 8).count(),
            1
        );
        assert_eq!(seen.breach, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn opening_closing_and_dropping_at_any_moment_ends_every_connection() {
    let server = Server::start();
    let mut tasks = Vec::new();
    for number in 0..200 {
        let url = server.url("/echo");
        tasks.push(tokio::spawn(async move {
            let socket = WebSocket::new(url).unwrap();
            for _ in 0..number % 20 {
                tokio::task::yield_now().await;
            }
            let clone = socket.clone();
            if number % 3 == 0 {
                socket.close();
            }
            drop(socket);
            if number % 2 == 0 {
                clone.close();
                clone.closed().await;
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}
