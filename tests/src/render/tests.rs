use serde_json::json;

use super::*;

fn templates(pairs: &[(&str, Value)]) -> Templates {
    let pairs = pairs.iter();
    pairs
        .map(|(path, template)| ((*path).to_owned(), template.clone()))
        .collect()
}

/// The value of a parameter of the store with this raw value, in a template with a few names.
fn rendered(raw: Value) -> Result<Value> {
    let template = json!({
        "Parameters": {
            "Stage": { "Type": "String", "Default": "dev" },
            "Empty": { "Type": "String", "Default": "" },
            "Names": { "Type": "CommaDelimitedList", "Default": "one, two" },
            "Days": { "Type": "Number", "Default": 7 },
        },
        "Conditions": {
            "Yes": { "Fn::Equals": [{ "Ref": "Stage" }, "dev"] },
            "No": { "Fn::Not": [{ "Condition": "Yes" }] },
            "Both": { "Fn::And": [{ "Condition": "Yes" }, { "Condition": "No" }] },
            "Either": { "Fn::Or": [{ "Condition": "Yes" }, { "Condition": "No" }] },
            "Days7": { "Fn::Equals": [{ "Ref": "Days" }, "7"] },
        },
        "Mappings": { "Keep": { "prod": { "Policy": "Retain" }, "dev": { "Policy": "Delete" } } },
        "Resources": {
            "Queue": { "Type": "AWS::SQS::Queue", "Properties": { "QueueName": { "Fn::Sub": "${Stage}-queue" } } },
            "Absent": { "Type": "AWS::SQS::Queue", "Condition": "No" },
            "Key": { "Type": "AWS::KMS::Key" },
            "Probe": { "Type": "Test::Probe", "Properties": { "Value": raw } },
        },
    });
    let mut deployment = Deployment::new("users");
    deployment
        .store
        .insert("/dev/topic".to_owned(), "arn:topic".to_owned());
    let rendered = render(&templates(&[("root.yaml", template)]), "root.yaml", &deployment)?;
    Ok(rendered.resource("Probe")?.property("Value").clone())
}

fn refusal(raw: Value) -> String {
    format!("{:#}", rendered(raw).unwrap_err())
}

#[test]
fn functions_give_what_cloudformation_gives() {
    for (raw, expected) in [
        (json!({ "Ref": "Stage" }), json!("dev")),
        (json!({ "Ref": "Names" }), json!(["one", "two"])),
        (json!({ "Ref": "Days" }), json!("7")),
        (json!({ "Ref": "AWS::AccountId" }), json!("111111111111")),
        (json!({ "Ref": "AWS::StackName" }), json!("users")),
        (
            json!({ "Fn::Sub": "${AWS::Partition}/${Stage}/${Queue.Arn}" }),
            json!("aws/dev/arn:aws:sqs:eu-west-1:111111111111:dev-queue"),
        ),
        (
            json!({ "Fn::Sub": ["${A}-${Stage}-${!aws:PrincipalAccount}", { "A": { "Ref": "Days" } }] }),
            json!("7-dev-${aws:PrincipalAccount}"),
        ),
        (
            json!({ "Fn::Join": ["", ["a", { "Ref": "Stage" }]] }),
            json!("adev"),
        ),
        (json!({ "Fn::Join": ["+", { "Ref": "Names" }] }), json!("one+two")),
        (json!({ "Fn::Select": [1, { "Ref": "Names" }] }), json!("two")),
        (
            json!({ "Fn::Select": ["0", { "Fn::Split": [":", "a:b"] }] }),
            json!("a"),
        ),
        (json!({ "Fn::If": ["Yes", 1, 2] }), json!(1)),
        (json!({ "Fn::If": ["Both", 1, 2] }), json!(2)),
        (json!({ "Fn::If": ["Either", 1, 2] }), json!(1)),
        (json!({ "Fn::If": ["Days7", 1, 2] }), json!(1)),
        (
            json!([1, { "Fn::If": ["No", 2, { "Ref": "AWS::NoValue" }] }]),
            json!([1]),
        ),
        (
            json!({ "a": { "Ref": "AWS::NoValue" }, "b": { "Condition": "stays" } }),
            json!({ "b": { "Condition": "stays" } }),
        ),
        (
            json!({ "Fn::FindInMap": ["Keep", { "Ref": "Stage" }, "Policy"] }),
            json!("Delete"),
        ),
        (
            json!({ "Fn::FindInMap": ["Keep", "none", "Policy", { "DefaultValue": "x" }] }),
            json!("x"),
        ),
        (
            json!({ "Fn::Sub": "{{resolve:ssm:/${Stage}/topic}}!" }),
            json!("arn:topic!"),
        ),
        (json!("{{resolve:ssm:/dev/topic:3}}"), json!("arn:topic")),
        (
            json!({ "Fn::ToJsonString": { "a": { "Ref": "Stage" } } }),
            json!("{\"a\":\"dev\"}"),
        ),
        (json!({ "Fn::Length": { "Ref": "Names" } }), json!(2)),
        (
            json!({ "Ref": "Queue" }),
            json!("https://sqs.eu-west-1.amazonaws.com/111111111111/dev-queue"),
        ),
        (
            json!({ "Fn::GetAtt": ["Key", "Arn"] }),
            json!("arn:aws:kms:eu-west-1:111111111111:key/users-Key"),
        ),
        (json!({ "Fn::GetAtt": "Queue.QueueName" }), json!("dev-queue")),
    ] {
        assert_eq!(rendered(raw.clone()).unwrap(), expected, "{raw}");
    }
}

#[test]
fn what_is_missing_is_named() {
    for (raw, name) in [
        (
            json!({ "Ref": "Nobody" }),
            "Nobody is no parameter and no resource",
        ),
        (
            json!({ "Ref": "Absent" }),
            "Absent is not deployed: its condition does not hold",
        ),
        (
            json!({ "Fn::GetAtt": ["Queue", "Nothing"] }),
            "no attribute Nothing",
        ),
        (json!({ "Fn::Sub": "${Nobody.Arn}" }), "Nobody"),
        (
            json!({ "Fn::If": ["Never", 1, 2] }),
            "there is no condition Never",
        ),
        (
            json!({ "Fn::FindInMap": ["Keep", "none", "Policy"] }),
            "no none.Policy",
        ),
        (json!({ "Fn::Select": [5, { "Ref": "Names" }] }), "no item 5"),
        (json!("{{resolve:ssm:/none}}"), "the parameter store has no /none"),
        (
            json!("{{resolve:secretsmanager:x}}"),
            "is no parameter of the store",
        ),
        (
            json!({ "Fn::ImportValue": "x" }),
            "Fn::ImportValue is no function",
        ),
        (json!({ "Fn::Sub": "${Open" }), "is not closed"),
    ] {
        let refusal = refusal(raw);
        assert!(refusal.contains(name), "{refusal}");
        assert!(refusal.starts_with("root.yaml: resource Probe"), "{refusal}");
    }
}

#[test]
fn parameters_are_the_declared_ones_with_allowed_values() {
    let template = json!({
        "Parameters": {
            "Kind": { "Type": "String", "AllowedValues": ["fifo", "standard"] },
        },
        "Rules": { "NotStandard": { "Assertions": [{
            "Assert": { "Fn::Not": [{ "Fn::Equals": [{ "Ref": "Kind" }, "standard"] }] },
            "AssertDescription": "standard is not for this",
        }] } },
        "Resources": { "Probe": { "Type": "Test::Probe" } },
    });
    let templates = templates(&[("root.yaml", template)]);
    let root = |deployment: &Deployment| render(&templates, "root.yaml", deployment);
    let plain = Deployment::new("users");
    assert!(root(&plain.clone().with("Kind", "fifo")).is_ok());
    for (deployment, message) in [
        (plain.clone(), "the parameter Kind is not given"),
        (
            plain.clone().with("Kind", "other"),
            "the parameter Kind has a value that is not allowed",
        ),
        (
            plain.clone().with("Kind", "fifo").with("Sort", "x"),
            "there is no parameter Sort",
        ),
        (
            plain.clone().with("Kind", "standard"),
            "rule NotStandard: standard is not for this",
        ),
    ] {
        let refusal = format!("{:#}", root(&deployment).unwrap_err());
        assert!(refusal.contains(message), "{refusal}");
    }
}

/// A root whose first nested stack needs the second one.
fn nested() -> Templates {
    let root = json!({
        "Conditions": { "Never": { "Fn::Equals": ["a", "b"] } },
        "Resources": {
            "First": { "Type": "AWS::Serverless::Application", "Properties": {
                "Location": "infra/first.yaml",
                "Parameters": {
                    "KeyArn": { "Fn::GetAtt": ["Second", "Outputs.KeyArn"] },
                    "Names": ["a", "b"],
                },
            } },
            "Second": { "Type": "AWS::Serverless::Application", "Properties": {
                "Location": "infra/second.yaml",
            } },
            "Third": { "Type": "AWS::Serverless::Application", "Condition": "Never", "Properties": {
                "Location": "infra/none.yaml",
            } },
        },
        "Outputs": {
            "Queue": { "Value": { "Fn::GetAtt": ["First", "Outputs.Url"] } },
            "None": { "Condition": "Never", "Value": { "Fn::GetAtt": ["Third", "Outputs.X"] } },
        },
    });
    let first = json!({
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {
            "KeyArn": { "Type": "String" },
            "Names": { "Type": "CommaDelimitedList" },
            "Policy": { "Type": "String", "Default": "Retain" },
        },
        "Resources": { "Queue": {
            "Type": "AWS::SQS::Queue",
            "DeletionPolicy": { "Ref": "Policy" },
            "Properties": {
                "QueueName": { "Fn::Join": ["-", { "Ref": "Names" }] },
                "KmsMasterKeyId": { "Ref": "KeyArn" },
            },
        } },
        "Outputs": { "Url": { "Value": { "Ref": "Queue" } } },
    });
    let second = json!({
        "Resources": { "Key": { "Type": "AWS::KMS::Key" } },
        "Outputs": { "KeyArn": { "Value": { "Fn::GetAtt": ["Key", "Arn"] } } },
    });
    templates(&[
        ("root.yaml", root),
        ("infra/first.yaml", first),
        ("infra/second.yaml", second),
    ])
}

#[test]
fn nested_stacks_become_one_set_of_resources() {
    let rendered = render(&nested(), "root.yaml", &Deployment::new("users")).unwrap();
    let names: Vec<_> = rendered.resources.keys().collect();
    assert_eq!(names, ["First/Queue", "Second/Key"]);
    let queue = rendered.resource("First/Queue").unwrap();
    assert_eq!(queue.members["DeletionPolicy"], "Retain");
    assert_eq!(
        queue.property("KmsMasterKeyId"),
        "arn:aws:kms:eu-west-1:111111111111:key/users-Second-Key"
    );
    assert_eq!(
        rendered.arn("First/Queue").unwrap(),
        "arn:aws:sqs:eu-west-1:111111111111:a-b"
    );
    assert_eq!(
        queue.declared,
        ("infra/first.yaml".to_owned(), "Queue".to_owned())
    );
    assert_eq!(
        rendered.outputs["Queue"],
        "https://sqs.eu-west-1.amazonaws.com/111111111111/a-b"
    );
    assert!(rendered.resource("Third/Any").is_err());
}

#[test]
fn stacks_that_need_each_other_are_refused() {
    let mut templates = nested();
    templates.get_mut("root.yaml").unwrap()["Resources"]["Second"]["Properties"]["Parameters"] =
        json!({ "Url": { "Fn::GetAtt": ["First", "Outputs.Url"] } });
    let error = render(&templates, "root.yaml", &Deployment::new("users")).unwrap_err();
    assert!(
        format!("{error:#}").contains("First needs itself, in a circle"),
        "{error:#}"
    );
}

#[test]
fn a_missing_output_of_a_nested_stack_is_named() {
    let mut templates = nested();
    templates.get_mut("infra/second.yaml").unwrap()["Outputs"] = json!({});
    let error = render(&templates, "root.yaml", &Deployment::new("users")).unwrap_err();
    assert!(
        format!("{error:#}").contains("the nested stack Second has no output KeyArn"),
        "{error:#}"
    );
}
