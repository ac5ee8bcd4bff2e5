//! The core is a ladder: a stage uses only the stages below it.

use super::imports::Imports;
use super::{Broken, Tree};

/// The stages, from the ground upward. Stages on the same rung must not use each other. The ground is the exception;
/// there the rule against circles is enough.
const RUNGS: [&[&str]; 7] = [
    &["time", "error", "wire", "schema", "strict"],
    &["stream", "sealing"],
    &["mapping"],
    &["event"],
    &["envelope"],
    &["publish", "pipeline"],
    &["description"],
];

const FOLDER: &str = "shared/core/src/";

pub(super) fn the_core_is_a_ladder(tree: &Tree) -> Broken {
    let mut broken: Broken = tree
        .matching(|path| {
            path.starts_with(FOLDER) && path.ends_with(".rs") && path != "shared/core/src/lib.rs"
        })
        .filter(|(path, _)| rung(path).is_none())
        .map(|(path, _)| {
            format!(
                "{path} belongs to no stage; move it into one of {}, or name its stage in the rule",
                RUNGS.concat().join(", ")
            )
        })
        .collect();
    for (file, uses) in &Imports::read(tree, "shared/core").0 {
        for (used, item) in uses {
            let (Some(own), Some(other)) = (rung(file), rung(used)) else {
                continue;
            };
            let upward = other > own || other == own && own > 0 && stage(file) != stage(used);
            if upward {
                broken.push(format!(
                    "{file} uses `{item}` of {used}, and `{}` is not below `{}`; move it below",
                    stage(used),
                    stage(file)
                ));
            }
        }
    }
    broken
}

/// The first part of the path inside the crate.
fn stage(file: &str) -> &str {
    let inside = file.trim_start_matches(FOLDER);
    inside
        .split('/')
        .next()
        .unwrap_or_default()
        .trim_end_matches(".rs")
}

fn rung(file: &str) -> Option<usize> {
    RUNGS.iter().position(|stages| stages.contains(&stage(file)))
}

/// Makes a core in memory.
fn core(files: &[(&str, &str)]) -> Broken {
    let files = files
        .iter()
        .map(|(path, text)| (format!("{FOLDER}{path}"), (*text).to_owned()));
    the_core_is_a_ladder(&Tree(files.collect()))
}

#[test]
fn an_import_upward_or_sideways_is_reported_with_a_remedy() {
    let files = [
        (
            "lib.rs",
            "mod error; mod event; mod sealing; mod stream; mod time; pub use event::Event;",
        ),
        ("error.rs", "pub struct Error(crate::time::Time);"),
        ("time.rs", "pub struct Time;"),
        ("sealing/mod.rs", "pub(crate) struct Seal(crate::error::Error);"),
        ("stream/mod.rs", "pub(crate) mod row;"),
        (
            "stream/row.rs",
            "use crate::time::Time; pub(crate) struct Row(Time);",
        ),
        (
            "event/mod.rs",
            "use crate::stream::row::Row; pub struct Event(Row);",
        ),
    ];
    assert_eq!(core(&files), [""; 0]);
    let with = |path: &str, text: &'static str| {
        let files = files.map(|(file, before)| (file, if file == path { text } else { before }));
        core(&files)
    };
    assert_eq!(
        with(
            "stream/row.rs",
            "use crate::Event; pub(crate) struct Row(Box<Event>);"
        ),
        [
            "shared/core/src/stream/row.rs uses `Event` of shared/core/src/event/mod.rs, and `event` is not below `stream`; \
         move it below"
        ]
    );
    assert_eq!(
        with("stream/row.rs", "pub(crate) struct Row(crate::sealing::Seal);").len(),
        1
    );
    assert_eq!(core(&[("lib.rs", "mod extra;"), ("extra.rs", "")]).len(), 1);
}
