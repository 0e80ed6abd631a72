//! Class `evt`: the arguments of the event, as text and as they are.

use super::Context;
use super::field::{Argument, ArgumentRule, Field, Needs};
use crate::event::ParamType;
use crate::filter::value::{FieldType, Value, Values};
use crate::state::path::{join, until_nul};

/// The fields of this file.
pub(super) const FIELDS: &[Field] = &[
    Field::new("evt.args", FieldType::Text, Needs::Fds, "all arguments as text", args)
        .written_by(write_args),
    Field::new(
        "evt.info",
        FieldType::Text,
        Needs::Fds,
        "all arguments as text, or what a log message says",
        info,
    )
    .written_by(write_info),
    Field::new(
        "evt.arg",
        FieldType::Text,
        Needs::Fds,
        "one argument as text, by name or number: evt.arg.fd, evt.arg[0]",
        arg,
    )
    .takes(ArgumentRule::NameOrIndex),
    Field::new("evt.buffer", FieldType::Bytes, Needs::Params, "the data of the call", buffer),
    Field::new(
        "evt.abspath",
        FieldType::Text,
        Needs::Fds,
        "absolute path of a call with a directory argument; .src or .dst where it has two",
        abspath,
    )
    .takes(ArgumentRule::OptionalName),
];

/// `evt.rawarg` for each type that an argument may have; the name decides.
pub(super) const RAW: [Field; 3] = [
    Field::new(
        "evt.rawarg",
        FieldType::Signed,
        Needs::Params,
        "one argument as a number, by name",
        raw_arg,
    )
    .takes(ArgumentRule::Name),
    Field::new(
        "evt.rawarg",
        FieldType::Unsigned,
        Needs::Params,
        "one argument as a number, by name",
        raw_arg,
    )
    .takes(ArgumentRule::Name),
    Field::new(
        "evt.rawarg",
        FieldType::Text,
        Needs::Params,
        "one argument as a text, by name",
        raw_arg,
    )
    .takes(ArgumentRule::Name),
];

fn write_args(c: &Context<'_>, out: &mut Vec<u8>) {
    if let Some(arguments) = c.arguments() {
        arguments.all(out);
    }
}

fn args<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let mut text = Vec::with_capacity(96);
    write_args(c, &mut text);
    out.push(Value::made(text));
}

fn write_info(c: &Context<'_>, out: &mut Vec<u8>) {
    match super::syslog::line(c) {
        Some(line) => out.extend_from_slice(&line),
        None => write_args(c, out),
    }
}

fn info<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let mut text = Vec::with_capacity(96);
    write_info(c, &mut text);
    out.push(Value::made(text));
}

fn arg<'a>(c: &Context<'a>, argument: &Argument, out: &mut Values<'a>) {
    let at = match argument {
        Argument::Name(name) => c.kind().and_then(|kind| kind.param(name)),
        _ => argument.index(),
    };
    let (Some(at), Some(arguments)) = (at, c.arguments()) else {
        return;
    };
    let mut text = Vec::new();
    if arguments.text(at, &mut text) {
        out.push(Value::made(text));
    }
}

/// The type of field for a parameter of this type; `None` where it cannot be
/// compared raw.
pub(super) fn raw_field(kind: ParamType) -> Option<&'static Field> {
    use ParamType as P;
    let at = match kind {
        P::Int8 | P::Int16 | P::Int32 | P::Int64 | P::Errno | P::Fd | P::Pid => 0,
        P::Charbuf | P::Fspath | P::Fsrelpath => 2,
        P::Bytebuf | P::Sockaddr | P::Socktuple | P::Fdlist | P::Dyn => return None,
        _ => 1,
    };
    RAW.get(at)
}

/// What `evt.rawarg` gives for a parameter of this type; `None`: nothing.
#[must_use]
pub fn raw_type(kind: ParamType) -> Option<FieldType> {
    raw_field(kind).map(|field| field.kind)
}

fn raw_arg<'a>(c: &Context<'a>, argument: &Argument, out: &mut Values<'a>) {
    let Some(kind) = c.kind() else {
        return;
    };
    let Some(at) = kind.param(argument.text()) else {
        return;
    };
    let (Some(param), Some(bytes)) = (kind.params.get(at), c.event.raw.params().get(at)) else {
        return;
    };
    let mut wide = [0; 8];
    let number = |wide: &mut [u8; 8]| {
        let width = bytes.len().min(8);
        wide[..width].copy_from_slice(&bytes[..width]);
        u64::from_le_bytes(*wide)
    };
    match raw_type(param.kind) {
        Some(FieldType::Text) => out.push(Value::text(until_nul(bytes))),
        Some(FieldType::Signed) => out.extend(c.event.raw.params().signed(at).map(Value::Signed)),
        Some(_) if !bytes.is_empty() => out.push(Value::Unsigned(number(&mut wide))),
        _ => {}
    }
}

/// The parameter that holds a call's data.
pub(super) fn data<'a>(c: &Context<'a>) -> Option<&'a [u8]> {
    let kind = c.kind()?;
    let at = kind.params.iter().position(|param| param.name == "data")?;
    c.event.raw.params().get(at)
}

fn buffer<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    out.extend(data(c).map(Value::bytes));
}

/// Where a call has a directory and a path seen from it: the path asked for
/// by `.src`, `.dst` or nothing, which is the source; a call with one path has
/// that under all three.
fn places(name: &str, which: &str) -> Option<(&'static str, &'static str)> {
    Some(match (name, which) {
        ("openat" | "openat2" | "fchmodat", _) => {
            ("dirfd", if name == "fchmodat" { "filename" } else { "name" })
        }
        ("mkdirat", _) => ("dirfd", "path"),
        ("unlinkat", _) => ("dirfd", "name"),
        ("renameat" | "renameat2", "src" | "") => ("olddirfd", "oldpath"),
        ("renameat" | "renameat2", "dst") => ("newdirfd", "newpath"),
        ("linkat", "src" | "") => ("olddir", "oldpath"),
        ("linkat", "dst") => ("newdir", "newpath"),
        ("symlinkat", _) => ("linkdirfd", "linkpath"),
        _ => return None,
    })
}

fn abspath<'a>(c: &Context<'a>, argument: &Argument, out: &mut Values<'a>) {
    let Some(kind) = c.kind().filter(|kind| kind.is_exit()) else {
        return;
    };
    let found = places(kind.name, argument.text());
    let at = found.and_then(|(dirfd, path)| Some((kind.param(dirfd)?, kind.param(path)?)));
    let (Some((dirfd, path)), Some(slot)) = (at, c.event.slot) else {
        return;
    };
    let params = c.event.raw.params();
    let (Some(dirfd), Some(path)) = (params.signed(dirfd), params.get(path)) else {
        return;
    };
    let directory = c.world.at_directory(slot, path, dirfd);
    out.push(Value::made(join(&directory, path)));
}
