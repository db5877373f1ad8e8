//! What stands in for tracing where the feature `tracing` is off.

use crate::event::CloseEvent;
use crate::negotiation::Agreed;

pub(super) fn connecting(_: &str) {}

pub(super) fn opened(_: &str, _: &Agreed) {}

pub(super) fn taken_over(_: &str) {}

pub(super) fn ended(_: &str, _: &CloseEvent) {}

pub(super) fn panicked(_: &'static str) {}
