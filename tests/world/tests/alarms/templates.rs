//! The templates, and the alarms in them.

use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::support::root;

/// The templates in CloudFormation's long form, by the names of their files. The root template is `template`.
pub(super) type Templates = Map<String, Value>;

pub(super) fn templates() -> Templates {
    static READ: OnceLock<Templates> = OnceLock::new();
    READ.get_or_init(read).clone()
}

fn read() -> Templates {
    let mut templates = Map::new();
    let infra = std::fs::read_dir(root().join("infra")).unwrap();
    for path in infra
        .map(|entry| entry.unwrap().path())
        .chain([root().join("template.yaml")])
    {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        templates.insert(name, user_events_local::template::load(&path).unwrap());
    }
    templates
}

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
