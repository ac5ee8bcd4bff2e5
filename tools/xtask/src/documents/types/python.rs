//! The types in Python, as typed dictionaries (PEP 589), in the layout of `ruff format`.

use std::fmt::{self, Write};

use anyhow::Result;
use user_events::catalog::model::{Catalog, ClassPage, EventPage, Field, Kind};

use super::comment::Comment;
use super::{ALL_OPTIONAL, GENERATED, MAX_COLUMNS, SEALED, SealedMember, capitalized, sealed_members};

const INDENT: &str = "    ";

/// The module.
///
/// Fails when no event has a data class.
pub(in super::super) fn module(catalog: &Catalog) -> Result<String> {
    let mut module = String::new();
    docstring(
        &mut module,
        "",
        &Comment::new("Types of the events and of the data classes.").and(GENERATED),
    )?;
    writeln!(module, "\nfrom typing import Final, TypedDict")?;
    sealed(&mut module, &sealed_members(catalog)?)?;
    for class in &catalog.classes {
        write_class(&mut module, class)?;
    }
    for event in catalog.events() {
        write_event(&mut module, event)?;
    }
    writeln!(module)?;
    let types = catalog.events().map(|event| event.event_type.as_str());
    tuple(&mut module, "EVENT_TYPES", "The event types, by category.", types)?;
    let classes = catalog.classes.iter().map(|class| class.name.as_str());
    tuple(&mut module, "CLASSES", "The data classes.", classes)?;
    Ok(module)
}

fn sealed(module: &mut String, members: &[SealedMember]) -> fmt::Result {
    head(module, "Sealed", "TypedDict", Some(&Comment::new(SEALED)))?;
    for member in members {
        write_member(module, &member.name, "str", &Comment::new(&member.meaning))?;
    }
    Ok(())
}

fn write_class(module: &mut String, class: &ClassPage) -> fmt::Result {
    let comment = Comment::new(&class.description).and(ALL_OPTIONAL);
    head(
        module,
        &capitalized(&class.name),
        "TypedDict, total=False",
        Some(&comment),
    )?;
    fields(module, class.members.iter())
}

/// Writes the type of an event's data. Before Python 3.11 only a subclass can make some members optional (PEP 655).
fn write_event(module: &mut String, event: &EventPage) -> fmt::Result {
    let comment = Comment::of_event(event);
    let (required, optional): (Vec<_>, Vec<_>) = event.fields.iter().partition(|field| field.required);
    let name = &event.event_type;
    let bases = if required.is_empty() {
        "TypedDict, total=False".to_owned()
    } else if optional.is_empty() {
        head(module, name, "TypedDict", Some(&comment))?;
        return fields(module, required);
    } else {
        let base = format!("_{name}Required");
        head(module, &base, "TypedDict", None)?;
        fields(module, required)?;
        format!("{base}, total=False")
    };
    head(module, name, &bases, Some(&comment))?;
    fields(module, optional)
}

fn head(module: &mut String, name: &str, bases: &str, comment: Option<&Comment>) -> fmt::Result {
    writeln!(module, "\n\nclass {name}({bases}):")?;
    if let Some(comment) = comment {
        docstring(module, INDENT, comment)?;
        writeln!(module)?;
    }
    Ok(())
}

fn fields<'a>(module: &mut String, fields: impl IntoIterator<Item = &'a Field>) -> fmt::Result {
    for field in fields {
        write_member(
            module,
            &field.name,
            annotation(field.kind),
            &Comment::of_field(field),
        )?;
    }
    Ok(())
}

fn write_member(module: &mut String, name: &str, annotation: &str, comment: &Comment) -> fmt::Result {
    writeln!(module, "{INDENT}{name}: {annotation}")?;
    docstring(module, INDENT, comment)
}

fn annotation(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Time | Kind::OneOf => "str",
        Kind::Flag => "bool",
        Kind::Count => "int",
        Kind::Texts => "list[str]",
        Kind::Sealed => "Sealed",
    }
}

/// Writes a docstring: on one line if it fits, otherwise with the closing quotes on their own line (PEP 257).
fn docstring(module: &mut String, indent: &str, comment: &Comment) -> fmt::Result {
    const QUOTES: &str = "\"\"\"";
    let columns = MAX_COLUMNS - indent.len();
    let text = comment
        .lines(columns - 2 * QUOTES.len())
        .join(&format!("\n{indent}"));
    let text = text.replace('\\', r"\\").replace('"', "\\\"");
    let end = if text.contains('\n') {
        format!("\n{indent}")
    } else {
        String::new()
    };
    let docstring = format!("{indent}{QUOTES}{text}{end}{QUOTES}");
    docstring
        .lines()
        .try_for_each(|line| writeln!(module, "{}", line.trim_end()))
}

/// Writes a constant. The comma after the last item makes the formatter keep one item per line.
fn tuple<'a>(
    module: &mut String,
    name: &str,
    comment: &str,
    items: impl Iterator<Item = &'a str>,
) -> fmt::Result {
    writeln!(module, "\n{name}: Final = (")?;
    for item in items {
        writeln!(module, "{INDENT}\"{item}\",")?;
    }
    writeln!(module, ")")?;
    docstring(module, "", &Comment::new(comment))
}
