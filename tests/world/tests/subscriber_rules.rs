//! The rules for a subscriber's stack, checked on `infra/subscriber.yaml`, and the proof that each rule fails when it
//! is broken.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use user_events_catalog::CATEGORIES;
use user_events_consumer::Metric;

use crate::support::{self, broken};
use crate::template_rules::{all_templates, statements};

type Broken = Vec<String>;
type Rule = support::Rule<Value>;

/// The names under which the stack looks up the values that the publisher's stage published.
const TOPIC: &str = "{{resolve:ssm:/user-events/${Stage}/topic/${Category}}}";
const SEAL_KEY: &str = "{{resolve:ssm:/user-events/${Stage}/seal-key-arn}}";
const FOURTEEN_DAYS: u64 = 1_209_600;
const SNAPSHOT_QUEUE: &str = "SnapshotQueue";
/// The statements that let the publisher send a snapshot: of the queue, and of its key.
const PUBLISHER_SENDS: [&str; 2] = ["PublisherSends", "PublisherSendsToEncryptedQueue"];

const RULES: &[Rule] = &[
    ("every queue has a dead-letter queue or is one", queues_are_backed),
    (
        "an old message and a dead letter each raise an alarm",
        queues_are_watched,
    ),
    (
        "only the topic of this stage and category sends here",
        only_the_topic_sends,
    ),
    ("nothing goes over the wire in plain text", only_tls),
    (
        "the classes asked for are opened and no others",
        only_the_classes_asked_for,
    ),
    (
        "the subscription delivers raw, filters by attribute and loses nothing",
        the_subscription_is_safe,
    ),
    (
        "each queue is FIFO where what it backs is",
        queues_are_of_their_type,
    ),
    ("everything is encrypted by a customer key", all_is_encrypted),
    ("the inbox is what consumers expect", the_inbox_fits),
    (
        "grants go to one role and name one resource each",
        grants_are_narrow,
    ),
    (
        "the consumer may set messages aside, in the dead-letter queue only",
        the_consumer_sets_aside,
    ),
    (
        "every metric of a consumer that needs somebody raises an alarm",
        metrics_are_watched,
    ),
    (
        "no principal of IAM sends, but operators and to the dead letters the consumer",
        only_operators_send,
    ),
    (
        "only the consumer reads the queue, and operators read all",
        only_consumer_and_operators_read,
    ),
    (
        "undelivered messages can be moved to the queue",
        undelivered_messages_can_be_moved,
    ),
    (
        "operators look, move and send, and open nothing",
        operators_open_nothing,
    ),
    (
        "the consumer reads persons' keys one by one, if there are any, and writes none",
        keys_are_read_only,
    ),
    (
        "a snapshot queue is as safe as the live one, and exists only if it was asked for",
        snapshots_are_safe,
    ),
];

#[test]
fn the_subscriber_rules_hold() {
    let template = template();
    let broken = broken(RULES, &template);
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_subscriber_rule_fails_when_it_is_broken() {
    let class = "OpenClasses/Properties/PolicyDocument/Statement/0";
    let topic_delivers = "QueuePolicy/Properties/PolicyDocument/Statement/0";
    let breaks: &[(&str, String, Value)] = &[
        (RULES[0].0, "Queue/Properties/RedrivePolicy".into(), Value::Null),
        (
            RULES[0].0,
            "UndeliveredQueue/Properties/MessageRetentionPeriod".into(),
            json!(345_600),
        ),
        (
            RULES[0].0,
            "Queue/Properties/MessageRetentionPeriod".into(),
            json!(FOURTEEN_DAYS),
        ),
        (RULES[1].0, "UndeliveredAlarm".into(), Value::Null),
        (
            RULES[1].0,
            "DeadLetterAlarm/Properties/Metrics/1/MetricStat/Metric/MetricName".into(),
            json!("NumberOfMessagesSent"),
        ),
        (
            RULES[1].0,
            "UndeliveredAlarm/Properties/Metrics/2/MetricStat/Metric/MetricName".into(),
            json!("ApproximateNumberOfMessagesVisible"),
        ),
        (RULES[1].0, "StuckAlarm".into(), Value::Null),
        (RULES[1].0, "AgeAlarm/Properties/AlarmActions".into(), Value::Null),
        (RULES[2].0, format!("{topic_delivers}/Condition"), Value::Null),
        (
            RULES[2].0,
            format!("{topic_delivers}/Condition"),
            json!({ "ArnLike": { "aws:SourceArn": "arn:aws:sns:*:*:*" } }),
        ),
        (
            RULES[2].0,
            "UndeliveredQueuePolicy/Properties/PolicyDocument/Statement/0/Principal".into(),
            json!("*"),
        ),
        (
            RULES[2].0,
            "Key/Properties/KeyPolicy/Statement/1/Condition/ArnEquals".into(),
            Value::Null,
        ),
        (
            RULES[2].0,
            "Key/Properties/KeyPolicy/Statement/1/Condition/StringEquals/aws:SourceAccount".into(),
            json!({ "Ref": "AWS::AccountId" }),
        ),
        (
            RULES[2].0,
            "Subscription/Properties/TopicArn".into(),
            json!("arn:aws:sns:eu-west-1:123456789012:other"),
        ),
        // The topic of this account, also if another was named.
        (
            RULES[2].0,
            "Subscription/Properties/TopicArn".into(),
            json!({ "Fn::Sub": TOPIC }),
        ),
        (
            RULES[3].0,
            "DeadLetterQueuePolicy/Properties/PolicyDocument/Statement/2/Condition/Bool".into(),
            Value::Null,
        ),
        (RULES[3].0, "UndeliveredQueuePolicy".into(), Value::Null),
        (
            RULES[4].0,
            format!("{class}/Condition/StringEquals/kms:EncryptionContext:class"),
            Value::Null,
        ),
        (
            RULES[4].0,
            format!("{class}/Condition/StringEquals/kms:EncryptionContext:app"),
            Value::Null,
        ),
        (
            RULES[4].0,
            format!("{class}/Condition/StringEquals/kms:EncryptionContext:class"),
            json!(["contact", "address"]),
        ),
        (RULES[4].0, format!("{class}/Resource"), json!("*")),
        (
            RULES[4].0,
            format!("{class}/Resource"),
            json!({ "Fn::Sub": SEAL_KEY }),
        ),
        (RULES[4].0, format!("{class}/Action"), json!("kms:*")),
        (RULES[4].0, "OpenClasses/Condition".into(), Value::Null),
        (RULES[4].0, "ConsumerRole/Properties/Tags".into(), Value::Null),
        (
            RULES[4].0,
            "ReadQueue/Properties/PolicyDocument/Statement/1/Resource".into(),
            json!({ "Fn::Sub": SEAL_KEY }),
        ),
        (
            RULES[5].0,
            "Subscription/Properties/RedrivePolicy".into(),
            Value::Null,
        ),
        (
            RULES[5].0,
            "Subscription/Properties/RawMessageDelivery".into(),
            json!(false),
        ),
        (
            RULES[5].0,
            "Subscription/Properties/FilterPolicy".into(),
            Value::Null,
        ),
        (RULES[5].0, "Subscription/DependsOn".into(), Value::Null),
        (
            RULES[6].0,
            "UndeliveredQueue/Properties/FifoQueue".into(),
            json!({ "Fn::If": ["FifoTopic", true, { "Ref": "AWS::NoValue" }] }),
        ),
        (
            RULES[6].0,
            "UndeliveredSourceQueue/Properties/FifoQueue".into(),
            Value::Null,
        ),
        (
            RULES[6].0,
            "DeadLetterQueue/Properties/FifoQueue".into(),
            Value::Null,
        ),
        (
            RULES[7].0,
            "DeadLetterQueue/Properties/KmsMasterKeyId".into(),
            json!("alias/aws/sqs"),
        ),
        (
            RULES[7].0,
            "InboxTable/Properties/SSESpecification".into(),
            Value::Null,
        ),
        (
            RULES[8].0,
            "InboxTable/Properties/TimeToLiveSpecification".into(),
            Value::Null,
        ),
        (
            RULES[9].0,
            "UseInbox/Properties/PolicyDocument/Statement/0/Resource".into(),
            json!("*"),
        ),
        (
            RULES[9].0,
            "ReadQueue/Properties/PolicyDocument/Statement/0/Action".into(),
            json!("sqs:*"),
        ),
        (
            RULES[9].0,
            "OpenClasses/Properties/Roles".into(),
            json!([{ "Ref": "ConsumerRole" }, "another"]),
        ),
        (RULES[10].0, "SetAside".into(), Value::Null),
        (
            RULES[10].0,
            "SetAside/Properties/PolicyDocument/Statement/0/Resource".into(),
            json!([arn_of("DeadLetterQueue"), arn_of("Queue")]),
        ),
        (
            RULES[10].0,
            "SetAside/Properties/PolicyDocument/Statement/1/Action".into(),
            json!("kms:Decrypt"),
        ),
        (
            RULES[10].0,
            "ReadQueue/Properties/PolicyDocument/Statement/0/Action".into(),
            json!(["sqs:SendMessage", "sqs:ReceiveMessage"]),
        ),
        (RULES[11].0, "OtherContentAlarm".into(), Value::Null),
        (
            RULES[11].0,
            "StaleAlarm/Properties/Dimensions".into(),
            json!([{ "Name": "Consumer", "Value": "another" }]),
        ),
        (
            RULES[11].0,
            "DeniedAlarm/Properties/AlarmActions".into(),
            Value::Null,
        ),
        (
            RULES[12].0,
            denied("QueuePolicy", 1, ""),
            json!({ "Effect": "Allow" }),
        ),
        (
            RULES[12].0,
            denied("QueuePolicy", 1, "/Action"),
            json!("sqs:ReceiveMessage"),
        ),
        // Whoever may send as an operator is not whoever may receive as the consumer.
        (
            RULES[12].0,
            denied("QueuePolicy", 1, "/Condition"),
            json!(consumer_or_operators()),
        ),
        (
            RULES[12].0,
            denied("QueuePolicy", 1, "/Condition/ArnNotLike/aws:PrincipalArn"),
            json!("*"),
        ),
        // Without this the denial would hold for SNS, too, which has no principal ARN.
        (
            RULES[12].0,
            denied("QueuePolicy", 1, "/Condition/Null"),
            Value::Null,
        ),
        (
            RULES[12].0,
            denied("DeadLetterQueuePolicy", 0, "/Condition/ArnNotEquals"),
            Value::Null,
        ),
        (
            RULES[12].0,
            denied("UndeliveredQueuePolicy", 1, "/Principal"),
            json!({ "AWS": { "Ref": "AWS::AccountId" } }),
        ),
        (
            RULES[12].0,
            denied("UndeliveredSourceQueuePolicy", 0, "/Effect"),
            json!("Allow"),
        ),
        (
            RULES[13].0,
            denied("QueuePolicy", 2, "/Condition/ArnNotEquals"),
            Value::Null,
        ),
        (
            RULES[13].0,
            denied("QueuePolicy", 2, "/Action"),
            json!(["sqs:ReceiveMessage", "sqs:DeleteMessage"]),
        ),
        (
            RULES[13].0,
            denied("DeadLetterQueuePolicy", 1, "/Condition"),
            json!(consumer_or_operators()),
        ),
        (RULES[13].0, denied("UndeliveredQueuePolicy", 2, ""), json!({})),
        (RULES[14].0, "UndeliveredSourceQueue".into(), Value::Null),
        (
            RULES[14].0,
            "UndeliveredSourceQueue/Properties/RedrivePolicy/deadLetterTargetArn".into(),
            arn_of("DeadLetterQueue"),
        ),
        (
            RULES[14].0,
            "UndeliveredQueue/Properties/RedriveAllowPolicy".into(),
            Value::Null,
        ),
        (
            RULES[15].0,
            "OperatorRole/Properties/AssumeRolePolicyDocument/Statement/0/Principal".into(),
            json!("*"),
        ),
        (RULES[15].0, "OperatorRole/Condition".into(), Value::Null),
        (
            RULES[15].0,
            operators_may(1, "/Action"),
            json!("sqs:StartMessageMoveTask"),
        ),
        (
            RULES[15].0,
            operators_may(2, "/Resource"),
            arn_of("DeadLetterQueue"),
        ),
        (RULES[15].0, operators_may(3, "/Resource"), seal_key()),
        (RULES[16].0, "ReadSubjectKeys/Condition".into(), Value::Null),
        (
            RULES[16].0,
            "ReadSubjectKeys/Properties/PolicyDocument/Statement/0/Action".into(),
            json!(["dynamodb:GetItem", "dynamodb:PutItem"]),
        ),
        (
            RULES[16].0,
            "ReadSubjectKeys/Properties/PolicyDocument/Statement/1/Condition".into(),
            Value::Null,
        ),
        (RULES[1].0, "SnapshotStuckAlarm".into(), Value::Null),
        (
            RULES[2].0,
            "SnapshotQueuePolicy/Properties/PolicyDocument/Statement/0/Fn::If/1/Sid".into(),
            json!("Another"),
        ),
        (RULES[3].0, "SnapshotQueuePolicy".into(), Value::Null),
        (
            RULES[6].0,
            "SnapshotQueue/Properties/FifoQueue".into(),
            Value::Null,
        ),
        (
            RULES[12].0,
            denied("SnapshotQueuePolicy", 1, "/Condition/ArnNotEquals"),
            Value::Null,
        ),
        (
            RULES[13].0,
            denied("SnapshotQueuePolicy", 2, "/Condition"),
            json!({}),
        ),
        (
            RULES[15].0,
            operators_may(2, "/Resource/1"),
            json!({ "Ref": "AWS::NoValue" }),
        ),
        (RULES[17].0, "SnapshotQueue/Condition".into(), Value::Null),
        (
            RULES[17].0,
            "SnapshotQueue/Properties/RedrivePolicy/deadLetterTargetArn".into(),
            arn_of("UndeliveredQueue"),
        ),
        (
            RULES[17].0,
            "SnapshotQueue/Properties/VisibilityTimeout".into(),
            json!(30),
        ),
        (
            RULES[17].0,
            "SnapshotQueuePolicy/Properties/PolicyDocument/Statement/0/Fn::If/1/Condition".into(),
            Value::Null,
        ),
        (
            RULES[17].0,
            "SnapshotQueuePolicy/Properties/PolicyDocument/Statement/0/Fn::If/0".into(),
            json!("HasSnapshot"),
        ),
        (
            RULES[17].0,
            "Key/Properties/KeyPolicy/Statement/2/Fn::If/1/Condition/StringEquals".into(),
            Value::Null,
        ),
        (
            RULES[17].0,
            "Key/Properties/KeyPolicy/Statement/2/Fn::If/1/Condition/ArnLike".into(),
            Value::Null,
        ),
        (
            RULES[17].0,
            "DeadLetterQueue/Properties/RedriveAllowPolicy/sourceQueueArns/1".into(),
            json!({ "Ref": "AWS::NoValue" }),
        ),
        (
            RULES[17].0,
            "ReadSnapshotQueue/Properties/PolicyDocument/Statement/0/Action".into(),
            json!("sqs:ReceiveMessage"),
        ),
        (RULES[17].0, "CountSnapshot".into(), Value::Null),
    ];
    let shown: BTreeSet<_> = breaks.iter().map(|(name, ..)| *name).collect();
    assert_eq!(
        shown,
        RULES.iter().map(|(name, _)| *name).collect(),
        "every rule is broken once"
    );
    let whole = template();
    for (name, pointer, value) in breaks {
        let pointer = format!("/Resources/{pointer}");
        let (template, existed) = support::replaced(&whole, &pointer, value).unwrap();
        assert!(existed, "{pointer} does not exist, so it cannot be broken");
        let rule = RULES.iter().find(|(rule, _)| rule == name).unwrap().1;
        assert!(
            !rule(&template).is_empty(),
            "«{name}» holds although {pointer} breaks it"
        );
    }
}

#[test]
fn what_the_stack_looks_up_is_what_the_publisher_publishes() {
    let messaging = all_templates()["messaging"].clone();
    let keys = all_templates()["subject-keys"].clone();
    // Their names are in the descriptions of the parameters that take them.
    let described = template()["Parameters"].to_string();
    for name in ["TableParameter", "KeyParameter"] {
        let name = keys["Resources"][name]["Properties"]["Name"]["Fn::Sub"]
            .as_str()
            .unwrap();
        let name = name.replace("${Stage}", "<stage>");
        assert!(described.contains(&name), "no parameter mentions {name}");
    }
    let published: BTreeSet<_> = messaging["Resources"]
        .as_object()
        .unwrap()
        .values()
        .filter(|resource| resource["Type"] == "AWS::SSM::Parameter")
        .map(|parameter| parameter["Properties"]["Name"]["Fn::Sub"].as_str().unwrap())
        .collect();
    let looked_up = |reference: &str| {
        let name = reference
            .trim_start_matches("{{resolve:ssm:")
            .trim_end_matches("}}");
        name.to_owned()
    };
    assert!(published.contains(looked_up(SEAL_KEY).as_str()), "{published:?}");
    for category in CATEGORIES {
        let name = looked_up(TOPIC).replace("${Category}", category.name);
        assert!(
            published.contains(name.as_str()),
            "{name} is not in {published:?}"
        );
    }
}

/// The parameters of a deployment, as the rules of the template see them.
fn parameters<'a>(given: &[(&'a str, &'a str)]) -> BTreeMap<&'a str, &'a str> {
    let nothing = [
        "Stage",
        "Category",
        "TopicArn",
        "SealKeyArn",
        "Classes",
        "SubjectKeysTableArn",
        "SubjectKeysKeyArn",
    ]
    .map(|name| (name, ""));
    let kinds = [("TopicType", "fifo"), ("QueueType", "fifo")];
    nothing
        .into_iter()
        .chain(kinds)
        .chain(given.iter().copied())
        .collect()
}

/// The names of the rules that refuse these parameters before anything is made.
fn refused_by(given: &[(&str, &str)]) -> Vec<String> {
    let parameters = parameters(given);
    let template = template();
    let rules = template["Rules"].as_object().unwrap();
    let refuses = |rule: &Value| {
        (rule["RuleCondition"].is_null() || holds(&rule["RuleCondition"], &parameters))
            && !rule["Assertions"]
                .as_array()
                .unwrap()
                .iter()
                .all(|assertion| holds(&assertion["Assert"], &parameters))
    };
    let refusing = rules.iter().filter(|(_, rule)| refuses(rule));
    refusing.map(|(name, _)| name.clone()).collect()
}

/// Evaluates a function of a rule (AWS CloudFormation Template Reference, *Rule functions*).
fn holds(function: &Value, parameters: &BTreeMap<&str, &str>) -> bool {
    let (name, arguments) = function.as_object().unwrap().iter().next().unwrap();
    let arguments = arguments.as_array().unwrap();
    let text = |argument: &Value| match argument["Ref"].as_str() {
        Some(parameter) => parameters[parameter].to_owned(),
        None => argument.as_str().unwrap().to_owned(),
    };
    match name.as_str() {
        "Fn::And" => arguments.iter().all(|argument| holds(argument, parameters)),
        "Fn::Or" => arguments.iter().any(|argument| holds(argument, parameters)),
        "Fn::Not" => !holds(&arguments[0], parameters),
        "Fn::Equals" => text(&arguments[0]) == text(&arguments[1]),
        "Fn::EachMemberEquals" => text(&arguments[0])
            .split(',')
            .all(|member| member == text(&arguments[1])),
        other => panic!("{other} is no function of rules, or not known here"),
    }
}

#[test]
fn a_fifo_queue_behind_a_standard_topic_is_refused_before_anything_is_made() {
    let of = |topic, queue| {
        let named = [("Stage", "prod"), ("Category", "account")];
        refused_by(&[&named[..], &[("TopicType", topic), ("QueueType", queue)]].concat())
    };
    assert_eq!(of("standard", "fifo"), ["OrderNeedsBoth"]);
    for (topic, queue) in [("fifo", "fifo"), ("fifo", "standard"), ("standard", "standard")] {
        assert!(of(topic, queue).is_empty(), "{queue} behind {topic}");
    }
}

#[test]
fn a_topic_is_named_by_its_stage_or_by_its_arn_and_never_by_both() {
    let (stage, category) = (("Stage", "prod"), ("Category", "account"));
    let topic = (
        "TopicArn",
        "arn:aws:sns:eu-west-1:111111111111:users-account.fifo",
    );
    let key = ("SealKeyArn", "arn:aws:kms:eu-west-1:111111111111:key/0");
    let (one, two) = (("Classes", "contact"), ("Classes", "contact,address"));
    for right in [
        &[stage, category][..],
        &[stage, category, two],
        &[topic],
        &[topic, key],
        &[topic, key, one],
        &[topic, key, two],
    ] {
        assert!(refused_by(right).is_empty(), "{right:?}");
    }
    for wrong in [
        &[][..],
        &[stage],
        &[category],
        &[stage, topic],
        &[category, topic],
        &[stage, category, topic, key],
        &[stage, category, key],
        &[key],
    ] {
        assert_eq!(refused_by(wrong), ["OneTopic"], "{wrong:?}");
    }
    for classes in [one, two] {
        assert_eq!(
            refused_by(&[topic, classes]),
            ["ClassesNeedTheKey"],
            "{classes:?}"
        );
    }
}

#[test]
fn the_table_of_keys_and_its_key_are_given_together() {
    let named = [("Stage", "prod"), ("Category", "account")];
    let table = (
        "SubjectKeysTableArn",
        "arn:aws:dynamodb:eu-west-1:111111111111:table/users-subject-keys",
    );
    let key = ("SubjectKeysKeyArn", "arn:aws:kms:eu-west-1:111111111111:key/0");
    assert!(refused_by(&[&named[..], &[table, key]].concat()).is_empty());
    for one in [table, key] {
        assert_eq!(
            refused_by(&[&named[..], &[one]].concat()),
            ["SubjectKeysNeedBoth"]
        );
    }
}

fn template() -> Value {
    all_templates()["subscriber"].clone()
}

fn resources<'a>(template: &'a Value, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let all = template["Resources"].as_object().into_iter().flatten();
    all.filter(move |(_, resource)| resource["Type"] == kind)
}

fn arn_of(resource: &str) -> Value {
    json!({ "Fn::GetAtt": [resource, "Arn"] })
}

/// The topic: of the stage, or of the ARN that was given.
fn topic() -> Value {
    json!({ "Fn::If": ["NamesTopic", { "Ref": "TopicArn" }, { "Fn::Sub": TOPIC }] })
}

/// The seal key of that topic's publisher.
fn seal_key() -> Value {
    json!({ "Fn::If": ["NamesTopic", { "Ref": "SealKeyArn" }, { "Fn::Sub": SEAL_KEY }] })
}

/// A place in a statement of a queue's policy.
fn denied(policy: &str, statement: usize, place: &str) -> String {
    format!("{policy}/Properties/PolicyDocument/Statement/{statement}{place}")
}

/// A place in a statement of the operators' role.
fn operators_may(statement: usize, place: &str) -> String {
    format!("OperatorRole/Properties/Policies/0/PolicyDocument/Statement/{statement}{place}")
}

/// A condition that holds for principals of IAM who are no operators. SNS has no principal ARN.
fn no_operator() -> Value {
    let named = json!({ "Fn::Split": [",", { "Ref": "OperatorRoleArns" }] });
    let operators = json!({ "Fn::If": ["CreatesOperatorRole", [arn_of("OperatorRole")], named] });
    json!({
        "ArnNotLike": { "aws:PrincipalArn": operators },
        "Null": { "aws:PrincipalArn": "false" },
    })
}

/// The same, for principals who are not the consumer either.
fn consumer_or_operators() -> Value {
    let named = ["role/${ConsumerRoleName}", "role/*/${ConsumerRoleName}"]
        .map(|role| json!({ "Fn::Sub": format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:{role}") }));
    let consumer = json!({ "Fn::If": ["CreatesRole", [arn_of("ConsumerRole")], named] });
    let mut condition = no_operator();
    condition["ArnNotEquals"] = json!({ "aws:PrincipalArn": consumer });
    condition
}

/// A condition that holds for everybody but operators and the publisher's roles for snapshots, and for services, too: none
/// delivers into the snapshot queue.
fn publisher_or_operators() -> Value {
    let operators = no_operator()["ArnNotLike"]["aws:PrincipalArn"].clone();
    let publisher = json!({ "Fn::Split": [",", { "Ref": "BackfillRoleArns" }] });
    json!({
        "ArnNotLike": { "aws:PrincipalArn": operators },
        "ArnNotEquals": { "aws:PrincipalArn": { "Fn::If": ["PublisherSends", publisher, operators] } },
    })
}

/// Whether the policy of the queue denies these actions to everybody for whom the condition holds.
fn denies(template: &Value, queue: &str, action: &Value, condition: &Value) -> bool {
    resources(template, "AWS::SQS::QueuePolicy")
        .filter(|(_, policy)| policy["Properties"]["Queues"] == json!([{ "Ref": queue }]))
        .flat_map(|(_, policy)| statements(policy))
        .any(|statement| {
            statement["Effect"] == "Deny"
                && statement["Principal"] == "*"
                && statement["Action"] == *action
                && statement["Resource"] == arn_of(queue)
                && statement["Condition"] == *condition
        })
}

/// Whether nobody at all may send to the queue, so that it is always empty.
fn nobody_sends(template: &Value, queue: &str) -> bool {
    denies(template, queue, &json!("sqs:SendMessage"), &Value::Null)
}

/// The names of the dead-letter queues.
fn dead_letter_queues(template: &Value) -> BTreeSet<&str> {
    template["Resources"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(_, resource)| {
            resource["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0].as_str()
        })
        .collect()
}

fn queues_are_backed(template: &Value) -> Broken {
    let targets = dead_letter_queues(template);
    let mut broken = Vec::new();
    for (name, queue) in resources(template, "AWS::SQS::Queue") {
        let properties = &queue["Properties"];
        let kept = properties["MessageRetentionPeriod"].as_u64().unwrap_or_default();
        if targets.contains(name.as_str()) {
            if kept != FOURTEEN_DAYS {
                broken.push(format!("{name} must keep messages for 14 days"));
            }
        } else if properties["RedrivePolicy"].is_null() {
            broken.push(format!("{name} has no dead-letter queue and is not one itself"));
        } else if !(1..FOURTEEN_DAYS).contains(&kept) {
            broken.push(format!(
                "{name} must have a shorter retention than its dead-letter queue, because a message keeps its age there"
            ));
        }
    }
    broken
}

/// Who reads a queue hides its messages, so the depth is both counts.
fn queues_are_watched(template: &Value) -> Broken {
    const DEPTH: [&str; 2] = [
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesVisible",
    ];
    const STUCK: &[&str] = &[DEPTH[0], DEPTH[1], "NumberOfMessagesDeleted"];
    let targets = dead_letter_queues(template);
    let alarms: Vec<(BTreeSet<String>, &Value)> = resources(template, "AWS::CloudWatch::Alarm")
        .filter(|(_, alarm)| {
            alarm["Properties"]["AlarmActions"]["Fn::If"][1][0] == json!({ "Ref": "AlarmTopicArn" })
        })
        .map(|(_, alarm)| {
            let properties = &alarm["Properties"];
            let maths = properties["Metrics"].as_array().into_iter().flatten();
            let metrics = maths
                .map(|query| &query["MetricStat"]["Metric"])
                .chain([properties]);
            let names = metrics.filter_map(|metric| Some(metric["MetricName"].as_str()?.to_owned()));
            (names.collect(), properties)
        })
        .collect();
    let watched = |name: &str, metrics: &[&str]| {
        let dimension = json!({ "Name": "QueueName", "Value": { "Fn::GetAtt": [name, "QueueName"] } });
        let metrics: BTreeSet<_> = metrics.iter().map(|metric| (*metric).to_owned()).collect();
        alarms.iter().any(|(own, properties)| {
            *own == metrics && properties.to_string().contains(&dimension.to_string())
        })
    };
    resources(template, "AWS::SQS::Queue")
        // A queue that is always empty needs no alarm.
        .filter(|(name, _)| !nobody_sends(template, name))
        .flat_map(|(name, _)| {
            let wanted: &[&[&str]] = if targets.contains(name.as_str()) {
                &[&DEPTH]
            } else if name == SNAPSHOT_QUEUE {
                // How old a message is there, the length of the run says.
                &[STUCK]
            } else {
                &[&["ApproximateAgeOfOldestMessage"], STUCK]
            };
            wanted
                .iter()
                .filter(|metrics| !watched(name, metrics))
                .map(move |metrics| format!("{name} has no alarm on {}", metrics.join(", ")))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn only_the_topic_sends(template: &Value) -> Broken {
    let topic = topic();
    let own = json!({ "Fn::Sub": "::::${AWS::AccountId}" });
    let account = json!({ "Fn::Select": [4, { "Fn::Split": [":", { "Fn::If": ["NamesTopic", { "Ref": "TopicArn" }, own] }] }] });
    let mut broken = Vec::new();
    let kinds = ["AWS::SQS::QueuePolicy", "AWS::KMS::Key"];
    for (name, resource) in kinds.into_iter().flat_map(|kind| resources(template, kind)) {
        for statement in statements(resource) {
            let ours = statement["Principal"]["AWS"].is_object();
            // The rule for snapshots checks these.
            let publisher = PUBLISHER_SENDS.iter().any(|sid| statement["Sid"] == *sid);
            if statement["Effect"] == "Deny" || ours || publisher {
                continue;
            }
            if statement["Principal"] != json!({ "Service": "sns.amazonaws.com" }) {
                broken.push(format!("{name} allows somebody other than SNS"));
            }
            if statement["Condition"]["ArnEquals"]["aws:SourceArn"] != topic {
                broken.push(format!("{name} must name the exact topic in aws:SourceArn"));
            }
            // The ARN of the topic has the account in it; the guide of SNS asks for both in the policy of a key.
            if resource["Type"] == "AWS::KMS::Key"
                && statement["Condition"]["StringEquals"]["aws:SourceAccount"] != account
            {
                broken.push(format!(
                    "{name} must name the account of the topic in aws:SourceAccount"
                ));
            }
        }
    }
    for (policy, queue) in [
        ("QueuePolicy", "Queue"),
        ("UndeliveredQueuePolicy", "UndeliveredQueue"),
    ] {
        let lets_send = statements(&template["Resources"][policy])
            .iter()
            .any(|statement| {
                statement["Action"] == "sqs:SendMessage" && statement["Resource"] == arn_of(queue)
            });
        if !lets_send {
            broken.push(format!("{policy} must let the topic send to {queue}"));
        }
    }
    if template["Resources"]["Subscription"]["Properties"]["TopicArn"] != topic {
        broken.push("Subscription must be to the topic of the stage and category".into());
    }
    broken
}

fn only_tls(template: &Value) -> Broken {
    let policies: Vec<_> = resources(template, "AWS::SQS::QueuePolicy").collect();
    let refuses = |queue: &str| {
        policies.iter().any(|(_, policy)| {
            policy["Properties"]["Queues"] == json!([{ "Ref": queue }])
                && statements(policy).iter().any(|statement| {
                    statement["Effect"] == "Deny"
                        && statement["Principal"] == "*"
                        && statement["Action"] == "sqs:*"
                        && statement["Resource"] == arn_of(queue)
                        && statement["Condition"] == json!({ "Bool": { "aws:SecureTransport": "false" } })
                })
        })
    };
    resources(template, "AWS::SQS::Queue")
        .filter(|(name, _)| !refuses(name))
        .map(|(name, _)| format!("{name} must deny requests without TLS"))
        .collect()
}

fn only_the_classes_asked_for(template: &Value) -> Broken {
    let mut broken = Vec::new();
    let mut opens = 0;
    let kinds = ["AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"];
    for (name, resource) in kinds.into_iter().flat_map(|kind| resources(template, kind)) {
        for statement in statements(resource) {
            if !statement["Action"].to_string().contains("kms:") {
                continue;
            }
            if statement["Resource"] == arn_of("Key") {
                if statement["Condition"]["StringEquals"]["kms:ViaService"].is_null() {
                    broken.push(format!("{name} must use the stack's key through a service only"));
                }
                continue;
            }
            // The key of the table of persons' keys opens no class.
            if statement["Resource"] == json!({ "Ref": "SubjectKeysKeyArn" }) {
                continue;
            }
            opens += 1;
            let wanted = json!({
                "kms:EncryptionContext:app": "user-events",
                "kms:EncryptionContext:class": { "Ref": "Classes" },
            });
            if statement["Action"] != "kms:Decrypt"
                || statement["Resource"] != seal_key()
                || statement["Condition"] != json!({ "StringEquals": wanted })
                || resource["Condition"] != "Opens"
            {
                broken.push(format!(
                    "{name} must allow kms:Decrypt on the seal key for the classes asked for, and only if there are any"
                ));
            }
        }
    }
    if opens != 1 {
        broken.push(format!("{opens} statements open classes, not one"));
    }
    let names = json!({ "Names": { "Fn::Join": [":", { "Ref": "Classes" }] } });
    let tag = json!({ "Key": "user-events-classes", "Value": { "Fn::Sub": [":${Names}:", names] } });
    let tags = json!({ "Fn::If": ["Opens", [tag], { "Ref": "AWS::NoValue" }] });
    if template["Resources"]["ConsumerRole"]["Properties"]["Tags"] != tags {
        broken.push(
            "ConsumerRole must have the classes in its tag, which the guard of the seal key asks for".into(),
        );
    }
    let asked = json!({ "Fn::Not": [{ "Fn::Equals": [{ "Fn::Select": [0, { "Ref": "Classes" }] }, ""] }] });
    if template["Conditions"]["Opens"] != asked || template["Parameters"]["Classes"]["Default"] != "" {
        broken.push("no class may be opened unless it was asked for".into());
    }
    broken
}

fn the_subscription_is_safe(template: &Value) -> Broken {
    let subscription = &template["Resources"]["Subscription"];
    let when_filtered = |value: Value| json!({ "Fn::If": ["Filters", value, { "Ref": "AWS::NoValue" }] });
    let mut broken: Broken = [
        ("RawMessageDelivery", json!(true)),
        ("Endpoint", arn_of("Queue")),
        (
            "RedrivePolicy",
            json!({ "deadLetterTargetArn": arn_of("UndeliveredQueue") }),
        ),
        ("FilterPolicyScope", when_filtered(json!("MessageAttributes"))),
        (
            "FilterPolicy",
            when_filtered(json!({ "eventType": { "Ref": "EventTypes" } })),
        ),
    ]
    .into_iter()
    .filter(|(property, wanted)| subscription["Properties"][property] != *wanted)
    .map(|(property, wanted)| format!("{property} must be {wanted}"))
    .collect();
    if subscription["DependsOn"] != json!(["QueuePolicy", "UndeliveredQueuePolicy"]) {
        broken.push(
            "the policies must be created first: SNS does not repeat a delivery that they refuse".into(),
        );
    }
    broken
}

fn queues_are_of_their_type(template: &Value) -> Broken {
    [
        ("Queue", "FifoQueue"),
        ("DeadLetterQueue", "FifoQueue"),
        // As the subscription's endpoint, whatever the topic is.
        ("UndeliveredQueue", "FifoQueue"),
        ("UndeliveredSourceQueue", "FifoQueue"),
        (SNAPSHOT_QUEUE, "FifoQueue"),
    ]
    .into_iter()
    .filter(|(queue, condition)| {
        let wanted = json!({ "Fn::If": [condition, true, { "Ref": "AWS::NoValue" }] });
        template["Resources"][queue]["Properties"]["FifoQueue"] != wanted
    })
    .map(|(queue, condition)| format!("{queue} must be FIFO exactly on the condition {condition}"))
    .collect()
}

fn all_is_encrypted(template: &Value) -> Broken {
    let key = arn_of("Key");
    let mut broken: Broken = resources(template, "AWS::SQS::Queue")
        .filter(|(_, queue)| queue["Properties"]["KmsMasterKeyId"] != key)
        .map(|(name, _)| format!("{name} must have the customer key: SNS cannot use an alias of AWS"))
        .collect();
    for (name, table) in resources(template, "AWS::DynamoDB::Table") {
        if table["Properties"]["SSESpecification"]["KMSMasterKeyId"] != key {
            broken.push(format!("{name} must have the customer key"));
        }
    }
    if template["Resources"]["Key"]["Properties"]["EnableKeyRotation"] != json!(true) {
        broken.push("Key must rotate".into());
    }
    broken
}

fn the_inbox_fits(template: &Value) -> Broken {
    let inbox = &template["Resources"]["InboxTable"];
    [
        ("TimeToLiveSpecification", json!({ "AttributeName": "ttl", "Enabled": true })),
        (
            "KeySchema",
            json!([{ "AttributeName": "pk", "KeyType": "HASH" }, { "AttributeName": "sk", "KeyType": "RANGE" }]),
        ),
        ("BillingMode", json!("PAY_PER_REQUEST")),
    ]
    .into_iter()
    .filter(|(property, wanted)| inbox["Properties"][property] != *wanted)
    .map(|(property, wanted)| format!("InboxTable: {property} must be {wanted}"))
    .collect()
}

fn grants_are_narrow(template: &Value) -> Broken {
    let role =
        json!([{ "Fn::If": ["CreatesRole", { "Ref": "ConsumerRole" }, { "Ref": "ConsumerRoleName" }] }]);
    let mut broken = Vec::new();
    for (name, policy) in resources(template, "AWS::IAM::Policy") {
        if policy["Properties"]["Roles"] != role {
            broken.push(format!("{name} must be attached to the consumer's role only"));
        }
        for statement in statements(policy) {
            if statement["Resource"] == "*" || statement["Action"].to_string().contains(":*") {
                broken.push(format!("{name} grants more than the named resource"));
            }
        }
    }
    broken
}

fn the_consumer_sets_aside(template: &Value) -> Broken {
    let mut broken = Vec::new();
    let mut sends = 0;
    for (name, policy) in resources(template, "AWS::IAM::Policy") {
        for statement in statements(policy) {
            if !statement["Action"].to_string().contains("sqs:SendMessage") {
                continue;
            }
            sends += 1;
            if statement["Action"] != "sqs:SendMessage" || statement["Resource"] != arn_of("DeadLetterQueue")
            {
                broken.push(format!(
                    "{name} must allow to send to DeadLetterQueue and to no other queue"
                ));
            }
        }
    }
    if sends != 1 {
        broken.push(format!("{sends} statements allow to send, not one"));
    }
    let via_sqs = json!({ "StringEquals": { "kms:ViaService": { "Fn::Sub": "sqs.${AWS::Region}.${AWS::URLSuffix}" } } });
    let encrypts = statements(&template["Resources"]["SetAside"])
        .iter()
        .any(|statement| {
            statement["Action"] == json!(["kms:GenerateDataKey", "kms:Decrypt"])
                && statement["Resource"] == arn_of("Key")
                && statement["Condition"] == via_sqs
        });
    if !encrypts {
        broken.push("SetAside must allow SQS to encrypt with the stack's key".into());
    }
    broken
}

fn metrics_are_watched(template: &Value) -> Broken {
    let watched = |metric: Metric| {
        resources(template, "AWS::CloudWatch::Alarm").any(|(_, alarm)| {
            let properties = &alarm["Properties"];
            properties["Namespace"] == "UserEvents/Consumer"
                && properties["MetricName"] == metric.name()
                && properties["Dimensions"] == json!([{ "Name": "Consumer", "Value": { "Ref": "Name" } }])
                && properties["AlarmActions"]["Fn::If"][1][0] == json!({ "Ref": "AlarmTopicArn" })
        })
    };
    // The depth of the dead-letter queue shows what was set aside.
    [
        Metric::Stale,
        Metric::Denied,
        Metric::OtherContent,
        Metric::SubjectKeyMissing,
    ]
    .into_iter()
    .filter(|metric| !watched(*metric))
    .map(|metric| format!("no alarm on the metric {}", metric.name()))
    .collect()
}

fn only_operators_send(template: &Value) -> Broken {
    let send = json!("sqs:SendMessage");
    resources(template, "AWS::SQS::Queue")
        .filter(|(name, _)| {
            let condition = match name.as_str() {
                // The consumer sets messages aside.
                "DeadLetterQueue" => consumer_or_operators(),
                SNAPSHOT_QUEUE => publisher_or_operators(),
                _ => no_operator(),
            };
            !nobody_sends(template, name) && !denies(template, name, &send, &condition)
        })
        .map(|(name, _)| format!("the policy of {name} must deny sending to all but those who need it"))
        .collect()
}

fn only_consumer_and_operators_read(template: &Value) -> Broken {
    let read = json!([
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:PurgeQueue",
        "sqs:StartMessageMoveTask"
    ]);
    resources(template, "AWS::SQS::Queue")
        .filter(|(name, _)| {
            let condition = match name.as_str() {
                "Queue" | SNAPSHOT_QUEUE => consumer_or_operators(),
                _ => no_operator(),
            };
            !nobody_sends(template, name) && !denies(template, name, &read, &condition)
        })
        .map(|(name, _)| format!("the policy of {name} must deny reading to all but those who need it"))
        .collect()
}

/// SQS moves messages only out of the dead-letter queue of a queue (Amazon SQS API Reference, *StartMessageMoveTask*).
fn undelivered_messages_can_be_moved(template: &Value) -> Broken {
    let source = |(name, queue): &(&String, &Value)| {
        let target = &queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"];
        *target == arn_of("UndeliveredQueue") && nobody_sends(template, name)
    };
    let Some((_, source)) = resources(template, "AWS::SQS::Queue").find(source) else {
        return vec![
            "UndeliveredQueue must be the dead-letter queue of a queue that nobody may send to".into(),
        ];
    };
    let names = &source["Properties"]["QueueName"]["Fn::If"];
    let sources = &template["Resources"]["UndeliveredQueue"]["Properties"]["RedriveAllowPolicy"]["sourceQueueArns"]
        [0]["Fn::If"];
    let is_named = (1..=2).all(|branch| {
        let name = names[branch]["Fn::Sub"].as_str();
        let arn = sources[branch]["Fn::Sub"].as_str();
        name.zip(arn)
            .is_some_and(|(name, arn)| arn.ends_with(&format!(":{name}")))
    });
    if is_named {
        return Vec::new();
    }
    vec!["UndeliveredQueue must allow its source queue, and no other, in RedriveAllowPolicy".into()]
}

fn operators_open_nothing(template: &Value) -> Broken {
    let role = &template["Resources"]["OperatorRole"];
    let mut broken = Vec::new();
    if role["Condition"] != "CreatesOperatorRole" {
        broken.push("OperatorRole must be made only if no role was named".into());
    }
    let own = json!({ "AWS": { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" } });
    if role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] != own {
        broken.push("OperatorRole must be assumed from its own account only".into());
    }
    let statements = statements(&role["Properties"]["Policies"]);
    let may = |action: &str, queue: &str| {
        statements.iter().any(|statement| {
            each(&statement["Action"]).any(|one| one == action)
                && each(&statement["Resource"]).any(|one| *one == arn_of(queue))
        })
    };
    let letters = ["DeadLetterQueue", "UndeliveredQueue"];
    // What a message move task needs (Amazon SQS Developer Guide, *Configuring queue permissions for dead-letter queue
    // redrive*).
    for action in [
        "sqs:StartMessageMoveTask",
        "sqs:ListMessageMoveTasks",
        "sqs:CancelMessageMoveTask",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
    ] {
        for queue in letters {
            if !may(action, queue) {
                broken.push(format!("OperatorRole must have {action} on {queue}"));
            }
        }
    }
    let snapshot = json!({ "Fn::If": ["HasSnapshot", arn_of(SNAPSHOT_QUEUE), { "Ref": "AWS::NoValue" }] });
    let sends_to_both = statements
        .iter()
        .any(|statement| statement["Resource"] == json!([arn_of("Queue"), snapshot]));
    if !may("sqs:SendMessage", "Queue") || !sends_to_both {
        broken.push("OperatorRole must have sqs:SendMessage on Queue and SnapshotQueue".into());
    }
    if !["kms:Decrypt", "kms:GenerateDataKey"]
        .iter()
        .all(|action| may(action, "Key"))
    {
        broken.push("OperatorRole must use the key of the queues".into());
    }
    let ours = ["Queue", "DeadLetterQueue", "UndeliveredQueue", "Key"].map(arn_of);
    for statement in &statements {
        if !each(&statement["Resource"]).all(|resource| ours.contains(resource) || *resource == snapshot) {
            broken.push("OperatorRole must have rights on the queues and their key only".into());
        }
    }
    broken
}

fn keys_are_read_only(template: &Value) -> Broken {
    let policy = &template["Resources"]["ReadSubjectKeys"];
    let given = |name: &str| json!({ "Fn::Not": [{ "Fn::Equals": [{ "Ref": name }, ""] }] });
    let both = json!({ "Fn::And": [given("SubjectKeysTableArn"), given("SubjectKeysKeyArn")] });
    let via = json!({ "Fn::Sub": "dynamodb.${AWS::Region}.${AWS::URLSuffix}" });
    let statements: Vec<_> = statements(policy)
        .into_iter()
        .map(|statement| {
            (
                statement["Action"].clone(),
                statement["Resource"].clone(),
                statement["Condition"].clone(),
            )
        })
        .collect();
    let wanted = [
        (
            json!("dynamodb:GetItem"),
            json!({ "Ref": "SubjectKeysTableArn" }),
            Value::Null,
        ),
        (
            json!("kms:Decrypt"),
            json!({ "Ref": "SubjectKeysKeyArn" }),
            json!({ "StringEquals": { "kms:ViaService": via } }),
        ),
    ];
    if statements != wanted
        || policy["Condition"] != "ReadsSubjectKeys"
        || template["Conditions"]["ReadsSubjectKeys"] != both
    {
        return vec![
            "ReadSubjectKeys must allow to get items of the table, through its key, and no more".into(),
        ];
    }
    Broken::new()
}

fn snapshots_are_safe(template: &Value) -> Broken {
    let resources = &template["Resources"];
    let mut broken = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            broken.push(what.to_owned());
        }
    };
    let without_name = |queue: &str| {
        let mut properties = resources[queue]["Properties"].clone();
        properties["QueueName"] = Value::Null;
        properties
    };
    must(
        without_name(SNAPSHOT_QUEUE) == without_name("Queue"),
        "SnapshotQueue must be as Queue but for its name",
    );
    let asked = json!({ "Fn::Equals": [{ "Ref": "Snapshot" }, "on"] });
    let named = json!({ "Fn::Not": [{ "Fn::Equals": [{ "Ref": "BackfillRoleArns" }, ""] }] });
    must(
        template["Parameters"]["Snapshot"]["Default"] == "off"
            && template["Conditions"]["HasSnapshot"] == asked
            && template["Conditions"]["PublisherSends"] == json!({ "Fn::And": [asked, named] })
            && [SNAPSHOT_QUEUE, "SnapshotQueuePolicy", "ReadSnapshotQueue"]
                .iter()
                .all(|name| resources[name]["Condition"] == "HasSnapshot"),
        "there must be no snapshot queue unless it was asked for",
    );
    let roles = json!({ "aws:PrincipalArn": { "Fn::Split": [",", { "Ref": "BackfillRoleArns" }] } });
    let when_named =
        |statement: Value| json!({ "Fn::If": ["PublisherSends", statement, { "Ref": "AWS::NoValue" }] });
    let sends = when_named(json!({
        "Sid": PUBLISHER_SENDS[0],
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
        "Resource": arn_of(SNAPSHOT_QUEUE),
        "Condition": { "ArnLike": roles },
    }));
    must(
        resources["SnapshotQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"][0] == sends,
        "SnapshotQueuePolicy must let the named roles send, and nobody else",
    );
    let via = json!({ "kms:ViaService": { "Fn::Sub": "sqs.${AWS::Region}.${AWS::URLSuffix}" } });
    let encrypts = when_named(json!({
        "Sid": PUBLISHER_SENDS[1],
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": "*",
        "Condition": { "ArnLike": roles, "StringEquals": via },
    }));
    must(
        resources["Key"]["Properties"]["KeyPolicy"]["Statement"][2] == encrypts,
        "Key must let the named roles encrypt through SQS, and nobody else",
    );
    let source = |name: &str| json!({ "Fn::Sub": format!("arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{name}") });
    let either =
        json!({ "Fn::If": ["FifoQueue", source("${Name}-snapshot.fifo"), source("${Name}-snapshot")] });
    must(
        resources["DeadLetterQueue"]["Properties"]["RedriveAllowPolicy"]["sourceQueueArns"][1]
            == json!({ "Fn::If": ["HasSnapshot", either, { "Ref": "AWS::NoValue" }] }),
        "DeadLetterQueue must allow SnapshotQueue as its source",
    );
    let granted = |policy: &str| {
        let statements = statements(&resources[policy]);
        let of = |one: &Value| (one["Action"].clone(), one["Resource"].clone());
        statements.first().map(of)
    };
    let live = granted("ReadQueue")
        .map(|(actions, _)| actions)
        .unwrap_or_default();
    must(
        granted("ReadSnapshotQueue") == Some((live, arn_of(SNAPSHOT_QUEUE)))
            && granted("CountSnapshot") == Some((json!("dynamodb:Query"), arn_of("InboxTable"))),
        "the consumer must receive the snapshot as it receives events, and count it in its inbox",
    );
    broken
}

/// One value, or each of a list.
fn each(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(values) => values.as_slice(),
        value => std::slice::from_ref(value),
    }
    .iter()
}
