//! Templates of keys: literals, and captures in braces.

/// A template: `USER#{userId}`.
///
/// A capture takes one or more characters, and no `#`; with a plus sign, `{path+}`, it takes any. It ends where the
/// literal after it occurs first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    Literal(String),
    /// A capture, by its place among the names of the rule.
    Capture {
        place: usize,
        any: bool,
    },
}

/// What the captures of a rule took, by the places of their names.
pub(super) type Captured<'k> = Vec<Option<&'k str>>;

impl Template {
    /// Reads a template. Names that are new are added to `names`.
    ///
    /// Fails with the reason.
    pub(super) fn parse(text: &str, names: &mut Vec<String>) -> Result<Self, &'static str> {
        let mut segments = Vec::new();
        let mut rest = text;
        while let Some((literal, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or("a `{` has no `}`")?;
            push_literal(&mut segments, literal)?;
            if matches!(segments.last(), Some(Segment::Capture { .. })) {
                return Err("two captures need a literal between them");
            }
            let (name, any) = name.strip_suffix('+').map_or((name, false), |name| (name, true));
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return Err("the name of a capture has letters, digits and `_` only");
            }
            let place = names.iter().position(|known| known == name).unwrap_or_else(|| {
                names.push(name.to_owned());
                names.len() - 1
            });
            segments.push(Segment::Capture { place, any });
            rest = after;
        }
        push_literal(&mut segments, rest)?;
        if segments.is_empty() {
            return Err("the template is empty");
        }
        Ok(Self(segments))
    }

    /// Whether the key has this form. What the captures take is written to their places; a name that has a text
    /// already must take the same.
    pub(super) fn matches<'k>(&self, key: &'k str, captured: &mut Captured<'k>) -> bool {
        let mut rest = key;
        let mut segments = self.0.iter().peekable();
        while let Some(segment) = segments.next() {
            let (place, any) = match segment {
                Segment::Literal(literal) => match rest.strip_prefix(literal.as_str()) {
                    Some(after) => {
                        rest = after;
                        continue;
                    }
                    None => return false,
                },
                Segment::Capture { place, any } => (*place, *any),
            };
            let next = segments.next();
            let taken = match next {
                None => Some((rest, "")),
                // The last literal is the end of the key.
                Some(Segment::Literal(literal)) if segments.peek().is_none() => {
                    rest.strip_suffix(literal.as_str()).map(|taken| (taken, ""))
                }
                Some(Segment::Literal(literal)) => rest.split_once(literal.as_str()),
                Some(Segment::Capture { .. }) => None,
            };
            let Some((taken, after)) = taken else {
                return false;
            };
            if taken.is_empty() || (!any && taken.contains('#')) {
                return false;
            }
            let Some(slot) = captured.get_mut(place) else {
                return false;
            };
            if slot.replace(taken).is_some_and(|earlier| earlier != taken) {
                return false;
            }
            rest = after;
        }
        rest.is_empty()
    }

    /// The text with the captures filled in; `None` when one took nothing.
    pub(super) fn fill(&self, captured: &Captured<'_>) -> Option<String> {
        let mut text = String::new();
        for segment in &self.0 {
            match segment {
                Segment::Literal(literal) => text.push_str(literal),
                Segment::Capture { place, .. } => text.push_str((*captured.get(*place)?)?),
            }
        }
        Some(text)
    }

    /// The places of its captures.
    pub(super) fn captures(&self) -> impl Iterator<Item = usize> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::Capture { place, .. } => Some(*place),
        })
    }

    /// Whether no text has the form of both.
    pub(super) fn excludes(&self, other: &Self) -> bool {
        let (own, others) = (self.ends(), other.ends());
        let begin = !own.0.starts_with(others.0) && !others.0.starts_with(own.0);
        let end = !own.1.ends_with(others.1) && !others.1.ends_with(own.1);
        let whole = |one: &Self, other: &Self| match one.0.as_slice() {
            [Segment::Literal(text)] => !other.matches(
                text,
                &mut vec![None; other.captures().max().map_or(0, |most| most + 1)],
            ),
            _ => false,
        };
        begin || end || whole(self, other) || whole(other, self)
    }

    /// The literals at both ends.
    fn ends(&self) -> (&str, &str) {
        (literal(self.0.first()), literal(self.0.last()))
    }
}

/// The text of a literal; empty for a capture.
fn literal(segment: Option<&Segment>) -> &str {
    match segment {
        Some(Segment::Literal(text)) => text,
        _ => "",
    }
}

fn push_literal(segments: &mut Vec<Segment>, text: &str) -> Result<(), &'static str> {
    if text.contains('}') {
        return Err("a `}` has no `{`");
    }
    if !text.is_empty() {
        segments.push(Segment::Literal(text.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured<'k>(template: &str, key: &'k str) -> Option<Vec<&'k str>> {
        let mut names = Vec::new();
        let template = Template::parse(template, &mut names).unwrap();
        let mut captured = vec![None; names.len()];
        template
            .matches(key, &mut captured)
            .then(|| captured.into_iter().flatten().collect())
    }

    #[test]
    fn a_capture_takes_one_or_more_characters_and_no_number_sign() {
        assert_eq!(captured("USER#{id}", "USER#1"), Some(vec!["1"]));
        assert_eq!(captured("{a}#{b}", "x#y"), Some(vec!["x", "y"]));
        assert_eq!(captured("{a}/{b}/end", "x/y/z/end"), Some(vec!["x", "y/z"]));
        assert_eq!(captured("S#{a}#E", "S#1#E"), Some(vec!["1"]));
        assert_eq!(captured("USER#{id+}", "USER#1#2"), Some(vec!["1#2"]));
        assert_eq!(captured("PROFILE", "PROFILE"), Some(vec![]));
        for (template, key) in [
            ("USER#{id}", "USER#"),
            ("USER#{id}", "USER#1#2"),
            ("USER#{id}", "user#1"),
            ("{a}#{b}", "x#y#z"),
            ("S#{a}#E", "S##E"),
            ("PROFILE", "PROFILES"),
        ] {
            assert_eq!(captured(template, key), None, "{template} {key}");
        }
    }

    #[test]
    fn a_name_that_comes_twice_takes_the_same_text() {
        let mut names = Vec::new();
        let partition = Template::parse("USER#{id}", &mut names).unwrap();
        let sort = Template::parse("#USER#{id}", &mut names).unwrap();
        assert_eq!(names, ["id"]);
        let both = |pk, sk| {
            let mut captured = vec![None; 1];
            partition.matches(pk, &mut captured) && sort.matches(sk, &mut captured)
        };
        assert!(both("USER#1", "#USER#1"));
        assert!(!both("USER#1", "#USER#2"));
    }

    #[test]
    fn a_malformed_template_is_refused() {
        for text in ["", "{", "{a", "a}", "{}", "{a b}", "{a}{b}", "{a++}", "a}{b}"] {
            assert!(Template::parse(text, &mut Vec::new()).is_err(), "{text}");
        }
    }

    #[test]
    fn templates_exclude_each_other_by_their_ends_or_as_a_whole() {
        let excludes = |one: &str, other: &str| {
            let parse = |text| Template::parse(text, &mut Vec::new()).unwrap();
            parse(one).excludes(&parse(other))
        };
        assert!(excludes("USER#{a}", "ROLE#{a}"));
        assert!(excludes("{a}#X", "{a}#Y"));
        assert!(excludes("PROFILE", "PROFILES"));
        assert!(excludes("X#1#2", "X#{a}"));
        assert!(!excludes("USER#{a}", "USER#{b}"));
        assert!(!excludes("USER#{a}", "{b}"));
        assert!(!excludes("USER#1", "USER#{b}"));
    }
}
