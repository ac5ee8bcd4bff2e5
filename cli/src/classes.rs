//! Finds data classes by the names that people type.

use anyhow::{Result, bail};
use strsim::levenshtein;
use user_events_catalog::registrations;

use crate::catalog::model::Catalog;

/// A name at a larger edit distance is not suggested.
const FARTHEST: usize = 3;

/// A data class of the catalog, in any case.
///
/// Fails when there is none. The error suggests the class with a similar name, or with a member of a similar name.
pub(crate) fn class(name: &str) -> Result<&'static str> {
    let wanted = name.to_lowercase();
    let mut known = registrations().flat_map(|(_, registration)| registration.classes());
    if let Some(found) = known.find(|known| *known == wanted) {
        return Ok(found);
    }
    let catalog = Catalog::read()?;
    let names: Vec<_> = catalog.classes.iter().map(|class| class.name.as_str()).collect();
    let near = catalog.classes.iter().filter_map(|class| {
        let members = class.members.iter().map(|member| member.name.as_str());
        let candidates = members.chain([class.name.as_str()]);
        let nearest = candidates
            .map(|candidate| levenshtein(&wanted, &candidate.to_lowercase()))
            .min()?;
        (nearest <= FARTHEST).then_some((nearest, &class.name))
    });
    match near.min() {
        Some((_, near)) => bail!(
            "there is no such class; did you mean {near}? The classes are {}",
            names.join(", ")
        ),
        None => bail!("there is no such class; the classes are {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_class_is_answered_with_the_nearest() {
        for (name, nearest) in [
            ("emails", "contact"),
            ("contacts", "contact"),
            ("adress", "address"),
            ("ip-address", "network"),
        ] {
            let error = class(name).unwrap_err().to_string();
            assert!(error.contains(&format!("did you mean {nearest}?")), "{error}");
        }
        let error = class("something").unwrap_err().to_string();
        assert!(
            !error.contains("did you mean") && error.contains("contact, "),
            "{error}"
        );
        assert_eq!(class("Contact").unwrap(), "contact");
    }
}
