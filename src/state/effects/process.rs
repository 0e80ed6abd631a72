//! Calls that change properties of a thread or its process.

use std::sync::Arc;

use super::super::details::directory;
use super::super::path::{join, until_nul};
use super::Step;
use super::names::{at_directory, directory_of};

/// `RLIMIT_NOFILE` as captures have it.
const OPEN_FILES: i64 = 7;

/// `AT_EMPTY_PATH` as captures have it.
const AT_EMPTY_PATH: u32 = 1;

/// The path of the new program, which newer writers tell in the enter event.
pub(super) fn exec(step: &mut Step<'_, '_>) {
    if step.success().is_none() || !step.matched {
        return;
    }
    let path = {
        let Some(enter) = step.enter() else {
            return;
        };
        let at_path = enter.len() >= 3;
        let Some(name) = enter.get(usize::from(at_path)).map(until_nul) else {
            return;
        };
        if at_path {
            let dirfd = enter.signed(0).unwrap_or(-1);
            let directory = at_directory(step.world, step.slot, name, dirfd);
            let empty = enter.u32(2).is_some_and(|flags| flags & AT_EMPTY_PATH != 0);
            if empty && (name.is_empty() || name == b"<NA>") {
                directory.strip_suffix(b"/").unwrap_or(&directory).to_vec()
            } else {
                join(&directory, name)
            }
        } else if name == b"<NA>" {
            name.to_vec()
        } else {
            join(&directory_of(step.world, step.slot, name), name)
        }
    };
    step.world.threads.details_mut(step.slot).exepath = Arc::from(path);
}

/// The new working directory, as text from the current one.
fn change_directory(step: &mut Step<'_, '_>, path: &[u8]) {
    let main = step.world.main_slot(step.slot);
    let details = step.world.threads.details_mut(main);
    details.cwd = directory(&details.cwd, path);
}

pub(super) fn chdir(step: &mut Step<'_, '_>) {
    if step.success().is_some() {
        let path = until_nul(step.params.get(1).unwrap_or_default());
        change_directory(step, path);
    }
}

pub(super) fn fchdir(step: &mut Step<'_, '_>) {
    if step.success().is_none() || !step.has_file() {
        return;
    }
    let name = step.world.file(step.slot, step.number()).map(|fd| fd.name.clone());
    change_directory(step, &name.unwrap_or_default());
}

pub(super) fn chroot(step: &mut Step<'_, '_>) {
    if step.success().is_some() {
        let path = until_nul(step.params.get(1).unwrap_or_default());
        let root = join(step.world.cwd(step.slot), path);
        step.world.threads.details_mut(step.slot).root = Arc::from(root);
    }
}

/// A number that the enter event told of a call that succeeded.
fn granted(step: &Step<'_, '_>, at: usize) -> Option<u32> {
    step.success().filter(|_| step.matched)?;
    let id = step.enter()?.u32(at)?;
    (id != u32::MAX).then_some(id)
}

pub(super) fn set_user(step: &mut Step<'_, '_>, at: usize) {
    if let Some(uid) = granted(step, at) {
        step.world.threads.set_uid(step.slot, uid);
    }
}

pub(super) fn set_group(step: &mut Step<'_, '_>, at: usize) {
    if let Some(gid) = granted(step, at) {
        step.world.threads.details_mut(step.slot).gid = gid;
    }
}

pub(super) fn set_session(step: &mut Step<'_, '_>) {
    if let Some(sid) = step.success() {
        step.world.threads.details_mut(step.slot).sid = sid;
    }
}

pub(super) fn set_process_group(step: &mut Step<'_, '_>) {
    if step.success().is_none() || !step.matched {
        return;
    }
    let Some(enter) = step.enter() else {
        return;
    };
    let (Some(pid), Some(group)) = (enter.signed(0), enter.signed(1)) else {
        return;
    };
    let whose = if pid == 0 { Some(step.slot) } else { step.world.threads.find(pid) };
    if let Some(slot) = whose {
        step.world.threads.details_mut(slot).vpgid = group;
    }
}

fn set_limit(step: &mut Step<'_, '_>, slot: u32) {
    if let Some(limit) = step.params.signed(1).filter(|limit| *limit != -1) {
        let main = step.world.main_slot(slot);
        step.world.threads.details_mut(main).fdlimit = limit;
    }
}

/// Whether the call asked for the limit of open files, which it has at `at`.
fn about_files(step: &Step<'_, '_>, at: usize) -> bool {
    let enter = step.enter();
    step.matched
        && step.success().is_some()
        && enter.and_then(|enter| enter.signed(at)) == Some(OPEN_FILES)
}

pub(super) fn limit(step: &mut Step<'_, '_>) {
    if about_files(step, 0) {
        set_limit(step, step.slot);
    }
}

pub(super) fn limit_of(step: &mut Step<'_, '_>) {
    if !about_files(step, 1) {
        return;
    }
    let enter = step.enter();
    let pid = enter.and_then(|enter| enter.signed(0)).unwrap_or(0);
    let whose = if pid == 0 { Some(step.slot) } else { step.world.threads.find(pid) };
    if let Some(slot) = whose {
        set_limit(step, slot);
    }
}

fn set_memory(step: &mut Step<'_, '_>, slot: u32, first: usize) {
    for place in 0..3 {
        if let Some(kb) = step.params.u32(first + place) {
            step.world.threads.details_mut(slot).memory_kb[place] = kb;
        }
    }
}

pub(super) fn memory(step: &mut Step<'_, '_>) {
    set_memory(step, step.slot, 1);
}

/// A scheduler switch: page faults of the thread, memory of its process, and
/// the time since the last switch on that processor.
pub(super) fn switch(step: &mut Step<'_, '_>) {
    for place in 0..2 {
        if let Some(faults) = step.params.signed(1 + place) {
            let details = step.world.threads.details_mut(step.slot);
            details.faults[place] = faults.cast_unsigned();
        }
    }
    set_memory(step, step.world.main_slot(step.slot), 3);
    let cpu = usize::from(step.cpu);
    if step.world.switched_ns.len() <= cpu {
        step.world.switched_ns.resize(cpu + 1, 0);
    }
    let before = std::mem::replace(&mut step.world.switched_ns[cpu], step.ts_ns);
    let ran = if before == 0 { 0 } else { step.ts_ns.saturating_sub(before) };
    step.world.ran_ns = ran;
    step.world.threads.details_mut(step.slot).executed_ns += ran;
}

/// Ticks of user and system time.
pub(super) fn proc_info(step: &mut Step<'_, '_>) {
    let ticks = [0, 1].map(|at| step.params.signed(at).map_or(0, i64::cast_unsigned));
    let details = step.world.threads.details_mut(step.slot);
    let before = std::mem::replace(&mut details.ticks, ticks);
    step.world.ticks = [0, 1].map(|at| {
        let (new, old) = (ticks[at], before[at]);
        if old == 0 { 0 } else { new.saturating_sub(old) }
    });
}

/// Notes the file descriptor, which no enter event told.
pub(super) fn get_sock_opt(step: &mut Step<'_, '_>) {
    if let Some(number) = step.params.signed(1) {
        step.world.threads.details_mut(step.slot).call.fd = number;
    }
}
