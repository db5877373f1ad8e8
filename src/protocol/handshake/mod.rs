//! The opening handshake of RFC 6455 section 4, the client's side: the request as bytes, and the answer out of bytes.

mod answer;
mod body;
mod request;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1_smol::Sha1;

pub(crate) use answer::Answer;
pub(crate) use body::Body;
pub(crate) use request::{Request, is_own_field};

/// The Sec-WebSocket-Key of one handshake.
#[derive(Clone, Debug)]
pub(crate) struct Key([u8; 24]);

impl Key {
    /// RFC 6455 4.1: "a nonce consisting of a randomly selected 16-byte value that has been base64-encoded. [...] The nonce
    /// MUST be selected randomly for each connection."
    pub(crate) fn new(nonce: [u8; 16]) -> Self {
        Key(base64(&nonce))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The only Sec-WebSocket-Accept that shows that the server read this key: RFC 6455 4.1, "the base64-encoded SHA-1 of
    /// the concatenation of the |Sec-WebSocket-Key| (as a string, not base64-decoded) with the string
    /// "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"".
    pub(crate) fn accept(&self) -> [u8; 28] {
        let mut hash = Sha1::new();
        hash.update(&self.0);
        hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
        base64(&hash.digest().bytes())
    }
}

/// For lengths that are known beforehand, and need no memory.
fn base64<const LENGTH: usize>(bytes: &[u8]) -> [u8; LENGTH] {
    let mut encoded = [0; LENGTH];
    let length = STANDARD.encode_slice(bytes, &mut encoded);
    debug_assert_eq!(length, Ok(LENGTH));
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accept_is_the_hash_of_the_key_and_the_guid() {
        for (nonce, key, accept) in [
            // RFC 6455 1.3.
            (
                *b"the sample nonce",
                "dGhlIHNhbXBsZSBub25jZQ==",
                "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            ),
            (
                0xb91a_2fb1_c663_3689_7fba_66d3_b79b_8a9b_u128.to_be_bytes(),
                "uRovscZjNol/umbTt5uKmw==",
                "rLHCkw/SKsO9GAH/ZSFhBATDKrU=",
            ),
        ] {
            let made = Key::new(nonce);
            assert_eq!(made.as_bytes(), key.as_bytes());
            assert_eq!(made.accept(), accept.as_bytes());
        }
    }
}
