//! The server whose behaviour is in the URL of each connection.

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};

use socket2::SockRef;

use super::handshake::Answer;
use super::link::Link;
use super::paths;
use super::records::Records;
use super::site::Site;
use super::tls::{Tls, TlsCounters, TlsSide};
use super::wire::Wire;
use crate::seen::Seen;

/// Little enough for thousands of connections; a TLS handshake in a debug build needs more than 64 KiB.
const STACK_BYTES: usize = 256 << 10;

/// A server on 127.0.0.1 and `[::1]` that does what the URL of each connection says. It stops when it is dropped.
///
/// | path | what it does to the client |
/// |---|---|
/// | `/echo` | sends each message back, answers a Close with the same Close, ends TCP |
/// | `/script?…` | whatever a [`Script`](crate::Script) says |
/// | `/flood?n=&size=&binary` | sends `n` (or endless) messages of `size` (125) bytes as fast as it can, then a Close 1000 |
/// | `/sink` | takes messages, and answers the text `report` with `messages=… bytes=…` |
/// | `/slow-reader?bytes=` | echoes, but reads at most so many `bytes` (1024) for each `/go` |
/// | `/headers` | sends the request's head as it was received in a text message, then echoes |
/// | `/close?code=&reason=` | sends a Close at once, without a body if there is no code, then waits for the client's |
/// | `/auth?user=&password=` | 401 without the right `Authorization: Basic` (`user` and `password`), then echoes |
/// | `/redirect?to=` | 302 to there, or to `/echo` |
/// | `/status?code=&body=` | that status (503) |
/// | `/seen?id=` | sends the [`Seen`] of the connection of that `id` once that has ended, or, with `&now`, as it is |
/// | `/go?id=&n=` | lets the connection of that `id` leave a pause, or read on: once, `n` times, or with `n=all` for ever |
///
/// Any other path is that of a file, if there is a site.
///
/// On every path that opens, the first offered subprotocol is chosen; `?protocol=` names another, or, when empty, none.
/// `?id=` gives the connection a name for `/seen` and `/go`, which is best used once: a later connection of that name starts the record anew. A client that breaks a rule gets a 400 or a Close 1002;
/// a query that the server does not understand gets a 400 or a Close 1011.
pub struct Server {
    addresses: Vec<SocketAddr>,
    pub(super) hub: Arc<Hub>,
    accepting: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts a server on a free port.
    ///
    /// # Panics
    ///
    /// If no port of 127.0.0.1 can be had.
    pub fn start() -> Server {
        Server::start_with(0, None, None).expect("the port is free")
    }

    /// Starts a server on this port.
    ///
    /// # Panics
    ///
    /// If the port is taken.
    pub fn start_on(port: u16) -> Server {
        Server::start_with(port, None, None).expect("the port is free")
    }

    /// Starts a server on this port that also serves the files of this folder, which has none below it.
    ///
    /// # Errors
    ///
    /// If the port is taken.
    pub fn start_with_site(port: u16, folder: impl Into<PathBuf>) -> io::Result<Server> {
        Server::start_with(port, None, Some(Site::new(folder)))
    }

    /// Starts a server that speaks good TLS; the client has to trust [`ca_der`](Server::ca_der).
    pub fn start_tls() -> Server {
        Server::start_tls_as(Tls::Good)
    }

    /// Starts a server that speaks TLS as this variant says.
    pub fn start_tls_as(variant: Tls) -> Server {
        Server::start_with(0, Some(TlsSide::new(variant)), None).expect("the port is free")
    }

    /// The URL of this path, or of a [`Script`](crate::Script), at 127.0.0.1.
    pub fn url(&self, path: impl Display) -> String {
        self.url_at("127.0.0.1", path)
    }

    /// The same at another name of this machine: `localhost`, or `[::1]` if there is an [`addr_v6`](Server::addr_v6).
    pub fn url_at(&self, host: &str, path: impl Display) -> String {
        let scheme = if self.hub.tls.is_some() { "wss" } else { "ws" };
        format!("{scheme}://{host}:{}{path}", self.addr().port())
    }

    /// The address on 127.0.0.1.
    pub fn addr(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// The address on `[::1]`, with the same port; `None` on a machine without IPv6.
    pub fn addr_v6(&self) -> Option<SocketAddr> {
        self.addresses.get(1).copied()
    }

    /// Waits until the connection of this id has ended, and tells what was seen of it.
    pub fn seen(&self, id: &str) -> Seen {
        self.seen_when(id, |seen| seen.end.is_some())
    }

    /// Waits until what was seen of the connection of this id pleases, and tells it.
    pub fn seen_when(&self, id: &str, pleases: impl FnMut(&Seen) -> bool) -> Seen {
        let seen = self.hub.records.wait(id, pleases);
        seen.expect("the server does not stop while it is borrowed")
    }

    /// Lets the connection of this id leave a pause, or read on, so many times.
    pub fn go(&self, id: &str, times: u64) {
        self.hub.records.go(id, times);
    }

    /// Waits until so many connections have ended since the start, failed TLS handshakes included.
    pub fn wait_until_ended(&self, connections: u64) {
        let mut live = self.hub.lock();
        while live.ended < connections {
            live = self
                .hub
                .ended
                .wait(live)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The certificate authority that the client has to trust, as DER.
    ///
    /// # Panics
    ///
    /// If the server does not speak TLS, as in all that follow.
    pub fn ca_der(&self) -> Vec<u8> {
        self.tls().ca().der().to_vec()
    }

    /// The same as PEM.
    pub fn ca_pem(&self) -> String {
        self.tls().ca().pem()
    }

    /// What was counted of TLS up to now.
    pub fn tls_counters(&self) -> TlsCounters {
        self.tls().counters()
    }

    fn tls(&self) -> &TlsSide {
        let tls = self.hub.tls.as_deref();
        tls.expect("the server was started with TLS")
    }

    fn start_with(port: u16, tls: Option<Arc<TlsSide>>, site: Option<Site>) -> io::Result<Server> {
        let listeners = listen(port)?;
        let hub = Arc::new(Hub {
            tls,
            site,
            records: Arc::default(),
            live: Mutex::default(),
            ended: Condvar::new(),
        });
        Ok(Server {
            addresses: listeners.iter().map(local_addr).collect(),
            accepting: listeners
                .into_iter()
                .map(|listener| {
                    let hub = Arc::clone(&hub);
                    thread::spawn(move || hub.accept_all(&listener))
                })
                .collect(),
            hub,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.hub.stop();
        // A connection wakes the thread that waits for one.
        for address in &self.addresses {
            let _ = TcpStream::connect(address);
        }
        for thread in self.accepting.drain(..) {
            if let Err(panic) = thread.join()
                && !thread::panicking()
            {
                resume_unwind(panic);
            }
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.url("/")).finish()
    }
}

/// What all threads of one server share.
pub(super) struct Hub {
    tls: Option<Arc<TlsSide>>,
    site: Option<Site>,
    records: Arc<Records>,
    live: Mutex<Live>,
    ended: Condvar,
}

#[derive(Default)]
struct Live {
    stopping: bool,
    accepted: u64,
    ended: u64,
    /// So that a server that stops can wake the threads that read or write.
    sockets: HashMap<u64, Weak<TcpStream>>,
}

impl Hub {
    /// A thread for each connection, until the server stops; returns when all of them have ended.
    fn accept_all(&self, listener: &TcpListener) {
        thread::scope(|scope| {
            loop {
                let socket = match listener.accept() {
                    Ok((socket, _)) => socket,
                    Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                    Err(error) => panic!("the server cannot accept: {error}"),
                };
                let Some((number, socket)) = self.admit(socket) else {
                    break;
                };
                thread::Builder::new()
                    .stack_size(STACK_BYTES)
                    .spawn_scoped(scope, move || {
                        self.serve(socket);
                        self.dismiss(number);
                    })
                    .expect("the system has a thread for each connection");
            }
        });
    }

    /// `None` if the server stops.
    fn admit(&self, socket: TcpStream) -> Option<(u64, Arc<TcpStream>)> {
        let mut live = self.lock();
        if live.stopping {
            return None;
        }
        let number = live.accepted;
        let socket = Arc::new(socket);
        live.accepted += 1;
        live.sockets.insert(number, Arc::downgrade(&socket));
        Some((number, socket))
    }

    fn dismiss(&self, number: u64) {
        let mut live = self.lock();
        live.sockets.remove(&number);
        live.ended += 1;
        self.ended.notify_all();
    }

    fn serve(&self, socket: Arc<TcpStream>) {
        let wire = match &self.tls {
            None => Wire::plain(socket).map(Some),
            Some(tls) => tls.accept(socket),
        };
        // A client may go at any moment, also before its first byte: that is no fault of the server.
        let Ok(Some(wire)) = wire else { return };
        let mut link = Link::new(wire, Arc::clone(&self.records));
        let Err(error) = paths::serve(&mut link, &self.records, self.site.as_ref()) else {
            return;
        };
        // Telling the client may fail too: it may have gone by now.
        let _ = match error.kind() {
            io::ErrorKind::InvalidData => {
                link.record().note_breach(&error);
                fail(&mut link, 1002, &error.to_string())
            }
            io::ErrorKind::InvalidInput => fail(&mut link, 1011, &error.to_string()),
            _ => Ok(()),
        };
    }

    fn stop(&self) {
        let mut live = self.lock();
        live.stopping = true;
        for socket in live.sockets.values().filter_map(Weak::upgrade) {
            // It may be disconnected already.
            let _ = socket.shutdown(Shutdown::Both);
        }
        self.records.stop();
    }

    fn lock(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the client why the server cannot go on.
fn fail(link: &mut Link, code: u16, why: &str) -> io::Result<()> {
    if link.may_send_frames() {
        let reason = &why.as_bytes()[..why.len().min(123)];
        link.send_close(code, reason)?;
        link.end()
    } else if link.is_open() {
        link.end()
    } else {
        link.refuse(&Answer::closing(400, why))
    }
}

/// 127.0.0.1, and `[::1]` with the same port if the machine has it.
fn listen(port: u16) -> io::Result<Vec<TcpListener>> {
    loop {
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
            io::Error::new(error.kind(), format!("port {port} of 127.0.0.1: {error}"))
        })?;
        let free = local_addr(&v4).port();
        let listeners = match TcpListener::bind((Ipv6Addr::LOCALHOST, free)) {
            Ok(v6) => vec![v4, v6],
            // Somebody else has it: another port has to be free in both.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && port == 0 => continue,
            Err(_) => vec![v4],
        };
        for listener in &listeners {
            // std's backlog loses connections when hundreds are opened at once.
            let deeper = SockRef::from(listener).listen(4096);
            deeper.expect("a listener may listen again");
        }
        return Ok(listeners);
    }
}

pub(crate) fn local_addr(listener: &TcpListener) -> SocketAddr {
    listener.local_addr().expect("a listener is bound")
}
