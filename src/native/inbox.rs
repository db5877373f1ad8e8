//! What was received and nobody has got yet: the first who asks gets the first message, through whichever handle.

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering::Acquire, Ordering::Release};
use std::sync::{Mutex, OnceLock};

use crate::message::Message;

use super::lock::lock;

/// Messages that are handed over under one look at everything else.
pub(super) const BATCH: usize = 64;

/// Messages for which room is kept while there are none.
const KEPT: usize = 32;

/// What an unread message costs beside its bytes; a flood of empty ones is bounded by it.
const MESSAGE_OVERHEAD: usize = mem::size_of::<Message>() + 32;

/// Behind the reader's lock.
#[derive(Default)]
pub(super) struct Inbox {
    messages: VecDeque<Message>,
    cost: usize,
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

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Message> {
        let message = self.messages.pop_front()?;
        self.cost -= cost(&message);
        Some(message)
    }

    /// Messages come back, to where they were.
    pub(super) fn give_back(&mut self, messages: &mut VecDeque<Message>) {
        for message in messages.drain(..).rev() {
            self.cost += cost(&message);
            self.messages.push_front(message);
        }
    }

    pub(super) fn take_all(&mut self) -> VecDeque<Message> {
        self.cost = 0;
        mem::take(&mut self.messages)
    }

    pub(super) fn shrink(&mut self) {
        shrink(&mut self.messages);
    }
}

/// A reader that was slow for once does not keep the memory of all that waited.
#[inline]
pub(super) fn shrink(messages: &mut VecDeque<Message>) {
    if messages.capacity() > KEPT && messages.is_empty() {
        *messages = VecDeque::new();
    }
}

/// A batch that comes before the inbox, for readers on several handles: who takes of it looks at nothing else, and waits for
/// nobody who reads the socket.
#[derive(Default)]
pub(super) struct AtHand {
    /// Most connections have one handle, and no memory for this.
    messages: OnceLock<Box<Mutex<VecDeque<Message>>>>,
    /// Whether there are any, which it comes to be under the reader's lock alone.
    any: AtomicBool,
}

impl AtHand {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        !self.any.load(Acquire)
    }

    /// The first one, if a reader may have it, which is asked under the lock.
    #[inline]
    pub(super) fn pop(&self, may_take: impl FnOnce() -> bool) -> Option<Message> {
        if self.is_empty() {
            return None;
        }
        let mut messages = lock(self.messages.get()?);
        if !may_take() {
            return None;
        }
        let message = messages.pop_front();
        if messages.is_empty() {
            self.any.store(false, Release);
        }
        message
    }

    /// Under the reader's lock, when there are none.
    pub(super) fn lay_out(&self, next_batch: impl FnOnce(&mut VecDeque<Message>)) {
        let mut messages = lock(self.messages.get_or_init(Box::default));
        next_batch(&mut messages);
        self.any.store(!messages.is_empty(), Release);
    }

    /// Under the reader's lock, before the inbox is looked at.
    #[inline]
    pub(super) fn clear_into(&self, inbox: &mut Inbox) {
        if !self.is_empty()
            && let Some(messages) = self.messages.get()
        {
            inbox.give_back(&mut lock(messages));
            self.any.store(false, Release);
        }
    }

    /// Under the reader's lock, when nothing has arrived.
    pub(super) fn shrink(&self) {
        if let Some(messages) = self.messages.get() {
            shrink(&mut lock(messages));
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

    fn popped(inbox: &mut Inbox, messages: usize) -> impl Iterator<Item = Message> {
        (0..messages).map_while(|_| inbox.pop())
    }

    #[test]
    fn a_batch_that_was_taken_comes_back_to_where_it_was() {
        let mut inbox = filled(5);
        let mut batch = VecDeque::from_iter(popped(&mut inbox, 3));
        assert_eq!(batch.pop_front(), Some(number(0)));
        inbox.give_back(&mut batch);
        assert!(batch.is_empty());
        for expected in 1..5 {
            assert_eq!(inbox.pop(), Some(number(expected)));
        }
        assert!(inbox.is_empty());
    }

    #[test]
    fn so_does_what_lies_at_hand() {
        let (mut inbox, at_hand) = (filled(5), AtHand::default());
        at_hand.lay_out(|batch| batch.extend(popped(&mut inbox, 3)));
        assert_eq!(at_hand.pop(|| false), None);
        assert_eq!(at_hand.pop(|| true), Some(number(0)));
        at_hand.clear_into(&mut inbox);
        assert!(at_hand.is_empty());
        assert_eq!(at_hand.pop(|| panic!("there is none")), None);
        assert_eq!(inbox.pop(), Some(number(1)));
    }

    #[test]
    fn nothing_is_at_hand_behind_the_last_one() {
        let (mut inbox, at_hand) = (filled(2), AtHand::default());
        at_hand.lay_out(|batch| batch.extend(popped(&mut inbox, 2)));
        assert_eq!(at_hand.pop(|| true), Some(number(0)));
        assert!(!at_hand.is_empty());
        assert_eq!(at_hand.pop(|| true), Some(number(1)));
        assert!(at_hand.is_empty());
    }

    #[test]
    fn whichever_way_they_go_the_cost_goes_with_them() {
        let mut inbox = filled(40);
        let mut batch = VecDeque::from_iter(popped(&mut inbox, 3));
        inbox.pop();
        inbox.give_back(&mut batch);
        while inbox.pop().is_some() {}
        assert_eq!(inbox.cost, 0);
        assert!(!inbox.is_full(0));
        inbox.push(number(0));
        assert!(inbox.is_full(0) && inbox.is_full(MESSAGE_OVERHEAD));
        assert!(!inbox.is_full(MESSAGE_OVERHEAD + 2));
        assert_eq!(inbox.take_all().len(), 1);
        assert_eq!(inbox.cost, 0);
    }

    #[test]
    fn the_room_for_a_batch_is_let_go_of_when_nobody_wants_it() {
        let (mut inbox, at_hand) = (filled(BATCH), AtHand::default());
        at_hand.lay_out(|batch| batch.extend(popped(&mut inbox, BATCH)));
        let capacity = || lock(at_hand.messages.get().unwrap()).capacity();
        at_hand.shrink();
        assert!(capacity() >= BATCH, "they are there");
        while at_hand.pop(|| true).is_some() {}
        at_hand.shrink();
        assert_eq!(capacity(), 0);
    }

    #[test]
    fn the_memory_of_all_that_waited_for_once_is_let_go_of() {
        let mut inbox = filled(1000);
        while inbox.pop().is_some() {}
        inbox.shrink();
        assert_eq!(inbox.messages.capacity(), 0);
        let mut inbox = filled(KEPT);
        while inbox.pop().is_some() {}
        inbox.shrink();
        assert!(inbox.messages.capacity() >= KEPT, "that is the rule");
    }
}
