//! What a peer can do wrong on an open connection.

use std::fmt;

/// The rule of RFC 6455 or RFC 7692 that a peer broke on an open connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    MaskedFrame,
    ReservedBits,
    MisplacedRsv1,
    ReservedOpcode(u8),
    FragmentedControl,
    LongControl,
    NonMinimalLength,
    LengthTopBit,
    ContinuationWithoutStart,
    DataInsideMessage,
    CloseOfOneByte,
    CloseCode(u16),
    CloseReasonNotUtf8,
    TextNotUtf8,
    NotDeflate,
    MessageTooBig { limit: usize },
    TooManyFragments { limit: u32 },
}

impl Violation {
    /// The status code that tells the peer what it did (RFC 6455 7.4.1).
    pub(crate) fn close_code(self) -> u16 {
        match self {
            Violation::CloseReasonNotUtf8 | Violation::TextNotUtf8 => 1007,
            Violation::MessageTooBig { .. } | Violation::TooManyFragments { .. } => 1009,
            _ => 1002,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Violation::MaskedFrame => f.write_str("the server sent a masked frame (RFC 6455 5.1)"),
            Violation::ReservedBits => f.write_str(
                "a frame has a reserved bit set that no extension gave a meaning (RFC 6455 5.2)",
            ),
            Violation::MisplacedRsv1 => {
                f.write_str("RSV1 is set on a frame that does not begin a message (RFC 7692 6)")
            }
            Violation::ReservedOpcode(opcode) => {
                write!(
                    f,
                    "a frame has the reserved opcode {opcode:#x} (RFC 6455 5.2)"
                )
            }
            Violation::FragmentedControl => {
                f.write_str("a control frame is fragmented (RFC 6455 5.5)")
            }
            Violation::LongControl => {
                f.write_str("a control frame is longer than 125 bytes (RFC 6455 5.5)")
            }
            Violation::NonMinimalLength => {
                f.write_str("a length is not in its shortest form (RFC 6455 5.2)")
            }
            Violation::LengthTopBit => {
                f.write_str("a 64-bit length has its top bit set (RFC 6455 5.2)")
            }
            Violation::ContinuationWithoutStart => f.write_str(
                "a continuation frame came without a message to continue (RFC 6455 5.4)",
            ),
            Violation::DataInsideMessage => {
                f.write_str("a new message began before the last one had ended (RFC 6455 5.4)")
            }
            Violation::CloseOfOneByte => {
                f.write_str("a Close frame has a body of one byte (RFC 6455 5.5.1)")
            }
            Violation::CloseCode(code) => {
                write!(f, "a Close frame has the code {code} (RFC 6455 7.4)")
            }
            Violation::CloseReasonNotUtf8 => {
                f.write_str("a close reason is not UTF-8 (RFC 6455 5.5.1)")
            }
            Violation::TextNotUtf8 => f.write_str("a text message is not UTF-8 (RFC 6455 8.1)"),
            Violation::NotDeflate => {
                f.write_str("a compressed message is not a DEFLATE stream (RFC 7692 7.2.2)")
            }
            Violation::MessageTooBig { limit } => {
                write!(f, "a message is larger than the limit of {limit} bytes")
            }
            Violation::TooManyFragments { limit } => {
                write!(f, "a message has more than the limit of {limit} fragments")
            }
        }
    }
}
