//! Without the feature `deflate` nothing is offered, so that nothing is agreed on and none of these exists.

use crate::negotiation::PerMessageDeflate;

#[derive(Debug)]
pub(crate) enum NotDeflate {}

#[derive(Debug)]
pub(crate) enum Inflation {}

#[derive(Debug)]
pub(crate) enum Inflater {}

#[derive(Debug)]
pub(crate) enum Deflation {}

#[derive(Debug)]
pub(crate) enum Deflater {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settings {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fragment {
    pub(crate) read: usize,
    pub(crate) length: usize,
    pub(crate) fin: bool,
}

impl Inflation {
    pub(crate) fn new(_: &PerMessageDeflate) -> Self {
        unreachable!("permessage-deflate was not offered")
    }

    pub(crate) fn push<E: From<NotDeflate>>(
        &mut self,
        _: &[u8],
        _: bool,
        _: impl FnMut(&[u8], bool) -> Result<(), E>,
    ) -> Result<(), E> {
        match *self {}
    }

    pub(crate) fn needs_inflater(&self) -> bool {
        match *self {}
    }

    pub(crate) fn lend(&mut self, _: Box<Inflater>) {
        match *self {}
    }

    pub(crate) fn release(&mut self) -> Option<Box<Inflater>> {
        match *self {}
    }

    pub(crate) fn end(&mut self) {
        match *self {}
    }
}

impl Deflation {
    pub(crate) fn new(_: &PerMessageDeflate, _: u8, _: usize) -> Option<Self> {
        None
    }

    pub(crate) fn applies_to(&self, _: usize) -> bool {
        match *self {}
    }

    pub(crate) fn has_context(&self) -> bool {
        match *self {}
    }

    pub(crate) fn room_for(size: usize) -> usize {
        size
    }

    pub(crate) fn fragment(&mut self, _: &[u8], _: usize, _: &mut [u8]) -> Fragment {
        match *self {}
    }

    pub(crate) fn needs_deflater(&self) -> Option<Settings> {
        match *self {}
    }

    pub(crate) fn lend(&mut self, _: Box<Deflater>) {
        match *self {}
    }

    pub(crate) fn release(&mut self) -> Option<Box<Deflater>> {
        match *self {}
    }
}

impl Deflater {
    pub(crate) fn has(&self, _: Settings) -> bool {
        match *self {}
    }
}
