//! The types in TypeScript, in the layout of Prettier.

use std::fmt::{self, Write};

use anyhow::Result;
use user_events::catalog::model::{Catalog, EventPage, Field, Kind};

use super::comment::Comment;
use super::{ALL_OPTIONAL, GENERATED, MAX_COLUMNS, SEALED, SealedMember, capitalized, sealed_members};

const INDENT: &str = "  ";

/// Makes sealed classes of different names different types. TypeScript compares types by their members only.
const SEALED_CLASS: &str = "\
/** Marks the class of a `Sealed` for the compiler. No value has this member. */
declare const sealedClass: unique symbol;
";

/// The module.
///
/// Fails when no event has a data class.
pub(in super::super) fn module(catalog: &Catalog) -> Result<String> {
    let mut module = format!("// {GENERATED}\n\n{SEALED_CLASS}");
    sealed(&mut module, &sealed_members(catalog)?)?;
    for class in &catalog.classes {
        let comment = Comment::new(&class.description).and(ALL_OPTIONAL);
        interface(&mut module, &capitalized(&class.name), &comment, &class.members)?;
    }
    for event in catalog.events() {
        interface(
            &mut module,
            &data_name(event),
            &Comment::of_event(event),
            &event.fields,
        )?;
    }
    let classes = catalog
        .classes
        .iter()
        .map(|class| (class.name.clone(), capitalized(&class.name)));
    map(
        &mut module,
        "Classes",
        "The content of each data class, by its name.",
        classes,
    )?;
    let data = catalog
        .events()
        .map(|event| (event.event_type.clone(), data_name(event)));
    map(
        &mut module,
        "EventData",
        "The data of each event, by the event's type.",
        data,
    )?;
    event_types(&mut module, catalog)?;
    Ok(module)
}

/// The name of the interface: `UserRegisteredData`, and `UserRegisteredV2Data` for a later major version.
fn data_name(event: &EventPage) -> String {
    match event.version.as_str() {
        "1" => format!("{}Data", event.name),
        version => format!("{}V{version}Data", event.name),
    }
}

fn sealed(module: &mut String, members: &[SealedMember]) -> fmt::Result {
    head(module, "Sealed<C extends string>", &Comment::new(SEALED))?;
    for member in members {
        comment(module, INDENT, &Comment::new(&member.meaning))?;
        writeln!(module, "{INDENT}{}: string;", member.name)?;
    }
    writeln!(module, "{INDENT}readonly [sealedClass]?: C;\n}}")
}

fn interface(module: &mut String, name: &str, text: &Comment, fields: &[Field]) -> fmt::Result {
    head(module, name, text)?;
    for field in fields {
        comment(module, INDENT, &Comment::of_field(field))?;
        let optional = if field.required { "" } else { "?" };
        let member = format!("{INDENT}{}{optional}:", field.name);
        match field.kind {
            Kind::OneOf => union(module, &member, field)?,
            Kind::Text | Kind::Time => writeln!(module, "{member} string;")?,
            Kind::Flag => writeln!(module, "{member} boolean;")?,
            Kind::Count => writeln!(module, "{member} number;")?,
            Kind::Texts => writeln!(module, "{member} string[];")?,
            Kind::Sealed => writeln!(module, "{member} Sealed<\"{}\">;", field.name)?,
        }
    }
    writeln!(module, "}}")
}

/// Writes an enumeration. `string & {}` accepts other values, and keeps the known ones for the editor's completion.
fn union(module: &mut String, member: &str, field: &Field) -> fmt::Result {
    let known = field.values.iter().map(|choice| format!("\"{}\"", choice.value));
    let all: Vec<_> = known.chain(["(string & {})".to_owned()]).collect();
    let on_one_line = all.join(" | ");
    let inner = format!("\n{INDENT}{INDENT}");
    let fits = |columns: usize| columns + on_one_line.len() + ";".len() <= MAX_COLUMNS;
    if fits(member.len() + " ".len()) {
        writeln!(module, "{member} {on_one_line};")
    } else if fits(2 * INDENT.len()) {
        writeln!(module, "{member}{inner}{on_one_line};")
    } else {
        let separator = format!("{inner}| ");
        writeln!(module, "{member}{separator}{};", all.join(&separator))
    }
}

fn map(
    module: &mut String,
    name: &str,
    text: &str,
    members: impl Iterator<Item = (String, String)>,
) -> fmt::Result {
    head(module, name, &Comment::new(text))?;
    for (key, value) in members {
        writeln!(module, "{INDENT}{key}: {value};")?;
    }
    writeln!(module, "}}")
}

fn head(module: &mut String, name: &str, text: &Comment) -> fmt::Result {
    writeln!(module)?;
    comment(module, "", text)?;
    writeln!(module, "export interface {name} {{")
}

/// Writes a JSDoc comment: on one line if it fits.
fn comment(module: &mut String, indent: &str, text: &Comment) -> fmt::Result {
    let columns = MAX_COLUMNS - indent.len();
    let lines = text.lines(columns - " * ".len());
    match lines.as_slice() {
        [line] if line.len() + "/**  */".len() <= columns => {
            writeln!(module, "{indent}/** {} */", escaped(line))
        }
        lines => {
            writeln!(module, "{indent}/**")?;
            for line in lines {
                writeln!(module, "{}", format!("{indent} * {}", escaped(line)).trim_end())?;
            }
            writeln!(module, "{indent} */")
        }
    }
}

fn escaped(line: &str) -> String {
    line.replace("*/", "*\\/")
}

fn event_types(module: &mut String, catalog: &Catalog) -> fmt::Result {
    writeln!(module)?;
    comment(module, "", &Comment::new("The event types, by category."))?;
    writeln!(module, "export const EVENT_TYPES = [")?;
    for event in catalog.events() {
        writeln!(module, "{INDENT}\"{}\",", event.event_type)?;
    }
    writeln!(module, "] as const;")
}
