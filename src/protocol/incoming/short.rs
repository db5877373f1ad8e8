//! The quick way for short messages in frames of their own, which nearly all of a flood is.
//!
//! It takes what it knows and leaves the rest to [`Incoming::next`], which knows everything.

use std::collections::VecDeque;

use bytes::Bytes;

use super::partial::Partial;
use super::{Incoming, State};
use crate::message::{Message, Text};
use crate::protocol::frame::Opcode;
use crate::protocol::utf8::{self, NotUtf8};

/// Up to here a payload's length takes one byte of the header, and no masking bit is set.
const SHORT: usize = 125;

/// Bytes of a run. Who keeps one message of it keeps all of them alive.
const RUN: usize = 5 << 10;

impl Incoming {
    /// Takes a run of short messages, at most so many, and answers whether there was one; what stops it is for
    /// [`Incoming::next`] to take.
    ///
    /// They share one copy of the run: sharing costs each a third of what memory of its own would.
    pub(crate) fn next_run(&mut self, messages: &mut VecDeque<Message>, most: usize) -> bool {
        if !self.may_take_short() {
            return false;
        }
        let limit = self.max_message_size;
        let arrived = &self.input[self.decoded..];
        let Some((_, length)) = short_message(arrived, limit) else {
            return false;
        };
        // In a flood all are alike. A longer one behind it ends the run.
        let frame = 2 + length;
        let likely = arrived.len().min(frame * most).min(RUN);
        // One by itself is better off without sharing.
        if likely < 2 * frame {
            return false;
        }
        messages.reserve(likely / frame);
        let run = Bytes::copy_from_slice(&arrived[..likely]);
        let mut taken = 0;
        for _ in 0..most {
            let Some((opcode, length)) = short_message(&run[taken..], limit) else {
                break;
            };
            let payload = taken + 2..taken + 2 + length;
            let end = payload.end;
            match opcode {
                // Each by itself: the next one must not complete a character that this one cut.
                Opcode::Text => match utf8::share(run.slice(payload)) {
                    Ok(text) => messages.push_back(Message::Text(text)),
                    Err(NotUtf8) => break,
                },
                _ => messages.push_back(Message::Binary(run.slice(payload))),
            }
            taken = end;
        }
        self.decoded += taken;
        taken > 0
    }

    /// A short message by itself. `None` is for [`Incoming::next`] to explain.
    #[inline]
    pub(super) fn next_short(&mut self) -> Option<Message> {
        if !self.may_take_short() {
            return None;
        }
        let arrived = &self.input[self.decoded..];
        let (opcode, length) = short_message(arrived, self.max_message_size)?;
        let end = 2 + length;
        let payload = &arrived[2..end];
        let message = match opcode {
            Opcode::Text => Message::Text(Text::from(utf8::validate(payload).ok()?)),
            _ => Message::Binary(Bytes::from(Box::from(payload))),
        };
        self.decoded += end;
        Some(message)
    }

    fn may_take_short(&self) -> bool {
        matches!(self.state, State::Header)
            && matches!(self.message, Partial::None)
            && !self.ignoring
    }
}

/// The kind of the short message that the bytes begin with, if they do, and the length of its payload.
#[inline]
fn short_message(bytes: &[u8], limit: usize) -> Option<(Opcode, usize)> {
    let (&[first, second], rest) = bytes.split_first_chunk()?;
    let opcode = Opcode::of_whole_message(first)?;
    let length = usize::from(second);
    let is_here = length <= SHORT && length <= limit && length <= rest.len();
    is_here.then_some((opcode, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Violation;
    use crate::protocol::Received;

    const TEXT: u8 = 0x81;
    const BINARY: u8 = 0x82;

    fn frames(kinds_and_sizes: &[(u8, usize)]) -> Vec<u8> {
        let frame = |(kind, size)| {
            let mut frame = vec![b'x'; 2 + size];
            frame[..2].copy_from_slice(&[kind, size as u8]);
            frame
        };
        kinds_and_sizes.iter().copied().flat_map(frame).collect()
    }

    fn incoming(bytes: &[u8]) -> Incoming {
        let mut incoming = Incoming::new(100, 4);
        incoming.lend(bytes.into());
        incoming
    }

    /// In runs of at most so many; 0 is one by one.
    fn all(bytes: &[u8], most: usize) -> Vec<Result<Received, Violation>> {
        let mut incoming = incoming(bytes);
        let mut received = Vec::new();
        loop {
            let mut run = VecDeque::new();
            incoming.next_run(&mut run, most);
            assert!(run.len() <= most);
            received.extend(
                run.into_iter()
                    .map(|message| Ok(Received::Message(message))),
            );
            match incoming.next() {
                Ok(Some(next)) => received.push(Ok(next)),
                Ok(None) => return received,
                Err(violation) => {
                    received.push(Err(violation));
                    return received;
                }
            }
        }
    }

    #[test]
    fn what_comes_in_runs_is_what_comes_one_by_one() {
        for bytes in [
            frames(&[(BINARY, 3); 40]),
            frames(&[(BINARY, 0); 40]),
            frames(&[(TEXT, 3); 40]),
            frames(&[(TEXT, 0), (BINARY, 0)].repeat(20)),
            frames(&[
                (BINARY, 1),
                (BINARY, 100),
                (BINARY, 2),
                (BINARY, 0),
                (BINARY, 3),
            ]),
            frames(&[
                (BINARY, 7),
                (BINARY, 7),
                (TEXT, 7),
                (BINARY, 7),
                (BINARY, 7),
            ]),
            // A ping, and a fragmented message.
            frames(&[(BINARY, 1), (TEXT, 2), (0x89, 0), (TEXT, 1), (BINARY, 1)]),
            frames(&[
                (BINARY, 1),
                (BINARY, 1),
                (0x02, 1),
                (0x80, 1),
                (BINARY, 1),
                (BINARY, 1),
                (TEXT, 1),
                (TEXT, 1),
                (0x01, 1),
                (0x80, 1),
            ]),
            // Too big, masked, reserved.
            frames(&[(BINARY, 1), (BINARY, 1), (BINARY, 101), (BINARY, 1)]),
            frames(&[(BINARY, 1), (BINARY, 1), (BINARY, 128), (BINARY, 1)]),
            frames(&[(TEXT, 1), (TEXT, 1), (TEXT, 101), (TEXT, 1)]),
            frames(&[(BINARY, 1), (BINARY, 1), (0xc2, 1), (BINARY, 1)]),
            frames(&[(TEXT, 1), (TEXT, 1), (0xc1, 1), (TEXT, 1)]),
        ] {
            for cut in 0..=bytes.len() {
                let bytes = &bytes[..cut];
                for most in [1, 2, 3, 16, 64] {
                    assert_eq!(all(bytes, most), all(bytes, 0), "{most} of {bytes:x?}");
                }
            }
        }
    }

    #[test]
    fn each_text_of_a_run_is_right_by_itself() {
        // U+20AC is E2 82 AC.
        let euro: &[u8] = &[0xe2, 0x82, 0xac];
        for broken in [
            [&[TEXT, 3], euro, &[TEXT, 2], &euro[..2], &[TEXT, 1, 0xac]].concat(),
            [&[TEXT, 3], euro, &[TEXT, 1, 0xe2, TEXT, 2], &euro[1..]].concat(),
            [
                &[TEXT, 3],
                euro,
                &[TEXT, 1, b'x', TEXT, 1, 0xff, BINARY, 1, 0],
            ]
            .concat(),
            [&[BINARY, 3], euro, &[BINARY, 1, 0xff, TEXT, 1, 0x80]].concat(),
            [TEXT, 1, 0xff, TEXT, 1, b'x'].to_vec(),
            [TEXT, 1, b'x', TEXT, 3, 0xed, 0xa0, 0x80].to_vec(),
        ] {
            // Whole but for its end, the last frame is no reason to keep quiet about the fault before it.
            for cut in 0..=broken.len() {
                let bytes = &broken[..cut];
                for most in [1, 2, 3, 16] {
                    assert_eq!(all(bytes, most), all(bytes, 0), "{most} of {bytes:x?}");
                }
            }
            let received = all(&broken, 16);
            let (last, before) = received.split_last().unwrap();
            assert_eq!(*last, Err(Violation::TextNotUtf8), "{broken:x?}");
            assert!(before.iter().all(Result::is_ok), "{broken:x?}");
        }
    }

    #[test]
    fn alike_messages_share_memory_and_one_by_itself_does_not() {
        let mut incoming = incoming(&frames(&[(BINARY, 9); 5]));
        let mut run = VecDeque::new();
        assert!(incoming.next_run(&mut run, 4));
        assert_eq!(run.len(), 4);
        assert!(!incoming.next_run(&mut run, 4), "the fifth is by itself");
        assert!(matches!(incoming.next(), Ok(Some(_))));
        assert!(incoming.is_idle());

        let bytes = run.remove(1).unwrap().into_bytes();
        assert!(!bytes.is_unique());
        drop(run);
        assert!(bytes.is_unique());
    }

    #[test]
    fn no_run_is_longer_than_one_message_may_keep_alive() {
        let mut incoming = incoming(&frames(&[(BINARY, 100); 100]));
        let mut run = VecDeque::new();
        assert!(incoming.next_run(&mut run, 100));
        assert_eq!(run.len(), RUN / 102);
        assert!(incoming.next_run(&mut run, 100));
        assert_eq!(run.len(), 100);
    }

    #[test]
    fn nothing_is_taken_after_our_close() {
        let mut incoming = incoming(&frames(&[(BINARY, 9); 5]));
        incoming.ignore_messages();
        let mut run = VecDeque::new();
        assert!(!incoming.next_run(&mut run, 16) && run.is_empty());
        assert_eq!(incoming.next(), Ok(None));
    }
}
