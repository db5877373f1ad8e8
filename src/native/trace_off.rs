//! What stands in for tracing where the feature `tracing` is off.

use crate::address::Address;
use crate::event::CloseEvent;
use crate::negotiation::Agreed;

pub(super) fn connecting(_: &Address) {}

pub(super) fn opened(_: &Address, _: &Agreed) {}

pub(super) fn taken_over(_: &Address) {}

pub(super) fn ended(_: &Address, _: &CloseEvent) {}

pub(super) fn panicked(_: &'static str) {}
