//! What a server may answer to the handshake: however the bytes are cut, the answer must be judged the same.
//!
//! Input: what is offered, a list of sizes, then the server's bytes. The key is RFC 6455's, so that the seeds can hold right answers.

use std::mem::{self, Discriminant};

use bytes::{Buf, BytesMut};

use crate::agreement::offer;
use crate::choices::{Choices, split};
use crate::error::{Response, UpgradeFault};
use crate::negotiation::{Agreed, DeflateOffer, Offer, PerMessageDeflate};
use crate::protocol::handshake::{Answer, Key};

/// Small, so that the limits are reached too.
const LARGEST: usize = 1024;
const MOST_FIELDS: usize = 12;

#[derive(Debug, PartialEq, Eq)]
enum Judgement {
    Incomplete,
    /// Which words of the answer a fault cites depends on how many have arrived.
    Refused(Discriminant<UpgradeFault>),
    Open(Agreed),
    /// Whether its body is over, and what became of it.
    Another(bool, Response),
}

pub(crate) fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let offered = offer(&mut choices);
    let sizes = choices.bytes();
    let bytes = choices.rest();
    let protocols = ["chat", "superchat"].map(str::to_owned).to_vec();
    let offer = Offer::new(protocols, offered).expect("two tokens");
    let whole = judged(&offer, [bytes]);
    if let (Judgement::Open(agreed), _) = &whole {
        assert!(matches!(&*agreed.protocol, "" | "chat" | "superchat"));
        check(offered, agreed);
    }
    let cut = judged(&offer, split(sizes, bytes));
    assert_eq!(whole, cut, "sizes {sizes:?}");
}

/// What was agreed on is no more than what was offered, and no less than what was demanded.
fn check(offered: Option<DeflateOffer>, agreed: &Agreed) {
    let answered = PerMessageDeflate::from_extensions(&agreed.extensions);
    assert_eq!(agreed.deflate.is_some(), answered.is_some());
    assert_eq!(agreed.deflate.is_some(), !agreed.extensions.is_empty());
    let (Some(agreed), Some(answered)) = (agreed.deflate, answered) else {
        return;
    };
    let offered = offered.expect("nothing can be agreed on that was not offered");
    let own_bits = offered.client_max_window_bits.unwrap_or(15);
    assert!((8..=own_bits).contains(&agreed.client_max_window_bits));
    assert!((8..=offered.server_max_window_bits).contains(&agreed.server_max_window_bits));
    assert!(agreed.server_no_context_takeover >= offered.server_no_context_takeover);
    assert!(agreed.client_no_context_takeover >= offered.client_no_context_takeover);
    // The server relies on its answer.
    assert!(agreed.client_max_window_bits <= answered.client_max_window_bits);
    assert!(agreed.client_no_context_takeover >= answered.client_no_context_takeover);
    assert_eq!(
        agreed.server_max_window_bits,
        answered.server_max_window_bits
    );
}

/// The judgement on the answer, and the bytes behind its head.
fn judged<'a>(offer: &Offer, parts: impl IntoIterator<Item = &'a [u8]>) -> (Judgement, Vec<u8>) {
    let key = Key::new(*b"the sample nonce");
    let mut answer = Answer::new(LARGEST, MOST_FIELDS);
    let mut input = BytesMut::new();
    let mut parts = parts.into_iter();
    for part in parts.by_ref() {
        input.extend_from_slice(part);
        let head = match answer.parse(&input) {
            Ok(None) => continue,
            Ok(Some(head)) => head,
            Err(fault) => return (Judgement::Refused(mem::discriminant(&fault)), Vec::new()),
        };
        let (response, mut body) = (head.response(), head.body());
        let checked = head.check(&key, offer);
        input.advance(answer.length());
        let judgement = match (response.status, checked) {
            (101, Ok(agreed)) => Judgement::Open(agreed),
            (101, Err(fault)) => Judgement::Refused(mem::discriminant(&fault)),
            _ => {
                let mut is_over = body.take(&mut input);
                while !is_over && let Some(part) = parts.next() {
                    input.extend_from_slice(part);
                    is_over = body.take(&mut input);
                }
                Judgement::Another(
                    is_over,
                    Response {
                        body: body.into_head(),
                        ..response
                    },
                )
            }
        };
        input.extend(parts.flatten());
        return (judgement, input.to_vec());
    }
    assert!(
        input.len() < LARGEST,
        "{} bytes and no judgement",
        input.len()
    );
    (Judgement::Incomplete, Vec::new())
}
