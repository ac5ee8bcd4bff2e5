//! What every page of this project looks like: the playground's and those of the catalogue's site.

/// Colours in light and dark, fonts and measures, as custom properties of CSS.
pub const TOKENS: &str = include_str!("tokens.css");
/// The icon, an SVG.
pub const ICON: &str = include_str!("icon.svg");
/// The script that applies the chosen theme, and the button that chooses it.
pub const THEME: &str = include_str!("theme.js");
