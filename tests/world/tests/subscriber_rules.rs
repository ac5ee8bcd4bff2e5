//! The rules for a subscriber's stack, checked on `infra/subscriber.yaml`, and the proof that each rule fails when it
//! is broken.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use user_events_catalog::CATEGORIES;
use user_events_consumer::Metric;

use crate::support::{self, broken, root};
use crate::template_rules::statements;

type Broken = Vec<String>;
type Rule = support::Rule<Value>;

/// The names under which the stack looks up the values that the publisher's stage published.
const TOPIC: &str = "{{resolve:ssm:/user-events/${Stage}/topic/${Category}}}";
const SEAL_KEY: &str = "{{resolve:ssm:/user-events/${Stage}/seal-key-arn}}";
const FOURTEEN_DAYS: u64 = 1_209_600;

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
            "Subscription/Properties/TopicArn".into(),
            json!("arn:aws:sns:eu-west-1:123456789012:other"),
        ),
        (
            RULES[3].0,
            "DeadLetterQueuePolicy/Properties/PolicyDocument/Statement/0/Condition/Bool".into(),
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
        (RULES[4].0, format!("{class}/Action"), json!("kms:*")),
        (RULES[4].0, "OpenClasses/Condition".into(), Value::Null),
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
            json!({ "Fn::If": ["FifoQueue", true, { "Ref": "AWS::NoValue" }] }),
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
    ];
    let shown: BTreeSet<_> = breaks.iter().map(|(name, ..)| *name).collect();
    assert_eq!(
        shown,
        RULES.iter().map(|(name, _)| *name).collect(),
        "every rule is broken once"
    );
    for (name, pointer, value) in breaks {
        let mut template = template();
        let pointer = format!("/Resources/{pointer}");
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        let parent = template.pointer_mut(parent).and_then(Value::as_object_mut);
        let parent = parent.unwrap_or_else(|| panic!("{pointer} does not exist, so it cannot be broken"));
        let before = match value {
            Value::Null => parent.remove(member),
            value => parent.insert(member.to_owned(), value.clone()),
        };
        assert!(
            before.is_some(),
            "{pointer} does not exist, so it cannot be broken"
        );
        let rule = RULES.iter().find(|(rule, _)| rule == name).unwrap().1;
        assert!(
            !rule(&template).is_empty(),
            "«{name}» holds although {pointer} breaks it"
        );
    }
}

#[test]
fn what_the_stack_looks_up_is_what_the_publisher_publishes() {
    let messaging = user_events_local::template::load(&root().join("infra/messaging.yaml")).unwrap();
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

#[test]
fn a_fifo_queue_behind_a_standard_topic_is_refused_before_anything_is_made() {
    let rule = &template()["Rules"]["OrderNeedsBoth"];
    let is_fifo = |parameter: &str| json!({ "Fn::Equals": [{ "Ref": parameter }, "fifo"] });
    assert_eq!(rule["RuleCondition"], is_fifo("QueueType"));
    assert_eq!(rule["Assertions"][0]["Assert"], is_fifo("TopicType"));
}

fn template() -> Value {
    user_events_local::template::load(&root().join("infra/subscriber.yaml")).unwrap()
}

fn resources<'a>(template: &'a Value, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let all = template["Resources"].as_object().into_iter().flatten();
    all.filter(move |(_, resource)| resource["Type"] == kind)
}

fn arn_of(resource: &str) -> Value {
    json!({ "Fn::GetAtt": [resource, "Arn"] })
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
        .flat_map(|(name, _)| {
            let wanted: &[&[&str]] = if targets.contains(name.as_str()) {
                &[&DEPTH]
            } else {
                &[
                    &["ApproximateAgeOfOldestMessage"],
                    &[DEPTH[0], DEPTH[1], "NumberOfMessagesDeleted"],
                ]
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
    let topic = json!({ "Fn::Sub": TOPIC });
    let mut broken = Vec::new();
    let kinds = ["AWS::SQS::QueuePolicy", "AWS::KMS::Key"];
    for (name, resource) in kinds.into_iter().flat_map(|kind| resources(template, kind)) {
        for statement in statements(resource) {
            let ours = statement["Principal"]["AWS"].is_object();
            if statement["Effect"] == "Deny" || ours {
                continue;
            }
            if statement["Principal"] != json!({ "Service": "sns.amazonaws.com" }) {
                broken.push(format!("{name} allows somebody other than SNS"));
            }
            if statement["Condition"]["ArnEquals"]["aws:SourceArn"] != topic {
                broken.push(format!("{name} must name the exact topic in aws:SourceArn"));
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
            opens += 1;
            let wanted = json!({
                "kms:EncryptionContext:app": "user-events",
                "kms:EncryptionContext:class": { "Ref": "Classes" },
            });
            if statement["Action"] != "kms:Decrypt"
                || statement["Resource"] != json!({ "Fn::Sub": SEAL_KEY })
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
    let asked = json!({ "Fn::Not": [{ "Fn::Equals": [{ "Fn::Join": ["", { "Ref": "Classes" }] }, ""] }] });
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
        ("UndeliveredQueue", "FifoTopic"),
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
