//! The stack of `infra/backfill.yaml` and its state machine: rules for the definition, each broken once on purpose; its
//! reading by asl-validator; and its runs on the local engine, with the function itself and with a stand-in. And the stack of
//! a subscriber that joins late.
//!
//! The engine writes no data of an export, and lets everybody do everything. It has one name for all errors of a function in
//! Python, so the function itself shows which error is not repeated. Pauses are shorter here than in the definition.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};
use user_events_local::build::{Profile, function};
use user_events_local::console::Console;
use user_events_local::template;
use user_events_local::workspace::Workspace;
use user_events_tests::render::{Deployment, render};

use crate::node;
use crate::rendered::templates;
use crate::sam_deploy::Project;
use crate::support::{self, broken, root};

type Broken = Vec<String>;
type Rule = support::Rule<Value>;

const TEMPLATE: &str = "infra/backfill.yaml";
const SCRIPT: &str = "validate.mjs";
const INVOKE: &str = "arn:aws:states:::lambda:invoke";

const RULES: &[Rule] = &[
    (
        "every state is reached, and every state that is named exists",
        states_are_connected,
    ),
    (
        "every task is repeated with growing pauses by chance, but for what no repetition mends",
        tasks_are_repeated,
    ),
    ("nothing hides a failure", failures_are_not_caught),
    (
        "segments are executions of their own, as many as allowed, and none may fail",
        segments_are_distributed,
    ),
    ("a segment ends only when it is done", segments_end_when_done),
    (
        "the marker comes after all segments, and ends the run",
        the_marker_ends_the_run,
    ),
];

/// The definition as CloudFormation deploys it.
fn definition() -> Result<Value> {
    let arn = |service: &str, name: &str| format!("arn:aws:{service}:eu-west-1:111111111111:{name}");
    let deployment = Deployment::new("backfill")
        .with("Stage", "dev")
        .with("SealKeyArn", &arn("kms", "key/0"))
        .with("AccountsTableArn", &arn("dynamodb", "table/accounts"))
        .with("SnapshotQueueArns", &arn("sqs", "crm-snapshot.fifo"))
        .with("SnapshotKeyArns", &arn("kms", "key/1"));
    let stack = render(&templates()?, TEMPLATE, &deployment)?;
    Ok(stack.resource("Machine")?.property("Definition").clone())
}

/// The states of a machine, or of a processor of a map.
fn states(machine: &Value) -> &Map<String, Value> {
    static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    machine["States"].as_object().unwrap_or(&NONE)
}

/// The machine, and the processors of its maps.
fn machines(definition: &Value) -> Vec<&Value> {
    let maps = states(definition).values().map(|state| &state["ItemProcessor"]);
    [definition]
        .into_iter()
        .chain(maps.filter(|one| one.is_object()))
        .collect()
}

/// The states that can follow a state.
fn next(state: &Value) -> BTreeSet<&str> {
    let choices = state["Choices"].as_array().into_iter().flatten();
    let places = choices
        .chain([state])
        .flat_map(|place| [&place["Next"], &place["Default"]]);
    places.filter_map(Value::as_str).collect()
}

/// The states that can be reached without these.
fn reached<'a>(machine: &'a Value, without: &[&str]) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut ahead: Vec<_> = machine["StartAt"].as_str().into_iter().collect();
    while let Some(name) = ahead.pop() {
        if !without.contains(&name) && found.insert(name) {
            ahead.extend(next(&machine["States"][name]));
        }
    }
    found
}

fn states_are_connected(definition: &Value) -> Broken {
    let mut broken = Vec::new();
    for machine in machines(definition) {
        let there: BTreeSet<_> = states(machine).keys().map(String::as_str).collect();
        let reached = reached(machine, &[]);
        if there != reached {
            broken.push(format!("there are {there:?}, and {reached:?} can be reached"));
        }
    }
    broken
}

fn tasks_are_repeated(definition: &Value) -> Broken {
    let mut broken = Vec::new();
    let all = machines(definition).into_iter().flat_map(states);
    for (name, task) in all.filter(|(_, state)| state["Type"] == "Task") {
        let retriers: Vec<_> = task["Retry"].as_array().into_iter().flatten().collect();
        let of = |error: &str| retriers.iter().position(|one| one["ErrorEquals"][0] == error);
        if of("States.ALL").is_none_or(|at| at + 1 != retriers.len()) {
            broken.push(format!("{name} must be repeated after every error"));
        }
        let final_errors = retriers.first().filter(|one| one["MaxAttempts"] == 0);
        let is_invocation = task["Resource"] == INVOKE;
        let names_ours = final_errors.is_some_and(|one| one["ErrorEquals"] == json!(["Backfill.Unusable"]));
        if final_errors.is_none() || names_ours != is_invocation {
            broken.push(format!("{name} must not be repeated after an error that stays"));
        }
        if is_invocation && task["TimeoutSeconds"].as_u64().is_none_or(|limit| limit <= 900) {
            broken.push(format!("{name} must wait longer than the function may run"));
        }
        for retrier in retriers.iter().skip(1) {
            let grows = retrier["BackoffRate"].as_f64().is_some_and(|rate| rate > 1.0);
            if !grows || retrier["JitterStrategy"] != "FULL" || !retrier["MaxDelaySeconds"].is_u64() {
                broken.push(format!(
                    "{name}: the pauses must grow, end, and be drawn by chance"
                ));
            }
        }
    }
    broken
}

fn failures_are_not_caught(definition: &Value) -> Broken {
    let all = machines(definition).into_iter().flat_map(states);
    all.filter(|(_, state)| !state["Catch"].is_null())
        .map(|(name, _)| {
            format!("{name} must not catch an error: the marker would come although rows are missing")
        })
        .collect()
}

fn segments_are_distributed(definition: &Value) -> Broken {
    let map = &definition["States"]["Segments"];
    let processor = &map["ItemProcessor"]["ProcessorConfig"];
    let mut broken = Vec::new();
    if *processor != json!({ "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" }) {
        broken.push("Segments must start standard executions".to_owned());
    }
    if map["ToleratedFailureCount"] != 0 || !map["ToleratedFailurePercentage"].is_null() {
        broken.push("Segments must tolerate no failure".to_owned());
    }
    let request = definition["States"]["Request"]["Output"]
        .as_str()
        .unwrap_or_default();
    if map["MaxConcurrencyPath"] != "$.concurrency" || !request.contains("'concurrency': 8") {
        broken.push("Segments must obey MaxConcurrency".to_owned());
    }
    // The outputs of all segments come together in one state.
    if map["ItemProcessor"]["States"]["Done"]["OutputPath"] != Value::Null || map["ResultPath"] != Value::Null
    {
        broken.push("a segment must return nothing".to_owned());
    }
    broken
}

fn segments_end_when_done(definition: &Value) -> Broken {
    let processor = &definition["States"]["Segments"]["ItemProcessor"];
    let choice = &processor["States"]["IsDone"];
    let done = json!([{ "Variable": "$.done", "BooleanEquals": true, "Next": "Done" }]);
    let ends =
        |state: &Value| state["End"] == true || ["Succeed", "Fail"].iter().any(|kind| state["Type"] == *kind);
    let last: Vec<_> = states(processor)
        .iter()
        .filter(|(_, state)| ends(state))
        .collect();
    let only_done = last.len() == 1 && last[0].0 == "Done";
    if choice["Choices"] != done || choice["Default"] != "Segment" || !only_done {
        return vec!["a segment must be invoked again until it is done".to_owned()];
    }
    if reached(processor, &["IsDone"]).contains("Done") {
        return vec!["a segment must not end without being asked whether it is done".to_owned()];
    }
    Broken::new()
}

fn the_marker_ends_the_run(definition: &Value) -> Broken {
    let mut broken = Vec::new();
    let finish = &definition["States"]["Finish"];
    if finish["Parameters"]["Payload"]["step"] != "finish" || finish["End"] != true {
        broken.push("Finish must send the marker, and be the end".to_owned());
    }
    for before in ["Plan", "Segments"] {
        if reached(definition, &[before]).contains("Finish") {
            broken.push(format!("Finish must not be reached without {before}"));
        }
    }
    for (name, state) in states(definition) {
        let ends = state["End"] == true || state["Type"] == "Succeed";
        if ends && name != "Finish" {
            broken.push(format!("{name} must not end the run without the marker"));
        }
    }
    broken
}

#[test]
fn the_rules_for_the_machine_hold() -> Result<()> {
    let broken = broken(RULES, &definition()?);
    ensure!(broken.is_empty(), "\n{}", broken.join("\n"));
    Ok(())
}

#[test]
fn every_rule_for_the_machine_fails_when_it_is_broken() -> Result<()> {
    let segment = "/States/Segments/ItemProcessor/States";
    let export = "/States/Exports/ItemProcessor/States";
    let breaks: &[(usize, String, Value)] = &[
        (0, "/States/Plan/Next".into(), json!("Nowhere")),
        (0, "/States/Source/Choices/0/Next".into(), json!("Request")),
        (
            0,
            format!("{export}/IsExported/Choices/1/Next"),
            json!("Exported"),
        ),
        (1, "/States/Plan/Retry".into(), Value::Null),
        (
            1,
            "/States/Finish/Retry/2/ErrorEquals".into(),
            json!(["States.Timeout"]),
        ),
        (1, format!("{segment}/Segment/Retry/0"), json!({})),
        (
            1,
            format!("{segment}/Segment/Retry/1/JitterStrategy"),
            json!("NONE"),
        ),
        (1, format!("{segment}/Segment/Retry/2/BackoffRate"), json!(1)),
        (1, format!("{segment}/Segment/TimeoutSeconds"), json!(900)),
        (
            1,
            format!("{export}/DescribeExport/Retry/0/MaxAttempts"),
            json!(3),
        ),
        (
            2,
            "/States/Segments/Catch".into(),
            json!([{ "ErrorEquals": ["States.ALL"], "Next": "Finish" }]),
        ),
        (
            3,
            "/States/Segments/ItemProcessor/ProcessorConfig".into(),
            json!({ "Mode": "INLINE" }),
        ),
        (3, "/States/Segments/ToleratedFailureCount".into(), json!(1)),
        (3, "/States/Segments/ToleratedFailurePercentage".into(), json!(5)),
        (3, "/States/Segments/MaxConcurrencyPath".into(), Value::Null),
        (3, "/States/Segments/ResultPath".into(), json!("$.segments")),
        (4, format!("{segment}/IsDone/Default"), json!("Done")),
        (
            4,
            format!("{segment}/IsDone/Choices/0/BooleanEquals"),
            json!(false),
        ),
        (4, format!("{segment}/Segment/Next"), json!("Done")),
        (5, "/States/Plan/Next".into(), json!("Finish")),
        (5, "/States/Segments/End".into(), json!(true)),
        (5, "/States/Finish/Parameters/Payload/step".into(), json!("plan")),
    ];
    let shown: BTreeSet<_> = breaks.iter().map(|(rule, ..)| *rule).collect();
    ensure!(shown.len() == RULES.len(), "every rule is broken once");
    let whole = definition()?;
    for (rule, pointer, value) in breaks {
        let mut changed = whole.clone();
        let (place, name) = pointer.rsplit_once('/').unwrap_or_default();
        match changed.pointer_mut(place) {
            Some(Value::Array(items)) => items[name.parse::<usize>()?] = value.clone(),
            Some(place) => place[name] = value.clone(),
            None => anyhow::bail!("{pointer} does not exist, so it cannot be broken"),
        }
        let (name, rule) = RULES[*rule];
        ensure!(
            !rule(&changed).is_empty(),
            "«{name}» holds although {pointer} breaks it"
        );
    }
    Ok(())
}

/// The variables that the function and what it is made of read, each as a text of their code.
fn variables_read() -> Result<String> {
    let mut code = String::new();
    for folder in ["shared/aws/src", "shared/backfill/src/function"] {
        for file in fs::read_dir(root().join(folder))? {
            code.push_str(&fs::read_to_string(file?.path())?);
        }
    }
    Ok(code)
}

/// What is wrong with the stack, but for the machine.
fn faults_of_the_stack(stack: &Value) -> Result<Broken> {
    let resources = &stack["Resources"];
    let mut broken = Broken::new();
    let function = &resources["Function"]["Properties"];
    let code = variables_read()?;
    let variables = function["Environment"]["Variables"]
        .as_object()
        .into_iter()
        .flatten();
    for (name, _) in variables.filter(|(name, _)| !code.contains(&format!("\"{name}\""))) {
        broken.push(format!("the function does not read {name}"));
    }
    for (name, place) in [
        ("DETAIL", "Detail"),
        ("EVENT_SOURCE", "EventSource"),
        ("SUBJECT_KEYS", "SubjectKeys"),
    ] {
        if function["Environment"]["Variables"][name] != json!({ "Ref": place }) {
            broken.push(format!("{name} must be {place}"));
        }
    }
    if function["Timeout"] != 900 || function["ReservedConcurrentExecutions"] != Value::Null {
        broken.push("the function must have the longest timeout, and MaxConcurrency limits it".to_owned());
    }
    let bucket = &resources["Bucket"]["Properties"];
    let key = json!({ "Fn::GetAtt": ["Key", "Arn"] });
    let encryption = &bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
    if encryption["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] != key {
        broken.push("the bucket must have the stack's key".to_owned());
    }
    let rule = &bucket["LifecycleConfiguration"]["Rules"][0];
    if rule["ExpirationInDays"] != json!({ "Ref": "RetentionDays" }) || rule["Status"] != "Enabled" {
        broken.push("the bucket must forget: an export holds rows in clear".to_owned());
    }
    if bucket["LoggingConfiguration"]["DestinationBucketName"] != json!({ "Ref": "AccessLogBucket" }) {
        broken.push("who reads rows in clear must be logged".to_owned());
    }
    // The live queue keeps its messages for seven days.
    let limit = resources["Machine"]["Properties"]["Definition"]["TimeoutSeconds"].as_u64();
    let kept = template::load(&root().join("infra/subscriber.yaml"))?["Resources"]["Queue"]["Properties"]
        ["MessageRetentionPeriod"]
        .as_u64();
    if limit.is_none() || limit >= kept {
        broken.push("a run must end before the live queue loses changes".to_owned());
    }
    let logging = &resources["Machine"]["Properties"]["LoggingConfiguration"];
    if logging["IncludeExecutionData"] != false || logging["Level"] != "ERROR" {
        broken.push("the log of the machine must hold no data".to_owned());
    }
    let runbook = fs::read_to_string(root().join("docs/runbook.md"))?;
    let alarm = resources["FailedAlarm"]["Properties"]["AlarmName"]["Fn::Sub"].as_str();
    let entry = alarm.unwrap_or_default().replace("${Stage}", "<stage>");
    if !runbook.contains(&format!("| `{entry}` |")) {
        broken.push("the alarm needs an entry in the runbook".to_owned());
    }
    Ok(broken)
}

#[test]
fn the_stack_is_safe_and_each_weakening_is_noticed() -> Result<()> {
    let whole = template::load(&root().join(TEMPLATE))?;
    let broken = faults_of_the_stack(&whole)?;
    ensure!(broken.is_empty(), "\n{}", broken.join("\n"));
    let bucket = "/Resources/Bucket/Properties";
    let variables = "/Resources/Function/Properties/Environment/Variables";
    for (pointer, value) in [
        (format!("{variables}/BACKFILL_BUCKET"), Value::Null),
        (format!("{variables}/DETAIL"), json!("fat")),
        ("/Resources/Function/Properties/Timeout".into(), json!(60)),
        (format!("{bucket}/BucketEncryption"), Value::Null),
        (
            format!("{bucket}/LifecycleConfiguration/Rules/0/Status"),
            json!("Disabled"),
        ),
        (format!("{bucket}/LoggingConfiguration"), Value::Null),
        (
            "/Resources/Machine/Properties/Definition/TimeoutSeconds".into(),
            json!(604_800),
        ),
        (
            "/Resources/Machine/Properties/LoggingConfiguration/IncludeExecutionData".into(),
            json!(true),
        ),
        (
            "/Resources/FailedAlarm/Properties/AlarmName".into(),
            json!("another"),
        ),
    ] {
        let mut changed = whole.clone();
        let place = changed.pointer_mut(&pointer);
        ensure!(
            place.is_some(),
            "{pointer} does not exist, so it cannot be broken"
        );
        place.into_iter().for_each(|place| *place = value.clone());
        if pointer.ends_with("BACKFILL_BUCKET") {
            changed["Resources"]["Function"]["Properties"]["Environment"]["Variables"]["BUCKET_OF_RUNS"] =
                json!("x");
        }
        ensure!(
            !faults_of_the_stack(&changed)?.is_empty(),
            "{pointer} is not noticed"
        );
    }
    Ok(())
}

/// The faults that asl-validator finds.
fn faults(definition: &Value) -> Result<Vec<String>> {
    let scripts = node::scripts("machine", &[SCRIPT])?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("definition.json");
    fs::write(&file, definition.to_string())?;
    let output = Command::new("node")
        .arg(scripts.join(SCRIPT))
        .arg(&file)
        .output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// cfn-lint does not see a state that does not exist within a map.
#[test]
fn asl_validator_finds_no_fault_and_finds_what_is_broken_on_purpose() -> Result<()> {
    let whole = definition()?;
    let found = faults(&whole)?;
    ensure!(found.is_empty(), "{found:#?}");
    for (pointer, value) in [
        (
            "/States/Segments/ItemProcessor/States/Segment/Next",
            json!("Nowhere"),
        ),
        ("/States/Request/Output", json!("{% $merge([ %}")),
        ("/States/Plan/ResultPath", json!("$.[")),
        ("/States/Source/Choices/0/IsPresent", json!("yes")),
    ] {
        let (changed, existed) = support::replaced(&whole, pointer, &value).unwrap_or_default();
        ensure!(existed, "{pointer} does not exist, so it cannot be broken");
        ensure!(
            !faults(&changed)?.is_empty(),
            "asl-validator does not find {pointer}"
        );
    }
    Ok(())
}

/// The engine of these tests.
fn project() -> &'static Project {
    static STARTED: LazyLock<Project> = LazyLock::new(|| Project::new().unwrap());
    &STARTED
}

/// The template with the stand-in for the function, and with short pauses.
fn with_stand_in() -> Result<Value> {
    let mut template = template::load(&root().join(TEMPLATE))?;
    let resources = &mut template["Resources"];
    without(resources, "MappingLayer");
    let function = &mut resources["Function"];
    without(function, "Metadata");
    let properties = &mut function["Properties"];
    without(properties, "CodeUri");
    without(properties, "Layers");
    properties["Runtime"] = json!("python3.13");
    properties["Handler"] = json!("index.handler");
    properties["InlineCode"] = fs::read_to_string(root().join("tests/deploy/stand_in.py"))?.into();
    let mut text = template.to_string();
    for (long, short) in [
        ("\"Seconds\":60", "\"Seconds\":1"),
        (
            "\"IntervalSeconds\":10,\"MaxAttempts\":6",
            "\"IntervalSeconds\":1,\"MaxAttempts\":1",
        ),
    ] {
        ensure!(text.contains(long), "{long} is not in the definition");
        text = text.replace(long, short);
    }
    Ok(serde_json::from_str(&text)?)
}

fn without(object: &mut Value, member: &str) {
    if let Some(members) = object.as_object_mut() {
        members.remove(member);
    }
}

/// Runs the machine with this input. Returns its end and the calls of the function.
fn run(project: &Project, outputs: &Value, input: &Value) -> Result<(Value, Vec<Value>)> {
    let text = |name: &str| outputs[name].as_str().unwrap_or_default().to_owned();
    let bucket = text("BucketName");
    let mut ended = project.ask(&["execute", &text("StateMachineArn"), &bucket, &input.to_string()])?;
    let calls = serde_json::from_value(ended["calls"].take())?;
    Ok((ended, calls))
}

fn steps(calls: &[Value], step: &str) -> usize {
    calls.iter().filter(|call| call["step"] == step).count()
}

#[test]
fn the_machine_runs_every_segment_to_its_end_and_only_then_the_marker() -> Result<()> {
    let project = project();
    project.write(Path::new("backfill.yaml"), &with_stand_in()?)?;
    project.ask(&["table", "users"])?;
    let table = "arn:aws:dynamodb:us-east-1:000000000000:table/users";
    let single = format!("SingleTableArn={table}");
    let queue = "https://sqs.us-east-1.amazonaws.com/000000000000/crm-snapshot.fifo";
    let created = project.ask(&[
        "create",
        "backfill",
        "backfill.yaml",
        "Stage=local",
        "Alarms=off",
        "Architecture=x86_64",
        "MaxConcurrency=2",
        "SealKeyArn=arn:aws:kms:us-east-1:000000000000:key/0",
        "SnapshotQueueArns=arn:aws:sqs:us-east-1:000000000000:crm-snapshot.fifo",
        "SnapshotKeyArns=arn:aws:kms:us-east-1:000000000000:key/1",
        &single,
    ])?;
    ensure!(created == "CREATE_COMPLETE", "{created}");
    let outputs = project.ask(&["outputs", "backfill"])?;

    let input = json!({ "run": "scan-1", "queueUrl": queue, "categories": ["account"], "segments": 3 });
    let (ended, calls) = run(project, &outputs, &input)?;
    ensure!(ended["status"] == "SUCCEEDED", "{ended}");
    ensure!(
        ended["output"] == json!({ "run": "scan-1", "done": true }),
        "{ended}"
    );
    let mut asked = input.clone();
    asked["step"] = json!("plan");
    asked["concurrency"] = json!(2);
    ensure!(calls[0] == asked, "{}", calls[0]);
    ensure!(
        steps(&calls, "plan") == 1 && steps(&calls, "segment") == 6,
        "{calls:?}"
    );
    // The answer of an invocation is what the next one is given.
    let again = calls
        .iter()
        .filter(|call| call["rows"] == 10 && call["done"] == false);
    ensure!(again.count() == 3, "{calls:?}");
    let last = calls.last().cloned().unwrap_or_default();
    ensure!(last == json!({ "step": "finish", "run": "scan-1" }), "{last}");
    ensure!(steps(&calls, "finish") == 1, "{calls:?}");

    let input = json!({ "run": "flaky-1", "queueUrl": queue, "segments": 2 });
    let (ended, calls) = run(project, &outputs, &input)?;
    ensure!(
        ended["status"] == "SUCCEEDED" && steps(&calls, "segment") == 5,
        "{ended} {calls:?}"
    );

    let input = json!({ "run": "broken-1", "queueUrl": queue, "segments": 2 });
    let (ended, calls) = run(project, &outputs, &input)?;
    ensure!(ended["status"] == "FAILED", "{ended}");
    let failed = calls.iter().filter(|call| call["segment"] == 1).count();
    ensure!(failed == 2, "{calls:?}");
    ensure!(steps(&calls, "finish") == 0, "the marker came: {calls:?}");

    let input = json!({ "run": "export-1", "queueUrl": queue, "exportTables": [table], "subscribedAt": "2026-03-02T09:00:00Z" });
    let (ended, calls) = run(project, &outputs, &input)?;
    ensure!(ended["status"] == "SUCCEEDED", "{ended}");
    let folder = calls[0]["exports"]["users"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let bucket = outputs["BucketName"].as_str().unwrap_or_default();
    let begins = format!("s3://{bucket}/");
    ensure!(
        folder.starts_with(&begins) && folder.contains("AWSDynamoDB/") && folder.ends_with('/'),
        "{folder}"
    );
    ensure!(
        calls[0]["exportTables"].is_null() && calls[0]["exported"].is_null(),
        "{}",
        calls[0]
    );
    ensure!(steps(&calls, "finish") == 1, "{calls:?}");

    // An export that was made before.
    let input = json!({ "run": "export-2", "queueUrl": queue, "exports": { "users": folder }, "subscribedAt": "2026-03-02T09:00:00Z" });
    let (ended, calls) = run(project, &outputs, &input)?;
    ensure!(
        ended["status"] == "SUCCEEDED" && calls[0]["exports"] == input["exports"],
        "{ended} {calls:?}"
    );
    Ok(())
}

/// The template with the function itself.
fn with_function() -> Result<Value> {
    let project = project();
    let built = function(&Workspace::find()?, "backfill", Profile::Dev, &Console::stderr())?;
    let folder = project.folder.path().join("functions/backfill");
    fs::create_dir_all(&folder)?;
    fs::copy(built.binary, folder.join("bootstrap"))?;
    project.ask(&["zip", "functions/backfill"])?;
    project.ask(&["upload", "packages", "backfill.zip", "functions/backfill.zip"])?;
    let mut template = with_stand_in()?;
    let own = template::load(&root().join(TEMPLATE))?;
    let properties = &mut template["Resources"]["Function"]["Properties"];
    without(properties, "InlineCode");
    for name in ["Runtime", "Handler"] {
        properties[name] = own["Resources"]["Function"]["Properties"][name].clone();
    }
    properties["CodeUri"] = json!({ "Bucket": "packages", "Key": "backfill.zip" });
    Ok(template)
}

#[test]
fn the_function_itself_sends_a_table_and_its_export_through_the_machine() -> Result<()> {
    let project = project();
    project.write(Path::new("function.yaml"), &with_function()?)?;
    ensure!(project.ask(&["users", "people", "40"])? == 40);
    // Another test has the queues of `crm` on this engine.
    let late = project.ask(&["late", "people-snapshot.fifo"])?;
    let text = |name: &str| late[name].as_str().unwrap_or_default();
    let created = project.ask(&[
        "create",
        "function",
        "function.yaml",
        "Stage=real",
        "Alarms=off",
        "Architecture=x86_64",
        &format!("SealKeyArn={}", text("keyArn")),
        "SnapshotQueueArns=arn:aws:sqs:us-east-1:000000000000:people-snapshot.fifo",
        "SnapshotKeyArns=arn:aws:kms:us-east-1:000000000000:key/1",
        "AccountsTableArn=arn:aws:dynamodb:us-east-1:000000000000:table/people",
    ])?;
    ensure!(created == "CREATE_COMPLETE", "{created}");
    let outputs = project.ask(&["outputs", "function"])?;
    let sent = json!({ "UserAccountSnapshotEventV1": 40, "SnapshotCompletedEventV1": 1 });

    let input = json!({ "run": "scan", "queueUrl": text("queueUrl"), "segments": 3 });
    let (ended, _) = run(project, &outputs, &input)?;
    ensure!(
        ended["status"] == "SUCCEEDED" && ended["output"]["events"] == 40,
        "{ended}"
    );
    let received = project.ask(&["received", text("queueUrl")])?;
    ensure!(received == sent, "{received}");

    let bucket = outputs["BucketName"].as_str().unwrap_or_default();
    let folder = project.ask(&["export", "people", bucket])?;
    let export = |run: &str, subscribed: &str| json!({ "run": run, "queueUrl": text("queueUrl"), "exports": { "people": folder }, "subscribedAt": subscribed });
    let (ended, _) = run(project, &outputs, &export("export", "2026-03-02T09:00:00Z"))?;
    ensure!(
        ended["status"] == "SUCCEEDED" && ended["output"]["events"] == 40,
        "{ended}"
    );
    let received = project.ask(&["received", text("queueUrl")])?;
    ensure!(received == sent, "{received}");

    // Taken before the live queue was subscribed. Nobody repeats it, and no marker comes.
    let (ended, _) = run(project, &outputs, &export("too-early", "2026-03-02T11:00:00Z"))?;
    ensure!(
        ended["status"] == "FAILED" && ended["error"] == "Backfill.Unusable",
        "{ended}"
    );
    let received = project.ask(&["received", text("queueUrl")])?;
    ensure!(received == json!({}), "{received}");
    Ok(())
}

/// The template of the example, with its code and its nested template where the engine finds them.
fn subscriber(project: &Project) -> Result<Value> {
    let mut template = template::load(&root().join("examples/python/template.yaml"))?;
    let nested = root().join("infra/subscriber.yaml");
    let url = project.ask(&["upload", "packages", "subscriber.yaml", &nested.to_string_lossy()])?;
    template["Resources"]["Subscriber"]["Properties"]["Location"] = url;
    // The nested stack has alarms on metric math, which the engine refuses.
    template["Resources"]["Subscriber"]["Properties"]["Parameters"]["Alarms"] = json!("off");
    let function = &mut template["Resources"]["Function"];
    function.as_object_mut().map(|members| members.remove("Metadata"));
    let properties = &mut function["Properties"];
    properties
        .as_object_mut()
        .map(|members| members.remove("CodeUri"));
    properties["InlineCode"] =
        json!("def handler(event, context):\n    return {\"batchItemFailures\": []}\n");
    properties["Handler"] = json!("index.handler");
    Ok(template)
}

#[test]
fn a_late_subscriber_collects_live_events_until_the_command_switches_it_on() -> Result<()> {
    let project = project();
    project.write(Path::new("subscriber.yaml"), &subscriber(project)?)?;
    let topic = project.ask(&["topic", "users-account.fifo"])?;
    let topic = format!("TopicArn={}", topic.as_str().unwrap_or_default());
    let roles = "BackfillRoleArns=arn:aws:iam::000000000000:role/backfill";
    let fixed = ["Name=crm", "Stage=", "Category=", "Classes=", &topic, roles];
    let deploy = |more: &[&str]| {
        let question = ["create", "crm", "subscriber.yaml"];
        project.ask(&[&question[..], &fixed, more].concat())
    };
    ensure!(deploy(&["Snapshot=on", "Live=off"])? == "CREATE_COMPLETE");
    let queues = project.ask(&["queues", "crm"])?;
    ensure!(queues == json!(["crm-snapshot.fifo", "crm.fifo"]), "{queues}");
    let outputs = project.ask(&["outputs", "crm"])?;
    for (name, ends) in [
        ("SnapshotQueueUrl", "/crm-snapshot.fifo"),
        ("SnapshotQueueArn", ":crm-snapshot.fifo"),
        ("QueueUrl", "/crm.fifo"),
        ("QueueArn", ":crm.fifo"),
        ("DeadLetterQueueUrl", "/crm-dlq.fifo"),
        ("InboxTableName", "crm-inbox"),
        ("ConsumerName", "crm"),
        ("TopicArn", ":users-account.fifo"),
    ] {
        let output = outputs[name].as_str().unwrap_or_default();
        ensure!(output.ends_with(ends), "{name}: {output}");
    }
    let variable = project.ask(&["setting", "crm", "SNAPSHOT_QUEUE_URL"])?;
    ensure!(variable == outputs["SnapshotQueueUrl"], "{variable}");

    let (live, snapshot) = (
        outputs["QueueUrl"].as_str().unwrap_or_default(),
        outputs["SnapshotQueueUrl"].as_str().unwrap_or_default(),
    );
    project.ask(&["send", live])?;
    project.ask(&["send", snapshot])?;
    ensure!(
        project.ask(&["left", snapshot, "30"])? == 0,
        "the snapshot is read"
    );
    ensure!(project.ask(&["left", live, "2"])? == 1, "the live queue is read");
    ensure!(project.ask(&["change", "crm", "Live", "on"])? == "UPDATE_COMPLETE");
    ensure!(
        project.ask(&["left", live, "30"])? == 0,
        "the live queue is not read"
    );
    Ok(())
}
