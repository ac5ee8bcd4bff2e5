//! `sam deploy` on the local engine: the first deployment, another layout of the tables and back, a deployment that fails
//! and is repeated, deletion; and the canary, which meanwhile shows whether events flow. Persons' keys are on, and their
//! tables stay what they are in every layout.
//!
//! The engine has no CodeDeploy, so `DeploymentPreference` is left out, and with it the rule that it needs alarms, which the
//! engine refuses (metric math).

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use user_events_local::build::{Profile, function};
use user_events_local::clients::{ACCESS_KEY, REGION, SECRET_KEY};
use user_events_local::console::Console;
use user_events_local::engine::Engine;
use user_events_local::template;
use user_events_local::workspace::Workspace;

use crate::python::environment;
use crate::support::root;

const STACK: &str = "user-events-local";
/// The functions through which events flow here. The others only have to be deployed.
const RUNNING: [&str; 2] = ["profile", "single-table"];
const KEYS: &str = "SubjectKeys=on";
const TOPICS: [&str; 4] = ["account", "profile", "authentication", "access"];

/// An engine, and a copy of the project with built functions.
pub(crate) struct Project {
    pub(crate) folder: tempfile::TempDir,
    engine: Engine,
    python: PathBuf,
    sam: PathBuf,
}

impl Project {
    pub(crate) fn new() -> Result<Self> {
        let python = environment("venv", &root().join("tools/engine/requirements.txt"))?;
        let lints = environment("lint-venv", &root().join("tools/lint/requirements.txt"))?;
        let (workspace, console) = (Workspace::find()?, Console::stderr());
        let folder = tempfile::tempdir()?;
        std::fs::create_dir(folder.path().join("mappings"))?;
        std::fs::copy(
            root().join("mappings/authjs.yaml"),
            folder.path().join("mappings/authjs.yaml"),
        )?;
        std::fs::copy(
            root().join("samconfig.toml"),
            folder.path().join("samconfig.toml"),
        )?;
        std::fs::create_dir(folder.path().join("infra"))?;
        let project = Self {
            engine: Engine::start(&workspace, None, &console)?,
            sam: lints.with_file_name("sam"),
            python,
            folder,
        };
        Ok(project)
    }

    fn write_functions(&self) -> Result<()> {
        let folder = |name: &str| -> Result<PathBuf> {
            let folder = self.folder.path().join("functions").join(name);
            std::fs::create_dir_all(&folder)?;
            Ok(folder.join("bootstrap"))
        };
        for name in ["account", "authentication", "access", "redrive"] {
            std::fs::write(folder(name)?, "not run here")?;
        }
        for name in RUNNING {
            let built = function(&Workspace::find()?, name, Profile::Dev, &Console::stderr())?;
            std::fs::copy(built.binary, folder(name)?)?;
            // Once here, not by sam in each deployment.
            self.ask(&["zip", &format!("functions/{name}")])?;
        }
        Ok(())
    }

    /// The templates without what the engine does not know.
    fn write_templates(&self) -> Result<()> {
        for entry in std::fs::read_dir(root().join("infra"))? {
            let name = Path::new("infra").join(entry?.file_name());
            self.write(&name, &known(template::load(&root().join(&name))?))?;
        }
        self.write(
            Path::new("template.yaml"),
            &known(template::load(&root().join("template.yaml"))?),
        )
    }

    pub(crate) fn write(&self, name: &Path, template: &Value) -> Result<()> {
        // JSON is YAML.
        Ok(std::fs::write(
            self.folder.path().join(name),
            serde_json::to_vec(template)?,
        )?)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            // The user's own AWS settings must not reach it.
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("AWS_ENDPOINT_URL", self.engine.endpoint())
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("SAM_CLI_TELEMETRY", "0")
            .env("SAM_CLI_POLL_DELAY", "0.5");
        command
    }

    /// `sam deploy --config-env local`, with parameters on top of those of `samconfig.toml`.
    fn sam_deploy(&self, parameters: &[&str]) -> Result<Output> {
        let mut command = self.command(&self.sam);
        command.args(["deploy", "--config-env", "local"]);
        if !parameters.is_empty() {
            command
                .args([
                    "--parameter-overrides",
                    "Stage=local",
                    "Architecture=x86_64",
                    "DataDeletionPolicy=Delete",
                    "Alarms=off",
                ])
                .args(parameters);
        }
        command.output().context("sam could not be started")
    }

    fn deployed(&self, parameters: &[&str]) -> Result<()> {
        let output = self.sam_deploy(parameters)?;
        ensure!(
            output.status.success(),
            "sam deploy failed:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// The answer of `tests/deploy/ask.py`.
    pub(crate) fn ask(&self, question: &[&str]) -> Result<Value> {
        let output = self
            .command(&self.python)
            .arg(root().join("tests/deploy/ask.py"))
            .args(question)
            .output()?;
        ensure!(
            output.status.success(),
            "{question:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Every topic has the policy that keeps others out.
    fn assert_policies(&self) -> Result<()> {
        let policies = self.ask(&["policies", STACK])?;
        assert_eq!(policies.as_object().map(serde_json::Map::len), Some(TOPICS.len()));
        for (topic, statements) in policies.as_object().into_iter().flatten() {
            for statement in ["NobodyElsePublishes", "OnlyTls"] {
                let has = statements
                    .as_array()
                    .is_some_and(|all| all.contains(&statement.into()));
                assert!(has, "{topic} lost {statement}: {statements}");
            }
        }
        Ok(())
    }

    /// This function alone reads the stream of persons' keys, and knows their table.
    fn assert_erasures_reach(&self, function: &str) -> Result<()> {
        let keys = format!("{STACK}-subject-keys");
        let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{STACK}-{function}");
        assert_eq!(self.ask(&["mappings", &keys])?, json!([arn]));
        let function = format!("{STACK}-{function}");
        assert_eq!(
            self.ask(&["setting", &function, "SUBJECT_KEYS_TABLE"])?,
            keys.as_str()
        );
        Ok(())
    }

    fn canary(&self, table: &str) -> Result<Value> {
        let template = root().join("infra/canary.yaml");
        let table = format!("TableName={table}");
        // The schedule is off: the engine would run it, too.
        self.ask(&[
            "create",
            "canary",
            &template.to_string_lossy(),
            "Stage=local",
            &table,
            "ScheduleState=DISABLED",
        ])
    }
}

fn known(mut template: Value) -> Value {
    if let Some(rules) = template["Rules"].as_object_mut() {
        rules.remove("GradualNeedsAlarms");
    }
    if let Some(resources) = template["Resources"].as_object_mut() {
        for resource in resources.values_mut() {
            if let Some(properties) = resource["Properties"].as_object_mut() {
                properties.remove("DeploymentPreference");
                let code = properties
                    .get("CodeUri")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                if RUNNING.iter().any(|name| code == format!("functions/{name}")) {
                    properties["CodeUri"] = format!("{code}.zip").into();
                }
            }
        }
    }
    template
}

#[test]
fn sam_deploys_switches_fails_repeats_and_deletes_and_the_canary_comes_back() {
    let project = Project::new().unwrap();
    project.write_functions().unwrap();
    project.write_templates().unwrap();

    project.deployed(&[KEYS]).unwrap();
    project.assert_policies().unwrap();
    project.assert_erasures_reach("account").unwrap();
    let profiles = format!("{STACK}-profiles");
    assert_eq!(
        project.ask(&["mappings", &profiles]).unwrap(),
        json!([format!(
            "arn:aws:lambda:us-east-1:000000000000:function:{STACK}-profile"
        )])
    );

    assert_eq!(project.canary(&profiles).unwrap(), "CREATE_COMPLETE");
    let canary = "user-events-local-canary";
    let ran = project.ask(&["run", canary, "60"]).unwrap();
    assert_eq!(ran["CameBack"], 1, "{ran}");
    assert!(ran["Milliseconds"].is_u64(), "{ran}");
    project.ask(&["switch", &profiles, "off"]).unwrap();
    let ran = project.ask(&["run", canary, "3"]).unwrap();
    assert_eq!(ran, json!({ "CameBack": 0 }), "the mapping is off");
    project.ask(&["switch", &profiles, "on"]).unwrap();

    let stream = project.ask(&["table", "users"]).unwrap();
    let stream = format!("SingleTableStreamArn={}", stream.as_str().unwrap());
    project.deployed(&[KEYS, &stream]).unwrap();
    project.assert_policies().unwrap();
    project.assert_erasures_reach("single-table").unwrap();
    assert_eq!(
        project.ask(&["tables", &format!("{STACK}-")]).unwrap(),
        json!(["erasures", "subject-keys"])
    );
    assert_eq!(project.canary("users").unwrap(), "UPDATE_COMPLETE");
    assert_eq!(project.ask(&["run", canary, "60"]).unwrap()["CameBack"], 1);

    // Back, through versions and an alias. The first attempt fails: the engine refuses an alarm on metric math.
    let infra = Path::new("infra/publisher.yaml");
    let publisher = template::load(&root().join(infra)).unwrap();
    let mut refused = known(publisher.clone());
    refused["Resources"]["RefusedAlarm"] = json!({ "Type": "AWS::CloudWatch::Alarm", "Properties": {
        "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 0,
        "Metrics": [{ "Id": "one", "Expression": "1 + 1" }],
    } });
    project.write(infra, &refused).unwrap();
    // Without the quotes sam refuses an empty value.
    let back = [
        KEYS,
        "SingleTableStreamArn=\"\"",
        "GradualDeployment=Canary10Percent5Minutes",
        "PublishConcurrency=7",
    ];
    let failed = project.sam_deploy(&back).unwrap();
    let said =
        String::from_utf8_lossy(&failed.stdout).into_owned() + &String::from_utf8_lossy(&failed.stderr);
    assert!(
        !failed.status.success() && said.contains("UPDATE_ROLLBACK"),
        "{said}"
    );
    assert_eq!(
        project.ask(&["status", STACK]).unwrap(),
        "UPDATE_ROLLBACK_COMPLETE"
    );
    assert_eq!(
        project.ask(&["run", canary, "60"]).unwrap()["CameBack"],
        1,
        "as before"
    );
    project.write(infra, &known(publisher)).unwrap();
    project.deployed(&back).unwrap();
    project.assert_policies().unwrap();
    assert_eq!(
        project.ask(&["mappings", &profiles]).unwrap(),
        json!([format!(
            "arn:aws:lambda:us-east-1:000000000000:function:{STACK}-profile:live"
        )])
    );
    project.assert_erasures_reach("account:live").unwrap();
    let live = format!("{STACK}-profile:live");
    assert_eq!(
        project.ask(&["setting", &live, "PUBLISH_CONCURRENCY"]).unwrap(),
        "7"
    );

    // Only the value of a parameter changes. The live version takes it all the same.
    project
        .deployed(&[back[0], back[1], back[2], "PublishConcurrency=9"])
        .unwrap();
    assert_eq!(
        project.ask(&["setting", &live, "PUBLISH_CONCURRENCY"]).unwrap(),
        "9"
    );
    assert_eq!(project.canary(&profiles).unwrap(), "UPDATE_COMPLETE");
    assert_eq!(
        project.ask(&["run", canary, "60"]).unwrap()["CameBack"],
        1,
        "through the alias"
    );

    // The engine deletes a bucket with versions, too. AWS does not.
    let bucket = "user-events-local-failures-000000000000-us-east-1";
    assert_eq!(project.ask(&["fill", bucket]).unwrap(), 2);
    assert_eq!(project.ask(&["empty", bucket]).unwrap(), 0);
    assert_eq!(project.ask(&["delete", STACK]).unwrap(), "GONE");
    assert_eq!(project.ask(&["tables", &format!("{STACK}-")]).unwrap(), json!([]));
}

#[test]
fn a_failed_first_deployment_leaves_no_tables_and_a_deleted_stack_leaves_them() {
    let project = Project::new().unwrap();
    let whole = template::load(&root().join("infra/tables.yaml")).unwrap();
    let mut refused = whole.clone();
    refused["Resources"]["RefusedAlarm"] = json!({
        "Type": "AWS::CloudWatch::Alarm",
        "DependsOn": ["AccountsTable", "ProfilesTable", "AuthenticationTable", "AccessTable"],
        "Properties": {
            "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 0,
            "Metrics": [{ "Id": "one", "Expression": "1 + 1" }],
        },
    });
    let create = |policy: &str, content: &Value| {
        project.write(Path::new("tables.yaml"), content).unwrap();
        let policy = format!("DataDeletionPolicy={policy}");
        let tables = [
            "CreateAccounts=true",
            "CreateProfiles=true",
            "CreateAuthentication=true",
            "CreateAccess=true",
        ];
        let mut question = vec!["create", "tables", "tables.yaml", "Prefix=kept", &policy];
        question.extend(tables);
        project.ask(&question).unwrap()
    };
    let tables = || project.ask(&["tables", "kept-"]).unwrap();
    let all = json!(["access", "accounts", "authentication", "profiles"]);
    // `Retain` last: the engine would let a second stack take the tables over, which AWS refuses.
    for (policy, left) in [("Delete", &json!([])), ("Retain", &all)] {
        assert_eq!(create(policy, &refused), "ROLLBACK_COMPLETE");
        assert_eq!(tables(), json!([]), "{policy}: they would block the next attempt");
        assert_eq!(project.ask(&["delete", "tables"]).unwrap(), "GONE");
        assert_eq!(create(policy, &whole), "CREATE_COMPLETE");
        assert_eq!(tables(), all);
        assert_eq!(project.ask(&["delete", "tables"]).unwrap(), "GONE");
        assert_eq!(tables(), *left, "{policy}");
    }
}
