//! The outputs and parameters of a deployed stack.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use user_events_core::{Category, Detail, Publication, Thin};
use user_events_local::failure::explained;

/// The stack of `cargo demo`.
pub(crate) const STACK_OF_THE_DEMO: &str = "user-events-demo";

/// The outputs and parameters of a stack of the publisher, or of a subscriber.
#[derive(Debug)]
pub(crate) struct Outputs {
    stack: String,
    outputs: BTreeMap<String, String>,
    parameters: BTreeMap<String, String>,
}

impl Outputs {
    /// Looks the publisher's stack up. `otherwise` says how to do without, for the error.
    ///
    /// Fails when there is no such stack, and when the caller may not look it up.
    pub(crate) async fn look_up(client: &Client, stack: &str, otherwise: &str) -> Result<Self> {
        let found = Self::find(client, stack, otherwise).await?;
        found.ok_or_else(|| {
            anyhow!(
                "there is no stack {stack} in this account and region; name the one that you deployed with --stack, \
                 or check AWS_PROFILE and AWS_REGION{otherwise}"
            )
        })
    }

    /// Looks a subscriber's stack up: one of `infra/subscriber.yaml`, or one around it. `otherwise` says how to do without,
    /// for the error.
    ///
    /// Fails when there is no such stack, and when the caller may not look it up.
    pub(crate) async fn of_subscriber(client: &Client, stack: &str, otherwise: &str) -> Result<Self> {
        let found = Self::find(client, stack, otherwise).await?;
        found.ok_or_else(|| {
            anyhow!(
                "there is no stack {stack} of a subscriber in this account and region; name the one that you deployed \
                 with --subscriber, or check AWS_PROFILE and AWS_REGION{otherwise}"
            )
        })
    }

    /// The stack. `None` if there is none.
    async fn find(client: &Client, stack: &str, otherwise: &str) -> Result<Option<Self>> {
        let answer = client.describe_stacks().stack_name(stack).send().await;
        let found = match answer {
            Ok(answer) => answer.stacks.unwrap_or_default().into_iter().next(),
            Err(error) if error.code() == Some("ValidationError") => None,
            Err(error) => {
                return Err(explained(
                    format_args!("stack {stack} could not be looked up"),
                    &format!("cloudformation:DescribeStacks on the stack{otherwise}"),
                    &error,
                ));
            }
        };
        Ok(found.map(|found| {
            let outputs = found.outputs.unwrap_or_default().into_iter();
            let parameters = found.parameters.unwrap_or_default().into_iter();
            Self {
                stack: stack.to_owned(),
                outputs: outputs
                    .filter_map(|output| Some((output.output_key?, output.output_value?)))
                    .collect(),
                parameters: parameters
                    .filter_map(|parameter| Some((parameter.parameter_key?, parameter.parameter_value?)))
                    .collect(),
            }
        }))
    }

    /// A stack that exists in a test only.
    #[cfg(test)]
    pub(crate) fn of(stack: &str, outputs: &[(&str, &str)], parameters: &[(&str, &str)]) -> Self {
        let pairs = |pairs: &[(&str, &str)]| {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            pairs.iter().map(owned).collect()
        };
        Self {
            stack: stack.to_owned(),
            outputs: pairs(outputs),
            parameters: pairs(parameters),
        }
    }

    /// An output that not every stack has. `None` if this one has not.
    pub(crate) fn output(&self, name: &str) -> Option<&str> {
        self.outputs.get(name).map(String::as_str)
    }

    /// The names of all parameters.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &str> {
        self.parameters.keys().map(String::as_str)
    }

    /// The name of the stack.
    pub(crate) fn stack(&self) -> &str {
        &self.stack
    }

    /// The value of a parameter. `None` if the stack has none with that name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// As the functions of the stack publish events of these categories. A stack of an older version has the defaults of its
    /// time.
    pub(crate) fn publication(&self, categories: &[&'static Category]) -> Publication {
        let standard = Publication::default();
        let given = |name: &str| self.parameter(name).filter(|value| !value.is_empty());
        Publication {
            source: given("EventSource").map_or(standard.source, str::to_owned),
            schema_base_uri: given("SchemaBaseUri").map_or(standard.schema_base_uri, str::to_owned),
            replay: false,
            detail: match given("Detail") {
                Some("thin") => Detail::Thin(Thin::new(
                    categories,
                    given("CallbackBaseUrl").unwrap_or_default(),
                )),
                _ => Detail::Fat,
            },
        }
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
pub(crate) fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
