//! One connection with a client: its request, its frames, and what is sent to it.

use std::io::{self, BufReader, Write};
use std::sync::Arc;

use super::frame::{Frame, opcode};
use super::handshake::{Answer, RequestHead};
use super::records::{Record, Records};
use super::rules::ClientRules;
use super::target;
use super::wire::Wire;
use crate::seen::End;

/// One connection; notes what it reads. An `InvalidData` error is a breach of the client's.
pub(crate) struct Link {
    reader: BufReader<Wire>,
    records: Arc<Records>,
    record: Record,
    rules: ClientRules,
    is_open: bool,
    close_sent: bool,
    one_byte_per_write: bool,
    held: Option<Vec<u8>>,
}

/// A whole message, or the Close behind the last one.
pub(crate) struct Incoming {
    pub(crate) opcode: u8,
    pub(crate) payload: Vec<u8>,
}

/// The request and the answer.
impl Link {
    pub(crate) fn new(wire: Wire, records: Arc<Records>) -> Link {
        Link {
            reader: BufReader::new(wire),
            record: Record::none(&records),
            records,
            rules: ClientRules::default(),
            is_open: false,
            close_sent: false,
            one_byte_per_write: false,
            held: None,
        }
    }

    /// Reads a request; `None` if the client has gone.
    pub(crate) fn read_request(&mut self) -> io::Result<Option<RequestHead>> {
        RequestHead::read(&mut self.reader)
    }

    /// Starts the record that the request's `id` names.
    pub(crate) fn start_record(&mut self, head: &RequestHead) {
        let id = target::value(&head.target, "id");
        self.record = self.records.start(id, head);
    }

    /// Whether the answer was a 101.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether frames may be sent: behind a 101, and before a Close.
    pub(crate) fn may_send_frames(&self) -> bool {
        self.is_open && !self.close_sent
    }

    /// Sends an answer as it is; the connection is open if it is a 101, and frames may be compressed if it says so.
    pub(crate) fn answer(&mut self, answer: &[u8]) -> io::Result<()> {
        self.is_open = answer.starts_with(b"HTTP/1.1 101");
        if String::from_utf8_lossy(answer).contains("permessage-deflate") {
            self.rules.allow_deflate();
        }
        self.send_raw(answer)
    }

    /// Answers with anything but a 101, and ends the connection.
    pub(crate) fn refuse(&mut self, answer: &Answer) -> io::Result<()> {
        self.answer(&answer.to_bytes())?;
        self.end()
    }

    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    pub(crate) fn wire(&mut self) -> &mut Wire {
        self.reader.get_mut()
    }
}

/// Reading.
impl Link {
    /// Reads a frame; `None` at the end of the stream.
    pub(crate) fn read_frame(&mut self) -> io::Result<Option<Frame>> {
        let frame = Frame::read(&mut self.reader)?;
        if let Some(frame) = &frame {
            self.record.note_frame(frame);
            self.rules.check(frame)?;
        }
        Ok(frame)
    }

    /// Reads frames up to one of this opcode. `None` at the end of the stream.
    pub(crate) fn wait_for(&mut self, opcode: u8) -> io::Result<Option<Frame>> {
        loop {
            match self.read_frame()? {
                Some(frame) if frame.opcode != opcode => {}
                found => return Ok(found),
            }
        }
    }

    /// Sends what is held back, and reads a frame that is not noted: whether there is one.
    pub(crate) fn acknowledged(&mut self) -> io::Result<bool> {
        let is_holding = self.held.is_some();
        self.flush()?;
        if is_holding {
            self.hold();
        }
        match Frame::read(&mut self.reader)? {
            None => Ok(false),
            Some(frame) => self.rules.check(&frame).map(|()| true),
        }
    }

    /// Reads a whole message or a Close, and answers pings on the way if it may. `None` at the end of the stream.
    pub(crate) fn read_message(&mut self, answer_pings: bool) -> io::Result<Option<Incoming>> {
        let mut message: Option<Incoming> = None;
        while let Some(frame) = self.read_frame()? {
            match frame.opcode {
                opcode::CLOSE => {
                    return Ok(Some(Incoming {
                        opcode: opcode::CLOSE,
                        payload: frame.payload,
                    }));
                }
                opcode::PING if answer_pings => self.send(opcode::PONG, frame.payload)?,
                opcode::PING | opcode::PONG => {}
                _ => {
                    let message = match &mut message {
                        Some(started) => {
                            started.payload.extend(frame.payload);
                            started
                        }
                        none => none.insert(Incoming {
                            opcode: frame.opcode,
                            payload: frame.payload,
                        }),
                    };
                    if frame.fin {
                        return Ok(Some(Incoming {
                            opcode: message.opcode,
                            payload: std::mem::take(&mut message.payload),
                        }));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Reads until the client has gone: frames, if the connection is open, as long as they are frames.
    pub(crate) fn read_to_end(&mut self) -> io::Result<()> {
        if self.is_open {
            loop {
                match self.read_frame() {
                    Ok(Some(_)) => {}
                    Ok(None) => return Ok(()),
                    Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                        self.record.note_breach(&error);
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        io::copy(&mut self.reader, &mut io::sink()).map(drop)
    }
}

/// Sending.
impl Link {
    /// Sends a whole message or a control frame.
    pub(crate) fn send(&mut self, opcode: u8, payload: impl Into<Vec<u8>>) -> io::Result<()> {
        self.close_sent |= opcode == opcode::CLOSE;
        self.send_raw(&Frame::new(true, 0, opcode, payload).to_bytes())
    }

    /// Sends a Close with a code and a reason.
    pub(crate) fn send_close(&mut self, code: u16, reason: &[u8]) -> io::Result<()> {
        self.send(opcode::CLOSE, [&code.to_be_bytes(), reason].concat())
    }

    /// Sends bytes: at once, byte by byte, or with the next [`flush`](Link::flush).
    pub(crate) fn send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(held) = &mut self.held {
            held.extend(bytes);
            return Ok(());
        }
        let piece = if self.one_byte_per_write {
            1
        } else {
            bytes.len().max(1)
        };
        for piece in bytes.chunks(piece) {
            self.wire().write_all(piece)?;
            self.wire().flush()?;
        }
        Ok(())
    }

    /// From here on each byte is written on its own.
    pub(crate) fn one_byte_per_write(&mut self) {
        self.one_byte_per_write = true;
    }

    /// From here on nothing is written until [`flush`](Link::flush).
    pub(crate) fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// Writes what was held back.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let held = self.held.take().unwrap_or_default();
        self.send_raw(&held)
    }
}

/// The end.
impl Link {
    /// Sends FIN, behind a close_notify under TLS, and waits until the client has gone.
    ///
    /// Closing the socket at once would reset the connection if anything of the client's were still unread.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        self.end_sending()?;
        self.read_to_end()
    }

    /// The same without the close_notify.
    pub(crate) fn cut(&mut self) -> io::Result<()> {
        self.flush()?;
        self.wire().cut()?;
        self.read_to_end()
    }

    /// Sends FIN, under TLS behind a close_notify, and no more.
    pub(crate) fn end_sending(&mut self) -> io::Result<()> {
        self.flush()?;
        self.wire().finish()
    }

    /// Sends RST when this is dropped, as it must be now.
    pub(crate) fn reset(&mut self) -> io::Result<()> {
        self.flush()?;
        self.wire().reset_on_drop()
    }

    /// How the client ended the connection, if it did.
    pub(crate) fn client_end(&self) -> Option<End> {
        self.reader.get_ref().end()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.record
            .note_end(self.client_end().unwrap_or(End::Server));
    }
}
