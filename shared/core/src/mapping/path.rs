//! Paths into the maps of an item.

use std::fmt;

use crate::stream::attribute::{Attribute, Image};

/// The names of nested maps, and of the attribute in the innermost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    root: String,
    below: Vec<String>,
}

impl Path {
    /// The path with these names. `None` when there is none, or an empty one.
    pub(super) fn new(names: impl IntoIterator<Item = String>) -> Option<Self> {
        let mut names = names.into_iter();
        let (root, below) = (names.next()?, names.collect::<Vec<_>>());
        let named = !root.is_empty() && below.iter().all(|name| !name.is_empty());
        named.then_some(Self { root, below })
    }

    /// The path in its written form: names with dots between them.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::new(text.split('.').map(str::to_owned))
    }

    /// The name of the item's attribute.
    pub(super) fn root(&self) -> &str {
        &self.root
    }

    /// The attribute of the item. `None` when it is absent or `NULL`.
    pub(super) fn find<'a>(&self, image: &'a Image) -> Option<&'a Attribute> {
        descend(image.get(&self.root)?, &self.below)
    }

    /// The attribute within an element, which is a map. `None` when it is absent or `NULL`.
    pub(super) fn find_within<'a>(&self, element: &'a Attribute) -> Option<&'a Attribute> {
        descend(child(element, &self.root)?, &self.below)
    }
}

fn descend<'a>(attribute: &'a Attribute, below: &[String]) -> Option<&'a Attribute> {
    below
        .iter()
        .try_fold(attribute, |attribute, name| child(attribute, name))
}

fn child<'a>(attribute: &'a Attribute, name: &str) -> Option<&'a Attribute> {
    match attribute {
        Attribute::M(members) => members
            .get(name)
            .filter(|member| !matches!(member, Attribute::Null(_))),
        _ => None,
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root)?;
        self.below.iter().try_for_each(|name| write!(f, ".{name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_into_maps_and_null_is_absent() {
        let inner = [
            ("b".to_owned(), Attribute::S("found".into())),
            ("n".to_owned(), Attribute::Null(true)),
        ];
        let image: Image = [("a".to_owned(), Attribute::M(inner.into()))]
            .into_iter()
            .collect();
        let find = |path: &str| {
            Path::parse(path)
                .unwrap()
                .find(&image)
                .and_then(Attribute::as_text)
        };
        assert_eq!(find("a.b"), Some("found"));
        for absent in ["a", "a.n", "a.c", "a.b.c", "b"] {
            assert_eq!(find(absent), None, "{absent}");
        }
        for malformed in ["", ".", "a.", ".a", "a..b"] {
            assert_eq!(Path::parse(malformed), None, "{malformed}");
        }
    }
}
