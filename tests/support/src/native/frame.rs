//! Frames of RFC 6455 section 5, as plainly as they can be written.

use std::io::{self, Read};

/// The opcodes of RFC 6455 5.2.
pub mod opcode {
    /// The next fragment of a message.
    pub const CONTINUATION: u8 = 0;
    /// A text message, or its first fragment.
    pub const TEXT: u8 = 1;
    /// A binary message, or its first fragment.
    pub const BINARY: u8 = 2;
    /// The start or the answer of the closing handshake.
    pub const CLOSE: u8 = 8;
    /// Asks for a Pong with the same payload.
    pub const PING: u8 = 9;
    /// Answers a Ping.
    pub const PONG: u8 = 10;
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Whether it is the last frame of its message.
    pub fin: bool,
    /// The three reserved bits; RSV1 is 4.
    pub rsv: u8,
    /// What the frame is: see [`opcode`].
    pub opcode: u8,
    /// Whether it is masked on the wire.
    pub masked: bool,
    /// The masking key; zeros if the frame is not masked.
    pub key: [u8; 4],
    /// The payload, never masked here.
    pub payload: Vec<u8>,
}

impl Frame {
    /// A frame as a server sends it: not masked.
    pub fn new(fin: bool, rsv: u8, opcode: u8, payload: impl Into<Vec<u8>>) -> Frame {
        Frame {
            fin,
            rsv,
            opcode,
            masked: false,
            key: [0; 4],
            payload: payload.into(),
        }
    }

    /// The same frame as a client sends it.
    pub fn masked(self, key: [u8; 4]) -> Frame {
        Frame {
            masked: true,
            key,
            ..self
        }
    }

    /// The frame's bytes on the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mask_bit = if self.masked { 0x80 } else { 0 };
        let mut bytes = Vec::with_capacity(14 + self.payload.len());
        bytes.push(u8::from(self.fin) << 7 | self.rsv << 4 | self.opcode);
        // 5.2: "the minimal number of bytes MUST be used to encode the length".
        match self.payload.len() {
            length @ ..=125 => bytes.push(mask_bit | length as u8),
            length @ ..=0xffff => {
                bytes.push(mask_bit | 126);
                bytes.extend((length as u16).to_be_bytes());
            }
            length => {
                bytes.push(mask_bit | 127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        if self.masked {
            bytes.extend(self.key);
        }
        let start = bytes.len();
        bytes.extend(&self.payload);
        apply_mask(&mut bytes[start..], self.key);
        bytes
    }

    /// Reads one frame; `None` if the stream ends before its first byte.
    ///
    /// # Errors
    ///
    /// `UnexpectedEof` if the stream ends inside the frame, `InvalidData` if its length is not in the shortest form.
    pub fn read(stream: &mut impl Read) -> io::Result<Option<Frame>> {
        let mut first = [0];
        if stream.read(&mut first)? == 0 {
            return Ok(None);
        }
        let [first] = first;
        let [second] = read_array(stream)?;

        let length = match second & 0x7f {
            126 => u16::from_be_bytes(read_array(stream)?).into(),
            127 => u64::from_be_bytes(read_array(stream)?),
            length => length.into(),
        };
        let shortest = match second & 0x7f {
            126 => length > 125,
            127 => length > 0xffff,
            _ => true,
        };
        if !shortest {
            return Err(breach("a length is not in its shortest form (5.2)"));
        }

        let masked = second & 0x80 != 0;
        let key = if masked { read_array(stream)? } else { [0; 4] };
        // Grows as the bytes arrive, whatever length was announced.
        let mut payload = Vec::new();
        stream.take(length).read_to_end(&mut payload)?;
        if (payload.len() as u64) < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        apply_mask(&mut payload, key);

        Ok(Some(Frame {
            fin: first & 0x80 != 0,
            rsv: first >> 4 & 7,
            opcode: first & 0x0f,
            masked,
            key,
            payload,
        }))
    }
}

/// The error for what a client must not do.
pub(crate) fn breach(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn read_array<const N: usize>(stream: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// 5.3: "transformed-octet-i = original-octet-i XOR masking-key-octet-j", j being i MOD 4.
fn apply_mask(payload: &mut [u8], key: [u8; 4]) {
    if key == [0; 4] {
        return;
    }
    for chunk in payload.chunks_mut(4) {
        for (byte, key) in chunk.iter_mut().zip(key) {
            *byte ^= key;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::from_hex;

    /// The examples of RFC 6455 5.7.
    #[test]
    fn frames_are_those_of_the_standards_examples() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        let examples = [
            ("8105 48656c6c6f", Frame::new(true, 0, 1, "Hello")),
            (
                "8185 37fa213d 7f9f4d5158",
                Frame::new(true, 0, 1, "Hello").masked(key),
            ),
            ("0103 48656c", Frame::new(false, 0, 1, "Hel")),
            ("8002 6c6f", Frame::new(true, 0, 0, "lo")),
            ("8905 48656c6c6f", Frame::new(true, 0, 9, "Hello")),
            (
                "8a85 37fa213d 7f9f4d5158",
                Frame::new(true, 0, 10, "Hello").masked(key),
            ),
        ];
        for (hex, frame) in examples {
            let bytes = from_hex(hex).unwrap();
            assert_eq!(frame.to_bytes(), bytes, "{hex}");
            assert_eq!(
                Frame::read(&mut bytes.as_slice()).unwrap(),
                Some(frame),
                "{hex}"
            );
        }
    }

    #[test]
    fn a_length_takes_1_3_or_9_bytes() {
        let lengths = [
            (125, "827d"),
            (126, "827e 007e"),
            (65_535, "827e ffff"),
            (65_536, "827f 0000000000010000"),
        ];
        for (length, header) in lengths {
            let frame = Frame::new(true, 0, 2, vec![7; length]);
            let bytes = frame.to_bytes();
            assert_eq!(
                bytes[..bytes.len() - length],
                from_hex(header).unwrap(),
                "{length}"
            );
            assert_eq!(Frame::read(&mut bytes.as_slice()).unwrap(), Some(frame));
        }
    }

    #[test]
    fn reserved_bits_have_their_places() {
        for (rsv, first) in [(4, 0xc1), (2, 0xa1), (1, 0x91)] {
            assert_eq!(Frame::new(true, rsv, 1, "").to_bytes(), [first, 0]);
            let frame = Frame::read(&mut [first, 0].as_slice()).unwrap().unwrap();
            assert_eq!(frame.rsv, rsv);
        }
    }

    #[test]
    fn a_stream_may_end_between_frames_only() {
        assert_eq!(Frame::read(&mut [].as_slice()).unwrap(), None);
        for hex in [
            "81",
            "817e00",
            "8185 37fa",
            "8105 4865",
            "827f 7fffffffffffffff 00",
        ] {
            let error = Frame::read(&mut from_hex(hex).unwrap().as_slice()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{hex}");
        }
    }

    #[test]
    fn a_length_must_be_in_its_shortest_form() {
        for hex in ["827e 007d", "827f 000000000000ffff"] {
            let error = Frame::read(&mut from_hex(hex).unwrap().as_slice()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{hex}");
        }
    }
}
