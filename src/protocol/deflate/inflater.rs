//! Inflating what a server compressed (RFC 7692 7.2.2).

use std::fmt;

use zlib_rs::{Inflate, InflateFlush, Status};

use super::TAIL;
use crate::negotiation::PerMessageDeflate;

/// What the largest window holds, and so how much of the output a later block may refer back to.
const WINDOW: usize = 1 << 15;

/// How much is inflated at once. The codec may spoil all of the space that it is lent, also behind what it says it has written,
/// so that this comes on top of the window. Measured: a quarter of it costs large messages 15 to 24 per cent of their time.
const AT_ONCE: usize = 1 << 15;

/// The bytes are no stream of deflate, nor will any bytes to come make them one.
#[derive(Debug)]
pub(crate) struct NotDeflate;

/// The compressed messages of one connection.
#[derive(Debug)]
pub(crate) struct Inflation {
    /// Whether a message may refer back to earlier ones, so that the state belongs to this connection.
    context: bool,
    inflater: Option<Box<Inflater>>,
}

/// A state of the codec. It suits any agreed window, as it has the largest.
pub(crate) struct Inflater {
    codec: Inflate,
    /// The newest output, in a circle: it is handed on from here, and is the window behind a final block.
    output: Box<[u8]>,
    /// Where in `output` the next byte goes.
    end: usize,
    /// Whether what lies behind `end` is output too, older than that before it.
    wrapped: bool,
    /// Whether a stream has begun whose end is to be marked.
    inside: bool,
}

impl Inflation {
    pub(crate) fn new(agreed: &PerMessageDeflate) -> Self {
        Inflation {
            context: !agreed.server_no_context_takeover,
            inflater: None,
        }
    }

    /// Inflates the next bytes of a message, the last ones if `fin`, as far as they reach.
    ///
    /// The output is handed to `take` piece by piece, together with whether the message ends with it: if `fin`, there is always
    /// such a piece, be it empty.
    pub(crate) fn push<E: From<NotDeflate>>(
        &mut self,
        input: &[u8],
        fin: bool,
        mut take: impl FnMut(&[u8], bool) -> Result<(), E>,
    ) -> Result<(), E> {
        let inflater = self
            .inflater
            .get_or_insert_with(|| Box::new(Inflater::new()));
        let mut start = inflater.end;
        inflater.inflate(input, &mut start, &mut take)?;
        if fin && inflater.inside {
            inflater.inflate(&TAIL, &mut start, &mut take)?;
            inflater.inside = false;
        }
        let piece = &inflater.output[start..inflater.end];
        if fin || !piece.is_empty() {
            take(piece, fin)?;
        }
        if fin && !self.context {
            inflater.forget();
        }
        Ok(())
    }

    /// Whether the next message would make a state, so that lending one pays.
    pub(crate) fn needs_inflater(&self) -> bool {
        !self.context && self.inflater.is_none()
    }

    /// Lends a state that [`Inflation::release`] of another connection gave up.
    pub(crate) fn lend(&mut self, inflater: Box<Inflater>) {
        self.inflater = Some(inflater);
    }

    /// Gives the state up, so that it can be lent elsewhere, unless the next message may refer back to the last.
    ///
    /// Not to be called within a message.
    pub(crate) fn release(&mut self) -> Option<Box<Inflater>> {
        match self.context {
            true => None,
            false => self.inflater.take(),
        }
    }

    /// Nothing will be inflated any more.
    pub(crate) fn end(&mut self) {
        self.inflater = None;
    }
}

impl Inflater {
    fn new() -> Self {
        Inflater {
            // The codec's window has this size whatever it is asked for, and it refuses to be asked for 8 bits.
            codec: Inflate::new(false, 15),
            output: vec![0; WINDOW + AT_ONCE].into(),
            end: 0,
            wrapped: false,
            inside: false,
        }
    }

    /// Inflates all of the input to `output`, from where it is handed on only when there is no room left; `start` is where the
    /// part begins that was not.
    fn inflate<E: From<NotDeflate>>(
        &mut self,
        mut input: &[u8],
        start: &mut usize,
        take: &mut impl FnMut(&[u8], bool) -> Result<(), E>,
    ) -> Result<(), E> {
        if input.is_empty() {
            return Ok(());
        }
        loop {
            if self.end == self.output.len() {
                take(&self.output[*start..], false)?;
                (*start, self.end, self.wrapped) = (0, 0, true);
            }
            let (total_in, total_out) = (self.codec.total_in(), self.codec.total_out());
            let most = self.output.len().min(self.end + AT_ONCE);
            let space = &mut self.output[self.end..most];
            let outcome = self.codec.decompress(input, space, InflateFlush::SyncFlush);
            let read = (self.codec.total_in() - total_in) as usize;
            let written = (self.codec.total_out() - total_out) as usize;
            input = &input[read..];
            self.end += written;
            let Ok(status) = outcome else {
                // If what came before breaks a rule as well, that is what is told, however the bytes were cut.
                take(&self.output[*start..self.end], false)?;
                return Err(NotDeflate.into());
            };
            self.inside |= read > 0;
            if status == Status::StreamEnd {
                self.begin_stream();
            }
            if input.is_empty() && (self.end < most || !self.inside) {
                return Ok(());
            }
            if read == 0 && written == 0 {
                return Err(NotDeflate.into());
            }
        }
    }

    /// RFC 7692 7.2.3.4 lets a message have blocks with BFINAL set. The codec takes such a block for the end of everything,
    /// but what follows may still refer back.
    fn begin_stream(&mut self) {
        self.codec.reset(false);
        let (newer, older) = self.output.split_at(self.end);
        let older = match self.wrapped {
            true => older.get(AT_ONCE..).unwrap_or_default(),
            false => &[],
        };
        for window in [older, newer] {
            let set = self.codec.set_dictionary(window);
            debug_assert!(set.is_ok(), "raw deflate takes any dictionary");
        }
        self.inside = false;
    }

    /// The next message refers back to nothing.
    fn forget(&mut self) {
        self.codec.reset(false);
        (self.end, self.wrapped) = (0, false);
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater")
            .field("inside", &self.inside)
            .finish_non_exhaustive()
    }
}
