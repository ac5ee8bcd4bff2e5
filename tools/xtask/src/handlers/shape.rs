//! What the handlers of an event do, in any language.

use user_events::catalog::model::{EventPage, Field, Kind};

/// The handler of an event.
pub(super) struct Shape<'a> {
    /// The event.
    pub event: &'a EventPage,
    /// The row that it writes.
    pub row: Row,
    /// The fields of `data` that it stores.
    pub fields: Vec<&'a Field>,
    /// The classes that it opens, each with the members that it stores.
    pub classes: Vec<&'a Field>,
}

/// The row that a handler writes.
pub(super) enum Row {
    /// A row of an outbox: one for each event.
    Outbox,
    /// The row that a snapshot event describes; each event of the row has the same sort key.
    State(Vec<Part>),
    /// A row of an outbox with the callback of a thin event.
    Callback,
}

/// A part of a sort key.
pub(super) enum Part {
    /// As it is.
    Text(String),
    /// The value of the field with this name.
    Field(String),
}

impl<'a> Shape<'a> {
    /// The handler of the event with its data.
    pub(super) fn new(event: &'a EventPage) -> Self {
        let (classes, fields): (Vec<&Field>, Vec<&Field>) =
            event.fields.iter().partition(|field| field.kind == Kind::Sealed);
        Self {
            event,
            row: if event.is_of_snapshot {
                Row::State(sort_key(event))
            } else {
                Row::Outbox
            },
            fields,
            classes,
        }
    }

    /// The handler of the thin form.
    pub(super) fn thin(event: &'a EventPage) -> Self {
        Self {
            event,
            row: Row::Callback,
            fields: Vec::new(),
            classes: Vec::new(),
        }
    }

    /// What the handler does, in sentences.
    pub(super) fn purpose(&self) -> Vec<&'static str> {
        let mut purpose = match self.row {
            Row::Outbox => vec!["Writes a row into an outbox; another process acts on it."],
            Row::State(_) => vec!["Stores the row whole, as the snapshot describes it."],
            Row::Callback => vec!["Writes the callback into an outbox; another process asks it and acts."],
        };
        if !self.classes.is_empty() {
            purpose.push("The row holds personal data: delete it at `UserErasedEventV1`.");
        }
        purpose
    }

    /// The names of the classes that the consumer requires.
    pub(super) fn class_names(&self) -> impl Iterator<Item = &'a str> {
        self.classes.iter().map(|class| class.name.as_str())
    }
}

/// The sort key of the row: the path below the subject's resource, such as `addresses/<addressId>`, or else the last word of
/// the event's name.
fn sort_key(event: &EventPage) -> Vec<Part> {
    let resource = event
        .thin
        .resources
        .first()
        .map(String::as_str)
        .unwrap_or_default();
    let below: Vec<_> = resource.split('/').skip(3).collect();
    if below.is_empty() {
        let name = event.name.trim_start_matches("User");
        let name = name.strip_suffix("Snapshot").unwrap_or(name);
        return vec![Part::Text(name.to_lowercase())];
    }
    let mut parts = Vec::new();
    for (place, segment) in below.into_iter().enumerate() {
        let slash = if place == 0 { "" } else { "/" };
        match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => parts.extend([Part::Text(slash.to_owned()), Part::Field(name.to_owned())]),
            None => parts.push(Part::Text(format!("{slash}{segment}"))),
        }
    }
    parts
}

/// A name with a capital first letter: `Contact` for the class `contact`.
pub(super) fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// A camel-case name in snake case: `user_id` for `userId`.
pub(super) fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (place, letter) in name.char_indices() {
        if letter.is_uppercase() && place > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
