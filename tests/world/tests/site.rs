//! The catalog's site: every page is complete, every link works, and nothing is loaded from elsewhere.

mod browser;
mod document;
pub(crate) mod handlers;
// Compiled, not run: this is the test. The layout is that of a file of its own.
#[rustfmt::skip]
#[allow(dead_code, unreachable_pub, reason = "each is the only file of a project, and nothing calls it here")]
mod handlers_in_rust;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;
use user_events::catalog::model::Catalog;
use user_events::{backfill, erase, names, sample, scaffold, schemas, tail, trigger};
use user_events_local::workspace::Workspace;
use xtask::handlers::Handlers;
use xtask::schemas::released::Released;
use xtask::site::{self, Beside};

use document::Document;

type Files = BTreeMap<PathBuf, String>;

/// This project's site, with its pages parsed once for all tests.
struct Whole {
    files: Files,
    pages: BTreeMap<PathBuf, Document>,
}

/// The site.
///
/// Fails if it cannot be rendered.
fn whole() -> Result<&'static Whole> {
    static WHOLE: OnceLock<Result<Whole, String>> = OnceLock::new();
    let read = || {
        let files = files()?;
        let pages = pages(&files);
        Ok(Whole { files, pages })
    };
    let whole = WHOLE.get_or_init(|| read().map_err(|error: anyhow::Error| format!("{error:#}")));
    whole.as_ref().map_err(anyhow::Error::msg)
}

/// The files of this project's site.
fn files() -> Result<Files> {
    site::render(&Beside::new(&Workspace::find()?)?)
}

/// The site, written to a temporary folder.
fn written() -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    site::write(&files()?, folder.path())?;
    Ok(folder)
}

fn pages(files: &Files) -> BTreeMap<PathBuf, Document> {
    files
        .iter()
        .filter(|(path, _)| path.extension().is_some_and(|extension| extension == "html"))
        .map(|(path, html)| (path.clone(), Document::read(html)))
        .collect()
}

#[test]
fn every_page_is_whole() -> Result<()> {
    for (path, page) in &whole()?.pages {
        assert_eq!(page.faults(), [""; 0], "{}", path.display());
    }
    Ok(())
}

#[test]
fn every_link_leads_somewhere() -> Result<()> {
    let Whole { files, pages } = whole()?;
    assert_eq!(dangling(files, pages), [""; 0]);
    Ok(())
}

#[test]
fn nothing_is_loaded_from_elsewhere() -> Result<()> {
    let Whole { files, pages } = whole()?;
    for (path, page) in pages {
        let outside: Vec<_> = page
            .loaded()
            .into_iter()
            .filter(|target| is_outside(target))
            .collect();
        assert_eq!(outside, [""; 0], "{}", path.display());
        assert!(page.loaded().len() >= 7, "{} loads its assets", path.display());
        let policy = page
            .named("meta")
            .find(|meta| meta.attribute("http-equiv") == Some("Content-Security-Policy"));
        let policy = policy
            .and_then(|meta| meta.attribute("content"))
            .unwrap_or_default();
        assert!(
            policy.starts_with("default-src 'none';"),
            "{}: {policy}",
            path.display()
        );
        assert!(
            !policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"),
            "{policy}"
        );
    }
    for (path, text) in files {
        if path.starts_with("assets") {
            for asks in [
                "url(",
                "@import",
                "fetch(",
                "XMLHttpRequest",
                "import(",
                "eval(",
                "https:",
            ] {
                assert!(!text.contains(asks), "{}: {asks}", path.display());
            }
        }
    }
    Ok(())
}

#[test]
fn every_event_class_and_category_has_a_page_that_is_linked_from_the_first() -> Result<()> {
    let pages = &whole()?.pages;
    let linked: Vec<_> = pages[Path::new("index.html")]
        .named("a")
        .filter_map(|link| link.attribute("href"))
        .collect();
    let mut expected = vec!["envelope.html".to_owned()];
    for category in user_events_catalog::CATEGORIES {
        expected.push(format!("categories/{}.html", category.name));
        for event in category.events {
            expected.push(format!("events/{}.html", event.event_type()));
            expected.extend(
                event
                    .classes()
                    .iter()
                    .map(|class| format!("classes/{class}.html")),
            );
        }
    }
    for path in expected {
        assert!(pages.contains_key(Path::new(&path)), "{path} does not exist");
        assert!(linked.contains(&path.as_str()), "{path} is not linked");
    }
    Ok(())
}

#[test]
fn an_events_page_shows_everything_in_the_catalog() -> Result<()> {
    let pages = &whole()?.pages;
    for event in Catalog::read()?.events() {
        let path = format!("events/{}.html", event.event_type);
        let page = &pages[Path::new(&path)];
        let text = &page.named("main").next().context("no main")?.text;
        let mut told = vec![
            &event.meaning,
            &event.published,
            &event.not_published,
            &event.consumers,
        ];
        for field in event
            .fields
            .iter()
            .flat_map(|field| [field].into_iter().chain(&field.members))
        {
            told.extend([&field.name, &field.meaning]);
            told.extend(
                field
                    .values
                    .iter()
                    .flat_map(|choice| [&choice.value, &choice.meaning]),
            );
        }
        for told in told {
            assert!(
                text.contains(&told.replace('`', "")),
                "{path} does not contain «{told}»"
            );
        }
        let shown = |id: &str| -> Result<Value> {
            let code = page
                .with_id(id)
                .with_context(|| format!("{path}: {id} does not exist"))?;
            Ok(serde_json::from_str(&code.text)?)
        };
        assert_eq!(shown("example-json")?, event.example.envelope);
        let handlers = Handlers::new(event);
        for (id, code) in [
            ("handler-python", handlers.python),
            ("handler-typescript", handlers.typescript),
            ("handler-rust", handlers.rust),
        ] {
            assert_eq!(page.with_id(id).context(id)?.text, code, "{path}");
        }
        assert_eq!(shown("schema-json")?, event.schema);
        // A snapshot is on no topic, and no change causes it.
        if !event.is_of_snapshot {
            assert_eq!(shown("filter-json")?, event.filter_policy);
            assert_eq!(shown("record-json")?, event.cause.record);
        }
        for class in &event.classes {
            assert_eq!(
                shown(&format!("opened-{class}-json"))?,
                event.example.opened[class]
            );
        }
    }
    Ok(())
}

#[test]
fn a_page_shows_only_fields_that_the_event_carries() -> Result<()> {
    let pages = &whole()?.pages;
    let fields = |path: &str| -> Vec<String> {
        let rows = pages[Path::new(path)].named("th");
        let rows = rows.filter(|row| row.attribute("role") == Some("rowheader"));
        rows.map(|row| row.text.clone()).collect()
    };
    let registered = fields("events/UserRegisteredEventV1.html");
    let has = |name: &str| registered.iter().any(|row| row.starts_with(name));
    assert!(has("contact.emailstring, optional"), "{registered:?}");
    assert!(
        has("userIdstring, required") && has("emailVerifiedboolean, optional"),
        "{registered:?}"
    );
    assert!(
        !has("contact.previousEmail"),
        "only a change of the address has it"
    );
    assert!(
        fields("classes/contact.html")
            .iter()
            .any(|row| row.starts_with("previousEmail"))
    );
    Ok(())
}

#[test]
fn every_thin_event_has_a_page_that_is_linked_from_that_of_the_event() -> Result<()> {
    let pages = &whole()?.pages;
    let links = |path: &str| -> Vec<&str> {
        let links = pages[Path::new(path)].named("a");
        links.filter_map(|link| link.attribute("href")).collect()
    };
    let listed = links("thin/index.html");
    for event in Catalog::read()?.events() {
        let name = format!("{}.html", event.event_type);
        assert!(
            links(&format!("events/{name}")).contains(&format!("../thin/{name}").as_str()),
            "{name}"
        );
        assert!(
            links(&format!("thin/{name}")).contains(&format!("../events/{name}").as_str()),
            "{name}"
        );
        assert!(listed.contains(&name.as_str()), "{name}");
        let page = &pages[Path::new(&format!("thin/{name}"))];
        let shown = |id: &str| -> Result<Value> {
            Ok(serde_json::from_str(
                &page.with_id(id).context("no such code")?.text,
            )?)
        };
        assert_eq!(shown("schema-json")?, event.thin.schema);
        let example = shown("example-json")?;
        assert_eq!(example, event.thin.example.envelope);
        assert!(
            jsonschema::is_valid(&event.thin.schema, &example["data"]),
            "{name}"
        );
        assert!(
            event.thin.schema["properties"]["callback"]["examples"][0] == example["data"]["callback"],
            "{name}"
        );
        for field in &event.thin.fields {
            let text = &page.named("main").next().context("no main")?.text;
            assert!(
                text.contains(&field.meaning.replace('`', "")),
                "{name}: {}",
                field.name
            );
        }
        assert_eq!(
            page.with_id("handler-rust").context("no code")?.text,
            Handlers::thin(event).rust
        );
    }
    Ok(())
}

#[test]
fn every_command_of_a_page_is_one_that_the_program_accepts() -> Result<()> {
    let mut seen = BTreeMap::new();
    for (path, page) in &whole()?.pages {
        let commands = page.elements.iter().filter(|element| {
            element
                .attribute("id")
                .is_some_and(|id| id.starts_with("command-"))
        });
        for command in commands {
            let name =
                accepted(&command.text).with_context(|| format!("{}: {}", path.display(), command.text))?;
            *seen.entry(name).or_insert(0) += 1;
        }
    }
    let events = Catalog::read()?.events().count();
    assert_eq!(seen.get("sample"), Some(&events), "{seen:?}");
    assert_eq!(seen.get("scaffold"), Some(&(2 * events)), "{seen:?}");
    for name in ["tail", "trigger", "backfill", "erase"] {
        assert!(seen.contains_key(name), "{seen:?}");
    }
    for wrong in [
        "user-events sample UserMoved",
        "user-events tail --type UserMoved",
        "user-events tail --stag dev",
        "user-events scaffold subscriber --language python --name a --category access --classes contact",
        "another-program sample UserDeleted",
    ] {
        assert!(accepted(wrong).is_err(), "{wrong}");
    }
    Ok(())
}

/// Reads the command line as the program does. Returns the command.
///
/// Fails if the program would refuse it before it asks AWS or an engine.
fn accepted(line: &str) -> Result<&str> {
    let mut words = line.split(' ');
    ensure!(words.next() == Some("user-events"), "another program");
    let command = words.next().context("no command")?;
    let arguments: Vec<_> = words.collect();
    match command {
        "sample" => {
            names::event(arguments.first().context("no event")?)?;
            sample::Options::read(arguments)?;
        }
        "tail" => drop(tail::Options::read(arguments)?),
        "trigger" => {
            names::event(arguments.first().context("no event")?)?;
            trigger::Options::read(arguments)?;
        }
        "erase" => drop(erase::Options::read(arguments)?),
        "backfill" => drop(backfill::Options::read(arguments)?),
        "scaffold" => {
            ensure!(arguments.first() == Some(&"subscriber"), "another project");
            scaffold::Request::new(&scaffold::SubscriberOptions::read(arguments.into_iter().skip(1))?)?;
        }
        other => bail!("{other} is not expected"),
    }
    Ok(command)
}

#[test]
fn the_schemas_lie_beside_the_pages_as_they_are() -> Result<()> {
    let files = &whole()?.files;
    for (path, text) in schemas::render()? {
        assert_eq!(
            files.get(&Path::new("schemas").join(&path)),
            Some(&text),
            "{}",
            path.display()
        );
    }
    Ok(())
}

#[test]
fn the_same_catalog_gives_the_same_bytes_and_a_later_run_removes_the_files_of_an_earlier() -> Result<()> {
    let files = files()?;
    assert_eq!(self::files()?, files);
    let folder = written()?;
    let mut earlier = files.clone();
    earlier.insert("events/GoneEventV1.html".into(), "gone".into());
    let manifest = format!("{}events/GoneEventV1.html\n", files[Path::new("manifest.txt")]);
    earlier.insert("manifest.txt".into(), manifest);
    site::write(&earlier, folder.path())?;
    assert!(folder.path().join("events/GoneEventV1.html").is_file());
    site::write(&files, folder.path())?;
    assert!(!folder.path().join("events/GoneEventV1.html").exists());
    for (path, text) in &files {
        assert_eq!(&fs::read_to_string(folder.path().join(path))?, text);
    }
    Ok(())
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("thesis.txt"), "years of work")?;
    let refusal = site::write(&files()?, folder.path()).unwrap_err().to_string();
    assert!(
        refusal.ends_with("holds no site; name an empty folder"),
        "{refusal}"
    );
    assert_eq!(fs::read_dir(folder.path())?.count(), 1);

    let outside = tempfile::tempdir()?;
    let kept = outside.path().join("kept.txt");
    fs::write(&kept, "kept")?;
    let tampered = tempfile::tempdir()?;
    fs::write(
        tampered.path().join("manifest.txt"),
        format!("{}\n../kept.txt\n", kept.display()),
    )?;
    site::write(&files()?, tampered.path())?;
    assert!(kept.is_file(), "a manifest cannot name a file outside the folder");
    Ok(())
}

#[test]
fn the_site_lists_the_releases_and_contains_the_asyncapi_document() -> Result<()> {
    const EVENT: &str = "account/UserDeletedEventV1.json";
    let folder = tempfile::tempdir()?;
    let unreleased = site::render(&Beside {
        released: Released::in_folder(folder.path()),
        asyncapi: None,
    })?;
    assert!(unreleased[Path::new("events/UserDeletedEventV1.html")].contains("not released yet"));
    assert!(!unreleased.contains_key(Path::new("asyncapi.json")));

    let schema = &schemas::render()?[Path::new(EVENT)];
    let releases = [
        ("1.0.0", schema.replace("date-time", "date")),
        ("1.9.0", schema.clone()),
        ("1.10.0", schema.clone()),
    ];
    for (version, text) in &releases {
        fs::create_dir_all(folder.path().join(version).join("account"))?;
        fs::write(folder.path().join(version).join(EVENT), text)?;
    }
    let files = site::render(&Beside {
        released: Released::in_folder(folder.path()),
        asyncapi: Some("{}\n".to_owned()),
    })?;
    let page = Document::read(&files[Path::new("events/UserDeletedEventV1.html")]);
    let text = &page.named("main").next().context("no main")?.text;
    let told = "1.10.0unchanged1.9.0changed compatibly1.0.0first release";
    assert!(text.contains(told), "{text}");
    assert!(!text.contains("not released yet"));
    assert_eq!(
        files[&Path::new("schemas/released/1.0.0").join(EVENT)],
        releases[0].1
    );
    assert_eq!(dangling(&files, &pages(&files)), [""; 0]);

    assert_eq!(files[Path::new("asyncapi.json")], "{}\n");
    let first = Document::read(&files[Path::new("index.html")]);
    let linked = first
        .named("a")
        .any(|link| link.attribute("href") == Some("asyncapi.json"));
    assert!(linked, "the AsyncAPI document is linked");
    Ok(())
}

#[test]
fn what_is_wrong_with_a_page_is_seen() {
    let broken = [
        ("<p>a</div>", "Unexpected"),
        ("<p id=x></p><p id=x></p>", "the id x is there twice"),
        ("<h1>a</h1><h3>b</h3>", "<h3> follows <h1>"),
        ("<img src=a>", "a picture without alt"),
        ("<button>a</button>", "a button without type"),
        ("<input id=q>", "an input without label"),
        ("<p style='color: red'>a</p>", "the policy forbids style"),
        ("<script>1</script>", "a script that the policy forbids"),
        (
            "<section aria-labelledby=x></section>",
            "aria-labelledby leads to x",
        ),
        ("<a href=x></a>", "a link without text"),
    ];
    for (html, fault) in broken {
        let faults = Document::read(html).faults();
        assert!(
            faults.iter().any(|found| found.contains(fault)),
            "{html}: {faults:?}"
        );
    }
    let page = |html: &str| Files::from([("a/page.html".into(), html.to_owned())]);
    for broken in [
        "<a href='none.html'>x</a>",
        "<a href='#none'>x</a>",
        "<a href='../../page.html'>x</a>",
        "<a href='/etc'>x</a>",
    ] {
        let files = page(broken);
        assert_eq!(dangling(&files, &pages(&files)).len(), 1, "{broken}");
    }
    let whole = page("<a id=here href='../a/page.html#here'>x</a>");
    assert_eq!(dangling(&whole, &pages(&whole)), [""; 0]);
    for outside in [
        "https://example.com/a.js",
        "//example.com/a.js",
        "data:text/css,a",
        "/a.js",
    ] {
        assert!(is_outside(outside), "{outside}");
    }
    assert!(!is_outside("../assets/style.css"));
}

/// The links and loaded files with a target that is not in the folder.
fn dangling(files: &Files, pages: &BTreeMap<PathBuf, Document>) -> Vec<String> {
    let mut dangling = Vec::new();
    for (path, page) in pages {
        let links = page.named("a").filter_map(|link| link.attribute("href"));
        for target in links.chain(page.loaded()) {
            if target.starts_with("https://") {
                continue;
            }
            let (file, fragment) = target.split_once('#').unwrap_or((target, ""));
            let here = if file.is_empty() {
                Some(path.clone())
            } else {
                resolved(path, file)
            };
            let found = here.as_ref().is_some_and(|here| {
                files.contains_key(here)
                    && (fragment.is_empty()
                        || pages
                            .get(here.as_path())
                            .is_some_and(|page| page.with_id(fragment).is_some()))
            });
            if !found {
                dangling.push(format!("{}: {target}", path.display()));
            }
        }
    }
    dangling
}

/// Resolves a relative path of a page to a path in the site's folder; `None` if it leaves the folder.
fn resolved(page: &Path, target: &str) -> Option<PathBuf> {
    let mut path = page.parent()?.to_path_buf();
    for part in Path::new(target).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir if path.pop() => {}
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(path)
}

/// Whether a browser would look for this target outside the folder.
fn is_outside(target: &str) -> bool {
    target.contains(':') || target.starts_with('/')
}
