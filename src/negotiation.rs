//! Sec-WebSocket-Protocol and Sec-WebSocket-Extensions: what is offered, and what an answer may be.

mod extensions;

use crate::error::{Excerpt, UpgradeFault};
use crate::rules;

pub(crate) use extensions::DeflateOffer;
pub use extensions::PerMessageDeflate;

/// What the handshake's request offers. Its subprotocols have passed [`rules::check_protocols`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Offer {
    protocols: Vec<String>,
    deflate: Option<DeflateOffer>,
}

/// What the server took of an offer; empty where it took nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(crate) protocol: Box<str>,
    pub(crate) extensions: Box<str>,
    /// What both sides have to keep to, if messages may be compressed.
    pub(crate) deflate: Option<PerMessageDeflate>,
}

impl Offer {
    pub(crate) fn new(
        protocols: Vec<String>,
        deflate: Option<DeflateOffer>,
    ) -> Result<Self, String> {
        rules::check_protocols(&protocols)?;
        Ok(Offer { protocols, deflate })
    }

    /// The value of the request's Sec-WebSocket-Protocol field, if there is to be one: RFC 6455 4.1, "one or more
    /// comma-separated subprotocol the client wishes to speak, ordered by preference".
    pub(crate) fn protocols(&self) -> Option<String> {
        (!self.protocols.is_empty()).then(|| self.protocols.join(", "))
    }

    /// The value of the request's Sec-WebSocket-Extensions field, if there is to be one.
    pub(crate) fn extensions(&self) -> Option<String> {
        self.deflate.as_ref().map(DeflateOffer::encode)
    }

    /// Holds the values of the answer's fields of these names, one for each field, against the offer.
    pub(crate) fn check<'a>(
        &self,
        protocols: impl Iterator<Item = &'a [u8]>,
        extensions: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Agreed, UpgradeFault> {
        let (extensions, deflate) = extensions::check(self.deflate.as_ref(), extensions)?;
        Ok(Agreed {
            protocol: self.check_protocols(protocols)?.into(),
            extensions: extensions.into(),
            deflate,
        })
    }

    fn check_protocols<'a>(
        &self,
        mut answers: impl Iterator<Item = &'a [u8]>,
    ) -> Result<String, UpgradeFault> {
        let answer = answers.next();
        // RFC 6455 11.3.4: "the |Sec-WebSocket-Protocol| header field MUST NOT appear more than once in an HTTP response".
        if answers.next().is_some() {
            return Err(UpgradeFault::ProtocolTwice);
        }
        match answer {
            None if self.protocols.is_empty() => Ok(String::new()),
            // WHATWG: "If protocols is not the empty list and extracting header list values given
            // `Sec-WebSocket-Protocol` and response's header list results in null, failure, or the empty byte
            // sequence, then fail the WebSocket connection." RFC 6455 alone would let it open.
            None => Err(UpgradeFault::ProtocolMissing),
            Some(b"") if !self.protocols.is_empty() => Err(UpgradeFault::ProtocolMissing),
            // RFC 6455 4.1: "If the response includes a |Sec-WebSocket-Protocol| header field and this header field
            // indicates the use of a subprotocol that was not present in the client's handshake". Equal means equal in
            // case too, and a list is equal to none of its elements.
            Some(answer) => match self.protocols.iter().find(|one| one.as_bytes() == answer) {
                Some(protocol) => Ok(protocol.clone()),
                None => Err(UpgradeFault::ProtocolNotOffered {
                    answer: Excerpt::of(answer),
                    offered: self.protocols.clone(),
                }),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(protocols: &[&str]) -> Offer {
        Offer::new(protocols.iter().map(ToString::to_string).collect(), None).unwrap()
    }

    fn check(offer: &Offer, protocols: &[&str], extensions: &[&str]) -> Result<Agreed, String> {
        offer
            .check(
                protocols.iter().map(|value| value.as_bytes()),
                extensions.iter().map(|value| value.as_bytes()),
            )
            .map_err(|fault| fault.to_string())
    }

    #[test]
    fn an_offer_has_only_valid_subprotocols() {
        for protocols in [vec![""], vec!["a", "A"], vec!["a\r\nX: y"]] {
            let protocols = protocols.into_iter().map(String::from).collect();
            assert!(Offer::new(protocols, None).is_err());
        }
    }

    #[test]
    fn subprotocols_are_offered_in_order_and_none_without_a_field() {
        assert_eq!(offer(&[]).protocols(), None);
        assert_eq!(offer(&["b"]).protocols().as_deref(), Some("b"));
        assert_eq!(
            offer(&["b", "a", "c"]).protocols().as_deref(),
            Some("b, a, c")
        );
    }

    #[test]
    fn an_answer_has_one_of_the_offered_subprotocols() {
        for (offered, answer, agreed) in [
            (&[][..], &[][..], ""),
            (&["chat"], &["chat"], "chat"),
            (&["b", "A"], &["b"], "b"),
            (&["b", "A"], &["A"], "A"),
        ] {
            let agreed = Agreed {
                protocol: agreed.into(),
                ..Agreed::default()
            };
            assert_eq!(check(&offer(offered), answer, &[]), Ok(agreed));
        }
    }

    #[test]
    fn any_other_answer_to_subprotocols_fails() {
        let missing = "subprotocols were offered, but the server chose none of them";
        let twice = "the answer has more than one Sec-WebSocket-Protocol field";
        let unasked =
            |answer| format!("the server chose the subprotocol {answer:?}, but none was offered");
        let other = |answer| {
            format!(
                "the server chose the subprotocol {answer:?}, which is not exactly one of those offered: chat, b"
            )
        };
        for (offered, answer, message) in [
            (&["chat", "b"][..], &[][..], missing.to_owned()),
            (&["chat", "b"], &[""], missing.to_owned()),
            (&["chat", "b"], &["Chat"], other("Chat")),
            (&["chat", "b"], &["chat, b"], other("chat, b")),
            (&["chat", "b"], &["chat,"], other("chat,")),
            (&["chat", "b"], &["cha"], other("cha")),
            (&["chat", "b"], &["chat", "chat"], twice.to_owned()),
            (&["chat", "b"], &["chat", ""], twice.to_owned()),
            (&[], &["chat"], unasked("chat")),
            (&[], &[""], unasked("")),
            (&[], &["a", "b"], twice.to_owned()),
        ] {
            assert_eq!(check(&offer(offered), answer, &[]), Err(message));
        }
    }
}
