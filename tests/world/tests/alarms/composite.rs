//! Composite alarms: their rules (Amazon CloudWatch User Guide, *Create a composite alarm*), and that they reach the pager.

use std::collections::BTreeSet;

use serde_json::Value;

use super::templates::{Templates, resources, templates};

/// The result of a rule, with these alarms on.
fn evaluate(rule: &str, on: &BTreeSet<String>) -> bool {
    fn any(rest: &mut &str, on: &BTreeSet<String>) -> bool {
        let mut result = all(rest, on);
        while let Some(after) = rest.trim_start().strip_prefix("OR ") {
            *rest = after;
            result |= all(rest, on);
        }
        result
    }
    fn all(rest: &mut &str, on: &BTreeSet<String>) -> bool {
        let mut result = one(rest, on);
        while let Some(after) = rest.trim_start().strip_prefix("AND ") {
            *rest = after;
            result &= one(rest, on);
        }
        result
    }
    fn one(rest: &mut &str, on: &BTreeSet<String>) -> bool {
        let text = rest.trim_start();
        let (result, after) = if let Some(after) = text.strip_prefix("NOT ") {
            *rest = after;
            return !one(rest, on);
        } else if let Some(after) = text.strip_prefix('(') {
            *rest = after;
            let result = any(rest, on);
            (
                result,
                rest.trim_start()
                    .strip_prefix(')')
                    .expect("a parenthesis is not closed"),
            )
        } else if let Some(after) = text.strip_prefix("ALARM(\"") {
            let (name, after) = after
                .split_once("\")")
                .expect("the name of an alarm does not end");
            (on.contains(name), after)
        } else if let Some(after) = text.strip_prefix("FALSE") {
            (false, after)
        } else {
            (
                true,
                text.strip_prefix("TRUE")
                    .unwrap_or_else(|| panic!("no rule: {text}")),
            )
        };
        *rest = after;
        result
    }
    let mut rest = rule;
    let result = any(&mut rest, on);
    assert_eq!(rest.trim(), "", "what follows in {rule}?");
    result
}

/// The rule of a composite alarm in which every condition of the template has this value. Names stay `${Resource}`.
fn rule(alarm: &Value, conditions: bool) -> String {
    fn text(value: &Value, conditions: bool) -> String {
        let branch = value["Fn::If"].get(if conditions { 1 } else { 2 });
        match (branch, value["Fn::Sub"].as_str(), value.as_str()) {
            (Some(branch), _, _) => text(branch, conditions),
            (_, Some(text), _) | (_, _, Some(text)) => text.to_owned(),
            _ => panic!("{value} is not in the rule of a composite alarm"),
        }
    }
    let join = &alarm["Properties"]["AlarmRule"]["Fn::Join"];
    let parts = join[1].as_array().unwrap();
    let parts: Vec<_> = parts.iter().map(|part| text(part, conditions)).collect();
    parts.join(join[0].as_str().unwrap())
}

fn severity(resource: &Value) -> &str {
    let tags = resource["Properties"]["Tags"].as_array();
    let mut tags = tags.into_iter().flatten();
    let tag = tags.find(|tag| tag["Key"] == "severity");
    tag.and_then(|tag| tag["Value"].as_str()).unwrap_or_default()
}

/// What the composite alarm of a template must follow, and what not.
fn expected<'a>(templates: &'a Templates, template: &str) -> (Vec<String>, Vec<String>) {
    let own = resources(templates, "AWS::CloudWatch::Alarm").filter(|(own, _, _)| *own == template);
    let (critical, others): (Vec<_>, Vec<_>) = own.partition(|(_, _, alarm)| severity(alarm) == "critical");
    let names = |alarms: Vec<(&str, &'a str, &Value)>| {
        alarms
            .into_iter()
            .map(|(_, name, _)| format!("${{{name}}}"))
            .collect()
    };
    (names(critical), names(others))
}

#[test]
fn a_composite_alarm_is_on_exactly_while_a_critical_one_is() {
    let templates = templates();
    let mut seen = 0;
    for (template, name, composite) in resources(&templates, "AWS::CloudWatch::CompositeAlarm") {
        let (critical, others) = match template {
            "template" => (children(&templates), Vec::new()),
            template => expected(&templates, template),
        };
        assert!(!critical.is_empty(), "{template}/{name}");
        let rule = rule(composite, true);
        let is_on = |alarms: &[String]| evaluate(&rule, &alarms.iter().cloned().collect());
        for alarm in &critical {
            assert!(
                is_on(std::slice::from_ref(alarm)),
                "{template}/{name} misses {alarm}"
            );
        }
        assert!(
            !is_on(&others),
            "{template}/{name} follows an alarm that is not critical"
        );
        assert!(!is_on(&[]), "{template}/{name}");
        seen += 1;
    }
    assert_eq!(seen, 4);
}

/// The composite alarms of the nested stacks, as the root names them.
fn children(templates: &Templates) -> Vec<String> {
    resources(templates, "AWS::Serverless::Application")
        .filter(|(template, _, _)| *template == "template")
        .filter(|(_, _, stack)| {
            let location = stack["Properties"]["Location"].as_str().unwrap();
            let nested = location.trim_start_matches("infra/").trim_end_matches(".yaml");
            !templates[nested]["Outputs"]["CriticalAlarmName"].is_null()
        })
        .map(|(_, name, _)| format!("${{{name}.Outputs.CriticalAlarmName}}"))
        .collect()
}

#[test]
fn a_rule_without_the_conditional_alarms_is_a_rule_too() {
    for (template, name, composite) in resources(&templates(), "AWS::CloudWatch::CompositeAlarm") {
        let on = BTreeSet::new();
        assert!(!evaluate(&rule(composite, false), &on), "{template}/{name}");
    }
}

#[test]
fn the_root_follows_every_stack_with_alarms_and_tells_the_pager_both_ways() {
    let templates = templates();
    assert_eq!(children(&templates).len(), 7);
    let properties = &templates["template"]["Resources"]["CriticalAlarm"]["Properties"];
    for actions in ["AlarmActions", "OKActions"] {
        assert_eq!(
            properties[actions]["Fn::If"][1][0]["Ref"],
            "CriticalAlarmTopicArn"
        );
    }
    for stack in ["publisher", "redrive", "observability"] {
        let name = &templates[stack]["Outputs"]["CriticalAlarmName"]["Value"]["Fn::If"];
        assert_eq!(
            (&name[0], &name[1]["Ref"]),
            (&"HasAlarms".into(), &"CriticalAlarm".into())
        );
    }
}

#[test]
fn rules_are_evaluated_as_the_guide_says() {
    let on = BTreeSet::from(["a".to_owned()]);
    for (rule, expected) in [
        ("ALARM(\"a\")", true),
        ("ALARM(\"b\")", false),
        ("ALARM(\"b\") OR ALARM(\"a\") OR FALSE", true),
        ("ALARM(\"a\") AND NOT ALARM(\"a\")", false),
        ("(ALARM(\"b\") OR TRUE) AND ALARM(\"a\")", true),
    ] {
        assert_eq!(evaluate(rule, &on), expected, "{rule}");
    }
}
