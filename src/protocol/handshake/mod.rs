//! The opening handshake of RFC 6455 section 4, the client's side: the request as bytes, and the answer out of bytes.

mod answer;
mod body;
mod request;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1_smol::Sha1;

pub(crate) use answer::{Answer, Head};
pub(crate) use request::{Request, is_own_field};

/// The Sec-WebSocket-Key of one handshake.
#[derive(Clone, Debug)]
pub(crate) struct Key(String);

impl Key {
    /// RFC 6455 4.1: "a nonce consisting of a randomly selected 16-byte value that has been base64-encoded. [...] The nonce
    /// MUST be selected randomly for each connection."
    pub(crate) fn new(nonce: [u8; 16]) -> Self {
        Key(STANDARD.encode(nonce))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The only Sec-WebSocket-Accept that shows that the server read this key: RFC 6455 4.1, "the base64-encoded SHA-1 of
    /// the concatenation of the |Sec-WebSocket-Key| (as a string, not base64-decoded) with the string
    /// "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"".
    pub(crate) fn accept(&self) -> String {
        let mut hash = Sha1::new();
        hash.update(self.0.as_bytes());
        hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
        STANDARD.encode(hash.digest().bytes())
    }
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
            assert_eq!(made.as_str(), key);
            assert_eq!(made.accept(), accept);
        }
    }
}
