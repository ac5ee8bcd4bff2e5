//! An attribute of a kind of row, and the names under which other tables keep it.

/// What an attribute of a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::map::infer) enum Content {
    Text,
    /// A text that is published unencrypted, so it must be a code.
    Code,
    Flag,
    Count,
    Time,
}

/// What is written if the items have no such attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::map::infer) enum Missing {
    /// Nothing: it is optional.
    Nothing,
    /// The time of the change, and what that means.
    Recorded(&'static str),
    /// A constant, and what that means.
    Constant(&'static str, &'static str),
    /// The rule cannot be used.
    Unusable,
}

/// An attribute of a row.
#[derive(Debug, Clone, Copy)]
pub(in crate::map::infer) struct Column {
    pub(in crate::map::infer) name: &'static str,
    pub(in crate::map::infer) content: Content,
    /// The names under which it is found, in normal form.
    pub(in crate::map::infer) names: &'static [&'static str],
    pub(in crate::map::infer) missing: Missing,
}

pub(super) const fn optional(name: &'static str, content: Content, names: &'static [&'static str]) -> Column {
    Column {
        name,
        content,
        names,
        missing: Missing::Nothing,
    }
}

pub(super) const fn required(
    name: &'static str,
    content: Content,
    names: &'static [&'static str],
    missing: Missing,
) -> Column {
    Column {
        name,
        content,
        names,
        missing,
    }
}

pub(super) const CREATED: &[&str] = &[
    "createdat",
    "created",
    "creationdate",
    "createddate",
    "datecreated",
    "createdon",
    "createtime",
    "creationtime",
    "registeredat",
    "signupdate",
    "joinedat",
    "insertedat",
    "ct",
];
pub(super) const UPDATED: &[&str] = &[
    "updatedat",
    "updated",
    "modifiedat",
    "modified",
    "lastmodified",
    "lastmodifiedat",
    "updatedon",
    "dateupdated",
    "lastupdated",
    "modifieddate",
    "updatetime",
    "md",
    "lastchangedat",
];
pub(super) const NOTHING_SAYS_CREATED: Missing =
    Missing::Recorded("Nothing says when this was created; `recorded` is the time of each change.");
pub(super) const NOTHING_SAYS_UPDATED: Missing =
    Missing::Recorded("Nothing says when this was written; `recorded` is the time of the change.");
