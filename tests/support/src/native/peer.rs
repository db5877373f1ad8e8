//! One connection of a native test, handled by a closure.

use std::convert::Infallible;
use std::fmt::{self, Display};
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::resume_unwind;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::conn::Conn;
use super::link::Link;
use super::records::Records;
use super::server::local_addr;
use super::tls::{Tls, TlsCounters, TlsSide};
use super::wire::Wire;

/// What turns a test that hangs into a test that fails; nothing waits for it otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

/// Accepts one connection on 127.0.0.1 and handles it with a closure, on a thread of its own.
///
/// ```
/// use onesocket_test_support::Peer;
/// # use std::io::Write;
///
/// let peer = Peer::script(|mut conn| {
///     conn.accept();
///     conn.text("hi");
///     assert_eq!(conn.expect_close(), (Some(1000), "bye".into()));
///     conn.close(1000, "");
///     conn.end();
/// });
/// let url = peer.url();
/// # assert!(url.starts_with("ws://127.0.0.1:"));
/// // … a client of `url` …
/// # drop(peer);
/// ```
#[must_use = "a peer stops when it is dropped; `join` shows what went wrong in its script"]
pub struct Peer {
    address: SocketAddr,
    tls: Option<Arc<TlsSide>>,
    state: Arc<Mutex<State>>,
    thread: Option<JoinHandle<()>>,
    /// Disconnected when the script is over.
    over: Receiver<Infallible>,
}

#[derive(Default)]
struct State {
    stopping: bool,
    socket: Weak<TcpStream>,
}

impl Peer {
    /// Handles the first connection with this script; no second one is accepted.
    pub fn script(script: impl FnOnce(Conn) + Send + 'static) -> Peer {
        Peer::start(None, script)
    }

    /// The same under TLS; the script runs only if the handshake succeeds.
    pub fn script_tls(variant: Tls, script: impl FnOnce(Conn) + Send + 'static) -> Peer {
        Peer::start(Some(TlsSide::new(variant)), script)
    }

    /// The peer's URL, with the path `/`.
    pub fn url(&self) -> String {
        self.url_of("/")
    }

    /// The peer's URL with this path, which does not matter to the peer.
    pub fn url_of(&self, path: impl Display) -> String {
        let scheme = if self.tls.is_some() { "wss" } else { "ws" };
        format!("{scheme}://{}{path}", self.address)
    }

    /// The peer's address.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The certificate authority that the client has to trust, as DER.
    ///
    /// # Panics
    ///
    /// If the peer does not speak TLS.
    pub fn ca_der(&self) -> Vec<u8> {
        self.tls().ca().der().to_vec()
    }

    /// What was counted of TLS up to now.
    ///
    /// # Panics
    ///
    /// If the peer does not speak TLS.
    pub fn tls_counters(&self) -> TlsCounters {
        self.tls().counters()
    }

    /// Waits for the end of the script.
    ///
    /// # Panics
    ///
    /// With the script's own panic if it had one, and if the script does not end within a minute.
    pub fn join(mut self) {
        match self.over.recv_timeout(PATIENCE) {
            Ok(never) => match never {},
            Err(RecvTimeoutError::Disconnected) => self.join_thread(),
            Err(RecvTimeoutError::Timeout) => panic!("the peer's script has not come to its end"),
        }
    }

    /// Whether the script has come to its end, by a panic or otherwise.
    pub fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    fn start(tls: Option<Arc<TlsSide>>, script: impl FnOnce(Conn) + Send + 'static) -> Peer {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("127.0.0.1 has a free port");
        let address = local_addr(&listener);
        let state = Arc::new(Mutex::new(State::default()));
        let (until_over, over) = mpsc::channel();
        let thread = thread::spawn({
            let (tls, state) = (tls.clone(), Arc::clone(&state));
            move || run(listener, tls, &state, script, &until_over)
        });
        Peer {
            address,
            tls,
            state,
            thread: Some(thread),
            over,
        }
    }

    fn join_thread(&mut self) {
        let thread = self.thread.take();
        if let Some(Err(panic)) = thread.map(JoinHandle::join)
            && !thread::panicking()
        {
            resume_unwind(panic);
        }
    }

    fn tls(&self) -> &TlsSide {
        self.tls.as_deref().expect("the peer was started with TLS")
    }
}

impl Drop for Peer {
    /// Stops the script. A panic that it had before counts; what it says to being stopped does not.
    fn drop(&mut self) {
        if self.is_over() {
            return self.join_thread();
        }
        let mut state = lock(&self.state);
        state.stopping = true;
        if let Some(socket) = state.socket.upgrade() {
            let _ = socket.shutdown(Shutdown::Both);
        }
        drop(state);
        // Wakes the thread if it still waits for its connection.
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Peer").field(&self.url()).finish()
    }
}

fn run(
    listener: TcpListener,
    tls: Option<Arc<TlsSide>>,
    state: &Mutex<State>,
    script: impl FnOnce(Conn),
    _until_over: &Sender<Infallible>,
) {
    let (socket, _) = listener.accept().expect("a connection can be accepted");
    drop(listener);
    let socket = Arc::new(socket);
    {
        let mut state = lock(state);
        if state.stopping {
            return;
        }
        state.socket = Arc::downgrade(&socket);
    }
    if let Ok(Some(wire)) = shake_hands(socket, tls) {
        script(Conn::new(Link::new(wire, Arc::new(Records::default()))));
    }
}

fn shake_hands(socket: Arc<TcpStream>, tls: Option<Arc<TlsSide>>) -> io::Result<Option<Wire>> {
    socket.set_read_timeout(Some(PATIENCE))?;
    match tls {
        None => Wire::plain(socket).map(Some),
        Some(tls) => tls.accept(socket),
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
