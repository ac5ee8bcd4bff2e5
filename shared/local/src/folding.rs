//! Folds long lines at blanks and between the members of JSON, never inside a word.

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// Narrower than this, a terminal gets lines of this width: more columns are needed to read anything.
const NARROWEST: usize = 40;

/// The lines of a text that begins with blanks, each at most as wide as the terminal, if no word is wider. The later lines are
/// indented by `hanging` columns. Escape sequences of colour have no width.
pub fn fold(text: &str, hanging: usize, width: usize) -> Vec<String> {
    let indentation = text.len() - text.trim_start_matches(' ').len();
    let (first, rest) = text.split_at(indentation);
    let later = " ".repeat(hanging);
    let options = Options::new(width.max(NARROWEST))
        .initial_indent(first)
        .subsequent_indent(&later)
        .break_words(false)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    let lines = textwrap::wrap(rest, options);
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The pieces between which a line can be broken: after blanks, and after a comma between members of JSON.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut rest = line;
    Box::new(std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (word, later) = rest.split_at(end_of_word(rest));
        rest = later;
        Some(Word::from(word))
    }))
}

fn end_of_word(text: &str) -> usize {
    let mut before = ' ';
    let mut letters = text.char_indices().peekable();
    while let Some((place, letter)) = letters.next() {
        let end = place + letter.len_utf8();
        let next = letters.peek().map(|(_, next)| *next);
        let is_between_members = letter == ','
            && matches!(before, '"' | '}' | ']' | '0'..='9' | 'e' | 'l')
            && next.is_some_and(|next| matches!(next, '"' | '{' | '['));
        if is_between_members || (letter == ' ' && next != Some(' ')) {
            return end;
        }
        before = letter;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"         {"userId":"anna-33a459","previousStatus":"PENDING_VERIFICATION","active":true,"levels":[1,2],"status":"ACTIVE","note":"a, b and c"}"#;

    #[test]
    fn json_is_folded_between_its_members_with_a_hanging_indentation() {
        let lines = fold(EVENT, 10, 60);
        assert_eq!(
            lines,
            [
                r#"         {"userId":"anna-33a459","#,
                r#"          "previousStatus":"PENDING_VERIFICATION","#,
                r#"          "active":true,"levels":[1,2],"status":"ACTIVE","#,
                r#"          "note":"a, b and c"}"#,
            ]
        );
        let whole: String = lines.iter().map(|line| line.trim_start()).collect();
        assert_eq!(whole, EVENT.trim_start(), "nothing is lost");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_no_word_is_cut() {
        let text = "   2 a guard row keeps her e-mail address unique  accounts put EMAIL#33a459 GUARD";
        for width in [40, 45, 60, 80, 100, 200] {
            // Its widest member, with the indentation, needs 50 columns.
            let event = (width >= 50).then(|| fold(EVENT, 10, width));
            for line in event.into_iter().flatten().chain(fold(text, 5, width)) {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
            let words: Vec<String> = fold(text, 5, width)
                .iter()
                .flat_map(|line| line.split_whitespace())
                .map(str::to_owned)
                .collect();
            assert_eq!(words, text.split_whitespace().collect::<Vec<_>>());
        }
        let long = "x".repeat(90);
        assert_eq!(
            fold(&format!("  a {long} b"), 4, 60),
            ["  a".to_owned(), format!("    {long}"), "    b".to_owned()]
        );
    }

    #[test]
    fn colour_has_no_width() {
        let coloured = "  \u{1b}[1mone two three four five six seven\u{1b}[0m eight";
        assert_eq!(fold(coloured, 4, 40).len(), 2);
        assert_eq!(fold(coloured, 4, 41).len(), 1);
    }
}
