//! The test harness of this binary. It has the command line and the output of Rust's own harness, and can skip a test
//! that already runs.

use std::collections::BTreeMap;
use std::io::{Write, stderr};
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use anyhow::Result;
use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::tools::{self, Skipped};

/// A registered test.
pub(crate) struct Test {
    /// The path of its module, starting with the crate.
    pub(crate) module: &'static str,
    /// The name of its function.
    pub(crate) name: &'static str,
    /// Runs it.
    pub(crate) run: fn() -> Outcome,
}

inventory::collect!(Test);

/// The result of a test.
pub(crate) struct Outcome(Result<()>);

impl From<()> for Outcome {
    fn from((): ()) -> Self {
        Self(Ok(()))
    }
}

impl From<Result<()>> for Outcome {
    fn from(result: Result<()>) -> Self {
        Self(result)
    }
}

/// The skipped tests, by reason.
static SKIPPED: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());

/// How long the tests took, by name.
static TOOK: Mutex<Vec<(Duration, String)>> = Mutex::new(Vec::new());

/// Runs the tests that the command line selects.
pub(crate) fn run() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Most tests wait for engines and other programs for most of their time.
    arguments
        .test_threads
        .get_or_insert_with(|| 2 * available_parallelism().map_or(1, NonZero::get));
    if let Err(error) = tools::check_settings() {
        writeln!(stderr(), "{error:#}").ok();
        return ExitCode::FAILURE;
    }
    let mut tests: Vec<_> = inventory::iter::<Test>.into_iter().map(trial).collect();
    tests.sort_unstable_by(|one, other| one.name().cmp(other.name()));
    let conclusion = libtest_mimic::run(&arguments, tests);
    tell_slowest().ok();
    tell_skipped().ok();
    conclusion.exit_code()
}

fn trial(test: &'static Test) -> Trial {
    let module = test.module.split_once("::").map_or("", |(_, module)| module);
    let name = format!("{module}::{}", test.name);
    Trial::ignorable_test(name.clone(), move || {
        let begun = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(test.run));
        TOOK.lock().unwrap().push((begun.elapsed(), name.clone()));
        match result {
            Ok(Outcome(Ok(()))) => Ok(Completion::Completed),
            Ok(Outcome(Err(error))) => Err(Failed::from(format!("{error:?}"))),
            Err(panic) => match panic.downcast::<Skipped>() {
                Ok(skipped) => {
                    let mut all = SKIPPED.lock().unwrap();
                    all.entry(skipped.reason.clone()).or_default().push(name);
                    Ok(Completion::ignored_with(format!("skipped: {}", skipped.reason)))
                }
                Err(panic) => resume_unwind(panic),
            },
        }
    })
}

/// Prints, after the summary of many tests, where their time went. What a test waits for, such as the start of the engine,
/// counts for every test that waits for it.
fn tell_slowest() -> std::io::Result<()> {
    const MANY: usize = 20;
    const TOLD: usize = 15;
    let mut took = TOOK.lock().unwrap();
    if took.len() < MANY {
        return Ok(());
    }
    took.sort_unstable_by(|one, other| other.cmp(one));
    let mut out = stderr().lock();
    writeln!(out, "slowest tests:")?;
    for (duration, name) in took.iter().take(TOLD) {
        writeln!(out, "    {:>4} s  {name}", duration.as_secs())?;
    }
    writeln!(out)
}

/// Prints, after the summary, which tests were skipped, why, and how to run them.
fn tell_skipped() -> std::io::Result<()> {
    let skipped = SKIPPED.lock().unwrap();
    let mut out = stderr().lock();
    for (reason, names) in &*skipped {
        writeln!(out, "{}: {reason}", counted(names.len()))?;
        for name in names {
            writeln!(out, "    {name}")?;
        }
    }
    if !skipped.is_empty() {
        writeln!(out, "With REQUIRE=all a test fails if its tool is missing.\n")?;
    }
    Ok(())
}

fn counted(tests: usize) -> String {
    match tests {
        1 => "1 test skipped".to_owned(),
        tests => format!("{tests} tests skipped"),
    }
}

/// Runs an `async` test.
pub(crate) fn block_on<T>(test: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(test)
}

/// Runs an `async` test in virtual time.
pub(crate) fn block_on_paused<T>(test: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(true).build().unwrap();
    runtime.block_on(test)
}

/// Proves that the harness distinguishes all four outcomes.
#[test]
fn a_test_passes_fails_panics_or_is_skipped() {
    let outcome = |run: fn() -> Outcome| {
        let test = Box::leak(Box::new(Test {
            module: "world::harness",
            name: "probe",
            run,
        }));
        let arguments = Arguments {
            quiet: true,
            logfile: Some("/dev/null".into()),
            ..Arguments::default()
        };
        let conclusion = libtest_mimic::run(&arguments, vec![trial(test)]);
        SKIPPED.lock().unwrap().remove("as a proof");
        (
            conclusion.num_passed,
            conclusion.num_failed,
            conclusion.num_ignored,
        )
    };
    assert_eq!(outcome(|| Outcome::from(())), (1, 0, 0));
    assert_eq!(outcome(|| Outcome::from(Err(anyhow::anyhow!("no")))), (0, 1, 0));
    assert_eq!(outcome(|| resume_unwind(Box::new("a panic"))), (0, 1, 0));
    let skip = || {
        resume_unwind(Box::new(Skipped {
            reason: "as a proof".to_owned(),
        }))
    };
    assert_eq!(outcome(skip), (0, 0, 1));
}
