//! An inflater that is written to be obvious, and that refuses every reference beyond its window.

/// What was inflated so far, and how far back references may go.
pub(super) struct Window {
    size: usize,
    output: Vec<u8>,
}

/// The bits of a message, and of the tail that was removed from it (RFC 7692 7.2.2).
struct Bits {
    bytes: Vec<u8>,
    at: usize,
}

/// A canonical Huffman code (RFC 1951 3.2.2): for each length the first code and the symbols.
struct Code(Vec<Vec<usize>>);

impl Window {
    pub(super) fn new(bits: u8) -> Self {
        Window {
            size: 1 << bits,
            output: Vec::new(),
        }
    }

    pub(super) fn forget(&mut self) {
        self.output.clear();
    }

    /// Inflates one message; panics where it is no valid one.
    pub(super) fn inflate(&mut self, message: &[u8]) -> Vec<u8> {
        let bytes = [message, b"\x00\x00\xff\xff"].concat();
        let mut bits = Bits { bytes, at: 0 };
        let start = self.output.len();
        while bits.at < 8 * bits.bytes.len() {
            assert_eq!(bits.take(1), 0, "a final block");
            match bits.take(2) {
                0 => self.stored(&mut bits),
                1 => {
                    let lengths = [[8; 144].as_slice(), &[9; 112], &[7; 24], &[8; 8]].concat();
                    self.block(&mut bits, &Code::new(&lengths), &Code::new(&[5; 30]));
                }
                2 => {
                    let (literals, distances) = dynamic(&mut bits);
                    self.block(&mut bits, &literals, &distances);
                }
                kind => panic!("a block of kind {kind}"),
            }
        }
        let inflated = self.output[start..].to_vec();
        // A reference never sees more than this.
        let surplus = self.output.len().saturating_sub(self.size);
        self.output.drain(..surplus);
        inflated
    }

    fn stored(&mut self, bits: &mut Bits) {
        bits.at = bits.at.next_multiple_of(8);
        let length = bits.take(16);
        assert_eq!(length ^ bits.take(16), 0xffff);
        let start = bits.at / 8;
        self.output.extend(&bits.bytes[start..start + length]);
        bits.at += 8 * length;
    }

    /// RFC 1951 3.2.5.
    fn block(&mut self, bits: &mut Bits, literals: &Code, distances: &Code) {
        loop {
            match literals.take(bits) {
                byte @ 0..=255 => self.output.push(byte as u8),
                256 => return,
                symbol => {
                    let length = match symbol - 257 {
                        28 => 258,
                        code => 3 + extended(code, 4, bits),
                    };
                    let code = distances.take(bits);
                    let distance = 1 + extended(code, 2, bits);
                    assert!(distance <= self.size, "{distance} of {}", self.size);
                    for _ in 0..length {
                        self.output.push(self.output[self.output.len() - distance]);
                    }
                }
            }
        }
    }
}

/// Lengths and distances alike: the first `2 * group` codes mean themselves, and each further `group` of codes has one extra bit more.
fn extended(code: usize, group: usize, bits: &mut Bits) -> usize {
    if code < 2 * group {
        return code;
    }
    let extra = code / group - 1;
    ((group + code % group) << extra) + bits.take(extra)
}

/// RFC 1951 3.2.7.
fn dynamic(bits: &mut Bits) -> (Code, Code) {
    const ORDER: [usize; 19] = [
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
    ];
    let literals = 257 + bits.take(5);
    let distances = 1 + bits.take(5);
    let mut lengths = [0; 19];
    for place in &ORDER[..4 + bits.take(4)] {
        lengths[*place] = bits.take(3);
    }
    let code = Code::new(&lengths);
    let mut lengths = Vec::new();
    while lengths.len() < literals + distances {
        let (length, times) = match code.take(bits) {
            16 => (*lengths.last().unwrap(), 3 + bits.take(2)),
            17 => (0, 3 + bits.take(3)),
            18 => (0, 11 + bits.take(7)),
            length => (length, 1),
        };
        lengths.extend(vec![length; times]);
    }
    let (literals, distances) = lengths.split_at(literals);
    (Code::new(literals), Code::new(distances))
}

impl Code {
    fn new(lengths: &[usize]) -> Self {
        let of_length = |length| {
            let symbols = (0..lengths.len()).filter(|symbol| lengths[*symbol] == length);
            symbols.collect()
        };
        Code((1..=15).map(of_length).collect())
    }

    fn take(&self, bits: &mut Bits) -> usize {
        let (mut code, mut first) = (0, 0);
        for symbols in &self.0 {
            code = code << 1 | bits.take(1);
            if code < first + symbols.len() {
                return symbols[code - first];
            }
            first = (first + symbols.len()) << 1;
        }
        panic!("no such code")
    }
}

impl Bits {
    fn take(&mut self, count: usize) -> usize {
        let mut value = 0;
        for place in 0..count {
            let bit = usize::from(self.bytes[self.at / 8] >> (self.at % 8) & 1);
            value |= bit << place;
            self.at += 1;
        }
        value
    }
}
