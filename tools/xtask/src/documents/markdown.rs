//! The pages of the events, in Markdown: an index, and a page for each category.

use std::fmt::{self, Write};

use serde_json::Value;

use super::text::{alternatives, cell, codes, example, link, linked, value};

use user_events::catalog::model::{
    Catalog, CategoryPage, Cause, ChangeKind, Disclosure, EventPage, Field, Kind,
};

/// What every generated page says of itself.
pub(super) const GENERATED: &str =
    "<!-- Written by `cargo schemas` from the types of the catalogue. Change those, not this file. -->";

/// The index of all events, `docs/events/README.md`.
pub(super) fn index(catalog: &Catalog) -> Result<String, fmt::Error> {
    let mut page = String::new();
    writeln!(page, "# Events\n\n{GENERATED}\n")?;
    writeln!(
        page,
        "All {} events that are published, by category. Each category has a topic of its own. \
         [envelope.md](../envelope.md) describes what every event carries, [sealing.md](../sealing.md) how personal data is \
         opened, [data-protection.md](../data-protection.md) which data leaves and why, and \
         [asyncapi.json](../asyncapi.json) is the same for machines (AsyncAPI 3). The schemas are under \
         [`schemas/`](../../schemas).\n",
        catalog.events().count()
    )?;
    for category in &catalog.categories {
        let name = &category.name;
        writeln!(page, "## [{name}]({name}.md)\n\n{}\n", category.description)?;
        writeln!(page, "| event | meaning | sealed classes |\n| --- | --- | --- |")?;
        for event in &category.events {
            writeln!(
                page,
                "| {} | {} | {} |",
                link(event, true),
                cell(&linked(&event.meaning, catalog, "")),
                codes(&event.classes)
            )?;
        }
        writeln!(page)?;
    }
    writeln!(
        page,
        "## Types\n\n\
         A *time* is an RFC 3339 date-time in UTC with milliseconds, a *flag* `true` or `false`, a *count* a whole number from \
         0, a *text* whatever the row held. A field that is *one of* some values may hold another one that a later version \
         adds. An optional field without a value is absent, never `null`. A *sealed* field is a \
         class of personal data, encrypted as a whole.\n"
    )?;
    writeln!(page, "## Order and duplicates\n\n{}", order_and_duplicates())?;
    Ok(page)
}

fn order_and_duplicates() -> &'static str {
    "On a FIFO topic the events of one subject come in the order in which its rows were changed, within a category. \
     There is no order across subjects, nor across categories. An event that was parked and published again later \
     comes out of order, with the message attribute `replay`. So compare `sequence`, as text, where subject and \
     category are the same: the higher one is the later change. An event may come more than once, with the same `id` \
     each time. See [order](../envelope.md#order) and [duplicates](../envelope.md#duplicates)."
}

/// The page of a category, `docs/events/<category>.md`.
pub(super) fn category(category: &CategoryPage, catalog: &Catalog) -> Result<String, fmt::Error> {
    let mut page = String::new();
    let name = &category.name;
    writeln!(
        page,
        "# Events: {name}\n\n{GENERATED}\n\n{}\n",
        category.description
    )?;
    writeln!(
        page,
        "They are published to one topic. Its ARN is in the parameter `/user-events/<stage>/topic/{name}`. {}\n",
        order_and_duplicates()
    )?;
    for event in &category.events {
        writeln!(page, "- {}", link(event, false))?;
    }
    for event in &category.events {
        writeln!(page)?;
        write_event(&mut page, event, catalog)?;
    }
    Ok(page)
}

fn write_event(page: &mut String, event: &EventPage, catalog: &Catalog) -> fmt::Result {
    let text = |text: &str| linked(text, catalog, &event.event_type);
    writeln!(page, "## {}\n\n{}\n", event.event_type, text(&event.meaning))?;
    if let Some(notice) = event.sunset_notice() {
        writeln!(page, "**{}**\n", text(&notice))?;
    }
    writeln!(page, "**Published:** {}\n", text(&event.published))?;
    writeln!(page, "**Not published:** {}\n", text(&event.not_published))?;
    writeln!(page, "**What to do:** {}\n", text(&event.consumers))?;
    writeln!(
        page,
        "**Order and duplicates:** in order for each {}, among the events of `{}`. It may come twice, with the same \
         `id`.\n",
        alternatives(&event.subjects),
        event.category
    )?;
    writeln!(
        page,
        "**Data**, by [its schema](../../schemas/{}):\n",
        event.schema_path
    )?;
    writeln!(
        page,
        "| field | type | required | meaning | readable by | example |"
    )?;
    writeln!(page, "| --- | --- | --- | --- | --- | --- |")?;
    for field in &event.fields {
        let readable = match &field.disclosure {
            Disclosure::Public(_) => "everybody".to_owned(),
            Disclosure::Class(class) => format!("class [`{class}`](../data-protection.md#{class})"),
        };
        write_field(page, field, &readable, &text)?;
    }
    writeln!(page)?;
    for field in event.fields.iter().filter(|field| field.kind == Kind::Sealed) {
        writeln!(page, "`{}`, opened:\n", field.name)?;
        writeln!(
            page,
            "| member | type | meaning | example |\n| --- | --- | --- | --- |"
        )?;
        for member in field.members.iter().filter(|member| member.example.is_some()) {
            writeln!(
                page,
                "| `{}` | {} | {} | {} |",
                member.name,
                member.kind.as_str(),
                cell(&member.meaning),
                example(member)
            )?;
        }
        writeln!(page)?;
    }
    for field in event.fields.iter().filter(|field| !field.values.is_empty()) {
        writeln!(
            page,
            "`{}` is one of these, or one that a later version adds:\n",
            field.name
        )?;
        for value in &field.values {
            writeln!(page, "- `{}`: {}", value.value, value.meaning)?;
        }
        writeln!(page)?;
    }
    write_cause(page, &event.cause)?;
    writeln!(
        page,
        "The event that it causes, encrypted with a published example key:\n"
    )?;
    write_json(page, &event.example.envelope)?;
    for (class, opened) in event.example.opened.as_object().into_iter().flatten() {
        writeln!(page, "Its class `{class}`, decrypted:\n")?;
        write_json(page, opened)?;
    }
    writeln!(
        page,
        "The filter policy for this event only: `{}`",
        event.filter_policy
    )
}

fn write_field(
    page: &mut String,
    field: &Field,
    readable: &str,
    text: &dyn Fn(&str) -> String,
) -> fmt::Result {
    writeln!(
        page,
        "| `{}` | {} | {} | {} | {readable} | {} |",
        field.name,
        field.kind.as_str(),
        if field.required { "yes" } else { "" },
        cell(&text(&field.meaning)),
        example(field)
    )
}

fn write_cause(page: &mut String, cause: &Cause) -> fmt::Result {
    let (table, change) = (&cause.table, cause.change.as_str());
    writeln!(
        page,
        "**A change that is this event:** a row of `{table}` is {change}.\n"
    )?;
    match (cause.change, &cause.before, &cause.after) {
        (ChangeKind::WrittenOver, Some(before), _) => {
            writeln!(page, "| attribute | before | after |\n| --- | --- | --- |")?;
            for key in ["pk", "sk"] {
                writeln!(page, "| `{key}` | {0} | {0} |", value(&before[key]))?;
            }
            for difference in &cause.differences {
                let side = |side: &Option<Value>| side.as_ref().map(value).unwrap_or_default();
                let (before, after) = (side(&difference.before), side(&difference.after));
                writeln!(page, "| `{}` | {before} | {after} |", difference.attribute)?;
            }
            writeln!(page)
        }
        (_, Some(row), None) | (_, None, Some(row)) => write_json(page, row),
        _ => Ok(()),
    }
}

/// Indented JSON.
fn write_json(page: &mut String, json: &Value) -> fmt::Result {
    writeln!(page, "```json\n{json:#}\n```\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_with_a_sunset_says_so_before_all_else() {
        let catalog = Catalog::read().unwrap();
        let mut event = catalog.events().next().unwrap().clone();
        let page = |event: &EventPage| {
            let mut page = String::new();
            write_event(&mut page, event, &catalog).unwrap();
            page
        };
        assert!(!page(&event).contains("Published until"));
        event.schema["x-sunset"] = Value::from("2027-06-30");
        event.schema["x-successor"] = Value::from("UserRegisteredEventV2");
        let notice = "**Published until 2027-06-30 only. Read `UserRegisteredEventV2` instead.**";
        assert!(page(&event).contains(notice), "{}", page(&event));
    }
}
