//! Random numbers from a seed: the same seed gives the same numbers on every machine.
//!
//! The stream of numbers must never change. Otherwise the seeds in documents and bug reports would replay other runs.

/// A generator of random numbers (SplitMix64).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator that starts from this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        scramble(self.0)
    }

    /// A number from 0 to one below the bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// `true` in `rate` of a thousand calls.
    pub fn per_mille(&mut self, rate: u64) -> bool {
        self.below(1_000) < rate
    }

    /// One of the values; `None` if there are none.
    pub fn pick<T: Copy>(&mut self, values: &[T]) -> Option<T> {
        let place = usize::try_from(self.below(values.len() as u64)).unwrap_or_default();
        values.get(place).copied()
    }
}

/// Mixes several numbers into one. A decision based on the result does not depend on the order of decisions.
pub(crate) fn mix(parts: &[u64]) -> u64 {
    parts.iter().fold(0x6A09_E667_F3BC_C909, |sum, part| {
        scramble(sum.rotate_left(7) ^ scramble(part.wrapping_add(0x9E37_79B9_7F4A_7C15)))
    })
}

/// The hash of a text (FNV-1a).
pub(crate) fn number_of(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

fn scramble(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}
