//! The reader of mapping files: every text is a mapping or a list of problems, without a panic, and soon.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use user_events_catalog::CATEGORIES;
use user_events_core::{Mapping, RowShape, shapes};

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    match Mapping::read(text, &SHAPES) {
        Ok(mapping) => {
            assert!(
                (1..=64).contains(&mapping.tables().count()),
                "a mapping does not have 1 to 64 tables"
            );
            for table in mapping.tables() {
                assert!(!table.partition_key().is_empty(), "a key has no name");
            }
        }
        Err(problems) => {
            assert!(!problems.0.is_empty(), "a refused file has no problem");
            // A carriage return ends a line as well (YAML 1.2.2, section 5.4), and so does the end of the file.
            let breaks = text.chars().filter(|c| matches!(c, '\r' | '\n')).count();
            for problem in &problems.0 {
                assert!(
                    (1..=breaks + 2).contains(&problem.line),
                    "a problem is on a line that the file does not have"
                );
                assert!(!problem.message.is_empty(), "a problem has no message");
            }
        }
    }
});

static SHAPES: LazyLock<Vec<&RowShape>> = LazyLock::new(|| shapes(CATEGORIES));
