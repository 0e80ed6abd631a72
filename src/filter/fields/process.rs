//! Class `proc`: what the threads of a process have in common.

use std::borrow::Cow;

use super::Context;
use super::field::{Argument, Field, Needs, borrowed};
use super::thread::told;
use crate::filter::value::{FieldType, Value, Values};
use crate::state::Details;

/// The fields of this file.
pub(super) const FIELDS: &[Field] = &[
    Field::new("proc.pid", FieldType::Signed, Needs::Threads, "process id", pid),
    Field::new(
        "proc.vpid",
        FieldType::Signed,
        Needs::Threads,
        "process id in its own pid namespace",
        |c, _, out| out.extend(told(c, c.details().map(|own| own.vpid))),
    ),
    Field::text("proc.name", Needs::Threads, "name of the program, as the kernel keeps it", name),
    Field::new(
        "proc.exe",
        FieldType::Text,
        Needs::Threads,
        "first word of the command line",
        |c, _, out| own(c, out, |own| Value::text(&own.exe)),
    ),
    Field::new(
        "proc.exepath",
        FieldType::Text,
        Needs::Threads,
        "path of the program",
        |c, _, out| own(c, out, |own| Value::text(&own.exepath)),
    ),
    Field::new(
        "proc.args",
        FieldType::Text,
        Needs::Threads,
        "command line without its first word",
        |c, _, out| own(c, out, |own| Value::made(words(&own.args))),
    ),
    Field::new(
        "proc.cmdline",
        FieldType::Text,
        Needs::Threads,
        "name and arguments",
        |c, _, out| out.extend(c.event.slot.map(|slot| Value::made(command_line(c, slot)))),
    ),
    Field::new(
        "proc.exeline",
        FieldType::Text,
        Needs::Threads,
        "first word of the command line, and arguments",
        |c, _, out| own(c, out, |own| Value::made(exe_line(own))),
    ),
    Field::new("proc.env", FieldType::Text, Needs::Threads, "environment", |c, _, out| {
        out.extend(c.main().map(|main| Value::made(words(&c.world.details(main).env))));
    }),
    Field::new(
        "proc.cwd",
        FieldType::Text,
        Needs::Threads,
        "working directory with a trailing slash",
        |c, _, out| out.extend(c.event.slot.map(|slot| Value::text(c.world.cwd(slot)))),
    ),
    Field::new("proc.sid", FieldType::Signed, Needs::Threads, "session id", |c, _, out| {
        own(c, out, |own| Value::Signed(own.sid));
    }),
    Field::new(
        "proc.vpgid",
        FieldType::Signed,
        Needs::Threads,
        "process group in its own pid namespace",
        |c, _, out| own(c, out, |own| Value::Signed(own.vpgid)),
    ),
    Field::new(
        "proc.tty",
        FieldType::Signed,
        Needs::Threads,
        "number of the controlling terminal",
        |c, _, out| own(c, out, |own| Value::Signed(i64::from(own.tty.cast_signed()))),
    ),
    Field::number(
        "proc.duration",
        FieldType::Time,
        Needs::Threads,
        "ns since its clone; no value for older processes",
        duration,
    ),
    Field::new("proc.fdopencount", FieldType::Unsigned, Needs::Fds, "open files", |c, _, out| {
        out.extend(c.event.slot.map(|slot| Value::Unsigned(c.world.files(slot).len() as u64)));
    }),
    Field::new(
        "proc.fdlimit",
        FieldType::Signed,
        Needs::Threads,
        "open files at most",
        |c, _, out| out.extend(limit(c).map(Value::Signed)),
    ),
    Field::new(
        "proc.fdusage",
        FieldType::Double,
        Needs::Fds,
        "open files in percent of the limit",
        usage,
    ),
    Field::new(
        "proc.vmsize",
        FieldType::Unsigned,
        Needs::Threads,
        "virtual memory, kB",
        |c, _, out| memory(c, out, 0),
    ),
    Field::new(
        "proc.vmrss",
        FieldType::Unsigned,
        Needs::Threads,
        "resident memory, kB",
        |c, _, out| memory(c, out, 1),
    ),
    Field::new(
        "proc.vmswap",
        FieldType::Unsigned,
        Needs::Threads,
        "swapped memory, kB",
        |c, _, out| memory(c, out, 2),
    ),
    Field::new(
        "proc.is_exe_writable",
        FieldType::Bool,
        Needs::Threads,
        "whether the user may write the program",
        |c, _, out| own(c, out, |own| Value::Bool(own.exe_writable)),
    ),
    Field::new(
        "proc.is_container_healthcheck",
        FieldType::Bool,
        Needs::Threads,
        "is a container's health check; not told by captures: false",
        no,
    ),
    Field::new(
        "proc.is_container_liveness_probe",
        FieldType::Bool,
        Needs::Threads,
        "is a container's liveness probe; not told by captures: false",
        no,
    ),
    Field::new(
        "proc.is_container_readiness_probe",
        FieldType::Bool,
        Needs::Threads,
        "is a container's readiness probe; not told by captures: false",
        no,
    ),
];

fn own<'a>(c: &Context<'a>, out: &mut Values<'a>, value: impl Fn(&'a Details) -> Value<'a>) {
    out.extend(c.details().map(value));
}

fn no<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    out.extend(c.event.slot.map(|_| Value::Bool(false)));
}

fn pid<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let described = c.event.described.map(|_| -1);
    out.extend(described.or(c.identity().map(|id| id.pid)).map(Value::Signed));
}

fn name<'a>(c: &Context<'a>) -> Option<Cow<'a, [u8]>> {
    match c.event.described {
        Some(id) => {
            let text = format!("container:{}", c.world.containers.get(id).id);
            Some(Cow::Owned(text.into_bytes()))
        }
        None => Some(borrowed(&*c.identity()?.comm)),
    }
}

/// NUL-separated words with blanks instead.
pub(super) fn words(text: &[u8]) -> Vec<u8> {
    let text = text.strip_suffix(b"\0").unwrap_or(text);
    text.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }).collect()
}

fn line(first: &[u8], args: &[u8]) -> Vec<u8> {
    let mut line = first.to_vec();
    if !args.is_empty() {
        line.push(b' ');
        line.extend(words(args));
    }
    line
}

/// With a blank behind, even where no argument follows: so sysdig has it.
fn exe_line(own: &Details) -> Vec<u8> {
    [&own.exe, &b" "[..], &words(&own.args)].concat()
}

/// Name and arguments of the thread in `slot`.
pub(super) fn command_line(c: &Context<'_>, slot: u32) -> Vec<u8> {
    let comm = &c.world.threads.get(slot).identity.comm;
    line(comm.as_bytes(), &c.world.details(slot).args)
}

fn duration(c: &Context<'_>) -> Option<u64> {
    let born = c.identity().map_or(0, |identity| identity.clone_ns);
    (born != 0).then(|| c.event.raw.ts_ns.wrapping_sub(born))
}

fn limit(c: &Context<'_>) -> Option<i64> {
    c.main().map(|main| c.world.details(main).fdlimit)
}

fn usage<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    if let (Some(slot), Some(limit)) = (c.event.slot, limit(c)) {
        let open = c.world.files(slot).len() as f64;
        out.push(Value::Double(if limit > 0 { open * 100.0 / limit as f64 } else { 0.0 }));
    }
}

fn memory<'a>(c: &Context<'a>, out: &mut Values<'a>, which: usize) {
    // what the thread's own calls told last: calls for memory name the thread
    own(c, out, |own| Value::Unsigned(u64::from(own.memory_kb[which])));
}

/// Control groups by the names of their subsystems, and paths.
pub(super) fn cgroups(text: &[u8]) -> impl Iterator<Item = (String, &[u8])> {
    text.split(|byte| *byte == 0).filter_map(|group| {
        let at = group.iter().rposition(|byte| *byte == b'=')?;
        let name = String::from_utf8_lossy(&group[..at]).replace("_cgroup", "");
        let name = match name.as_str() {
            "perf" => "perf_event".to_owned(),
            "mem" => "memory".to_owned(),
            "io" => "blkio".to_owned(),
            _ => name,
        };
        Some((name, &group[at + 1..]))
    })
}
