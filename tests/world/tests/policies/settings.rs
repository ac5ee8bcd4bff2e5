//! The deployments whose policies are judged, with everybody and everything in them named.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use user_events_tests::render::{Deployment, Rendered, Templates, render};

use super::cloud::{Cloud, INVENTED, of_document};
use super::documented;
use crate::rendered::{STACK, publisher};

/// The account of the publisher.
pub(super) const OWN: &str = "111111111111";
/// Two accounts of other teams, which the deployment `accounts` names.
pub(super) const PARTNER: &str = "222222222222";
pub(super) const OTHER_PARTNER: &str = "333333333333";
/// An account that nobody named, but in the organization.
pub(super) const MEMBER: &str = "444444444444";
/// An account that has nothing to do with the publisher.
pub(super) const FOREIGN: &str = "999999999999";
pub(super) const ORGANIZATION: &str = "o-exampleorgid";

pub(super) const CATEGORIES: [&str; 4] = ["account", "profile", "authentication", "access"];
pub(super) const CLASSES: [&str; 4] = ["contact", "identity", "address", "network"];

/// A deployment and the parameters that it changes.
pub(super) struct Setting {
    pub(super) name: &'static str,
    parameters: &'static [(&'static str, &'static str)],
}

macro_rules! stream {
    ($table:literal) => {
        concat!(
            "arn:aws:dynamodb:eu-west-1:111111111111:table/",
            $table,
            "/stream/2026-01-01T00:00:00.000"
        )
    };
}

/// The ARN of the key of a table that existed before the deployment.
const TABLE_KEY: &str = "arn:aws:kms:eu-west-1:111111111111:key/own";
/// Operators that the deployment `accounts` names itself, as roles of single sign-on are named.
const OPERATORS: &str = "arn:aws:iam::111111111111:role/operators/*";
/// The same for erasers. One of them is an operator, too.
const ERASERS: &str = "arn:aws:iam::111111111111:role/*erasers/*";

/// The function of `infra/backfill.yaml`, and people who run a backfill from their machine.
const BACKFILLERS: &str =
    "arn:aws:iam::111111111111:role/backfill-Role,arn:aws:iam::111111111111:role/backfillers/*";

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        name: "plain",
        parameters: &[],
    },
    Setting {
        name: "accounts, guarded",
        parameters: &[
            ("SubscriberAccounts", "222222222222,333333333333"),
            ("ContactAccounts", "222222222222"),
            ("IdentityAccounts", "222222222222,333333333333"),
            ("AddressAccounts", "333333333333"),
            ("NetworkAccounts", "222222222222"),
            ("SealKeyGuard", "on"),
            ("OperatorRoleArns", OPERATORS),
            ("SubjectKeys", "on"),
            ("EraserRoleArns", ERASERS),
            ("BackfillRoleArns", BACKFILLERS),
        ],
    },
    Setting {
        name: "keys of persons",
        parameters: &[("SubjectKeys", "on")],
    },
    Setting {
        name: "organization",
        parameters: &[
            ("SubscriberOrganizationId", ORGANIZATION),
            ("ContactAccounts", "organization"),
            ("IdentityAccounts", "organization"),
            ("SubjectKeys", "on"),
        ],
    },
    Setting {
        name: "organization and accounts",
        parameters: &[
            ("SubscriberOrganizationId", ORGANIZATION),
            ("SubscriberAccounts", "222222222222"),
            ("AddressAccounts", "organization"),
            ("NetworkAccounts", "organization"),
            ("ContactAccounts", "222222222222"),
        ],
    },
    Setting {
        name: "single table",
        parameters: &[
            ("SingleTableStreamArn", stream!("own")),
            ("StreamKeyArn", TABLE_KEY),
            ("SubjectKeys", "on"),
            ("BackfillRoleArns", BACKFILLERS),
        ],
    },
    Setting {
        name: "mapped tables",
        parameters: &[
            ("Mapping", "authjs.yaml"),
            ("AccountsStreamArn", stream!("accounts")),
            ("ProfilesStreamArn", stream!("profiles")),
            ("AuthenticationStreamArn", stream!("authentication")),
            ("AccessStreamArn", stream!("access")),
            ("SingleTableStreamArn", stream!("own")),
        ],
    },
    Setting {
        name: "thin",
        parameters: &[
            ("Detail", "thin"),
            ("CallbackBaseUrl", "https://users.example.com"),
        ],
    },
];

/// A subscriber: its name, category and classes.
pub(super) const SUBSCRIBERS: [(&str, &str, &[&str]); 3] = [
    ("newsletter", "account", &["contact"]),
    ("shipping", "profile", &["identity", "address"]),
    ("statistics", "authentication", &[]),
];
/// Of them, the one that has a snapshot queue. So has the partner's.
pub(super) const LATE: &str = "newsletter";
/// The subscriber in the account of [`PARTNER`].
pub(super) const PARTNERS_SUBSCRIBER: (&str, &str, &[&str]) =
    ("partner", "account", &["contact", "identity"]);

/// The cloud of each setting.
///
/// Fails if a template cannot be rendered.
pub(super) fn clouds(templates: &Templates) -> Result<BTreeMap<&'static str, Cloud>> {
    let clouds = SETTINGS.iter().map(|setting| {
        let cloud = cloud(templates, setting);
        Ok((setting.name, cloud.with_context(|| setting.name)?))
    });
    clouds.collect()
}

fn cloud(templates: &Templates, setting: &Setting) -> Result<Cloud> {
    let mut deployment = Deployment::new(STACK);
    for (parameter, value) in setting.parameters {
        deployment = deployment.with(parameter, value);
    }
    let publisher = publisher(templates, &deployment)?;
    let mut cloud = Cloud::default();
    cloud.deploy(&publisher)?;
    functions(&mut cloud, &publisher)?;
    resources(&mut cloud, &publisher)?;
    keys_of_persons(&mut cloud, &publisher)?;
    tables(&mut cloud, &publisher)?;
    others(&mut cloud)?;
    people(&mut cloud)?;
    documented::roles(&mut cloud, OWN)?;
    let mut snapshots = Vec::new();
    for (name, category, classes) in SUBSCRIBERS {
        let mut deployment = Deployment::new(name)
            .with("Name", name)
            .with("Stage", "dev")
            .with("Category", category)
            .with("Classes", &classes.join(","));
        if name == LATE {
            deployment = deployment
                .with("Snapshot", "on")
                .with("BackfillRoleArns", BACKFILLERS);
        }
        if setting
            .parameters
            .iter()
            .any(|(name, _)| *name == "OperatorRoleArns")
        {
            deployment = deployment.with("OperatorRoleArns", OPERATORS);
        }
        deployment.store = publisher.store();
        let deployment = with_keys(deployment, &publisher);
        let subscriber = render(templates, "infra/subscriber.yaml", &deployment)?;
        subscribe(&mut cloud, &subscriber, name, OWN)?;
        snapshots.extend(snapshot_of(&subscriber));
    }
    canary(&mut cloud, templates, &publisher)?;
    let (name, category, classes) = PARTNERS_SUBSCRIBER;
    let mut deployment = Deployment::new(name)
        .with("Name", name)
        .with("Classes", &classes.join(","))
        .with("TopicArn", cloud.arn(&format!("{category} topic"))?)
        .with("SealKeyArn", cloud.arn("seal key")?)
        .with("Snapshot", "on")
        .with("BackfillRoleArns", BACKFILLERS);
    PARTNER.clone_into(&mut deployment.account);
    let deployment = with_keys(deployment, &publisher);
    let subscriber = render(templates, "infra/subscriber.yaml", &deployment)?;
    subscribe(&mut cloud, &subscriber, name, PARTNER)?;
    snapshots.extend(snapshot_of(&subscriber));
    backfill(&mut cloud, templates, &publisher, setting, &snapshots)?;
    Ok(cloud)
}

/// The ARNs of a subscriber's snapshot queue and of its key, if it has such a queue.
fn snapshot_of(subscriber: &Rendered) -> Option<[String; 2]> {
    let [queue, key] = ["SnapshotQueue", "Key"].map(|path| subscriber.arn(path).ok().map(str::to_owned));
    Some([queue?, key?])
}

/// The stack of a backfill past one machine, over the tables of the publisher.
fn backfill(
    cloud: &mut Cloud,
    templates: &Templates,
    publisher: &Rendered,
    setting: &Setting,
    snapshots: &[[String; 2]],
) -> Result<()> {
    let joined = |which: usize| {
        let arns: Vec<_> = snapshots.iter().map(|one| one[which].as_str()).collect();
        arns.join(",")
    };
    let given = |name: &str| {
        setting
            .parameters
            .iter()
            .find(|(parameter, _)| *parameter == name)
    };
    let mut deployment = Deployment::new("backfill")
        .with("Stage", "dev")
        .with("SealKeyArn", cloud.arn("seal key")?)
        .with("SnapshotQueueArns", &joined(0))
        .with("SnapshotKeyArns", &joined(1));
    for name in ["Detail", "CallbackBaseUrl", "SubjectKeys", "Mapping"] {
        if let Some((_, value)) = given(name) {
            deployment = deployment.with(name, value);
        }
    }
    let tables = [
        ("AccountsTableArn", "accounts table"),
        ("ProfilesTableArn", "profiles table"),
        ("AuthenticationTableArn", "authentication table"),
        ("AccessTableArn", "access table"),
        ("SingleTableArn", "own table"),
    ];
    let several = given("Mapping").is_some();
    let single = given("SingleTableStreamArn").is_some();
    for (parameter, table) in tables {
        if several || single == (parameter == "SingleTableArn") {
            deployment = deployment.with(parameter, cloud.arn(table)?);
        }
    }
    if !several {
        deployment = deployment.with("TableKeyArns", cloud.arn("tables' key")?);
    }
    let deployment = with_keys(deployment, publisher);
    let stack = render(templates, "infra/backfill.yaml", &deployment)?;
    cloud.deploy(&stack)?;
    for (name, path) in [
        ("backfill's function", "Function"),
        ("backfill's key", "Key"),
        ("backfill's role", "Role"),
        ("backfill machine's role", "MachineRole"),
    ] {
        cloud.name(name, stack.arn(path)?, OWN);
    }
    let bucket = stack.arn("Bucket")?;
    cloud.name("backfill's bucket", bucket, OWN);
    for (name, key) in [
        ("state of a run", "runs/1/0.json"),
        ("exported rows", "exports/1/data/1.json.gz"),
    ] {
        cloud.name_within(name, &format!("{bucket}/{key}"), bucket, OWN);
    }
    let log_bucket = stack.arn("AccessLogBucket")?;
    cloud.name("access log bucket of exports", log_bucket, OWN);
    cloud.name_within(
        "access log of exports",
        &format!("{log_bucket}/1"),
        log_bucket,
        OWN,
    );
    for (name, service, resource) in [
        (
            "backfill log",
            "logs",
            "log-group:/aws/lambda/user-events-dev-backfill:log-stream:1",
        ),
        (
            "backfill machine",
            "states",
            "stateMachine:user-events-dev-backfill",
        ),
        ("another machine", "states", "stateMachine:another"),
        (
            "segment of a backfill",
            "states",
            "execution:user-events-dev-backfill/segments:1",
        ),
        ("execution of another machine", "states", "execution:another:1"),
        ("export of another table", "dynamodb", "table/another/export/1"),
    ] {
        cloud.name(
            name,
            &format!("arn:aws:{service}:eu-west-1:{OWN}:{resource}"),
            OWN,
        );
    }
    for (_, table) in tables {
        let export = format!("{}/export/1", cloud.arn(table)?);
        cloud.name(
            &format!("export of {}", table.trim_end_matches(" table")),
            &export,
            OWN,
        );
    }
    cloud.name_role("backfill function", stack.arn("Role")?)?;
    cloud.name_role("backfill machine", stack.arn("MachineRole")?)
}

/// Names the functions' roles and logs.
fn functions(cloud: &mut Cloud, publisher: &Rendered) -> Result<()> {
    for (path, function) in publisher.of_kind("AWS::Serverless::Function") {
        let name = function.reference.strip_prefix("users-");
        let name = name.with_context(|| format!("{path} has another stack's name"))?;
        let role = function.property("Role").as_str();
        let role = role.with_context(|| format!("{path} has no role of its own"))?;
        cloud.name_role(&format!("{name} function"), role)?;
        let log = format!("arn:aws:logs:eu-west-1:{OWN}:log-group:/aws/lambda/users-{name}:log-stream:1");
        cloud.name(&format!("{name} log"), &log, OWN);
        cloud.name(&format!("{name} function's role"), role, OWN);
    }
    Ok(())
}

/// Names the topics, queues, keys and buckets.
fn resources(cloud: &mut Cloud, publisher: &Rendered) -> Result<()> {
    for (name, path) in [
        ("account topic", "Messaging/AccountTopic"),
        ("profile topic", "Messaging/ProfileTopic"),
        ("authentication topic", "Messaging/AuthenticationTopic"),
        ("access topic", "Messaging/AccessTopic"),
        ("seal key", "Messaging/SealKey"),
        ("messaging key", "Messaging/MessagingKey"),
        ("parked queue", "Parking/ParkedQueue"),
        ("redrive queue", "Parking/RedriveQueue"),
    ] {
        cloud.name(name, publisher.arn(path)?, OWN);
    }
    let bucket = publisher.arn("Parking/FailureBucket")?;
    cloud.name("failure bucket", bucket, OWN);
    cloud.name_within(
        "failed record",
        &format!("{bucket}/aws/lambda/1.json"),
        bucket,
        OWN,
    );
    cloud.name_within("stored record", &format!("{bucket}/parked/1.json"), bucket, OWN);
    let bucket = publisher.arn("Parking/AccessLogBucket")?;
    cloud.name("access log bucket", bucket, OWN);
    cloud.name_within("access log of the bucket", &format!("{bucket}/1"), bucket, OWN);
    let single_table = publisher.arn("Roles/SingleTableRole")?;
    cloud.name("single-table function's role", single_table, OWN);
    if let Ok(operator) = publisher.arn("Roles/OperatorRole") {
        cloud.name_role("operator", operator)?;
        cloud.name("operator's role", operator, OWN);
    }
    Ok(())
}

/// Names the tables of persons' keys and of erasures, and what belongs to them, if there are any.
fn keys_of_persons(cloud: &mut Cloud, publisher: &Rendered) -> Result<()> {
    if let Ok(eraser) = publisher.arn("Roles/EraserRole") {
        cloud.name_role("eraser", eraser)?;
        cloud.name("eraser's role", eraser, OWN);
    }
    let Ok(table) = publisher.arn("SubjectKeyTables/Table") else {
        return Ok(());
    };
    cloud.name("keys of persons", table, OWN);
    cloud.name(
        "stream of keys",
        &format!("{table}/stream/2026-01-01T00:00:00.000"),
        OWN,
    );
    cloud.name("restored keys", &format!("{table}-restored-1"), OWN);
    cloud.name("ledger", publisher.arn("SubjectKeyTables/Ledger")?, OWN);
    cloud.name(
        "key of the keys of persons",
        publisher.arn("SubjectKeyTables/Key")?,
        OWN,
    );
    Ok(())
}

/// The deployment of a subscriber that reads persons' keys, if the publisher has any.
fn with_keys(deployment: Deployment, publisher: &Rendered) -> Deployment {
    let keys = ["Table", "Key"].map(|name| publisher.arn(&format!("SubjectKeyTables/{name}")));
    let [Ok(table), Ok(key)] = keys else {
        return deployment;
    };
    deployment
        .with("SubjectKeysTableArn", table)
        .with("SubjectKeysKeyArn", key)
}

/// Names the tables' streams and keys: those of the stack, or those that existed.
fn tables(cloud: &mut Cloud, publisher: &Rendered) -> Result<()> {
    for category in ["accounts", "profiles", "authentication", "access", "own"] {
        let mut table = category.to_owned();
        let created = publisher
            .of_kind("AWS::DynamoDB::Table")
            .find(|(_, table)| table.reference == format!("users-{category}"));
        if let Some((_, created)) = created {
            table.clone_from(&created.reference);
        }
        let arn = format!("arn:aws:dynamodb:eu-west-1:{OWN}:table/{table}");
        cloud.name(&format!("{category} table"), &arn, OWN);
        let stream = format!("{arn}/stream/2026-01-01T00:00:00.000");
        cloud.name(&format!("{category} stream"), &stream, OWN);
    }
    match publisher.arn("Tables/Key") {
        Ok(key) => cloud.name("tables' key", key, OWN),
        Err(_) => {
            cloud.name("tables' key", TABLE_KEY, OWN);
            cloud.iam_decides("tables' key")?;
        }
    }
    Ok(())
}

/// Things of the account that have nothing to do with the stacks, and no policy of their own.
fn others(cloud: &mut Cloud) -> Result<()> {
    for (name, service, resource) in [
        ("another topic", "sns", "another"),
        ("another queue", "sqs", "another"),
        ("another key", "kms", "key/another"),
        ("another log", "logs", "log-group:another:log-stream:1"),
        ("another table", "dynamodb", "table/another"),
        ("another stack", "cloudformation", "stack/another/1"),
        ("stack", "cloudformation", "stack/users/1"),
        ("another function", "lambda", "function:another"),
    ] {
        cloud.name(
            name,
            &format!("arn:aws:{service}:eu-west-1:{OWN}:{resource}"),
            OWN,
        );
    }
    cloud.name("another bucket", "arn:aws:s3:::another", OWN);
    cloud.name("another object", "arn:aws:s3:::another/1", OWN);
    cloud.iam_decides("another key")
}

/// People and services that are no part of a stack.
fn people(cloud: &mut Cloud) -> Result<()> {
    let everything = json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "Everything", "Effect": "Allow", "Action": "*", "Resource": "*" },
    ] });
    for (name, account, role) in [
        ("administrator", OWN, "admin"),
        ("operations", OWN, "operators/operations"),
        ("operator who erases", OWN, "operators/erasers/both"),
        ("partner's administrator", PARTNER, "admin"),
        ("other partner's administrator", OTHER_PARTNER, "admin"),
        ("member's administrator", MEMBER, "admin"),
        ("foreign administrator", FOREIGN, "admin"),
    ] {
        let arn = format!("arn:aws:iam::{account}:role/{role}");
        let everything = of_document(INVENTED, "administrator", &everything)?;
        cloud.role(name, &arn, everything);
        if account == PARTNER {
            cloud.name("partner's role", &arn, account);
        }
    }
    for who in [
        "partner's administrator",
        "member's administrator",
        "administrator",
    ] {
        cloud.always(who, "aws:PrincipalOrgID", ORGANIZATION)?;
    }
    cloud.always("foreign administrator", "aws:PrincipalOrgID", "o-anotherorgid")?;
    // Somebody of the account, or of the organization, without any grant.
    let grantless = format!("arn:aws:iam::{OWN}:role/grantless");
    cloud.role("role without grants", &grantless, Vec::new());
    cloud.always("role without grants", "aws:PrincipalOrgID", ORGANIZATION)?;
    let grantless = format!("arn:aws:iam::{MEMBER}:role/grantless");
    cloud.role("member's role without grants", &grantless, Vec::new());
    cloud.always("member's role without grants", "aws:PrincipalOrgID", ORGANIZATION)?;
    let grantless = format!("arn:aws:iam::{PARTNER}:role/grantless");
    cloud.role("partner's role without grants", &grantless, Vec::new());
    for (name, principal) in [
        ("S3", "s3.amazonaws.com"),
        ("S3's log delivery", "logging.s3.amazonaws.com"),
        ("SNS", "sns.amazonaws.com"),
        ("EventBridge", "events.amazonaws.com"),
        ("Lambda", "lambda.amazonaws.com"),
        ("EC2", "ec2.amazonaws.com"),
        ("EventBridge Scheduler", "scheduler.amazonaws.com"),
        ("Step Functions", "states.amazonaws.com"),
    ] {
        cloud.service(name, principal);
    }
    Ok(())
}

/// The canary, which writes to the table of profiles.
fn canary(cloud: &mut Cloud, templates: &Templates, publisher: &Rendered) -> Result<()> {
    let mut deployment = Deployment::new("canary")
        .with("Stage", "dev")
        .with("TableName", "users-profiles")
        .with("TableKeyArn", cloud.arn("tables' key")?);
    deployment.store = publisher.store();
    let canary = render(templates, "infra/canary.yaml", &deployment)?;
    cloud.deploy(&canary)?;
    for (name, path) in [
        ("canary's queue", "Queue"),
        ("canary's function", "Function"),
        ("canary's role", "Role"),
        ("canary's schedule's role", "ScheduleRole"),
    ] {
        cloud.name(name, canary.arn(path)?, OWN);
    }
    let log =
        format!("arn:aws:logs:eu-west-1:{OWN}:log-group:/aws/lambda/user-events-dev-canary:log-stream:1");
    cloud.name("canary's log", &log, OWN);
    cloud.name_role("canary", canary.arn("Role")?)?;
    cloud.name_role("canary's schedule", canary.arn("ScheduleRole")?)
}

/// Names a subscriber's roles, queues and key.
fn subscribe(cloud: &mut Cloud, subscriber: &Rendered, name: &str, account: &str) -> Result<()> {
    cloud.deploy(subscriber)?;
    for (what, path) in [
        ("queue", "Queue"),
        ("dead-letter queue", "DeadLetterQueue"),
        ("undelivered queue", "UndeliveredQueue"),
        ("source queue", "UndeliveredSourceQueue"),
        ("key", "Key"),
        ("inbox", "InboxTable"),
    ] {
        cloud.name(&format!("{name} {what}"), subscriber.arn(path)?, account);
    }
    if let Ok(queue) = subscriber.arn("SnapshotQueue") {
        cloud.name(&format!("{name} snapshot queue"), queue, account);
    }
    let log = format!("arn:aws:logs:eu-west-1:{account}:log-group:/aws/lambda/{name}:log-stream:1");
    cloud.name(&format!("{name} log"), &log, account);
    for (what, path) in [("consumer", "ConsumerRole"), ("operator", "OperatorRole")] {
        let Ok(arn) = subscriber.arn(path) else {
            continue;
        };
        cloud.name_role(&format!("{name} {what}"), arn)?;
        cloud.name(&format!("{name} {what}'s role"), arn, account);
    }
    let topic = subscriber.resource("Subscription")?.property("TopicArn");
    ensure!(topic != &Value::Null, "the subscription has no topic");
    Ok(())
}
