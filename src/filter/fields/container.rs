//! Class `container`: which container a thread is in, and what its
//! description tells.

use super::Context;
use super::field::{Argument, ArgumentRule, Field, Needs, borrowed};
use crate::filter::value::{FieldType, Value, Values};
use crate::state::{Container, Mount};

/// The fields of this file.
pub(super) const FIELDS: &[Field] = &[
    Field::text("container.id", Needs::Threads, "short id; host for none", |c| {
        let id = &c.container()?.id;
        Some(borrowed(if id.is_empty() { "host" } else { id }))
    }),
    Field::text("container.name", Needs::Containers, "name; host for none", |c| {
        Some(borrowed(c.container()?.name.as_deref()?))
    }),
    Field::new("container.image", FieldType::Text, Needs::Containers, "image", |c, _, out| {
        told(c, out, |known| known.image.as_deref());
    }),
    Field::new(
        "container.image.id",
        FieldType::Text,
        Needs::Containers,
        "id of the image",
        |c, _, out| told(c, out, |known| Some(&known.image_id)),
    ),
    Field::new(
        "container.image.repository",
        FieldType::Text,
        Needs::Containers,
        "repository of the image",
        |c, _, out| told(c, out, |known| Some(&known.image_repository)),
    ),
    Field::new(
        "container.image.tag",
        FieldType::Text,
        Needs::Containers,
        "tag of the image",
        |c, _, out| told(c, out, |known| Some(&known.image_tag)),
    ),
    Field::new(
        "container.image.digest",
        FieldType::Text,
        Needs::Containers,
        "digest of the image",
        |c, _, out| told(c, out, |known| Some(&known.image_digest)),
    ),
    Field::new(
        "container.type",
        FieldType::Text,
        Needs::Containers,
        "engine; host for none",
        engine,
    ),
    Field::new(
        "container.privileged",
        FieldType::Bool,
        Needs::Containers,
        "whether it runs privileged",
        privileged,
    ),
    Field::new("container.mounts", FieldType::Text, Needs::Containers, "all mounts", mounts),
    Field::new(
        "container.mount",
        FieldType::Text,
        Needs::Containers,
        "one mount, by number, source or destination (glob): container.mount[/data]",
        |c, a, out| mount(c, a, out, Mount::text, true, true),
    )
    .takes(ArgumentRule::Bracket),
    Field::new(
        "container.mount.source",
        FieldType::Text,
        Needs::Containers,
        "source of a mount, by number or destination",
        |c, a, out| mount(c, a, out, |m| m.source.clone(), false, true),
    )
    .takes(ArgumentRule::Bracket),
    Field::new(
        "container.mount.dest",
        FieldType::Text,
        Needs::Containers,
        "destination of a mount, by number or source",
        |c, a, out| mount(c, a, out, |m| m.destination.clone(), true, false),
    )
    .takes(ArgumentRule::Bracket),
    Field::new(
        "container.mount.mode",
        FieldType::Text,
        Needs::Containers,
        "mode of a mount",
        |c, a, out| mount(c, a, out, |m| m.mode.clone(), true, true),
    )
    .takes(ArgumentRule::Bracket),
    Field::new(
        "container.mount.rdwr",
        FieldType::Text,
        Needs::Containers,
        "whether a mount may be written",
        |c, a, out| mount(c, a, out, |m| m.writable.to_string(), true, true),
    )
    .takes(ArgumentRule::Bracket),
    Field::new(
        "container.mount.propagation",
        FieldType::Text,
        Needs::Containers,
        "propagation of a mount",
        |c, a, out| mount(c, a, out, |m| m.propagation.clone(), true, true),
    )
    .takes(ArgumentRule::Bracket),
    Field::new(
        "container.healthcheck",
        FieldType::Text,
        Needs::Containers,
        "command of the health check, NONE without",
        |c, _, out| probe(c, out, |known| &known.healthcheck),
    ),
    Field::new(
        "container.liveness_probe",
        FieldType::Text,
        Needs::Containers,
        "command of the liveness probe, NONE without",
        |c, _, out| probe(c, out, |known| &known.liveness_probe),
    ),
    Field::new(
        "container.readiness_probe",
        FieldType::Text,
        Needs::Containers,
        "command of the readiness probe, NONE without",
        |c, _, out| probe(c, out, |known| &known.readiness_probe),
    ),
];

/// The container, if there is one and it was described.
fn described<'a>(c: &Context<'a>) -> Option<&'a Container> {
    c.container().filter(|known| known.described)
}

fn told<'a>(
    c: &Context<'a>,
    out: &mut Values<'a>,
    pick: impl Fn(&'a Container) -> Option<&'a str>,
) {
    let text = described(c).and_then(pick).filter(|text| !text.is_empty());
    out.extend(text.map(Value::text));
}

fn engine<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let Some(known) = c.container() else {
        return;
    };
    let word = if known.id.is_empty() { Some("host") } else { known.engine };
    out.extend(word.map(Value::text));
}

fn privileged<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    out.extend(described(c).map(|known| Value::Bool(known.privileged)));
}

fn mounts<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    if let Some(known) = described(c) {
        let texts: Vec<String> = known.mounts.iter().map(Mount::text).collect();
        out.push(Value::made(texts.join(",")));
    }
}

fn mount<'a>(
    c: &Context<'a>,
    argument: &Argument,
    out: &mut Values<'a>,
    part: impl Fn(&Mount) -> String,
    by_source: bool,
    by_destination: bool,
) {
    let Some(known) = described(c) else {
        return;
    };
    let pattern = glob::Pattern::new(argument.text()).ok();
    let matches = |text: &str| pattern.as_ref().is_some_and(|pattern| pattern.matches(text));
    let found = match argument.index() {
        Some(index) => known.mounts.get(index),
        None => known.mounts.iter().find(|mount| {
            by_source && matches(&mount.source) || by_destination && matches(&mount.destination)
        }),
    };
    out.extend(found.map(|mount| Value::made(part(mount))));
}

fn probe<'a>(c: &Context<'a>, out: &mut Values<'a>, pick: impl Fn(&'a Container) -> &'a str) {
    if let Some(known) = described(c) {
        let text = pick(known);
        out.push(Value::text(if text.is_empty() { "NONE" } else { text }));
    }
}
