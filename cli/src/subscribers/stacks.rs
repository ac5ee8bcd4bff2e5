//! Finds the stacks of subscribers, which say what they grant.

use std::collections::BTreeMap;

use anyhow::Result;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::Stack;
use user_events_local::failure::explained;

/// A stack of `infra/subscriber.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SubscriberStack {
    pub(super) name: String,
    /// The data classes that it grants.
    pub(super) classes: Vec<String>,
}

/// The stacks of subscribers in the account and region, nested ones too, by the ARN of their queue.
///
/// Fails when CloudFormation refuses.
pub(super) async fn by_queue(client: &Client) -> Result<BTreeMap<String, SubscriberStack>> {
    let (mut stacks, mut token) = (BTreeMap::new(), None);
    loop {
        let page = client.describe_stacks().set_next_token(token).send().await;
        let page = page.map_err(|error| {
            explained(
                "the stacks of subscribers could not be listed",
                "cloudformation:DescribeStacks on all stacks",
                &error,
            )
        })?;
        stacks.extend(page.stacks.unwrap_or_default().iter().filter_map(subscriber));
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(stacks);
        }
    }
}

/// The ARN of the queue and the classes, if it is the stack of a subscriber.
fn subscriber(stack: &Stack) -> Option<(String, SubscriberStack)> {
    let output = |name: &str| {
        let mut outputs = stack.outputs().iter();
        outputs
            .find(|output| output.output_key() == Some(name))?
            .output_value()
    };
    let parameter = |name: &str| {
        let mut parameters = stack.parameters().iter();
        parameters
            .find(|parameter| parameter.parameter_key() == Some(name))?
            .parameter_value()
    };
    let (queue, classes) = (output("QueueArn")?, parameter("Classes")?);
    let classes = classes
        .split(',')
        .map(str::trim)
        .filter(|class| !class.is_empty());
    let stack = SubscriberStack {
        name: stack.stack_name().unwrap_or_default().to_owned(),
        classes: classes.map(str::to_owned).collect(),
    };
    Some((queue.to_owned(), stack))
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::types::{Output, Parameter};

    use super::*;

    fn stack(classes: Option<&str>) -> Stack {
        let output = Output::builder()
            .output_key("QueueArn")
            .output_value("arn:q")
            .build();
        let parameter = |value| {
            Parameter::builder()
                .parameter_key("Classes")
                .parameter_value(value)
                .build()
        };
        Stack::builder()
            .stack_name("welcome")
            .outputs(output)
            .set_parameters(classes.map(|value| vec![parameter(value)]))
            .build()
    }

    #[test]
    fn a_stack_of_a_subscriber_has_a_queue_and_classes() {
        let found = |classes| subscriber(&stack(classes)).map(|(_, stack)| stack.classes);
        assert_eq!(
            found(Some("contact, network")),
            Some(vec!["contact".to_owned(), "network".to_owned()])
        );
        assert_eq!(found(Some("")), Some(Vec::new()));
        assert_eq!(found(None), None, "the stack of something else");
    }
}
