//! The closing handshake (RFC 6455 7.1) as states.

use crate::close::CloseFrame;

/// How far the closing handshake has come.
///
/// ```text
///            close()                    received()
///         ┌───────────▶ ClosedByUs ───────────────────┐
///         │                                           ▼
///       Open                                       Closed
///         │                                           ▲
///         └───────────▶ ClosedByPeer ─────────────────┘
///           received()                  reply()
///
///       Open, ClosedByUs, ClosedByPeer ── fail() ──▶ Failed
/// ```
///
/// In `Closed` the server ends the TCP connection, and we only if it does not (7.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Closing {
    /// Neither side has closed.
    #[default]
    Open,
    /// Our Close is on its way; the peer's is awaited.
    ClosedByUs,
    /// The peer sent this Close; we owe the reply.
    ClosedByPeer(CloseFrame),
    /// Both sides have closed. The frame is the peer's.
    Closed(CloseFrame),
    /// A side broke the rules, so there is no handshake any more (7.1.7).
    Failed,
}

impl Closing {
    /// We want to close. The answer, if any, goes to `Outgoing::close`.
    ///
    /// If a side has already closed there is nothing to send: a reply that is owed comes from [`Closing::reply`].
    #[must_use = "the frame has to be sent"]
    pub(crate) fn close(&mut self, frame: CloseFrame) -> Option<CloseFrame> {
        if !self.is_open() {
            return None;
        }
        *self = Closing::ClosedByUs;
        Some(frame)
    }

    /// The peer's Close came. Call [`Closing::reply`] when everything that should precede our own is queued.
    pub(crate) fn received(&mut self, frame: CloseFrame) {
        match self {
            Closing::Open => *self = Closing::ClosedByPeer(frame),
            Closing::ClosedByUs => *self = Closing::Closed(frame),
            // 1.4: "After receiving a control frame indicating the connection should be closed, a peer discards any
            // further data received." 7.1.7: a failed connection processes no data either.
            Closing::ClosedByPeer(_) | Closing::Closed(_) | Closing::Failed => {}
        }
    }

    /// The reply that is owed to the peer, once. It goes to `Outgoing::close`.
    #[must_use = "the frame has to be sent"]
    pub(crate) fn reply(&mut self) -> Option<CloseFrame> {
        let Closing::ClosedByPeer(frame) = self else {
            return None;
        };
        // 5.5.1: "When sending a Close frame in response, the endpoint typically echos the status code it received."
        let reply = CloseFrame {
            code: frame.code,
            reason: Box::default(),
        };
        *self = Closing::Closed(std::mem::take(frame));
        Some(reply)
    }

    /// The connection must be failed with this code. The answer, if any, goes to `Outgoing::close`; input is discarded
    /// from now on, and the driver ends the TCP connection when all is written.
    #[must_use = "the frame has to be sent"]
    pub(crate) fn fail(&mut self, code: u16) -> Option<CloseFrame> {
        let sent = match self {
            // 7.1.7: "If _The WebSocket Connection is Established_ prior to the point where the endpoint is required to
            // _Fail the WebSocket Connection_, the endpoint SHOULD send a Close frame with an appropriate status code".
            Closing::Open | Closing::ClosedByPeer(_) => Some(CloseFrame::failing(code)),
            // 5.5.1 allows nothing behind the Close that went out before.
            Closing::ClosedByUs => None,
            Closing::Closed(_) | Closing::Failed => return None,
        };
        *self = Closing::Failed;
        sent
    }

    /// Whether messages may still be sent.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Closing::Open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theirs() -> CloseFrame {
        CloseFrame {
            code: Some(3001),
            reason: "bye".into(),
        }
    }

    fn ours() -> CloseFrame {
        CloseFrame {
            code: Some(4000),
            reason: "enough".into(),
        }
    }

    fn all_states() -> [Closing; 5] {
        [
            Closing::Open,
            Closing::ClosedByUs,
            Closing::ClosedByPeer(theirs()),
            Closing::Closed(theirs()),
            Closing::Failed,
        ]
    }

    /// Applies `step` to each state, in the order of [`all_states`], and compares the new state and the answer.
    fn check<T: PartialEq + std::fmt::Debug>(
        step: impl Fn(&mut Closing) -> T,
        wanted: [(Closing, T); 5],
    ) {
        for (before, (after, answer)) in all_states().into_iter().zip(wanted) {
            let mut state = before.clone();
            assert_eq!(step(&mut state), answer, "from {before:?}");
            assert_eq!(state, after, "from {before:?}");
        }
    }

    #[test]
    fn our_close_is_sent_from_open_and_from_nowhere_else() {
        let [_, by_us, by_peer, closed, failed] = all_states();
        check(
            |state| state.close(ours()),
            [
                (Closing::ClosedByUs, Some(ours())),
                (by_us, None),
                (by_peer, None),
                (closed, None),
                (failed, None),
            ],
        );
    }

    #[test]
    fn the_peers_close_is_kept_once() {
        let other = CloseFrame::failing(1001);
        let closed_by = |frame: &CloseFrame| Closing::Closed(frame.clone());
        check(
            |state| state.received(other.clone()),
            [
                (Closing::ClosedByPeer(other.clone()), ()),
                (closed_by(&other), ()),
                (Closing::ClosedByPeer(theirs()), ()),
                (closed_by(&theirs()), ()),
                (Closing::Failed, ()),
            ],
        );
    }

    #[test]
    fn the_reply_echoes_the_code_without_the_reason_and_is_given_once() {
        let [open, by_us, _, closed, failed] = all_states();
        check(
            Closing::reply,
            [
                (open, None),
                (by_us, None),
                (Closing::Closed(theirs()), Some(CloseFrame::failing(3001))),
                (closed, None),
                (failed, None),
            ],
        );
    }

    #[test]
    fn the_reply_to_an_empty_close_is_empty() {
        let mut state = Closing::Open;
        state.received(CloseFrame::default());
        assert_eq!(state.reply(), Some(CloseFrame::default()));
    }

    #[test]
    fn failing_sends_its_code_unless_our_close_is_out_and_leaves_a_completed_handshake_alone() {
        check(
            |state| state.fail(1002),
            [
                (Closing::Failed, Some(CloseFrame::failing(1002))),
                (Closing::Failed, None),
                (Closing::Failed, Some(CloseFrame::failing(1002))),
                (Closing::Closed(theirs()), None),
                (Closing::Failed, None),
            ],
        );
    }

    #[test]
    fn messages_may_be_sent_until_a_side_closes() {
        let answers = all_states().map(|state| state.is_open());
        assert_eq!(answers, [true, false, false, false, false]);
    }
}
