//! The subscribers that `user-events scaffold` writes, which depend on the packages. They pass their own tests in a clean
//! folder, and on the local engine they receive and open their first event.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use user_events::scaffold::{Kind, Language, SubscriberOptions, subscriber};
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::interrupt::Interrupt;
use user_events_local::toolchain::{NodePackages, PythonEnvironment, install_local, run};

use crate::engine;
use crate::started::user_events;
use crate::support::root;
use crate::tools::{Tool, require};
use crate::written::Written;

const TOPIC: &str = "arn:aws:sns:eu-west-1:111111111111:user-events-prod-profile.fifo";
const SEAL_KEY: &str = "arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-4000-8000-000000000000";

/// The parameters of the deployment, as SAM reads them (AWS SAM CLI, `CfnParameterOverridesType`): it refuses `Name=` without a
/// value, and takes `Name=""` for an empty one.
fn parameters_of(samconfig: &str) -> Result<BTreeMap<String, String>> {
    let list = samconfig
        .split("parameter_overrides = [")
        .nth(1)
        .context("no parameters")?;
    let list = list.split(']').next().unwrap_or_default();
    let mut parameters = BTreeMap::new();
    for line in list.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let quote = line.chars().next().unwrap_or_default();
        let text = line.trim_end_matches(',').trim_matches(quote);
        let (name, value) = text.split_once('=').with_context(|| line.to_owned())?;
        ensure!(!value.is_empty(), "SAM refuses {line}");
        parameters.insert(name.to_owned(), value.trim_matches('"').to_owned());
    }
    Ok(parameters)
}

#[test]
fn a_subscriber_in_another_account_has_the_arns_in_its_deployment() -> Result<()> {
    let mut project = Project::new(Language::Python, "elsewhere")?;
    let options = &mut project.options;
    options.topic_arn = Some(TOPIC.to_owned());
    options.seal_key_arn = Some(SEAL_KEY.to_owned());
    (options.events, options.classes) = (Vec::new(), vec!["identity".to_owned(), "address".to_owned()]);
    let said = project.write()?;
    ensure!(said.contains("into your account, in eu-west-1, after"), "{said}");
    let read = |file: &str| std::fs::read_to_string(project.folder().join(file));
    let samconfig = read("samconfig.toml")?;
    ensure!(samconfig.contains("region = \"eu-west-1\"\n"), "{samconfig}");
    let parameters = parameters_of(&samconfig)?;
    for (name, value) in [
        ("TopicArn", TOPIC),
        ("SealKeyArn", SEAL_KEY),
        ("Stage", ""),
        ("Category", ""),
        ("EventTypes", ""),
        ("Classes", "identity,address"),
    ] {
        assert_eq!(parameters[name], value, "{name}");
    }
    let template = user_events_local::template::load(&project.folder().join("template.yaml"))?;
    for name in parameters.keys() {
        ensure!(
            template["Parameters"][name].is_object(),
            "the template has no {name}"
        );
    }
    let readme = read("README.md")?;
    ensure!(
        readme.contains(TOPIC) && !readme.contains("of the publisher"),
        "{readme}"
    );
    Ok(())
}

#[test]
fn a_subscriber_that_joins_late_collects_changes_until_it_has_the_state_of_all_rows() -> Result<()> {
    const ROLE: &str = "arn:aws:iam::111111111111:role/operator";
    let mut project = Project::new(Language::Python, "late")?;
    let read = |project: &Project, file: &str| std::fs::read_to_string(project.folder().join(file));
    project.options.late = true;
    project.options.backfill_role_arns = vec![ROLE.to_owned()];
    project.write()?;
    let parameters = parameters_of(&read(&project, "samconfig.toml")?)?;
    let template = user_events_local::template::load(&project.folder().join("template.yaml"))?;
    for (name, value) in [("Snapshot", "on"), ("Live", "off"), ("BackfillRoleArns", ROLE)] {
        assert_eq!(parameters[name], value, "{name}");
        ensure!(
            template["Parameters"][name].is_object(),
            "the template has no {name}"
        );
    }
    let command = "user-events backfill --subscriber late --stack user-events-dev\n";
    let readme = read(&project, "README.md")?;
    ensure!(
        readme.contains(command) && readme.contains("Remove `Live=off`"),
        "{readme}"
    );
    // Every other project says how to join late afterwards.
    let project = Project::new(Language::Typescript, "live")?;
    project.write()?;
    let samconfig = read(&project, "samconfig.toml")?;
    ensure!(
        !samconfig.contains("Snapshot") && !samconfig.contains("Live"),
        "{samconfig}"
    );
    let readme = read(&project, "README.md")?;
    ensure!(readme.contains("\"Live=off\""), "{readme}");
    Ok(())
}

#[test]
fn a_subscriber_in_python_passes_its_own_tests_from_a_clean_folder() -> Result<()> {
    let project = Project::new(Language::Python, "welcome-python")?;
    project.write()?;
    project.run_pytest()?;
    project.plant_in_the_effect()?;
    ensure!(
        project.run_pytest().is_err(),
        "the tests do not notice a changed effect"
    );
    Ok(())
}

#[test]
fn a_subscriber_in_typescript_passes_its_own_tests_from_a_clean_folder() -> Result<()> {
    require(Tool::Node);
    let project = Project::new(Language::Typescript, "welcome-typescript")?;
    project.write()?;
    let folder = project.folder();
    let packages = |what, folder| NodePackages {
        what,
        sources: folder,
        folder,
    };
    let library = root().join("packages/typescript");
    packages("the consumer library", &library).pack(&folder, &Console::stderr())?;
    packages("the subscriber in TypeScript", &folder).install(&Console::stderr())?;
    let test = || run(Command::new("npm").arg("test").current_dir(&folder));
    test()?;
    project.plant_in_the_effect()?;
    ensure!(test().is_err(), "the tests do not notice a changed effect");
    Ok(())
}

#[test]
fn a_subscriber_in_rust_passes_its_own_tests_from_a_clean_folder() -> Result<()> {
    let project = Project::new(Language::Rust, "welcome-rust")?;
    project.write()?;
    let test = || {
        run(Command::new(env!("CARGO"))
            .args(["test", "--quiet", "--offline"])
            .current_dir(project.folder())
            .env("CARGO_TARGET_DIR", root().join("target")))
    };
    test()?;
    project.plant_in_the_effect()?;
    ensure!(test().is_err(), "the tests do not notice a changed effect");
    Ok(())
}

#[test]
fn a_subscriber_in_python_opens_its_first_event_on_the_local_engine() -> Result<()> {
    opens_its_first_event(Language::Python, "try-python")
}

#[test]
fn a_subscriber_in_typescript_opens_its_first_event_on_the_local_engine() -> Result<()> {
    require(Tool::Node);
    opens_its_first_event(Language::Typescript, "try-typescript")
}

#[test]
fn a_subscriber_in_rust_opens_its_first_event_on_the_local_engine() -> Result<()> {
    opens_its_first_event(Language::Rust, "try-rust")
}

#[test]
fn a_folder_that_holds_something_is_left_alone() -> Result<()> {
    let project = Project::new(Language::Python, "taken")?;
    std::fs::create_dir_all(project.folder())?;
    std::fs::write(project.folder().join("mine.txt"), "mine")?;
    let refused = project.write();
    ensure!(refused.is_err_and(|error| format!("{error:#}").contains("--out")));
    ensure!(std::fs::read_dir(project.folder())?.count() == 1);
    Ok(())
}

#[test]
fn a_missing_stage_is_reported_with_a_remedy() -> Result<()> {
    let mut project = Project::new(Language::Python, "lost")?;
    project.options.endpoint = Some(engine::shared().endpoint.clone());
    project.options.stage = Some("elsewhere".to_owned());
    let refused = project.write();
    ensure!(refused.is_err_and(|error| format!("{error:#}").contains("cargo demo --keep")));
    ensure!(!project.folder().exists(), "nothing is written");
    Ok(())
}

#[test]
fn a_dead_endpoint_is_reported_before_anything_is_written() -> Result<()> {
    let mut project = Project::new(Language::Python, "dead")?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    drop(listener);
    project.options.endpoint = Some(endpoint.clone());
    let refused = format!("{:#}", project.write().err().context("it should fail")?);
    ensure!(
        refused.contains(&format!("no engine answers at {endpoint} (connection refused)")),
        "{refused}"
    );
    ensure!(!project.folder().exists(), "nothing is written");
    Ok(())
}

/// The processes that a process started.
fn children(process: u32) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // The name of the program is in parentheses, and may have blanks.
        let parent = stat
            .rsplit_once(") ")
            .and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
        if parent == Some(process) {
            found.push(entry.file_name().to_string_lossy().parse()?);
        }
    }
    Ok(found)
}

#[test]
fn a_started_subscriber_ends_with_its_command() -> Result<()> {
    require(Tool::Python);
    let endpoint = &engine::shared().endpoint;
    let parent = tempfile::tempdir()?;
    let name = "ends";
    let out = parent.path().join(name);
    let arguments = [
        "scaffold",
        "subscriber",
        "--language",
        "python",
        "--name",
        name,
        "--events",
        "userregistered",
        "--stage",
        "tests",
        "--endpoint",
        endpoint,
        "--start",
        "--out",
        out.to_str().context("no text")?,
    ];
    let mut process = user_events(&arguments)?.stdout(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(process.stdout.take().context("no output")?).lines();
    let mut said = String::new();
    for line in lines.by_ref() {
        said = said + &line? + "\n";
        if said.contains("==> ready: ") {
            break;
        }
    }
    let started = children(process.id())?;
    ensure!(started.len() == 1, "{started:?} {said}");
    let sent = Command::new("kill")
        .arg("-TERM")
        .arg(process.id().to_string())
        .status()?;
    ensure!(sent.success());
    for line in lines {
        said = said + &line? + "\n";
    }
    let status = process.wait()?;
    ensure!(
        status.code() == Some(130) && said.ends_with("==> stopped\n"),
        "{status} {said}"
    );
    for child in started {
        ensure!(
            !std::path::Path::new(&format!("/proc/{child}")).exists(),
            "{child} still runs"
        );
    }
    Ok(())
}

/// Runs the one command that writes, deploys, installs, builds and starts a subscriber, writes a row, and waits until
/// its event is received, opened and handled.
fn opens_its_first_event(language: Language, name: &str) -> Result<()> {
    let mut project = Project::new(language, name)?;
    project.options.endpoint = Some(engine::shared().endpoint.clone());
    project.options.stage = Some("tests".to_owned());
    project.options.trial = true;
    let said = project.write()?;
    ensure!(said.contains("opened: contact"), "{said}");
    ensure!(said.contains("the first event was handled"), "{said}");
    ensure!(
        !said.contains("anna@example.com"),
        "personal data is not logged: {said}"
    );
    if let Some(line) = said.lines().find(|line| line.contains("the first event")) {
        writeln!(std::io::stderr(), "{}: {}", language.name(), line.trim())?;
    }
    // Claim, position and outbox row were written in one transaction. Its queue also has the rows that other tests
    // wrote meanwhile.
    let clients = Clients::from_endpoint(&engine::shared().endpoint);
    let kinds = block_on(async {
        let scan = clients.dynamodb.scan().table_name(format!("{name}-inbox"));
        let items = scan.send().await?.items.unwrap_or_default();
        let kinds: Vec<_> = items
            .iter()
            .filter_map(|item| {
                let kind = item.get("sk")?.as_s().ok()?.split('#').next()?;
                Some(kind.to_owned())
            })
            .collect();
        anyhow::Ok(kinds)
    })?;
    let counts =
        ["INBOX", "SEQUENCE", "WELCOME"].map(|kind| kinds.iter().filter(|found| *found == kind).count());
    ensure!(
        counts[0] > 0 && counts.iter().all(|count| *count == counts[0]) && kinds.len() == 3 * counts[0],
        "{kinds:?}"
    );
    Ok(())
}

fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(work)
}

/// A project in a temporary folder, which is deleted with this value.
struct Project {
    options: SubscriberOptions,
    parent: TempDir,
}

impl Project {
    fn new(language: Language, name: &str) -> Result<Self> {
        let parent = tempfile::tempdir()?;
        let options = SubscriberOptions {
            language,
            name: name.to_owned(),
            stage: None,
            topic_arn: None,
            seal_key_arn: None,
            subject_keys_table_arn: None,
            subject_keys_key_arn: None,
            category: "account".to_owned(),
            events: vec!["UserRegisteredEventV1".to_owned()],
            classes: vec!["contact".to_owned()],
            queue: Kind::Fifo,
            topic: Kind::Fifo,
            late: false,
            backfill_role_arns: Vec::new(),
            out: Some(parent.path().join(name)),
            library: None,
            endpoint: None,
            start: false,
            trial: false,
        };
        Ok(Self { options, parent })
    }

    fn folder(&self) -> PathBuf {
        self.parent.path().join(&self.options.name)
    }

    /// Runs the command, and returns its output.
    fn write(&self) -> Result<String> {
        let said = Written::default();
        let console = Console::writing_to(said.clone());
        let done = block_on(subscriber(&self.options, &console, &Interrupt::new()));
        let said = said.text();
        done.with_context(|| said.clone())?;
        Ok(said)
    }

    fn run_pytest(&self) -> Result<()> {
        require(Tool::Python);
        let folder = self.folder();
        let environment = PythonEnvironment {
            what: "the subscriber in Python",
            folder: &root().join(".engine/subscriber-venv"),
            requirements: &folder.join("requirements-dev.txt"),
            python: None,
        };
        let python = environment.install(&Console::stderr())?;
        install_local(&python, &folder.join("requirements.in"))?;
        run(Command::new(python)
            .args(["-m", "pytest"])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(&folder))
    }

    /// Writes another sort key into the row of the effect.
    fn plant_in_the_effect(&self) -> Result<()> {
        let file = self.folder().join(match self.options.language {
            Language::Python => "subscriber/effect.py",
            Language::Typescript => "src/effect.ts",
            Language::Rust => "src/effect.rs",
        });
        let text = std::fs::read_to_string(&file)?;
        ensure!(text.contains("WELCOME#"), "the effect has no such sort key");
        std::fs::write(file, text.replace("WELCOME#", "FAREWELL#"))?;
        Ok(())
    }
}
