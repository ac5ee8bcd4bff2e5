//! Generates `infra/registry.yaml`, an optional stack that registers the schemas with AWS. A template must contain what it
//! registers, so it is generated together with the schemas.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::lower::{Draft, lowered};
use user_events::schemas::render;
/// The path of the template.
pub const PATH: &str = "infra/registry.yaml";

/// A template in S3 may be of 1 MB (AWS CloudFormation User Guide, *Understand CloudFormation quotas*). What is larger
/// than 51,200 bytes cannot be given in the call, and `sam deploy` sends every template through S3.
const MAX_TEMPLATE_BYTES: usize = 1_000_000;
/// AWS CloudFormation Template Reference Guide, *AWS::Glue::SchemaVersion*.
const MAX_GLUE_DEFINITION: usize = 170_000;
/// Amazon EventBridge Schema Registry API Reference, *CreateSchemaInput*.
const MAX_EVENTBRIDGE_CONTENT: usize = 100_000;
/// EventBridge's limit, the shorter of the two.
const MAX_DESCRIPTION: usize = 256;

const HEAD: &str = r"# Written by `cargo schemas` from the types; what is edited here is lost.
AWSTemplateFormatVersion: '2010-09-09'
Description: user-events, the schemas in the AWS Glue Schema Registry and in the Amazon EventBridge schema registry

Parameters:
  RegistryName:
    Type: String
    Default: user-events
    AllowedPattern: '[a-zA-Z0-9_-]{1,64}'
    Description: The name of the registry, which must not be there yet.
  Registries:
    Type: String
    Default: both
    AllowedValues: [both, glue, eventbridge]
    Description: Where the schemas are registered.

Conditions:
  Glue: !Not [!Equals [!Ref Registries, eventbridge]]
  EventBridge: !Not [!Equals [!Ref Registries, glue]]

Resources:
  GlueRegistry:
    Type: AWS::Glue::Registry
    Condition: Glue
    Properties:
      Name: !Ref RegistryName
      Description: The events of user-events, in draft-07 of JSON Schema.

  EventBridgeRegistry:
    Type: AWS::EventSchemas::Registry
    Condition: EventBridge
    Properties:
      RegistryName: !Ref RegistryName
      Description: The events of user-events, in draft 4 of JSON Schema.
";

/// The template with every schema in it.
///
/// Fails when an older draft cannot express a schema, and when a schema is too large for a registry or a template.
pub fn template() -> Result<String> {
    let mut template = HEAD.to_owned();
    for (path, text) in render()? {
        let schema: Value = serde_json::from_str(&text)?;
        add(&mut template, &path, &schema).with_context(|| path.display().to_string())?;
    }
    ensure!(
        template.len() <= MAX_TEMPLATE_BYTES,
        "{PATH} is larger than CloudFormation takes; register the categories in stacks of their own"
    );
    Ok(template)
}

fn add(template: &mut String, path: &Path, schema: &Value) -> Result<()> {
    let title = path.file_stem().unwrap_or_default().to_string_lossy();
    // The schemas of thin events are in a subfolder, but a name must not contain a slash.
    let category = path.parent().unwrap_or(path).to_string_lossy().replace('/', "-");
    let (joint, at) = if category.is_empty() { ("", "") } else { ("-", "@") };
    let logical = capitals(&format!("{category}{joint}{title}"));
    let description = quoted(&first_words(schema["description"].as_str().unwrap_or_default()));
    let seven = lowered(schema, Draft::Seven)?.to_string();
    let four = lowered(schema, Draft::Four)?.to_string();
    ensure!(
        seven.len() <= MAX_GLUE_DEFINITION,
        "the schema is larger than AWS Glue takes"
    );
    ensure!(
        four.len() <= MAX_EVENTBRIDGE_CONTENT,
        "the schema is larger than EventBridge takes"
    );
    // Glue never changes a schema's definition: a new one is a new version, and the old ones stay. Its own check of
    // compatibility knows neither open enumerations nor that a publisher sends no field that it does not describe.
    write!(
        template,
        "
  Glue{logical}:
    Type: AWS::Glue::Schema
    Condition: Glue
    Properties:
      Name: {category}{joint}{title}
      Description: {description}
      Registry: {{Arn: !GetAtt GlueRegistry.Arn}}
      DataFormat: JSON
      Compatibility: NONE
  Glue{logical}Version:
    Type: AWS::Glue::SchemaVersion
    Condition: Glue
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      Schema: {{SchemaArn: !GetAtt Glue{logical}.Arn}}
      SchemaDefinition: {definition}
  EventBridge{logical}:
    Type: AWS::EventSchemas::Schema
    Condition: EventBridge
    DependsOn: EventBridgeRegistry
    Properties:
      RegistryName: !Ref RegistryName
      SchemaName: {category}{at}{title}
      Type: JSONSchemaDraft4
      Description: {description}
      Content: {content}
",
        definition = quoted(&seven),
        content = quoted(&four),
    )?;
    Ok(())
}

/// The first sentence, or as much of it as a description may hold.
fn first_words(description: &str) -> String {
    let one_line = description.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentence = one_line
        .split_once(". ")
        .map_or(one_line.as_str(), |(first, _)| first);
    sentence.chars().take(MAX_DESCRIPTION).collect()
}

/// A text in YAML's single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `account-UserDeletedEventV1` as a logical id: `AccountUserDeletedEventV1`.
fn capitals(name: &str) -> String {
    name.split('-')
        .map(|part| {
            let mut letters = part.chars();
            letters.next().map_or_else(String::new, |first| {
                format!("{}{}", first.to_ascii_uppercase(), letters.as_str())
            })
        })
        .collect()
}
