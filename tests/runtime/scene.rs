//! What the tests of this folder begin with: a runtime around them, and a peer that speaks in numbers.

use std::fmt::Debug;
use std::future::poll_fn;
use std::ops::Range;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};
use std::time::Duration;

use onesocket::{Message, WebSocket};
use onesocket_test_support::{Conn, Frame, Peer, opcode};
use tokio::runtime::{Builder, Runtime};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

/// What turns a test that hangs into a test that fails; nothing waits for it otherwise.
pub(super) const PATIENCE: Duration = Duration::from_secs(40);

/// Longer than the driver waits for a reader before it reads in their place.
pub(super) const NEGLECT: Duration = Duration::from_millis(300);

/// Runs a test where driver and test take turns on one thread, and then where they have a thread each.
pub(super) fn on_both_runtimes(test: impl AsyncFn()) {
    on_current_thread(&test);
    on_multi_thread(&test);
}

pub(super) fn on_current_thread(test: impl AsyncFn()) {
    println!("on a current-thread runtime");
    block_on(&current_thread(), test());
}

pub(super) fn on_multi_thread(test: impl AsyncFn()) {
    println!("on a multi-thread runtime");
    block_on(&multi_thread(), test());
}

pub(super) fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

pub(super) fn multi_thread() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

pub(super) fn block_on<T>(runtime: &Runtime, test: impl Future<Output = T>) -> T {
    runtime.block_on(async { timeout(PATIENCE, test).await.expect("the test hangs") })
}

/// An executor of a dozen lines, which knows nothing of tokio.
pub(super) fn block_by_hand<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Arc::new(Unpark(thread::current())).into();
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park_timeout(PATIENCE),
        }
    }
}

/// Waits for something of which no event tells.
pub(super) async fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        sleep(Duration::from_millis(1)).await;
    }
}

/// Lets a future begin, with the task's own waker, and no more.
pub(super) async fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

/// Runs what blocks, such as waiting for a server, without blocking the runtime.
pub(super) async fn blocking<T: Send + 'static>(wait: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(wait).await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Waits for the end of a peer's script, and shows its panic.
pub(super) async fn join(peer: Peer) {
    blocking(move || peer.join()).await;
}

/// Text messages that count, as frames.
pub(super) fn numbers(range: Range<usize>) -> Vec<u8> {
    range.flat_map(|number| text(&number.to_string())).collect()
}

pub(super) fn text(text: &str) -> Vec<u8> {
    Frame::new(true, 0, opcode::TEXT, text).to_bytes()
}

/// A text frame with a reserved bit set, which fails the connection with 1002.
pub(super) fn fault() -> Vec<u8> {
    Frame::new(true, 4, opcode::TEXT, "fault").to_bytes()
}

/// Accepts, sends numbers in one write, and closes in the regular way.
pub(super) fn counting_peer(range: Range<usize>) -> Peer {
    Peer::script(move |mut conn| {
        conn.accept();
        conn.send_raw(&numbers(range));
        say_goodbye(conn);
    })
}

/// Closes with 1000, skips what the client still sends before its own Close, and ends.
pub(super) fn say_goodbye(mut conn: Conn) {
    conn.close(1000, "");
    read_up_to_close(&mut conn);
    conn.end();
}

/// Answers the client's Close, whenever it comes, and ends.
pub(super) fn answer_close(mut conn: Conn) {
    read_up_to_close(&mut conn);
    conn.close(1000, "");
    conn.end();
}

pub(super) fn read_up_to_close(conn: &mut Conn) {
    while conn.read_frame().expect("a Close").opcode != opcode::CLOSE {}
}

pub(super) fn number_of(message: &Message) -> usize {
    message.as_text().expect("a number").parse().unwrap()
}

/// Receives so many messages, which must count on from `first`.
pub(super) async fn receive_numbers(socket: &WebSocket, range: Range<usize>) {
    for number in range {
        let message = socket.recv().await.expect("more messages").unwrap();
        assert_eq!(number_of(&message), number);
    }
}

/// What happened, in order.
#[derive(Debug)]
pub(super) struct Log<T>(Arc<Mutex<Vec<T>>>);

impl<T: Clone + Debug + PartialEq> Log<T> {
    pub(super) fn new() -> Self {
        Log(Arc::default())
    }

    pub(super) fn push(&self, entry: impl Into<T>) {
        self.0.lock().unwrap().push(entry.into());
    }

    pub(super) fn get(&self) -> Vec<T> {
        self.0.lock().unwrap().clone()
    }

    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Waits for so many entries, of which there must then not be more.
    pub(super) async fn wait_for(&self, entries: usize) -> Vec<T> {
        until(|| self.len() >= entries).await;
        assert_eq!(self.len(), entries, "{:?}", self.get());
        self.get()
    }
}

impl<T> Clone for Log<T> {
    fn clone(&self) -> Self {
        Log(self.0.clone())
    }
}
