//! `user-events open` answers every test vector as the readers in the packages do.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use user_events::names::registrations;
use user_events::open::{Options, run};
use user_events_local::console::Console;
use user_events_local::interrupt::Interrupt;
use user_events_testkit::{Reading, Stub};
use user_events_tests::support::root;

use crate::written::Written;

/// The answer of the command, in the members of a vector.
async fn answer(stub: &Stub, vector: &Value) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("message.json");
    let body = match vector["body"].as_str() {
        Some(body) => body.to_owned(),
        None => vector["envelope"].to_string(),
    };
    std::fs::write(&file, json!({ "MessageId": "m-1", "Body": body }).to_string())?;
    let endpoint = format!("http://{}", stub.address());
    let seal_key = vector["sealKeyArn"].as_str().context("no seal key")?;
    let mut arguments = vec![
        file.to_str().context("no path")?,
        "--json",
        "--endpoint",
        &endpoint,
        "--seal-key",
        seal_key,
    ];
    if vector.get("subjectKeys").is_some() {
        arguments.extend(["--subject-keys-table", "subject-keys"]);
    }
    let (out, progress) = (Written::default(), Written::default());
    run(
        &Options::read(arguments)?,
        &Console::writing_to(out.clone()),
        &Console::writing_to(progress.clone()),
        &Interrupt::new(),
    )
    .await?;
    if progress.text().contains("not an event") {
        return Ok(json!({ "refused": "not-an-event" }));
    }
    let line: Value = serde_json::from_str(&out.text())?;
    let class = vector["class"].as_str().context("no class")?;
    if let Some(content) = line["opened"].get(class) {
        return Ok(json!({ "opened": content }));
    }
    let refused = &line["notOpened"][class];
    Ok(match refused["status"].as_str() {
        None => json!({ "absent": true }),
        Some("refused") => json!({ "refused": refused["code"] }),
        Some(status @ ("erased" | "notGranted")) => json!({ status: true }),
        Some("failed") => json!({ "failed": refused["code"] }),
        Some(status) => json!({ "status": status }),
    })
}

fn is_of_the_catalog(vector: &Value) -> bool {
    let class = vector["class"].as_str().unwrap_or_default();
    registrations().any(|(_, registration)| registration.classes().contains(&class))
}

/// What the command must answer.
fn expected(vector: &Value) -> Value {
    if vector["refused"] == "not-an-event" {
        return json!({ "refused": "not-an-event" });
    }
    // The command opens only classes of the catalog.
    if !is_of_the_catalog(vector) {
        return json!({ "status": "sealed" });
    }
    for kind in ["opened", "refused", "erased", "notGranted", "absent"] {
        if let Some(answer) = vector.get(kind) {
            return json!({ kind: answer });
        }
    }
    json!({ "failed": vector["retry"] })
}

fn rows(vector: &Value) -> Reading {
    let rows = vector["subjectKeys"].as_object().into_iter().flatten();
    Reading {
        data_key: vector["key"].as_str().unwrap_or_default().to_owned(),
        subject_keys: rows.map(|(name, row)| (name.clone(), row.clone())).collect(),
        denies: vector.get("denied").is_some(),
        decrypts: 0,
    }
}

#[test]
fn the_command_answers_every_vector_as_it_says() -> Result<()> {
    let stub = Stub::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let text = std::fs::read_to_string(root().join("tests/vectors/opening.json"))?;
    let vectors: Vec<Value> = serde_json::from_str(&text)?;
    let mut wrong = Vec::new();
    for vector in &vectors {
        stub.answer_readers(rows(vector));
        let name = vector["name"].as_str().context("no name")?;
        let answer = runtime
            .block_on(answer(&stub, vector))
            .with_context(|| name.to_owned())?;
        let expected = expected(vector);
        if answer != expected {
            wrong.push(format!("{name}: {answer} instead of {expected}"));
        }
        let asks = ["does-not-open", "content"]
            .iter()
            .any(|reason| vector["refused"] == *reason);
        // The command opens every class of the catalog, so the event's own `contact` beside a made-up class, too.
        let asks = asks || !is_of_the_catalog(vector);
        if vector.get("refused").is_some() && !asks && stub.reading().decrypts > 0 {
            wrong.push(format!("{name}: KMS was asked"));
        }
    }
    assert!(vectors.len() > 200);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
