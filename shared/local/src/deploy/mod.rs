//! Deploys this project's template to a local engine: packages it like `sam package`, creates or updates the stack, and
//! corrects the topics that the engine did not create as FIFO.

mod package;
mod stack;
mod tables;
mod topics;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use user_events_catalog::CATEGORIES;

use crate::build::Function;
use crate::clients::Clients;
use crate::console::Console;
use crate::template;
use crate::workspace::Workspace;

pub use tables::{STREAM_PARAMETERS, TableSpec, create_table};

/// The parameter that leaves out the alarms: the CloudFormation of local engines refuses metric math, and with it the stack.
const NO_ALARMS: (&str, &str) = ("Alarms", "off");

/// The parameter for keys of persons: [`Stack::subject_keys`].
///
/// A local engine keeps the tables, but not what protects them: it ignores their policies and the days of recovery.
pub const SUBJECT_KEYS: (&str, &str) = ("SubjectKeys", "on");

/// A deployment: the stack, its functions and its parameters.
#[derive(Debug, Clone)]
pub struct Deployment<'a> {
    /// The name of the stack. An existing stack is updated.
    pub stack: &'a str,
    /// The template's `Stage`.
    pub stage: &'a str,
    /// The built functions.
    pub functions: &'a [Function],
    /// The mapping file of the existing tables, if they have one.
    pub mapping: Option<&'a Path>,
    /// Template parameters in addition to `Stage`, `Architecture`, `DataDeletionPolicy`, `Alarms` and `Mapping`.
    pub parameters: &'a [(&'a str, &'a str)],
}

/// A deployed stack.
#[derive(Debug, Clone)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
}

impl Stack {
    /// An output of that name.
    ///
    /// Fails when the template has none.
    pub fn output(&self, name: &str) -> Result<&str> {
        let output = self.outputs.get(name).with_context(|| {
            format!(
                "stack {} has no output {name}; deploy this checkout's template again",
                self.name
            )
        })?;
        Ok(output)
    }

    /// The topic of a category.
    ///
    /// Fails when the template has no such output.
    pub fn topic_arn(&self, category: &str) -> Result<&str> {
        self.output(&format!("{}TopicArn", capitalised(category)))
    }

    /// The deployed name of a table (`accounts`, `profiles`, `authentication`, `access`).
    ///
    /// Fails when the template has no such output.
    pub fn table_name(&self, table: &str) -> Result<&str> {
        self.output(&format!("{}TableName", capitalised(table)))
    }

    /// The name of the table of persons' keys. `None` if it was deployed without [`SUBJECT_KEYS`].
    pub fn subject_keys(&self) -> Option<&str> {
        self.outputs.get("SubjectKeysTableName").map(String::as_str)
    }

    /// The name of the ledger of erased persons. `None` if it was deployed without [`SUBJECT_KEYS`].
    pub fn erasures(&self) -> Option<&str> {
        self.outputs.get("ErasuresTableName").map(String::as_str)
    }
}

/// Deploys the project's template with these functions.
///
/// Fails when the template cannot be read, when an upload is refused, and when a resource cannot be created. The error then
/// names the resource and the engine's reason.
pub async fn deploy(
    workspace: &Workspace,
    clients: &Clients,
    endpoint: &str,
    deployment: &Deployment<'_>,
    console: &Console,
) -> Result<Stack> {
    console.step(format_args!(
        "deploying template.yaml as the stack {}",
        deployment.stack
    ));
    let bucket = format!("{}-packages", deployment.stack);
    let packages = package::Packages::new(&clients.s3, endpoint, &bucket).await?;
    let mapping = deployment.mapping.map(package::Mapping::read).transpose()?;
    let template_url = packages
        .upload(workspace.root(), deployment.functions, mapping)
        .await?;

    let mut parameters = vec![
        ("Stage", deployment.stage),
        ("Architecture", architecture()?),
        // A local engine holds test data only.
        ("DataDeletionPolicy", "Delete"),
        NO_ALARMS,
    ];
    if deployment.mapping.is_some() {
        parameters.push(("Mapping", package::MAPPING));
    }
    parameters.extend_from_slice(deployment.parameters);
    let outputs = stack::create_or_update(
        &clients.cloudformation,
        deployment.stack,
        &template_url,
        &parameters,
        console,
    )
    .await?;
    let stack = Stack {
        name: deployment.stack.to_owned(),
        outputs,
    };
    for category in CATEGORIES {
        topics::make_fifo(&clients.sns, stack.topic_arn(category.name)?).await?;
    }
    Ok(stack)
}

/// Deploys a template without functions, as a stack with the given name. A template with the parameter `Alarms` is deployed
/// without alarms.
///
/// Fails as [`deploy`] does.
pub async fn deploy_template(
    clients: &Clients,
    endpoint: &str,
    name: &str,
    template: &Path,
    parameters: &[(&str, &str)],
    console: &Console,
) -> Result<Stack> {
    console.step(format_args!(
        "deploying {} as the stack {name}",
        template.display()
    ));
    let bucket = format!("{name}-packages");
    let packages = package::Packages::new(&clients.s3, endpoint, &bucket).await?;
    let template_url = packages.upload_without_functions(template).await?;
    let mut parameters = parameters.to_vec();
    if template::load(template)?["Parameters"][NO_ALARMS.0].is_object() {
        parameters.push(NO_ALARMS);
    }
    let outputs =
        stack::create_or_update(&clients.cloudformation, name, &template_url, &parameters, console).await?;
    Ok(Stack {
        name: name.to_owned(),
        outputs,
    })
}

/// The processor architecture of this machine, as Lambda names it.
fn architecture() -> Result<&'static str> {
    match std::env::consts::ARCH {
        "x86_64" => Ok("x86_64"),
        "aarch64" => Ok("arm64"),
        other => {
            bail!("this machine is {other}, but Lambda runs only on x86_64 and arm64; build on one of these")
        }
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect()
}
