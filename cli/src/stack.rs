//! The outputs and parameters of a deployed stack.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use user_events_local::failure::explained;

/// The stack of `cargo demo`.
pub(crate) const STACK_OF_THE_DEMO: &str = "user-events-demo";

/// The outputs and parameters of a stack of the publisher.
#[derive(Debug)]
pub(crate) struct Outputs {
    stack: String,
    outputs: BTreeMap<String, String>,
    parameters: BTreeMap<String, String>,
}

impl Outputs {
    /// Looks the stack up. `otherwise` says how to do without, for the error.
    ///
    /// Fails when there is no such stack, and when the caller may not look it up.
    pub(crate) async fn look_up(client: &Client, stack: &str, otherwise: &str) -> Result<Self> {
        let no_stack = || {
            anyhow!(
                "there is no stack {stack} in this account and region; name the one that you deployed with --stack, \
                 or check AWS_PROFILE and AWS_REGION{otherwise}"
            )
        };
        let answer = client.describe_stacks().stack_name(stack).send().await;
        let answer = answer.map_err(|error| match error.code() {
            Some("ValidationError") => no_stack(),
            _ => explained(
                format_args!("stack {stack} could not be looked up"),
                &format!("cloudformation:DescribeStacks on the stack{otherwise}"),
                &error,
            ),
        })?;
        let found = answer
            .stacks
            .unwrap_or_default()
            .into_iter()
            .next()
            .ok_or_else(no_stack)?;
        let outputs = found.outputs.unwrap_or_default().into_iter();
        let parameters = found.parameters.unwrap_or_default().into_iter();
        Ok(Self {
            stack: stack.to_owned(),
            outputs: outputs
                .filter_map(|output| Some((output.output_key?, output.output_value?)))
                .collect(),
            parameters: parameters
                .filter_map(|parameter| Some((parameter.parameter_key?, parameter.parameter_value?)))
                .collect(),
        })
    }

    /// The value of a parameter. `None` if the stack has none with that name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// The topic of a category.
    ///
    /// Fails when the stack has none.
    pub(crate) fn topic_arn(&self, category: &str) -> Result<&str> {
        self.get(&format!("{}TopicArn", capitalized(category)))
    }

    /// The deployed name of a table, such as `accounts`. `None` if the stack did not create that table.
    pub(crate) fn table_name(&self, table: &str) -> Option<&str> {
        self.outputs
            .get(&format!("{}TableName", capitalized(table)))
            .map(String::as_str)
    }

    /// An output that every stack of the publisher has.
    ///
    /// Fails when this one has not.
    pub(crate) fn get(&self, name: &str) -> Result<&str> {
        self.outputs.get(name).map(String::as_str).ok_or_else(|| {
            anyhow!(
                "stack {} has no output {name}; name a completely deployed user-events stack with --stack",
                self.stack
            )
        })
    }
}

/// A word as it begins the name of an output.
fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
