//! Reads CloudFormation templates into plain JSON, with short forms expanded: `!Sub` becomes `Fn::Sub`.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use yaml_serde::Value as Yaml;

/// Reads a template from a YAML file.
///
/// Fails when the file cannot be read, is not YAML, or has keys that are not strings.
pub fn load(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    parse(&text).with_context(|| format!("{} is not a template", path.display()))
}

/// Reads a template from YAML text.
///
/// Fails when the text is not YAML or has keys that are not strings.
pub fn parse(text: &str) -> Result<Value> {
    long_form(yaml_serde::from_str(text)?)
}

fn long_form(yaml: Yaml) -> Result<Value> {
    Ok(match yaml {
        Yaml::Tagged(tagged) => {
            let function = tagged.tag.to_string();
            function_call(function.trim_start_matches('!'), long_form(tagged.value)?)
        }
        Yaml::Sequence(items) => items
            .into_iter()
            .map(long_form)
            .collect::<Result<Vec<_>>>()?
            .into(),
        Yaml::Mapping(members) => {
            let mut object = Map::new();
            for (key, value) in members {
                let Yaml::String(key) = key else {
                    bail!("a key is not a string; quote it")
                };
                object.insert(key, long_form(value)?);
            }
            object.into()
        }
        plain => serde_json::to_value(plain)?,
    })
}

/// The long form of a function (AWS CloudFormation User Guide, *Intrinsic function reference*).
fn function_call(name: &str, argument: Value) -> Value {
    let (name, argument) = match (name, argument) {
        ("Ref" | "Condition", argument) => (name.to_owned(), argument),
        ("GetAtt", Value::String(path)) => {
            let (resource, attribute) = path.split_once('.').unwrap_or((&path, ""));
            ("Fn::GetAtt".to_owned(), Value::from(vec![resource, attribute]))
        }
        (_, argument) => (format!("Fn::{name}"), argument),
    };
    Value::Object(Map::from_iter([(name, argument)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn short_forms_are_written_out() {
        let template = parse(
            "A: !Ref Stage\n\
             B: !Sub ${Stage}-x\n\
             C: !GetAtt Messaging.Outputs.Arn\n\
             D: !GetAtt [Queue, Arn]\n\
             E: !Condition Fifo\n",
        );
        let long = json!({
            "A": { "Ref": "Stage" },
            "B": { "Fn::Sub": "${Stage}-x" },
            "C": { "Fn::GetAtt": ["Messaging", "Outputs.Arn"] },
            "D": { "Fn::GetAtt": ["Queue", "Arn"] },
            "E": { "Condition": "Fifo" },
        });
        assert_eq!(template.unwrap(), long);
    }

    #[test]
    fn short_forms_within_short_forms_are_written_out() {
        let template = parse("A: !If [Fifo, !Join [\"\", [!Ref X, .fifo]], !Ref AWS::NoValue]").unwrap();
        let join = json!({ "Fn::Join": ["", [{ "Ref": "X" }, ".fifo"]] });
        assert_eq!(
            template,
            json!({ "A": { "Fn::If": ["Fifo", join, { "Ref": "AWS::NoValue" }] } })
        );
    }

    #[test]
    fn plain_values_keep_their_types() {
        let template = parse("A: true\nB: 5\nC: \"5\"\nD: [x, {e: null}]\nF: \"2010-09-09\"").unwrap();
        assert_eq!(
            template,
            json!({ "A": true, "B": 5, "C": "5", "D": ["x", { "e": null }], "F": "2010-09-09" })
        );
    }

    #[test]
    fn an_invalid_template_is_refused() {
        assert!(parse("a: [").is_err());
        assert!(parse("1: x").is_err());
    }
}
