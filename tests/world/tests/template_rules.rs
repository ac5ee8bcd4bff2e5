//! The rules for the deployment, checked on the templates, and the proof that each rule fails when it is broken.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use user_events_catalog::CATEGORIES;

use crate::support::{self, broken, root};

/// The templates in CloudFormation's long form, by their names under `infra/`. The root template is `template`.
pub(crate) type Templates = Map<String, Value>;
pub(crate) type Broken = Vec<String>;

pub(crate) type Rule = support::Rule<Templates>;

const RULES: &[Rule] = &[
    (
        "every category has a topic, a function and a table's stream",
        categories_are_wired,
    ),
    (
        "a stream is read so that nothing is lost",
        streams_are_read_safely,
    ),
    ("tables stream both images", tables_stream_both_images),
    (
        "topics keep order and leave deduplication to the ids",
        topics_keep_order,
    ),
    (
        "a publisher seals its own classes and opens none",
        publishers_cannot_open,
    ),
    (
        "every queue has a dead-letter queue or is one, and every one of those an alarm",
        queues_are_backed,
    ),
    (
        "queues and topics refuse plain text on the wire and strangers",
        policies_are_narrow,
    ),
    ("everything is encrypted by a customer key", all_is_encrypted),
    (
        "every function's delay and errors raise an alarm",
        functions_are_watched,
    ),
    (
        "the functions are given only variables that they read",
        variables_are_known,
    ),
    ("parked records have a way back", parked_records_have_a_way_back),
    (
        "only records of the deployment's streams are redriven",
        only_own_streams_are_redriven,
    ),
    (
        "a record too large for the parked queue has a place",
        large_records_have_a_place,
    ),
    (
        "every alarm has an entry in the runbook",
        alarms_are_in_the_runbook,
    ),
    (
        "thin events have a callback everywhere and seal nothing",
        thin_events_are_thin_everywhere,
    ),
    (
        "a mapping reaches the functions that read it",
        mapping_reaches_its_functions,
    ),
    (
        "the streams of mapped tables are read, granted and demanded",
        mapped_streams_are_wired,
    ),
    (
        "roles and topic policies are the same in every layout of the tables",
        policies_outlive_layouts,
    ),
    (
        "a stack whose functions would have too long a name is refused first",
        names_fit,
    ),
    (
        "who reads rows in clear is logged",
        reads_of_clear_rows_are_logged,
    ),
    (
        "no copy of a person's key outlives its erasure by more than a week",
        keys_are_kept_once,
    ),
    (
        "persons' keys reach the functions that seal, and erasures one function",
        keys_reach_their_functions,
    ),
];

/// The functions whose events have data classes.
const SEALING: [&str; 5] = ["Account", "Profile", "Authentication", "SingleTable", "Redrive"];

/// What tombstones have, and keys have not (AWS Lambda Developer Guide, *Using event filtering with a DynamoDB event
/// source*).
const TOMBSTONES: &str = r#"{"dynamodb":{"NewImage":{"erasedAt":{"S":[{"exists":true}]}}}}"#;

/// The parameters with the ARN of an existing stream, and the conditions under which the function of all categories reads
/// it.
const STREAMS: [(&str, &str); 5] = [
    ("SingleTableStreamArn", "SingleTable"),
    ("AccountsStreamArn", "MapsAccounts"),
    ("ProfilesStreamArn", "MapsProfiles"),
    ("AuthenticationStreamArn", "MapsAuthentication"),
    ("AccessStreamArn", "MapsAccess"),
];

#[test]
fn the_template_rules_hold() {
    let templates = templates();
    let broken = broken(RULES, &templates);
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_template_rule_fails_when_it_is_broken() {
    let mapping = "/template/Resources/AccountFunctionStream/Properties";
    let breaks: &[(&str, String, Value)] = &[
        (
            "every category has a topic, a function and a table's stream",
            "/messaging/Resources/AccessTopic".into(),
            Value::Null,
        ),
        (
            "every category has a topic, a function and a table's stream",
            "/template/Resources/ProfileFunction/Properties/Environment/Variables/TOPIC_ARN".into(),
            json!({ "Fn::GetAtt": ["Messaging", "Outputs.AccountTopicArn"] }),
        ),
        (
            "a stream is read so that nothing is lost",
            format!("{mapping}/FunctionResponseTypes"),
            Value::Null,
        ),
        (
            "a stream is read so that nothing is lost",
            format!("{mapping}/BisectBatchOnFunctionError"),
            json!(false),
        ),
        (
            "a stream is read so that nothing is lost",
            format!("{mapping}/DestinationConfig"),
            Value::Null,
        ),
        (
            "a stream is read so that nothing is lost",
            format!("{mapping}/StartingPosition"),
            json!("LATEST"),
        ),
        (
            "a stream is read so that nothing is lost",
            "/template/Parameters/StartingPosition/Default".into(),
            json!("LATEST"),
        ),
        (
            "tables stream both images",
            "/tables/Resources/AccountsTable/Properties/StreamSpecification/StreamViewType".into(),
            json!("KEYS_ONLY"),
        ),
        (
            "topics keep order and leave deduplication to the ids",
            "/messaging/Resources/AccountTopic/Properties/FifoThroughputScope".into(),
            Value::Null,
        ),
        (
            "a publisher seals its own classes and opens none",
            "/template/Resources/ProfilePublisher/Properties/Parameters/SealClasses".into(),
            json!("identity,address,contact"),
        ),
        (
            "every queue has a dead-letter queue or is one, and every one of those an alarm",
            "/parking/Resources/RedriveQueue/Properties/RedrivePolicy".into(),
            Value::Null,
        ),
        (
            "queues and topics refuse plain text on the wire and strangers",
            "/parking/Resources/ParkedQueuePolicy/Properties/PolicyDocument/Statement/0/Condition".into(),
            Value::Null,
        ),
        (
            "queues and topics refuse plain text on the wire and strangers",
            "/parking/Resources/RedriveQueuePolicy".into(),
            Value::Null,
        ),
        (
            "everything is encrypted by a customer key",
            "/parking/Resources/ParkedQueue/Properties/KmsMasterKeyId".into(),
            Value::Null,
        ),
        (
            "every function's delay and errors raise an alarm",
            "/publisher/Resources/IteratorAgeAlarm".into(),
            Value::Null,
        ),
        (
            "the functions are given only variables that they read",
            "/template/Globals/Function/Environment/Variables/TOPIC".into(),
            json!("x"),
        ),
        (
            "parked records have a way back",
            "/template/Resources/RedriveFunction/Properties/Events/Queue/Properties/FunctionResponseTypes"
                .into(),
            Value::Null,
        ),
        (
            "parked records have a way back",
            "/parking/Resources/RedriveQueue/Properties/VisibilityTimeout".into(),
            json!(60),
        ),
        (
            "every function's delay and errors raise an alarm",
            "/publisher/Resources/NothingRecognisedAlarm/Properties/Metrics/2".into(),
            json!({}),
        ),
        (
            "every function's delay and errors raise an alarm",
            "/redrive/Resources/ForeignAlarm".into(),
            Value::Null,
        ),
        (
            "every function's delay and errors raise an alarm",
            "/publisher/Resources/Silent4Alarm".into(),
            Value::Null,
        ),
        (
            "only records of the deployment's streams are redriven",
            "/template/Resources/RedriveFunction/Properties/Environment/Variables/STREAM_ARNS/Fn::If/2/Fn::Join/1/3"
                .into(),
            json!("arn:aws:dynamodb:eu-west-1:666666666666:table/mallorys-own-table/stream/x"),
        ),
        (
            "only records of the deployment's streams are redriven",
            "/template/Resources/RedriveFunction/Properties/Environment/Variables/STREAM_ARNS".into(),
            Value::Null,
        ),
        (
            "a record too large for the parked queue has a place",
            "/parking/Resources/ParkedQueue/Properties/MaximumMessageSize".into(),
            json!(262_144),
        ),
        (
            "a record too large for the parked queue has a place",
            "/parking/Resources/FailureBucket/Properties/NotificationConfiguration".into(),
            Value::Null,
        ),
        (
            "a record too large for the parked queue has a place",
            "/template/Globals/Function/Environment/Variables/FAILURE_BUCKET".into(),
            Value::Null,
        ),
        (
            "every alarm has an entry in the runbook",
            "/redrive/Resources/ForeignAlarm/Properties/AlarmName".into(),
            json!({ "Fn::Sub": "${FunctionName}-unheard-of" }),
        ),
        (
            "thin events have a callback everywhere and seal nothing",
            "/template/Rules/ThinNeedsCallback".into(),
            Value::Null,
        ),
        (
            "thin events have a callback everywhere and seal nothing",
            "/template/Globals/Function/Environment/Variables/DETAIL".into(),
            Value::Null,
        ),
        (
            "thin events have a callback everywhere and seal nothing",
            "/template/Resources/RedriveFunction/Properties/Environment/Variables/DETAIL".into(),
            json!("fat"),
        ),
        (
            "thin events have a callback everywhere and seal nothing",
            "/template/Resources/Redrive/Properties/Parameters/SealClasses".into(),
            json!("contact,identity,address,network"),
        ),
        (
            "a stream is read so that nothing is lost",
            "/template/Resources/MappedAccessStream/Properties/MaximumRetryAttempts".into(),
            Value::Null,
        ),
        (
            "only records of the deployment's streams are redriven",
            "/template/Resources/RedriveFunction/Properties/Environment/Variables/STREAM_ARNS/Fn::If/1/Fn::Join/1/2"
                .into(),
            json!({ "Ref": "ProfilesStreamArn" }),
        ),
        (
            "a mapping reaches the functions that read it",
            "/template/Resources/SingleTableFunction/Properties/Layers".into(),
            Value::Null,
        ),
        (
            "a mapping reaches the functions that read it",
            "/template/Resources/SingleTableFunction/Properties/Environment/Variables/MAPPING_FILE".into(),
            json!({ "Ref": "Mapping" }),
        ),
        (
            "a mapping reaches the functions that read it",
            "/template/Resources/RedriveFunction/Properties/Layers".into(),
            Value::Null,
        ),
        (
            "a mapping reaches the functions that read it",
            "/template/Resources/RedriveFunction/Properties/Environment/Variables/MAPPING_FILE".into(),
            Value::Null,
        ),
        (
            "a mapping reaches the functions that read it",
            "/template/Resources/AccountFunction/Properties/Environment/Variables/MAPPING_FILE".into(),
            json!({ "Ref": "Mapping" }),
        ),
        (
            "a mapping reaches the functions that read it",
            "/template/Resources/MappingLayer/Properties/ContentUri".into(),
            json!("functions/"),
        ),
        (
            "the streams of mapped tables are read, granted and demanded",
            "/template/Rules/MappingNeedsStream".into(),
            Value::Null,
        ),
        (
            "the streams of mapped tables are read, granted and demanded",
            "/template/Resources/MappedProfilesStream".into(),
            Value::Null,
        ),
        (
            "the streams of mapped tables are read, granted and demanded",
            "/template/Resources/MappedProfilesStream/Condition".into(),
            json!("Mapped"),
        ),
        (
            "the streams of mapped tables are read, granted and demanded",
            "/template/Resources/SingleTablePublisher/Properties/Parameters/StreamArn4".into(),
            Value::Null,
        ),
        (
            "the streams of mapped tables are read, granted and demanded",
            "/publisher/Resources/Permissions/Properties/PolicyDocument/Statement/0/Resource/4".into(),
            json!({ "Ref": "AWS::NoValue" }),
        ),
        (
            "the streams of mapped tables are read, granted and demanded",
            "/publisher/Resources/Permissions/Properties/PolicyDocument/Statement/1/Resource".into(),
            json!({ "Ref": "StreamArn" }),
        ),
        (
            "the streams of mapped tables are read, granted and demanded",
            "/template/Parameters/BillingStreamArn".into(),
            json!({ "Type": "String", "Default": "" }),
        ),
        (
            "the streams of mapped tables are read, granted and demanded",
            "/template/Conditions/MapsAccess".into(),
            json!({ "Condition": "Mapped" }),
        ),
        (
            "the streams of mapped tables are read, granted and demanded",
            "/template/Conditions/TablePerCategory".into(),
            json!({ "Fn::Not": [{ "Condition": "SingleTable" }] }),
        ),
        (
            "roles and topic policies are the same in every layout of the tables",
            "/messaging/Resources/ProfileTopicPolicy".into(),
            Value::Null,
        ),
        (
            "roles and topic policies are the same in every layout of the tables",
            "/messaging/Resources/AccessTopicPolicy/Condition".into(),
            json!("Fifo"),
        ),
        (
            "roles and topic policies are the same in every layout of the tables",
            "/publisher/Resources/TopicPolicy".into(),
            json!({ "Type": "AWS::SNS::TopicPolicy", "Properties": { "Topics": { "Ref": "TopicArns" } } }),
        ),
        (
            "roles and topic policies are the same in every layout of the tables",
            "/template/Resources/Roles/Condition".into(),
            json!("TablePerCategory"),
        ),
        (
            "roles and topic policies are the same in every layout of the tables",
            "/template/Resources/SingleTableFunction/Properties/Role".into(),
            json!({ "Fn::GetAtt": ["Roles", "Outputs.AccountRoleArn"] }),
        ),
        (
            "a stack whose functions would have too long a name is refused first",
            "/roles/Parameters/Prefix/MaxLength".into(),
            json!(50),
        ),
        (
            "who reads rows in clear is logged",
            "/parking/Resources/FailureBucket/Properties/LoggingConfiguration".into(),
            Value::Null,
        ),
        (
            "who reads rows in clear is logged",
            "/parking/Resources/AccessLogBucketPolicy/Properties/PolicyDocument/Statement/0/Principal".into(),
            json!({ "Service": "s3.amazonaws.com" }),
        ),
        (
            "every function's delay and errors raise an alarm",
            "/publisher/Resources/SilentErasuresAlarm".into(),
            Value::Null,
        ),
        (
            "only records of the deployment's streams are redriven",
            "/template/Resources/RedriveFunction/Properties/Environment/Variables/STREAM_ARNS/Fn::If/1/Fn::Join/1/5"
                .into(),
            json!(""),
        ),
        (
            "no copy of a person's key outlives its erasure by more than a week",
            "/subject-keys/Resources/Table/Properties/PointInTimeRecoverySpecification/RecoveryPeriodInDays"
                .into(),
            json!(35),
        ),
        (
            "no copy of a person's key outlives its erasure by more than a week",
            "/subject-keys/Resources/Table/Properties/StreamSpecification/StreamViewType".into(),
            json!("NEW_AND_OLD_IMAGES"),
        ),
        (
            "no copy of a person's key outlives its erasure by more than a week",
            "/subject-keys/Resources/Table/Properties/TimeToLiveSpecification".into(),
            json!({ "AttributeName": "ttl", "Enabled": true }),
        ),
        (
            "no copy of a person's key outlives its erasure by more than a week",
            "/subject-keys/Resources/Table/Properties/DeletionProtectionEnabled".into(),
            json!(false),
        ),
        (
            "no copy of a person's key outlives its erasure by more than a week",
            "/subject-keys/Resources/Table/Properties/ResourcePolicy/PolicyDocument/Statement/0/Condition".into(),
            json!({ "Bool": { "aws:ViaAWSService": "false" } }),
        ),
        (
            "no copy of a person's key outlives its erasure by more than a week",
            "/subject-keys/Resources/Ledger/Properties/PointInTimeRecoverySpecification/RecoveryPeriodInDays"
                .into(),
            json!(7),
        ),
        (
            "persons' keys reach the functions that seal, and erasures one function",
            "/template/Resources/RedriveFunction/Properties/Environment/Variables/SUBJECT_KEYS_TABLE".into(),
            Value::Null,
        ),
        (
            "persons' keys reach the functions that seal, and erasures one function",
            "/template/Resources/AccessFunction/Properties/Environment/Variables/SUBJECT_KEYS_TABLE".into(),
            json!({ "Ref": "SubjectKeys" }),
        ),
        (
            "persons' keys reach the functions that seal, and erasures one function",
            "/template/Resources/ProfilePublisher/Properties/Parameters/SubjectKeysKeyArn".into(),
            json!(""),
        ),
        (
            "persons' keys reach the functions that seal, and erasures one function",
            "/template/Resources/ProfilePublisher/Properties/Parameters/ErasuresStreamArn".into(),
            json!({ "Fn::GetAtt": ["SubjectKeyTables", "Outputs.StreamArn"] }),
        ),
        (
            "persons' keys reach the functions that seal, and erasures one function",
            "/template/Resources/SingleTableErasuresStream/Properties/FilterCriteria".into(),
            Value::Null,
        ),
        (
            "persons' keys reach the functions that seal, and erasures one function",
            "/template/Resources/AccountErasuresStream/Condition".into(),
            json!("HasSubjectKeys"),
        ),
        (
            "persons' keys reach the functions that seal, and erasures one function",
            "/template/Resources/SubjectKeyTables/Condition".into(),
            Value::Null,
        ),
        (
            "persons' keys reach the functions that seal, and erasures one function",
            "/template/Parameters/SubjectKeys/Default".into(),
            json!("on"),
        ),
    ];
    assert_every_rule_is_broken(RULES, &templates(), breaks);
}

/// Checks that every rule fails when it is broken: for each rule at least one place in the templates, and what to put there.
/// `null` removes what is there.
pub(crate) fn assert_every_rule_is_broken(
    rules: &[Rule],
    whole: &Templates,
    breaks: &[(&str, String, Value)],
) {
    let shown: BTreeSet<_> = breaks.iter().map(|(name, ..)| *name).collect();
    assert_eq!(
        shown,
        rules.iter().map(|(name, _)| *name).collect(),
        "every rule is broken once"
    );
    let whole = Value::Object(whole.clone());
    for (name, pointer, value) in breaks {
        let (templates, existed) = support::replaced(&whole, pointer, value).unwrap();
        assert!(
            existed || !value.is_null(),
            "{pointer} does not exist, so it cannot be broken"
        );
        let rule = rules.iter().find(|(rule, _)| rule == name).unwrap().1;
        assert!(
            !rule(templates.as_object().unwrap()).is_empty(),
            "«{name}» holds although {pointer} breaks it"
        );
    }
}

#[test]
fn a_publisher_was_never_given_the_key_to_open() {
    let templates = templates();
    let mut statements = statements(&templates["publisher"]["Resources"]["Permissions"]);
    statements.retain(|statement| statement["Resource"] == json!({ "Ref": "SealKeyArn" }));
    assert_eq!(statements.len(), 1);
    assert_eq!(statements[0]["Action"], "kms:GenerateDataKey");
    assert_eq!(
        statements[0]["Condition"]["StringEquals"]["kms:EncryptionContext:app"],
        "user-events"
    );
}

#[test]
fn arm64_is_the_default() {
    assert_eq!(
        templates()["template"]["Parameters"]["Architecture"]["Default"],
        "arm64"
    );
}

/// The publisher's templates.
pub(crate) fn templates() -> Templates {
    let mut templates = all_templates();
    // Separate stacks with separate rules: `backfill_stack.rs`, `deployment_rules.rs`, `subscriber_rules.rs` and
    // `versions/registry.rs`.
    templates.retain(|name, _| !["backfill", "canary", "subscriber", "registry"].contains(&name.as_str()));
    templates
}

/// The templates of all stacks, read once.
pub(crate) fn all_templates() -> Templates {
    static READ: LazyLock<Templates> = LazyLock::new(|| {
        let infra = std::fs::read_dir(root().join("infra")).unwrap();
        infra
            .map(|entry| entry.unwrap().path())
            .chain([root().join("template.yaml")])
            .map(|path| {
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                (name, user_events_local::template::load(&path).unwrap())
            })
            .collect()
    });
    READ.clone()
}

/// `account` in the spelling of resource names: `Account`.
fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

/// The resources of a type, in all templates, with their names.
pub(crate) fn resources<'a>(
    templates: &'a Templates,
    resource_type: &'a str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    templates
        .values()
        .filter_map(|template| template["Resources"].as_object())
        .flatten()
        .filter(move |(_, resource)| resource["Type"] == resource_type)
}

/// Every policy statement of a resource. A conditional statement is returned without its condition.
pub(crate) fn statements(resource: &Value) -> Vec<Value> {
    fn collect(value: &Value, found: &mut Vec<Value>) {
        match value {
            Value::Object(members) if members.contains_key("Effect") => found.push(value.clone()),
            Value::Object(members) => members.values().for_each(|member| collect(member, found)),
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(resource, &mut found);
    found
}

pub(crate) fn functions(templates: &Templates) -> impl Iterator<Item = (&String, &Value)> {
    resources(templates, "AWS::Serverless::Function")
}

/// The functions that read a stream.
pub(crate) fn stream_functions(templates: &Templates) -> impl Iterator<Item = (&String, &Value)> {
    functions(templates).filter(|(name, _)| *name != "RedriveFunction")
}

fn parked_records_have_a_way_back(templates: &Templates) -> Broken {
    let function = &templates["template"]["Resources"]["RedriveFunction"]["Properties"];
    let mapping = &function["Events"]["Queue"]["Properties"];
    let mut broken = Vec::new();
    if mapping["Queue"] != json!({ "Fn::GetAtt": ["Parking", "Outputs.RedriveQueueArn"] }) {
        broken.push("RedriveFunction must read the redrive queue".into());
    }
    if mapping["FunctionResponseTypes"] != json!(["ReportBatchItemFailures"]) {
        broken.push("RedriveFunction must report the messages that it could not settle".into());
    }
    let visible =
        templates["parking"]["Resources"]["RedriveQueue"]["Properties"]["VisibilityTimeout"].as_u64();
    if visible.unwrap_or_default() < 6 * function["Timeout"].as_u64().unwrap_or(u64::MAX / 6) {
        broken.push("the redrive queue's visibility timeout must be six times the function's timeout".into());
    }
    for (name, policy) in resources(templates, "AWS::SNS::TopicPolicy") {
        let publishers =
            |statement: &Value| statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"].clone();
        let named = |statement: &Value| publishers(statement).to_string().contains("RedriveRoleArn");
        if !statements(policy).iter().any(named) {
            broken.push(format!("{name} must let the redrive function publish"));
        }
    }
    broken
}

fn only_own_streams_are_redriven(templates: &Templates) -> Broken {
    let resources = &templates["template"]["Resources"];
    let stream =
        |function: &str| resources[format!("{function}Stream")]["Properties"]["EventSourceArn"].clone();
    let of_categories: Vec<_> = CATEGORIES
        .iter()
        .map(|category| stream(&format!("{}Function", capitalised(category.name))))
        .collect();
    let erasures = json!({ "Fn::If": ["HasSubjectKeys", output_of_keys("StreamArn"), ""] });
    let existing = STREAMS.map(|(parameter, condition)| when_read(parameter, condition));
    let existing: Vec<_> = existing.into_iter().chain([erasures.clone()]).collect();
    let of_categories: Vec<_> = of_categories.into_iter().chain([erasures]).collect();
    let wanted = json!({ "Fn::If": [
        "OneFunction",
        { "Fn::Join": [",", existing] },
        { "Fn::Join": [",", of_categories] },
    ] });
    let stated = &resources["RedriveFunction"]["Properties"]["Environment"]["Variables"]["STREAM_ARNS"];
    if *stated == wanted {
        return Broken::new();
    }
    vec![format!(
        "RedriveFunction: STREAM_ARNS must be the streams that the other functions read: {wanted}"
    )]
}

/// The ARN of an existing stream, empty if the function of all categories does not read it.
fn when_read(parameter: &str, condition: &str) -> Value {
    match condition {
        // Without a table for all categories the parameter is empty.
        "SingleTable" => json!({ "Ref": parameter }),
        condition => json!({ "Fn::If": [condition, { "Ref": parameter }, ""] }),
    }
}

fn mapping_reaches_its_functions(templates: &Templates) -> Broken {
    const READERS: [&str; 2] = ["SingleTableFunction", "RedriveFunction"];
    let template = &templates["template"];
    let mapped = |value: Value| json!({ "Fn::If": ["Mapped", value, { "Ref": "AWS::NoValue" }] });
    let layers = mapped(json!([{ "Ref": "MappingLayer" }]));
    let file = mapped(json!({ "Fn::Sub": "/opt/${Mapping}" }));
    let mut broken = Vec::new();
    for (name, function) in functions(templates) {
        let properties = &function["Properties"];
        let given = (
            &properties["Layers"],
            &properties["Environment"]["Variables"]["MAPPING_FILE"],
        );
        let reads = READERS.contains(&name.as_str());
        if reads && given != (&layers, &file) {
            broken.push(format!(
                "{name} must have the layer {layers} and the MAPPING_FILE {file}"
            ));
        }
        if !reads && given != (&Value::Null, &Value::Null) {
            broken.push(format!(
                "{name} reads no mapping: it must have no layer and no MAPPING_FILE"
            ));
        }
    }
    let layer = &template["Resources"]["MappingLayer"];
    if layer["Condition"] != "Mapped"
        || layer["Properties"]["ContentUri"] != "mappings/"
        || !layer["Metadata"].is_null()
    {
        broken.push("MappingLayer must be the folder mappings/ as it is, and only with a mapping".into());
    }
    broken
}

fn mapped_streams_are_wired(templates: &Templates) -> Broken {
    let template = &templates["template"];
    let conditions = &template["Conditions"];
    let given = |parameter: &str| json!({ "Fn::Not": [{ "Fn::Equals": [{ "Ref": parameter }, ""] }] });
    let mut broken = Vec::new();
    let one = json!({ "Fn::Or": [{ "Condition": "SingleTable" }, { "Condition": "Mapped" }] });
    if conditions["Mapped"] != given("Mapping")
        || conditions["OneFunction"] != one
        || conditions["TablePerCategory"] != json!({ "Fn::Not": [{ "Condition": "OneFunction" }] })
    {
        broken.push(
            "with a mapping, one function must replace the functions and tables of the categories".into(),
        );
    }
    let publisher = &template["Resources"]["SingleTablePublisher"]["Properties"]["Parameters"];
    let granted = statements(&templates["publisher"]["Resources"]["Permissions"]);
    let grants = |action: &str, resource: &Value| {
        let statement = granted
            .iter()
            .find(|statement| statement["Action"].to_string().contains(action));
        let resources = statement.and_then(|statement| statement["Resource"].as_array());
        resources.is_some_and(|resources| resources.contains(resource))
    };
    let lists =
        |statement: &Value| statement["Action"] == "dynamodb:ListStreams" && statement["Resource"] == "*";
    if !granted.iter().any(lists) {
        broken.push("infra/publisher.yaml must grant listing streams: no ARN is sure to match".into());
    }
    let demanded = &template["Rules"]["MappingNeedsStream"];
    let parameters = template["Parameters"].as_object().into_iter().flatten();
    for (name, _) in parameters.filter(|(name, _)| name.ends_with("StreamArn")) {
        if !STREAMS.iter().any(|(parameter, _)| parameter == name) {
            broken.push(format!("{name} must be a stream of mapped tables, too"));
        }
    }
    for ((parameter, condition), place) in STREAMS.into_iter().zip(1..) {
        let own = match condition {
            "SingleTable" => given(parameter),
            _ => json!({ "Fn::And": [{ "Condition": "Mapped" }, given(parameter)] }),
        };
        if conditions[condition] != own {
            broken.push(format!("the condition {condition} must be {own}"));
        }
        let read = resources(templates, "AWS::Lambda::EventSourceMapping").any(|(_, source)| {
            source["Condition"] == condition
                && source["Properties"]["EventSourceArn"] == json!({ "Ref": parameter })
                && source["Properties"]["FunctionName"]
                    .to_string()
                    .contains("\"SingleTableFunction\"")
        });
        if !read {
            broken.push(format!(
                "SingleTableFunction must read {parameter} under {condition}"
            ));
        }
        let name = if place == 1 {
            "StreamArn".to_owned()
        } else {
            format!("StreamArn{place}")
        };
        if publisher[&name] != when_read(parameter, condition) {
            broken.push(format!(
                "SingleTablePublisher: {name} must be {}",
                when_read(parameter, condition)
            ));
        }
        let has = format!("HasStream{}", &name["StreamArn".len()..]);
        let when = |resource: Value| json!({ "Fn::If": [has, resource, { "Ref": "AWS::NoValue" }] });
        if !grants("dynamodb:GetRecords", &when(json!({ "Ref": name })))
            || templates["publisher"]["Conditions"][&has] != given(&name)
        {
            broken.push(format!("infra/publisher.yaml must grant reading {name}"));
        }
        let any_of = demanded["Assertions"][0]["Assert"]["Fn::Or"].as_array();
        if demanded["RuleCondition"] != given("Mapping")
            || !any_of.is_some_and(|any_of| any_of.contains(&given(parameter)))
        {
            broken.push(format!(
                "template.yaml must refuse a mapping without a stream such as {parameter}"
            ));
        }
    }
    broken
}

/// CloudFormation deletes what a new layout no longer has. A topic without its policy has the default policy, and a deleted
/// role in a policy matches nobody.
fn policies_outlive_layouts(templates: &Templates) -> Broken {
    let mut broken = Vec::new();
    let messaging = &templates["messaging"]["Resources"];
    for category in CATEGORIES {
        let name = format!("{}Topic", capitalised(category.name));
        let policy = &messaging[format!("{name}Policy")];
        if policy["Properties"]["Topics"] != json!([{ "Ref": name }]) || !policy["Condition"].is_null() {
            broken.push(format!(
                "infra/messaging.yaml must have a policy for {name} alone, without a condition"
            ));
        }
    }
    if resources(templates, "AWS::SNS::TopicPolicy").count() != CATEGORIES.len() {
        broken.push("a topic must have one policy".into());
    }
    for stack in ["Roles", "Messaging"] {
        if !templates["template"]["Resources"][stack]["Condition"].is_null() {
            broken.push(format!("{stack} must not depend on a condition"));
        }
    }
    for (name, function) in functions(templates) {
        let role = name.replace("Function", "Role");
        let wanted = json!({ "Fn::GetAtt": ["Roles", format!("Outputs.{role}Arn")] });
        if function["Properties"]["Role"] != wanted {
            broken.push(format!("{name} must have the role {role}"));
        }
        if !templates["roles"]["Resources"][&role]["Condition"].is_null() {
            broken.push(format!("{role} must not depend on a condition"));
        }
    }
    broken
}

fn names_fit(templates: &Templates) -> Broken {
    // AWS Lambda API Reference, CreateFunction.
    const LONGEST: u64 = 64;
    let suffix = functions(templates)
        .filter_map(|(_, function)| {
            let name = function["Properties"]["FunctionName"]["Fn::Sub"].as_str()?;
            Some(name.strip_prefix("${AWS::StackName}")?.len() as u64)
        })
        .max();
    let prefix = &templates["roles"]["Parameters"]["Prefix"]["MaxLength"];
    match (prefix.as_u64(), suffix) {
        (Some(prefix), Some(suffix)) if prefix + suffix == LONGEST => Broken::new(),
        _ => vec![format!(
            "infra/roles.yaml: Prefix must be as long as the longest name of a function allows, {LONGEST} less {suffix:?}"
        )],
    }
}

fn reads_of_clear_rows_are_logged(templates: &Templates) -> Broken {
    let parking = &templates["parking"]["Resources"];
    let logged = json!({ "DestinationBucketName": { "Ref": "AccessLogBucket" } });
    let mut broken = Vec::new();
    if parking["FailureBucket"]["Properties"]["LoggingConfiguration"] != logged {
        broken.push("FailureBucket must have an access log".into());
    }
    let delivers = |statement: &Value| {
        statement["Effect"] == "Allow" && statement["Principal"]["Service"] == "logging.s3.amazonaws.com"
    };
    if !statements(&parking["AccessLogBucketPolicy"]).iter().any(delivers) {
        broken.push("S3 must be allowed to write the access log".into());
    }
    broken
}

fn output_of_keys(name: &str) -> Value {
    json!({ "Fn::GetAtt": ["SubjectKeyTables", format!("Outputs.{name}")] })
}

/// A copy of a secret opens what was erased: backups, exports, other streams, records of the stream.
fn keys_are_kept_once(templates: &Templates) -> Broken {
    let resources = &templates["subject-keys"]["Resources"];
    let table = &resources["Table"]["Properties"];
    let mut broken = Vec::new();
    for (name, days) in [("Table", 7), ("Ledger", 35)] {
        let properties = &resources[name]["Properties"];
        let past = json!({ "PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": days });
        if properties["PointInTimeRecoverySpecification"] != past {
            broken.push(format!("{name} must be recoverable for {days} days"));
        }
        if properties["DeletionProtectionEnabled"] != json!({ "Fn::If": ["Keeps", true, false] }) {
            broken.push(format!(
                "{name} must be protected against deletion, unless DataDeletionPolicy is Delete"
            ));
        }
        if !properties["TimeToLiveSpecification"].is_null() {
            broken.push(format!(
                "{name} must forget no row: a tombstone and a key are for ever"
            ));
        }
    }
    if table["StreamSpecification"]["StreamViewType"] != "NEW_IMAGE" {
        broken.push("Table must stream no old image: it would hold the secret of the person erased".into());
    }
    for action in [
        "dynamodb:CreateBackup",
        "dynamodb:EnableKinesisStreamingDestination",
        "dynamodb:ExportTableToPointInTime",
        "dynamodb:Scan",
        "dynamodb:DeleteItem",
        "dynamodb:BatchWriteItem",
    ] {
        let denied = statements(&table["ResourcePolicy"]).iter().any(|statement| {
            let actions = statement["Action"].as_array().into_iter().flatten();
            statement["Effect"] == "Deny"
                && statement["Principal"] == "*"
                && statement["Condition"].is_null()
                && actions.into_iter().any(|one| one == action)
        });
        if !denied {
            broken.push(format!("Table must deny {action} to everybody"));
        }
    }
    broken
}

fn keys_reach_their_functions(templates: &Templates) -> Broken {
    let template = &templates["template"];
    let on = |value: Value, otherwise: Value| json!({ "Fn::If": ["HasSubjectKeys", value, otherwise] });
    let variable = on(output_of_keys("TableName"), json!({ "Ref": "AWS::NoValue" }));
    let mut broken = Vec::new();
    for (name, function) in functions(templates) {
        let given = &function["Properties"]["Environment"]["Variables"]["SUBJECT_KEYS_TABLE"];
        let seals = SEALING.contains(&name.trim_end_matches("Function"));
        let wanted = if seals { &variable } else { &Value::Null };
        if given != wanted {
            broken.push(format!("{name}: SUBJECT_KEYS_TABLE must be {wanted}"));
        }
    }
    let erasers = ["Account", "SingleTable"];
    for (name, stack) in resources(templates, "AWS::Serverless::Application") {
        let function = name.trim_end_matches("Publisher");
        let parameters = &stack["Properties"]["Parameters"];
        if !SEALING.contains(&function) {
            continue;
        }
        for output in ["TableArn", "KeyArn"] {
            let wanted = on(output_of_keys(output), json!(""));
            if parameters[format!("SubjectKeys{output}")] != wanted {
                broken.push(format!("{name}: SubjectKeys{output} must be {wanted}"));
            }
        }
        let stream = on(output_of_keys("StreamArn"), json!(""));
        let wanted = if erasers.contains(&function) {
            &stream
        } else {
            &Value::Null
        };
        if parameters["ErasuresStreamArn"] != *wanted {
            broken.push(format!("{name}: ErasuresStreamArn must be {wanted}"));
        }
    }
    let conditions = &template["Conditions"];
    for (function, layout) in [("Account", "TablePerCategory"), ("SingleTable", "OneFunction")] {
        let source = &template["Resources"][format!("{function}ErasuresStream")];
        let filter = json!({ "Filters": [{ "Pattern": TOMBSTONES }] });
        let only = json!({ "Fn::And": [{ "Condition": layout }, { "Condition": "HasSubjectKeys" }] });
        let condition = source["Condition"].as_str().unwrap_or_default();
        if source["Properties"]["EventSourceArn"] != output_of_keys("StreamArn")
            || source["Properties"]["FilterCriteria"] != filter
            || conditions[condition] != only
        {
            broken.push(format!("{function}Function must receive tombstones, and no keys"));
        }
    }
    let parameter = &template["Parameters"]["SubjectKeys"];
    if parameter["Default"] != "off"
        || conditions["HasSubjectKeys"]
            != json!({ "Fn::Not": [{ "Fn::Equals": [{ "Ref": "SubjectKeys" }, "off"] }] })
        || template["Resources"]["SubjectKeyTables"]["Condition"] != "HasSubjectKeys"
    {
        broken.push("the tables of persons' keys must exist unless SubjectKeys=off".into());
    }
    broken
}

fn large_records_have_a_place(templates: &Templates) -> Broken {
    let mut broken = Vec::new();
    let variables = &templates["template"]["Globals"]["Function"]["Environment"]["Variables"];
    let parking = &templates["parking"]["Resources"];
    for queue in ["ParkedQueue", "RedriveQueue"] {
        let limit = parking[queue]["Properties"]["MaximumMessageSize"].to_string();
        if variables["PARKED_MAX_BYTES"] != limit {
            broken.push(format!(
                "{queue}: MaximumMessageSize must be PARKED_MAX_BYTES of the functions"
            ));
        }
    }
    if variables["FAILURE_BUCKET"] != json!({ "Fn::GetAtt": ["Parking", "Outputs.FailureBucketName"] }) {
        broken.push("every function must know the failure bucket as FAILURE_BUCKET".into());
    }
    let announced =
        &parking["FailureBucket"]["Properties"]["NotificationConfiguration"]["QueueConfigurations"][0];
    if announced["Queue"] != json!({ "Fn::GetAtt": ["ParkedQueue", "Arn"] }) || !announced["Filter"].is_null()
    {
        broken.push("the failure bucket must announce every object to the parked queue".into());
    }
    for template in ["publisher", "redrive"] {
        let may = |action: &str, resource: &Value| {
            statements(&templates[template]["Resources"]["Permissions"])
                .iter()
                .any(|statement| {
                    statement["Action"].to_string().contains(action) && statement["Resource"] == *resource
                })
        };
        let objects = ["/*", "/parked/*"]
            .map(|objects| json!({ "Fn::Sub": format!("${{FailureBucketArn}}{objects}") }));
        if !objects.iter().any(|objects| may("s3:PutObject", objects))
            || !may("kms:GenerateDataKey", &json!({ "Ref": "MessagingKeyArn" }))
        {
            broken.push(format!(
                "infra/{template}.yaml: the function must be allowed to write to parked/ in the failure bucket"
            ));
        }
    }
    broken
}

fn alarms_are_in_the_runbook(templates: &Templates) -> Broken {
    let runbook = std::fs::read_to_string(root().join("docs/runbook.md")).unwrap();
    // The first cell can name several alarms.
    let names = runbook.lines().filter(|line| line.starts_with("| `<stack>-"));
    let names: Vec<_> = names.filter_map(|line| line.split(" | ").next()).collect();
    ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"]
        .into_iter()
        .flat_map(|kind| resources(templates, kind))
        .filter_map(|(name, alarm)| {
            let title = alarm["Properties"]["AlarmName"]["Fn::Sub"].as_str()?;
            let end = title.rsplit_once('}')?.1;
            let entry = names.iter().any(|names| names.contains(&format!("{end}`")));
            (!entry).then(|| format!("{name}: docs/runbook.md has no entry for an alarm that ends in {end}"))
        })
        .collect()
}

fn thin_events_are_thin_everywhere(templates: &Templates) -> Broken {
    let template = &templates["template"];
    let mut broken = Vec::new();
    let rule = json!({
        "RuleCondition": { "Fn::Equals": [{ "Ref": "Detail" }, "thin"] },
        "Assertions": [{ "Fn::Not": [{ "Fn::Equals": [{ "Ref": "CallbackBaseUrl" }, ""] }] }],
    });
    let stated = &template["Rules"]["ThinNeedsCallback"];
    if stated["RuleCondition"] != rule["RuleCondition"]
        || stated["Assertions"][0]["Assert"] != rule["Assertions"][0]
    {
        broken.push("template.yaml must refuse Detail=thin without CallbackBaseUrl".into());
    }
    let variables = |of: &Value| of["Environment"]["Variables"].clone();
    let global = variables(&template["Globals"]["Function"]);
    let callback = json!({ "Fn::If": ["Thin", { "Ref": "CallbackBaseUrl" }, { "Ref": "AWS::NoValue" }] });
    for (name, wanted) in [
        ("DETAIL", json!({ "Ref": "Detail" })),
        ("CALLBACK_BASE_URL", callback),
    ] {
        if global[name] != wanted {
            broken.push(format!("{name} must be {wanted} for all functions"));
        }
        let own =
            functions(templates).filter(|(_, function)| !variables(&function["Properties"])[name].is_null());
        broken.extend(own.map(|(function, _)| format!("{function} must not have a {name} of its own")));
    }
    for (name, stack) in resources(templates, "AWS::Serverless::Application") {
        let classes = &stack["Properties"]["Parameters"]["SealClasses"];
        if !classes.is_null() && (classes["Fn::If"][0] != "Thin" || classes["Fn::If"][1] != "") {
            broken.push(format!("{name}: SealClasses must be empty for thin events"));
        }
    }
    broken
}

fn categories_are_wired(templates: &Templates) -> Broken {
    let mut broken = Vec::new();
    for category in CATEGORIES {
        let name = capitalised(category.name);
        if templates["messaging"]["Resources"][format!("{name}Topic")]["Type"] != "AWS::SNS::Topic" {
            broken.push(format!("infra/messaging.yaml lacks {name}Topic"));
        }
        let function = &templates["template"]["Resources"][format!("{name}Function")]["Properties"];
        if function["CodeUri"] != format!("functions/{}", category.name) {
            broken.push(format!(
                "template.yaml lacks {name}Function with the code of functions/{}",
                category.name
            ));
        }
        let topic = json!({ "Fn::GetAtt": ["Messaging", format!("Outputs.{name}TopicArn")] });
        if function["Environment"]["Variables"]["TOPIC_ARN"] != topic {
            broken.push(format!("{name}Function must publish to {name}Topic"));
        }
        let single = &templates["template"]["Resources"]["SingleTableFunction"]["Properties"]["Environment"]
            ["Variables"];
        if single[format!("TOPIC_ARN_{}", category.name.to_uppercase())] != topic {
            broken.push(format!("SingleTableFunction must publish to {name}Topic, too"));
        }
    }
    let topics = resources(templates, "AWS::SNS::Topic").count();
    if topics != CATEGORIES.len() {
        broken.push(format!(
            "there are {topics} topics for {} categories",
            CATEGORIES.len()
        ));
    }
    broken
}

fn streams_are_read_safely(templates: &Templates) -> Broken {
    let bucket =
        json!({ "OnFailure": { "Destination": { "Fn::GetAtt": ["Parking", "Outputs.FailureBucketArn"] } } });
    let mut broken = Vec::new();
    for (name, source) in resources(templates, "AWS::Lambda::EventSourceMapping") {
        let mapping = &source["Properties"];
        for (property, wanted) in [
            ("StartingPosition", json!({ "Ref": "StartingPosition" })),
            ("FunctionResponseTypes", json!(["ReportBatchItemFailures"])),
            ("BisectBatchOnFunctionError", json!(true)),
            ("DestinationConfig", bucket.clone()),
        ] {
            if mapping[property] != wanted {
                broken.push(format!("{name}: {property} must be {wanted}"));
            }
        }
        for limit in [
            "MaximumRetryAttempts",
            "MaximumRecordAgeInSeconds",
            "ParallelizationFactor",
        ] {
            if mapping[limit].is_null() {
                broken.push(format!("{name}: {limit} must be set"));
            }
        }
    }
    let parameters = &templates["template"]["Parameters"];
    if parameters["StartingPosition"]["Default"] != "TRIM_HORIZON" {
        broken.push("StartingPosition must be TRIM_HORIZON by default: LATEST can miss changes".into());
    }
    if parameters["ParallelizationFactor"]["Default"] != json!(1) {
        broken.push("ParallelizationFactor must be 1 by default: above it, order per user is lost".into());
    }
    broken
}

fn tables_stream_both_images(templates: &Templates) -> Broken {
    let resources = templates["tables"]["Resources"].as_object().into_iter().flatten();
    let tables: Vec<_> = resources
        .filter(|(_, resource)| resource["Type"] == "AWS::DynamoDB::Table")
        .collect();
    let mut broken: Broken = tables
        .iter()
        .filter(|(_, table)| {
            table["Properties"]["StreamSpecification"]["StreamViewType"] != "NEW_AND_OLD_IMAGES"
        })
        .map(|(name, _)| format!("{name} must stream NEW_AND_OLD_IMAGES"))
        .collect();
    if tables.len() != 4 {
        broken.push(format!("there are {} tables, not 4", tables.len()));
    }
    broken
}

fn topics_keep_order(templates: &Templates) -> Broken {
    let when_fifo = |value: Value| json!({ "Fn::If": ["Fifo", value, { "Ref": "AWS::NoValue" }] });
    resources(templates, "AWS::SNS::Topic")
        .flat_map(|(name, topic)| {
            [
                ("FifoTopic", json!(true)),
                ("FifoThroughputScope", json!("MessageGroup")),
                ("ContentBasedDeduplication", json!(false)),
            ]
            .into_iter()
            .filter(|(property, wanted)| topic["Properties"][property] != when_fifo(wanted.clone()))
            .map(move |(property, wanted)| format!("{name}: {property} must be {wanted} for a FIFO topic"))
        })
        .collect()
}

fn publishers_cannot_open(templates: &Templates) -> Broken {
    let mut broken = Vec::new();
    for category in CATEGORIES {
        let name = format!("{}Publisher", capitalised(category.name));
        let parameters = &templates["template"]["Resources"][&name]["Properties"]["Parameters"];
        let granted: BTreeSet<_> = parameters["SealClasses"]["Fn::If"][2]
            .as_str()
            .unwrap_or_default()
            .split(',')
            .filter(|class| !class.is_empty())
            .collect();
        let needed: BTreeSet<_> = category.events.iter().flat_map(|event| event.classes()).collect();
        if granted != needed {
            broken.push(format!(
                "{name}: SealClasses must be {needed:?}, the classes of its events"
            ));
        }
    }
    for statement in statements(&templates["publisher"]["Resources"]["Permissions"]) {
        let opens = statement["Action"].to_string().contains("kms:Decrypt")
            || statement["Action"].to_string().contains("kms:*");
        if opens && statement["Resource"] == json!({ "Ref": "SealKeyArn" }) {
            broken.push("a publisher must not be allowed to open what it seals".into());
        }
    }
    broken
}

fn queues_are_backed(templates: &Templates) -> Broken {
    let queues: Vec<_> = resources(templates, "AWS::SQS::Queue").collect();
    let target = |queue: &Value| {
        let target = &queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0];
        target.as_str().map(str::to_owned)
    };
    let targets: BTreeSet<_> = queues.iter().filter_map(|(_, queue)| target(queue)).collect();
    let alarms: String = resources(templates, "AWS::CloudWatch::Alarm")
        .map(|(_, alarm)| alarm.to_string())
        .collect();
    let mut broken = Vec::new();
    for (name, queue) in queues {
        match target(queue) {
            None if !targets.contains(name) => {
                broken.push(format!("{name} has no dead-letter queue and is not one itself"))
            }
            _ => {}
        }
        if targets.contains(name) && queue["Properties"]["MessageRetentionPeriod"] != json!(1_209_600) {
            broken.push(format!(
                "{name} is a dead-letter queue: it must keep messages for 14 days"
            ));
        }
        if !alarms.contains(&format!("{{\"Ref\":\"{name}Name\"}}")) {
            broken.push(format!("{name} has no alarm"));
        }
    }
    broken
}

fn policies_are_narrow(templates: &Templates) -> Broken {
    let mut broken = Vec::new();
    let policies: Vec<_> = [
        "AWS::SQS::QueuePolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::S3::BucketPolicy",
    ]
    .into_iter()
    .flat_map(|kind| resources(templates, kind))
    .collect();
    for (name, policy) in &policies {
        let statements = statements(policy);
        let tls = |statement: &Value| {
            statement["Effect"] == "Deny" && statement["Condition"]["Bool"]["aws:SecureTransport"] == "false"
        };
        if !statements.iter().any(tls) {
            broken.push(format!("{name} must deny requests without TLS"));
        }
        for statement in statements
            .iter()
            .filter(|statement| statement["Effect"] == "Allow")
        {
            let open = statement["Principal"] == "*" || !statement["Principal"]["Service"].is_null();
            if open && statement["Condition"].is_null() {
                broken.push(format!(
                    "{name}: a statement allows any principal without a condition"
                ));
            }
        }
    }
    for (queue, _) in resources(templates, "AWS::SQS::Queue") {
        let covers = |policy: &Value| {
            policy["Properties"]["Queues"]
                .to_string()
                .contains(&format!("\"{queue}\""))
        };
        if !policies.iter().any(|(_, policy)| covers(policy)) {
            broken.push(format!("{queue} has no policy"));
        }
    }
    broken
}

fn all_is_encrypted(templates: &Templates) -> Broken {
    let mut broken = Vec::new();
    for kind in ["AWS::SQS::Queue", "AWS::SNS::Topic"] {
        let plain = resources(templates, kind)
            .filter(|(_, resource)| !resource["Properties"]["KmsMasterKeyId"].is_object());
        broken.extend(
            plain.map(|(name, _)| format!("{name} must have a customer key: SNS cannot use an alias of AWS")),
        );
    }
    for (name, table) in resources(templates, "AWS::DynamoDB::Table") {
        if table["Properties"]["SSESpecification"]["KMSMasterKeyId"].is_null() {
            broken.push(format!("{name} must have a customer key"));
        }
    }
    for (name, bucket) in resources(templates, "AWS::S3::Bucket") {
        // S3 writes its access logs to buckets with its own key only.
        let key = if name == "AccessLogBucket" {
            "AES256"
        } else {
            "KMSMasterKeyID"
        };
        if !bucket["Properties"]["BucketEncryption"].to_string().contains(key) {
            broken.push(format!("{name} must be encrypted with {key}"));
        }
    }
    for (name, key) in resources(templates, "AWS::KMS::Key") {
        if key["Properties"]["EnableKeyRotation"] != json!(true) {
            broken.push(format!("{name} must rotate"));
        }
    }
    broken
}

fn functions_are_watched(templates: &Templates) -> Broken {
    let alarm = |metric: &str| {
        resources(templates, "AWS::CloudWatch::Alarm")
            .any(|(_, alarm)| alarm["Properties"]["MetricName"] == metric)
    };
    let mut broken: Broken = [
        "IteratorAge",
        "Errors",
        "Throttles",
        "DestinationDeliveryFailures",
        "DataKeysRefused",
        "NumberOfNotificationsFailedToRedriveToDlq",
        "UnknownValues",
        "Stored",
        "OrderBroken",
        "OriginMissing",
        "Foreign",
        "SubjectKeysFailed",
    ]
    .into_iter()
    .filter(|metric| !alarm(metric))
    .map(|metric| format!("no alarm on {metric}"))
    .collect();
    let nothing = &templates["publisher"]["Resources"]["NothingRecognisedAlarm"]["Properties"]["Metrics"];
    let metrics: BTreeSet<_> = nothing
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|metric| metric["MetricStat"]["Metric"]["MetricName"].as_str())
        .collect();
    if metrics != BTreeSet::from(["Recognised", "Skipped"]) {
        broken.push("no alarm on a function that skips every record".into());
    }
    // A function that receives nothing has no metric of its own, so the writes of each table are compared.
    for number in ["", "2", "3", "4", "5"] {
        let alarm = templates["publisher"]["Resources"][format!("Silent{number}Alarm")].to_string();
        let stream = format!("{{\"Ref\":\"StreamArn{number}\"}}");
        if !alarm.contains("ConsumedWriteCapacityUnits") || !alarm.contains(&stream) {
            broken.push(format!(
                "no alarm on a function that receives nothing of StreamArn{number}"
            ));
        }
    }
    // Most writes of the table of keys are new keys, which the mapping leaves out. An erasure is a transaction.
    let alarm = templates["publisher"]["Resources"]["SilentErasuresAlarm"].to_string();
    if !alarm.contains("TransactWriteItems") || !alarm.contains("{\"Ref\":\"ErasuresStreamArn\"}") {
        broken.push("no alarm on a function that hears of no erasure".into());
    }
    for (name, function) in stream_functions(templates) {
        let publisher = name.replace("Function", "Publisher");
        let log = json!({ "Fn::GetAtt": [publisher, "Outputs.LogGroupName"] });
        if function["Properties"]["LoggingConfig"]["LogGroup"] != log {
            broken.push(format!("{name} must have the log and alarms of {publisher}"));
        }
    }
    broken
}

fn variables_are_known(templates: &Templates) -> Broken {
    const KNOWN: &[&str] = &[
        "SEAL_KEY_ARN",
        "PARKED_QUEUE_URL",
        "EVENT_SOURCE",
        "SCHEMA_BASE_URI",
        "DETAIL",
        "CALLBACK_BASE_URL",
        "MAX_MESSAGE_BYTES",
        "PUBLISH_CONCURRENCY",
        "DATA_KEY_MAX_AGE_SECONDS",
        "DATA_KEY_MAX_MESSAGES",
        "DEADLINE_MARGIN_MS",
        "ORIGIN_REGION_ATTRIBUTE",
        "ORIGIN_REGION_DEFAULT",
        "LANE_BATCHING",
        "PARKED_MAX_BYTES",
        "FAILURE_BUCKET",
        "STREAM_ARNS",
        "MAPPING_FILE",
        "SUBJECT_KEYS",
        "SUBJECT_KEYS_TABLE",
    ];
    let global = &templates["template"]["Globals"]["Function"]["Environment"]["Variables"];
    let own = functions(templates).map(|(_, function)| &function["Properties"]["Environment"]["Variables"]);
    std::iter::once(global)
        .chain(own)
        .filter_map(Value::as_object)
        .flat_map(Map::keys)
        .filter(|name| !KNOWN.contains(&name.as_str()) && !name.starts_with("TOPIC_ARN"))
        .map(|name| format!("no function reads the variable {name}"))
        .collect()
}
