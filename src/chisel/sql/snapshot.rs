//! Threads, their open files and containers as they were when the capture began: the
//! tables `threads`, `files` and `containers`. Fields are asked of an event, so each row is
//! one that never happened: its thread is the row's, its file descriptor the row's file,
//! or the container that it describes.

use super::query::Table;
use crate::event::Kind;
use crate::filter::Matching;
use crate::filter::fields::Settings;
use crate::format::scap::block::EventLayout;
use crate::format::scap::event::{RawEvent, made_up};
use crate::state::{Event, World};

/// Enter event of a call that is about a file, and of one that is not.
const ABOUT_FILE: u16 = 6; // read
const ABOUT_NOTHING: u16 = 64; // futex

/// An event about nothing at the time of `now`, of which `body` is the bytes.
fn event<'e>(now: &Event<'_>, code: u16, body: &'e [u8]) -> Option<Event<'e>> {
    let raw = RawEvent::parse(body, EventLayout::USUAL)?;
    Some(Event::alone(now.num, raw, Kind::of_code(code)))
}

/// Shows a row's event, made of the thread in `slot` at the time of `now`.
fn show(
    now: &Event<'_>,
    world: &mut World,
    slot: u32,
    file: Option<i64>,
    look: &mut impl FnMut(&Event<'_>, &World) -> bool,
) -> bool {
    let code = if file.is_some() { ABOUT_FILE } else { ABOUT_NOTHING };
    let body = made_up(now.raw.ts_ns, world.threads.get(slot).tid, code);
    let Some(event) = event(now, code, &body) else { return false };
    let event = Event { slot: Some(slot), fd: file, ..event };
    let call = world.threads.details(slot).call.fd;
    world.threads.details_mut(slot).call.fd = file.unwrap_or(-1);
    let seen = look(&event, world);
    world.threads.details_mut(slot).call.fd = call;
    seen
}

/// Shows the containers that were described.
fn containers(now: &Event<'_>, world: &World, mut look: impl FnMut(&Event<'_>, &World)) {
    let mut known: Vec<_> = world.containers.iter().filter(|(_, known)| known.described).collect();
    known.sort_unstable_by_key(|(_, known)| &known.id);
    let body = made_up(now.raw.ts_ns, -1, ABOUT_NOTHING);
    let Some(event) = event(now, ABOUT_NOTHING, &body) else { return };
    for (id, _) in known {
        look(&Event { described: Some(id), ..event }, world);
    }
}

/// Shows the rows of a table that pass a filter, by thread and number. A thread passes
/// where one of its files does, as in sysdig's `ps`.
pub(super) fn rows(
    table: Table,
    matching: &mut Matching,
    settings: &Settings,
    now: &Event<'_>,
    world: &mut World,
    mut row: impl FnMut(&Event<'_>, &World),
) {
    if table == Table::Containers {
        return containers(now, world, |event, world| {
            if matching.passes(event, world, settings) {
                row(event, world);
            }
        });
    }
    let mut slots = world.threads.slots();
    slots.sort_unstable_by_key(|slot| world.threads.get(*slot).tid);
    for slot in slots {
        let mut files: Vec<i64> = world.files(slot).iter().map(|(number, _)| number).collect();
        files.sort_unstable();
        let mut passes = |event: &Event<'_>, world: &World| matching.passes(event, world, settings);
        if table == Table::Files {
            for file in files {
                show(now, world, slot, Some(file), &mut |event, world| {
                    let passes = passes(event, world);
                    if passes {
                        row(event, world);
                    }
                    passes
                });
            }
            continue;
        }
        let own = show(now, world, slot, None, &mut passes);
        if own || files.iter().any(|file| show(now, world, slot, Some(*file), &mut passes)) {
            show(now, world, slot, None, &mut |event, world| {
                row(event, world);
                true
            });
        }
    }
}
