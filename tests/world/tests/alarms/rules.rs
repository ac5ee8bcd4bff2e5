//! The rules for alarms in the templates, and the proof that each rule fails when it is broken.

use serde_json::{Value, json};

use super::templates::{Templates, alarms, resources, templates};
use crate::support::broken;
use crate::template_rules::{Broken, Rule, assert_every_rule_is_broken};

const RULES: &[Rule] = &[
    (
        "an alarm says how severe it is, and when it is over",
        alarms_have_a_severity,
    ),
    ("a stack without alarms has none", alarms_can_be_left_out),
    ("CloudWatch accepts every alarm", alarms_are_within_limits),
    ("the dashboard shows every alarm", alarms_are_on_the_dashboard),
    (
        "production has alarms, and somebody who hears them",
        production_has_alarms,
    ),
    ("the alarms reach every stack", parameters_reach_every_stack),
];

#[test]
fn the_rules_for_alarms_hold() {
    let broken = broken(RULES, &templates());
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_rule_for_alarms_fails_when_it_is_broken() {
    let errors = "/publisher/Resources/ErrorsAlarm/Properties";
    let body =
        "/observability/Resources/Dashboard/Properties/DashboardBody/Fn::Sub/1/AlarmWidget/Fn::If/1/Fn::Sub";
    let breaks: &[(usize, String, Value)] = &[
        (0, format!("{errors}/Tags"), Value::Null),
        (
            0,
            format!("{errors}/AlarmDescription"),
            json!("[warning] It fails."),
        ),
        (0, format!("{errors}/OKActions"), Value::Null),
        (
            0,
            "/subscriber/Resources/AgeAlarm/Properties/AlarmActions".into(),
            Value::Null,
        ),
        (
            1,
            "/publisher/Resources/Silent3Alarm/Condition".into(),
            json!("HasStream3"),
        ),
        (
            1,
            "/observability/Resources/SealKeyRule/Condition".into(),
            Value::Null,
        ),
        (
            1,
            "/redrive/Resources/CriticalAlarm/Condition".into(),
            Value::Null,
        ),
        (2, format!("{errors}/EvaluationPeriods"), json!(1441)),
        (2, format!("{errors}/DatapointsToAlarm"), json!(6)),
        (2, format!("{errors}/TreatMissingData"), Value::Null),
        (
            2,
            "/observability/Resources/ParkedNewAlarm/Properties/EvaluationPeriods".into(),
            json!(1),
        ),
        (
            2,
            "/observability/Resources/ParkedAgeAlarm/Properties/EvaluationPeriods".into(),
            json!(169),
        ),
        (3, "/redrive/Outputs/AlarmArns".into(), Value::Null),
        (3, body.into(), json!("\"${ParkedDepthAlarm.Arn}\"")),
        (
            3,
            "/template/Resources/Observability/Properties/Parameters/AccessAlarmArns".into(),
            Value::Null,
        ),
        (4, "/template/Rules/ProductionNeedsAlarms".into(), Value::Null),
        (
            4,
            "/template/Rules/ProductionNeedsAlarms/Assertions/1".into(),
            json!({}),
        ),
        (4, "/template/Parameters/Alarms/Default".into(), json!("off")),
        (
            5,
            "/template/Resources/Redrive/Properties/Parameters/Alarms".into(),
            Value::Null,
        ),
        (
            5,
            "/template/Resources/Observability/Properties/Parameters/AlarmTopicArn".into(),
            json!(""),
        ),
    ];
    let breaks: Vec<_> = breaks
        .iter()
        .map(|(rule, pointer, value)| (RULES[*rule].0, pointer.clone(), value.clone()))
        .collect();
    assert_every_rule_is_broken(RULES, &templates(), &breaks);
}

fn alarms_have_a_severity(templates: &Templates) -> Broken {
    let mut broken = Vec::new();
    let topic =
        json!({ "Fn::If": ["HasAlarmTopic", [{ "Ref": "AlarmTopicArn" }], { "Ref": "AWS::NoValue" }] });
    let composites = resources(templates, "AWS::CloudWatch::CompositeAlarm")
        .map(|(template, name, alarm)| (format!("{template}/{name}"), alarm));
    for (path, alarm) in alarms(templates).chain(composites) {
        let properties = &alarm["Properties"];
        let severity = properties["Tags"][0]["Value"].as_str().unwrap_or_default();
        if properties["Tags"][0]["Key"] != "severity" || !["critical", "warning"].contains(&severity) {
            broken.push(format!("{path} must have the tag severity: critical or warning"));
        }
        let description = properties["AlarmDescription"].as_str().unwrap_or_default();
        if !description.starts_with(&format!("[{severity}] ")) {
            broken.push(format!("{path}: the description must begin with [{severity}]"));
        }
        if alarm["Type"] == "AWS::CloudWatch::CompositeAlarm" {
            continue;
        }
        for actions in ["AlarmActions", "OKActions"] {
            if properties[actions] != topic {
                broken.push(format!("{path}: {actions} must name AlarmTopicArn"));
            }
        }
    }
    broken
}

fn alarms_can_be_left_out(templates: &Templates) -> Broken {
    let kinds = [
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::Events::Rule",
    ];
    let mut broken = Vec::new();
    // The stack of the canary is there for its alarm.
    let left_out = kinds
        .into_iter()
        .flat_map(|kind| resources(templates, kind))
        .filter(|(template, ..)| *template != "canary");
    for (template, name, resource) in left_out {
        let conditions = &templates[template]["Conditions"];
        let condition = resource["Condition"].as_str().unwrap_or_default();
        let also = conditions[condition]["Fn::And"].as_array();
        let needs_alarms = condition == "HasAlarms"
            || also.is_some_and(|all| all.contains(&json!({ "Condition": "HasAlarms" })));
        if !needs_alarms || conditions["HasAlarms"] != json!({ "Fn::Equals": [{ "Ref": "Alarms" }, "on"] }) {
            broken.push(format!("{template}/{name} must exist with Alarms=on only"));
        }
    }
    broken
}

/// The limits of `PutMetricAlarm` (Amazon CloudWatch API Reference), and what metric maths needs.
fn alarms_are_within_limits(templates: &Templates) -> Broken {
    let mut broken = Vec::new();
    for (path, alarm) in alarms(templates) {
        let properties = &alarm["Properties"];
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let queries: Vec<_> = properties["Metrics"].as_array().into_iter().flatten().collect();
        let metrics: Vec<_> = queries
            .iter()
            .filter(|query| query["MetricStat"].is_object())
            .collect();
        let period = metrics
            .first()
            .map_or(&properties["Period"], |metric| &metric["MetricStat"]["Period"]);
        let (period, periods) = (number(period), number(&properties["EvaluationPeriods"]));
        let longest = if period < 3_600 { 86_400 } else { 604_800 };
        if period == 0 || periods == 0 || period * periods > longest {
            broken.push(format!("{path} must not look at more than {longest} seconds"));
        }
        if number(&properties["DatapointsToAlarm"]) > periods {
            broken.push(format!(
                "{path}: DatapointsToAlarm must not be above EvaluationPeriods"
            ));
        }
        if properties["TreatMissingData"].is_null() {
            broken.push(format!("{path} must say what missing data means"));
        }
        if metrics.len() > 10 || queries.len() - metrics.len() > 10 {
            broken.push(format!("{path} has more than 10 metrics or expressions"));
        }
        let uses_diff = queries
            .iter()
            .any(|query| query["Expression"].to_string().contains("DIFF("));
        if uses_diff && periods < 2 {
            broken.push(format!("{path}: DIFF needs the period before, so evaluate two"));
        }
        let description = properties["AlarmDescription"].as_str().unwrap_or_default();
        if description.len() > 1_024 {
            broken.push(format!("{path}: the description has more than 1,024 characters"));
        }
    }
    broken
}

fn alarms_are_on_the_dashboard(templates: &Templates) -> Broken {
    let dashboard =
        &templates["observability"]["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"];
    let widget = dashboard[1]["AlarmWidget"].to_string();
    let mut broken = Vec::new();
    if !dashboard[0].to_string().contains("${AlarmWidget}") {
        broken.push("the dashboard must have the alarm widget".into());
    }
    let kinds = ["AWS::CloudWatch::Alarm"].into_iter();
    for (template, name, _) in kinds.flat_map(|kind| resources(templates, kind)) {
        let list = match template {
            "observability" => widget.clone(),
            "publisher" | "redrive" => templates[template]["Outputs"]["AlarmArns"].to_string(),
            // The stacks of others have no dashboard.
            _ => continue,
        };
        if !list.contains(&format!("${{{name}.Arn}}")) {
            broken.push(format!("{template}/{name} is not on the dashboard"));
        }
    }
    let given = &templates["template"]["Resources"]["Observability"]["Properties"]["Parameters"];
    for (_, stack, content) in resources(templates, "AWS::Serverless::Application") {
        let location = content["Properties"]["Location"].as_str().unwrap_or_default();
        if !["infra/publisher.yaml", "infra/redrive.yaml"].contains(&location) {
            continue;
        }
        let parameter = format!("{}AlarmArns", stack.trim_end_matches("Publisher"));
        let output = json!({ "Fn::GetAtt": [stack, "Outputs.AlarmArns"] });
        let whole = [&given[&parameter], &given[&parameter]["Fn::If"][1]].contains(&&output);
        if !whole || !widget.contains(&format!("${{{parameter}}}")) {
            broken.push(format!(
                "the alarms of {stack} must be on the dashboard, by the parameter {parameter}"
            ));
        }
    }
    broken
}

fn production_has_alarms(templates: &Templates) -> Broken {
    let rule = &templates["template"]["Rules"]["ProductionNeedsAlarms"];
    let mut broken = Vec::new();
    let stages = json!({ "Fn::Contains": [["prod", "production", "live"], { "Ref": "Stage" }] });
    if rule["RuleCondition"] != stages {
        broken.push("a rule must be for the stages prod, production and live".into());
    }
    let asserts: Vec<_> = rule["Assertions"].as_array().into_iter().flatten().collect();
    for needed in [
        json!({ "Fn::Not": [{ "Fn::Equals": [{ "Ref": "AlarmTopicArn" }, ""] }] }),
        json!({ "Fn::Equals": [{ "Ref": "Alarms" }, "on"] }),
    ] {
        if !asserts.iter().any(|assertion| assertion["Assert"] == needed) {
            broken.push(format!("production must be refused without {needed}"));
        }
    }
    for template in ["template", "subscriber"] {
        if templates[template]["Parameters"]["Alarms"]["Default"] != "on" {
            broken.push(format!("{template}: Alarms must be on by default"));
        }
    }
    broken
}

fn parameters_reach_every_stack(templates: &Templates) -> Broken {
    let mut broken = Vec::new();
    for (template, name, stack) in resources(templates, "AWS::Serverless::Application") {
        let location = stack["Properties"]["Location"].as_str().unwrap_or_default();
        let nested = location.trim_start_matches("infra/").trim_end_matches(".yaml");
        for parameter in ["Alarms", "AlarmTopicArn"] {
            if !templates[nested]["Parameters"][parameter].is_null()
                && stack["Properties"]["Parameters"][parameter] != json!({ "Ref": parameter })
            {
                broken.push(format!("{template}/{name} must get {parameter}"));
            }
        }
    }
    broken
}
