//! The versions of an event: the types beside it, and the releases of its schema.

use std::path::Path;

use maud::{Markup, html};

use super::content::Site;
use user_events::catalog::model::EventPage;

impl Site<'_> {
    /// The types of the same name, and what each release did to the schema.
    pub(super) fn versions(&self, event: &EventPage) -> Markup {
        html! {
            section class="part" id="versions" aria-labelledby="versions-title" {
                h2 id="versions-title" { "Versions" }
                @if event.versions.len() > 1 {
                    p { "In the catalogue side by side, all of them published:" }
                    ul {
                        @for version in &event.versions {
                            li {
                                (self.prose("../", &format!("`{version}`")))
                                @if *version == event.event_type { ", this one" }
                            }
                        }
                    }
                } @else {
                    p { "Version " (event.version) " is the only one." }
                }
                @let history = self.history(event);
                @if history.is_empty() {
                    p { "Its schema is not released yet: until its first release it may still change in any way." }
                } @else {
                    table role="table" {
                        caption { "The releases of its schema, the latest first" }
                        thead role="rowgroup" {
                            tr role="row" {
                                th scope="col" role="columnheader" { "Release" }
                                th scope="col" role="columnheader" { "The schema" }
                            }
                        }
                        tbody role="rowgroup" {
                            @for (version, change) in history {
                                tr role="row" {
                                    th scope="row" role="rowheader" {
                                        a href={ "../schemas/released/" (version) "/" (event.schema_path) } { (version) }
                                    }
                                    td role="cell" { (change) }
                                }
                            }
                        }
                    }
                }
                p {
                    "Within a version only what its readers survive may change. Anything else is a new type beside this one, and this one then "
                    "gets a last day."
                }
            }
        }
    }

    /// The releases that hold the event, the latest first, and what each did to its schema.
    fn history(&self, event: &EventPage) -> Vec<(&str, &'static str)> {
        let mut history = Vec::new();
        let mut before: Option<&str> = None;
        for release in &self.releases {
            let Some(schema) = release.schemas.get(Path::new(&event.schema_path)) else {
                continue;
            };
            let change = match before {
                None => "released for the first time",
                Some(earlier) if earlier == schema.as_str() => "as before",
                Some(_) => "changed in a way that readers survive",
            };
            history.push((release.version.as_str(), change));
            before = Some(schema.as_str());
        }
        history.reverse();
        history
    }
}
