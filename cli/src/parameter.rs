//! The parameters that a publisher writes for its subscribers.

use anyhow::{Context, Result, anyhow};
use aws_sdk_ssm::error::ProvideErrorMetadata;
use user_events_local::clients::Clients;
use user_events_local::failure::explained;

/// The value of the parameter `/user-events/<stage>/<name>`.
///
/// Fails when there is no such parameter, and when it cannot be read.
pub(crate) async fn read(clients: &Clients, stage: &str, name: &str) -> Result<String> {
    let name = format!("/user-events/{stage}/{name}");
    let answer = clients.ssm.get_parameter().name(&name).send().await;
    let answer = answer.map_err(|error| match error.code() {
        Some("ParameterNotFound") => anyhow!(
            "there is no parameter {name} in this account and region; name the stage that you deployed with --stage, or \
             check AWS_PROFILE and AWS_REGION"
        ),
        _ => explained(
            format_args!("parameter {name} could not be read"),
            "ssm:GetParameter on it",
            &error,
        ),
    })?;
    let value = answer.parameter.and_then(|parameter| parameter.value);
    value.with_context(|| format!("parameter {name} has no value; deploy the publisher again"))
}

/// The value of the parameter `/user-events/<stage>/<name>`, which not every publisher writes. `None` if there is none, and if
/// the caller may not read it: credentials from before such a parameter can do what they could.
///
/// Fails when the parameter store does not answer.
pub(crate) async fn find(clients: &Clients, stage: &str, name: &str) -> Result<Option<String>> {
    let name = format!("/user-events/{stage}/{name}");
    let answer = clients.ssm.get_parameter().name(&name).send().await;
    match answer {
        Ok(answer) => Ok(answer.parameter.and_then(|parameter| parameter.value)),
        Err(error) if matches!(error.code(), Some("ParameterNotFound" | "AccessDeniedException")) => Ok(None),
        Err(error) => Err(explained(
            format_args!("parameter {name} could not be read"),
            "ssm:GetParameter on it",
            &error,
        )),
    }
}

/// The stage of `cargo demo`.
pub(crate) const STAGE_OF_THE_DEMO: &str = "demo";

/// The stage that is meant if none is named: `demo` on a local engine, `dev` on AWS.
pub(crate) fn stage<'a>(named: Option<&'a str>, endpoint: Option<&str>) -> &'a str {
    match (named, endpoint) {
        (Some(stage), _) => stage,
        (None, Some(_)) => STAGE_OF_THE_DEMO,
        (None, None) => "dev",
    }
}
