//! The text of documentation comments, in lines.

use textwrap::Options;
use user_events::catalog::model::{Choice, EventPage, Field, Kind};

/// A documentation comment. A blank line separates two paragraphs.
pub(super) struct Comment {
    paragraphs: Vec<String>,
    entries: Vec<String>,
}

impl Comment {
    pub(super) fn new(text: &str) -> Self {
        Self {
            paragraphs: vec![text.to_owned()],
            entries: Vec::new(),
        }
    }

    pub(super) fn and(mut self, text: impl Into<String>) -> Self {
        self.paragraphs.push(text.into());
        self
    }

    /// The first sentence is a paragraph of its own: the summary (PEP 257).
    pub(super) fn of_event(event: &EventPage) -> Self {
        let comment = match event.meaning.split_once(". ") {
            Some((summary, rest)) => Self::new(&format!("{summary}.")).and(rest),
            None => Self::new(&event.meaning),
        };
        match event.sunset_notice() {
            Some(notice) => comment.and(notice),
            None => comment,
        }
    }

    pub(super) fn of_field(field: &Field) -> Self {
        let comment = Self::new(&field.meaning);
        match field.kind {
            Kind::Time => comment.and("An RFC 3339 date-time in UTC with milliseconds."),
            Kind::OneOf => {
                let mut comment = comment.and("A later version may add other values than these:");
                comment.entries = field.values.iter().map(entry).collect();
                comment
            }
            _ => comment,
        }
    }

    /// The lines, none longer than that number of columns unless one word is.
    pub(super) fn lines(&self, columns: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in &self.paragraphs {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.extend(wrapped(paragraph, Options::new(columns)));
        }
        if !self.entries.is_empty() {
            lines.push(String::new());
        }
        for entry in &self.entries {
            let options = Options::new(columns).initial_indent("- ").subsequent_indent("  ");
            lines.extend(wrapped(entry, options));
        }
        lines
    }
}

fn entry(choice: &Choice) -> String {
    match choice.meaning.as_str() {
        "" => format!("`{}`", choice.value),
        meaning => format!("`{}`: {meaning}", choice.value),
    }
}

/// The text in lines. Breaks at blanks only: a hyphen may be part of a value.
fn wrapped<'a>(text: &'a str, options: Options<'a>) -> impl Iterator<Item = String> {
    let options = options
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::wrap(text, options)
        .into_iter()
        .map(|line| line.into_owned())
}
