//! Calls that open, copy and close files.

use super::super::fd::{Fd, FdKind};
use super::super::fdtable::PARKED;
use super::super::path::{join, until_nul};
use super::Step;
use super::names::{at_directory, directory_of};
use crate::format::scap::event::Params;

/// `O_DIRECTORY` as captures have it.
const O_DIRECTORY: u32 = 0x400;
/// `F_DUPFD` and `F_DUPFD_CLOEXEC` as captures have them.
const DUPLICATES: [i64; 2] = [1, 26];

/// Where an open call has its parameters, in the exit and in the enter event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OpenAt {
    dirfd: Option<(usize, usize)>,
    name: (usize, usize),
    flags: Option<(usize, usize)>,
    device: usize,
}

pub(super) const OPEN: OpenAt =
    OpenAt { dirfd: None, name: (1, 0), flags: Some((2, 1)), device: 4 };
pub(super) const CREAT: OpenAt = OpenAt { dirfd: None, name: (1, 0), flags: None, device: 3 };
pub(super) const OPENAT: OpenAt =
    OpenAt { dirfd: Some((1, 0)), name: (2, 1), flags: Some((3, 2)), device: 5 };
pub(super) const OPENAT2: OpenAt =
    OpenAt { dirfd: Some((1, 0)), name: (2, 1), flags: Some((3, 2)), device: 6 };

/// A path of an enter event that tells something.
fn told<'a>(params: &Params<'a>, at: usize) -> Option<&'a [u8]> {
    let name = until_nul(params.get(at)?);
    (!name.is_empty() && name != b"(NULL)").then_some(name)
}

pub(super) fn open(step: &mut Step<'_, '_>, at: OpenAt) {
    let call = &step.world.details(step.slot).call;
    // captures without enter events: the exit tells all
    let alone = call.code.is_none();
    let Some(number) = step.success().filter(|_| step.matched || alone) else {
        return;
    };
    let enter = step.enter();
    if enter.is_none() && !alone {
        return;
    }
    let by_enter = enter.as_ref().and_then(|enter| told(enter, at.name.1));
    let params = enter.as_ref().filter(|_| by_enter.is_some()).unwrap_or(&step.params);
    let pick = |(exit, enter): (usize, usize)| if by_enter.is_some() { enter } else { exit };
    let name =
        by_enter.unwrap_or_else(|| until_nul(step.params.get(at.name.0).unwrap_or_default()));
    let flags = at.flags.and_then(|at| params.u32(pick(at))).unwrap_or(0);
    let dirfd = at.dirfd.and_then(|at| params.signed(pick(at)));
    let directory = match dirfd {
        Some(dirfd) => at_directory(step.world, step.slot, name, dirfd),
        None => directory_of(step.world, step.slot, name),
    };
    let path = join(&directory, name);
    let device = step.params.u32(at.device).unwrap_or(0);
    let kind = if flags & O_DIRECTORY != 0 { FdKind::Directory } else { FdKind::File };
    step.world.add_file(step.slot, number, Fd { device, ..Fd::new(kind, path) });
}

/// The first openat, whose exit tells nothing but the result.
pub(super) fn open_old(step: &mut Step<'_, '_>) {
    if !step.matched {
        return;
    }
    let Some(number) = step.success() else {
        return;
    };
    let Some(enter) = step.enter() else {
        return;
    };
    let name = until_nul(enter.get(1).unwrap_or_default()).to_vec();
    let flags = enter.u32(2).unwrap_or(0);
    let dirfd = enter.signed(0).unwrap_or(-1);
    let path = join(&at_directory(step.world, step.slot, &name, dirfd), &name);
    let kind = if flags & O_DIRECTORY != 0 { FdKind::Directory } else { FdKind::File };
    step.world.add_file(step.slot, number, Fd::new(kind, path));
}

/// A descriptor without a name.
pub(super) fn made(step: &mut Step<'_, '_>, kind: FdKind) {
    if let Some(number) = step.success() {
        step.world.add_file(step.slot, number, Fd::new(kind, b""));
    }
}

/// A descriptor whose name the exit tells.
pub(super) fn named(step: &mut Step<'_, '_>, kind: FdKind, at: usize) {
    if let Some(number) = step.success() {
        let name = until_nul(step.params.get(at).unwrap_or_default());
        step.world.add_file(step.slot, number, Fd::new(kind, name));
    }
}

/// Two ends without names.
pub(super) fn pair(step: &mut Step<'_, '_>, kind: FdKind) {
    if step.success().is_none() {
        return;
    }
    for number in [1, 2].iter().filter_map(|at| step.params.signed(*at)) {
        step.world.add_file(step.slot, number, Fd::new(kind, b""));
    }
}

pub(super) fn dup(step: &mut Step<'_, '_>) {
    let (Some(number), true) = (step.success(), step.has_file()) else {
        return;
    };
    let from = step.number();
    let copy = step.world.file(step.slot, from).cloned();
    if let Some(copy) = copy {
        step.world.add_file(step.slot, number, copy);
    }
}

/// Whether this enter event of fcntl asks for a copy.
pub(super) fn duplicates(params: &Params<'_>) -> bool {
    params.signed(1).is_some_and(|command| DUPLICATES.contains(&command))
}

pub(super) fn fcntl(step: &mut Step<'_, '_>) {
    if step.matched && step.enter().is_some_and(|enter| duplicates(&enter)) {
        dup(step);
    }
}

pub(super) fn close_enter(step: &mut Step<'_, '_>) {
    let number = step.number();
    if let Some(fd) = step.world.file_silently(step.slot, number) {
        fd.closing = true;
    }
}

/// Gives the number to be removed before the next event.
pub(super) fn close_exit(step: &mut Step<'_, '_>) -> Option<i64> {
    if !step.matched {
        return None;
    }
    let (number, success) = (step.number(), step.success().is_some());
    let fd = step.world.file_silently(step.slot, number)?;
    if !success {
        fd.closing = false;
        return None;
    }
    let parked = std::mem::take(&mut fd.close_cancelled);
    Some(if parked { PARKED } else { number })
}
