//! Class `proc`: parents, ancestors, sessions and threads of a process.

use super::Context;
use super::field::{Argument, ArgumentRule, Field, Needs};
use super::process::command_line;
use crate::filter::value::{FieldType, Several, Value, Values};
use crate::state::Identity;

/// The fields of this file.
pub(super) const FIELDS: &[Field] = &[
    Field::new(
        "proc.ppid",
        FieldType::Signed,
        Needs::Threads,
        "process id of the parent",
        |c, _, out| out.extend(c.main().map(|main| Value::Signed(identity(c, main).ptid))),
    ),
    Field::new("proc.pname", FieldType::Text, Needs::Threads, "name of the parent", |c, _, out| {
        out.extend(parent(c).map(|slot| Value::text(&*identity(c, slot).comm)));
    }),
    Field::new(
        "proc.pcmdline",
        FieldType::Text,
        Needs::Threads,
        "name and arguments of the parent",
        |c, _, out| out.extend(parent(c).map(|slot| Value::made(command_line(c, slot)))),
    ),
    Field::new(
        "proc.apid",
        FieldType::Signed,
        Needs::Threads,
        "process id of an ancestor: proc.apid[1] is the parent; in a filter without number: any",
        |c, a, out| ancestor(c, a, out, |id| Value::Signed(id.pid)),
    )
    .takes(ArgumentRule::OptionalIndex)
    .several(Several::Any),
    Field::new(
        "proc.aname",
        FieldType::Text,
        Needs::Threads,
        "name of an ancestor: proc.aname[1] is the parent; in a filter without number: any",
        |c, a, out| ancestor(c, a, out, |id| Value::text(&*id.comm)),
    )
    .takes(ArgumentRule::OptionalIndex)
    .several(Several::Any),
    Field::new(
        "proc.loginshellid",
        FieldType::Signed,
        Needs::Threads,
        "process id of the outermost ancestor that is a shell",
        login_shell,
    ),
    Field::new(
        "proc.sname",
        FieldType::Text,
        Needs::Threads,
        "name of the session's leader, or its oldest process",
        session_name,
    ),
    Field::new(
        "proc.nthreads",
        FieldType::Unsigned,
        Needs::Threads,
        "threads of the process",
        |c, _, out| {
            out.extend(c.main().map(|main| Value::Unsigned(identity(c, main).children + 1)));
        },
    ),
    Field::new(
        "proc.nchilds",
        FieldType::Unsigned,
        Needs::Threads,
        "threads that count on this one",
        |c, _, out| out.extend(c.identity().map(|id| Value::Unsigned(id.children))),
    ),
];

/// Steps up at most: damaged captures may have parents in a ring.
const GENERATIONS: usize = 1000;

fn identity<'a>(c: &Context<'a>, slot: u32) -> &'a Identity {
    &c.world.threads.get(slot).identity
}

/// The parent of the event's thread, if it is still known.
fn parent(c: &Context<'_>) -> Option<u32> {
    c.world.threads.find(c.identity()?.ptid)
}

/// The slots of the process and its ancestors, youngest first.
fn lineage(c: &Context<'_>) -> impl Iterator<Item = u32> {
    let world = c.world;
    let up = move |slot: &u32| world.threads.find(world.threads.get(*slot).identity.ptid);
    std::iter::successors(c.main(), up).take(GENERATIONS)
}

fn ancestor<'a>(
    c: &Context<'a>,
    argument: &Argument,
    out: &mut Values<'a>,
    value: impl Fn(&'a Identity) -> Value<'a>,
) {
    match argument.index() {
        Some(steps) => out.extend(lineage(c).nth(steps).map(|slot| value(identity(c, slot)))),
        None => out.extend(lineage(c).skip(1).map(|slot| value(identity(c, slot)))),
    }
}

fn login_shell<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let shells = lineage(c).map(|slot| identity(c, slot)).filter(|id| id.comm.ends_with("sh"));
    out.extend(shells.last().map(|id| Value::Signed(id.pid)));
}

fn session_name<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let (Some(own), Some(details)) = (c.identity(), c.details()) else {
        return;
    };
    let in_namespace = own.vtid != c.event.raw.tid;
    let leader = c.world.threads.find(details.sid).filter(|_| !in_namespace);
    let same = |slot: &u32| c.world.details(*slot).sid == details.sid;
    let oldest = || lineage(c).take_while(same).last();
    let found = leader.or_else(oldest).or(c.main());
    out.extend(found.map(|slot| Value::text(&*identity(c, slot).comm)));
}
