//! The text of arguments against sysdig 0.29.3's listings, for every event of
//! every capture there is. What needs the state (names of descriptors, threads,
//! users, relative paths) is passed over here; all other text must be equal.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use analyze::event::{Param, ParamType};
use analyze::filter::args::{Arguments, FdText, Options, Surroundings};
use analyze::source::Location;
use analyze::state::{Event, Opened, Visitor, World, read};

use crate::shared::{Case, cases};

/// A thread of which nothing is known.
struct Stranger;

impl Surroundings for Stranger {
    fn has_thread(&self) -> bool {
        true
    }
    fn fd(&self, _: i64) -> Option<FdText<'_>> {
        None
    }
    fn comm(&self, _: i64) -> Option<&[u8]> {
        None
    }
    fn user(&self, _: u32) -> Option<&[u8]> {
        None
    }
    fn group(&self, _: u32) -> Option<&[u8]> {
        None
    }
    fn cwd(&self) -> &[u8] {
        b""
    }
}

/// What was compared.
#[derive(Default)]
pub struct Count {
    /// Events.
    pub events: usize,
    /// Parameters compared wholly, and but for a name of the state, by type.
    params: BTreeMap<String, (usize, usize)>,
    /// What differed.
    differences: Vec<String>,
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// Whether the resolved text depends on the state.
fn needs_state(param: &Param, plain: &[u8]) -> bool {
    match param.kind {
        ParamType::Fd => !plain.starts_with(b"-"),
        ParamType::Dyn => param.alternatives.contains(&ParamType::Fd),
        ParamType::Uid | ParamType::Gid => plain != b"-1",
        ParamType::Pid => true,
        ParamType::Fspath | ParamType::Fsrelpath => {
            !plain.starts_with(b"/") && !plain.starts_with(b"<NA>")
        }
        _ => false,
    }
}

/// `3:f1 4:?5` without the letters, which are the state's.
fn without_letters(list: &[u8]) -> Vec<u8> {
    let mut text = list.to_vec();
    for at in 1..text.len() {
        if text[at - 1] == b':' {
            text[at] = b'?';
        }
    }
    text
}

impl Count {
    /// Compares the arguments of one event with the recorded text. `known`:
    /// the surroundings are those of the capture, so all names must be equal.
    pub fn event<S: Surroundings>(
        &mut self,
        arguments: &Arguments<'_, S>,
        known: bool,
        what: &str,
        mut text: &[u8],
    ) {
        self.events += 1;
        let shown_count = if arguments.event.code < 2 { 0 } else { arguments.len() };
        for index in 0..shown_count {
            let param = &arguments.event.params[index];
            let next = match arguments.event.params.get(index + 1) {
                Some(next) if index + 1 < shown_count => format!("{}=", next.name),
                _ => "\n".to_owned(),
            };
            let seen = self.params.entry(format!("{:?}", param.kind)).or_default();
            match compare_param(arguments, index, known, &mut text, next.as_bytes()) {
                Ok(true) => seen.1 += 1,
                Ok(false) => seen.0 += 1,
                Err(why) => {
                    let bytes = arguments.params.get(index);
                    self.differ(what, arguments, &format!("{:?} {why} {bytes:?}", param.kind));
                    return;
                }
            }
        }
        if text != b"\n" {
            self.differ(what, arguments, &format!("goes on with {:?}", shown(text)));
        }
    }

    fn differ<S>(&mut self, what: &str, arguments: &Arguments<'_, S>, how: &str) {
        self.differences.push(format!("{what} {}: {how}", arguments.event.name));
    }

    /// Prints what was compared; any difference is a failure.
    pub fn check(&self) {
        println!("{} events", self.events);
        for (kind, (whole, part)) in &self.params {
            println!("{kind}: {whole} parameters equal, {part} but for names of the state");
        }
        for difference in self.differences.iter().take(40) {
            println!("{difference}");
        }
        assert_eq!(self.differences.len(), 0, "events that differ");
    }
}

/// Takes the recorded text of a parameter off `text`, if it is ours. `next`:
/// what follows it. Says whether a name was passed over.
fn compare_param<S: Surroundings>(
    arguments: &Arguments<'_, S>,
    index: usize,
    known: bool,
    text: &mut &[u8],
    next: &[u8],
) -> Result<bool, String> {
    let param = &arguments.event.params[index];
    let mut ours = format!("{}=", param.name).into_bytes();
    let start = ours.len();
    assert!(arguments.plain(index, &mut ours));
    let state = !known && needs_state(param, &ours[start..]);
    if !state {
        let plain = ours.len();
        ours.push(b'(');
        if arguments.resolved(index, &mut ours) && ours.len() > plain + 1 {
            ours.push(b')');
        } else {
            ours.truncate(plain);
        }
    }
    let theirs = text.get(..ours.len()).unwrap_or(text);
    let equal = match param.kind {
        ParamType::Fdlist if !known => without_letters(theirs) == without_letters(&ours),
        _ => theirs == ours,
    };
    if !equal {
        let theirs = text.get(..(ours.len() + 40).min(text.len())).unwrap_or(text);
        return Err(format!("`{}`, sysdig `{}`", shown(&ours), shown(theirs)));
    }
    *text = &text[ours.len()..];
    if state && text.starts_with(b"(") {
        let end = find(text, &[b") ", next].concat());
        *text = &text[end.ok_or_else(|| format!("no end of {}", shown(text)))? + 1..];
    }
    match text.split_first() {
        Some((b' ', after)) => *text = after,
        _ => return Err(format!("`{}` goes on with `{}`", shown(&ours), shown(text))),
    }
    Ok(state)
}

/// Compares events, in their order, with the rest of a listing.
struct Comparison<'a> {
    name: &'a str,
    rest: &'a [u8],
    count: &'a mut Count,
}

/// Where the line ends: the next one begins with a number above this one's
/// and a time. (Texts may hold line feeds.)
fn line_end(text: &[u8], num: u64) -> Option<usize> {
    let begins = |after: &[u8]| {
        let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = std::str::from_utf8(&after[..digits]).unwrap().parse::<u64>();
        after.is_empty()
            || number.is_ok_and(|number| (num + 1..num + 1000).contains(&number))
                && after.get(digits) == Some(&b' ')
                && after.get(digits + 3) == Some(&b':')
    };
    (0..text.len()).find(|at| text[*at] == b'\n' && begins(&text[at + 1..]))
}

impl Visitor for Comparison<'_> {
    fn event(&mut self, event: &Event<'_>, _: &mut World) {
        if !self.rest.starts_with(format!("{} ", event.num).as_bytes()) {
            return;
        }
        let what = format!("{} {}", self.name, event.num);
        let dir = if event.is_exit() { '<' } else { '>' };
        let head = format!(" ({}) {dir} {} ", event.raw.tid, event.kind.name());
        let at = find(self.rest, head.as_bytes()).unwrap_or_else(|| panic!("{what}: no{head}"));
        let text = &self.rest[at + head.len()..];
        let (text, rest) = text.split_at(line_end(text, event.num).unwrap() + 1);
        self.rest = rest;
        let params = event.raw.params();
        let arguments =
            Arguments::new(event.raw.code, params, &Stranger, Options::default()).unwrap();
        self.count.event(&arguments, false, &what, text);
    }
}

fn gunzip(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).unwrap();
    flate2::read::MultiGzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    bytes
}

fn compare(case: &Case, count: &mut Count) {
    let version = fs::read_to_string(case.expected.join("version.txt")).unwrap_or_default();
    let recorded = case.expected.join("listing.txt.gz");
    if !version.contains("0.29.3") || !recorded.exists() {
        return;
    }
    let text = gunzip(&recorded);
    let opened = Opened::open(&[Location::File(case.capture.clone())], None);
    let Ok(opened) = opened else { panic!("{} is not opened", case.name) };
    let mut comparison = Comparison { name: &case.name, rest: &text, count };
    read(opened, &mut comparison);
    let left = comparison.rest.len();
    assert_eq!(left, 0, "{}: {} bytes of the listing have no event", case.name, left);
}

#[test]
fn every_argument_is_sysdigs() {
    let cases = cases();
    let mut count = Count::default();
    for case in &cases {
        compare(case, &mut count);
    }
    count.check();
    assert!(cases.is_empty() || count.events > 60_000, "only {} events", count.events);
}
