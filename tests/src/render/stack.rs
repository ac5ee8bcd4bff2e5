//! One stack: its parameters, conditions and resources, and the stacks that it nests.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

use super::attributes::Named;
use super::functions::{self, Scope, holds, plain};
use super::model::{Deployment, Resource, Templates};
use super::rules;

const NESTED: [&str; 2] = ["AWS::Serverless::Application", "AWS::CloudFormation::Stack"];

type Resources = BTreeMap<String, Resource>;
type Outputs = BTreeMap<String, String>;

pub(super) struct Stack<'a> {
    templates: &'a Templates,
    file: &'a str,
    template: &'a Value,
    /// The path of the stack in the root: empty, or with a slash at its end.
    path: String,
    name: String,
    deployment: &'a Deployment,
    parameters: BTreeMap<String, Value>,
    /// The nested stacks that are deployed so far: their resources and outputs.
    nested: RefCell<BTreeMap<String, (Resources, Outputs)>>,
    /// What is being rendered now: what needs one of these needs itself.
    open: RefCell<BTreeSet<String>>,
}

impl<'a> Stack<'a> {
    /// The stack of a template with the parameters that are given.
    pub(super) fn new(
        templates: &'a Templates,
        file: &str,
        path: &str,
        name: &str,
        deployment: &'a Deployment,
        given: BTreeMap<String, Value>,
    ) -> Result<Self> {
        let template = templates.get_key_value(file);
        let (file, template) = template.with_context(|| format!("there is no template {file}"))?;
        let mut stack = Self {
            templates,
            file,
            template,
            path: path.to_owned(),
            name: name.to_owned(),
            deployment,
            parameters: BTreeMap::new(),
            nested: RefCell::default(),
            open: RefCell::default(),
        };
        let parameters = stack.parameters(given).with_context(|| file.clone())?;
        stack.parameters = parameters;
        rules::check(&stack, template).with_context(|| file.clone())?;
        Ok(stack)
    }

    fn parameters(&self, mut given: BTreeMap<String, Value>) -> Result<BTreeMap<String, Value>> {
        let mut parameters = BTreeMap::new();
        for (name, declared) in self.section("Parameters") {
            let value = given.remove(name).or_else(|| declared.get("Default").cloned());
            let value = value.with_context(|| format!("the parameter {name} is not given"))?;
            let value = plain(&value).with_context(|| format!("the parameter {name}"))?;
            if let Some(allowed) = declared["AllowedValues"].as_array() {
                let allowed: Result<Vec<_>> = allowed.iter().map(plain).collect();
                ensure!(
                    allowed?.contains(&value),
                    "the parameter {name} has a value that is not allowed"
                );
            }
            let kind = declared["Type"].as_str().unwrap_or_default();
            let value = match kind {
                "CommaDelimitedList" => {
                    let items: Vec<_> = value.split(',').map(|item| Value::from(item.trim())).collect();
                    items.into()
                }
                "AWS::SSM::Parameter::Value<String>" => self.resolved(&format!("ssm:{value}"))?.into(),
                "String" | "Number" => value.into(),
                _ => bail!("the parameter {name} has the type {kind}, which the renderer does not know"),
            };
            parameters.insert(name.clone(), value);
        }
        let unknown = given.keys().next();
        ensure!(
            unknown.is_none(),
            "there is no parameter {}",
            unknown.map_or("", String::as_str)
        );
        Ok(parameters)
    }

    /// Adds the resources of the stack and of its nested stacks, and returns its outputs.
    pub(super) fn deploy(&self, resources: &mut Resources) -> Result<Outputs> {
        self.deploy_all(resources).with_context(|| self.file.to_owned())
    }

    fn deploy_all(&self, resources: &mut Resources) -> Result<Outputs> {
        for (name, declared) in self.section("Resources") {
            if !self.deploys(declared)? {
                continue;
            }
            if is_nested(declared) {
                self.nest(name)?;
                continue;
            }
            let members = functions::value(self, &without_condition(declared));
            let members = members.with_context(|| format!("resource {name}"))?;
            let Some(Value::Object(members)) = members else {
                bail!("resource {name} is no object")
            };
            let kind = kind(declared).to_owned();
            let (reference, arn) = self.named(name, declared, |named| (named.reference(), named.arn()))?;
            let resource = Resource {
                kind,
                members,
                declared: (self.file.to_owned(), name.clone()),
                reference,
                arn,
            };
            resources.insert(format!("{}{name}", self.path), resource);
        }
        for (nested, _) in self.nested.borrow().values() {
            resources.extend(nested.clone());
        }
        let mut outputs = Outputs::new();
        for (name, output) in self.section("Outputs") {
            if self.deploys(output)? {
                let value = functions::value(self, &output["Value"]);
                let value = value.with_context(|| format!("output {name}"))?;
                let value = value.with_context(|| format!("output {name} has no value"))?;
                outputs.insert(name.clone(), plain(&value)?);
            }
        }
        Ok(outputs)
    }

    fn section(&self, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
        self.template[name].as_object().into_iter().flatten()
    }

    /// Whether a resource or output is deployed.
    fn deploys(&self, declared: &Value) -> Result<bool> {
        match declared["Condition"].as_str() {
            Some(condition) => self.condition(condition),
            None => Ok(true),
        }
    }

    /// The declaration of a resource that is deployed.
    fn declared(&self, name: &str) -> Result<&'a Value> {
        let declared = &self.template["Resources"][name];
        ensure!(
            declared.is_object(),
            "{name} is no parameter and no resource of {}",
            self.file
        );
        ensure!(
            self.deploys(declared)?,
            "{name} is not deployed: its condition does not hold"
        );
        Ok(declared)
    }

    /// Runs with the names of a resource.
    fn named<T>(&self, name: &str, declared: &Value, run: impl FnOnce(&Named<'_>) -> T) -> Result<T> {
        let kind = kind(declared);
        let mut properties = Map::new();
        let naming = [Named::naming(kind), Some("Path"), Some("Value"), Some("Type")];
        for property in naming.into_iter().flatten() {
            if let Some(raw) = declared["Properties"].get(property) {
                let guarded = self.once(name, || functions::value(self, raw))?;
                properties.extend(guarded.map(|value| (property.to_owned(), value)));
            }
        }
        let generated = format!("{}-{name}", self.name);
        Ok(run(&Named {
            deployment: self.deployment,
            kind,
            generated: &generated,
            properties: &properties,
        }))
    }

    /// Fails if this is what is being rendered already.
    fn once<T>(&self, name: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
        let path = format!("{}{name}", self.path);
        ensure!(
            self.open.borrow_mut().insert(path.clone()),
            "{path} needs itself, in a circle"
        );
        let result = run();
        self.open.borrow_mut().remove(&path);
        result
    }

    /// Deploys a nested stack, if that is not done yet.
    fn nest(&self, name: &str) -> Result<()> {
        if self.nested.borrow().contains_key(name) {
            return Ok(());
        }
        let properties = &self.declared(name)?["Properties"];
        let location = properties.get("Location").or(properties.get("TemplateURL"));
        let location = location.and_then(Value::as_str);
        let location = location.with_context(|| format!("{name} has no local template"))?;
        let path = format!("{}{name}/", self.path);
        let deployed = self.once(name, || {
            let mut parameters = BTreeMap::new();
            for (parameter, raw) in properties["Parameters"].as_object().into_iter().flatten() {
                let value = functions::value(self, raw).with_context(|| parameter.clone())?;
                // A list becomes text again on its way.
                let value = match value {
                    Some(Value::Array(items)) => {
                        let items: Result<Vec<_>> = items.iter().map(plain).collect();
                        Some(items?.join(",").into())
                    }
                    value => value,
                };
                parameters.extend(value.map(|value| (parameter.clone(), value)));
            }
            let own_name = format!("{}-{name}", self.name);
            let stack = Stack::new(
                self.templates,
                location,
                &path,
                &own_name,
                self.deployment,
                parameters,
            )?;
            let mut resources = Resources::new();
            let outputs = stack.deploy(&mut resources)?;
            Ok((resources, outputs))
        });
        let deployed = deployed.with_context(|| format!("nested stack {name}"))?;
        self.nested.borrow_mut().insert(name.to_owned(), deployed);
        Ok(())
    }
}

impl Scope for Stack<'_> {
    fn reference(&self, name: &str) -> Result<Option<Value>> {
        if let Some(parameter) = self.parameters.get(name) {
            return Ok(Some(parameter.clone()));
        }
        let Deployment {
            account,
            region,
            partition,
            ..
        } = self.deployment;
        Ok(Some(match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::AccountId" => account.as_str().into(),
            "AWS::Region" => region.as_str().into(),
            "AWS::Partition" => partition.as_str().into(),
            "AWS::URLSuffix" => self.deployment.url_suffix().into(),
            "AWS::StackName" => self.name.as_str().into(),
            "AWS::StackId" => format!(
                "arn:{partition}:cloudformation:{region}:{account}:stack/{}/00000000-0000-0000-0000-000000000000",
                self.name
            )
            .into(),
            name => {
                // AWS SAM: the version and the alias of a function that publishes one.
                if let Some((function, what)) = name.split_once('.') {
                    return self.attribute(function, what).map(Some);
                }
                let declared = self.declared(name)?;
                ensure!(!is_nested(declared), "Ref of the nested stack {name} is not rendered");
                self.named(name, declared, |named| named.reference())?.into()
            }
        }))
    }

    fn attribute(&self, resource: &str, attribute: &str) -> Result<Value> {
        let declared = self.declared(resource)?;
        if is_nested(declared) {
            let output = attribute.strip_prefix("Outputs.");
            let output = output.with_context(|| format!("{resource}.{attribute} is no output"))?;
            self.nest(resource)?;
            let nested = self.nested.borrow();
            let value = nested.get(resource).and_then(|(_, outputs)| outputs.get(output));
            let value =
                value.with_context(|| format!("the nested stack {resource} has no output {output}"))?;
            return Ok(value.as_str().into());
        }
        let alias = declared["Properties"]["AutoPublishAlias"].as_str();
        let value = self.named(resource, declared, |named| match (attribute, alias) {
            ("Alias", Some(alias)) => named.arn().map(|arn| format!("{arn}:{alias}")),
            ("Version", Some(_)) => named.arn().map(|arn| format!("{arn}:1")),
            _ => named.attribute(attribute),
        })?;
        let value = value.with_context(|| {
            format!(
                "the renderer knows no attribute {attribute} of {} ({resource})",
                kind(declared)
            )
        })?;
        Ok(value.into())
    }

    fn condition(&self, name: &str) -> Result<bool> {
        let declared = &self.template["Conditions"][name];
        ensure!(
            !declared.is_null(),
            "there is no condition {name} in {}",
            self.file
        );
        self.once(&format!("condition {name}"), || holds(self, declared))
            .with_context(|| format!("condition {name}"))
    }

    fn mapped(&self, map: &str, key: &str, second: &str) -> Option<Value> {
        self.template["Mappings"].get(map)?.get(key)?.get(second).cloned()
    }

    fn resolved(&self, reference: &str) -> Result<String> {
        let name = reference
            .strip_prefix("ssm:")
            .with_context(|| format!("{{{{resolve:{reference}}}}} is no parameter of the store"))?;
        // A version can follow: `ssm:/name:3`.
        let name = name.split(':').next().unwrap_or(name);
        let value = self.deployment.store.get(name).cloned();
        value.with_context(|| format!("the parameter store has no {name}"))
    }
}

fn kind(declared: &Value) -> &str {
    declared["Type"].as_str().unwrap_or_default()
}

fn is_nested(declared: &Value) -> bool {
    NESTED.contains(&kind(declared))
}

/// The `Condition` of a resource is a name, not a function.
fn without_condition(declared: &Value) -> Value {
    let mut declared = declared.clone();
    if let Some(members) = declared.as_object_mut() {
        members.shift_remove("Condition");
    }
    declared
}
