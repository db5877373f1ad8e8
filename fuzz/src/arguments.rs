//! What a caller may pass: close code and reason, what is offered, fields of the request, and the URL; and the request that is
//! made of them.
//!
//! Input: the extension that is offered, an origin, credentials, the name and the value of a further field, a close code, a
//! reason, subprotocols, whether there is a base URL, and the rest is the URL. Strings are made of whatever bytes there are.

use std::iter;

use http::{HeaderName, HeaderValue};

use crate::agreement;
use crate::choices::Choices;
use crate::close::CloseFrame;
use crate::negotiation::{DeflateOffer, Offer, PerMessageDeflate};
use crate::protocol::handshake::{Key, Request, is_own_field};
use crate::rules::UrlRecord;
use crate::source::url;

const BASE: &str = "https://user@example.com:8443/folder/page?query#fragment";

pub(crate) fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let deflate = agreement::offer(&mut choices);
    let fields = Fields::new(&mut choices);
    close(
        u16::from_be_bytes([choices.byte(), choices.byte()]),
        &text(choices.bytes()),
    );
    let protocols: Vec<String> = (0..choices.byte() % 4)
        .map(|_| text(choices.bytes()))
        .collect();
    let base = (choices.byte() % 2 == 1).then_some(BASE);
    let url = url::parse(&text(choices.rest()), base);
    let offer = Offer::new(protocols, deflate);
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
        request(&url, &offer, &fields);
        accept(&offer, deflate);
    }
}

/// What a caller may add to the request.
struct Fields {
    origin: Option<HeaderValue>,
    authorization: Option<HeaderValue>,
    extra: Option<(HeaderName, HeaderValue)>,
}

impl Fields {
    fn new(choices: &mut Choices<'_>) -> Self {
        let mut value = || match choices.bytes() {
            b"" => None,
            value => HeaderValue::from_bytes(value).ok(),
        };
        let (origin, authorization) = (value(), value());
        let name = HeaderName::from_bytes(choices.bytes()).ok();
        let name = name.filter(|name| !is_own_field(name.as_str()));
        let value = HeaderValue::from_bytes(choices.bytes()).ok();
        Fields {
            origin,
            authorization,
            extra: name.zip(value),
        }
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
fn request(url: &UrlRecord, offer: &Offer, caller: &Fields) {
    let key = Key::new(*b"the sample nonce");
    let bytes = Request {
        url,
        key: &key,
        offer,
        origin: caller.origin.as_ref(),
        authorization: caller.authorization.as_ref(),
        extra: caller.extra.as_slice(),
    }
    .encode();
    let mut fields = [httparse::EMPTY_HEADER; 16];
    let mut request = httparse::Request::new(&mut fields);
    let parsed = request.parse(&bytes).expect("the request is HTTP");
    assert_eq!(parsed, httparse::Status::Complete(bytes.len()));
    assert_eq!(request.path, Some(url.resource()));

    let credentials = !url.username.is_empty() || !url.password.is_empty();
    let authorizes = credentials || caller.authorization.is_some();
    let names = ["Host", "Connection", "Pragma", "Cache-Control"]
        .into_iter()
        .chain(authorizes.then_some("Authorization"))
        .chain(["Upgrade"])
        .chain(caller.origin.as_ref().map(|_| "Origin"))
        .chain(["Sec-WebSocket-Version"])
        .chain(caller.extra.as_ref().map(|(name, _)| name.as_str()))
        .chain(["Sec-WebSocket-Key"])
        .chain(offer.extensions().map(|_| "Sec-WebSocket-Extensions"))
        .chain(offer.protocols().map(|_| "Sec-WebSocket-Protocol"));
    assert!(names.eq(request.headers.iter().map(|field| field.name)));
    let extra = caller
        .extra
        .as_ref()
        .map(|(name, value)| (name.as_str(), value));
    let origin = caller.origin.as_ref().map(|value| ("Origin", value));
    let authorization = caller
        .authorization
        .as_ref()
        .map(|value| ("Authorization", value));
    for (name, value) in [extra, origin, authorization].into_iter().flatten() {
        let mut fields = request.headers.iter().filter(|field| field.name == name);
        let wanted = value.as_bytes().trim_ascii();
        assert!(fields.any(|field| field.value.trim_ascii() == wanted));
    }
}

/// Whatever is offered can be accepted.
fn accept(offer: &Offer, deflate: Option<DeflateOffer>) {
    let protocols = offer.protocols();
    let first = protocols.iter().flat_map(|list| list.split(", ")).next();
    for protocol in protocols.iter().flat_map(|list| list.split(", ")) {
        let agreed = offer.check(iter::once(protocol.as_bytes()), iter::empty());
        assert_eq!(agreed.expect("it was offered").protocol.as_ref(), protocol);
    }
    let Some(deflate) = deflate else {
        return;
    };
    let wanted = PerMessageDeflate {
        server_no_context_takeover: deflate.server_no_context_takeover,
        client_no_context_takeover: deflate.client_no_context_takeover,
        server_max_window_bits: deflate.server_max_window_bits,
        client_max_window_bits: deflate.client_max_window_bits.unwrap_or(15),
    };
    let mut answer = "permessage-deflate".to_owned();
    if wanted.server_no_context_takeover {
        answer += "; server_no_context_takeover";
    }
    if wanted.client_no_context_takeover {
        answer += "; client_no_context_takeover";
    }
    answer += &format!("; server_max_window_bits={}", wanted.server_max_window_bits);
    if let Some(bits) = deflate.client_max_window_bits {
        answer += &format!("; client_max_window_bits={bits}");
    }
    let agreed = offer.check(
        first.map(str::as_bytes).into_iter(),
        iter::once(answer.as_bytes()),
    );
    let agreed = agreed.expect("it was offered");
    assert_eq!(agreed.deflate, Some(wanted));
    assert_eq!(*agreed.extensions, *answer);
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
