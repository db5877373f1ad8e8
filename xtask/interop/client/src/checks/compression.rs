//! permessage-deflate: what is agreed on, and that both sides keep to it, as the bytes on the wire show.

use onesocket::{Builder, PerMessageDeflate, WebSocket};

use super::{Checked, echoes, finish, same, url};
use crate::negotiations::{Negotiation, Outcome, negotiations};
use crate::peers::Peer;
use crate::relay::{Relay, Traffic};
use crate::server::Server;

/// Noise of this length is as long compressed; but when it is repeated and the window reaches back over it, next to nothing.
const NOISE: usize = 1500;
/// The smallest window that reaches back so far: zlib uses all but 262 bytes of it.
const REACHING_BITS: u8 = 11;

/// The settings that the server is started with: the first port is for all else.
pub(crate) fn settings(peer: &Peer) -> Vec<String> {
    let mut settings = vec![String::new()];
    for negotiation in negotiations(peer.negotiations) {
        if !settings.iter().any(|one| one == negotiation.settings) {
            settings.push(negotiation.settings.to_owned());
        }
    }
    settings
}

/// Goes through all the handshakes that are known of this server.
pub(crate) async fn compression(peer: &Peer, server: &Server) -> Checked {
    let settings = settings(peer);
    let negotiations = negotiations(peer.negotiations);
    let mut wrong = Vec::new();
    for negotiation in &negotiations {
        let at = settings.iter().position(|one| one == negotiation.settings);
        let port = server.ports[at.expect("every setting has a port")];
        if let Err(error) = negotiate(negotiation, port).await {
            let (settings, demands) = (negotiation.settings, negotiation.demands);
            wrong.push(format!(
                "server set to {settings:?}, builder to {demands:?}: {error}"
            ));
        }
    }
    match wrong.is_empty() {
        true => Ok(format!(
            "{} handshakes, kept to by both sides",
            negotiations.len()
        )),
        false => Err(wrong.join("\n")),
    }
}

async fn negotiate(negotiation: &Negotiation, port: u16) -> Result<(), String> {
    let relay = Relay::start(port).await;
    let relay = relay.map_err(|error| format!("the relay: {error}"))?;
    let builder = WebSocket::builder(url(relay.port)).min_compressed_size(0);
    let opened = demand(builder, negotiation.demands)?.connect().await;
    let (socket, extensions) = match (opened, negotiation.outcome) {
        (Ok(socket), Outcome::Agreed(extensions)) => (socket, extensions),
        (Ok(socket), Outcome::Fails(_)) => {
            return Err(format!("it opens, with {:?}", socket.extensions()));
        }
        (Err(error), Outcome::Fails(cause)) if error.to_string().contains(cause) => return Ok(()),
        (Err(error), _) => return Err(format!("it does not open: {error}")),
    };
    same("extensions()", socket.extensions(), extensions)?;
    let agreed = Parameters::parse(extensions);
    same(
        "permessage_deflate()",
        &socket.permessage_deflate().map(Parameters::from),
        &agreed,
    )?;

    let first = traffic(&relay, &socket, noise()).await?;
    let second = traffic(&relay, &socket, noise()).await?;
    let own = agreed.map(|agreed| agreed.with_wishes(negotiation.demands));
    let up =
        own.is_some_and(|own| !own.client_no_context_takeover && own.client_bits >= REACHING_BITS);
    let down = agreed.is_some_and(|agreed| {
        !agreed.server_no_context_takeover && agreed.server_bits >= REACHING_BITS
    });
    refers_back("we", up, first.up, second.up)?;
    refers_back("the server", down, first.down, second.down)?;

    // Longer than the smaller windows, and than the largest.
    for size in [300, 5_000, 70_000] {
        let text = prose(size);
        let once = traffic(&relay, &socket, text.clone().into()).await?;
        let twice = traffic(&relay, &socket, text.into()).await?;
        let (sent, size) = (once.up + twice.up, size as u64);
        let compresses = own.is_some_and(|own| own.client_bits > 8);
        if compresses != (sent < 2 * size) {
            return Err(format!("twice {size} bytes take us {sent} on the wire"));
        }
    }
    finish(socket).await
}

/// Holds the size of a message on the wire against that of the same message before it.
fn refers_back(who: &str, wanted: bool, first: u64, second: u64) -> Result<(), String> {
    let noise = NOISE as u64;
    let refers = second < noise / 4;
    if first >= noise && refers == wanted && (refers || second >= noise) {
        return Ok(());
    }
    let should = if wanted { "should" } else { "should not" };
    Err(format!(
        "{who} {should} refer back to the message before: {first} bytes, then {second}"
    ))
}

/// What an echo costs on the wire.
async fn traffic(
    relay: &Relay,
    socket: &WebSocket,
    message: onesocket::Message,
) -> Result<Traffic, String> {
    let before = relay.traffic();
    echoes(socket, message).await?;
    Ok(relay.traffic().since(before))
}

/// Tells the builder what stands there in the words of an offer.
fn demand(builder: Builder, demands: &str) -> Result<Builder, String> {
    let mut builder = builder;
    for (name, value) in parameters(demands) {
        let bits = || value.parse().map_err(|_| format!("{name}={value}"));
        builder = match name {
            "off" => builder.compression(false),
            "level" => builder.compression_level(bits()?),
            "server_no_context_takeover" => builder.server_no_context_takeover(true),
            "client_no_context_takeover" => builder.client_no_context_takeover(true),
            "server_max_window_bits" => builder.server_max_window_bits(bits()?),
            "client_max_window_bits" if value == "none" => builder.client_max_window_bits(None),
            "client_max_window_bits" => builder.client_max_window_bits(bits()?),
            _ => return Err(format!("the builder has no {name}")),
        };
    }
    Ok(builder)
}

fn parameters(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = text
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts.map(|part| part.split_once('=').unwrap_or((part, "")))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parameters {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_bits: u8,
    client_bits: u8,
}

impl Parameters {
    /// Reads an answer, by a road of its own.
    fn parse(extensions: &str) -> Option<Self> {
        let has = |name: &str| parameters(extensions).any(|(one, _)| one == name);
        let bits = |name: &str| {
            let found = parameters(extensions).find(|(one, _)| *one == name);
            found
                .and_then(|(_, value)| value.parse().ok())
                .unwrap_or(15)
        };
        has("permessage-deflate").then(|| Parameters {
            server_no_context_takeover: has("server_no_context_takeover"),
            client_no_context_takeover: has("client_no_context_takeover"),
            server_bits: bits("server_max_window_bits"),
            client_bits: bits("client_max_window_bits"),
        })
    }

    /// What this side wants of itself it does, whether the server cares or not.
    fn with_wishes(mut self, demands: &str) -> Self {
        for (name, value) in parameters(demands) {
            match (name, value.parse::<u8>()) {
                ("client_no_context_takeover", _) => self.client_no_context_takeover = true,
                ("client_max_window_bits", Ok(bits)) => {
                    self.client_bits = self.client_bits.min(bits);
                }
                _ => {}
            }
        }
        self
    }
}

impl From<PerMessageDeflate> for Parameters {
    fn from(agreed: PerMessageDeflate) -> Self {
        Parameters {
            server_no_context_takeover: agreed.server_no_context_takeover(),
            client_no_context_takeover: agreed.client_no_context_takeover(),
            server_bits: agreed.server_max_window_bits(),
            client_bits: agreed.client_max_window_bits(),
        }
    }
}

/// Bytes in which a compressor finds nothing; always the same.
fn noise() -> onesocket::Message {
    let mut state = 1_u32;
    let mut byte = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..NOISE).map(|_| byte()).collect::<Vec<u8>>().into()
}

/// Words that repeat, near and far.
fn prose(size: usize) -> String {
    let mut text = String::new();
    for number in 0.. {
        text += &format!("line {number} says {} again; ", number * 7919 % 1000);
        if text.len() >= size {
            break;
        }
    }
    text.truncate(size);
    text
}
