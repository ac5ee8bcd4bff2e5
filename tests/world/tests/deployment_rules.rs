//! The rules for first and later deployments, checked on the templates, and the proof that each rule fails when it is
//! broken.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::broken;
use crate::template_rules::{
    Broken, Rule, Templates, all_templates, assert_every_rule_is_broken, resources, statements,
    stream_functions, templates,
};

const RULES: &[Rule] = &[
    (
        "a failed first deployment leaves nothing that blocks the next",
        nothing_is_left_behind,
    ),
    (
        "a gradual deployment compares versions and can go back",
        versions_are_compared,
    ),
    ("a changed setting reaches a version", settings_reach_versions),
];

#[test]
fn the_deployment_rules_hold() {
    let broken = broken(RULES, &templates());
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_deployment_rule_fails_when_it_is_broken() {
    let function = "/template/Resources/AccountFunction/Properties";
    let breaks: &[(&str, String, Value)] = &[
        (
            "a failed first deployment leaves nothing that blocks the next",
            "/tables/Resources/AccountsTable/DeletionPolicy".into(),
            json!({ "Ref": "DataDeletionPolicy" }),
        ),
        (
            "a failed first deployment leaves nothing that blocks the next",
            "/messaging/Mappings/DeletionPolicies/Retain/Policy".into(),
            json!("Retain"),
        ),
        (
            "a failed first deployment leaves nothing that blocks the next",
            "/messaging/Resources/SealKey/DeletionPolicy".into(),
            json!("Retain"),
        ),
        (
            "a failed first deployment leaves nothing that blocks the next",
            "/subject-keys/Resources/Table/DeletionPolicy".into(),
            json!("Delete"),
        ),
        (
            "a failed first deployment leaves nothing that blocks the next",
            "/tables/Resources/AccessTable/UpdateReplacePolicy".into(),
            Value::Null,
        ),
        (
            "a gradual deployment compares versions and can go back",
            format!("{function}/DeploymentPreference/Alarms/1"),
            json!({ "Fn::GetAtt": ["AccountPublisher", "Outputs.ErrorsAlarmName"] }),
        ),
        (
            "a gradual deployment compares versions and can go back",
            format!("{function}/DeploymentPreference/PassthroughCondition"),
            json!(false),
        ),
        (
            "a gradual deployment compares versions and can go back",
            "/template/Rules/GradualNeedsAlarms".into(),
            Value::Null,
        ),
        (
            "a gradual deployment compares versions and can go back",
            format!("{function}/AutoPublishAlias"),
            Value::Null,
        ),
        (
            "a gradual deployment compares versions and can go back",
            "/observability/Outputs/ParkedAlarmName/Value".into(),
            json!({ "Fn::Sub": "${ParkedQueueName}-unheard-of" }),
        ),
        (
            "a gradual deployment compares versions and can go back",
            "/template/Resources/MappedAccessStream/Properties/FunctionName".into(),
            json!({ "Ref": "SingleTableFunction" }),
        ),
        (
            "a gradual deployment compares versions and can go back",
            "/template/Resources/AccountErasuresStream/Properties/FunctionName".into(),
            json!({ "Ref": "AccountFunction" }),
        ),
        (
            "a gradual deployment compares versions and can go back",
            "/template/Mappings/GradualDeployments/off/Enabled".into(),
            json!("true"),
        ),
        (
            "a gradual deployment compares versions and can go back",
            "/template/Mappings/GradualDeployments/Canary10Percent5Minutes/Enabled".into(),
            json!("false"),
        ),
        (
            "a gradual deployment compares versions and can go back",
            "/template/Parameters/GradualDeployment/Default".into(),
            json!("Canary10Percent5Minutes"),
        ),
        (
            "a changed setting reaches a version",
            format!("{function}/VersionDescription"),
            Value::Null,
        ),
        (
            "a changed setting reaches a version",
            format!("{function}/Description"),
            Value::Null,
        ),
        (
            "a changed setting reaches a version",
            "/template/Resources/AccessFunction/Properties/Environment/Variables/SUBJECT_KEYS_TABLE".into(),
            json!({ "Fn::If": ["HasSubjectKeys", "a", { "Ref": "AWS::NoValue" }] }),
        ),
        (
            "a changed setting reaches a version",
            format!("{function}/Environment/Variables/TOPIC_ARN"),
            json!({ "Fn::If": ["Mapped", "a", "b"] }),
        ),
        (
            "a changed setting reaches a version",
            "/template/Globals/Function/Environment/Variables/BATCH_SIZE".into(),
            json!({ "Fn::Sub": "${BatchSize}" }),
        ),
        (
            "a changed setting reaches a version",
            "/template/Resources/SingleTableFunction/Properties/Description/Fn::If/1/Fn::Join/1/1".into(),
            json!(""),
        ),
    ];
    assert_every_rule_is_broken(RULES, &templates(), breaks);
}

/// AWS CloudFormation, "DeletionPolicy attribute": `RetainExceptOnCreate` deletes what a failed creation of the stack made,
/// and otherwise retains.
fn nothing_is_left_behind(templates: &Templates) -> Broken {
    let mut broken = Vec::new();
    for (template, content) in templates {
        let policies = &content["Mappings"]["DeletionPolicies"];
        for (name, resource) in content["Resources"].as_object().into_iter().flatten() {
            let deletion = &resource["DeletionPolicy"];
            if *deletion == "Retain" {
                broken.push(format!("{name}: DeletionPolicy must be RetainExceptOnCreate"));
            }
            if !deletion.is_object() {
                continue;
            }
            let mapped =
                json!({ "Fn::FindInMap": ["DeletionPolicies", { "Ref": "DataDeletionPolicy" }, "Policy"] });
            if *deletion != mapped
                || policies["Retain"]["Policy"] != "RetainExceptOnCreate"
                || policies["Delete"]["Policy"] != "Delete"
            {
                broken.push(format!(
                    "infra/{template}.yaml: {name}: DataDeletionPolicy=Retain must become RetainExceptOnCreate"
                ));
            }
            // `RetainExceptOnCreate` is no value of this attribute.
            if resource["UpdateReplacePolicy"] != json!({ "Ref": "DataDeletionPolicy" }) {
                broken.push(format!("{name}: UpdateReplacePolicy must be DataDeletionPolicy"));
            }
        }
    }
    let kept = |kind: &str| {
        resources(templates, kind)
            .filter(|(_, resource)| resource["DeletionPolicy"].is_object())
            .count()
    };
    // The tables of the categories, of persons' keys and of erasures; the seal key and the keys of the tables. The messaging
    // key encrypts nothing that outlives the stack.
    if (kept("AWS::DynamoDB::Table"), kept("AWS::KMS::Key")) != (6, 3) {
        broken.push(
            "DataDeletionPolicy must decide about the tables, the seal key and the keys of the tables".into(),
        );
    }
    broken
}

fn versions_are_compared(templates: &Templates) -> Broken {
    let template = &templates["template"];
    let parameter = &template["Parameters"]["GradualDeployment"];
    let mut broken = Vec::new();
    if parameter["Default"] != "off" {
        broken.push("GradualDeployment must be off by default".into());
    }
    for value in parameter["AllowedValues"].as_array().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        let wanted = if value == "off" { "false" } else { "true" };
        if template["Mappings"]["GradualDeployments"][value]["Enabled"] != wanted {
            broken.push(format!("GradualDeployments: {value} must be Enabled: {wanted}"));
        }
    }
    let refused = &template["Rules"]["GradualNeedsAlarms"];
    if refused["RuleCondition"]
        != json!({ "Fn::Not": [{ "Fn::Equals": [{ "Ref": "GradualDeployment" }, "off"] }] })
        || refused["Assertions"][0]["Assert"] != json!({ "Fn::Equals": [{ "Ref": "Alarms" }, "on"] })
    {
        broken.push("a gradual deployment without alarms must be refused".into());
    }
    // CodeDeploy finds an alarm by its name, and a deployment stops if there is none of that name.
    for (template, output) in [
        ("publisher", "ErrorsAlarmName"),
        ("observability", "ParkedAlarmName"),
    ] {
        let alarms = templates[template]["Resources"].as_object().into_iter().flatten();
        let value = &templates[template]["Outputs"][output]["Value"];
        if !alarms
            .into_iter()
            .any(|(_, alarm)| alarm["Properties"]["AlarmName"] == *value)
        {
            broken.push(format!(
                "infra/{template}.yaml: {output} must be the name of an alarm"
            ));
        }
    }
    for (name, function) in stream_functions(templates) {
        let publisher = name.replace("Function", "Publisher");
        let preference = json!({
            "Enabled": { "Fn::FindInMap": ["GradualDeployments", { "Ref": "GradualDeployment" }, "Enabled"] },
            "Type": { "Ref": "GradualDeployment" },
            "PassthroughCondition": true,
            "Alarms": [
                { "Fn::GetAtt": [publisher, "Outputs.ErrorsAlarmName"] },
                { "Fn::GetAtt": ["Observability", "Outputs.ParkedAlarmName"] },
            ],
        });
        if function["Properties"]["DeploymentPreference"] != preference {
            broken.push(format!("{name}: DeploymentPreference must be {preference}"));
        }
        if function["Properties"]["AutoPublishAlias"] != "live" {
            broken.push(format!("{name} must publish its versions under the alias live"));
        }
        let alias = json!({ "Fn::If": ["Gradual", { "Ref": format!("{name}.Alias") }, { "Ref": name }] });
        let read = resources(templates, "AWS::Lambda::EventSourceMapping")
            .filter(|(_, source)| source["Properties"]["FunctionName"] == alias)
            .count();
        // Two functions read erasures besides.
        let wanted = match name.as_str() {
            "SingleTableFunction" => 6,
            "AccountFunction" => 2,
            _ => 1,
        };
        if read != wanted {
            broken.push(format!("{name}: a mapping does not read through the alias"));
        }
    }
    broken
}

/// Settings that reach the functions through the outputs of nested stacks: the names of topics and of the bucket.
const OF_NESTED_STACKS: [&str; 2] = ["Stage", "TopicType"];

/// SAM does not publish a version when only the value of a parameter changes. CloudFormation replaces a version when its
/// description changes, and Lambda publishes one only if the function changed, too.
fn settings_reach_versions(templates: &Templates) -> Broken {
    let template = &templates["template"];
    let mut broken = Vec::new();
    for (name, function) in stream_functions(templates) {
        let properties = &function["Properties"];
        let description = &properties["Description"];
        if description["Fn::If"][0] != "Gradual" || properties["VersionDescription"] != *description {
            broken.push(format!(
                "{name}: Description and VersionDescription must be the same"
            ));
        }
        let mut used: BTreeSet<String> = OF_NESTED_STACKS.map(str::to_owned).into();
        let own = ["Environment", "Layers", "MemorySize", "Timeout", "Architectures"];
        for property in own.map(|property| &properties[property]) {
            references(property, template, &mut used);
        }
        references(&template["Globals"]["Function"], template, &mut used);
        let mut named = BTreeSet::new();
        references(&description["Fn::If"][1], template, &mut named);
        let missing: Vec<_> = used.difference(&named).collect();
        if !missing.is_empty() {
            broken.push(format!(
                "{name}: Description must name {missing:?}, on which its configuration depends"
            ));
        }
    }
    broken
}

/// Collects the parameters and resources to which a value refers, also through conditions.
fn references(value: &Value, template: &Value, found: &mut BTreeSet<String>) {
    let mut insert = |name: &str| {
        if !name.starts_with("AWS::") {
            found.insert(name.to_owned());
        }
    };
    match value {
        Value::Object(members) => {
            if let Some(name) = members.get("Ref").and_then(Value::as_str) {
                insert(name);
            }
            let text = members.get("Fn::Sub").and_then(Value::as_str).unwrap_or_default();
            for part in text.split("${").skip(1) {
                insert(part.split('}').next().unwrap_or_default());
            }
            let conditions = [&value["Fn::If"][0], &value["Condition"]];
            for condition in conditions.into_iter().filter_map(Value::as_str) {
                references(&template["Conditions"][condition], template, found);
            }
            members
                .values()
                .for_each(|member| references(member, template, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, template, found)),
        _ => {}
    }
}

/// The rules for the stack of the canary.
fn canary_is_harmless_and_heard(canary: &Value) -> Broken {
    let resources = &canary["Resources"];
    let properties = |name: &str| &resources[name]["Properties"];
    let mut broken = Broken::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            broken.push(format!("infra/canary.yaml: {what}"));
        }
    };
    let granted = statements(&resources["Role"]);
    let writes: Vec<_> = granted
        .iter()
        .filter(|statement| statement["Action"].to_string().contains("dynamodb:"))
        .collect();
    let only =
        json!({ "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [{ "Ref": "PartitionKey" }] } });
    must(
        writes.len() == 1 && writes[0]["Action"] == "dynamodb:PutItem" && writes[0]["Condition"] == only,
        "the function may put rows of the synthetic user, and nothing else",
    );
    let senders = statements(&resources["QueuePolicy"]);
    let topic = "{{resolve:ssm:/user-events/${Stage}/topic/${Category}}}";
    must(
        senders[0]["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::Sub"] == topic
            && senders[1]["Condition"]["Bool"]["aws:SecureTransport"] == "false",
        "only the topic may send to the queue, by TLS",
    );
    let subscription = properties("Subscription");
    must(
        subscription["FilterPolicyScope"] == "MessageBody"
            && subscription["FilterPolicy"]["subject"] == json!([{ "Ref": "Subject" }]),
        "the queue receives no event of another subject",
    );
    let alarm = properties("Alarm");
    must(
        alarm["TreatMissingData"] == "breaching" && alarm["Statistic"] == "Minimum" && alarm["Period"] == 600,
        "silence and each single failure are an alarm",
    );
    let item = canary["Parameters"]["Item"]["Default"]
        .as_str()
        .unwrap_or_default();
    let item: Value = serde_json::from_str(item).unwrap_or_default();
    must(
        item["granted"] == json!({ "BOOL": false }) && item["sk"]["S"] == "CONSENT#USER_EVENTS_CANARY",
        "the row must be one that allows nothing",
    );
    must(
        item["pk"]["S"] == canary["Parameters"]["PartitionKey"]["Default"],
        "PartitionKey must be the key of the row",
    );
    must(
        properties("Schedule")["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 0
            && properties("OneAttempt")["MaximumRetryAttempts"] == 0,
        "a failed run is not repeated",
    );
    broken
}

#[test]
fn the_canary_is_harmless_and_heard_and_each_weakening_is_noticed() {
    let canary = all_templates()["canary"].clone();
    assert_eq!(canary_is_harmless_and_heard(&canary), Broken::new());
    let statement = "/Resources/Role/Properties/Policies/0/PolicyDocument/Statement/0";
    let breaks = [
        (format!("{statement}/Condition"), json!({})),
        (format!("{statement}/Action"), json!("dynamodb:*")),
        (
            "/Resources/QueuePolicy/Properties/PolicyDocument/Statement/0/Condition".into(),
            json!({}),
        ),
        (
            "/Resources/Subscription/Properties/FilterPolicy/subject".into(),
            json!([{ "exists": true }]),
        ),
        (
            "/Resources/Alarm/Properties/TreatMissingData".into(),
            json!("notBreaching"),
        ),
        (
            "/Parameters/Item/Default".into(),
            json!("{\"pk\": {\"S\": \"USER#user-events-canary\"}, \"sk\": {\"S\": \"ACCOUNT\"}}"),
        ),
        ("/Parameters/PartitionKey/Default".into(), json!("USER#anna")),
        (
            "/Resources/OneAttempt/Properties/MaximumRetryAttempts".into(),
            json!(2),
        ),
    ];
    for (pointer, value) in breaks {
        let mut broken = canary.clone();
        *broken.pointer_mut(&pointer).unwrap() = value;
        assert_eq!(canary_is_harmless_and_heard(&broken).len(), 1, "{pointer}");
    }
}
