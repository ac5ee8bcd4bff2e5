//! What is deployed, and what comes of it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

/// Templates in the long form (`Fn::Sub`, not `!Sub`), by their paths in the repository, such as `infra/parking.yaml`.
pub type Templates = BTreeMap<String, Value>;

/// What is deployed, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The account that owns the stack.
    pub account: String,
    /// The region.
    pub region: String,
    /// The partition, such as `aws` or `aws-cn`.
    pub partition: String,
    /// The name of the root stack.
    pub stack: String,
    /// The parameters that are given. The others take their defaults.
    pub parameters: BTreeMap<String, String>,
    /// The parameters of the account's parameter store, by name, for `{{resolve:ssm:…}}`.
    pub store: BTreeMap<String, String>,
}

impl Deployment {
    /// A stack of this name in an account of an example.
    pub fn new(stack: &str) -> Self {
        Self {
            account: "111111111111".to_owned(),
            region: "eu-west-1".to_owned(),
            partition: "aws".to_owned(),
            stack: stack.to_owned(),
            parameters: BTreeMap::new(),
            store: BTreeMap::new(),
        }
    }

    /// The same with a parameter.
    #[must_use]
    pub fn with(mut self, parameter: &str, value: &str) -> Self {
        self.parameters.insert(parameter.to_owned(), value.to_owned());
        self
    }

    /// The domain of the partition's services.
    pub fn url_suffix(&self) -> &'static str {
        if self.partition == "aws-cn" {
            "amazonaws.com.cn"
        } else {
            "amazonaws.com"
        }
    }
}

/// A resource that is deployed.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Its type, such as `AWS::SQS::Queue`.
    pub kind: String,
    /// Its members, such as `Properties` and `DeletionPolicy`, without references and functions.
    pub members: Map<String, Value>,
    /// The template that declares it, and its name there.
    pub declared: (String, String),
    /// What `Ref` gives.
    pub reference: String,
    /// What `Fn::GetAtt` gives for `Arn`, if its type has one.
    pub arn: Option<String>,
}

impl Resource {
    /// One of its properties; `Null` if it is not set.
    pub fn property(&self, name: &str) -> &Value {
        &self.members.get("Properties").unwrap_or(&Value::Null)[name]
    }
}

/// A rendered stack with all its nested stacks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rendered {
    /// The resources by their paths, such as `Messaging/SealKey`. A nested stack is not in it; its resources are.
    pub resources: BTreeMap<String, Resource>,
    /// The outputs of the root stack.
    pub outputs: BTreeMap<String, String>,
}

impl Rendered {
    /// The resource with this path.
    ///
    /// Fails if it is not deployed.
    pub fn resource(&self, path: &str) -> Result<&Resource> {
        let resource = self.resources.get(path);
        resource.with_context(|| format!("{path} is not deployed"))
    }

    /// The ARN of the resource with this path.
    ///
    /// Fails if it is not deployed or has none.
    pub fn arn(&self, path: &str) -> Result<&str> {
        let arn = self.resource(path)?.arn.as_deref();
        arn.with_context(|| format!("{path} has no ARN"))
    }

    /// The resources of a type, with their paths.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = (&str, &Resource)> {
        let all = self.resources.iter();
        all.filter(move |(_, resource)| resource.kind == kind)
            .map(|(path, resource)| (path.as_str(), resource))
    }

    /// The parameter store after this deployment: the stack's `AWS::SSM::Parameter` by their names.
    pub fn store(&self) -> BTreeMap<String, String> {
        self.of_kind("AWS::SSM::Parameter")
            .map(|(_, parameter)| {
                let value = parameter.property("Value").as_str().unwrap_or_default();
                (parameter.reference.clone(), value.to_owned())
            })
            .collect()
    }
}
