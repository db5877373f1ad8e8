//! The body of an answer that refuses the connection: as much of it as is worth showing.

use bytes::{Buf, BytesMut};
use httparse::Status;

/// Takes the head of a body out of bytes that arrive piece by piece, without the framing around it.
#[derive(Debug)]
pub(crate) struct Body {
    framing: Framing,
    head: Vec<u8>,
}

/// RFC 9112 6.3: what tells where the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// So many bytes are still to come.
    Length(u64),
    /// So many bytes of the current chunk are still to come; then the size of the next follows.
    Chunk(u64),
    /// "the message body length is determined by the number of octets received prior to the server closing the connection".
    UntilTheEnd,
    /// Nothing more is wanted.
    Over,
}

impl Body {
    /// How much is kept: enough to see what the server wanted to say.
    pub(crate) const HEAD: usize = 4 << 10;
    /// No chunk's size is written longer than this by anyone who means well.
    const SIZE_LINE: usize = 256;

    pub(super) fn new(framing: Framing) -> Self {
        let head = Vec::new();
        Body { framing, head }
    }

    /// Takes what the input holds; true when nothing more is wanted. Until then, append more to the same input and call again.
    pub(crate) fn take(&mut self, input: &mut BytesMut) -> bool {
        while self.head.len() < Self::HEAD {
            match self.framing {
                Framing::Over | Framing::Length(0) => return true,
                Framing::Chunk(0) => match next_chunk(input) {
                    Chunk::Begins(size) => self.framing = Framing::Chunk(size),
                    Chunk::Awaited => return false,
                    Chunk::None => self.framing = Framing::Over,
                },
                _ if input.is_empty() => return false,
                Framing::Length(due) => self.framing = Framing::Length(self.keep(input, due)),
                Framing::Chunk(due) => self.framing = Framing::Chunk(self.keep(input, due)),
                Framing::UntilTheEnd => {
                    self.keep(input, u64::MAX);
                }
            }
        }
        true
    }

    pub(crate) fn into_head(self) -> Vec<u8> {
        self.head
    }

    /// Moves what is due and fits, and answers what remains due.
    fn keep(&mut self, input: &mut BytesMut, due: u64) -> u64 {
        let room = (Self::HEAD - self.head.len()).min(input.len());
        let length = usize::try_from(due).map_or(room, |due| due.min(room));
        self.head.extend_from_slice(&input[..length]);
        input.advance(length);
        due - length as u64
    }
}

/// What comes where a chunk may begin.
enum Chunk {
    Begins(u64),
    Awaited,
    /// The last chunk, or what is none.
    None,
}

/// RFC 9112 7.1: `chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF`, the last with the size 0. The line end behind the
/// data of one chunk is taken with the size of the next.
fn next_chunk(input: &mut BytesMut) -> Chunk {
    let line_end = if input.starts_with(b"\r\n") { 2 } else { 0 };
    let line = &input[line_end..];
    let line = &line[..line.len().min(Body::SIZE_LINE)];
    match httparse::parse_chunk_size(line) {
        Ok(Status::Complete((_, 0))) | Err(_) => Chunk::None,
        Ok(Status::Complete((length, size))) => {
            input.advance(line_end + length);
            Chunk::Begins(size)
        }
        Ok(Status::Partial) if line.len() < Body::SIZE_LINE => Chunk::Awaited,
        Ok(Status::Partial) => Chunk::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: fn(u64) -> Framing = Framing::Length;
    const CHUNKED: Framing = Framing::Chunk(0);

    /// Gives the bytes at once, and one by one; both must come to the same.
    fn read(framing: Framing, bytes: &[u8]) -> (Vec<u8>, bool) {
        let mut whole = Body::new(framing);
        let over = whole.take(&mut bytes.into());

        let mut piecewise = Body::new(framing);
        let mut input = BytesMut::new();
        let mut piecewise_over = piecewise.take(&mut input);
        for &byte in bytes {
            if !piecewise_over {
                input.extend_from_slice(&[byte]);
                piecewise_over = piecewise.take(&mut input);
            }
        }
        assert_eq!((&piecewise.head, piecewise_over), (&whole.head, over));
        (whole.into_head(), over)
    }

    #[test]
    fn a_body_ends_where_its_framing_says() {
        let long = "x".repeat(Body::HEAD + 1);
        let head = &long[..Body::HEAD];
        let chunk = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
        let chunks = format!("3\r\nxxx\r\n{chunk}");
        let extension = format!("1;{}\r\na", "e".repeat(Body::SIZE_LINE));
        for (framing, bytes, body, over) in [
            (LENGTH(0), "HTTP/1.1 200 OK", "", true),
            (LENGTH(5), "", "", false),
            (LENGTH(5), "sorr", "sorr", false),
            (LENGTH(5), "sorry", "sorry", true),
            (LENGTH(5), "sorry, but no", "sorry", true),
            (LENGTH(u64::MAX), &long, head, true),
            (Framing::UntilTheEnd, "sorry", "sorry", false),
            (Framing::UntilTheEnd, &long, head, true),
            (Framing::Over, "sorry", "", true),
            (CHUNKED, "", "", false),
            (CHUNKED, "5", "", false),
            (CHUNKED, "5\r", "", false),
            (CHUNKED, "5\r\n", "", false),
            (CHUNKED, "5\r\nsorr", "sorr", false),
            (CHUNKED, "5\r\nsorry", "sorry", false),
            (CHUNKED, "5\r\nsorry\r", "sorry", false),
            (CHUNKED, "3\r\nsor\r\n2\r\nry\r\n0\r\n\r\n", "sorry", true),
            (
                CHUNKED,
                "A;name=value\r\nsorry, no.\r\n00\r\n",
                "sorry, no.",
                true,
            ),
            (CHUNKED, "0\r\n\r\n", "", true),
            (CHUNKED, &chunk, head, true),
            (CHUNKED, &chunks, head, true),
            (CHUNKED, "3\r\nsor\r\nry", "sor", true),
            (CHUNKED, "no chunk", "", true),
            (CHUNKED, "-1\r\nsorry", "", true),
            (CHUNKED, "FFFFFFFFFFFFFFFF\r\nsorry", "sorry", false),
            (CHUNKED, "10000000000000000\r\nsorry", "", true),
            (CHUNKED, &extension, "", true),
        ] {
            assert_eq!(
                read(framing, bytes.as_bytes()),
                (body.as_bytes().to_vec(), over),
                "{framing:?} {bytes}"
            );
        }
    }
}
