//! Spare buffers and codec states: a connection holds one only while bytes are in it; between two uses they wait, one of each
//! kind per thread.

use std::cell::Cell;
use std::thread::LocalKey;

use bytes::BytesMut;

use crate::protocol::{Deflater, Inflater};

/// Where one of a kind waits.
pub(super) type Spare<T> = LocalKey<Cell<Option<T>>>;

thread_local! {
    /// To read into.
    pub(super) static INPUT: Cell<Option<BytesMut>> = const { Cell::new(None) };
    /// To write from.
    pub(super) static STAGE: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
    pub(super) static INFLATER: Cell<Option<Box<Inflater>>> = const { Cell::new(None) };
    pub(super) static DEFLATER: Cell<Option<Box<Deflater>>> = const { Cell::new(None) };
}

// A socket may be dropped while its thread ends, when there is no place for a spare any more.

#[inline]
pub(super) fn take<T>(spare: &'static Spare<T>) -> Option<T> {
    spare.try_with(Cell::take).ok().flatten()
}

#[inline]
pub(super) fn keep<T>(spare: &'static Spare<T>, value: T) {
    let _ = spare.try_with(|spare| spare.set(Some(value)));
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};
    use std::thread;

    use super::*;

    struct Last(Sender<Option<Vec<u8>>>);

    thread_local! {
        static FIRST_USED: Cell<Option<Last>> = const { Cell::new(None) };
        static BYTES: Cell<Option<Vec<u8>>> = const { Cell::new(None) };
    }

    impl Drop for Last {
        fn drop(&mut self) {
            keep(&BYTES, vec![1]);
            let _ = self.0.send(take(&BYTES));
        }
    }

    #[test]
    fn one_waits_for_the_next_use() {
        keep(&BYTES, vec![1]);
        keep(&BYTES, vec![2]);
        assert_eq!(take(&BYTES), Some(vec![2]));
        assert_eq!(take(&BYTES), None);
    }

    #[test]
    fn nothing_waits_in_a_thread_that_ends() {
        let (sender, results) = channel();
        thread::spawn(|| {
            // What is used last is dropped first.
            FIRST_USED.set(Some(Last(sender)));
            keep(&BYTES, vec![2]);
        })
        .join()
        .unwrap();
        assert_eq!(results.recv(), Ok(None));
    }
}
