//! Class `evt`: how much was read and written, and how files were opened.

use super::Context;
use super::evt_args::data;
use super::field::{Argument, Field, Needs};
use crate::event::EventType;
use crate::filter::value::{FieldType, Value, Values};

/// The fields of this file.
pub(super) const FIELDS: &[Field] = &[
    Field::number("evt.buflen", FieldType::Unsigned, Needs::Fds, "bytes read or written", |c| {
        bytes(c, Way::Any, On::Any)
    }),
    Field::new("evt.buflen.in", FieldType::Unsigned, Needs::Fds, "bytes read", |c, _, out| {
        length(c, out, Way::In, On::Any);
    }),
    Field::new("evt.buflen.out", FieldType::Unsigned, Needs::Fds, "bytes written", |c, _, out| {
        length(c, out, Way::Out, On::Any);
    }),
    Field::new(
        "evt.buflen.file",
        FieldType::Unsigned,
        Needs::Fds,
        "bytes read from or written to files",
        |c, _, out| length(c, out, Way::Any, On::File),
    ),
    Field::new(
        "evt.buflen.file.in",
        FieldType::Unsigned,
        Needs::Fds,
        "bytes read from files",
        |c, _, out| length(c, out, Way::In, On::File),
    ),
    Field::new(
        "evt.buflen.file.out",
        FieldType::Unsigned,
        Needs::Fds,
        "bytes written to files",
        |c, _, out| length(c, out, Way::Out, On::File),
    ),
    Field::new(
        "evt.buflen.net",
        FieldType::Unsigned,
        Needs::Fds,
        "bytes received or sent",
        |c, _, out| length(c, out, Way::Any, On::Net),
    ),
    Field::new(
        "evt.buflen.net.in",
        FieldType::Unsigned,
        Needs::Fds,
        "bytes received",
        |c, _, out| length(c, out, Way::In, On::Net),
    ),
    Field::new("evt.buflen.net.out", FieldType::Unsigned, Needs::Fds, "bytes sent", |c, _, out| {
        length(c, out, Way::Out, On::Net);
    }),
    Field::new(
        "evt.is_syslog",
        FieldType::Bool,
        Needs::Fds,
        "writes to the system log",
        |c, _, out| out.push(Value::Bool(is_syslog(c))),
    ),
    Field::new(
        "evt.is_open_read",
        FieldType::Bool,
        Needs::Params,
        "opens a file for reading",
        |c, _, out| opened(c, out, O_READ),
    ),
    Field::new(
        "evt.is_open_write",
        FieldType::Bool,
        Needs::Params,
        "opens a file for writing",
        |c, _, out| opened(c, out, O_WRITE),
    ),
    Field::new(
        "evt.is_open_exec",
        FieldType::Bool,
        Needs::Params,
        "makes a file that may be executed",
        is_open_exec,
    ),
];

/// Access bits of the open flags that captures have.
const O_READ: u32 = 1;
const O_WRITE: u32 = 2;
/// A file is made (`O_CREAT`, `O_TMPFILE`).
const O_MAKES: u32 = 4;
/// Execute bits of a file's mode.
const EXECUTES: u32 = 0o111;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Any,
    In,
    Out,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    Any,
    File,
    Net,
}

fn length(c: &Context<'_>, out: &mut Values<'_>, way: Way, on: On) {
    out.extend(bytes(c, way, on).map(Value::Unsigned));
}

/// Whether events of a type may have a value of `evt.buflen`.
#[must_use]
pub fn may_transfer(kind: &EventType) -> bool {
    kind.is_exit() && kind.category.starts_with("IO_")
}

fn bytes(c: &Context<'_>, way: Way, on: On) -> Option<u64> {
    let kind = c.kind().filter(|kind| may_transfer(kind))?;
    let file = c.own_file()?;
    let goes = match kind.category {
        "IO_READ" => way != Way::Out,
        "IO_WRITE" => way != Way::In,
        // closing and the like: their result counts as sysdig counts it
        "IO_OTHER" => way == Way::Any,
        _ => false,
    };
    let is_on = match on {
        On::Any => true,
        On::File => matches!(file.kind.word(), Some("file")),
        On::Net => file.kind.is_inet(),
    };
    let bytes = c.result().filter(|result| goes && is_on && *result >= 0)?;
    Some(bytes.cast_unsigned())
}

/// Whether the event writes to a file or socket of the system log.
pub(super) fn is_syslog(c: &Context<'_>) -> bool {
    let writes = c.kind().is_some_and(|kind| kind.flags.writes_fd);
    let log = b"/dev/log";
    writes && c.own_file().is_some_and(|file| file.name.windows(log.len()).any(|part| part == log))
}

/// A parameter of an open exit.
fn of_open(c: &Context<'_>, name: &str) -> Option<u32> {
    let kind = c.kind().filter(|kind| kind.is_exit())?;
    let opens = matches!(kind.name, "open" | "openat" | "openat2" | "open_by_handle_at");
    c.event.raw.params().u32(kind.param(name).filter(|_| opens)?)
}

fn opened(c: &Context<'_>, out: &mut Values<'_>, bits: u32) {
    out.push(Value::Bool(of_open(c, "flags").is_some_and(|flags| flags & bits != 0)));
}

fn is_open_exec<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let creat = c.kind().is_some_and(|kind| kind.name == "creat" && kind.is_exit());
    let mode = if creat { c.event.raw.params().u32(2) } else { of_open(c, "mode") };
    let makes = creat || of_open(c, "flags").is_some_and(|flags| flags & O_MAKES != 0);
    out.push(Value::Bool(makes && mode.is_some_and(|mode| mode & EXECUTES != 0)));
}

/// The data that a call transferred, with its file.
pub(super) fn written<'a>(c: &Context<'a>) -> Option<&'a [u8]> {
    if c.event.is_exit() && is_syslog(c) { data(c) } else { None }
}
