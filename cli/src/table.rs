//! Prints rows in columns, with the right width on a terminal for wide characters such as Chinese and emoji.

use comfy_table::{ContentArrangement, Table, presets};

/// Blanks between two columns.
const GAP: u16 = 2;

/// The rows as lines, without trailing blanks. Never wraps or cuts a cell.
pub(crate) fn lines<R: IntoIterator<Item = String>>(rows: impl IntoIterator<Item = R>) -> Vec<String> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_as_wide_as_its_widest_cell_on_a_terminal() {
        let rows = [["用户", "one"], ["abc", "two"], ["", "three"]];
        let lines = lines(rows.map(|row| row.map(str::to_owned)));
        assert_eq!(lines, ["用户  one", "abc   two", "      three"]);
    }
}
