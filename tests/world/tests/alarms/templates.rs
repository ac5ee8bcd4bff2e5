//! The templates, and the alarms in them.

use serde_json::Value;

pub(super) use crate::template_rules::{Templates, all_templates as templates};

/// The resources of a type, by template and name.
pub(super) fn resources<'a>(
    templates: &'a Templates,
    resource_type: &'a str,
) -> impl Iterator<Item = (&'a str, &'a str, &'a Value)> {
    templates.iter().flat_map(move |(template, content)| {
        let resources = content["Resources"].as_object().into_iter().flatten();
        resources
            .filter(move |(_, resource)| resource["Type"] == resource_type)
            .map(move |(name, resource)| (template.as_str(), name.as_str(), resource))
    })
}

/// Every metric alarm, as `template/Resource`.
pub(super) fn alarms(templates: &Templates) -> impl Iterator<Item = (String, &Value)> {
    resources(templates, "AWS::CloudWatch::Alarm")
        .map(|(template, name, alarm)| (format!("{template}/{name}"), alarm))
}

/// The properties of an alarm that is named as `template/Resource`.
pub(super) fn alarm<'a>(templates: &'a Templates, path: &str) -> &'a Value {
    let (template, name) = path.split_once('/').unwrap();
    let alarm = &templates[template]["Resources"][name];
    assert!(alarm.is_object(), "no template has the alarm {path}");
    &alarm["Properties"]
}
