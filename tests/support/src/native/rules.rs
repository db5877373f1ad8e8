//! What RFC 6455 asks of the frames that a client sends.

use std::io;

use super::frame::{Frame, breach, opcode};

const RSV1: u8 = 4;

/// Watches the frames of one client for breaches of RFC 6455.
#[derive(Debug, Default)]
pub(crate) struct ClientRules {
    previous_key: Option<[u8; 4]>,
    /// The text message in progress, or `None` between messages and in a binary one.
    text: Option<Vec<u8>>,
    inside_message: bool,
    /// permessage-deflate was agreed on.
    deflate: bool,
    closed: bool,
}

impl ClientRules {
    /// From here on messages may be compressed; whether they inflate to UTF-8 is for the test to say.
    pub(crate) fn allow_deflate(&mut self) {
        self.deflate = true;
    }

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
        // RFC 7692 6: RSV1 is set on the first frame of a compressed message.
        let begins_message = matches!(frame.opcode, opcode::TEXT | opcode::BINARY);
        let compressed = self.deflate && begins_message && frame.rsv == RSV1;
        if frame.rsv != 0 && !compressed {
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

        if frame.opcode == opcode::TEXT && frame.rsv == 0 {
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn rsv1_may_begin_a_message_once_deflate_is_agreed_on() {
        let frame = |fin, rsv, opcode| Frame::new(fin, rsv, opcode, b"\xff").masked([1; 4]);
        for (right, frames) in [
            (true, vec![frame(true, 4, 1)]),
            (true, vec![frame(false, 4, 2), frame(true, 0, 0)]),
            (false, vec![frame(true, 0, 1)]),
            (false, vec![frame(true, 2, 1)]),
            (false, vec![frame(true, 6, 1)]),
            (false, vec![frame(true, 4, 9)]),
            (false, vec![frame(false, 4, 1), frame(true, 4, 0)]),
        ] {
            let mut rules = ClientRules::default();
            rules.allow_deflate();
            let mut last = Ok(());
            for (key, frame) in (1u32..).zip(frames) {
                last.expect("only the last frame is a breach");
                last = rules.check(&frame.masked(key.to_be_bytes()));
            }
            assert_eq!(last.is_ok(), right, "{last:?}");
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
