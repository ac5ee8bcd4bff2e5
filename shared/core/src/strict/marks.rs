//! Finds the bytes of a text that end a run of plain characters in a string.

/// The bytes that are tested at once.
pub(super) const BLOCK: usize = 64;

/// The special bytes of a text, found block by block, as a reader comes to them.
#[derive(Debug)]
pub(super) struct Marks<'a> {
    bytes: &'a [u8],
    /// The block that was tested last, and its marks.
    last: Option<usize>,
    marks: u64,
}

impl<'a> Marks<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            last: None,
            marks: 0,
        }
    }

    /// The place of the first special byte that is not before this place; the length of the text, or more, if there is
    /// none.
    #[inline]
    pub(super) fn next(&mut self, place: usize) -> usize {
        let mut block = place / BLOCK;
        let mut marks = self.marks_of(block) & (u64::MAX << (place % BLOCK));
        while marks == 0 {
            block += 1;
            marks = self.marks_of(block);
        }
        block * BLOCK + marks.trailing_zeros() as usize
    }

    #[inline]
    fn marks_of(&mut self, block: usize) -> u64 {
        if self.last != Some(block) {
            self.last = Some(block);
            let rest = self.bytes.get(block * BLOCK..).unwrap_or_default();
            self.marks = rest.first_chunk().map_or_else(|| marks_of_end(rest), marks);
        }
        self.marks
    }
}

/// The marks of the last bytes. What is after them counts as special.
fn marks_of_end(bytes: &[u8]) -> u64 {
    let mut block = [0; BLOCK];
    for (byte, end) in block.iter_mut().zip(bytes) {
        *byte = *end;
    }
    marks(&block)
}

/// Whether a byte of a string does not stand for itself: a quotation mark, a backslash, or a control character.
#[inline]
pub(super) fn is_special(byte: u8) -> bool {
    (byte == b'"') | (byte == b'\\') | (byte < 0x20)
}

/// A bit for each byte of a block that is special, from the lowest. It has no branches, so that the compiler tests many
/// bytes with each instruction.
#[inline]
pub(super) fn marks(block: &[u8; BLOCK]) -> u64 {
    /// The bytes of which the marks are gathered at once.
    const WORD: usize = 8;
    /// Moves the lowest bit of each byte of a word to the highest byte, when it is multiplied.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let special = block.map(|byte| u8::from(is_special(byte)));
    let words = special.as_chunks::<WORD>().0.iter();
    let bits = words.map(|word| u64::from_le_bytes(*word).wrapping_mul(GATHER) >> 56);
    bits.enumerate()
        .fold(0, |marks, (place, bits)| marks | bits << (place * WORD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_at_every_place_is_marked_if_it_is_special() {
        for byte in 0..=u8::MAX {
            for place in 0..BLOCK {
                let mut block = [b'a'; BLOCK];
                block[place] = byte;
                let expected = u64::from(is_special(byte)) << place;
                assert_eq!(marks(&block), expected, "{byte} at {place}");
            }
        }
        assert_eq!(marks(&[b'"'; BLOCK]), u64::MAX);
    }

    #[test]
    fn the_next_mark_is_found_in_each_block_and_at_the_end() {
        for length in [0, 1, 63, 64, 65, 127, 128, 200] {
            let mut text = "a".repeat(length);
            text.push('"');
            text.push_str(&"b".repeat(100));
            let mut marks = Marks::new(&text);
            for place in [0, length / 2, length] {
                assert_eq!(marks.next(place), length);
            }
            assert!(marks.next(length + 1) >= text.len());
            assert!(marks.next(text.len()) >= text.len());
        }
    }
}
