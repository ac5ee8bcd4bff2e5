//! A table and a queue in memory, of which nothing is kept.

use anyhow::Result;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;
use user_events_backfill::{Failure, Message, Options, Page, Position, Queue, Segment, Source};
use user_events_core::{Attribute, Image, Outcome};

/// A table that makes its rows when they are read.
pub(super) struct Generated(pub(super) u64);

impl Source for Generated {
    fn page<'a>(
        &'a self,
        segment: &'a Segment,
        after: Option<&'a Position>,
        rows: u32,
    ) -> BoxFuture<'a, Result<Page, Failure>> {
        let (of, own) = (u64::from(segment.of), u64::from(segment.segment));
        let begin = after.and_then(|position| position.0.as_u64()).unwrap_or_default();
        let all = (self.0 + of - 1 - own) / of;
        let end = (begin + u64::from(rows)).min(all);
        let items: Vec<_> = (begin..end).map(|place| row(place * of + own)).collect();
        let bytes: usize = items.iter().map(|(_, bytes)| bytes).sum();
        let page = Page {
            items: items.into_iter().map(|(row, _)| row).collect(),
            next: (end < all).then(|| Position(json!(end))),
            // A strongly consistent scan bills each begun 4 KB of a page.
            capacity: bytes.div_ceil(4_096) as f64,
            ..Page::default()
        };
        async move { Ok(page) }.boxed()
    }
}

/// A row, and its bytes: of the names and of the values (Amazon DynamoDB Developer Guide, *DynamoDB item sizes and formats*).
fn row(place: u64) -> (Image, usize) {
    let texts = [
        ("pk", format!("USER#user-{place}")),
        ("sk", "ACCOUNT".to_owned()),
        ("email", format!("user-{place}@example.com")),
        ("phoneNumber", "+1-202-555-0100".to_owned()),
        (
            "passwordHash",
            "$argon2id$v=19$m=65536,t=3,p=4$c3ludGhldGlj$aGFzaA".to_owned(),
        ),
        ("passwordChangedAt", "2026-03-01T11:59:59Z".to_owned()),
        ("status", "ACTIVE".to_owned()),
        ("registrationMethod", "PASSWORD".to_owned()),
        ("locale", "en-GB".to_owned()),
        ("createdAt", "2026-03-01T11:59:59Z".to_owned()),
        ("updatedAt", "2026-03-01T11:59:59Z".to_owned()),
    ];
    let flags = [("emailVerified", true), ("phoneVerified", false)];
    let bytes = texts
        .iter()
        .map(|(name, text)| name.len() + text.len())
        .sum::<usize>();
    let bytes = bytes + flags.iter().map(|(name, _)| name.len() + 1).sum::<usize>();
    let texts = texts
        .into_iter()
        .map(|(name, text)| (name.to_owned(), Attribute::S(text)));
    let flags = flags.map(|(name, flag)| (name.to_owned(), Attribute::Bool(flag)));
    (texts.chain(flags).collect(), bytes)
}

impl Generated {
    /// Makes all rows of a segment, and does nothing with them.
    pub(super) async fn read_all(&self, segment: &Segment) -> Result<()> {
        let mut after = None;
        loop {
            let page = self
                .page(segment, after.as_ref(), Options::default().page_rows)
                .await?;
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }
}

/// A queue that accepts everything and keeps nothing.
pub(super) struct Sink;

impl Queue for Sink {
    fn send<'a>(&'a self, messages: &'a [Message]) -> BoxFuture<'a, Result<Vec<Outcome>, Failure>> {
        async move { Ok(vec![Outcome::Accepted; messages.len()]) }.boxed()
    }
}
