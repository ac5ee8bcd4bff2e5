//! The handler with `MAPPING_FILE`: it publishes the writes of a framework, and neither its log, its metrics nor the reason
//! of a parked record shows what no rule names.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use tracing_subscriber::layer::SubscriberExt;
use user_events_aws::{Config, DataKeys, Limits, Publisher, Report};
use user_events_catalog::CATEGORIES;
use user_events_testkit::{FixedKeys, MemoryParking, Record, ScriptedTopics};

use super::canaries::has_canary;
use super::presets::{Case, Preset};
use crate::support::root;

/// What an invocation left behind.
struct Invoked {
    topics: ScriptedTopics,
    parked: Vec<Value>,
    report: Report,
    log: String,
}

/// A log that is kept.
#[derive(Debug, Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Invokes a function that has the preset as its mapping.
async fn invoke(preset: &Preset, records: &[Record]) -> Invoked {
    let variable = |name: &str| match name {
        "MAPPING_FILE" => Some(
            root()
                .join(format!("mappings/{}.yaml", preset.name))
                .display()
                .to_string(),
        ),
        name => (name.contains("ARN") || name.contains("URL")).then(|| format!("a {name}")),
    };
    let config = Config::read_mapped(CATEGORIES, variable).unwrap_or_else(|error| panic!("{error}"));
    let (topics, parking, keys) = <(ScriptedTopics, MemoryParking, FixedKeys)>::default();
    let data_keys = DataKeys::new(keys, config.key_limits);
    let publisher = Publisher::new(CATEGORIES, config, topics.clone(), parking.clone(), data_keys);

    let written = Written::default();
    let writer = written.clone();
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .with_writer(move || writer.clone());
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(lines));
    let raw: Vec<_> = records.iter().map(Record::raw).collect();
    let raw: Vec<_> = raw.iter().map(AsRef::as_ref).collect();
    let limits = Limits::new(
        Instant::now() + Duration::from_secs(60),
        Duration::from_millis(1_500),
    );
    let (response, report) = publisher.handle(&raw, limits).await.unwrap();
    drop(guard);

    assert_eq!(response.first_unsettled(), None);
    let log = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let parked = parking.messages();
    Invoked {
        topics,
        parked: parked
            .iter()
            .map(|message| serde_json::from_str(message).unwrap())
            .collect(),
        report,
        log,
    }
}

fn records(preset: &Preset, cases: &[Case]) -> Vec<Record> {
    let records = cases
        .iter()
        .map(|case| Record::from_json(case.record(&preset.mapping)));
    (0..)
        .zip(records)
        .map(|(place, record)| record.at(place))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_handler_publishes_the_events_of_every_write() {
    for preset in Preset::all() {
        let invoked = invoke(&preset, &records(&preset, &preset.cases)).await;
        assert_eq!(invoked.parked, Vec::<Value>::new(), "{}", preset.name);
        let mut published: Vec<_> = invoked
            .topics
            .accepted()
            .iter()
            .map(|event| event.attribute("eventType").unwrap().to_owned())
            .collect();
        let expected = preset.cases.iter().flat_map(|case| &case.events);
        let mut expected: Vec<_> = expected.map(|event| event.r#type.clone()).collect();
        published.sort();
        expected.sort();
        assert_eq!(published, expected, "{}", preset.name);
        assert!(
            invoked.report.skipped > 0 || preset.name == "better-auth",
            "{}",
            preset.name
        );
    }
}

#[tokio::test(start_paused = true)]
async fn neither_log_nor_metrics_nor_reason_shows_what_no_rule_names() {
    for preset in Preset::all() {
        let broken: Vec<_> = preset
            .cases
            .iter()
            .filter(|case| case.new.is_some() && !case.events.is_empty())
            .map(|case| {
                let mut case = case.clone();
                for (name, value) in case.new.iter_mut().flatten() {
                    // These decide which rule matches.
                    let selects =
                        ["type", "__typename", "entity_type", "providerId"].contains(&name.as_str());
                    if !selects && !is_key(&preset, name) {
                        *value = json!({ "L": [{ "S": "canary-misfit" }] });
                    }
                }
                case
            })
            .collect();
        let invoked = invoke(&preset, &records(&preset, &broken)).await;
        assert!(!invoked.parked.is_empty(), "{}", preset.name);
        for message in &invoked.parked {
            assert!(
                has_canary(&message["record"].to_string()) && message["kept"] == "known",
                "what the rules name is parked"
            );
            let others = [&message["reason"], &message["source"]].map(Value::to_string);
            assert!(!others.iter().any(|text| has_canary(text)), "{others:?}");
        }
        assert!(invoked.log.contains("a record was parked"), "{}", invoked.log);
        assert!(!has_canary(&invoked.log), "{}", invoked.log);
        let metrics = invoked.report.to_metrics("single-table", 0);
        assert!(!has_canary(&metrics), "{metrics}");
    }
}

/// Whether a key of one of the preset's tables has this name.
fn is_key(preset: &Preset, name: &str) -> bool {
    let mut tables = preset.mapping.tables();
    tables.any(|table| table.partition_key() == name || table.sort_key() == Some(name))
}
