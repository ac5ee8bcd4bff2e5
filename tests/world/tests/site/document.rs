//! Parses a page as a browser does, and finds its faults.

use std::collections::{BTreeMap, BTreeSet};

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// A parsed page.
pub(super) struct Document {
    /// The errors that the parser corrected.
    pub errors: Vec<String>,
    /// Every element in the order of the text.
    pub elements: Vec<Element>,
}

/// An element.
pub(super) struct Element {
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    /// Its whole text.
    pub text: String,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

impl Document {
    pub(super) fn read(html: &str) -> Self {
        let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
        let mut elements = Vec::new();
        collect(&dom.document, &mut elements);
        Self {
            errors: dom.errors.borrow().iter().map(ToString::to_string).collect(),
            elements,
        }
    }

    pub(super) fn named<'d>(&'d self, name: &'d str) -> impl Iterator<Item = &'d Element> {
        self.elements.iter().filter(move |element| element.name == name)
    }

    /// The element with the id.
    pub(super) fn with_id(&self, id: &str) -> Option<&Element> {
        let mut elements = self.elements.iter();
        elements.find(|element| element.attribute("id") == Some(id))
    }

    /// Everything that a browser loads when it opens the page.
    pub(super) fn loaded(&self) -> Vec<&str> {
        let links = self.named("link").filter_map(|link| link.attribute("href"));
        let sources = self.elements.iter().filter_map(|element| {
            ["src", "srcset", "poster", "data", "action"]
                .iter()
                .find_map(|name| element.attribute(name))
        });
        links.chain(sources).collect()
    }

    /// Faults that a parser accepts, but that hinder a reader or a screen reader.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = self.errors.clone();
        let mut ids = BTreeSet::new();
        for id in self.elements.iter().filter_map(|element| element.attribute("id")) {
            if !ids.insert(id) {
                faults.push(format!("the id {id} is there twice"));
            }
        }
        for element in &self.elements {
            for name in ["for", "aria-labelledby", "aria-controls", "data-copy"] {
                if let Some(target) = element.attribute(name).filter(|target| !ids.contains(target)) {
                    faults.push(format!("{name} leads to {target}, which is not there"));
                }
            }
            match element.name.as_str() {
                "img" if element.attribute("alt").is_none() => {
                    faults.push("a picture without alt".to_owned())
                }
                "button" if element.attribute("type").is_none() => {
                    faults.push("a button without type".to_owned())
                }
                "a" if element.text.trim().is_empty() => faults.push("a link without text".to_owned()),
                "input" => faults.extend(self.unlabelled(element)),
                "style" => faults.push("a style that the policy forbids".to_owned()),
                "script" if element.attribute("src").is_none() => {
                    faults.push("a script that the policy forbids".to_owned());
                }
                _ => {}
            }
            let inline = |name: &&String| name.starts_with("on") || *name == "style";
            faults.extend(
                element
                    .attributes
                    .keys()
                    .find(inline)
                    .map(|name| format!("the policy forbids {name}")),
            );
        }
        faults.extend(self.headings());
        let once = ["html", "title", "main", "h1", "header", "footer"];
        for name in once.into_iter().filter(|name| self.named(name).count() != 1) {
            faults.push(format!("<{name}> is not there once"));
        }
        if !self
            .named("html")
            .any(|html| html.attribute("lang") == Some("en"))
        {
            faults.push("the language is not said".to_owned());
        }
        faults
    }

    fn unlabelled(&self, input: &Element) -> Option<String> {
        let id = input.attribute("id");
        let labelled = id.is_some() && self.named("label").any(|label| label.attribute("for") == id);
        (!labelled).then(|| format!("an input without label: {id:?}"))
    }

    /// Headings go down one step at a time.
    fn headings(&self) -> Vec<String> {
        let level = |name: &str| name.strip_prefix('h')?.parse::<u32>().ok();
        let mut before = 0;
        let mut faults = Vec::new();
        for element in &self.elements {
            if let Some(level) = level(&element.name) {
                if level > before + 1 {
                    faults.push(format!("<h{level}> follows <h{before}>"));
                }
                before = level;
            }
        }
        faults
    }
}

fn collect(node: &Handle, elements: &mut Vec<Element>) {
    if let NodeData::Element { name, attrs, .. } = &node.data {
        let attributes = attrs.borrow();
        elements.push(Element {
            name: name.local.to_string(),
            attributes: attributes
                .iter()
                .map(|attribute| (attribute.name.local.to_string(), attribute.value.to_string()))
                .collect(),
            text: text(node),
        });
    }
    for child in node.children.borrow().iter() {
        collect(child, elements);
    }
}

fn text(node: &Handle) -> String {
    match &node.data {
        NodeData::Text { contents } => contents.borrow().to_string(),
        _ => node.children.borrow().iter().map(text).collect(),
    }
}
