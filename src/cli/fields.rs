//! `analyze fields`: what filters and formats may ask of an event.

use clap::Args;

use super::messages::Outcome;
use super::output::{self, Colour};
use crate::filter::fields::{ArgumentRule, Field, all};
use crate::filter::value::FieldType;
use crate::report::{Align, Column, markdown, render};

const EXAMPLES: &str = "\
Examples:
  analyze fields                 all fields
  analyze fields fd              those with fd in their name or description
  analyze fields 'proc.*'        by glob";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Part of a name or description, or a glob for names
    #[arg(value_name = "PATTERN")]
    pattern: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// When to use colour
    #[arg(long, value_enum, default_value_t)]
    color: Colour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    #[default]
    Table,
    Markdown,
    Json,
}

pub fn run(arguments: &Arguments) -> Result<Outcome, String> {
    let mut fields: Vec<&Field> =
        all().filter(|field| wanted(field, arguments.pattern.as_deref())).collect();
    fields.dedup_by_key(|field| field.name);
    if fields.is_empty() {
        let pattern = arguments.pattern.as_deref().unwrap_or_default();
        return Err(format!("no field matches '{pattern}'; `analyze fields` lists all"));
    }
    let text = match arguments.format {
        Format::Table => {
            let colour = arguments.color.wanted();
            render(&columns(&fields), usize::MAX, &[], colour)
        }
        Format::Markdown => markdown(&columns(&fields)),
        Format::Json => format!("{:#}\n", json(&fields)),
    };
    output::write(None, text.as_bytes())?;
    Ok(Outcome::Done)
}

fn wanted(field: &Field, pattern: Option<&str>) -> bool {
    let Some(pattern) = pattern else {
        return true;
    };
    if pattern.contains(['*', '?', '[']) {
        return glob::Pattern::new(pattern).is_ok_and(|glob| glob.matches(field.name));
    }
    let about = field.about.to_lowercase();
    field.name.contains(pattern) || about.contains(&pattern.to_lowercase())
}

fn type_word(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Text => "text",
        FieldType::Bytes => "data",
        FieldType::Signed | FieldType::Unsigned => "number",
        FieldType::Time => "time, ns",
        FieldType::Bool => "true, false",
        FieldType::Double => "fraction",
        FieldType::Port => "port",
        FieldType::Ip => "address",
        FieldType::Net => "network",
    }
}

fn written(field: &Field) -> String {
    let argument = match field.argument {
        ArgumentRule::None => "",
        ArgumentRule::NameOrIndex => ".NAME or [N]",
        ArgumentRule::Name => ".NAME",
        ArgumentRule::OptionalName => "(.NAME)",
        ArgumentRule::OptionalIndex => "([N])",
        ArgumentRule::Bracket => "[...]",
    };
    format!("{}{argument}", field.name)
}

fn usable(field: &Field) -> &'static str {
    match (field.filter_only, field.printed_only) {
        (true, _) => "filters",
        (_, true) => "formats",
        _ => "",
    }
}

fn columns(fields: &[&Field]) -> Vec<Column> {
    let column = |title: &str, cell: &dyn Fn(&Field) -> String| Column {
        title: title.into(),
        align: Align::Left,
        give_way: 0,
        cells: fields.iter().map(|field| cell(field)).collect(),
    };
    vec![
        column("FIELD", &written),
        column("TYPE", &|field| type_word(field.kind).into()),
        column("NEEDS", &|field| field.needs.words().into()),
        column("ONLY FOR", &|field| usable(field).into()),
        column("MEANING", &|field| field.about.into()),
    ]
}

fn json(fields: &[&Field]) -> serde_json::Value {
    let one = |field: &&Field| {
        serde_json::json!({
            "name": field.name,
            "type": type_word(field.kind),
            "needs": field.needs.words(),
            "argument": field.argument != ArgumentRule::None,
            "filter_only": field.filter_only,
            "print_only": field.printed_only,
            "description": field.about,
        })
    };
    serde_json::json!({
        "schema": "analyze.fields/1",
        "fields": fields.iter().map(one).collect::<Vec<_>>(),
    })
}
