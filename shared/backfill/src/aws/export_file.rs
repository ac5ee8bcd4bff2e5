//! A file of an export, read line by line.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use user_events_core::Image;

use super::object::object;
use super::refusal::failure;
use crate::edge::failure::{Cause, Failure};
use crate::edge::source::Position;
use crate::lines::Lines;

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(rename = "Item", borrow)]
    item: &'a RawValue,
}

/// The place after a line: the file among those of the segment, and how many of its lines were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) file: usize,
    pub(super) line: u64,
}

/// A file that is being read.
pub(super) struct Reader {
    pub(super) place: Place,
    body: ByteStream,
    lines: Lines,
}

impl Reader {
    /// A reader of this file at this place: it passes over the lines before it.
    pub(super) async fn open(
        client: &Client,
        bucket: &str,
        file: &str,
        place: Place,
    ) -> Result<Self, Failure> {
        let mut reader = Self {
            place: Place {
                file: place.file,
                line: 0,
            },
            body: object(client, bucket, file).await?,
            lines: Lines::default(),
        };
        while reader.place.line < place.line && reader.next().await?.is_some() {}
        Ok(reader)
    }

    /// The next line; `None` at the end of the file.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        loop {
            if let Some(line) = self.lines.next() {
                self.place.line += 1;
                return Ok(Some(line));
            }
            let chunk = self.body.try_next().await;
            let chunk = chunk.map_err(|_| failure(None, "a read of the export"))?;
            let Some(chunk) = chunk else {
                let last = self.lines.take_rest();
                self.place.line += u64::from(last.is_some());
                return Ok(last);
            };
            self.lines.push(&chunk).map_err(|_| {
                Failure::new(
                    Cause::Final,
                    "a file of the export cannot be decompressed: export the table again",
                )
            })?;
        }
    }
}

impl Place {
    /// The place after the line in a checkpoint; the beginning without one.
    ///
    /// Fails when the checkpoint holds another position.
    pub(super) fn from_position(position: Option<&Position>) -> Result<Self, Failure> {
        let message = "the position in the checkpoint is none of an export: start a new run";
        match position {
            Some(position) => Self::deserialize(&position.0).map_err(|_| Failure::new(Cause::Final, message)),
            None => Ok(Self::default()),
        }
    }

    /// The place as a checkpoint keeps it.
    pub(super) fn position(self) -> Position {
        Position(serde_json::json!({ "file": self.file, "line": self.line }))
    }
}

/// The item of a line. `None` when the line is no item in DynamoDB JSON.
pub(super) fn item(line: &[u8]) -> Option<Image> {
    let line: Line<'_> = serde_json::from_slice(line).ok()?;
    Image::from_dynamodb_json(line.item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_item_in_dynamodb_json() {
        let image = item(br#"{"Item":{"pk":{"S":"USER#1"},"n":{"N":"1.50"}}}"#).unwrap();
        assert_eq!(image.text("pk"), Some("USER#1"));
        for other in [&b"{}"[..], b"{\"Item\":1}", b"x"] {
            assert!(item(other).is_none());
        }
    }
}
