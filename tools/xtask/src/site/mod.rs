//! The catalogue's site: a folder of static files, to open from disk or from any web server.
//!
//! The pages are complete without scripts. Scripts add search, filters, keyboard shortcuts, copying and the theme.

mod cause;
mod class;
mod code;
mod commands;
mod content;
mod envelope;
mod event;
mod example;
mod fields;
mod handlers;
mod index;
mod json;
mod list;
mod page;
mod prose;
mod search;
mod snapshot;
mod thin;
mod versions;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::schemas;
use crate::schemas::released::Released;
use content::{ASYNCAPI, Release, Site};
use page::Page;
use user_events::catalog::model::Catalog;
use user_events::look;
use user_events::schemas::render as render_schemas;
use user_events_local::console::Console;
use user_events_local::workspace::Workspace;

const ASSETS: [(&str, &str); 6] = [
    ("assets/icon.svg", look::ICON),
    ("assets/search.js", include_str!("assets/search.js")),
    ("assets/site.js", include_str!("assets/site.js")),
    ("assets/style.css", include_str!("assets/style.css")),
    ("assets/theme.js", look::THEME),
    ("assets/tokens.css", look::TOKENS),
];
/// Lists the files of the site, so that the next run knows which ones it may remove.
const MANIFEST: &str = "manifest.txt";

/// Write the catalogue as a folder of static files, to open from disk or from any web server
#[derive(Debug, Args)]
pub struct Options {
    /// The folder to write; files of an earlier run are replaced
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Writes the site, by default to `target/catalog` of the project, and prints its path.
///
/// Fails as [`render`] and [`write`] do.
pub fn run(options: &Options, workspace: &Workspace, console: &Console) -> Result<ExitCode> {
    let folder = options
        .out
        .clone()
        .unwrap_or_else(|| workspace.root().join("target/catalog"));
    let files = render(&Beside::new(workspace)?)?;
    write(&files, &folder)?;
    console.line(format_args!(
        "written {} files; open {}",
        files.len(),
        folder.join("index.html").display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// The content of the site besides the catalogue.
#[derive(Debug)]
pub struct Beside {
    /// The releases of the schemas.
    pub released: Released,
    /// The AsyncAPI document, if there is one.
    pub asyncapi: Option<String>,
}

impl Beside {
    /// Reads them from the project: its releases, and `docs/asyncapi.json`.
    ///
    /// Fails if the document exists but cannot be read.
    pub fn new(workspace: &Workspace) -> Result<Self> {
        let document = workspace.root().join("docs/asyncapi.json");
        Ok(Self {
            released: schemas::releases(workspace),
            asyncapi: if document.is_file() {
                Some(fs::read_to_string(document).context("docs/asyncapi.json cannot be read")?)
            } else {
                None
            },
        })
    }
}

/// The site's files, by path in its folder. The same input gives the same bytes.
///
/// Fails if the catalogue cannot be described or a released schema cannot be read.
pub fn render(beside: &Beside) -> Result<BTreeMap<PathBuf, String>> {
    let catalog = Catalog::read()?;
    let schemas = render_schemas()?;
    let site = Site {
        catalog: &catalog,
        schemas: &schemas,
        releases: Release::all(&beside.released)?,
        has_asyncapi: beside.asyncapi.is_some(),
    };
    let mut files: BTreeMap<PathBuf, String> = ASSETS
        .iter()
        .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()))
        .collect();
    files.extend(
        schemas
            .iter()
            .map(|(path, text)| (Path::new("schemas").join(path), text.clone())),
    );
    files.extend(
        beside
            .asyncapi
            .iter()
            .map(|text| (PathBuf::from(ASYNCAPI), text.clone())),
    );
    for release in &site.releases {
        let folder = Path::new("schemas/released").join(&release.version);
        files.extend(
            release
                .schemas
                .iter()
                .map(|(path, text)| (folder.join(path), text.clone())),
        );
    }
    site.pages(|page| {
        files.insert(PathBuf::from(page.path), page.render());
    })?;
    files.insert(PathBuf::from(search::PATH), site.search_index()?);
    let names: Vec<_> = files.keys().map(|path| format!("{}\n", path.display())).collect();
    files.insert(PathBuf::from(MANIFEST), names.concat());
    Ok(files)
}

/// Writes the files and removes other files of an earlier run.
///
/// Fails if a file cannot be written, or if the folder is not empty and holds no site.
pub fn write(files: &BTreeMap<PathBuf, String>, folder: &Path) -> Result<()> {
    let earlier = match fs::read_to_string(folder.join(MANIFEST)) {
        Ok(manifest) => manifest,
        Err(_) if is_empty(folder) => String::new(),
        Err(_) => bail!(
            "{} is not empty and holds no site; name an empty folder",
            folder.display()
        ),
    };
    let stale = |path: &&str| !files.contains_key(Path::new(path)) && is_inside(Path::new(path));
    for path in earlier.lines().filter(stale) {
        let file = folder.join(path);
        if file.is_file() {
            fs::remove_file(&file).with_context(|| format!("{} cannot be removed", file.display()))?;
        }
    }
    for (path, text) in files {
        let file = folder.join(path);
        fs::create_dir_all(file.parent().unwrap_or(folder))
            .and_then(|()| fs::write(&file, text))
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}

fn is_empty(folder: &Path) -> bool {
    match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !folder.exists(),
    }
}

/// A manifest that someone edited must not name files outside the folder.
fn is_inside(path: &Path) -> bool {
    path.components()
        .all(|part| matches!(part, std::path::Component::Normal(_)))
}

impl Site<'_> {
    /// Passes every page to `take`.
    fn pages(&self, mut take: impl FnMut(Page<'_>)) -> Result<()> {
        take(self.index());
        take(self.envelope()?);
        take(self.classes());
        for class in &self.catalog.classes {
            take(self.class(class, &format!("classes/{}.html", class.name)));
        }
        for category in &self.catalog.categories {
            take(self.category(category, &format!("categories/{}.html", category.name)));
        }
        for event in self.catalog.events() {
            take(self.event(event, &format!("events/{}.html", event.event_type)));
        }
        take(self.thin_events());
        for event in self.catalog.events() {
            let title = format!("{}, thin", event.event_type);
            take(self.thin(event, &format!("thin/{}.html", event.event_type), &title));
        }
        Ok(())
    }
}
