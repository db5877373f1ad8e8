//! What was received and nobody has got yet: the first who asks gets the first message, through whichever handle.

use std::collections::VecDeque;
use std::mem;

use crate::message::Message;

/// Messages that are handed over under one look at everything else.
pub(super) const BATCH: usize = 16;

/// What an unread message costs beside its bytes; a flood of empty ones is bounded by it.
const MESSAGE_OVERHEAD: usize = mem::size_of::<Message>() + 32;

/// It has a lock of its own, so that who takes what lies here waits for nobody who reads the socket. Messages come in
/// only under the reader's lock.
#[derive(Default)]
pub(super) struct Inbox {
    messages: VecDeque<Message>,
    /// So many of the first may be taken before everything else is to be looked at again.
    at_hand: usize,
    /// What those behind them cost.
    cost: usize,
    /// A batch is with the listeners, and comes back if they leave: it goes before everything else, the end too.
    pub(super) delivering: bool,
}

impl Inbox {
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub(super) fn is_full(&self, most: usize) -> bool {
        // A limit of nothing still allows one: what comes before a message, or instead of one, is then seen.
        !self.is_empty() && self.cost >= most
    }

    pub(super) fn push(&mut self, message: Message) {
        self.cost += cost(&message);
        self.messages.push_back(message);
    }

    /// The first message, if it is one of those at hand.
    #[inline]
    pub(super) fn pop_at_hand(&mut self) -> Option<Message> {
        self.at_hand = self.at_hand.checked_sub(1)?;
        self.messages.pop_front()
    }

    /// The first message.
    pub(super) fn pop(&mut self) -> Option<Message> {
        self.pop_at_hand().or_else(|| {
            let message = self.messages.pop_front()?;
            self.cost -= cost(&message);
            Some(message)
        })
    }

    /// Everything else was looked at: of those that wait, or else of those that can be decoded, a batch is at hand.
    pub(super) fn lay_out(&mut self, decode: impl FnOnce(&mut VecDeque<Message>)) {
        if self.is_empty() {
            decode(&mut self.messages);
            self.at_hand = self.messages.len();
        } else if self.at_hand == 0 {
            self.at_hand = self.messages.len().min(BATCH);
            self.cost -= self.messages.range(..self.at_hand).map(cost).sum::<usize>();
        }
    }

    /// Takes a batch along.
    pub(super) fn pop_batch(&mut self, batch: &mut VecDeque<Message>) {
        while batch.len() < BATCH
            && let Some(message) = self.pop()
        {
            batch.push_back(message);
        }
    }

    /// Messages come back, to where they were.
    pub(super) fn give_back(&mut self, messages: &mut VecDeque<Message>) {
        // They come before what lies at hand, so nothing does any more.
        let at_hand = mem::take(&mut self.at_hand);
        self.cost += self.messages.range(..at_hand).map(cost).sum::<usize>();
        for message in messages.drain(..).rev() {
            self.cost += cost(&message);
            self.messages.push_front(message);
        }
    }

    pub(super) fn take_all(&mut self) -> VecDeque<Message> {
        (self.cost, self.at_hand) = (0, 0);
        mem::take(&mut self.messages)
    }

    /// A reader that was slow for once does not keep the memory of all that waited.
    pub(super) fn shrink(&mut self) {
        if self.messages.capacity() > 2 * BATCH && self.messages.is_empty() {
            self.messages = VecDeque::new();
        }
    }
}

#[inline]
fn cost(message: &Message) -> usize {
    MESSAGE_OVERHEAD + message.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: usize) -> Message {
        Message::from(number.to_string())
    }

    fn filled(messages: usize) -> Inbox {
        let mut inbox = Inbox::default();
        (0..messages)
            .map(number)
            .for_each(|message| inbox.push(message));
        inbox
    }

    #[test]
    fn nothing_is_at_hand_before_everything_else_was_looked_at() {
        let mut inbox = filled(40);
        assert_eq!(inbox.pop_at_hand(), None);
        inbox.lay_out(|_| panic!("there are messages"));
        for expected in 0..BATCH {
            assert_eq!(inbox.pop_at_hand(), Some(number(expected)));
        }
        assert_eq!(inbox.pop_at_hand(), None);
        assert_eq!(inbox.pop(), Some(number(BATCH)));
    }

    #[test]
    fn what_is_decoded_is_at_hand() {
        let mut inbox = Inbox::default();
        inbox.lay_out(|messages| messages.extend((0..3).map(number)));
        inbox.push(number(3));
        for expected in 0..3 {
            assert_eq!(inbox.pop_at_hand(), Some(number(expected)));
        }
        assert_eq!(inbox.pop_at_hand(), None);
        assert_eq!(inbox.pop(), Some(number(3)));
        assert_eq!(inbox.pop(), None);
    }

    #[test]
    fn what_comes_back_before_messages_at_hand_costs_as_they_do_again() {
        let mut inbox = filled(4);
        inbox.lay_out(|_| panic!("there are messages"));
        let mut batch = VecDeque::from([number(9)]);
        inbox.give_back(&mut batch);
        assert_eq!(inbox.pop_at_hand(), None);
        assert_eq!(inbox.pop(), Some(number(9)));
        while inbox.pop().is_some() {}
        assert_eq!(inbox.cost, 0);
    }

    #[test]
    fn a_batch_that_was_taken_along_comes_back_to_where_it_was() {
        let mut inbox = filled(BATCH + 3);
        let mut batch = VecDeque::new();
        inbox.pop_batch(&mut batch);
        assert_eq!(batch.len(), BATCH);
        assert_eq!(batch.pop_front(), Some(number(0)));
        inbox.give_back(&mut batch);
        assert!(batch.is_empty());
        for expected in 1..BATCH + 3 {
            assert_eq!(inbox.pop(), Some(number(expected)));
        }
        assert!(inbox.is_empty());
    }

    #[test]
    fn whichever_way_they_go_the_cost_of_what_waits_goes_with_them() {
        let mut inbox = filled(40);
        let one = inbox.cost / 40;
        inbox.lay_out(|_| {});
        let behind = inbox.cost;
        assert!(behind <= 24 * (one + 1) && behind >= 24 * one, "{behind}");
        let mut batch = VecDeque::new();
        inbox.pop();
        inbox.pop_batch(&mut batch);
        inbox.give_back(&mut batch);
        while inbox.pop().is_some() {}
        assert_eq!(inbox.cost, 0);
        assert!(inbox.is_empty() && !inbox.is_full(0));
        inbox.push(number(0));
        assert!(inbox.is_full(0));
        assert_eq!(inbox.take_all().len(), 1);
        assert_eq!(inbox.cost, 0);
    }

    #[test]
    fn the_memory_of_all_that_waited_for_once_is_let_go_of() {
        let mut inbox = filled(1000);
        while inbox.pop().is_some() {}
        inbox.shrink();
        assert_eq!(inbox.messages.capacity(), 0);
        let mut inbox = filled(BATCH);
        while inbox.pop().is_some() {}
        inbox.shrink();
        assert!(inbox.messages.capacity() >= BATCH, "that is the rule");
    }
}
