//! The files of the page, which need no build.

use crate::look;

/// A file, its type and its content.
pub(super) type Asset = (&'static str, &'static str, &'static str);

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const IMAGE: &str = "image/svg+xml";

/// All files, by the last part of their path `/assets/…`.
pub(super) const ASSETS: [Asset; 11] = [
    ("tokens.css", STYLE, look::TOKENS),
    ("icon.svg", IMAGE, look::ICON),
    ("theme.js", SCRIPT, look::THEME),
    ("playground.css", STYLE, include_str!("assets/playground.css")),
    ("main.js", SCRIPT, include_str!("assets/main.js")),
    ("page.js", SCRIPT, include_str!("assets/page.js")),
    ("row.js", SCRIPT, include_str!("assets/row.js")),
    ("events.js", SCRIPT, include_str!("assets/events.js")),
    ("timeline.js", SCRIPT, include_str!("assets/timeline.js")),
    ("policy.js", SCRIPT, include_str!("assets/policy.js")),
    ("parked.js", SCRIPT, include_str!("assets/parked.js")),
];
