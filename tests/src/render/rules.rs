//! The rules of a template (AWS CloudFormation User Guide, *Rules*): assertions on its parameters.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::functions::{Scope, holds};

/// Fails if an assertion does not hold, with its description.
pub(super) fn check(scope: &dyn Scope, template: &Value) -> Result<()> {
    let rules = template["Rules"].as_object().into_iter().flatten();
    for (name, rule) in rules {
        let condition = rule.get("RuleCondition");
        let applies = condition.map_or(Ok(true), |condition| holds(scope, condition));
        if !applies.with_context(|| format!("rule {name}"))? {
            continue;
        }
        for assertion in rule["Assertions"].as_array().into_iter().flatten() {
            let held = holds(scope, &assertion["Assert"]).with_context(|| format!("rule {name}"))?;
            let description = assertion["AssertDescription"].as_str();
            ensure!(held, "rule {name}: {}", description.unwrap_or("does not hold"));
        }
    }
    Ok(())
}
