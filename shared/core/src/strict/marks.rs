//! Finds the bytes of a text that end a run of plain characters in a string.

use wide::u8x16;

/// The bytes that are tested at once.
pub(super) const BLOCK: usize = 64;
/// The bytes that one instruction of the processor tests.
const PIECE: usize = 16;
/// The last of the control characters, which no string may have (RFC 8259, section 7).
const LAST_CONTROL: u8 = 0x1f;
/// The number of no block.
const NONE: usize = usize::MAX;

/// The special bytes of a text, found block by block, as a reader comes to them.
#[derive(Debug)]
pub(super) struct Marks<'a> {
    blocks: &'a [[u8; BLOCK]],
    /// The marks of the bytes behind the last whole block.
    end: u64,
    /// The block that was tested last, and its marks; [`NONE`] before the first.
    last: usize,
    marks: u64,
}

impl<'a> Marks<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let (blocks, end) = text.as_bytes().as_chunks();
        Self {
            blocks,
            end: marks_of_end(end),
            last: NONE,
            marks: 0,
        }
    }

    /// The place of the first special byte that is not before this place; the length of the text, or more, if there is
    /// none.
    #[inline]
    pub(super) fn next(&mut self, place: usize) -> usize {
        let block = place / BLOCK;
        if self.last == block {
            let marks = self.marks & (u64::MAX << (place % BLOCK));
            if marks != 0 {
                return block * BLOCK + marks.trailing_zeros() as usize;
            }
        }
        self.search(place)
    }

    /// Does the same in the blocks that were not tested yet. It is never inlined, so that the part that most strings need
    /// stays small.
    #[inline(never)]
    fn search(&mut self, place: usize) -> usize {
        let mut block = place / BLOCK;
        let mut from = u64::MAX << (place % BLOCK);
        if self.last == block {
            (block, from) = (block + 1, u64::MAX);
        }
        loop {
            let marks = self.blocks.get(block).map_or(self.end, marks);
            let wanted = marks & from;
            if wanted != 0 {
                (self.last, self.marks) = (block, marks);
                return block * BLOCK + wanted.trailing_zeros() as usize;
            }
            (block, from) = (block + 1, u64::MAX);
        }
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
    (byte == b'"') | (byte == b'\\') | (byte <= LAST_CONTROL)
}

/// A bit for each byte of a block that is special, from the lowest.
#[inline]
pub(super) fn marks(block: &[u8; BLOCK]) -> u64 {
    let (pieces, _) = block.as_chunks::<PIECE>();
    let pieces = pieces.iter().enumerate();
    pieces.fold(0, |marks, (place, piece)| {
        marks | u64::from(marks_of_piece(*piece)) << (place * PIECE)
    })
}

/// The marks of a piece.
#[inline]
fn marks_of_piece(piece: [u8; PIECE]) -> u32 {
    let piece = u8x16::new(piece);
    let is_control = piece.min(u8x16::splat(LAST_CONTROL)).simd_eq(piece);
    let is_quote = piece.simd_eq(u8x16::splat(b'"'));
    let is_backslash = piece.simd_eq(u8x16::splat(b'\\'));
    (is_control | is_quote | is_backslash).to_bitmask()
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
