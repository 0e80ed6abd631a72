//! The fields by which a call's time is split: one entry of a table each. A
//! value comes from what the call worked on ([`Object`]), from how it was made
//! and ended ([`Aspects`]), or from when it ended.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::plan::Places;
use crate::chisel::chosen::Members;
use crate::event::{Kind, event_type, result_name, write_flags};
use crate::state::{Fd, FdKind};

/// A field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CarrierField {
    /// The path of the file.
    Path,
    /// The directory that it is in.
    Directory,
    /// The other end of a connection.
    Peer,
    /// A file descriptor that is no file and no connection.
    Fd,
    /// Which of its jobs the call does.
    Operation,
    /// How much it was asked to move.
    RequestSize,
    /// How it ended.
    Result,
    /// What kind of file it worked on.
    FdType,
    /// The thread.
    Thread,
    /// The process.
    Process,
    /// How deep the path is.
    Depth,
    /// The processor.
    Cpu,
    /// The tenth of the capture.
    Time,
    /// Kind of file and success; for the mix of a call.
    Outcome,
}

/// Where a field's values come from.
#[derive(Clone, Copy)]
pub(super) enum From {
    /// From what the call worked on. `true`: every object has a value of its own.
    Object(fn(&Object) -> Option<String>, bool),
    /// From how it was made and ended.
    Aspect(fn(&Aspects, &About<'_>) -> Option<String>),
    /// From who made it.
    Row(fn(u32, &Who<'_>) -> Option<String>),
    /// From when it ended.
    Time,
}

/// One field.
#[derive(Clone, Copy)]
pub struct CarrierFieldInfo {
    /// Which.
    pub field: CarrierField,
    /// One value of it, in words.
    pub one: &'static str,
    /// Several of them.
    pub several: &'static str,
    /// Its values are names or numbers that may differ between runs of one
    /// program.
    pub may_differ: bool,
    /// Who gets which value is chance: it can only carry what a call costs, not
    /// how often it is made.
    pub by_chance: bool,
    pub(super) from: From,
}

const fn entry(
    field: CarrierField,
    one: &'static str,
    several: &'static str,
    from: From,
) -> CarrierFieldInfo {
    CarrierFieldInfo { field, one, several, may_differ: false, by_chance: false, from }
}

const fn differing(entry: CarrierFieldInfo) -> CarrierFieldInfo {
    CarrierFieldInfo { may_differ: true, ..entry }
}

const fn chance(entry: CarrierFieldInfo) -> CarrierFieldInfo {
    CarrierFieldInfo { by_chance: true, ..entry }
}

/// All fields; of two that say the same, the first is told.
pub const CARRIER_FIELDS: [CarrierFieldInfo; 14] = [
    differing(entry(CarrierField::Path, "path", "paths", From::Object(path, true))),
    differing(entry(
        CarrierField::Directory,
        "directory",
        "directories",
        From::Object(directory, false),
    )),
    differing(entry(CarrierField::Peer, "peer", "peers", From::Object(peer, false))),
    differing(entry(CarrierField::Fd, "descriptor", "descriptors", From::Object(fd, false))),
    entry(CarrierField::Operation, "operation", "operations", From::Aspect(operation)),
    entry(CarrierField::RequestSize, "request size", "request sizes", From::Aspect(request_size)),
    entry(CarrierField::Result, "result", "results", From::Aspect(result)),
    entry(CarrierField::FdType, "fd type", "fd types", From::Aspect(fd_type)),
    differing(entry(CarrierField::Thread, "thread", "threads", From::Row(thread))),
    differing(entry(
        CarrierField::Process,
        "process",
        "processes",
        From::Row(|row, who| Some(process(row, who))),
    )),
    entry(CarrierField::Depth, "depth", "depths", From::Object(depth, false)),
    chance(entry(CarrierField::Cpu, "cpu", "cpus", From::Aspect(|aspects, _| Some(cpu(aspects))))),
    chance(entry(CarrierField::Time, "time", "tenths", From::Time)),
    entry(
        CarrierField::Outcome,
        "outcome",
        "outcomes",
        From::Aspect(|aspects, _| Some(outcome(aspects))),
    ),
];

impl CarrierField {
    /// Its entry in the table.
    #[must_use]
    pub fn info(self) -> &'static CarrierFieldInfo {
        &CARRIER_FIELDS[self as usize]
    }
}

/// What a call worked on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Object {
    pub path: Option<String>,
    /// The path is that of a directory which is open.
    pub is_directory: bool,
    pub peer: Option<String>,
    pub fd: Option<String>,
}

impl Object {
    /// The object that a path is, cleaned.
    pub fn of_path(path: &[u8]) -> Object {
        Object { path: Some(without_ids(&String::from_utf8_lossy(path))), ..Object::default() }
    }

    /// The object that an open file is.
    pub fn of_file(file: &Fd, number: i64) -> Object {
        let name = String::from_utf8_lossy(&file.name);
        match file.kind {
            FdKind::File | FdKind::Directory | FdKind::MemFd => Object {
                is_directory: file.kind == FdKind::Directory,
                path: Some(without_ids(&name)),
                ..Object::default()
            },
            kind if kind.is_inet() => Object { peer: server(file), ..Object::default() },
            kind => {
                let word = kind.word().unwrap_or("unknown");
                // names of unix sockets begin with addresses in the kernel
                let bound = name.rsplit(' ').next().filter(|_| kind == FdKind::Unix);
                let bound = bound.filter(|path| path.starts_with(['/', '@']));
                let fd = bound.is_none().then(|| format!("fd {number} ({word})"));
                Object { peer: bound.map(str::to_owned), fd, ..Object::default() }
            }
        }
    }
}

/// Address and port of the server's end.
fn server(file: &Fd) -> Option<String> {
    let ends = file.ends?;
    let port = ends.destination_port;
    Some(match ends.destination {
        IpAddr::V4(ip) => format!("{ip}:{port}"),
        IpAddr::V6(ip) => format!("[{ip}]:{port}"),
    })
}

/// A path without the numbers that the kernel gave to processes.
fn without_ids(path: &str) -> String {
    let Some(rest) = path.strip_prefix("/proc/") else {
        return path.to_owned();
    };
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> =
        rest.split('/').map(|part| if number(part) { "N" } else { part }).collect();
    format!("/proc/{}", parts.join("/"))
}

fn path(object: &Object) -> Option<String> {
    object.path.clone()
}

fn directory(object: &Object) -> Option<String> {
    let path = object.path.as_ref()?;
    if object.is_directory {
        return Some(path.clone());
    }
    match path.rfind('/') {
        Some(0) => Some("/".into()),
        Some(at) => Some(path[..at].to_owned()),
        None => None,
    }
}

fn depth(object: &Object) -> Option<String> {
    let path = object.path.as_ref()?;
    Some(path.split('/').filter(|part| !part.is_empty()).count().to_string())
}

fn peer(object: &Object) -> Option<String> {
    object.peer.clone()
}

fn fd(object: &Object) -> Option<String> {
    object.fd.clone()
}

/// How a call ended, in a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ending(pub u32);

impl Ending {
    pub const SUCCESS: Ending = Ending(0);
    pub const TIMED_OUT: Ending = Ending(1 << 16);
    pub const UNTOLD: Ending = Ending(2 << 16);
    const SIZE: u32 = 3 << 16;

    /// Of a result that is an error.
    pub fn error(result: i64) -> Ending {
        Ending(u32::try_from(result.unsigned_abs()).unwrap_or(u32::MAX).clamp(1, 0xffff))
    }

    /// Of a result that is a size.
    pub fn size(bytes: u64) -> Ending {
        Ending(Self::SIZE + u32::from(size_class(bytes)))
    }

    /// Whether it is an error.
    pub fn is_error(self) -> bool {
        (1..=0xffff).contains(&self.0)
    }

    fn text(self) -> Option<String> {
        match self.0 {
            0 => Some("SUCCESS".into()),
            code if self.is_error() => {
                let number = i64::from(code);
                Some(result_name(-number).map_or(format!("error {number}"), str::to_owned))
            }
            code if code >= Self::SIZE => Some(size_text(u8::try_from(code - Self::SIZE).ok()?)),
            _ if self == Self::TIMED_OUT => Some("timed out".into()),
            _ => None,
        }
    }
}

/// 0 for no bytes, else one more than the power of two below.
pub(super) fn size_class(bytes: u64) -> u8 {
    u8::try_from(u64::BITS - bytes.leading_zeros()).unwrap_or(0)
}

/// A class of sizes: `4-8 KiB`.
pub(super) fn size_text(class: u8) -> String {
    match class {
        0 => "0 B".into(),
        1 => "1 B".into(),
        _ => {
            let power = u32::from(class) - 1;
            let unit = (power / 10).min(4);
            let low = 1u64 << (power - unit * 10);
            let name = ["B", "KiB", "MiB", "GiB", "TiB"][unit as usize];
            format!("{low}-{} {name}", low * 2)
        }
    }
}

/// How a call was made and ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Aspects {
    pub ending: Ending,
    /// [`Aspects::NONE`]: no number says which.
    pub operation: u64,
    /// [`size_class`] of what was asked for; [`Aspects::NO_SIZE`]: nothing was.
    pub size: u8,
    pub kind: FdKind,
    /// Whether there was a file at all.
    pub has_file: bool,
    pub cpu: u16,
}

impl Aspects {
    pub const NONE: u64 = u64::MAX - 1;
    pub const NO_SIZE: u8 = u8::MAX;
}

impl std::hash::Hash for Aspects {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write_u64(self.operation);
        let head = u64::from(self.ending.0) << 32 | u64::from(self.cpu) << 16;
        state.write_u64(head | u64::from(self.size) << 8);
        state.write_u64((self.kind as u64) << 1 | u64::from(self.has_file));
    }
}

/// What is needed to put aspects into words.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub kind: Kind,
    pub places: &'a [Places],
}

/// What is needed to put a thread into words.
#[derive(Clone, Copy)]
pub(super) struct Who<'a> {
    pub members: &'a Members,
    /// Name and rank of each row.
    pub ranks: &'a [String],
}

/// The bits of futex's `op` that say what it does; the others say with whom and
/// by which clock.
const FUTEX_COMMAND: u64 = 0x7f;

fn operation(aspects: &Aspects, about: &About<'_>) -> Option<String> {
    let value = aspects.operation;
    if value == Aspects::NONE {
        return None;
    }
    let mut params = [true, false].into_iter().filter_map(|exit| {
        let code = about.kind.code(exit);
        let at = about.places.get(usize::from(code))?.operation?;
        Some((at, event_type(code)?.params.get(at.at)?))
    });
    let first = params.next()?;
    if let Some(unit) = first.0.timeout {
        return Some(timeout_text(value, unit));
    }
    // of an enter and an exit that both tell it, one may lack the names
    let named = Some(first).into_iter().chain(params).find(|(_, param)| !param.flags.is_empty());
    let param = named.unwrap_or(first).1;
    let named = |value: u64| {
        let exact = param.flags.iter().find(|flag| u64::from(flag.value) == value);
        exact.map(|flag| flag.name.to_owned())
    };
    if about.kind.name() == "futex" {
        return named(value & FUTEX_COMMAND).or_else(|| Some(format!("op {value:#x}")));
    }
    let mut text = Vec::new();
    write_flags(param.flags, value as u32, &mut text);
    if text.is_empty() {
        return named(value).or_else(|| Some(format!("{} {value:#x}", param.name)));
    }
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// A time to wait for, to the power of ten.
fn timeout_text(value: u64, unit: u64) -> String {
    if value.cast_signed() < 0 {
        return "no timeout".into();
    }
    let ns = value.saturating_mul(unit);
    match ns {
        0 => "timeout 0".into(),
        1..1_000_000 => "timeout below 1ms".into(),
        1_000_000..10_000_000 => "timeout 1-10ms".into(),
        10_000_000..100_000_000 => "timeout 10-100ms".into(),
        100_000_000..1_000_000_000 => "timeout 0.1-1s".into(),
        _ => "timeout 1s or more".into(),
    }
}

fn result(aspects: &Aspects, _: &About<'_>) -> Option<String> {
    aspects.ending.text()
}

fn request_size(aspects: &Aspects, _: &About<'_>) -> Option<String> {
    (aspects.size != Aspects::NO_SIZE).then(|| size_text(aspects.size))
}

fn type_word(aspects: &Aspects) -> &'static str {
    if aspects.has_file { aspects.kind.word().unwrap_or("unknown") } else { "none" }
}

fn fd_type(aspects: &Aspects, _: &About<'_>) -> Option<String> {
    aspects.has_file.then(|| type_word(aspects).to_owned())
}

fn outcome(aspects: &Aspects) -> String {
    let how = if aspects.ending.is_error() { "failed" } else { "succeeded" };
    format!("{}, {how}", type_word(aspects))
}

fn thread(row: u32, who: &Who<'_>) -> Option<String> {
    who.ranks.get(row as usize).cloned()
}

fn process(row: u32, who: &Who<'_>) -> String {
    who.members.member(row as usize).process.to_string()
}

fn cpu(aspects: &Aspects) -> String {
    format!("cpu {}", aspects.cpu)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_fields() {
        for (at, info) in CARRIER_FIELDS.iter().enumerate() {
            assert_eq!(info.field as usize, at);
            assert!(!info.one.is_empty() && !info.several.is_empty());
        }
    }

    #[test]
    fn sizes_have_classes() {
        let text = |bytes| size_text(size_class(bytes));
        assert_eq!(text(0), "0 B");
        assert_eq!(text(1), "1 B");
        assert_eq!(text(3), "2-4 B");
        assert_eq!(text(1023), "512-1024 B");
        assert_eq!(text(1024), "1-2 KiB");
        assert_eq!(text(65_536), "64-128 KiB");
        assert_eq!(text(1 << 20), "1-2 MiB");
        assert_eq!(Ending::size(4096).text().unwrap(), "4-8 KiB");
        assert_eq!(Ending::error(-2).text().unwrap(), "ENOENT");
        assert!(Ending::error(i64::MIN).is_error());
    }

    #[test]
    fn objects_lose_what_differs_between_runs() {
        assert_eq!(path(&Object::of_path(b"/proc/12/task/9/stat")).unwrap(), "/proc/N/task/N/stat");
        let unix = Fd::new(FdKind::Unix, "ffff888->ffff889 /run/x.sock");
        assert_eq!(peer(&Object::of_file(&unix, 4)).unwrap(), "/run/x.sock");
        let pipe = Fd::new(FdKind::Fifo, "pipe:[123]");
        assert_eq!(fd(&Object::of_file(&pipe, 5)).unwrap(), "fd 5 (pipe)");
        let file = Object::of_path(b"/data/a/b");
        assert_eq!(directory(&file).unwrap(), "/data/a");
        assert_eq!(depth(&file).unwrap(), "3");
        assert_eq!(directory(&Object::of_path(b"/x")).unwrap(), "/");
        assert_eq!(directory(&Object::of_path(b"")), None);
    }
}
