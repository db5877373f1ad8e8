//! What the handles and the driver of one socket share.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Waker};

use tokio::runtime::Handle;

use crate::address::Address;
use crate::close::CloseFrame;
use crate::error::{Error, Kind};
use crate::event::{CloseEvent, ErrorEvent, OpenEvent, ReadyState};
use crate::message::BinaryType;
use crate::negotiation::Agreed;
use crate::options::Limits;
use crate::protocol::{Deflation, Inflation};
use crate::rules::UrlRecord;

use super::amount::BufferedAmount;
use super::dial::Established;
use super::dialing::Deflate;
use super::inbox::AtHand;
use super::listeners::Listeners;
use super::lock::lock;
use super::reader::Reader;
use super::trace;
use super::waiters::Waiters;
use super::wake::{DriverSlot, ReadWake, Reading, WriteWake};
use super::writer::Writer;

/// One socket's connection.
///
/// Two locks, so that the two directions do not wait for each other, one for what lies at hand, and one for the listeners. They
/// are taken in this order: the listeners' (who ask for what is unread), the reader's, that of what lies at hand, the writer's
/// (to answer a ping). No listener is called while one is held.
pub(super) struct Connection {
    pub(super) address: Address,
    pub(super) limits: Arc<Limits>,
    pub(super) runtime: Handle,
    pub(super) reader: Mutex<Reader>,
    pub(super) at_hand: AtHand,
    pub(super) writer: Mutex<Writer>,
    pub(super) read_wake: Arc<ReadWake>,
    pub(super) write_wake: Arc<WriteWake>,
    /// The composite wakers as the socket takes them.
    read_waker: Waker,
    write_waker: Waker,
    pub(super) amount: BufferedAmount,
    pub(super) listeners: Listeners,
    /// The tasks that wait for the next state.
    pub(super) state_waiters: Waiters,
    ready_state: AtomicU8,
    binary_type: AtomicU8,
    agreed: OnceLock<Agreed>,
    /// Boxed, as an open connection has none; so is what the reader finds.
    ended: OnceLock<Box<CloseEvent>>,
    /// Handles that keep the connection open; the last one closes it.
    handles: AtomicUsize,
    /// Tasks that await `closed()`.
    pub(super) awaiting_close: AtomicUsize,
    next_key: AtomicU64,
    /// `close` was called on this side: what is received from then on is dropped.
    closed_by_us: AtomicBool,
    /// Something waits to be written that nobody will flush: the driver must, or the next read.
    pub(super) owes_write: AtomicBool,
    /// A `send` has written in this turn, so the next ones are collected.
    pub(super) turn: AtomicBool,
}

impl Connection {
    pub(super) fn new(
        url: &UrlRecord,
        binary_type: BinaryType,
        limits: Arc<Limits>,
        runtime: Handle,
    ) -> Arc<Self> {
        let read_wake = ReadWake::new();
        let write_wake = WriteWake::new(read_wake.clone());
        Arc::new(Connection {
            address: Address::of(url),
            runtime,
            reader: Mutex::new(Reader::new(&limits)),
            at_hand: AtHand::default(),
            writer: Mutex::new(Writer::new()),
            read_waker: read_wake.clone().into(),
            write_waker: write_wake.clone().into(),
            read_wake,
            write_wake,
            amount: BufferedAmount::default(),
            listeners: Listeners::default(),
            state_waiters: Waiters::default(),
            ready_state: AtomicU8::new(ReadyState::Connecting as u8),
            binary_type: AtomicU8::new(binary_type as u8),
            agreed: OnceLock::new(),
            ended: OnceLock::new(),
            handles: AtomicUsize::new(0),
            awaiting_close: AtomicUsize::new(0),
            next_key: AtomicU64::new(0),
            closed_by_us: AtomicBool::new(false),
            owes_write: AtomicBool::new(false),
            turn: AtomicBool::new(false),
            limits,
        })
    }

    #[inline]
    pub(super) fn ready_state(&self) -> ReadyState {
        match self.ready_state.load(SeqCst) {
            0 => ReadyState::Connecting,
            1 => ReadyState::Open,
            2 => ReadyState::Closing,
            _ => ReadyState::Closed,
        }
    }

    pub(super) fn binary_type(&self) -> BinaryType {
        match self.binary_type.load(SeqCst) {
            0 => BinaryType::Blob,
            _ => BinaryType::ArrayBuffer,
        }
    }

    pub(super) fn set_binary_type(&self, binary_type: BinaryType) {
        self.binary_type.store(binary_type as u8, SeqCst);
    }

    /// What was negotiated, once the socket is open.
    pub(super) fn agreed(&self) -> Option<&Agreed> {
        self.agreed.get()
    }

    /// How the connection ended, once it has.
    pub(super) fn ended(&self) -> Option<&CloseEvent> {
        // Whoever sees the end sees the state CLOSED.
        self.ended
            .get()
            .map(Box::as_ref)
            .filter(|_| self.ready_state() == ReadyState::Closed)
    }

    #[inline]
    pub(super) fn is_closed_by_us(&self) -> bool {
        self.closed_by_us.load(SeqCst)
    }

    /// Whether a task awaits `closed()`.
    pub(super) fn is_close_awaited(&self) -> bool {
        self.awaiting_close.load(SeqCst) > 0
    }

    /// A number that no other wait of this connection has.
    pub(super) fn key(&self) -> u64 {
        self.next_key.fetch_add(1, SeqCst)
    }

    pub(super) fn read_context(&self) -> Context<'_> {
        Context::from_waker(&self.read_waker)
    }

    pub(super) fn write_context(&self) -> Context<'_> {
        Context::from_waker(&self.write_waker)
    }

    pub(super) fn add_handle(&self) {
        self.handles.fetch_add(1, SeqCst);
    }

    /// Whether there is one handle, of which no other can come while it is in use: no listener ever got one.
    pub(super) fn is_sole_handle(&self) -> bool {
        self.handles.load(SeqCst) == 1 && !self.listeners.were_ever_there()
    }

    /// WHATWG "garbage collection": an object that goes away while open starts the closing handshake, "with no status code".
    pub(super) fn drop_handle(&self) {
        if self.handles.fetch_sub(1, SeqCst) == 1 {
            self.close(CloseFrame::default());
        }
    }

    /// WHATWG "establish a WebSocket connection": the state changes to OPEN and the negotiated values appear, at once.
    ///
    /// False if the socket was closed meanwhile: the state must not go back.
    pub(super) fn open(&self, established: Established, deflate: &Deflate) -> bool {
        let Established {
            transport,
            agreed,
            rest,
        } = established;
        let inflation = agreed.deflate.as_ref().map(Inflation::new);
        let deflation = agreed
            .deflate
            .as_ref()
            .and_then(|agreed| Deflation::new(agreed, deflate.level, deflate.minimum_size));
        let (read, write) = transport.into_split();
        let mut reader = lock(&self.reader);
        let mut writer = lock(&self.writer);
        // Only `close` leaves CONNECTING elsewhere, and it holds the writer's lock.
        let opened = self.ready_state() == ReadyState::Connecting;
        if opened {
            reader.open(read, rest, inflation);
            writer.open(write, deflation);
            trace::opened(self.address.origin(), &agreed);
            let _ = self.agreed.set(agreed);
            self.set_ready_state(ReadyState::Open);
            // Readers have the first chance; who never reads is taken over from.
            self.read_wake
                .hand_over(Reading::Takeover, Reading::Readers);
        }
        drop((reader, writer));
        if opened {
            self.listeners.happened(OpenEvent(()));
        }
        self.state_waiters.wake();
        self.read_wake.readers.wake();
        self.write_wake.writers.wake();
        opened
    }

    /// WHATWG `close()`. The arguments were checked before.
    pub(super) fn close(&self, frame: CloseFrame) {
        let mut writer = lock(&self.writer);
        match self.ready_state() {
            // "Not established: fail the connection, and set the state to CLOSING."
            ReadyState::Connecting => {}
            // The Close frame stands behind everything that was sent before.
            ReadyState::Open => writer.close_from_us(frame),
            ReadyState::Closing | ReadyState::Closed => return,
        }
        self.closed_by_us.store(true, SeqCst);
        self.set_ready_state(ReadyState::Closing);
        drop(writer);
        self.read_wake.begin_ending();
        self.state_waiters.wake();
        self.write_wake.writers.wake();
        self.driver().wake();
    }

    /// The end has begun, and not from this side: the driver reads from here on.
    pub(super) fn begin_ending(&self) {
        self.read_wake.begin_ending();
        self.set_ready_state(ReadyState::Closing);
        self.state_waiters.wake();
        self.write_wake.writers.wake();
        self.driver().wake();
    }

    /// The connection is closed, in the regular way.
    pub(super) fn end_cleanly(&self, frame: CloseFrame) {
        self.end(CloseEvent::clean(frame), None);
    }

    /// The connection ended without a closing handshake, but nobody had to fail it: a browser fires no error event then.
    pub(super) fn end_abnormally(&self, cause: Error) {
        self.end(CloseEvent::abnormal(cause), None);
    }

    /// The connection could not be opened, or had to be failed: an error event and a close event.
    pub(super) fn fail(&self, cause: Error) {
        self.end(
            CloseEvent::abnormal(cause.clone()),
            Some(ErrorEvent { cause }),
        );
    }

    /// The first end counts. The events wait for [`Self::finish_delivery`].
    fn end(&self, event: CloseEvent, error: Option<ErrorEvent>) {
        self.read_wake.begin_ending();
        if self.ended.set(Box::new(event.clone())).is_ok() {
            self.publish_amount();
            self.set_ready_state(ReadyState::Closed);
            trace::ended(self.address.origin(), &event);
            if let Some(error) = error {
                self.listeners.happened(error);
            }
            self.listeners.happened(event);
        }
        self.state_waiters.wake();
        self.read_wake.readers.wake();
        self.write_wake.writers.wake();
    }

    /// Whether there is a transport to let go of.
    pub(super) fn is_connected(&self) -> bool {
        lock(&self.reader).half.is_some()
    }

    /// Lets go of the transport; TCP ends with it.
    pub(super) fn disconnect(&self) {
        lock(&self.reader).disconnect();
        lock(&self.writer).disconnect();
    }

    /// States only ever go forward, whatever comes at the same time.
    fn set_ready_state(&self, state: ReadyState) {
        self.ready_state.fetch_max(state as u8, SeqCst);
    }

    /// Waits until the socket has left CONNECTING; fails if it was not for OPEN.
    pub(super) fn poll_opened(&self, key: u64, context: &Context<'_>) -> Poll<Result<(), Error>> {
        self.state_waiters.register(key, context.waker());
        if self.ready_state() != ReadyState::Connecting && self.agreed.get().is_some() {
            return Poll::Ready(Ok(()));
        }
        match self.ended() {
            Some(_) => Poll::Ready(Err(self.why_closed())),
            None => Poll::Pending,
        }
    }

    pub(super) fn poll_closed(&self, key: u64, context: &Context<'_>) -> Poll<CloseEvent> {
        self.publish_amount();
        self.state_waiters.register(key, context.waker());
        match self.ended() {
            Some(event) => Poll::Ready(event.clone()),
            None => Poll::Pending,
        }
    }

    /// Why nothing more can be sent: the cause, or that the socket was closed in the regular way.
    pub(super) fn why_closed(&self) -> Error {
        self.ended()
            .and_then(|event| event.cause.clone())
            .unwrap_or_else(|| Error::new(Kind::Closed))
    }

    /// Where the driver waits.
    pub(super) fn driver(&self) -> &DriverSlot {
        &self.read_wake.driver
    }

    /// Who reads the socket.
    pub(super) fn reading(&self) -> Reading {
        self.read_wake.reading()
    }
}
