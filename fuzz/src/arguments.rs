//! What a caller may pass: close code and reason, subprotocols, and the URL; and the request that is made of them.
//!
//! Input: a close code, a reason, subprotocols, whether there is a base URL, and the rest is the URL. Strings are made of
//! whatever bytes there are.

use std::iter;

use crate::choices::Choices;
use crate::close::CloseFrame;
use crate::negotiation::{DeflateOffer, Offer};
use crate::protocol::handshake::{Key, Request};
use crate::rules::UrlRecord;
use crate::source::url;

const BASE: &str = "https://user@example.com:8443/folder/page?query#fragment";

pub(crate) fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    close(
        u16::from_be_bytes([choices.byte(), choices.byte()]),
        &text(choices.bytes()),
    );
    let protocols = (0..choices.byte() % 4)
        .map(|_| text(choices.bytes()))
        .collect();
    let base = (choices.byte() % 2 == 1).then_some(BASE);
    let url = url::parse(&text(choices.rest()), base);
    let offer = Offer::new(protocols, Some(DeflateOffer::default()));
    if let Ok(url) = &url {
        // What the constructor shows as `url` is a URL for the constructor, and the same one.
        assert!(
            url.href
                .starts_with(if url.secure { "wss://" } else { "ws://" })
        );
        assert!(!url.href.contains('#'));
        assert_eq!(url::parse(&url.href, None).as_ref(), Ok(url));
    }
    if let (Ok(url), Ok(offer)) = (url, offer) {
        request(&url, &offer);
    }
}

fn close(code: u16, reason: &str) {
    if let Ok(frame) = CloseFrame::from_caller(code, reason) {
        // WHATWG: "neither an integer equal to 1000 nor an integer in the range 3000 to 4999, inclusive".
        assert!(code == 1000 || (3000..=4999).contains(&code));
        // RFC 6455 5.5: "All control frames MUST have a payload length of 125 bytes or less".
        assert!(2 + frame.reason.len() <= 125);
        assert_eq!(frame.event_code(), code);
    }
}

/// The request says what it should, and nothing that a caller could slip into it.
fn request(url: &UrlRecord, offer: &Offer) {
    let key = Key::new(*b"the sample nonce");
    let bytes = Request {
        url,
        key: &key,
        offer,
        origin: None,
        authorization: None,
        extra: &[],
    }
    .encode();
    let mut fields = [httparse::EMPTY_HEADER; 16];
    let mut request = httparse::Request::new(&mut fields);
    let parsed = request.parse(&bytes).expect("the request is HTTP");
    assert_eq!(parsed, httparse::Status::Complete(bytes.len()));
    assert_eq!(request.path, Some(url.resource.as_str()));

    let basic = !url.username.is_empty() || !url.password.is_empty();
    let authorization = basic.then_some("Authorization");
    let protocol = offer.protocols().map(|_| "Sec-WebSocket-Protocol");
    let wanted = ["Host", "Connection", "Pragma", "Cache-Control"]
        .into_iter()
        .chain(authorization)
        .chain([
            "Upgrade",
            "Sec-WebSocket-Version",
            "Sec-WebSocket-Key",
            "Sec-WebSocket-Extensions",
        ])
        .chain(protocol);
    assert!(wanted.eq(request.headers.iter().map(|field| field.name)));

    // Whatever is offered can be accepted.
    for protocol in offer.protocols().iter().flat_map(|list| list.split(", ")) {
        let agreed = offer.check(iter::once(protocol.as_bytes()), iter::empty());
        assert_eq!(agreed.expect("it was offered").protocol, protocol);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
