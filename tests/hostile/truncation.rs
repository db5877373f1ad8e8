//! A whole conversation, cut off behind each of its bytes.

use onesocket::{Stage, WebSocket};
use onesocket_test_support::{Frame, opcode};

use crate::client::{Failure, MODES, Mode, live};
use crate::gate::Gate;
use crate::run::{all, run, within};

#[derive(Clone, Copy, Debug)]
enum Cut {
    Fin,
    Reset,
}

#[test]
fn what_was_whole_before_a_cut_is_delivered_and_the_end_is_told_as_it_was() {
    run(async {
        let gate = Gate::open().await;
        let length = Conversation::with_answer(vec![b'x'; 129]).bytes.len();
        let cases = (0..=length).flat_map(|at| {
            [Cut::Fin, Cut::Reset]
                .into_iter()
                .flat_map(move |cut| MODES.map(|mode| (at, cut, mode)))
        });
        let count = all(cases, 64, |(at, cut, mode)| {
            let gate = gate.clone();
            let what = format!("{cut:?} behind byte {at} of {length} ({mode:?})");
            async move { within(&what, cut_off(&gate, &what, at, cut, mode)).await }
        })
        .await;
        println!("{count} connections cut off");
    });
}

async fn cut_off(gate: &Gate, what: &str, at: usize, cut: Cut, mode: Mode) {
    let (url, visitor) = gate.invite();
    let peer = async {
        let mut visitor = visitor.await;
        let conversation = Conversation::with_answer(visitor.right_answer());
        visitor.send(&conversation.bytes[..at]).await;
        match cut {
            Cut::Fin => visitor.end().await,
            Cut::Reset => visitor.reset(),
        }
        conversation
    };
    let (conversation, seen) = tokio::join!(peer, live(WebSocket::builder(&url), mode));

    let failure = Failure {
        stage: Stage::Upgrade,
        close_code: None,
        text: "",
    };
    if at < conversation.opened {
        return seen.check_failed(what, mode, false, &[], failure);
    }
    let whole = conversation.messages.iter().filter(|(end, _)| *end <= at);
    let mut messages: Vec<_> = whole.map(|(_, message)| *message).collect();
    if !cfg!(target_os = "linux") && matches!(cut, Cut::Reset) {
        // Elsewhere a reset takes with it what was not read yet.
        assert!(
            messages.starts_with(&seen.messages.iter().map(String::as_str).collect::<Vec<_>>())
        );
        return;
    }
    if at < conversation.bytes.len() {
        return seen.check_lost(what, mode, &messages, Stage::Network);
    }
    seen.check_clean(what, mode, &std::mem::take(&mut messages), 1001, "gone");
}

struct Conversation {
    bytes: Vec<u8>,
    /// The answer's length.
    opened: usize,
    /// Each message and where it ends.
    messages: Vec<(usize, &'static str)>,
}

impl Conversation {
    fn with_answer(answer: Vec<u8>) -> Conversation {
        let mut bytes = answer;
        let opened = bytes.len();
        let mut messages = Vec::new();
        let mut add = |fin, kind, payload: &[u8]| {
            bytes.extend(Frame::new(fin, 0, kind, payload).to_bytes());
            bytes.len()
        };
        // The first fragment ends within a character.
        add(false, opcode::TEXT, b"gr\xC3");
        add(true, opcode::PING, b"are you there?");
        let end = add(true, opcode::CONTINUATION, b"\xBCn");
        messages.push((end, "grün"));
        messages.push((add(true, opcode::BINARY, b"\0\xFF"), "0x\\x00\\xff"));
        messages.push((add(true, opcode::TEXT, b""), ""));
        add(true, opcode::PONG, b"");
        add(true, opcode::CLOSE, b"\x03\xE9gone");
        Conversation {
            bytes,
            opened,
            messages,
        }
    }
}
