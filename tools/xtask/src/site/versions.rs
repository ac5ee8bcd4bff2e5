//! The versions of an event: the types with the same name, and the releases of its schema.

use std::path::Path;

use maud::{Markup, html};

use super::content::Site;
use user_events::catalog::model::EventPage;

impl Site<'_> {
    /// The types with the same name, and the effect of each release on the schema.
    pub(super) fn versions(&self, event: &EventPage) -> Markup {
        html! {
            section class="part" id="versions" aria-labelledby="versions-title" {
                h2 id="versions-title" { "Versions" }
                @if event.versions.len() > 1 {
                    p { "All these versions are published, side by side:" }
                    ul {
                        @for version in &event.versions {
                            li {
                                (self.prose("../", &format!("`{version}`")))
                                @if *version == event.event_type { ", this one" }
                            }
                        }
                    }
                } @else {
                    p { "Version " (event.version) " is the only version." }
                }
                @let history = self.history(event);
                @if history.is_empty() {
                    p { "The schema is not released yet. Until its first release it may change in any way." }
                } @else {
                    table role="table" {
                        caption { "The releases of its schema, latest first" }
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
                    "Within a version only compatible changes are allowed. Any other change adds a new type next to this one, and this type then gets "
                    "a last day of publication."
                }
            }
        }
    }

    /// The releases that contain the event, latest first, each with its effect on the schema.
    fn history(&self, event: &EventPage) -> Vec<(&str, &'static str)> {
        let mut history = Vec::new();
        let mut before: Option<&str> = None;
        for release in &self.releases {
            let Some(schema) = release.schemas.get(Path::new(&event.schema_path)) else {
                continue;
            };
            let change = match before {
                None => "first release",
                Some(earlier) if earlier == schema.as_str() => "unchanged",
                Some(_) => "changed compatibly",
            };
            history.push((release.version.as_str(), change));
            before = Some(schema.as_str());
        }
        history.reverse();
        history
    }
}
