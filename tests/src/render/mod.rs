//! Renders templates as CloudFormation would deploy them: parameters, conditions, functions and nested stacks are
//! resolved, and what remains is plain JSON.
//!
//! Names and ARNs that AWS would choose are made from the path of the resource, such as `users-Messaging-SealKey`, so
//! they are the same in every run. A reference to something that is not deployed is an error that names it.
//!
//! Not rendered: what the transform of AWS SAM adds to a function (its alias, its event source mappings). Not checked:
//! `AllowedPattern`, lengths and ranges of parameters.

use anyhow::Result;
use serde_json::Value;

mod attributes;
mod functions;
mod model;
mod rules;
mod stack;

pub use model::{Deployment, Rendered, Resource, Templates};

/// Renders a template and the stacks that it nests.
///
/// Fails if a template, parameter, resource, attribute, condition or value of the store is missing, if a function is
/// unknown, if stacks need each other in a circle, or if a rule of the template (`Rules`) does not hold. The error says
/// where.
pub fn render(templates: &Templates, template: &str, deployment: &Deployment) -> Result<Rendered> {
    let mut rendered = Rendered::default();
    let parameters = deployment
        .parameters
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    let root = stack::Stack::new(templates, template, "", &deployment.stack, deployment, parameters)?;
    rendered.outputs = root.deploy(&mut rendered.resources)?;
    Ok(rendered)
}

#[cfg(test)]
mod tests;
