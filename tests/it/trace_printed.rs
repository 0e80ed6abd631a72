//! Calls made up, printed in each layout the way the tracers print them, and
//! read back: the same threads, calls, results, times and latencies, in the
//! order in which they end; for any size of segment, from files and compressed
//! ones, too.

use std::fmt::Write;

use analyze::event::{call_named, errno_name};
use analyze::format::trace::{ORIGIN_NS, TraceFormat, recognise};
use analyze::state::{Event, Pairing, Visitor, World, read_text};

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Call {
    tid: i64,
    name: &'static str,
    result: i64,
    start_ns: u64,
    took_ns: u64,
}

/// What a trace holds, in the order of its lines.
#[derive(Clone, Debug)]
enum Part {
    Whole(Call),
    Begin(Call),
    Rest(Call),
    Signal(i64, u64),
}

impl Part {
    /// When the line was printed, as far as its time tells.
    fn stamp(&self) -> u64 {
        match self {
            Part::Whole(call) | Part::Begin(call) => call.start_ns,
            Part::Rest(call) => call.start_ns + call.took_ns,
            Part::Signal(_, ts_ns) => *ts_ns,
        }
    }
}

const NAMES: [&str; 9] = [
    "read",
    "lstat",
    "openat",
    "rt_sigaction",
    "close",
    "getuid",
    "pread64",
    "newfstatat",
    "futex",
];
const ARGUMENTS: [&str; 8] = [
    "",
    "3, \"a) = 3 <0.5>\", 9",
    "{st_mode=S_IFREG|0644, st_size=1, ...}",
    "\"\\\"quoted\\\" = -1 ENOENT\\n\"..., 0x7ffd",
    "[{fd=3, revents=POLLIN}], 1",
    "3</a) = 4>, 5<TCP:[1.2.3.4:5->6.7.8.9:10]>",
    "\"<unfinished ...>\", \"+++ exited with 0 +++\"",
    "\u{fffd}é, 1<<3",
];

/// A trace: threads take turns, calls overlap, some are interrupted.
fn made(dice: &mut Dice, first_ns: u64) -> Vec<Part> {
    let mut now = first_ns;
    let mut open: Vec<Call> = Vec::new();
    let mut parts = Vec::new();
    for _ in 0..60 {
        now += 1_000 * (1 + dice.below(900_000));
        let tid = 100 + dice.below(4) as i64;
        if let Some(at) = open.iter().position(|call| call.tid == tid) {
            let mut call = open.remove(at);
            call.took_ns = now - call.start_ns;
            parts.push(Part::Rest(call));
            continue;
        }
        if dice.below(12) == 0 {
            parts.push(Part::Signal(tid, now));
            continue;
        }
        let failed = dice.below(3) == 0;
        let result =
            if failed { -dice.of(&[2, 4, 11, 512, 514]) } else { dice.below(1 << 40) as i64 };
        let took_ns = 1_000 * dice.below(500);
        let call = Call { tid, name: dice.of(&NAMES), result, start_ns: now, took_ns };
        if dice.below(4) == 0 {
            open.push(call.clone());
            parts.push(Part::Begin(call));
        } else {
            parts.push(Part::Whole(call));
        }
    }
    for mut call in open {
        now += 1_000_000;
        call.took_ns = now - call.start_ns;
        parts.push(Part::Rest(call));
    }
    parts
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stamp {
    None,
    Day,
    Epoch,
    EpochNs,
    Relative,
    RelativeNs,
    DayAndRelative,
}

#[derive(Clone, Copy, Debug)]
struct Layout {
    bracketed: bool,
    stamp: Stamp,
    /// Digits of how long calls took; `None`: not printed.
    took: Option<usize>,
    number: bool,
    column: usize,
}

fn seconds(ns: u64, digits: usize) -> String {
    let text = format!("{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000);
    text[..text.len() - 9 + digits].trim_end_matches('.').to_owned()
}

fn day(ns: u64, digits: usize) -> String {
    let (second, below) = (ns / 1_000_000_000 % 86_400, ns % 1_000_000_000);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    let text = format!("{hour:02}:{minute:02}:{:02}.{below:09}", second % 60);
    text[..text.len() - 9 + digits].trim_end_matches('.').to_owned()
}

fn result(call: &Call) -> String {
    match call.result {
        value if value >= 0 && value % 3 == 0 => format!("{value:#x}"),
        value if value >= 0 => value.to_string(),
        value => {
            let name = errno_name(u32::try_from(-value).unwrap()).unwrap();
            let sign = if value <= -512 { "?" } else { "-1" };
            format!("{sign} {name} (What it = means)")
        }
    }
}

fn printed(parts: &[Part], layout: Layout, dice: &mut Dice) -> String {
    let mut text = String::new();
    let mut before = parts[0].stamp();
    for part in parts {
        let (tid, stamp) = match part {
            Part::Whole(call) | Part::Begin(call) | Part::Rest(call) => (call.tid, part.stamp()),
            Part::Signal(tid, ts_ns) => (*tid, *ts_ns),
        };
        if layout.bracketed {
            write!(text, "[pid {tid:5}] ").unwrap();
        } else {
            write!(text, "{tid:<5} ").unwrap();
        }
        let since = stamp - before;
        before = stamp;
        match layout.stamp {
            Stamp::None => {}
            Stamp::Day => write!(text, "{} ", day(stamp, 6)).unwrap(),
            Stamp::Epoch => write!(text, "{} ", seconds(stamp, 6)).unwrap(),
            Stamp::EpochNs => write!(text, "{} ", seconds(stamp, 9)).unwrap(),
            Stamp::Relative => write!(text, "{:>13} ", seconds(since, 6)).unwrap(),
            Stamp::RelativeNs => write!(text, "{:>16} ", seconds(since, 9)).unwrap(),
            Stamp::DayAndRelative => {
                write!(text, "{} (+{:>13}) ", day(stamp, 0), seconds(since, 6)).unwrap();
            }
        }
        if layout.number {
            text.push_str("[ 262] [00007f29db77c86a] ");
        }
        let arguments = dice.of(&ARGUMENTS);
        let end = |text: &mut String, call: &Call, width: usize| {
            text.push(')');
            text.push_str(&" ".repeat(layout.column.saturating_sub(width).max(1)));
            write!(text, "= {}", result(call)).unwrap();
            if let Some(digits) = layout.took {
                write!(text, " <{}>", seconds(call.took_ns, digits)).unwrap();
            }
        };
        match part {
            Part::Whole(call) => {
                write!(text, "{}({arguments}", call.name).unwrap();
                end(&mut text, call, arguments.len());
            }
            Part::Begin(call) => {
                write!(text, "{}({arguments} <unfinished ...>", call.name).unwrap();
            }
            Part::Rest(call) => {
                write!(text, "<... {} resumed>{arguments}", call.name).unwrap();
                end(&mut text, call, arguments.len());
            }
            Part::Signal(..) => text.push_str("--- SIGALRM {si_signo=SIGALRM, si_pid=7} ---"),
        }
        text.push('\n');
    }
    text
}

/// What was read back.
#[derive(Default)]
struct Back {
    calls: Vec<(Call, Pairing)>,
    starts: Vec<(i64, u64)>,
    signals: u64,
    full: bool,
}

impl Visitor for Back {
    fn event(&mut self, event: &Event<'_>, _: &mut World) {
        let raw = &event.raw;
        if event.kind.name() == "signaldeliver" {
            self.signals += 1;
        } else if event.is_exit() {
            let start_ns = self.starts.iter().rposition(|(tid, _)| *tid == raw.tid);
            let start_ns = self.starts.remove(start_ns.expect("an enter")).1;
            let result = raw.traced_result().unwrap();
            let call = Call {
                tid: raw.tid,
                name: event.kind.name(),
                result,
                start_ns,
                took_ns: event.latency_ns,
            };
            self.calls.push((call, event.pairing));
        } else {
            self.starts.push((raw.tid, raw.ts_ns));
        }
    }

    fn wants_params(&self) -> bool {
        self.full
    }

    fn wants_details(&self) -> bool {
        self.full
    }
}

/// The calls in the order in which they end, under the names that we give.
fn ended(parts: &[Part]) -> Vec<Call> {
    let ended = parts.iter().filter_map(|part| match part {
        Part::Whole(call) | Part::Rest(call) => Some(call),
        _ => None,
    });
    let ours = |call: &Call| Call {
        name: call_named(call.name.as_bytes()).unwrap().kind.name(),
        ..call.clone()
    };
    ended.map(ours).collect()
}

fn check(parts: &[Part], layout: Layout, text: &str, segment: usize) {
    assert_eq!(
        recognise(text.as_bytes(), true),
        analyze::format::trace::Answer::Yes(TraceFormat::Strace)
    );
    let first = parts[0].stamp();
    let midnight = first / 86_400_000_000_000 * 86_400_000_000_000;
    let mut back = Back { full: segment.is_multiple_of(2), ..Back::default() };
    let summary = read_text(TraceFormat::Strace, text.as_bytes(), segment, false, &mut back);
    let facts = summary.trace.unwrap();
    assert_eq!(facts.lines.refused, 0, "{layout:?}: {:?}\n{text}", facts.first_refused);
    assert_eq!(facts.lines.lines, parts.len() as u64);
    let signals = parts.iter().filter(|part| matches!(part, Part::Signal(..))).count() as u64;
    assert_eq!((back.signals, facts.unended), (signals, 0));
    let wanted = ended(parts);
    assert_eq!(back.calls.len(), wanted.len(), "{layout:?}\n{text}");
    for ((got, pairing), wanted) in back.calls.iter().zip(wanted) {
        let start_ns = match layout.stamp {
            Stamp::None => got.start_ns,
            Stamp::Day => ORIGIN_NS + wanted.start_ns - midnight,
            Stamp::DayAndRelative => {
                let whole = first / 1_000_000_000 * 1_000_000_000;
                ORIGIN_NS + (wanted.start_ns - first) + whole - midnight
            }
            Stamp::Epoch | Stamp::EpochNs => wanted.start_ns,
            Stamp::Relative | Stamp::RelativeNs => ORIGIN_NS + wanted.start_ns - first,
        };
        let took_ns = if layout.took.is_some() { wanted.took_ns } else { 0 };
        let paired = if layout.took.is_some() { Pairing::Paired } else { Pairing::NoEnter };
        assert_eq!(*got, Call { start_ns, took_ns, ..wanted }, "{layout:?}\n{text}");
        assert_eq!(*pairing, paired);
    }
}

#[test]
fn what_was_printed_is_read_back() {
    use Stamp as S;
    let stamps =
        [S::None, S::Day, S::Epoch, S::EpochNs, S::Relative, S::RelativeNs, S::DayAndRelative];
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for round in 0..60 {
        // a second before midnight, so that days pass
        let first_ns = 20_780 * 86_400_000_000_000 - 1_000_000 * (1 + dice.below(900));
        let parts = made(&mut dice, first_ns);
        for stamp in stamps {
            for took in [None, Some(6), Some(9)] {
                let (bracketed, number) = (dice.below(2) == 0, dice.below(4) == 0);
                let column = dice.of(&[0, 20, 40]);
                let layout = Layout { bracketed, stamp, took, number, column };
                let text = printed(&parts, layout, &mut dice);
                check(&parts, layout, &text, dice.of(&[1, 2, 99, 100, 1 << 20]) + round % 2);
            }
        }
    }
}

fn perf_line(part: &Part, first_ns: u64) -> Option<String> {
    let (call, rest, whole) = match part {
        Part::Whole(call) => (call, false, true),
        Part::Begin(call) => (call, false, false),
        Part::Rest(call) => (call, true, true),
        Part::Signal(..) => return None,
    };
    let ms = |ns: u64| format!("{}.{:03}", ns / 1_000_000, ns / 1_000 % 1_000);
    let took = if whole { format!("{:>6} ms", ms(call.took_ns)) } else { " ".repeat(9) };
    let head = format!("{:>10} ({took}): a worker/{}", ms(call.start_ns - first_ns), call.tid);
    let result = match call.result {
        value if value <= -512 => {
            format!("-1 (unknown) (INTERNAL ERROR: strerror_r({}, [buf], 128)=22)", -value)
        }
        0 => String::new(),
        _ => result(call),
    };
    Some(match (rest, whole) {
        (true, _) => format!("{head}  ... [continued]: {}())     = {result}", call.name),
        (_, false) => format!("{head} {}(fd: 4</a) = 1>, count: 3)         ...", call.name),
        _ => format!("{head} {}(dfd: CWD, flags: A|B)         = {result}", call.name),
    })
}

#[test]
fn what_perf_trace_would_print_is_read_back() {
    let mut dice = Dice(0x1234_5678_9abc_def1);
    for round in 0..60 {
        let parts = made(&mut dice, 5_000_000_000_000);
        let first_ns = parts[0].stamp();
        let lines: Vec<String> =
            parts.iter().filter_map(|part| perf_line(part, first_ns)).collect();
        let text = lines.join("\n") + "\n";
        let mut back = Back { full: round % 2 == 0, ..Back::default() };
        let segment = dice.of(&[1, 100, 1 << 20]);
        let summary = read_text(TraceFormat::PerfTrace, text.as_bytes(), segment, false, &mut back);
        assert_eq!(summary.trace.unwrap().lines.refused, 0, "{text}");
        let got: Vec<Call> = back.calls.into_iter().map(|(call, _)| call).collect();
        let moved = |call: Call| Call { start_ns: ORIGIN_NS + call.start_ns - first_ns, ..call };
        let wanted: Vec<Call> = ended(&parts).into_iter().map(moved).collect();
        assert_eq!(got, wanted, "{text}");
    }
}

#[test]
fn gaps_are_the_time_to_the_next_line_of_the_thread() {
    let text =
        b"7 10.0 read(3) = 1\n7 100000010.000000 read(3) = 1\n8 100000010.000004 close(4) = 0\n\
        7 100000010.000009 --- SIGALRM {} ---\n7 100000010.000020 write(3 <unfinished ...>\n\
        7 100000010.000050 <... write resumed>) = 1\n8 100000010.000060 close(4) = 0\n";
    let text = &text[text.iter().position(|byte| *byte == b'\n').unwrap() + 1..];
    let latencies = |gaps: bool| {
        let mut back = Back::default();
        let summary = read_text(TraceFormat::Strace, text, 1 << 20, gaps, &mut back);
        let facts = summary.trace.as_ref().unwrap();
        let calls = back.calls.iter().map(|(call, pairing)| {
            (*pairing == Pairing::Paired).then_some((call.name, call.took_ns))
        });
        (calls.collect::<Vec<_>>(), facts.gaps, summary.has_latency())
    };
    assert_eq!(latencies(false), (vec![None; 4], 0, false));
    let with = [Some(("read", 9_000)), Some(("write", 30_000)), Some(("close", 56_000)), None];
    assert_eq!(latencies(true), (with.to_vec(), 3, true));
}
