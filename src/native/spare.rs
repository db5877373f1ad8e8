//! Spare buffers and codec states: a connection holds one only while bytes are in it; between two uses they wait here, one of
//! each kind per thread.

use std::cell::Cell;

use bytes::BytesMut;

use crate::protocol::{Deflater, Inflater, Settings};

thread_local! {
    static INPUT: Cell<Option<BytesMut>> = const { Cell::new(None) };
    static STAGE: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
    static INFLATER: Cell<Option<Box<Inflater>>> = const { Cell::new(None) };
    static DEFLATER: Cell<Option<Box<Deflater>>> = const { Cell::new(None) };
}

// A socket may be dropped while its thread ends, when there is no place for a spare any more.

/// A buffer to read into, if one is spare.
pub(super) fn take_input() -> Option<BytesMut> {
    INPUT.try_with(Cell::take).ok().flatten()
}

pub(super) fn keep_input(buffer: BytesMut) {
    let _ = INPUT.try_with(|spare| spare.set(Some(buffer)));
}

/// A stage to write from, if one is spare.
pub(super) fn take_stage() -> Option<Box<[u8]>> {
    STAGE.try_with(Cell::take).ok().flatten()
}

pub(super) fn keep_stage(stage: Box<[u8]>) {
    let _ = STAGE.try_with(|spare| spare.set(Some(stage)));
}

/// A state to inflate with, if one is spare.
pub(super) fn take_inflater() -> Option<Box<Inflater>> {
    INFLATER.take()
}

pub(super) fn keep_inflater(inflater: Box<Inflater>) {
    INFLATER.set(Some(inflater));
}

/// A state to compress with, if one of these settings is spare.
pub(super) fn take_deflater(settings: Settings) -> Option<Box<Deflater>> {
    DEFLATER
        .take()
        .filter(|deflater| deflater.settings() == settings)
}

pub(super) fn keep_deflater(deflater: Box<Deflater>) {
    DEFLATER.set(Some(deflater));
}
