//! The templates of the repository, rendered ([`user_events_tests::render`]).

use std::fs;

use anyhow::{Context, Result};
use user_events_local::template;
use user_events_tests::render::{Deployment, Rendered, Templates, render};

use crate::support::root;

/// The name of the stack that the tests render.
pub(crate) const STACK: &str = "users";

/// All templates, by their paths in the repository.
///
/// Fails if one cannot be read.
pub(crate) fn templates() -> Result<Templates> {
    let mut templates = Templates::new();
    for file in fs::read_dir(root().join("infra"))? {
        let file = file?.file_name();
        let name = file.to_str().context("a name is no Unicode")?;
        // Generated, without policies, and larger than all others together.
        if name.ends_with(".yaml") && name != "registry.yaml" {
            let path = format!("infra/{name}");
            templates.insert(path.clone(), template::load(&root().join(&path))?);
        }
    }
    let path = "template.yaml";
    templates.insert(path.to_owned(), template::load(&root().join(path))?);
    Ok(templates)
}

/// The publisher's stack with all its nested stacks.
pub(crate) fn publisher(templates: &Templates, deployment: &Deployment) -> Result<Rendered> {
    render(templates, "template.yaml", deployment)
}

const STREAM: &str = "arn:aws:dynamodb:eu-west-1:111111111111:table/own/stream/2026-01-01T00:00:00.000";

#[test]
fn the_publisher_renders_in_every_form() -> Result<()> {
    let templates = templates()?;
    let plain = Deployment::new(STACK);
    for (deployment, role) in [
        (plain.clone(), "account"),
        (plain.clone().with("TopicType", "standard"), "account"),
        (
            plain
                .clone()
                .with("Detail", "thin")
                .with("CallbackBaseUrl", "https://users.example.com"),
            "account",
        ),
        (plain.clone().with("SingleTableStreamArn", STREAM), "single-table"),
        (
            plain
                .clone()
                .with("Mapping", "authjs.yaml")
                .with("ProfilesStreamArn", STREAM),
            "single-table",
        ),
    ] {
        let rendered = publisher(&templates, &deployment)?;
        let functions: Vec<_> = rendered.of_kind("AWS::Serverless::Function").collect();
        let name = format!("{STACK}-{role}");
        let found = functions.iter().find(|(_, function)| function.reference == name);
        let (_, function) = found.with_context(|| format!("{name} is not deployed"))?;
        let roles = rendered.of_kind("AWS::IAM::Role");
        let arns: Vec<_> = roles.filter_map(|(_, role)| role.arn.as_deref()).collect();
        let role = function.property("Role").as_str().unwrap_or_default();
        anyhow::ensure!(arns.contains(&role), "{role} is none of {arns:?}");
    }
    Ok(())
}

#[test]
fn the_subscriber_renders_with_the_store_of_the_publisher() -> Result<()> {
    let templates = templates()?;
    let publisher = publisher(&templates, &Deployment::new(STACK))?;
    let mut deployment = Deployment::new("newsletter")
        .with("Name", "newsletter")
        .with("Stage", "dev")
        .with("Category", "account")
        .with("Classes", "contact");
    deployment.store = publisher.store();
    let subscriber = render(&templates, "infra/subscriber.yaml", &deployment)?;
    let topic = subscriber.resource("Subscription")?.property("TopicArn");
    anyhow::ensure!(topic == publisher.arn("Messaging/AccountTopic")?, "{topic}");
    deployment.store.clear();
    let refused = render(&templates, "infra/subscriber.yaml", &deployment);
    let refused = refused.err().context("it has no topic")?;
    anyhow::ensure!(
        format!("{refused:#}").contains("/user-events/dev/"),
        "{refused:#}"
    );
    Ok(())
}

#[test]
fn persons_keys_reach_the_functions_that_seal_in_every_layout_and_nobody_without_the_parameter() -> Result<()>
{
    let templates = templates()?;
    let stream_of_keys = format!(
        "arn:aws:dynamodb:eu-west-1:111111111111:table/{STACK}-subject-keys/stream/2026-01-01T00:00:00.000"
    );
    let plain = Deployment::new(STACK);
    for (deployment, hears) in [
        (plain.clone(), "AccountErasuresStream"),
        (
            plain.clone().with("SingleTableStreamArn", STREAM),
            "SingleTableErasuresStream",
        ),
        (
            plain.clone().with("GradualDeployment", "Canary10Percent5Minutes"),
            "AccountErasuresStream",
        ),
    ] {
        for switch in ["off", "prepared", "on"] {
            let is_on = switch != "off";
            let rendered = publisher(&templates, &deployment.clone().with("SubjectKeys", switch))?;
            for (path, function) in rendered.of_kind("AWS::Serverless::Function") {
                let variables = &function.property("Environment")["Variables"];
                let seals = is_on && path != "AccessFunction";
                let table = variables["SUBJECT_KEYS_TABLE"].as_str();
                let wanted = format!("{STACK}-subject-keys");
                anyhow::ensure!(table == seals.then_some(wanted.as_str()), "{path}: {table:?}");
                let told = variables["SUBJECT_KEYS"].as_str();
                let wanted = (path != "AccessFunction").then_some(switch);
                anyhow::ensure!(told == wanted, "{path}: {told:?}");
                let streams = variables["STREAM_ARNS"].as_str().unwrap_or_default();
                let redriven = streams.split(',').any(|stream| stream == stream_of_keys);
                anyhow::ensure!(
                    redriven == (is_on && path == "RedriveFunction"),
                    "{path}: {streams}"
                );
            }
            let mappings: Vec<_> = rendered
                .of_kind("AWS::Lambda::EventSourceMapping")
                .filter(|(_, mapping)| mapping.property("EventSourceArn") == stream_of_keys.as_str())
                .map(|(path, _)| path)
                .collect();
            let wanted = if is_on { vec![hears] } else { Vec::new() };
            anyhow::ensure!(mappings == wanted, "{mappings:?}");
            let store = rendered.store();
            for name in ["table-arn", "key-arn"] {
                let name = format!("/user-events/dev/subject-keys-{name}");
                anyhow::ensure!(store.contains_key(&name) == is_on, "{name}");
            }
            let described = rendered.of_kind("AWS::Serverless::Function");
            for (path, function) in
                described.filter(|(path, _)| !["AccessFunction", "RedriveFunction"].contains(path))
            {
                let description = function.property("Description").as_str();
                let named = description.is_none_or(|text| text.split(' ').any(|word| word == switch));
                anyhow::ensure!(named, "{path}: {description:?}");
            }
            let eraser = rendered.resource("Roles/EraserRole").is_ok();
            anyhow::ensure!(eraser == is_on, "the eraser's role");
        }
    }
    Ok(())
}
