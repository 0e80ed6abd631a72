//! Class `thread`: what differs between the threads of a process.

use super::Context;
use super::field::{Argument, ArgumentRule, Field, Needs};
use super::process::cgroups;
use crate::filter::value::{FieldType, Value, Values};

/// The fields of this file.
pub(super) const FIELDS: &[Field] = &[
    Field::new("thread.tid", FieldType::Signed, Needs::Header, "thread id", |c, _, out| {
        out.push(Value::Signed(c.event.raw.tid));
    }),
    Field::new(
        "thread.vtid",
        FieldType::Signed,
        Needs::Threads,
        "thread id in its own pid namespace",
        |c, _, out| out.extend(told(c, c.identity().map(|id| id.vtid))),
    ),
    Field::new(
        "thread.ismain",
        FieldType::Bool,
        Needs::Threads,
        "whether it is the main thread",
        |c, _, out| out.extend(c.event.slot.map(|_| Value::Bool(is_main(c)))),
    ),
    Field::new(
        "thread.nametid",
        FieldType::Text,
        Needs::Threads,
        "name and thread id, put together",
        |c, _, out| {
            out.extend(
                c.identity().map(|id| Value::made(format!("{}{}", id.comm, c.event.raw.tid))),
            );
        },
    ),
    Field::new(
        "thread.exectime",
        FieldType::Time,
        Needs::Threads,
        "of switches: ns since the switch before on that processor",
        exec_time,
    ),
    Field::new(
        "thread.totexectime",
        FieldType::Time,
        Needs::Threads,
        "sum of thread.exectime of the thread, ns",
        |c, _, out| out.extend(c.details().map(|own| Value::Unsigned(own.executed_ns))),
    ),
    Field::new(
        "thread.cgroups",
        FieldType::Text,
        Needs::Threads,
        "control groups as text",
        all_cgroups,
    ),
    Field::new(
        "thread.cgroup",
        FieldType::Text,
        Needs::Threads,
        "path of one control group: thread.cgroup.memory",
        one_cgroup,
    )
    .takes(ArgumentRule::Name),
    Field::new(
        "thread.cpu",
        FieldType::Double,
        Needs::Threads,
        "of a thread's statistics: ticks since the ones before, 100 at most",
        |c, _, out| cpu(c, out, |[user, system]| user + system),
    ),
    Field::new(
        "thread.cpu.user",
        FieldType::Double,
        Needs::Threads,
        "the part in user mode",
        |c, _, out| cpu(c, out, |[user, _]| user),
    ),
    Field::new(
        "thread.cpu.system",
        FieldType::Double,
        Needs::Threads,
        "the part in the kernel",
        |c, _, out| cpu(c, out, |[_, system]| system),
    ),
    Field::new(
        "thread.pfmajor",
        FieldType::Unsigned,
        Needs::Threads,
        "major page faults",
        |c, _, out| out.extend(c.details().map(|own| Value::Unsigned(own.faults[0]))),
    ),
    Field::new(
        "thread.pfminor",
        FieldType::Unsigned,
        Needs::Threads,
        "minor page faults",
        |c, _, out| out.extend(c.details().map(|own| Value::Unsigned(own.faults[1]))),
    ),
    Field::new(
        "thread.vmsize",
        FieldType::Unsigned,
        Needs::Threads,
        "virtual memory of a main thread, kB; else 0",
        |c, _, out| memory(c, out, 0, 1),
    ),
    Field::new(
        "thread.vmrss",
        FieldType::Unsigned,
        Needs::Threads,
        "resident memory of a main thread, kB; else 0",
        |c, _, out| memory(c, out, 1, 1),
    ),
    Field::new(
        "thread.vmsize.b",
        FieldType::Unsigned,
        Needs::Threads,
        "virtual memory of a main thread, bytes",
        |c, _, out| memory(c, out, 0, 1024),
    ),
    Field::new(
        "thread.vmrss.b",
        FieldType::Unsigned,
        Needs::Threads,
        "resident memory of a main thread, bytes",
        |c, _, out| memory(c, out, 1, 1024),
    ),
];

/// An id in a namespace: none for -1, -2 for what a container's description
/// is said to come from.
pub(super) fn told<'a>(c: &Context<'a>, id: Option<i64>) -> Option<Value<'a>> {
    let described = c.event.described.map(|_| -2);
    described.or(id).filter(|id| *id != -1).map(Value::Signed)
}

fn is_main(c: &Context<'_>) -> bool {
    c.main() == c.event.slot
}

fn exec_time<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    if c.event.slot.is_some() {
        let switch = c.event.kind.name() == "switch";
        out.push(Value::Unsigned(if switch { c.world.ran_ns } else { 0 }));
    }
}

fn cpu(c: &Context<'_>, out: &mut Values<'_>, part: impl Fn([u64; 2]) -> u64) {
    if c.event.slot.is_some() && c.event.kind.name() == "procinfo" {
        out.push(Value::Double((part(c.world.ticks) as f64).min(100.0)));
    }
}

fn memory(c: &Context<'_>, out: &mut Values<'_>, which: usize, unit: u64) {
    let own = c.details().map(|own| u64::from(own.memory_kb[which]));
    out.extend(own.map(|kb| Value::Unsigned(if is_main(c) { kb * unit } else { 0 })));
}

fn all_cgroups<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let Some(own) = c.details() else {
        return;
    };
    let part = |(name, path): (String, &[u8])| [name.as_bytes(), b"=", path].concat();
    let parts: Vec<Vec<u8>> = cgroups(&own.cgroups).map(part).collect();
    if !parts.is_empty() {
        out.push(Value::made(parts.join(&b" "[..])));
    }
}

fn one_cgroup<'a>(c: &Context<'a>, argument: &Argument, out: &mut Values<'a>) {
    let Some(own) = c.details() else {
        return;
    };
    let found = cgroups(&own.cgroups).find(|(name, _)| name == argument.text());
    out.extend(found.map(|(_, path)| Value::text(path)));
}
