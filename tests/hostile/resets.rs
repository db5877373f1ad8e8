//! Peers that reset the connection while the client is sending.

use std::sync::{Arc, Mutex};

use onesocket::{CloseEvent, Error, Stage, WebSocket};
use tokio::io::AsyncReadExt;
use tokio::sync::{mpsc, oneshot};

use crate::client::Mode;
use crate::gate::{Gate, Visitor};
use crate::run::{all, run, within};

/// More than the systems on both sides take together.
const LARGE: usize = 8 << 20;

/// When the peer resets.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// It has read so many bytes of a message.
    InMessage(usize),
    /// The same, and the client has closed behind the message.
    InMessageBeforeClose(usize),
    /// It has read our Close.
    InsteadOfClose,
    /// It has read our Close, and answers with half of its own.
    InsideItsClose,
    /// It has sent its Close and reads nothing.
    BehindItsClose,
}

#[test]
fn a_reset_ends_the_connection_at_any_moment_and_what_did_not_leave_stays_buffered() {
    run(async {
        let gate = Gate::with_receive_buffer(64 << 10).await;
        let mut moments = vec![
            Moment::InsteadOfClose,
            Moment::InsideItsClose,
            Moment::BehindItsClose,
        ];
        for read in [0, 1, 8, 14, 15, 1000, 61_440, 65_536, 300_000, 1_000_000] {
            moments.extend([Moment::InMessage(read), Moment::InMessageBeforeClose(read)]);
        }
        let cases = moments.into_iter().flat_map(|moment| {
            [Mode::Listeners, Mode::Readers, Mode::Nobody].map(|mode| (moment, mode))
        });
        let count = all(cases, 8, |(moment, mode)| {
            let gate = gate.clone();
            let what = format!("{moment:?} ({mode:?})");
            async move { within(&what, reset(&gate, &what, moment, mode)).await }
        })
        .await;
        println!("{count} connections reset");
    });
}

async fn reset(gate: &Gate, what: &str, moment: Moment, mode: Mode) {
    let (url, visitor) = gate.invite();
    let (sent, is_sent) = oneshot::channel();
    let peer = async {
        let mut visitor = visitor.await;
        visitor.accept().await;
        is_sent.await.unwrap();
        match moment {
            Moment::InMessage(bytes) | Moment::InMessageBeforeClose(bytes) => {
                read(&mut visitor, bytes).await;
            }
            Moment::InsteadOfClose => visitor.read_close().await,
            Moment::InsideItsClose => {
                visitor.read_close().await;
                visitor.send(&[0x88, 2, 3]).await;
            }
            Moment::BehindItsClose => visitor.send(&[0x88, 2, 3, 0xE8]).await,
        }
        visitor.reset();
    };
    let client = async {
        let socket = Arc::new(WebSocket::connect(&url).await.unwrap());
        let (events, ended) = listen(&socket, mode);
        if !matches!(moment, Moment::InsteadOfClose | Moment::InsideItsClose) {
            socket.send(vec![7; LARGE]).unwrap();
            assert_eq!(socket.buffered_amount(), LARGE, "{what}");
        }
        if !matches!(moment, Moment::InMessage(_) | Moment::BehindItsClose) {
            socket.close_with(1000, "done").unwrap();
        }
        sent.send(()).unwrap();
        let told = match mode {
            Mode::Readers => socket.recv().await.and_then(Result::err),
            _ => None,
        };
        (ended.await, socket, events, told)
    };
    let ((), (close, socket, events, told)) = tokio::join!(peer, client);
    let close = close.unwrap();

    if let Moment::BehindItsClose = moment {
        // Both have closed, as far as the peer is concerned.
        assert!(close.was_clean(), "{what}: {close:?}");
        assert_eq!(close.code(), 1000, "{what}");
        assert!(told.is_none(), "{what}");
    } else {
        assert!(!close.was_clean(), "{what}: {close:?}");
        assert_eq!((close.code(), close.reason()), (1006, ""), "{what}");
        let stage = match moment {
            Moment::InMessage(_) => Stage::Network,
            _ => Stage::Closing,
        };
        let cause = close.cause().expect("the end was not clean");
        assert_eq!(cause.stage(), stage, "{what}: {cause}");
        assert!(cause.is_retryable(), "{what}: {cause}");
        if mode == Mode::Readers {
            let told = told.as_ref().map(Error::to_string);
            assert_eq!(told, Some(cause.to_string()), "{what}");
        }
    }
    // Nobody had to fail the connection, so there is no error event.
    assert_eq!(*events.lock().unwrap(), ["close 3"], "{what}");

    let left = socket.buffered_amount();
    match moment {
        Moment::InsteadOfClose | Moment::InsideItsClose => assert_eq!(left, 0, "{what}"),
        _ => assert!((1..=LARGE).contains(&left), "{what}: {left}"),
    }
    socket.send("more").unwrap();
    assert_eq!(socket.buffered_amount(), left + 4, "{what}");
    assert!(socket.flush().await.is_err(), "{what}");
    assert!(socket.ready().await.is_err(), "{what}");
    assert_eq!(socket.closed().await.code(), close.code(), "{what}");
}

#[test]
fn a_peer_that_resets_before_it_answers_fails_the_handshake() {
    run(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let connect = WebSocket::connect(&url);
        let peer = async {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_zero_linger().unwrap();
        };
        let (error, ()) = within("a reset at once", async { tokio::join!(connect, peer) }).await;
        let error = error.unwrap_err();
        assert!(
            matches!(error.stage(), Stage::Upgrade | Stage::Tcp),
            "{error}"
        );
        assert!(error.is_retryable());
    });
}

async fn read(visitor: &mut Visitor, bytes: usize) {
    let mut buffer = vec![0; bytes];
    visitor.stream.read_exact(&mut buffer).await.unwrap();
}

type Events = Arc<Mutex<Vec<String>>>;

/// Error and close as they come, and the close when it is there.
fn listen(
    socket: &WebSocket,
    mode: Mode,
) -> (Events, impl Future<Output = Option<CloseEvent>> + use<>) {
    let events = Events::default();
    let (ended, mut end) = mpsc::unbounded_channel();
    if mode == Mode::Listeners {
        socket.set_onmessage(|_, event| panic!("nothing was sent: {event:?}"));
    }
    let log = events.clone();
    socket.set_onerror(move |socket, _| {
        let entry = format!("error {}", socket.ready_state() as u8);
        log.lock().unwrap().push(entry);
    });
    let log = events.clone();
    socket.set_onclose(move |socket, event| {
        let entry = format!("close {}", socket.ready_state() as u8);
        log.lock().unwrap().push(entry);
        let _ = ended.send(event.clone());
    });
    (events, async move { end.recv().await })
}
