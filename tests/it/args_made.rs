//! The text of arguments that recorded captures hardly have: a made capture
//! with every type of event that sysdig 0.29.3 lists and values of every type
//! of parameter, every flag, errno and signal; and data in every rendering.
//! What sysdig says of them is kept in `tests/args`; the ignored test below
//! asks it again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use analyze::event::{EventType, Param, ParamType, Role, event_types, flag_names};
use analyze::filter::args::{Arguments, Buffer, FdText, Options, Surroundings, arguments};
use analyze::source::Location;
use analyze::state::{Event as Read, Opened, Visitor, World, read};

use crate::args::Count;
use crate::scap_writer::{Event, Process, ScapWriter, param};

const EPOCH_NS: u64 = 1_700_000_000_000_000_000;

/// Thread whose events change nothing, so that its state is known.
const STEADY: i64 = 100;
/// Thread of all other events.
const MOVING: i64 = 200;

/// What the capture says of [`STEADY`].
struct Steady;

impl Surroundings for Steady {
    fn has_thread(&self) -> bool {
        true
    }
    fn fd(&self, number: i64) -> Option<FdText<'_>> {
        let name: &[u8] = match number {
            3 => b"/etc/hosts",
            4 => b"/srv/a\tb",
            _ => return None,
        };
        Some(FdText { kind: b'f', l4: None, name })
    }
    fn comm(&self, tid: i64) -> Option<&[u8]> {
        (tid == STEADY).then_some(b"steady")
    }
    fn user(&self, uid: u32) -> Option<&[u8]> {
        match uid {
            0 => Some(b"root"),
            1000 => Some(b"worker"),
            _ => None,
        }
    }
    fn group(&self, gid: u32) -> Option<&[u8]> {
        self.user(gid)
    }
    fn cwd(&self) -> &[u8] {
        b"/root/"
    }
}

fn capture(events: &[Event]) -> Vec<u8> {
    let processes = [Process::new(STEADY, "steady"), Process::new(MOVING, "moving")];
    ScapWriter::new()
        .machine(2, "made")
        .interfaces(true)
        .users(&[(0, "root"), (1000, "worker")], true)
        .processes(&processes)
        .files(STEADY, &[(3, "/etc/hosts"), (4, "/srv/a\tb")], true)
        .events(events)
        .finish()
}

fn number(value: i64, width: usize) -> Vec<u8> {
    value.to_le_bytes()[..width].to_vec()
}

fn socket_address(variant: usize) -> Vec<u8> {
    match variant {
        0 => b"\x01/run/\x07x\0".to_vec(),
        1 => vec![2, 127, 0, 0, 1, 0x90, 0x1f],
        2 => vec![10, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 80, 0],
        3 => vec![2, 127, 0, 0],
        4 => vec![16],
        _ => vec![10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 80, 0],
    }
}

fn socket_pair(variant: usize) -> Vec<u8> {
    let address = socket_address(variant);
    match variant {
        0 => [&[1], &number(0xffff_8800, 8)[..], &number(0, 8), b"/run/x\0"].concat(),
        1..=3 => [&address, &address[1..]].concat(),
        4 => vec![200],
        _ => {
            let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 1, 2, 3, 4, 80, 0];
            [&[10], &mapped[..], &mapped[..]].concat()
        }
    }
}

fn path(variant: usize) -> Vec<u8> {
    let paths =
        ["/etc/passwd", "a//b/./c../d/", "../x/..", "<NA>", "a\tb\u{e9}/.../c", "sub/file.txt"];
    param::text(paths[variant])
}

/// A text that a list of `count` descriptors makes.
fn fd_list(count: u16) -> Vec<u8> {
    let entries = (0..count)
        .flat_map(|fd| [number(i64::from(fd) + 2, 8), param::u16(fd.wrapping_mul(13_000))]);
    [param::u16(count), entries.collect::<Vec<_>>().concat()].concat()
}

const VARIANTS: usize = 6;

/// A value of the parameter.
fn value(param: &Param, kind: ParamType, variant: usize) -> Vec<u8> {
    let pick = |values: [i64; VARIANTS]| number(values[variant], kind.width().unwrap());
    match kind {
        ParamType::Charbuf => {
            param::text(["text", "", "a\tb", "two words", "caf\u{e9}", "x(y) z="][variant])
        }
        ParamType::Bytebuf => (0..[0, 3, 80, 81, 200, 16][variant]).map(|byte| byte + 30).collect(),
        ParamType::Errno => pick([0, 1, -2, -512, -126, i64::MAX]),
        ParamType::Fd => pick([3, 4, -100, -9, 77, 3]),
        ParamType::Pid => pick([STEADY, 0, -1, 999, STEADY, 4_000_000_000]),
        ParamType::Sockaddr => socket_address(variant),
        ParamType::Socktuple => socket_pair(variant),
        ParamType::Fdlist => fd_list([0, 1, 2, 3, 5, 40][variant]),
        ParamType::Fspath | ParamType::Fsrelpath => path(variant),
        ParamType::Sigtype => pick([0, 9, 31, 32, 64, 255]),
        ParamType::Reltime => pick([0, 1_000_000_000, 123_456_789, -1, 1, 1_234_567_890_123_456]),
        ParamType::Dyn => {
            let alternative = param.alternatives.get(variant);
            let value = alternative.map(|kind| value(param, *kind, variant)).unwrap_or_default();
            [vec![variant as u8], value].concat()
        }
        ParamType::Uid | ParamType::Gid => pick([0, 1000, 4242, -1, 0x8000_0000, 1000]),
        ParamType::Sigset => pick([0, -1, 0x5000, 1, 0x8000_0000, 0x100]),
        ParamType::Mode => pick([0, 0o644, 0o7777, 0o100_644, -1, 0o20]),
        ParamType::Flags8 | ParamType::Flags16 | ParamType::Flags32 => {
            let all = param.flags.iter().fold(0, |all, flag| all | i64::from(flag.value));
            pick([0, 1, all, -1, 0x55, 0x2a2])
        }
        _ => pick([0, 1, -1, 0x7fff_ffff, 0x1234_5678_9abc_def0, 0x80]),
    }
}

/// Whether an event of the type may be in the capture: sysdig must list it,
/// and not take a value for a pointer as it does with lists of texts.
fn is_listed(kind: &EventType) -> bool {
    let shown = kind.known_to_0_29_3 && !kind.is_internal && kind.params_known > 0;
    let pointer =
        |param: &Param| matches!(param.kind, ParamType::Charbufarray | ParamType::CharbufPairArray);
    shown && kind.code > 1 && kind.name != "container" && !kind.params.iter().any(pointer)
}

/// The event with these values; clones and execs fail, because sysdig crashes
/// at processes made of them.
fn event(time: usize, kind: &EventType, params: &[Vec<u8>]) -> Event {
    let moves = kind.flags.modifies_state || kind.name == "getcwd";
    let tid = if moves { MOVING } else { STEADY };
    let mut params = params.to_vec();
    if matches!(kind.role, Role::CloneExit | Role::ExecExit) {
        params[0] = number(-2, 8);
    }
    Event::new(EPOCH_NS + time as u64 * 1000, tid, kind.code, &params)
}

/// Every type of event with values of every kind, then every name there is.
fn all_types() -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for kind in event_types().iter().filter(|kind| is_listed(kind)) {
        for variant in 0..VARIANTS {
            let values = kind.params.iter().enumerate().map(|(index, param)| {
                value(param, param.kind, if index == 0 { variant } else { (variant + index) % 6 })
            });
            let given = match variant {
                0 => kind.params_known.saturating_sub(1),
                1 => kind.params.len(),
                _ => kind.params_known,
            };
            let known = |param: &&Param| param.kind != ParamType::Abstime;
            let given = given.min(kind.params.iter().take_while(known).count());
            events.push(event(events.len(), kind, &values.take(given).collect::<Vec<_>>()));
        }
    }
    for kind in event_types().iter().filter(|kind| is_listed(kind)) {
        for index in 0..kind.params_known {
            for flag in flag_names(kind.code, index) {
                let one = |(at, param): (usize, &Param)| {
                    let width = param.kind.width().filter(|_| at == index);
                    width.map_or_else(
                        || value(param, param.kind, 0),
                        |width| number(i64::from(flag.value), width),
                    )
                };
                let values: Vec<_> = kind.params.iter().enumerate().map(one).collect();
                events.push(event(events.len(), kind, &values[..kind.params_known]));
            }
        }
    }
    let find = |code: u16| event_types().iter().find(|kind| kind.code == code).unwrap();
    for errno in (1..=135).chain(510..=532) {
        events.push(event(events.len(), find(61), &[number(-errno, 8), number(0, 8)]));
    }
    for signal in 0..=66 {
        let values = [number(STEADY, 8), number(7, 8), vec![signal]];
        events.push(event(events.len(), find(232), &values));
    }
    events
}

/// Reads of data of many lengths, with line breaks in all places.
fn buffers() -> Vec<Event> {
    let kind = event_types().iter().find(|kind| kind.code == 7).unwrap();
    let mut data: Vec<Vec<u8>> =
        (0..=33).map(|length| (0..length).map(|at| at + 50).collect()).collect();
    data.extend(
        [79, 80, 81, 100].map(|length| (0..length).map(|at: u8| at.wrapping_mul(3)).collect()),
    );
    data.extend(
        [&b"\n"[..], b"\r", b"\r\n", b"\n\r\n\n", b"a\nb\r\nc\0\xff\x7f~ d\r"].map(Vec::from),
    );
    let read = |(time, data)| event(time, kind, &[number(1, 8), data]);
    data.into_iter().enumerate().map(read).collect()
}

/// Compares the events of the capture with recorded lines.
struct Comparison<'a> {
    lines: std::slice::Split<'a, u8, fn(&u8) -> bool>,
    count: Count,
}

impl Visitor for Comparison<'_> {
    fn event(&mut self, event: &Read<'_>, _: &mut World) {
        let line = self.lines.next().expect("a line of sysdig's");
        let head = format!("{} ", event.num);
        let text = line.strip_prefix(head.as_bytes()).expect("the same number");
        let params = event.raw.params();
        let arguments =
            Arguments::new(event.raw.code, params, &Steady, Options::default()).unwrap();
        let known = event.raw.tid == STEADY;
        self.count.event(&arguments, known, &head, &[text, b"\n"].concat());
    }
}

/// Our text: a line an event, `number arguments`.
struct Lister {
    buffer: Buffer,
    text: Vec<u8>,
}

impl Visitor for Lister {
    fn event(&mut self, event: &Read<'_>, _: &mut World) {
        let options = Options { buffer: self.buffer, newer: false, snaplen: None };
        self.text.extend(format!("{} ", event.num).bytes());
        arguments(event.raw.code, event.raw.params(), &Steady, options, &mut self.text);
        self.text.push(b'\n');
    }
}

fn visit(bytes: &[u8], visitor: &mut impl Visitor) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.scap");
    fs::write(&path, bytes).unwrap();
    let Ok(opened) = Opened::open(&[Location::File(path)], None) else { panic!("not opened") };
    read(opened, visitor);
}

fn answers() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/args"))
}

const RENDERINGS: [(&str, &str, Buffer); 5] = [
    ("buffers.full", "-v", Buffer::Full),
    ("buffers.lines", "-A", Buffer::Lines),
    ("buffers.hex", "-x", Buffer::Hex),
    ("buffers.hexascii", "-X", Buffer::HexAscii),
    ("buffers.base64", "-b", Buffer::Base64),
];

fn sysdig(capture: &Path, option: &[&str]) -> Vec<u8> {
    let mut command = Command::new("sysdig");
    command.arg("-r").arg(capture).args(option).args(["-p", "*%evt.num %evt.args"]);
    let output = command.env("TZ", "UTC").output().expect("sysdig is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
#[ignore = "records sysdig 0.29.3's answers anew; needs sysdig installed"]
fn record_arguments() {
    fs::create_dir_all(answers()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.scap");
    let keep = |name: &str, text: Vec<u8>| fs::write(answers().join(name), text).unwrap();
    fs::write(&path, capture(&all_types())).unwrap();
    keep("types", sysdig(&path, &[]));
    fs::write(&path, capture(&buffers())).unwrap();
    keep("buffers.short", sysdig(&path, &[]));
    for (name, option, _) in RENDERINGS {
        keep(name, sysdig(&path, &[option]));
    }
}

#[test]
fn every_type_is_sysdigs() {
    let recorded = fs::read(answers().join("types")).unwrap();
    let line_feed: fn(&u8) -> bool = |byte| *byte == b'\n';
    let mut comparison = Comparison { lines: recorded.split(line_feed), count: Count::default() };
    visit(&capture(&all_types()), &mut comparison);
    assert_eq!(comparison.lines.next(), Some(&b""[..]), "no more lines");
    comparison.count.check();
    assert!(comparison.count.events > 2_600);
}

#[test]
fn every_rendering_of_data_is_sysdigs() {
    let bytes = capture(&buffers());
    let all = RENDERINGS.into_iter().chain([("buffers.short", "", Buffer::Short)]);
    for (name, _, buffer) in all {
        let theirs = fs::read(answers().join(name)).unwrap();
        let mut lister = Lister { buffer, text: Vec::new() };
        visit(&bytes, &mut lister);
        let ours = String::from_utf8_lossy(&lister.text);
        assert_eq!(ours, String::from_utf8_lossy(&theirs), "{name}");
    }
}
