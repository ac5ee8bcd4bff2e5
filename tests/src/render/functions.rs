//! The intrinsic functions (AWS CloudFormation Template Reference, *Intrinsic functions*).

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

/// What the names of a template stand for.
pub(super) trait Scope {
    /// The value of `Ref`. `None` is `AWS::NoValue`.
    fn reference(&self, name: &str) -> Result<Option<Value>>;
    /// The value of `Fn::GetAtt`.
    fn attribute(&self, resource: &str, attribute: &str) -> Result<Value>;
    /// Whether a condition holds.
    fn condition(&self, name: &str) -> Result<bool>;
    /// The value of a mapping.
    fn mapped(&self, map: &str, key: &str, second: &str) -> Option<Value>;
    /// The value of `{{resolve:<reference>}}`.
    fn resolved(&self, reference: &str) -> Result<String>;
}

/// A value without functions. `None` is `AWS::NoValue`: the member or item that has it is left out.
pub(super) fn value(scope: &dyn Scope, raw: &Value) -> Result<Option<Value>> {
    Ok(Some(match raw {
        Value::Array(items) => {
            let mut list = Vec::new();
            for item in items {
                list.extend(value(scope, item)?);
            }
            list.into()
        }
        Value::Object(members) => match call(members) {
            Some((name, argument)) => return function(scope, name, argument),
            None => {
                let mut object = Map::new();
                for (name, member) in members {
                    let member = value(scope, member).with_context(|| name.clone())?;
                    object.extend(member.map(|member| (name.clone(), member)));
                }
                object.into()
            }
        },
        Value::String(text) => dynamic(scope, text)?.into(),
        plain => plain.clone(),
    }))
}

/// Whether a condition (in `Conditions`, `Rules` or the first argument of a function) holds.
pub(super) fn holds(scope: &dyn Scope, raw: &Value) -> Result<bool> {
    let call = raw.as_object().and_then(|members| members.iter().next());
    let (name, argument) = call.context("a condition is no function")?;
    let items = || {
        let items = argument.as_array();
        items.with_context(|| format!("{name} takes a list"))
    };
    Ok(match name.as_str() {
        "Condition" => scope.condition(text(argument)?)?,
        "Fn::And" => {
            let all: Result<Vec<_>> = items()?.iter().map(|item| holds(scope, item)).collect();
            all?.into_iter().all(|item| item)
        }
        "Fn::Or" => {
            let all: Result<Vec<_>> = items()?.iter().map(|item| holds(scope, item)).collect();
            all?.into_iter().any(|item| item)
        }
        "Fn::Not" => !holds(scope, items()?.first().context("Fn::Not has no argument")?)?,
        "Fn::Equals" => {
            let [one, other] = items()?.as_slice() else {
                bail!("Fn::Equals takes two values")
            };
            plain(&needed(scope, one)?)? == plain(&needed(scope, other)?)?
        }
        "Fn::Contains" => {
            let [list, one] = items()?.as_slice() else {
                bail!("Fn::Contains takes a list and a value")
            };
            let list = needed(scope, list)?;
            let list = list.as_array().context("Fn::Contains takes a list")?;
            list.contains(&needed(scope, one)?)
        }
        "Fn::EachMemberEquals" => {
            let [list, one] = items()?.as_slice() else {
                bail!("Fn::EachMemberEquals takes a list and a value")
            };
            let list = needed(scope, list)?;
            let one = needed(scope, one)?;
            let list = list.as_array().context("Fn::EachMemberEquals takes a list")?;
            list.iter().all(|item| *item == one)
        }
        _ => bail!("{name} is no condition that the renderer knows"),
    })
}

/// The name and argument of a function call.
fn call(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = members.iter().next().filter(|_| members.len() == 1)?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name, argument))
}

fn function(scope: &dyn Scope, name: &str, argument: &Value) -> Result<Option<Value>> {
    let items = || {
        let items = argument.as_array();
        items.with_context(|| format!("{name} takes a list"))
    };
    Ok(Some(match name {
        "Ref" => return scope.reference(text(argument)?),
        "Fn::GetAtt" => {
            let (resource, attribute) = match argument {
                Value::String(path) => path.split_once('.').context("Fn::GetAtt has no attribute")?,
                argument => {
                    let items = argument.as_array().map(Vec::as_slice);
                    let Some([Value::String(resource), Value::String(attribute)]) = items else {
                        bail!("Fn::GetAtt takes a resource and an attribute")
                    };
                    (resource.as_str(), attribute.as_str())
                }
            };
            scope.attribute(resource, attribute)?
        }
        "Fn::If" => {
            let [condition, then, otherwise] = items()?.as_slice() else {
                bail!("Fn::If takes a condition and two values")
            };
            let chosen = if scope.condition(text(condition)?)? {
                then
            } else {
                otherwise
            };
            return value(scope, chosen);
        }
        "Fn::Sub" => match argument {
            Value::String(pattern) => substituted(scope, pattern, &Map::new())?.into(),
            argument => {
                let items = argument.as_array().map(Vec::as_slice);
                let Some([Value::String(pattern), Value::Object(own)]) = items else {
                    bail!("Fn::Sub takes a text, or a text and a map")
                };
                substituted(scope, pattern, own)?.into()
            }
        },
        "Fn::Join" => {
            let [separator, list] = items()?.as_slice() else {
                bail!("Fn::Join takes a separator and a list")
            };
            let list = needed(scope, list)?;
            let list = list.as_array().context("Fn::Join takes a list")?;
            let texts: Result<Vec<_>> = list.iter().map(plain).collect();
            texts?.join(text(separator)?).into()
        }
        "Fn::Split" => {
            let [separator, whole] = items()?.as_slice() else {
                bail!("Fn::Split takes a separator and a text")
            };
            let whole = plain(&needed(scope, whole)?)?;
            let parts: Vec<_> = whole.split(text(separator)?).map(Value::from).collect();
            parts.into()
        }
        "Fn::Select" => {
            let [index, list] = items()?.as_slice() else {
                bail!("Fn::Select takes an index and a list")
            };
            let index: usize = plain(&needed(scope, index)?)?.parse()?;
            let list = needed(scope, list)?;
            let list = list.as_array().context("Fn::Select takes a list")?;
            let item = list.get(index);
            item.with_context(|| format!("Fn::Select finds no item {index}"))?
                .clone()
        }
        "Fn::FindInMap" => {
            let [map, key, second, ..] = items()?.as_slice() else {
                bail!("Fn::FindInMap takes a map and two keys")
            };
            let (map, key, second) = (
                plain(&needed(scope, map)?)?,
                plain(&needed(scope, key)?)?,
                plain(&needed(scope, second)?)?,
            );
            match (scope.mapped(&map, &key, &second), items()?.get(3)) {
                (Some(found), _) => found,
                // AWS::LanguageExtensions.
                (None, Some(options)) => needed(scope, &options["DefaultValue"])?,
                (None, None) => bail!("the mapping {map} has no {key}.{second}"),
            }
        }
        "Fn::ToJsonString" => needed(scope, argument)?.to_string().into(),
        "Fn::Length" => {
            let list = needed(scope, argument)?;
            let list = list.as_array().context("Fn::Length takes a list")?;
            list.len().into()
        }
        _ => bail!("{name} is no function that the renderer knows"),
    }))
}

/// The text with `${Name}`, `${Resource.Attribute}` and `${!Literal}` replaced.
fn substituted(scope: &dyn Scope, pattern: &str, own: &Map<String, Value>) -> Result<String> {
    let mut done = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after
            .split_once('}')
            .with_context(|| format!("`${{` is not closed in {pattern}"))?;
        done.push_str(before);
        rest = after;
        if let Some(literal) = name.strip_prefix('!') {
            done.push_str("${");
            done.push_str(literal);
            done.push('}');
            continue;
        }
        let name = name.trim();
        let replaced = match (own.get(name), name.split_once('.')) {
            (Some(given), _) => needed(scope, given)?,
            (None, Some((resource, attribute))) => scope.attribute(resource, attribute)?,
            (None, None) => scope
                .reference(name)?
                .with_context(|| format!("{name} has no value"))?,
        };
        done.push_str(&plain(&replaced).with_context(|| name.to_owned())?);
    }
    done.push_str(rest);
    dynamic(scope, &done)
}

/// The text with its dynamic references replaced (AWS CloudFormation User Guide, *Get values stored in other services*).
fn dynamic(scope: &dyn Scope, whole: &str) -> Result<String> {
    let mut done = String::new();
    let mut rest = whole;
    while let Some((before, after)) = rest.split_once("{{resolve:") {
        // Within `Fn::Sub` a reference can hold a variable; it is replaced first, and this runs on the result.
        let (reference, after) = after
            .split_once("}}")
            .context("a dynamic reference is not closed")?;
        ensure!(
            !reference.contains("${"),
            "a dynamic reference with a variable needs Fn::Sub"
        );
        done.push_str(before);
        done.push_str(&scope.resolved(reference)?);
        rest = after;
    }
    done.push_str(rest);
    Ok(done)
}

fn needed(scope: &dyn Scope, raw: &Value) -> Result<Value> {
    value(scope, raw)?.context("AWS::NoValue cannot be an argument")
}

/// The text that a value becomes where a text is needed.
pub(super) fn plain(value: &Value) -> Result<String> {
    Ok(match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => bail!("a text is needed here"),
    })
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().context("a name or text is needed here")
}
