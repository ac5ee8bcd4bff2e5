//! Draws the lines of a terminal as a picture that scrolls through them.

use anstyle_svg::Term;

/// The size of the terminal.
pub const COLUMNS: usize = 100;
/// Its height.
pub const LINES: usize = 30;

/// The sizes that `anstyle-svg` draws with, in pixels: a line, and the margin on each side. A column of its font, at 14 pixels,
/// is 8.4 wide.
const LINE: usize = 18;
const MARGIN: usize = 10;
/// How far above its first line its picture begins.
const ABOVE: usize = 14;
const WIDTH: usize = COLUMNS * 84 / 10 + 2 * MARGIN;
/// How long a line stays the last one on the screen.
const MILLISECONDS_PER_LINE: usize = 350;
/// How long the end stays, as a part of the time of the scrolling.
const END_PERCENT: usize = 8;

/// The picture, SVG, of lines with escape sequences of colour. Without animations, or where the reader wants no motion, it
/// shows the first screen.
pub fn svg(lines: &str) -> String {
    let lines = lines.trim_end();
    // Its dimmed text is too dark to read easily.
    let whole = Term::new()
        .min_width_px(WIDTH - 2 * MARGIN)
        .render_svg(lines)
        .replace(".dimmed { opacity: 0.4; }", ".dimmed { opacity: 0.7; }");
    let below = lines.lines().count().saturating_sub(LINES);
    let (screen, distance) = (LINES * LINE, below * LINE);
    let height = screen + 2 * MARGIN;
    let seconds = (below * MILLISECONDS_PER_LINE).div_ceil(1_000).max(1);
    let end = 100 - END_PERCENT;
    let steps = below.max(1);
    format!(
        "<svg width=\"{WIDTH}px\" height=\"{height}px\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n\
         <title>A terminal in which `cargo demo` shows the writes of its story and their events.</title>\n\
         <style>\n\
         @media (prefers-reduced-motion: no-preference) {{\n  \
         .screen {{ animation: scroll {seconds}s infinite; }}\n\
         }}\n\
         @keyframes scroll {{\n  \
         from {{ animation-timing-function: steps({steps}); transform: translateY(0); }}\n  \
         {end}%, to {{ transform: translateY(-{distance}px); }}\n\
         }}\n\
         </style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"4.5\" fill=\"#000000\" />\n\
         <svg y=\"{MARGIN}\" width=\"{WIDTH}\" height=\"{screen}\">\n\
         <g class=\"screen\"><g transform=\"translate(0 -{ABOVE})\">\n{}\n</g></g>\n\
         </svg>\n\
         </svg>\n",
        whole.trim_end()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_has_the_size_of_the_terminal_and_scrolls_to_the_last_line() {
        let lines: Vec<_> = (1..=40)
            .map(|line| format!("\u{1b}[36mline {line}\u{1b}[0m"))
            .collect();
        let picture = svg(&lines.join("\n"));
        assert!(picture.contains("width=\"860px\" height=\"560px\""), "{picture}");
        assert!(picture.contains("line 1<") && picture.contains("line 40<") && picture.contains("fg-cyan"));
        assert!(picture.contains("steps(10)") && picture.contains("translateY(-180px)"));
        assert!(!picture.contains('\u{1b}'));
    }
}
