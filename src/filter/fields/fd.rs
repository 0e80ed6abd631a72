//! Class `fd`: the file that a call works on: name, kind, device.

use std::borrow::Cow;

use super::Context;
use super::field::{Argument, Field, Needs, borrowed};
use crate::filter::value::{FieldType, Value, Values};
use crate::format::scap::sockets::Tuple;
use crate::state::path::{join, printable, push_printable, until_nul};
use crate::state::{Fd, FdKind, L4};

/// The fields of this file.
pub(super) const FIELDS: &[Field] = &[
    Field::new("fd.num", FieldType::Signed, Needs::Fds, "number of the file descriptor", num),
    Field::text("fd.name", Needs::Fds, "path, or the two ends of a connection", name),
    Field::text("fd.type", Needs::Fds, "file, directory, ipv4, ipv6, unix, pipe, event...", |c| {
        Some(borrowed(c.file()?.kind.word().unwrap_or("<NA>")))
    }),
    Field::new("fd.typechar", FieldType::Text, Needs::Fds, "the same as one character", type_char),
    Field::new("fd.directory", FieldType::Text, Needs::Fds, "directory of a file", |c, _, out| {
        out.extend(directory_of(c).map(Value::made));
    }),
    Field::new(
        "fd.filename",
        FieldType::Text,
        Needs::Fds,
        "file name without its directory",
        file_name,
    ),
    Field::new("fd.containername", FieldType::Text, Needs::Fds, "container id : name", within_name),
    Field::new(
        "fd.containerdirectory",
        FieldType::Text,
        Needs::Fds,
        "container id : directory",
        |c, _, out| within(c, out, directory_of),
    ),
    Field::new("fd.l4proto", FieldType::Text, Needs::Fds, "tcp, udp, icmp, raw", protocol),
    Field::new("fd.sockfamily", FieldType::Text, Needs::Fds, "ip or unix", family),
    Field::new(
        "fd.connected",
        FieldType::Bool,
        Needs::Fds,
        "whether a socket is connected",
        |c, _, out| out.extend(c.file().map(|fd| Value::Bool(fd.connected))),
    ),
    Field::new(
        "fd.name_changed",
        FieldType::Bool,
        Needs::Fds,
        "whether this event gave the file its name",
        |c, _, out| out.extend(c.file().map(|_| Value::Bool(c.world.renamed))),
    ),
    Field::new("fd.uid", FieldType::Text, Needs::Fds, "thread id and number, put together", uid),
    Field::new("fd.dev", FieldType::Signed, Needs::Fds, "device of a file", |c, _, out| {
        device(c, out, |dev| dev);
    })
    .hexadecimal(),
    Field::new(
        "fd.dev.major",
        FieldType::Signed,
        Needs::Fds,
        "major number of the device",
        |c, _, out| device(c, out, |dev| (dev & 0xfff00) >> 8),
    ),
    Field::new(
        "fd.dev.minor",
        FieldType::Signed,
        Needs::Fds,
        "minor number of the device",
        |c, _, out| device(c, out, |dev| (dev & 0xff) | ((dev >> 12) & 0xfff00)),
    ),
];

fn num<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    if c.about_file() {
        out.extend(c.call().map(|call| Value::Signed(call.fd)));
    }
}

fn name<'a>(c: &Context<'a>) -> Option<Cow<'a, [u8]>> {
    let failed_connect = || {
        c.event.is_exit()
            && c.event.raw.result().is_some_and(|result| result < 0)
            && c.event.kind.name() == "connect"
    };
    match c.file() {
        Some(file) if !failed_connect() => Some(printable(&file.name)),
        _ if c.event.is_exit() && c.about_file() => {
            Some(Cow::Owned(printable(&told(c, c.event.kind.name())).into_owned()))
        }
        _ => None,
    }
}

/// The name that an exit itself tells of a file that was not opened.
fn told(c: &Context<'_>, kind_name: &str) -> Vec<u8> {
    let params = c.event.raw.params();
    let kind = c.kind();
    let param = |name: &str| kind.and_then(|kind| kind.param(name)).and_then(|at| params.get(at));
    let Some(slot) = c.event.slot else {
        return Vec::new();
    };
    match kind_name {
        "open" | "creat" => join(c.world.cwd(slot), param("name").unwrap_or_default()),
        "openat" | "openat2" => {
            let at = kind.and_then(|kind| kind.param("dirfd"));
            let dirfd = at.and_then(|at| params.signed(at));
            match (dirfd, param("name")) {
                (Some(dirfd), Some(path)) => join(&c.world.at_directory(slot, path, dirfd), path),
                _ => Vec::new(),
            }
        }
        "connect" | "accept" | "accept4" => {
            let mut text = Vec::new();
            Tuple::parse(param("tuple").unwrap_or_default()).write(&mut text);
            text
        }
        _ => Vec::new(),
    }
}

fn type_char<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    if !c.about_file() {
        return;
    }
    let character = match c.file() {
        Some(file) => file.kind.character(),
        None => match c.event.kind.name() {
            "open" | "openat" | "openat2" | "creat" => b'f',
            "socket" | "accept" | "accept4" => b'4',
            "pipe" | "pipe2" => b'p',
            "eventfd" | "eventfd2" => b'e',
            "signalfd" | "signalfd4" => b's',
            "timerfd_create" => b't',
            "inotify_init" | "inotify_init1" => b'i',
            _ => b'o',
        },
    };
    out.push(Value::made([character]));
}

/// The directory of an event's file; of a file that was not opened, as far as
/// the path that was asked for tells it.
fn directory_of(c: &Context<'_>) -> Option<Vec<u8>> {
    if let Some(fd) = c.file() {
        return directory(fd);
    }
    if !c.about_file() || !c.event.is_exit() {
        return None;
    }
    let kind_name = c.event.kind.name();
    let asked = match kind_name {
        "open" | "creat" | "openat" | "openat2" => {
            let at = c.kind().and_then(|kind| kind.param("name"));
            at.and_then(|at| c.event.raw.params().get(at)).map(until_nul).unwrap_or_default()
        }
        _ => &told(c, kind_name),
    };
    let mut path = Vec::new();
    push_printable(asked, &mut path);
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(at) if at + 1 < path.len() => path.truncate(at),
        Some(_) => {}
        None => path = b"/".to_vec(),
    }
    Some(path)
}

/// The directory of a file, or the directory itself.
fn directory(fd: &Fd) -> Option<Vec<u8>> {
    match fd.kind {
        FdKind::Directory => Some(fd.name.clone()),
        FdKind::File => {
            let slash = fd.name.iter().rposition(|byte| *byte == b'/');
            let end = slash.filter(|at| *at > 0);
            Some(end.map_or(b"/".to_vec(), |at| fd.name[..at].to_vec()))
        }
        _ => None,
    }
}

fn file_name<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let Some(file) = c.file().filter(|fd| fd.kind == FdKind::File) else {
        return;
    };
    let slash = file.name.iter().rposition(|byte| *byte == b'/');
    out.push(slash.map_or(Value::text("/"), |at| Value::text(&file.name[at + 1..])));
}

fn within_name<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    if let (Some(name), Some(container)) = (name(c), c.container()) {
        out.push(Value::made([container.id.as_bytes(), b":", &name].concat()));
    }
}

fn within<'a>(
    c: &Context<'a>,
    out: &mut Values<'a>,
    part: impl Fn(&Context<'a>) -> Option<Vec<u8>>,
) {
    if let (Some(part), Some(container)) = (part(c), c.container()) {
        let mut text = container.id.clone().into_bytes();
        text.push(b':');
        text.extend(part);
        out.push(Value::made(text));
    }
}

fn protocol<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let Some(file) = c.file() else {
        return;
    };
    let known = match file.protocol() {
        Some(L4::Raw) => L4::Raw,
        Some(protocol) if file.has_role() || file.kind.is_server() => protocol,
        _ => L4::Unknown,
    };
    out.push(Value::text(known.word()));
}

fn family<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    match c.file().map(|file| file.kind) {
        Some(kind) if kind.is_inet() => out.push(Value::text("ip")),
        Some(FdKind::Unix) => out.push(Value::text("unix")),
        _ => {}
    }
}

fn uid<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    if let (true, Some(call)) = (c.about_file(), c.call()) {
        out.push(Value::made(format!("{}{}", c.event.raw.tid, call.fd)));
    }
}

fn device<'a>(c: &Context<'a>, out: &mut Values<'a>, part: impl Fn(u32) -> u32) {
    out.extend(c.file().map(|fd| Value::Signed(i64::from(part(fd.device)))));
}
