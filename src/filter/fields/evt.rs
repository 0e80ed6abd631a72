//! Class `evt`: number, processor, direction, type, result, and how many.

use super::Context;
use super::field::{Argument, ArgumentRule, Field, Needs, borrowed};
use crate::event::{EventType, errno_name, event_types};
use crate::filter::value::{FieldType, Value, Values};

/// The fields of this file.
pub(super) const FIELDS: &[Field] = &[
    Field::number(
        "evt.num",
        FieldType::Unsigned,
        Needs::Header,
        "number of the event in the capture, hidden ones counted",
        |c| Some(c.event.num),
    ),
    Field::number("evt.cpu", FieldType::Signed, Needs::Header, "processor", |c| {
        Some(u64::from(c.event.raw.cpu))
    }),
    Field::text("evt.dir", Needs::Kind, "> for enter events, < for exits", |c| {
        Some(borrowed(if c.event.is_exit() { "<" } else { ">" }))
    }),
    Field::text("evt.type", Needs::Kind, "name of the event or system call", |c| {
        Some(borrowed(c.event.kind.name()))
    }),
    Field::new(
        "syscall.type",
        FieldType::Text,
        Needs::Kind,
        "as evt.type; no value for switches and events made by tools",
        syscall_name,
    ),
    Field::new(
        "evt.type.is",
        FieldType::Unsigned,
        Needs::Kind,
        "1 if the event has the type named behind it (or of that number), else 0",
        type_is,
    )
    .takes(ArgumentRule::Name),
    Field::new(
        "evt.category",
        FieldType::Text,
        Needs::Fds,
        "kind of event; of I/O, by what it is done on",
        category,
    ),
    Field::new("evt.res", FieldType::Text, Needs::Params, "SUCCESS, or the name of the errno", res),
    Field::new("evt.rawres", FieldType::Signed, Needs::Params, "result as a number", rawres),
    Field::new(
        "evt.failed",
        FieldType::Bool,
        Needs::Params,
        "whether the call failed; false where there is no result",
        failed,
    ),
    Field::new("evt.is_io", FieldType::Bool, Needs::Kind, "reads or writes", |c, _, out| {
        flag(c, out, |kind| kind.flags.reads_fd || kind.flags.writes_fd);
    }),
    Field::new("evt.is_io_read", FieldType::Bool, Needs::Kind, "reads", |c, _, out| {
        flag(c, out, |kind| kind.flags.reads_fd);
    }),
    Field::new("evt.is_io_write", FieldType::Bool, Needs::Kind, "writes", |c, _, out| {
        flag(c, out, |kind| kind.flags.writes_fd);
    }),
    Field::new("evt.io_dir", FieldType::Text, Needs::Kind, "read or write", io_dir),
    Field::new(
        "evt.is_wait",
        FieldType::Bool,
        Needs::Kind,
        "may wait: sleep, select, poll...",
        |c, _, out| flag(c, out, |kind| kind.flags.waits),
    ),
    Field::new("evt.count", FieldType::Unsigned, Needs::Kind, "always 1", |_, _, out| {
        out.push(Value::Unsigned(1));
    }),
    Field::new("evt.count.exit", FieldType::Unsigned, Needs::Kind, "1 for exits", |c, _, out| {
        one_if(c.event.is_exit(), out);
    }),
    Field::new(
        "evt.count.error",
        FieldType::Unsigned,
        Needs::Params,
        "1 for failed calls",
        |c, _, out| one_if(has_failed(c), out),
    ),
    Field::new(
        "evt.count.error.file",
        FieldType::Unsigned,
        Needs::Fds,
        "1 for calls that failed on a file, or to open one",
        |c, _, out| one_if(failure(c) == Some(Failure::File), out),
    ),
    Field::new(
        "evt.count.error.net",
        FieldType::Unsigned,
        Needs::Fds,
        "1 for calls that failed on a socket, or to connect one",
        |c, _, out| one_if(failure(c) == Some(Failure::Net), out),
    ),
    Field::new(
        "evt.count.error.memory",
        FieldType::Unsigned,
        Needs::Params,
        "1 for calls for memory that failed",
        |c, _, out| one_if(failure(c) == Some(Failure::Memory), out),
    ),
    Field::new(
        "evt.count.error.other",
        FieldType::Unsigned,
        Needs::Fds,
        "1 for all other failed calls",
        |c, _, out| one_if(failure(c) == Some(Failure::Other), out),
    ),
    Field::new(
        "evt.count.procinfo",
        FieldType::Unsigned,
        Needs::Threads,
        "1 for the statistics of a main thread",
        |c, _, out| one_if(is_procinfo(c) && is_main(c), out),
    ),
    Field::new(
        "evt.count.threadinfo",
        FieldType::Unsigned,
        Needs::Kind,
        "1 for the statistics of a thread",
        |c, _, out| one_if(is_procinfo(c), out),
    ),
    Field::new(
        "evt.pluginname",
        FieldType::Text,
        Needs::Header,
        "name of the plugin that made the event; captures of system calls have none",
        |_, _, _| (),
    ),
    Field::new(
        "evt.plugininfo",
        FieldType::Text,
        Needs::Header,
        "text of a plugin's event; captures of system calls have none",
        |_, _, _| (),
    ),
];

fn syscall_name<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let tool = c.kind().is_none_or(|kind| kind.flags.skips_threads || kind.name == "switch");
    if !tool {
        out.push(Value::text(c.event.kind.name()));
    }
}

fn type_is<'a>(c: &Context<'a>, argument: &Argument, out: &mut Values<'a>) {
    let code = c.event.raw.code;
    let asked = argument.text();
    let is = match asked.parse::<u16>() {
        Ok(number) => number == code,
        Err(_) => event_types().get(usize::from(code)).is_some_and(|kind| kind.name == asked),
    };
    out.push(Value::Unsigned(u64::from(is)));
}

fn flag<'a>(c: &Context<'a>, out: &mut Values<'a>, is: fn(&EventType) -> bool) {
    out.push(Value::Bool(c.kind().is_some_and(is)));
}

fn io_dir<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let Some(flags) = c.kind().map(|kind| kind.flags) else {
        return;
    };
    if flags.reads_fd {
        out.push(Value::text("read"));
    } else if flags.writes_fd {
        out.push(Value::text("write"));
    }
}

fn one_if(is: bool, out: &mut Values<'_>) {
    if is {
        out.push(Value::Unsigned(1));
    }
}

fn is_procinfo(c: &Context<'_>) -> bool {
    c.kind().is_some_and(|kind| kind.name == "procinfo")
}

fn is_main(c: &Context<'_>) -> bool {
    c.event.slot.is_some_and(|slot| c.main() == Some(slot))
}

fn rawres<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    out.extend(c.result().map(Value::Signed));
}

fn res<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let Some(result) = c.result() else {
        return;
    };
    if result >= 0 {
        out.push(Value::text("SUCCESS"));
        return;
    }
    let number = u32::try_from(result.unsigned_abs()).unwrap_or(u32::MAX);
    match errno_name(number) {
        Some(name) => out.push(Value::text(name)),
        None => out.push(Value::made(result.to_string())),
    }
}

fn has_failed(c: &Context<'_>) -> bool {
    c.result().is_some_and(|result| result < 0)
}

fn failed<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    out.push(Value::Bool(has_failed(c)));
}

/// What a call failed on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Failure {
    File,
    Net,
    Memory,
    Other,
}

fn failure(c: &Context<'_>) -> Option<Failure> {
    if !has_failed(c) {
        return None;
    }
    let kind = c.kind()?;
    let on = c.own_file().map(|file| file.kind.word());
    Some(match kind.name {
        "open" | "creat" | "openat" | "openat2" => Failure::File,
        "accept" | "accept4" | "connect" => Failure::Net,
        _ if matches!(on, Some(Some("file" | "directory"))) => Failure::File,
        _ if matches!(on, Some(Some("ipv4" | "ipv6"))) => Failure::Net,
        _ if on.is_some() => Failure::Other,
        _ if kind.category == "MEMORY" => Failure::Memory,
        _ => Failure::Other,
    })
}

fn category<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let of_kind = c.event.kind.category();
    out.push(Value::text(match of_kind {
        "IO_READ" | "IO_WRITE" | "IO_OTHER" => match c.own_file().and_then(|fd| fd.kind.word()) {
            Some("file" | "directory") => "file",
            Some("ipv4" | "ipv6") => "net",
            Some("pipe" | "unix" | "event" | "signalfd" | "inotify") => "ipc",
            _ => "unknown",
        },
        "IPC" => "IPC",
        "OTHER" => "other",
        "FILE" => "file",
        "NET" => "net",
        "MEMORY" => "memory",
        "PROCESS" => "process",
        "SLEEP" => "sleep",
        "SYSTEM" => "system",
        "SIGNAL" => "signal",
        "USER" => "user",
        "TIME" => "time",
        "PROCESSING" => "processing",
        "WAIT" => "wait",
        "SCHEDULER" => "scheduler",
        _ => "unknown",
    }));
}
