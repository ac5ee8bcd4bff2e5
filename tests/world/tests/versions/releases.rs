//! Releases: they are frozen once and never edited, and every later change is compared with them.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Value, json};
use tempfile::TempDir;
use user_events::schemas::render;
use user_events_local::workspace::Workspace;
use xtask::schemas::released::{Finding, Released, Schemas, Wrong};
use xtask::schemas::{Version, releases};

const TODAY: &str = "2026-12-01";
const CONSENT: &str = "profile/UserConsentChangedEventV1.json";

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn folder() -> (TempDir, Released) {
    let folder = tempfile::tempdir().unwrap();
    let released = Released::in_folder(folder.path());
    (folder, released)
}

/// The schemas of the catalog, with one of them changed.
fn with(path: &str, change: impl Fn(&mut Value)) -> Schemas {
    let mut schemas = render().unwrap();
    let text = schemas.get_mut(&PathBuf::from(path)).unwrap();
    let mut schema = serde_json::from_str(text).unwrap();
    change(&mut schema);
    *text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
    schemas
}

fn without(path: &str) -> Schemas {
    let mut schemas = render().unwrap();
    schemas.remove(&PathBuf::from(path)).unwrap();
    schemas
}

fn texts(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(Finding::to_string).collect()
}

#[test]
fn the_schemas_serve_the_readers_of_every_release() {
    let released = releases(&Workspace::find().unwrap());
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let findings = released.findings(&render().unwrap(), &today).unwrap();
    assert!(findings.is_empty(), "\n{}", texts(&findings).join("\n"));
}

#[test]
fn no_released_schema_was_edited() {
    let edited = releases(&Workspace::find().unwrap()).edited().unwrap();
    assert!(edited.is_empty(), "restore them from git: {edited:?}");
}

#[test]
fn a_release_holds_every_schema_as_it_was() -> Result<()> {
    let (folder, released) = folder();
    released.freeze(version("1.0.0"), &render()?, TODAY)?;
    assert_eq!(released.versions()?, [version("1.0.0")]);
    assert_eq!(released.schemas(version("1.0.0"))?, render()?);
    let digests = fs::read_to_string(folder.path().join("SHA256SUMS"))?;
    assert_eq!(digests.lines().count(), render()?.len());
    let checked = std::process::Command::new("sha256sum")
        .args(["--check", "--status", "SHA256SUMS"])
        .current_dir(folder.path())
        .status()?;
    assert!(checked.success(), "another program says the same of the digests");
    Ok(())
}

#[test]
fn a_frozen_file_that_is_edited_added_or_removed_is_found() -> Result<()> {
    let (folder, released) = folder();
    released.freeze(version("1.0.0"), &render()?, TODAY)?;
    assert!(released.edited()?.is_empty());

    let frozen = folder.path().join("1.0.0").join(CONSENT);
    let text = fs::read_to_string(&frozen)?;
    fs::write(&frozen, text.replace("withdrew", "revoked"))?;
    assert_eq!(released.edited()?, [format!("1.0.0/{CONSENT} was changed")]);
    let refused = released
        .freeze(version("1.1.0"), &without(CONSENT), TODAY)
        .unwrap_err();
    assert!(refused.to_string().contains("was edited"), "{refused}");

    fs::remove_file(&frozen)?;
    assert_eq!(released.edited()?, [format!("1.0.0/{CONSENT} is missing")]);

    fs::write(&frozen, text)?;
    fs::write(folder.path().join("1.0.0/profile/Added.json"), "{}")?;
    assert_eq!(
        released.edited()?,
        ["1.0.0/profile/Added.json was never released"]
    );
    Ok(())
}

#[test]
fn what_is_released_is_not_released_again() -> Result<()> {
    let (folder, released) = folder();
    released.freeze(version("1.1.0"), &render()?, TODAY)?;
    let before = fs::read(folder.path().join("SHA256SUMS"))?;
    let changed = with(CONSENT, |schema| schema["description"] = json!("In other words."));
    for not_later in ["1.1.0", "1.0.9"] {
        let refused = released.freeze(version(not_later), &changed, TODAY).unwrap_err();
        assert!(
            refused.to_string().contains("a release never changes"),
            "{refused}"
        );
    }
    let refused = released.freeze(version("1.2.0"), &render()?, TODAY).unwrap_err();
    assert!(refused.to_string().contains("nothing has changed"), "{refused}");
    assert_eq!(
        fs::read(folder.path().join("SHA256SUMS"))?,
        before,
        "nothing was written"
    );
    released.freeze(version("1.2.0"), &changed, TODAY)?;
    Ok(())
}

#[test]
fn a_finding_names_schema_releases_path_and_what_to_do() -> Result<()> {
    let (_folder, released) = folder();
    released.freeze(version("1.0.0"), &render()?, TODAY)?;
    released.freeze(
        version("1.1.0"),
        &with(CONSENT, |schema| schema["description"] = json!("In other words.")),
        TODAY,
    )?;
    let broken = with(CONSENT, |schema| {
        schema["properties"]["granted"]["type"] = json!("string")
    });
    let findings = released.findings(&broken, TODAY)?;
    assert_eq!(
        texts(&findings),
        [
            "schemas/profile/UserConsentChangedEventV1.json against 1.0.0, 1.1.0: $.granted: `type` was \"boolean\" and \
             is \"string\", which breaks readers of the release and readers of old events; keep this and add a new \
             optional field beside it, or publish the change as UserConsentChangedEventV2 beside this type"
        ]
    );
    let refused = released.freeze(version("1.2.0"), &broken, TODAY).unwrap_err();
    assert!(refused.to_string().contains("$.granted"), "{refused}");
    assert_eq!(released.versions()?.len(), 2, "nothing was frozen");
    Ok(())
}

#[test]
fn two_safe_steps_that_break_together_are_caught_against_the_first_release() -> Result<()> {
    const ENVELOPE: &str = "envelope.json";
    let (_folder, released) = folder();
    released.freeze(version("1.0.0"), &render()?, TODAY)?;
    // A constant becomes an enumeration with one value. The contract allows an enumeration to grow, and then it grows.
    let of = |values: Value| {
        with(ENVELOPE, move |schema| {
            schema["properties"]["specversion"] = json!({ "type": "string", "enum": values });
        })
    };
    released.freeze(version("1.1.0"), &of(json!(["1.0"])), TODAY)?;
    let findings = released.findings(&of(json!(["1.0", "1.1"])), TODAY)?;
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].releases, [version("1.0.0")]);
    assert!(
        findings[0].to_string().contains("$.specversion"),
        "{}",
        findings[0]
    );
    Ok(())
}

#[test]
fn a_type_is_published_until_its_announced_sunset_is_past() -> Result<()> {
    let (_folder, released) = folder();
    released.freeze(version("1.0.0"), &render()?, TODAY)?;
    let gone = without(CONSENT);
    let finding = &released.findings(&gone, TODAY)?[0];
    assert_eq!((&finding.wrong, finding.releases.len()), (&Wrong::Withdrawn, 1));

    let announced = with(CONSENT, |schema| schema["x-sunset"] = json!("2027-06-30"));
    released.freeze(version("1.1.0"), &announced, TODAY)?;
    assert_eq!(released.findings(&gone, "2027-06-29")?.len(), 1);
    assert_eq!(released.findings(&gone, "2027-06-30")?, []);

    let earlier = with(CONSENT, |schema| schema["x-sunset"] = json!("2027-01-31"));
    let hastened = released.findings(&earlier, TODAY)?;
    assert!(
        matches!(hastened[0].wrong, Wrong::Hastened { .. }),
        "{hastened:?}"
    );
    let later = with(CONSENT, |schema| schema["x-sunset"] = json!("2027-12-31"));
    assert_eq!(released.findings(&later, TODAY)?, []);

    // Afterwards the name may not be used for something else.
    released.freeze(version("2.0.0"), &gone, "2027-07-01")?;
    let reused = with(CONSENT, |schema| {
        schema["x-sunset"] = json!("2028-06-30");
        schema["properties"]["granted"] = json!({ "type": "string" });
    });
    assert!(
        released.findings(&reused, "2027-07-01")?[0]
            .to_string()
            .contains("$.granted")
    );
    Ok(())
}

#[test]
fn a_new_type_is_free_and_a_type_in_another_category_is_another_one() -> Result<()> {
    let (_folder, released) = folder();
    released.freeze(version("1.0.0"), &without(CONSENT), TODAY)?;
    assert_eq!(released.findings(&render()?, TODAY)?, []);

    released.freeze(version("1.1.0"), &render()?, TODAY)?;
    let mut moved = without(CONSENT);
    moved.insert(
        "account/UserConsentChangedEventV1.json".into(),
        render()?[&PathBuf::from(CONSENT)].clone(),
    );
    let findings = released.findings(&moved, TODAY)?;
    assert_eq!(findings[0].wrong, Wrong::Withdrawn);
    Ok(())
}
