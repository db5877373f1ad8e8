//! What comes of a rule that the peer breaks on the open connection: in every cut of its bytes, whoever reads.

use onesocket::{Builder, Stage, WebSocket};
use onesocket_test_support::{Frame, opcode};

use crate::client::{ANSWER, Failure, MODES, Mode, Seen, live};
use crate::gate::{Delivery, Gate};
use crate::run::{all, within};

/// The limits of these tests: small, so that the cuts are few.
const MAX_MESSAGE_SIZE: usize = 1000;
pub(crate) const MAX_FRAGMENTS: u32 = 4;

/// A rule, bytes that break it, and what comes of it.
#[derive(Clone)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) code: u16,
    pub(crate) text: String,
}

/// Breaks each rule, behind a message, on connections with these extensions; how many connections it took.
pub(crate) async fn break_each(gate: &Gate, extensions: &'static str, rules: Vec<Rule>) -> usize {
    let first = first();
    let cases = rules.into_iter().flat_map(|rule| {
        let length = first.len() + rule.bytes.len();
        let cases = Delivery::all(length).flat_map(|delivery| MODES.map(|mode| (delivery, mode)));
        // Who reads nothing waits for the driver each time: these cuts are enough. So they are for a second way to read.
        let cases = cases.filter(move |(delivery, mode)| {
            matches!(mode, Mode::Listeners | Mode::Readers)
                || !matches!(delivery, Delivery::Split(at) if *at != length / 2)
        });
        cases.map(move |(delivery, mode)| (rule.clone(), delivery, mode))
    });
    all(cases, 64, |(rule, delivery, mode)| {
        let gate = gate.clone();
        let what = format!("{} ({delivery:?}, {mode:?})", rule.name);
        async move {
            let case = break_rule(&gate, &what, extensions, &rule, delivery, mode);
            within(&what, case).await;
        }
    })
    .await
}

pub(crate) fn limited(url: &str) -> Builder {
    WebSocket::builder(url)
        .max_message_size(MAX_MESSAGE_SIZE)
        .max_fragments(MAX_FRAGMENTS)
}

async fn break_rule(
    gate: &Gate,
    what: &str,
    extensions: &str,
    rule: &Rule,
    delivery: Delivery,
    mode: Mode,
) {
    let (url, visitor) = gate.invite();
    let peer = async {
        let mut visitor = visitor.await;
        visitor.accept_with(extensions).await;
        let bytes = [first(), rule.bytes.clone()].concat();
        visitor.deliver(&bytes, delivery).await;
        visitor.read_to_end().await;
        visitor
    };
    let (visitor, seen): (_, Seen) = tokio::join!(peer, live(limited(&url), mode));

    let failure = Failure {
        stage: if rule.code == 1009 {
            Stage::Limit
        } else {
            Stage::Protocol
        },
        close_code: Some(rule.code),
        text: &rule.text,
    };
    seen.check_failed(what, mode, true, &["first"], failure);
    seen.check_buffered(what, mode);
    let close = format!("close {}", rule.code);
    let answer = format!("text {ANSWER}");
    let answered = [answer.as_str(), &close, "fin"];
    let wire = if mode == Mode::Nobody {
        &answered[1..]
    } else {
        &answered[..]
    };
    assert_eq!(visitor.wire(), wire, "{what}");
}

/// The message before the breach, which is delivered and answered.
fn first() -> Vec<u8> {
    Frame::new(true, 0, opcode::TEXT, "first").to_bytes()
}
