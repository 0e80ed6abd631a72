//! Class `fdlist`: the files that poll waits for, each a part of one text.

use super::Context;
use super::field::{Field, Needs};
use crate::event::ParamType;
use crate::filter::value::{FieldType, Value, Values};
use crate::state::{Ends, Fd};

/// The fields of this file.
pub(super) const FIELDS: &[Field] = &[
    Field::new(
        "fdlist.nums",
        FieldType::Text,
        Needs::Fds,
        "numbers of the file descriptors of a poll",
        |c, _, out| list(c, out, |number, _| Some(number.to_string().into_bytes())),
    ),
    Field::new("fdlist.names", FieldType::Text, Needs::Fds, "their names", |c, _, out| {
        list(c, out, |_, fd| Some(name(fd)));
    }),
    Field::new("fdlist.cips", FieldType::Text, Needs::Fds, "clients' addresses", |c, _, out| {
        list(c, out, |_, fd| pair(fd).map(|ends| bytes(&ends.source)));
    }),
    Field::new("fdlist.sips", FieldType::Text, Needs::Fds, "servers' addresses", |c, _, out| {
        list(c, out, |_, fd| any(fd).map(|ends| bytes(&ends.destination)));
    }),
    Field::new("fdlist.cports", FieldType::Text, Needs::Fds, "clients' ports", |c, _, out| {
        list(c, out, |_, fd| pair(fd).map(|ends| bytes(&ends.source_port)));
    }),
    Field::new("fdlist.sports", FieldType::Text, Needs::Fds, "servers' ports", |c, _, out| {
        list(c, out, |_, fd| any(fd).map(|ends| bytes(&ends.destination_port)));
    }),
];

fn bytes(text: &impl ToString) -> Vec<u8> {
    text.to_string().into_bytes()
}

fn name(fd: Option<&Fd>) -> Vec<u8> {
    let known = fd.map(|fd| fd.name.clone()).filter(|name| !name.is_empty());
    known.unwrap_or_else(|| b"<NA>".to_vec())
}

fn any(fd: Option<&Fd>) -> Option<Ends> {
    fd?.ends
}

fn pair(fd: Option<&Fd>) -> Option<Ends> {
    fd.filter(|fd| fd.kind.is_inet_pair())?.ends
}

/// One text of all files, with commas; `one` gives the part of a file.
fn list<'a>(
    c: &Context<'a>,
    out: &mut Values<'a>,
    one: impl Fn(i64, Option<&Fd>) -> Option<Vec<u8>>,
) {
    let (Some(kind), Some(slot)) = (c.kind(), c.event.slot) else {
        return;
    };
    let at = kind.params.iter().position(|param| param.kind == ParamType::Fdlist);
    let Some(entries) = at.and_then(|at| c.event.raw.params().get(at)) else {
        return;
    };
    let numbers = entries.get(2..).unwrap_or_default().chunks_exact(10);
    let numbers = numbers.filter_map(|entry| entry.first_chunk().map(|n| i64::from_le_bytes(*n)));
    let parts: Vec<Vec<u8>> =
        numbers.filter_map(|number| one(number, c.world.file(slot, number))).collect();
    let text = parts.join(&b","[..]);
    if !text.is_empty() {
        out.push(Value::made(text));
    }
}
