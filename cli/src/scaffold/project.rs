//! Writes the project's files.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::files::{Language, SUBSCRIBER};
use super::joining;
use super::late::LIVE_OFF;
use super::library::Library;
use super::manifest;
use super::request::Request;

/// Writes the project into a missing or empty folder. Returns the paths of its files.
///
/// Fails when the folder is not empty, and when a file cannot be written.
pub(super) fn write(request: &Request, library: &Library, folder: &Path) -> Result<Vec<String>> {
    let is_taken = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    ensure!(
        !is_taken,
        "{} is not empty; choose another folder with --out",
        folder.display()
    );
    let mut written = Vec::new();
    for (path, text) in files(request, library)? {
        let file = folder.join(&path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).with_context(|| format!("{} cannot be created", parent.display()))?;
        }
        fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
        written.push(path);
    }
    Ok(written)
}

fn files(request: &Request, library: &Library) -> Result<Vec<(String, String)>> {
    let language = request.language;
    let mut files = vec![
        (".gitignore".to_owned(), language.ignored().to_owned()),
        ("README.md".to_owned(), readme(request)),
        ("samconfig.toml".to_owned(), samconfig(request)),
        (SUBSCRIBER.0.to_owned(), SUBSCRIBER.1.to_owned()),
    ];
    for (path, text) in language.example().iter().copied() {
        let text = match path {
            "template.yaml" => text.replace("../../infra/subscriber.yaml", "subscriber.yaml"),
            "Cargo.toml" => manifest::outside(text, &library.file("Cargo.toml")?, library.root())?,
            // The one place where the example names the library, which it has in its own checkout.
            "requirements.in" | "package.json" => {
                let folder = library.root().join(language.library());
                text.replace(
                    &format!("../../{}", language.library()),
                    &folder.display().to_string(),
                )
            }
            _ => text.to_owned(),
        };
        files.push((path.to_owned(), text));
    }
    if language == Language::Rust {
        // The versions that the library was tested with.
        for path in ["Cargo.lock", "rust-toolchain.toml"] {
            files.push((path.to_owned(), library.file(path)?));
        }
    }
    Ok(files)
}

fn samconfig(request: &Request) -> String {
    let name = &request.name;
    let region = request.region();
    let region = region.map_or_else(String::new, |region| format!("region = \"{region}\"\n"));
    let live_off = request.late.iter().map(|_| (LIVE_OFF.0, LIVE_OFF.1.to_owned()));
    let parameters: Vec<_> = request
        .parameters()
        .into_iter()
        .chain(live_off)
        .map(|(name, value)| match value.as_str() {
            // SAM refuses a parameter without a value.
            "" => format!("    '{name}=\"\"',\n"),
            value => format!("    \"{name}={value}\",\n"),
        })
        .collect();
    format!(
        "version = 0.1\n\n\
         [default.global.parameters]\n\
         stack_name = \"{name}\"\n\n\
         [default.validate.parameters]\n\
         lint = true\n\n\
         [default.deploy.parameters]\n\
         {region}resolve_s3 = true\n\
         s3_prefix = \"{name}\"\n\
         capabilities = [\"CAPABILITY_IAM\", \"CAPABILITY_AUTO_EXPAND\"]\n\
         fail_on_empty_changeset = false\n\
         parameter_overrides = [\n{}]\n",
        parameters.concat()
    )
}

fn readme(request: &Request) -> String {
    let Request {
        name,
        category,
        language,
        ..
    } = request;
    let (publisher, destination) = (request.publisher_in_words(), request.destination());
    let events = match request.events.as_slice() {
        [] => format!("every event of the category `{category}`"),
        events => format!("`{}` of the category `{category}`", events.join("`, `")),
    };
    let classes = match request.classes.as_slice() {
        [] => "no class of personal data".to_owned(),
        classes => format!("`{}`", classes.join("`, `")),
    };
    format!(
        "# {name}\n\n\
         A subscriber of user-events in {}. It receives {events} of {publisher} and may decrypt {classes}.\n\n\
         | file | what it is |\n\
         | --- | --- |\n\
         | `{}` | handles an event; the file to change |\n\
         | `template.yaml`, `samconfig.toml` | the function and its parameters |\n\
         | `subscriber.yaml` | queue, dead-letter queues, subscription, grants, inbox, alarms |\n\n\
         Its tests:\n\n```sh\n{}\n```\n\n\
         To deploy it, {destination}:\n\n```sh\n{}\n```\n{}",
        language.name(),
        language.effect(),
        language.test_commands(),
        language.deploy_commands(),
        joining::readme(request),
    )
}
