//! permessage-deflate (RFC 7692): compressing and inflating the payload of messages.
//!
//! The states of the codec are large. They are made on first use, and a connection keeps one only where the next message may
//! refer back to the last; elsewhere they are lent, like buffers.

mod deflater;
mod inflater;

pub(crate) use deflater::{Deflater, Deflation, Fragment, Settings};
pub(crate) use inflater::{Inflater, Inflation, NotDeflate};

/// RFC 7692 7.2.1: "Remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end." 7.2.2: the receiver appends them.
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];
