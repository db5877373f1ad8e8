//! Frames of RFC 6455 section 5, as plainly as they can be written, and the rules for those that a client sends.

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

/// Watches the frames of one client for breaches of RFC 6455.
#[derive(Debug, Default)]
pub(crate) struct ClientRules {
    previous_key: Option<[u8; 4]>,
    /// The text message in progress, or `None` between messages and in a binary one.
    text: Option<Vec<u8>>,
    inside_message: bool,
    closed: bool,
}

impl ClientRules {
    /// An `InvalidData` error that names the rule if this frame may not follow those before it.
    pub(crate) fn check(&mut self, frame: &Frame) -> io::Result<()> {
        if self.closed {
            return Err(breach("a frame behind the Close (5.5.1)"));
        }
        if !frame.masked {
            return Err(breach("a frame is not masked (5.3)"));
        }
        // 10.3: the key is "a fresh random value"; the same twice has a chance of one in 2^32.
        if self.previous_key.replace(frame.key) == Some(frame.key) {
            return Err(breach(
                "two frames in a row have the same masking key (5.3)",
            ));
        }
        if frame.rsv != 0 {
            return Err(breach("a reserved bit without an extension (5.2)"));
        }
        match frame.opcode {
            opcode::CONTINUATION | opcode::TEXT | opcode::BINARY => self.check_data(frame),
            opcode::CLOSE | opcode::PING | opcode::PONG => self.check_control(frame),
            _ => Err(breach("a reserved opcode (5.2)")),
        }
    }

    fn check_data(&mut self, frame: &Frame) -> io::Result<()> {
        let continues = frame.opcode == opcode::CONTINUATION;
        if continues && !self.inside_message {
            return Err(breach("a continuation without a message (5.4)"));
        }
        if !continues && self.inside_message {
            return Err(breach("a message inside a message (5.4)"));
        }
        self.inside_message = !frame.fin;

        if frame.opcode == opcode::TEXT {
            self.text = Some(Vec::new());
        }
        if let Some(text) = &mut self.text {
            text.extend(&frame.payload);
            if frame.fin {
                let valid = std::str::from_utf8(text).is_ok();
                self.text = None;
                if !valid {
                    return Err(breach("a text message is not UTF-8 (8.1)"));
                }
            }
        }
        Ok(())
    }

    fn check_control(&mut self, frame: &Frame) -> io::Result<()> {
        if !frame.fin {
            return Err(breach("a control frame is fragmented (5.5)"));
        }
        if frame.payload.len() > 125 {
            return Err(breach("a control frame has more than 125 bytes (5.5)"));
        }
        if frame.opcode == opcode::CLOSE {
            self.closed = true;
            match frame.payload.as_slice() {
                [] => {}
                [_] => return Err(breach("a Close has a body of one byte (5.5.1)")),
                [high, low, reason @ ..] => {
                    let code = u16::from_be_bytes([*high, *low]);
                    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
                        return Err(breach("a Close has a code that must not be sent (7.4)"));
                    }
                    if std::str::from_utf8(reason).is_err() {
                        return Err(breach("the reason of a Close is not UTF-8 (5.5.1)"));
                    }
                }
            }
        }
        Ok(())
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

    /// The frames with keys of their own, checked in turn: the last one's outcome.
    fn outcome(frames: Vec<Frame>) -> Result<(), String> {
        let mut rules = ClientRules::default();
        let mut last = Ok(());
        for (number, frame) in (1u32..).zip(frames) {
            last.expect("only the last frame is a breach");
            last = rules.check(&frame.masked(number.to_be_bytes()));
        }
        last.map_err(|error| error.to_string())
    }

    #[test]
    fn what_a_client_may_send_passes() {
        let frame = |fin, opcode, payload: &[u8]| Frame::new(fin, 0, opcode, payload);
        let sequences = [
            vec![frame(true, 1, "ü".as_bytes()), frame(true, 2, &[0xff])],
            vec![
                frame(false, 1, &[0xc3]),
                frame(true, 9, &[0xff; 125]),
                frame(false, 0, &[0xbc]),
                frame(true, 0, &[]),
                frame(true, 1, b"x"),
            ],
            vec![frame(false, 2, &[0xff]), frame(true, 0, &[0xff])],
            vec![frame(true, 10, b""), frame(true, 8, b"")],
            vec![frame(true, 8, b"\x03\xe8bye")],
        ];
        for sequence in sequences {
            assert_eq!(outcome(sequence.clone()), Ok(()), "{sequence:?}");
        }
    }

    #[test]
    fn each_breach_is_named() {
        let frame = |fin, rsv, opcode, payload: &[u8]| Frame::new(fin, rsv, opcode, payload);
        let sequences = [
            ("5.2", vec![frame(true, 4, 1, b"")]),
            ("5.2", vec![frame(true, 0, 3, b"")]),
            ("5.2", vec![frame(true, 0, 11, b"")]),
            ("5.4", vec![frame(true, 0, 0, b"")]),
            ("5.4", vec![frame(false, 0, 1, b""), frame(true, 0, 1, b"")]),
            ("5.5", vec![frame(false, 0, 9, b"")]),
            ("5.5", vec![frame(true, 0, 9, &[0; 126])]),
            (
                "5.5.1",
                vec![frame(true, 0, 8, b""), frame(true, 0, 1, b"")],
            ),
            ("5.5.1", vec![frame(true, 0, 8, b"\x03")]),
            ("5.5.1", vec![frame(true, 0, 8, b"\x03\xe8\xff")]),
            ("7.4", vec![frame(true, 0, 8, b"\x03\xed")]),
            ("8.1", vec![frame(true, 0, 1, b"\xff")]),
            (
                "8.1",
                vec![frame(false, 0, 1, b"\xc3"), frame(true, 0, 0, b"")],
            ),
        ];
        for (section, sequence) in sequences {
            let error = outcome(sequence.clone()).expect_err(&format!("{sequence:?}"));
            assert!(
                error.ends_with(&format!("({section})")),
                "{error}: {sequence:?}"
            );
        }
    }

    #[test]
    fn masking_keys_are_present_and_change() {
        let frame = Frame::new(true, 0, 1, "x");
        let mut rules = ClientRules::default();
        assert!(rules.check(&frame).is_err());
        rules.check(&frame.clone().masked([1; 4])).unwrap();
        rules.check(&frame.clone().masked([2; 4])).unwrap();
        rules.check(&frame.clone().masked([1; 4])).unwrap();
        assert!(rules.check(&frame.masked([1; 4])).is_err());
    }
}
