//! The lines of a compressed file, as its bytes arrive.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

/// The lines of a file that gzip compressed. It keeps what arrived and was not taken, and no more.
#[derive(Debug)]
pub(crate) struct Lines {
    decoder: MultiGzDecoder<Vec<u8>>,
    /// How much of the decoded bytes was taken.
    taken: usize,
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            decoder: MultiGzDecoder::new(Vec::new()),
            taken: 0,
        }
    }
}

impl Lines {
    /// Adds bytes of the file.
    ///
    /// Fails when gzip did not write them.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.decoder.get_mut().drain(..self.taken);
        self.taken = 0;
        self.decoder.write_all(bytes)?;
        // What the decoder holds back belongs to the lines that are there already.
        self.decoder.flush()
    }

    /// The next line that arrived whole and is not empty.
    pub(crate) fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            let rest = self.decoder.get_ref().get(self.taken..)?;
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            let line = rest.get(..end)?.to_vec();
            self.taken += end + 1;
            if !line.is_empty() {
                return Some(line);
            }
        }
    }

    /// What is left at the end of the file: a last line without a line feed. `None` when there is none.
    pub(crate) fn take_rest(&mut self) -> Option<Vec<u8>> {
        let rest = self.decoder.get_ref().get(self.taken..)?.to_vec();
        self.taken += rest.len();
        (!rest.is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn compressed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn lines_come_whole_however_the_bytes_arrive() {
        let file = compressed("one\ntwo\n\nthree");
        for size in [1, 2, 7, file.len()] {
            let (mut lines, mut read) = (Lines::default(), Vec::new());
            for chunk in file.chunks(size) {
                lines.push(chunk).unwrap();
                while let Some(line) = lines.next() {
                    read.push(String::from_utf8(line).unwrap());
                }
            }
            let last = lines.take_rest().unwrap();
            read.push(String::from_utf8(last).unwrap());
            assert_eq!(lines.take_rest(), None);
            assert_eq!(read, ["one", "two", "three"], "{size} bytes at a time");
        }
    }

    #[test]
    fn what_was_taken_is_not_kept() {
        let line = format!("{}\n", "x".repeat(999));
        let file = compressed(&line.repeat(1_000));
        let mut lines = Lines::default();
        let mut most = 0;
        for chunk in file.chunks(64) {
            lines.push(chunk).unwrap();
            while lines.next().is_some() {}
            most = most.max(lines.decoder.get_ref().len());
        }
        assert!(most < 200_000, "{most} of 1,000,000 bytes were kept");
    }

    #[test]
    fn other_bytes_are_refused() {
        assert!(Lines::default().push(b"{\"Item\":{}}\n").is_err());
    }
}
