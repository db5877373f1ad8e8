//! Masking (RFC 6455 5.3): every byte that a client sends is XORed with a key of its frame.

/// Where masking keys come from.
pub(crate) trait MaskKeys {
    /// The key of the next frame.
    ///
    /// RFC 6455 5.3: "The masking key needs to be unpredictable; thus, the masking key MUST be derived from a strong
    /// source of entropy". 10.3 says why: a key that an attacker foresees lets him choose the bytes on the wire.
    fn next_key(&mut self) -> [u8; 4];
}

/// The key of a frame twice, turned so that its lowest byte is the one for the frame's next byte.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mask(u64);

impl Mask {
    pub(super) fn new(key: [u8; 4]) -> Self {
        let key = u64::from(u32::from_le_bytes(key));
        Mask(key << 32 | key)
    }

    /// Copies the next bytes of the frame, masked. Both slices have the same length.
    ///
    /// RFC 6455 5.3: "Octet i of the transformed data is the XOR of octet i of the original data with octet at index
    /// i modulo 4 of the masking key".
    #[inline]
    pub(super) fn copy(&mut self, plain: &[u8], masked: &mut [u8]) {
        assert_eq!(plain.len(), masked.len());
        // Taken whole before it is written: a shape that the compiler turns into vector instructions without first asking
        // whether the two overlap.
        let (plain_blocks, plain_rest) = plain.as_chunks::<32>();
        let (masked_blocks, masked_rest) = masked.as_chunks_mut::<32>();
        for (plain, masked) in plain_blocks.iter().zip(masked_blocks) {
            let mut block = *plain;
            self.mask(&mut block);
            *masked = block;
        }
        if !plain_rest.is_empty() {
            masked_rest.copy_from_slice(plain_rest);
            self.apply(masked_rest);
        }
    }

    /// Masks the next bytes of the frame where they are.
    pub(super) fn apply(&mut self, bytes: &mut [u8]) {
        self.mask(bytes);
        // So many bytes of the frame are done.
        self.0 = self.0.rotate_right(8 * (bytes.len() % 4) as u32);
    }

    #[inline]
    fn mask(&self, bytes: &mut [u8]) {
        let (words, rest) = bytes.as_chunks_mut::<8>();
        for word in words {
            *word = (u64::from_le_bytes(*word) ^ self.0).to_le_bytes();
        }
        for (byte, key) in rest.iter_mut().zip(self.0.to_le_bytes()) {
            *byte ^= key;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rfcs_example_is_masked_as_printed() {
        // RFC 6455 5.7: "A single-frame masked text message".
        let mut masked = [0; 5];
        Mask::new([0x37, 0xfa, 0x21, 0x3d]).copy(b"Hello", &mut masked);
        assert_eq!(masked, [0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    }

    #[test]
    fn any_length_in_any_pieces_is_masked_alike() {
        let key = [0x01, 0x20, 0x48, 0x80];
        let plain: Vec<u8> = (0..80).map(|byte| byte * 3).collect();
        for length in 0..plain.len() {
            let plain = &plain[..length];
            let wanted: Vec<u8> = plain
                .iter()
                .zip(key.iter().cycle())
                .map(|(byte, key)| byte ^ key)
                .collect();
            for cut in 0..=length {
                let mut mask = Mask::new(key);
                let mut masked = vec![0; length];
                mask.copy(&plain[..cut], &mut masked[..cut]);
                mask.copy(&plain[cut..], &mut masked[cut..]);
                assert_eq!(masked, wanted, "{length} bytes, cut at {cut}");

                let mut mask = Mask::new(key);
                let mut masked = plain.to_vec();
                mask.apply(&mut masked[..cut]);
                mask.apply(&mut masked[cut..]);
                assert_eq!(masked, wanted, "{length} bytes in place, cut at {cut}");
            }
        }
    }
}
