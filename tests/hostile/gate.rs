//! The peer: one listener for a test, and in the hands of each case the connection that it asked for.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use bytes::{Buf, BytesMut};
use onesocket_test_support::{Frame, RequestHead, opcode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::yield_now;

/// All but the empty line at its end.
const RIGHT_ANSWER: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n";

/// How bytes are cut into writes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Delivery {
    Whole,
    /// Each byte in a write of its own.
    Bytes,
    /// Two writes, the second of which begins with this byte.
    Split(usize),
}

/// Lets connections in.
#[derive(Clone)]
pub(crate) struct Gate {
    address: SocketAddr,
    next: Arc<AtomicU64>,
    invited: Invited,
}

type Invited = Arc<Mutex<HashMap<String, oneshot::Sender<Visitor>>>>;

/// One connection whose request was read; everything else is for the case to do.
pub(crate) struct Visitor {
    pub(crate) stream: TcpStream,
    pub(crate) request: RequestHead,
    pub(crate) frames: Vec<Frame>,
    /// Read, and not yet a whole frame.
    rest: BytesMut,
    end: Option<&'static str>,
}

impl Delivery {
    /// Whole, byte by byte, and split at every byte.
    pub(crate) fn all(length: usize) -> impl Iterator<Item = Delivery> + Clone {
        [Delivery::Whole, Delivery::Bytes]
            .into_iter()
            .chain((1..length).map(Delivery::Split))
    }
}

impl Gate {
    pub(crate) async fn open() -> Gate {
        Gate::listen(None).await
    }

    /// One whose visitors' bytes lie in a small buffer of the system until they are read.
    pub(crate) async fn with_receive_buffer(bytes: u32) -> Gate {
        Gate::listen(Some(bytes)).await
    }

    /// The URL of a connection that is still to be made, and the connection when it is.
    pub(crate) fn invite(&self) -> (String, impl Future<Output = Visitor> + use<>) {
        let path = format!("/{}", self.next.fetch_add(1, SeqCst));
        let url = format!("ws://{}{path}", self.address);
        let (sender, receiver) = oneshot::channel();
        self.invited.lock().unwrap().insert(path, sender);
        let visitor = async { receiver.await.expect("the gate stays open") };
        (url, visitor)
    }

    async fn listen(receive_buffer: Option<u32>) -> Gate {
        let socket = TcpSocket::new_v4().unwrap();
        if let Some(bytes) = receive_buffer {
            socket.set_recv_buffer_size(bytes).unwrap();
        }
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let listener = socket.listen(1024).unwrap();
        let gate = Gate {
            address: listener.local_addr().unwrap(),
            next: Arc::default(),
            invited: Arc::default(),
        };
        tokio::spawn(let_in(listener, gate.invited.clone()));
        gate
    }
}

async fn let_in(listener: TcpListener, invited: Invited) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let invited = invited.clone();
        tokio::spawn(async move {
            // A client that gives up before its request has nobody who waits for it.
            if let Ok(visitor) = Visitor::greet(stream).await {
                let waiting = invited.lock().unwrap().remove(&visitor.request.target);
                let _ = waiting.expect("nobody else connects").send(visitor);
            }
        });
    }
}

impl Visitor {
    async fn greet(mut stream: TcpStream) -> io::Result<Visitor> {
        stream.set_nodelay(true)?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut head).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let request = RequestHead::read(&mut &head[..])?.expect("the request is whole");
        assert_eq!(request.faults(), Vec::<&str>::new());
        Ok(Visitor {
            stream,
            request,
            frames: Vec::new(),
            rest: BytesMut::new(),
            end: None,
        })
    }

    /// The right answer: the client is open.
    pub(crate) fn right_answer(&self) -> Vec<u8> {
        self.fill_in(&format!("{RIGHT_ANSWER}\r\n"))
    }

    /// An answer in which `{accept}` stands for what fits the request.
    pub(crate) fn fill_in(&self, answer: &str) -> Vec<u8> {
        answer
            .replace("{accept}", &self.request.accept())
            .into_bytes()
    }

    pub(crate) async fn accept(&mut self) {
        let answer = self.right_answer();
        self.send(&answer).await;
    }

    /// Agrees to these extensions, if they are any.
    pub(crate) async fn accept_with(&mut self, extensions: &str) {
        if extensions.is_empty() {
            return self.accept().await;
        }
        let field = format!("Sec-WebSocket-Extensions: {extensions}\r\n");
        let answer = self.fill_in(&format!("{RIGHT_ANSWER}{field}\r\n"));
        self.send(&answer).await;
    }

    /// Sends what the client must be there for.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Sends as much as the client is there for. Between two writes, it has its turn.
    pub(crate) async fn deliver(&mut self, bytes: &[u8], delivery: Delivery) {
        let _ = match delivery {
            Delivery::Whole => self.stream.write_all(bytes).await,
            Delivery::Bytes => self.write_pieces(bytes.chunks(1)).await,
            Delivery::Split(at) => {
                let (first, second) = bytes.split_at(at);
                self.write_pieces([first, second].into_iter()).await
            }
        };
    }

    async fn write_pieces(&mut self, pieces: impl Iterator<Item = &[u8]>) -> io::Result<()> {
        for piece in pieces {
            self.stream.write_all(piece).await?;
            yield_now().await;
            yield_now().await;
        }
        Ok(())
    }

    /// Reads until the client goes.
    pub(crate) async fn read_to_end(&mut self) {
        while self.end.is_none() {
            self.read().await;
        }
    }

    /// Reads until there is a frame that satisfies this, or the client has gone.
    pub(crate) async fn read_until(&mut self, wanted: impl Fn(&Frame) -> bool) {
        let mut seen = 0;
        while self.end.is_none() && !self.frames[seen..].iter().any(&wanted) {
            seen = self.frames.len();
            self.read().await;
        }
    }

    pub(crate) async fn read_close(&mut self) {
        self.read_until(|frame| frame.opcode == opcode::CLOSE).await;
    }

    /// Sends FIN, and reads until the client goes.
    pub(crate) async fn end(&mut self) {
        let _ = self.stream.shutdown().await;
        self.read_to_end().await;
    }

    /// Sends RST.
    pub(crate) fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }

    /// What the client sent: its frames, and how it went if it has.
    pub(crate) fn wire(&self) -> Vec<String> {
        let rest = (!self.rest.is_empty()).then(|| format!("{} bytes", self.rest.len()));
        let frames = self.frames.iter().map(show);
        frames
            .chain(rest)
            .chain(self.end.map(str::to_owned))
            .collect()
    }

    async fn read(&mut self) {
        self.end = match self.stream.read_buf(&mut self.rest).await {
            Ok(0) => Some("fin"),
            Ok(_) => None,
            Err(_) => Some("reset"),
        };
        let mut unread = &self.rest[..];
        while let Ok(Some(frame)) = Frame::read(&mut unread) {
            self.frames.push(frame);
            self.rest.advance(self.rest.len() - unread.len());
            unread = &self.rest[..];
        }
    }
}

fn show(frame: &Frame) -> String {
    assert!(frame.masked, "{frame:?}");
    assert!(frame.fin && frame.rsv == 0, "{frame:?}");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match (frame.opcode, frame.payload.as_slice()) {
        (opcode::CLOSE, []) => "close".into(),
        (opcode::CLOSE, [high, low, reason @ ..]) => {
            let code = u16::from_be_bytes([*high, *low]);
            format!("close {code} {}", text(reason)).trim_end().into()
        }
        (opcode::TEXT, payload) => format!("text {}", text(payload)),
        (opcode::PONG, payload) => format!("pong {}", text(payload)),
        _ => panic!("the client sends no such frame: {frame:?}"),
    }
}
