//! The frame of every page: its head, its policy, its navigation.

use maud::{DOCTYPE, Markup, html};

use super::prose::type_name;

/// Scripts, styles, images and form targets must be files of the site; everything else is forbidden (Content Security
/// Policy Level 3).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      form-action 'self'; base-uri 'none'";

/// A page of the site.
pub(super) struct Page<'a> {
    /// The path in the site's folder: `events/UserRegisteredEventV1.html`.
    pub path: &'a str,
    /// The title, for the browser.
    pub title: &'a str,
    /// The description, a sentence.
    pub description: &'a str,
    /// The content, without the frame.
    pub content: Markup,
}

impl Page<'_> {
    /// The HTML document.
    pub(super) fn render(self) -> String {
        let root = root(self.path);
        let markup = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="description" content=(self.description);
                    title { (self.title) " · user-events" }
                    link rel="icon" type="image/svg+xml" href={ (root) "assets/icon.svg" };
                    link rel="stylesheet" href={ (root) "assets/tokens.css" };
                    link rel="stylesheet" href={ (root) "assets/style.css" };
                    script src={ (root) "assets/theme.js" } {}
                    script src={ (root) "assets/search-index.js" } defer {}
                    script src={ (root) "assets/search.js" } defer {}
                    script src={ (root) "assets/site.js" } defer {}
                }
                body {
                    a class="skip" href="#content" { "Skip to the content" }
                    (top(root, self.path))
                    main id="content" tabindex="-1" { (self.content) }
                    footer {
                        p { "Generated from the registry of user-events. All examples are synthetic." }
                    }
                    p class="unseen" id="copied" role="status" {}
                }
            }
        };
        markup.into_string()
    }
}

/// The prefix of links from a page to the site's folder: empty, or `../`.
pub(super) fn root(path: &str) -> &'static str {
    if path.contains('/') { "../" } else { "" }
}

fn top(root: &str, path: &str) -> Markup {
    let pages = [
        ("index.html", "Events"),
        ("envelope.html", "Envelope"),
        ("classes/index.html", "Sealed data"),
        ("thin/index.html", "Thin events"),
    ];
    html! {
        header class="top" {
            div {
                a class="brand" href={ (root) "index.html" } {
                    img src={ (root) "assets/icon.svg" } alt="" width="28" height="28";
                    span { "user-events " span { "catalogue" } }
                }
                nav aria-label="Catalog" {
                    ul {
                        @for (target, name) in pages {
                            li { a href={ (root) (target) } aria-current=[(target == path).then_some("page")] { (name) } }
                        }
                    }
                }
                form class="search needs-js" role="search" action={ (root) "index.html" } {
                    label class="unseen" for="search" { "Search events, fields, classes and the envelope" }
                    input type="search" id="search" name="q" placeholder="Search events and fields" autocomplete="off"
                        spellcheck="false" aria-keyshortcuts="/" role="combobox" aria-expanded="false" aria-autocomplete="list"
                        aria-controls="results" data-root=(root);
                    kbd aria-hidden="true" { "/" }
                    div class="found-box" id="found-box" hidden {
                        p id="search-note" {}
                        div id="results" role="listbox" aria-label="Search results" tabindex="-1" {}
                    }
                    p class="unseen" id="search-said" role="status" {}
                }
                button class="needs-js" type="button" id="theme" {
                    span class="unseen" { "Theme: " }
                    span aria-hidden="true" { "◐ " }
                    span id="theme-name" { "system" }
                }
            }
        }
    }
}

/// The side navigation of a page. Scripts mark the part that is read.
pub(super) fn toc(parts: &[(&str, &str)]) -> Markup {
    html! {
        nav class="toc" aria-labelledby="toc" {
            p id="toc" { "On this page" }
            ul { @for (id, title) in parts { li { a href={ "#" (id) } { (title) } } } }
        }
    }
}

/// The breadcrumb of a page: the list, the category, the page itself.
pub(super) fn trail(category: &str, here: &str) -> Markup {
    html! {
        nav aria-label="Breadcrumb" {
            ol class="trail" {
                li { a href="../index.html" { "Events" } }
                @if category != here { li { a href={ "../categories/" (category) ".html" } { (category) } } }
                li aria-current="page" { (type_name(here)) }
            }
        }
    }
}
