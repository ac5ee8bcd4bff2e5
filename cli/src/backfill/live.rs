//! Turns the live queue of a subscriber on: in its stack, because a change behind the template's back would be drift.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::{Capability, Parameter};
use user_events_local::failure::explained;
use user_events_local::interrupt::Interrupt;

use crate::stack::Outputs;

const LIVE: &str = "Live";
const PAUSE: Duration = Duration::from_secs(2);

/// Updates the stack with `Live=on` and nothing else, and waits until that is done.
///
/// Fails when CloudFormation refuses, when the update fails, and when the run is interrupted; the update then goes on.
pub(super) async fn turn_on(client: &Client, stack: &Outputs, interrupt: &Interrupt) -> Result<()> {
    let name = stack.stack();
    let update = client.update_stack().stack_name(name).use_previous_template(true);
    let update = update
        .set_parameters(Some(parameters(stack)))
        // Those of `sam deploy`: named roles, and the transform of serverless templates.
        .capabilities(Capability::CapabilityNamedIam)
        .capabilities(Capability::CapabilityAutoExpand);
    match update.send().await {
        Ok(_) => {}
        Err(error) if error.message().is_some_and(|text| text.contains("No updates")) => return Ok(()),
        Err(error) => {
            return Err(explained(
                format_args!("stack {name} could not be updated with {LIVE}=on; update it yourself"),
                "cloudformation:UpdateStack on the stack, and what its resources need",
                &error,
            ));
        }
    }
    loop {
        match status(client, name).await?.as_str() {
            "UPDATE_COMPLETE" | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" => return Ok(()),
            "UPDATE_IN_PROGRESS" => {}
            other => bail!(
                "the update of stack {name} with {LIVE}=on ended as {other}; look at the events of the stack, then repeat the \
                 command"
            ),
        }
        tokio::select! {
            () = interrupt.raised() => interrupt.check()?,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// All parameters as they are, but one.
fn parameters(stack: &Outputs) -> Vec<Parameter> {
    let parameter = |name: &str| {
        let parameter = Parameter::builder().parameter_key(name);
        if name == LIVE {
            parameter.parameter_value("on").build()
        } else {
            parameter.use_previous_value(true).build()
        }
    };
    stack.parameters().map(parameter).collect()
}

async fn status(client: &Client, name: &str) -> Result<String> {
    let answer = client.describe_stacks().stack_name(name).send().await;
    let answer = answer.map_err(|error| {
        explained(
            format_args!("stack {name} could not be looked up"),
            "cloudformation:DescribeStacks on the stack",
            &error,
        )
    })?;
    let stack = answer.stacks.unwrap_or_default().into_iter().next();
    let status = stack.and_then(|stack| stack.stack_status);
    let status = status.with_context(|| format!("stack {name} is gone; deploy the subscriber again"))?;
    Ok(status.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_parameter_changes() {
        let stack = Outputs::of(
            "welcome",
            &[],
            &[("Live", "off"), ("Name", "welcome"), ("Stage", "prod")],
        );
        let changes: Vec<_> = parameters(&stack)
            .iter()
            .map(|one| {
                (
                    one.parameter_key.clone(),
                    one.parameter_value.clone(),
                    one.use_previous_value,
                )
            })
            .collect();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(
            changes,
            [
                (name("Live"), name("on"), None),
                (name("Name"), None, Some(true)),
                (name("Stage"), None, Some(true)),
            ]
        );
    }
}
