//! Creates or updates a stack, follows it until it is done, and finds out why it failed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_cloudformation::types::{Capability, Parameter, ResourceStatus, Stack, StackEvent};

use crate::console::{Console, Style};

const POLL: Duration = Duration::from_millis(150);
const LONGEST: Duration = Duration::from_secs(180);

/// Creates the stack, or updates the existing one. Returns its outputs.
pub(super) async fn create_or_update(
    cloudformation: &Client,
    name: &str,
    template_url: &str,
    parameters: &[(&str, &str)],
    console: &Console,
) -> Result<BTreeMap<String, String>> {
    let existing = describe(cloudformation, name).await?.map(|stack| status(&stack));
    let before = match existing {
        Some(_) => events(cloudformation, name)
            .await
            .into_iter()
            .filter_map(|event| event.event_id)
            .collect(),
        None => BTreeSet::new(),
    };
    let usable = |status: &String| {
        status.ends_with("_COMPLETE") && !status.starts_with("ROLLBACK") && !status.starts_with("DELETE")
    };
    let parameters = parameters
        .iter()
        .map(|(name, value)| {
            Parameter::builder()
                .parameter_key(*name)
                .parameter_value(*value)
                .build()
        })
        .collect();
    let capabilities = vec![Capability::CapabilityNamedIam, Capability::CapabilityAutoExpand];

    if existing.as_ref().is_some_and(usable) {
        let update = cloudformation
            .update_stack()
            .stack_name(name)
            .template_url(template_url)
            .set_parameters(Some(parameters))
            .set_capabilities(Some(capabilities));
        match update.send().await {
            Ok(_) => {}
            Err(error)
                if error
                    .message()
                    .is_some_and(|message| message.contains("No updates")) =>
            {
                console.line(console.paint(Style::Faint, "    the stack is up to date"));
            }
            Err(error) => bail!(
                "stack {name} could not be updated: {}",
                DisplayErrorContext(error)
            ),
        }
    } else {
        if existing.is_some_and(|status| !status.starts_with("DELETE_COMPLETE")) {
            delete(cloudformation, name).await?;
        }
        let create = cloudformation
            .create_stack()
            .stack_name(name)
            .template_url(template_url)
            .set_parameters(Some(parameters))
            .set_capabilities(Some(capabilities));
        if let Err(error) = create.send().await {
            bail!(
                "stack {name} could not be created: {}",
                DisplayErrorContext(error)
            );
        }
    }
    let stack = wait(cloudformation, name, before, console).await?;
    let outputs = stack.outputs.unwrap_or_default().into_iter();
    Ok(outputs
        .filter_map(|output| Some((output.output_key?, output.output_value?)))
        .collect())
}

/// Follows the stack until it is done and prints a line per resource. Skips what happened before this call.
async fn wait(
    cloudformation: &Client,
    name: &str,
    mut said: BTreeSet<String>,
    console: &Console,
) -> Result<Stack> {
    let begun = Instant::now();
    loop {
        let stack = describe(cloudformation, name)
            .await?
            .with_context(|| format!("stack {name} is gone; deploy it again"))?;
        let status = status(&stack);
        for event in events(cloudformation, name).await.into_iter().rev() {
            let done = matches!(
                event.resource_status,
                Some(ResourceStatus::CreateComplete | ResourceStatus::UpdateComplete)
            );
            let (Some(id), Some(kind)) = (event.logical_resource_id, event.resource_type) else {
                continue;
            };
            if done && id != name && said.insert(event.event_id.unwrap_or_default()) {
                console.line(console.paint(Style::Faint, format_args!("    {id} ({kind})")));
            }
        }
        match status.as_str() {
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" => return Ok(stack),
            status if status.ends_with("_IN_PROGRESS") && begun.elapsed() < LONGEST => {
                tokio::time::sleep(POLL).await
            }
            status => {
                let mut reasons = failures(cloudformation, name).await;
                if reasons.is_empty() {
                    reasons.extend(stack.stack_status_reason);
                }
                bail!("stack {name} is {status}:\n  {}", reasons.join("\n  "));
            }
        }
    }
}

/// What failed and why, nested stacks first.
async fn failures(cloudformation: &Client, name: &str) -> Vec<String> {
    let mut reasons = Vec::new();
    for event in events(cloudformation, name).await {
        let failed = event
            .resource_status
            .as_ref()
            .is_some_and(|status| status.as_str().ends_with("_FAILED"));
        let (Some(id), Some(kind)) = (&event.logical_resource_id, &event.resource_type) else {
            continue;
        };
        if !failed || event.physical_resource_id == event.stack_id {
            continue;
        }
        if let Some(nested) = event
            .physical_resource_id
            .as_deref()
            .filter(|_| kind == "AWS::CloudFormation::Stack")
        {
            reasons.extend(Box::pin(failures(cloudformation, nested)).await);
        }
        let reason = event
            .resource_status_reason
            .as_deref()
            .unwrap_or("the engine gives no reason");
        reasons.push(format!("{id} ({kind}): {reason}"));
    }
    reasons
}

async fn delete(cloudformation: &Client, name: &str) -> Result<()> {
    cloudformation
        .delete_stack()
        .stack_name(name)
        .send()
        .await
        .with_context(|| format!("stack {name} could not be deleted"))?;
    let begun = Instant::now();
    while describe(cloudformation, name)
        .await?
        .is_some_and(|stack| status(&stack) != "DELETE_COMPLETE")
    {
        if begun.elapsed() > LONGEST {
            bail!(
                "stack {name}, which failed earlier, could not be deleted in time; delete it and try again"
            );
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

/// The stack; `None` if there is none.
async fn describe(cloudformation: &Client, name: &str) -> Result<Option<Stack>> {
    match cloudformation.describe_stacks().stack_name(name).send().await {
        Ok(found) => Ok(found.stacks.unwrap_or_default().into_iter().next()),
        Err(error) if error.code() == Some("ValidationError") => Ok(None),
        Err(error) => Err(error).with_context(|| format!("stack {name} could not be looked up")),
    }
}

/// The events of the stack, latest first; empty if the engine does not list them.
async fn events(cloudformation: &Client, name: &str) -> Vec<StackEvent> {
    let answer = cloudformation
        .describe_stack_events()
        .stack_name(name)
        .send()
        .await;
    answer
        .ok()
        .and_then(|answer| answer.stack_events)
        .unwrap_or_default()
}

fn status(stack: &Stack) -> String {
    stack
        .stack_status
        .as_ref()
        .map(|status| status.as_str().to_owned())
        .unwrap_or_default()
}
