//! Payloads as they are on the web: JSON texts, each another one, the same in every process.

use zlib_rs::{Deflate, DeflateConfig, DeflateFlush};

use crate::rows::Deflation;

/// Together several times what the largest window holds, so that no message is a repetition.
const TOGETHER: usize = 1 << 20;

const WORDS: [&str; 32] = [
    "amber", "basket", "cloud", "delta", "ember", "forest", "garden", "harbour", "island",
    "jacket", "kettle", "lantern", "meadow", "needle", "orchard", "paper", "quarry", "river",
    "signal", "timber", "umbrella", "valley", "window", "yellow", "zephyr", "anchor", "bridge",
    "copper", "dragon", "engine", "feather", "granite",
];

/// The messages of a row with compression.
pub(crate) fn texts(size: usize) -> Vec<Vec<u8>> {
    let mut seed = Seed(0x9e37_79b9_7f4a_7c15);
    (0..TOGETHER / size)
        .map(|_| text(&mut seed, size))
        .collect()
}

/// What each message becomes, without the tail that RFC 7692 7.2.1 takes off.
pub(crate) fn compressed(texts: &[Vec<u8>], deflation: &Deflation) -> Vec<Vec<u8>> {
    let mut codec = codec(deflation);
    let compress = |text: &Vec<u8>| {
        let mut output = vec![0; text.len() + 1024];
        let length = compress(&mut codec, text, &mut output, deflation);
        output.truncate(length);
        output
    };
    texts.iter().map(compress).collect()
}

pub(crate) fn codec(deflation: &Deflation) -> Deflate {
    Deflate::new_with_config(DeflateConfig {
        level: deflation.level,
        window_bits: -15,
        ..DeflateConfig::default()
    })
}

/// Answers how long the compressed message is.
pub(crate) fn compress(
    codec: &mut Deflate,
    text: &[u8],
    output: &mut [u8],
    deflation: &Deflation,
) -> usize {
    let before = codec.total_out();
    let _ = codec.compress(text, output, DeflateFlush::SyncFlush);
    let length = (codec.total_out() - before) as usize;
    if !deflation.context {
        codec.reset();
    }
    length - TAIL.len()
}

pub(crate) const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

fn text(seed: &mut Seed, size: usize) -> Vec<u8> {
    let mut text = String::from("[");
    while text.len() < size {
        let (id, user, price, at) = (seed.next(), seed.next(), seed.next(), seed.next());
        text += &format!(
            r#"{{"id":{},"user":"{}-{}","active":{},"price":{}.{:02},"at":"2025-{:02}-{:02}T{:02}:{:02}:00Z","tags":["{}","{}"],"note":"{} {} {} {}"}},"#,
            id % 10_000_000,
            seed.word(),
            user % 1000,
            user % 3 != 0,
            price % 1000,
            price % 97,
            at % 12 + 1,
            at % 28 + 1,
            at % 24,
            at % 60,
            seed.word(),
            seed.word(),
            seed.word(),
            seed.word(),
            seed.word(),
            seed.word(),
        );
    }
    text.truncate(size);
    text.into_bytes()
}

/// Marsaglia's xorshift: not random, but no pattern that deflate would find.
struct Seed(u64);

impl Seed {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 16
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.next() as usize % WORDS.len()]
    }
}
