//! Sec-WebSocket-Extensions: the grammar of RFC 6455 9.1, and the parameters of permessage-deflate (RFC 7692 7).

mod grammar;

use crate::error::{Excerpt, UpgradeFault};
use grammar::Extension;

/// The extension's registered name (RFC 7692 9).
const NAME: &str = "permessage-deflate";

const SERVER_NO_CONTEXT_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_NO_CONTEXT_TAKEOVER: &str = "client_no_context_takeover";
const SERVER_MAX_WINDOW_BITS: &str = "server_max_window_bits";
const CLIENT_MAX_WINDOW_BITS: &str = "client_max_window_bits";

/// RFC 7692 7.1.2: the absence of a parameter, and its largest value, mean a window of 32,768 bytes.
const MOST_BITS: u8 = 15;

/// The parameters of permessage-deflate (RFC 7692) that were agreed on: how messages are compressed on a connection.
///
/// ```no_run
/// # fn f(socket: &onesocket::WebSocket) {
/// match socket.permessage_deflate() {
///     Some(agreed) => println!("compressed with windows of 2^{} bytes", agreed.client_max_window_bits()),
///     None => println!("not compressed"),
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PerMessageDeflate {
    pub(crate) server_no_context_takeover: bool,
    pub(crate) client_no_context_takeover: bool,
    pub(crate) server_max_window_bits: u8,
    pub(crate) client_max_window_bits: u8,
}

/// What is asked of permessage-deflate; by default what browsers ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeflateOffer {
    pub(crate) server_no_context_takeover: bool,
    pub(crate) client_no_context_takeover: bool,
    pub(crate) server_max_window_bits: u8,
    /// `None` does not let the server choose.
    pub(crate) client_max_window_bits: Option<u8>,
}

impl PerMessageDeflate {
    /// Whether the server compresses each message by itself, without looking back at earlier ones.
    pub fn server_no_context_takeover(&self) -> bool {
        self.server_no_context_takeover
    }

    /// Whether this side has to compress each message by itself.
    pub fn client_no_context_takeover(&self) -> bool {
        self.client_no_context_takeover
    }

    /// The base-2 logarithm of the window with which the server compresses: 8 to 15.
    pub fn server_max_window_bits(&self) -> u8 {
        self.server_max_window_bits
    }

    /// The base-2 logarithm of the largest window with which this side may compress: 8 to 15.
    pub fn client_max_window_bits(&self) -> u8 {
        self.client_max_window_bits
    }

    /// Reads the web's `extensions` attribute, which was checked when the connection was opened.
    pub(crate) fn from_extensions(text: &str) -> Option<Self> {
        let extensions = grammar::parse(text.as_bytes())?;
        let extension = extensions.iter().find(|one| one.name == NAME)?;
        PerMessageDeflate::from_parameters(extension).ok()
    }

    /// RFC 7692 7.1: a client fails the connection for a parameter that is not defined for an answer, has a wrong value, or
    /// stands there twice.
    fn from_parameters(extension: &Extension<'_>) -> Result<Self, String> {
        let mut agreed = PerMessageDeflate::default();
        for (at, (name, value)) in extension.parameters.iter().enumerate() {
            let repeated = |(other, _): &(&str, _)| other == name;
            if extension.parameters[..at].iter().any(repeated) {
                return Err(format!("the parameter {name} stands there twice"));
            }
            match *name {
                SERVER_NO_CONTEXT_TAKEOVER => {
                    agreed.server_no_context_takeover = flag(name, value.as_deref())?;
                }
                CLIENT_NO_CONTEXT_TAKEOVER => {
                    agreed.client_no_context_takeover = flag(name, value.as_deref())?;
                }
                SERVER_MAX_WINDOW_BITS => {
                    agreed.server_max_window_bits = bits(name, value.as_deref())?;
                }
                CLIENT_MAX_WINDOW_BITS => {
                    agreed.client_max_window_bits = bits(name, value.as_deref())?;
                }
                _ => {
                    let name = Excerpt::of(name.as_bytes());
                    return Err(format!("the parameter {name} is unknown"));
                }
            }
        }
        Ok(agreed)
    }
}

impl Default for PerMessageDeflate {
    /// What an answer without parameters means.
    fn default() -> Self {
        PerMessageDeflate {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: MOST_BITS,
            client_max_window_bits: MOST_BITS,
        }
    }
}

impl DeflateOffer {
    /// The value of the request's Sec-WebSocket-Extensions field.
    pub(super) fn encode(&self) -> String {
        // Room for the parameters that browsers send.
        let mut offer = String::with_capacity(64);
        offer.push_str(NAME);
        let mut add = |parameter: &str| {
            offer.push_str("; ");
            offer.push_str(parameter);
        };
        if self.server_no_context_takeover {
            add(SERVER_NO_CONTEXT_TAKEOVER);
        }
        if self.client_no_context_takeover {
            add(CLIENT_NO_CONTEXT_TAKEOVER);
        }
        if self.server_max_window_bits < MOST_BITS {
            let bits = self.server_max_window_bits;
            add(&format!("{SERVER_MAX_WINDOW_BITS}={bits}"));
        }
        match self.client_max_window_bits {
            // RFC 7692 7.1.2.2: "This parameter has no value or a decimal integer value"; the largest one would say no more.
            Some(MOST_BITS) => add(CLIENT_MAX_WINDOW_BITS),
            Some(bits) => add(&format!("{CLIENT_MAX_WINDOW_BITS}={bits}")),
            None => {}
        }
        offer
    }

    /// Holds the parameters of an answer against the offer; answers what both sides have to keep to.
    fn check(&self, extension: &Extension<'_>) -> Result<PerMessageDeflate, String> {
        let answer = PerMessageDeflate::from_parameters(extension)?;
        let has = |wanted| extension.parameters.iter().any(|(name, _)| *name == wanted);
        let ignored = |name| Err(format!("the server ignored the demand for {name}"));

        // 7.1.1.1: "A server accepts [...] by including the "server_no_context_takeover" extension parameter"; it may also
        // do so unasked, and a server that does not accept must decline the whole offer.
        if self.server_no_context_takeover && !answer.server_no_context_takeover {
            return ignored(SERVER_NO_CONTEXT_TAKEOVER);
        }
        // 7.1.2.1: likewise, "with the same or smaller value as the offer".
        if self.server_max_window_bits < MOST_BITS {
            let (asked, bits) = (self.server_max_window_bits, answer.server_max_window_bits);
            if !has(SERVER_MAX_WINDOW_BITS) {
                return ignored(SERVER_MAX_WINDOW_BITS);
            }
            if bits > asked {
                return Err(format!(
                    "{SERVER_MAX_WINDOW_BITS} is {bits}, more than the {asked} that were demanded"
                ));
            }
        }
        // 7.1.2.2: "If a received extension negotiation offer doesn't have the "client_max_window_bits" extension parameter,
        // the corresponding extension negotiation response to the offer MUST NOT include" it.
        if has(CLIENT_MAX_WINDOW_BITS) {
            let bits = answer.client_max_window_bits;
            match self.client_max_window_bits {
                None => return Err(format!("{CLIENT_MAX_WINDOW_BITS} was not offered")),
                Some(offered) if bits > offered => {
                    return Err(format!(
                        "{CLIENT_MAX_WINDOW_BITS} is {bits}, more than the {offered} that were offered"
                    ));
                }
                Some(_) => {}
            }
        }
        // What this side wanted of itself it does, whether the server cares or not.
        let own_bits = self.client_max_window_bits.unwrap_or(MOST_BITS);
        Ok(PerMessageDeflate {
            client_no_context_takeover: answer.client_no_context_takeover
                || self.client_no_context_takeover,
            client_max_window_bits: answer.client_max_window_bits.min(own_bits),
            ..answer
        })
    }
}

impl Default for DeflateOffer {
    fn default() -> Self {
        DeflateOffer {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: MOST_BITS,
            client_max_window_bits: Some(MOST_BITS),
        }
    }
}

/// RFC 6455 4.1: "If the response includes a |Sec-WebSocket-Extensions| header field and this header field indicates the use
/// of an extension that was not present in the client's handshake [...], the client MUST _Fail the WebSocket Connection_."
///
/// Answers the web's `extensions`, which is the field's text, and what the connection has to keep to.
pub(super) fn check<'a>(
    offer: Option<&DeflateOffer>,
    answers: impl Iterator<Item = &'a [u8]>,
) -> Result<(String, Option<PerMessageDeflate>), UpgradeFault> {
    let (mut text, mut agreed) = (String::new(), None);
    for answer in answers {
        let extensions = grammar::parse(answer).ok_or_else(|| {
            fault(format!(
                "the answer's Sec-WebSocket-Extensions field {} breaks the grammar of RFC 6455 9.1",
                Excerpt::of(answer)
            ))
        })?;
        if extensions.is_empty() {
            let what = "the answer has an empty Sec-WebSocket-Extensions field";
            return Err(fault(what.to_owned()));
        }
        for extension in &extensions {
            let name = Excerpt::of(extension.name.as_bytes());
            let Some(offer) = offer else {
                return Err(fault(format!(
                    "the server answered with the extension {name}, but none was offered"
                )));
            };
            if extension.name != NAME {
                return Err(fault(format!(
                    "the server answered with the extension {name}, which was not offered"
                )));
            }
            // One offer was made; and a second use of the same reserved bit would have no meaning.
            if agreed.is_some() {
                return Err(fault(format!(
                    "the server answered with the extension {NAME} twice"
                )));
            }
            agreed = Some(offer.check(extension).map_err(|what| {
                fault(format!(
                    "the server's answer to {NAME} cannot be accepted: {what}"
                ))
            })?);
        }
        // As there is one extension, there is one field; what passed the grammar is ASCII but for quoted values, and those
        // were numbers.
        text = String::from_utf8_lossy(answer.trim_ascii()).into_owned();
    }
    Ok((text, agreed))
}

fn fault(what: String) -> UpgradeFault {
    UpgradeFault::Extension(what)
}

/// RFC 7692 7.1.1: "This extension parameter has no value."
fn flag(name: &str, value: Option<&str>) -> Result<bool, String> {
    match value {
        None => Ok(true),
        Some(value) => {
            let value = Excerpt::of(value.as_bytes());
            Err(format!("{name} has the value {value}, but takes none"))
        }
    }
}

/// RFC 7692 7.1.2: "a decimal integer value without leading zeroes between 8 to 15, inclusive".
fn bits(name: &str, value: Option<&str>) -> Result<u8, String> {
    let value = value.ok_or_else(|| format!("{name} has no value"))?;
    match value.as_bytes() {
        [digit @ b'8'..=b'9'] => Ok(digit - b'0'),
        [b'1', digit @ b'0'..=b'5'] => Ok(10 + digit - b'0'),
        _ => Err(format!(
            "{name} is {}, not a number from 8 to 15 without leading zeros",
            Excerpt::of(value.as_bytes())
        )),
    }
}

#[cfg(test)]
mod tests;
