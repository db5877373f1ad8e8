//! Payloads larger than the input that describes them.

use crate::choices::Choices;

/// What is compressed well, badly or not at all, of any size up to more than fits a stage. What costs little is larger still.
pub(crate) fn payload(choices: &mut Choices<'_>) -> Vec<u8> {
    match choices.byte() % 4 {
        0 => choices.bytes().to_vec(),
        1 => vec![choices.byte(); size(choices, 12)],
        2 => noise(choices.byte()).take(size(choices, 9)).collect(),
        _ => words(choices),
    }
}

fn size(choices: &mut Choices<'_>, shifts: u8) -> usize {
    usize::from(choices.byte()) << (choices.byte() % shifts)
}

/// Words of the input in any order: what most text is like.
fn words(choices: &mut Choices<'_>) -> Vec<u8> {
    let words: Vec<&[u8]> = (0..8).map(|_| choices.bytes()).collect();
    let order = noise(choices.byte());
    // Words may be empty, so that they have to end.
    let size = size(choices, 9);
    let text = order
        .take(size)
        .flat_map(|byte| words[usize::from(byte) % words.len()]);
    text.copied().take(size).collect()
}

/// Xorshift: the same bytes for the same seed.
fn noise(seed: u8) -> impl Iterator<Item = u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15 ^ u64::from(seed);
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
}
