//! A frame's header in both directions, and the bodies of control frames (RFC 6455 5.2 and 5.5).

use crate::close::{self, CloseFrame};
use crate::error::Violation;

/// Two bytes, eight of length, four of masking key.
pub(super) const LONGEST_HEADER: usize = 14;

/// RFC 6455 5.5: "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be fragmented."
pub(super) const LONGEST_CONTROL: usize = 125;

const FIN: u8 = 0x80;
const RSV: u8 = 0x70;
const RSV1: u8 = 0x40;
const MASKED: u8 = 0x80;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Opcode {
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xA,
}

/// The header of a frame from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) fin: bool,
    pub(super) opcode: Opcode,
    /// RSV1 is set: RFC 7692 6, a message that begins with this frame is compressed.
    pub(super) compressed: bool,
    /// As announced: not a byte is to be allocated by it.
    pub(super) length: u64,
    /// Bytes of the header itself.
    pub(super) size: usize,
}

/// The payload of a control frame: at most 125 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ControlPayload(Box<[u8]>);

impl Header {
    /// Reads the header at the start of `bytes`; `None` if more bytes are needed. RSV1 has a meaning only if `deflate` was
    /// agreed on.
    pub(super) fn decode(bytes: &[u8], deflate: bool) -> Result<Option<Header>, Violation> {
        let Some((&[first, second], rest)) = bytes.split_first_chunk() else {
            return Ok(None);
        };
        let compressed = first & RSV != 0;
        if compressed {
            check_reserved_bits(first, deflate)?;
        }
        let fin = first & FIN != 0;
        let opcode = Opcode::decode(first & 0x0F)?;
        // 5.1: "A client MUST close a connection if it detects a masked frame."
        if second & MASKED != 0 {
            return Err(Violation::MaskedFrame);
        }
        if opcode.is_control() {
            if !fin {
                return Err(Violation::FragmentedControl);
            }
            if usize::from(second) > LONGEST_CONTROL {
                return Err(Violation::LongControl);
            }
        }
        // 5.2: "the minimal number of bytes MUST be used to encode the length".
        let (length, size) = match second {
            126 => {
                let Some(bytes) = rest.first_chunk() else {
                    return Ok(None);
                };
                let length = u16::from_be_bytes(*bytes);
                if length < 126 {
                    return Err(Violation::NonMinimalLength);
                }
                (length.into(), 4)
            }
            127 => {
                let Some(bytes) = rest.first_chunk() else {
                    return Ok(None);
                };
                let length = u64::from_be_bytes(*bytes);
                // 5.2: "the most significant bit MUST be 0".
                if length >> 63 != 0 {
                    return Err(Violation::LengthTopBit);
                }
                if length <= u16::MAX.into() {
                    return Err(Violation::NonMinimalLength);
                }
                (length, 10)
            }
            length => (length.into(), 2),
        };
        Ok(Some(Header {
            fin,
            opcode,
            compressed,
            length,
            size,
        }))
    }

    /// Writes the header of a whole message or control frame to the server, and answers its size. What lies behind it is
    /// left as it is.
    pub(super) fn encode(
        opcode: Opcode,
        length: usize,
        key: [u8; 4],
        space: &mut [u8; LONGEST_HEADER],
    ) -> usize {
        space[0] = FIN | opcode as u8;
        let size = match length {
            0..=125 => {
                space[1] = MASKED | length as u8;
                2
            }
            126..=0xFFFF => {
                space[1] = MASKED | 126;
                space[2..4].copy_from_slice(&(length as u16).to_be_bytes());
                4
            }
            _ => {
                space[1] = MASKED | 127;
                space[2..10].copy_from_slice(&(length as u64).to_be_bytes());
                10
            }
        };
        space[size..size + 4].copy_from_slice(&key);
        size + 4
    }

    /// The same for a fragment of a compressed message.
    pub(super) fn encode_compressed(
        opcode: Opcode,
        fin: bool,
        length: usize,
        key: [u8; 4],
        space: &mut [u8; LONGEST_HEADER],
    ) -> usize {
        let size = Header::encode(opcode, length, key, space);
        if !fin {
            space[0] &= !FIN;
        }
        // RFC 7692 6: RSV1 belongs to the first fragment alone.
        if opcode != Opcode::Continuation {
            space[0] |= RSV1;
        }
        size
    }
}

/// RFC 6455 5.2: reserved bits "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values."
#[cold]
fn check_reserved_bits(first: u8, deflate: bool) -> Result<(), Violation> {
    if !deflate || first & RSV != RSV1 {
        return Err(Violation::ReservedBits);
    }
    // RFC 7692 6: "An endpoint MUST NOT set the "Per-Message Compressed" bit of control frames and non-first fragments of a
    // data message. An endpoint receiving such a frame MUST _Fail the WebSocket Connection_."
    match Opcode::decode(first & 0x0F)? {
        Opcode::Text | Opcode::Binary => Ok(()),
        _ => Err(Violation::MisplacedRsv1),
    }
}

impl Opcode {
    /// The kind of message that a frame with this first byte is the whole of.
    pub(super) fn of_whole_message(first: u8) -> Option<Opcode> {
        const TEXT: u8 = FIN | Opcode::Text as u8;
        const BINARY: u8 = FIN | Opcode::Binary as u8;
        match first {
            TEXT => Some(Opcode::Text),
            BINARY => Some(Opcode::Binary),
            _ => None,
        }
    }

    fn decode(nibble: u8) -> Result<Opcode, Violation> {
        Ok(match nibble {
            0x0 => Opcode::Continuation,
            0x1 => Opcode::Text,
            0x2 => Opcode::Binary,
            0x8 => Opcode::Close,
            0x9 => Opcode::Ping,
            0xA => Opcode::Pong,
            // 5.2: "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_."
            opcode => return Err(Violation::ReservedOpcode(opcode)),
        })
    }

    /// 5.5: "Control frames are identified by opcodes where the most significant bit of the opcode is 1."
    pub(super) fn is_control(self) -> bool {
        self as u8 & 0x8 != 0
    }
}

impl ControlPayload {
    /// Copies the bytes; `None` if there are more than 125.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() <= LONGEST_CONTROL).then(|| ControlPayload(bytes.into()))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<&CloseFrame> for ControlPayload {
    /// 5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer (in network byte
    /// order) representing a status code". A frame without a code has no body.
    fn from(frame: &CloseFrame) -> Self {
        let body = match frame.code {
            Some(code) => [&code.to_be_bytes()[..], frame.reason.as_bytes()].concat(),
            None => Vec::new(),
        };
        ControlPayload::new(&body).expect("the reason of a CloseFrame has at most 123 bytes")
    }
}

/// Reads the body of a Close frame from the server.
pub(super) fn decode_close(body: &[u8]) -> Result<CloseFrame, Violation> {
    let Some((&code, reason)) = body.split_first_chunk() else {
        return match body {
            [] => Ok(CloseFrame::default()),
            _ => Err(Violation::CloseOfOneByte),
        };
    };
    let code = u16::from_be_bytes(code);
    if !close::may_be_received(code) {
        return Err(Violation::CloseCode(code));
    }
    // 5.5.1: "the body MAY contain UTF-8-encoded data with value /reason/".
    let reason = str::from_utf8(reason).map_err(|_| Violation::CloseReasonNotUtf8)?;
    Ok(CloseFrame {
        code: Some(code),
        reason: reason.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_soon_as_it_is_whole_and_not_before() {
        for (bytes, length) in [
            (b"\x02\x7d".as_slice(), 125),
            (b"\x02\x7e\x00\x7e", 126),
            (b"\x02\x7e\xff\xff", 65_535),
            (b"\x02\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 65_536),
            (b"\x02\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", (1 << 63) - 1),
        ] {
            for cut in 0..bytes.len() {
                assert_eq!(Header::decode(&bytes[..cut], false), Ok(None), "{bytes:x?}");
            }
            let header = Header {
                fin: false,
                opcode: Opcode::Binary,
                compressed: false,
                length,
                size: bytes.len(),
            };
            let behind = [bytes, b"\xff"].concat();
            for deflate in [false, true] {
                assert_eq!(Header::decode(bytes, deflate), Ok(Some(header)));
                assert_eq!(Header::decode(&behind, deflate), Ok(Some(header)));
            }
        }
    }

    #[test]
    fn a_control_payload_has_at_most_125_bytes() {
        assert!(ControlPayload::new(&[0; 125]).is_some());
        assert!(ControlPayload::new(&[0; 126]).is_none());
    }

    #[test]
    fn close_frames_are_read_as_they_were_written() {
        let reason = "\u{fc}".repeat(61);
        for frame in [
            CloseFrame::default(),
            CloseFrame::failing(1011),
            CloseFrame::from_caller(4999, &format!("{reason}x")).unwrap(),
        ] {
            let body = ControlPayload::from(&frame);
            assert_eq!(decode_close(body.as_bytes()), Ok(frame));
        }
    }

    #[test]
    fn every_close_code_is_judged_by_what_may_be_received() {
        for code in 0..=u16::MAX {
            let read = decode_close(&code.to_be_bytes()).map(|frame| frame.code);
            let wanted = match close::may_be_received(code) {
                true => Ok(Some(code)),
                false => Err(Violation::CloseCode(code)),
            };
            assert_eq!(read, wanted);
        }
    }
}
