//! Lines in their order, to events: the parts of a call are put together, and
//! each call becomes its two events when the line that ends it is read.

use std::collections::{BTreeMap, HashMap};

use super::clock::Clock;
use super::emit::Emitter;
use super::facts::{Disagreement, TraceFacts};
use super::line::{End, Head, Line, Named, Notice, Outcome, Refusal, What};
use super::recognise::TraceFormat;
use super::sink::{Birth, TableRow, TraceSink};
use super::table::{TableFigures, TableReader, Taken};
use super::threads::{Held, Open, OwnName, Thread};
use crate::event::{Call, KINDS, call_named};

/// The thread of lines that name none.
const NOBODY: i64 = 0;

/// Where in which file a line stands.
#[derive(Debug, Default)]
pub struct Place {
    /// Number of the file, from 0.
    pub file: usize,
    /// Number of the line, from 1.
    pub line: u64,
    /// The file's time.
    pub clock: Clock,
    /// The thread that the whole file is of.
    pub own_tid: Option<i64>,
    /// The thread of lines that name none, once it is known by number.
    main: Option<i64>,
    /// Lines have come that name no thread.
    anonymous: bool,
}

impl Place {
    /// Before the first line of a file; `own_tid`: all of it is of that thread.
    #[must_use]
    pub fn new(file: usize, own_tid: Option<u32>) -> Place {
        Place { file, own_tid: own_tid.map(i64::from), ..Place::default() }
    }
}

/// A call that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Finished<'a> {
    /// Which.
    pub named: Named<'a>,
    /// Its arguments as printed.
    pub arguments: &'a [u8],
    /// What came of it.
    pub end: End<'a>,
    /// When it began, ns.
    pub start_ns: Option<u64>,
    /// When it ended, ns, if the line tells.
    pub stop_ns: Option<u64>,
    /// Number of the line where it began.
    pub line: u64,
}

/// Sums of a table's rows of one name.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    calls: u64,
    errors: u64,
    total_ns: Option<u64>,
    shortest_ns: Option<u64>,
    longest_ns: Option<u64>,
}

/// Calls of one kind in the listing.
#[derive(Clone, Copy, Debug, Default)]
struct Listed {
    returned: u64,
    errors: u64,
}

/// Names kept of tables.
const NAMES: usize = 4096;

/// Puts lines together.
pub struct Stage {
    /// What is known so far.
    pub facts: TraceFacts,
    format: TraceFormat,
    /// Take the time to a thread's next line where no other is told.
    gaps: bool,
    threads: HashMap<i64, Thread>,
    /// Threads that are inside a call that makes another.
    parents: Vec<i64>,
    table: TableReader,
    totals: BTreeMap<Vec<u8>, Totals>,
    listed: Vec<Listed>,
    emitter: Emitter,
}

impl Stage {
    /// Before the first line.
    #[must_use]
    pub fn new(format: TraceFormat, gaps: bool) -> Stage {
        Stage {
            facts: TraceFacts::new(format),
            format,
            gaps,
            threads: HashMap::new(),
            parents: Vec::new(),
            table: TableReader::default(),
            totals: BTreeMap::new(),
            listed: vec![Listed::default(); KINDS],
            emitter: Emitter::new(format),
        }
    }

    /// Takes the next line of a file.
    pub fn take<S: TraceSink>(&mut self, line: &Line<'_>, at: &mut Place, sink: &mut S) {
        let time = at.clock.time(&line.head);
        self.take_at(line, time, at, sink);
    }

    /// The same, where the line's time was looked at before.
    pub fn take_at<S: TraceSink>(
        &mut self,
        line: &Line<'_>,
        time: Option<u64>,
        at: &mut Place,
        sink: &mut S,
    ) {
        at.line = at.line.saturating_add(1);
        let lines = &mut self.facts.lines;
        lines.lines = lines.lines.saturating_add(1);
        let head = &line.head;
        match line.what {
            What::Call(named, arguments, end) => {
                lines.calls = lines.calls.saturating_add(1);
                let tid = self.who(head, time, at, sink);
                self.end_open(tid, at, sink);
                let line = at.line;
                let done = Finished { named, arguments, end, start_ns: time, stop_ns: None, line };
                self.finished(tid, done, at, sink);
            }
            What::Begin(named, arguments) => {
                lines.begun = lines.begun.saturating_add(1);
                let tid = self.who(head, time, at, sink);
                self.end_open(tid, at, sink);
                self.begin(tid, named, arguments, time, at.line);
            }
            What::Rest(named, arguments, end) => {
                lines.resumed = lines.resumed.saturating_add(1);
                let tid = self.who(head, time, at, sink);
                self.rest(tid, (named, arguments, end), time, at, sink);
            }
            What::Fragment => lines.begun = lines.begun.saturating_add(1),
            What::Signal(..) | What::Stopped => {
                lines.signals = lines.signals.saturating_add(1);
                let tid = self.who(head, time, at, sink);
                if let What::Signal(signal, sender) = line.what {
                    let ts_ns = time.unwrap_or(at.clock.now());
                    self.emitter.signal(tid, ts_ns, signal, sender, sink);
                }
            }
            What::Exited(_) | What::Killed(..) => {
                self.facts.notice(Notice::Exit);
                let tid = self.who(head, time, at, sink);
                self.end_open(tid, at, sink);
                let ts_ns = time.unwrap_or(at.clock.now());
                self.emitter.exit(tid, ts_ns, line.what, sink);
                self.forget(tid);
            }
            What::Superseded(by) => {
                self.facts.notice(Notice::Exit);
                let tid = self.who(head, time, at, sink);
                self.end_open(tid, at, sink);
                let open =
                    self.threads.get_mut(&i64::from(by)).and_then(|thread| thread.open.take());
                if let Some(thread) = self.threads.get_mut(&tid) {
                    thread.open = open;
                }
                self.forget(by.into());
            }
            What::Notice(notice) => self.facts.notice(notice),
            What::Joined(_) => {} // the reader has put its parts in its place
            What::Other(text, why) => match self.table.take(self.format, text, why) {
                Taken::Row(figures) => self.add_row(figures),
                Taken::Notice(notice) => self.facts.notice(notice),
                Taken::No(why) => self.facts.refuse(why, at.file, at.line, text),
            },
        }
    }

    /// Counts a line that the reader did not take in.
    pub fn refuse_line(&mut self, why: Refusal, text: &[u8], at: &mut Place) {
        at.line = at.line.saturating_add(1);
        self.facts.lines.lines = self.facts.lines.lines.saturating_add(1);
        self.facts.refuse(why, at.file, at.line, text);
    }

    /// The thread of a line; told when it is new, or called otherwise. A call
    /// of it that waits for the next line ends here.
    fn who<S: TraceSink>(
        &mut self,
        head: &Head<'_>,
        time: Option<u64>,
        at: &mut Place,
        sink: &mut S,
    ) -> i64 {
        let mut anonymous = None;
        let tid = match head.tid {
            Some(tid) => {
                let tid = i64::from(tid);
                let fresh = at.anonymous && at.main.is_none() && !self.threads.contains_key(&tid);
                if fresh && self.parents.is_empty() {
                    at.main = Some(tid); // it had no number while it was alone
                    anonymous = Some(NOBODY);
                }
                tid
            }
            None => {
                at.anonymous |= at.own_tid.is_none();
                at.own_tid.or(at.main).unwrap_or(NOBODY)
            }
        };
        match self.threads.get_mut(&tid) {
            None => self.meet(tid, anonymous, head, time, at, sink),
            Some(thread) => {
                if !head.comm.is_empty() && thread.comm != head.comm {
                    thread.comm = head.comm.to_vec();
                    sink.name(tid, head.comm);
                }
                if let Some(held) = thread.held.take_if(|_| time.is_some()) {
                    self.let_go(tid, &held, time, at, sink);
                }
            }
        }
        tid
    }

    /// A thread is seen for the first time. If just one thread is inside a call
    /// that makes another, that is its parent.
    fn meet<S: TraceSink>(
        &mut self,
        tid: i64,
        parent: Option<i64>,
        head: &Head<'_>,
        time: Option<u64>,
        at: &Place,
        sink: &mut S,
    ) {
        let only = match self.parents.as_slice() {
            [parent] => Some(*parent),
            _ => None,
        };
        let parent = parent.or(only).filter(|parent| *parent != tid);
        let thread = parent.and_then(|parent| self.threads.get(&parent));
        let flags =
            thread.and_then(|thread| thread.open.as_ref()).map(|open| open.arguments.clone());
        let comm = match (head.comm, thread) {
            ([], Some(parent)) => parent.comm.clone(),
            (own, _) => own.to_vec(),
        };
        self.add(
            tid,
            parent,
            &flags.unwrap_or_default(),
            comm,
            time.unwrap_or(at.clock.now()),
            sink,
        );
        if let Some(thread) = self.threads.get_mut(&tid) {
            (thread.since_line, thread.since_ns) = (at.line, time);
        }
    }

    fn add<S: TraceSink>(
        &mut self,
        tid: i64,
        parent: Option<i64>,
        flags: &[u8],
        comm: Vec<u8>,
        ts_ns: u64,
        sink: &mut S,
    ) {
        let has = |flag: &[u8]| memchr::memmem::find(flags, flag).is_some();
        let birth = Birth {
            tid,
            parent,
            as_thread: has(b"CLONE_THREAD"),
            shares_files: has(b"CLONE_FILES"),
            comm: &comm,
            ts_ns,
        };
        sink.birth(birth);
        self.threads.insert(tid, Thread { comm, ..Thread::default() });
    }

    fn forget(&mut self, tid: i64) {
        self.threads.remove(&tid);
        self.parents.retain(|parent| *parent != tid);
    }

    fn begin(
        &mut self,
        tid: i64,
        named: Named<'_>,
        arguments: &[u8],
        start_ns: Option<u64>,
        line: u64,
    ) {
        if makes_threads(named.name) {
            self.parents.push(tid);
        }
        let mut open = Open { name: OwnName::new(named), arguments: Vec::new(), start_ns, line };
        open.add(arguments);
        if let Some(thread) = self.threads.get_mut(&tid) {
            thread.open = Some(open);
        }
    }

    /// The rest of a call: whole now, or still open.
    fn rest<S: TraceSink>(
        &mut self,
        tid: i64,
        (named, arguments, end): (Named<'_>, &[u8], Option<End<'_>>),
        time: Option<u64>,
        at: &mut Place,
        sink: &mut S,
    ) {
        let own = |open: &mut Open| open.name.named().name == named.name;
        let open = self.threads.get_mut(&tid).and_then(|thread| thread.open.take_if(own));
        if open.is_none() {
            self.end_open(tid, at, sink); // a call of another name
        }
        let perf = self.format == TraceFormat::PerfTrace;
        let mut open = open.unwrap_or_else(|| Open {
            name: OwnName::new(named),
            arguments: Vec::new(),
            start_ns: time.filter(|_| perf),
            line: at.line,
        });
        open.add(arguments);
        let Some(end) = end else {
            if let Some(thread) = self.threads.get_mut(&tid) {
                thread.open = Some(open);
            }
            return;
        };
        self.parents.retain(|parent| *parent != tid);
        // perf repeats when the call began, strace says when it ended
        let (start_ns, stop_ns) =
            if perf { (time.or(open.start_ns), None) } else { (open.start_ns, time) };
        let done = Finished {
            named: open.name.named(),
            arguments: &open.arguments,
            end,
            start_ns,
            stop_ns,
            line: open.line,
        };
        self.finished(tid, done, at, sink);
    }

    /// A call that another line of its thread follows has no end.
    fn end_open<S: TraceSink>(&mut self, tid: i64, at: &Place, sink: &mut S) {
        let Some(open) = self.threads.get_mut(&tid).and_then(|thread| thread.open.take()) else {
            return;
        };
        self.parents.retain(|parent| *parent != tid);
        self.facts.unended = self.facts.unended.saturating_add(1);
        self.enter_alone(tid, open.name.named(), &open.arguments, open.start_ns, at, sink);
    }

    fn enter_alone<S: TraceSink>(
        &mut self,
        tid: i64,
        named: Named<'_>,
        arguments: &[u8],
        start_ns: Option<u64>,
        at: &Place,
        sink: &mut S,
    ) {
        if named.call.is_none() {
            self.facts.unknown(named.name);
        }
        let ts_ns = start_ns.unwrap_or(at.clock.now());
        self.started(ts_ns);
        let timed = self.facts.timed > 0;
        self.emitter.enter_alone((tid, ts_ns, timed), named, arguments, sink);
    }

    fn started(&mut self, ts_ns: u64) {
        self.facts.first_ns = Some(self.facts.first_ns.map_or(ts_ns, |first| first.min(ts_ns)));
    }

    /// A call has ended, or will not.
    fn finished<S: TraceSink>(
        &mut self,
        tid: i64,
        done: Finished<'_>,
        at: &mut Place,
        sink: &mut S,
    ) {
        let Outcome::Result(result) = done.end.outcome else {
            self.facts.never_returned = self.facts.never_returned.saturating_add(1);
            self.enter_alone(tid, done.named, done.arguments, done.start_ns, at, sink);
            return;
        };
        if !self.gaps || done.end.took_ns.is_some() {
            self.emit(tid, done, result, at, sink);
            return;
        }
        match (done.start_ns, done.stop_ns) {
            (Some(start), Some(stop)) => {
                self.with_gap(tid, done, stop.saturating_sub(start), at, sink)
            }
            (Some(start_ns), None) => {
                let held = Held {
                    name: OwnName::new(done.named),
                    arguments: done.arguments.to_vec(),
                    outcome: done.end.outcome,
                    text: done.end.text.to_vec(),
                    start_ns,
                    line: done.line,
                };
                if let Some(thread) = self.threads.get_mut(&tid) {
                    thread.held = Some(held);
                }
            }
            (None, _) => self.emit(tid, done, result, at, sink),
        }
    }

    fn with_gap<S: TraceSink>(
        &mut self,
        tid: i64,
        done: Finished<'_>,
        gap_ns: u64,
        at: &mut Place,
        sink: &mut S,
    ) {
        if let Outcome::Result(result) = done.end.outcome {
            self.facts.gaps = self.facts.gaps.saturating_add(1);
            let end = End { took_ns: Some(gap_ns), ..done.end };
            self.emit(tid, Finished { end, ..done }, result, at, sink);
        }
    }

    /// The next line of the thread has come (or none will): a call that waited
    /// for it ends.
    fn let_go<S: TraceSink>(
        &mut self,
        tid: i64,
        held: &Held,
        next_ns: Option<u64>,
        at: &mut Place,
        sink: &mut S,
    ) {
        let done = Finished {
            named: held.name.named(),
            arguments: &held.arguments,
            end: End { outcome: held.outcome, text: &held.text, took_ns: None },
            start_ns: Some(held.start_ns),
            stop_ns: None,
            line: held.line,
        };
        match (next_ns, held.outcome) {
            (Some(next), _) => {
                self.with_gap(tid, done, next.saturating_sub(held.start_ns), at, sink)
            }
            (None, Outcome::Result(result)) => self.emit(tid, done, result, at, sink),
            (None, Outcome::Never) => {}
        }
    }

    /// Counts a call and gives its events to the sink.
    fn emit<S: TraceSink>(
        &mut self,
        tid: i64,
        done: Finished<'_>,
        result: i64,
        at: &mut Place,
        sink: &mut S,
    ) {
        let call = done.named.call.unwrap_or_else(Call::unknown);
        if done.named.call.is_none() {
            self.facts.unknown(done.named.name);
        }
        let timed = u64::from(done.end.took_ns.is_some());
        let failed = u64::from(result < 0);
        self.facts.returned = self.facts.returned.saturating_add(1);
        self.facts.timed = self.facts.timed.saturating_add(timed);
        if let Some(listed) = self.listed.get_mut(call.kind.index()) {
            listed.returned = listed.returned.saturating_add(1);
            listed.errors = listed.errors.saturating_add(failed);
        }
        if result > 0 && makes_threads(done.named.name) {
            self.made(tid, result, &done, at, sink);
        }
        let times = times(&done, at);
        self.started(times.0);
        let comm = self.emitter.call((tid, times), call, &done, result, sink);
        if let (Some(comm), Some(thread)) = (comm, self.threads.get_mut(&tid)) {
            thread.comm = comm;
        }
    }

    /// A call has made a thread; its number may have been another's before.
    fn made<S: TraceSink>(
        &mut self,
        parent: i64,
        child: i64,
        done: &Finished<'_>,
        at: &Place,
        sink: &mut S,
    ) {
        let known =
            self.threads.get(&child).is_some_and(|thread| match (thread.since_ns, done.start_ns) {
                (Some(since), Some(start)) => since >= start,
                _ => thread.since_line >= done.line,
            });
        if known {
            return;
        }
        let comm = self.threads.get(&parent).map(|thread| thread.comm.clone()).unwrap_or_default();
        let now = at.clock.now();
        self.add(child, Some(parent), done.arguments, comm, now, sink);
        if let Some(thread) = self.threads.get_mut(&child) {
            (thread.since_line, thread.since_ns) = (at.line, Some(now));
        }
    }

    fn add_row(&mut self, figures: TableFigures<'_>) {
        self.facts.notice(Notice::Table);
        self.facts.table_rows = self.facts.table_rows.saturating_add(1);
        if self.totals.len() >= NAMES && !self.totals.contains_key(figures.name) {
            return;
        }
        let sum = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
        let calls = figures.calls.unwrap_or(0);
        let by_mean = figures.mean_ns.map(|mean| mean.saturating_mul(calls));
        let totals = self.totals.entry(figures.name.to_vec()).or_default();
        totals.calls = totals.calls.saturating_add(calls);
        totals.errors = totals.errors.saturating_add(figures.errors);
        totals.total_ns = sum(totals.total_ns, figures.total_ns.or(by_mean));
        let shortest = [totals.shortest_ns, figures.shortest_ns].into_iter().flatten();
        totals.shortest_ns = shortest.min();
        totals.longest_ns = totals.longest_ns.max(figures.longest_ns);
    }

    /// No more lines will come.
    pub fn finish<S: TraceSink>(&mut self, at: &mut Place, sink: &mut S) {
        let mut tids: Vec<i64> = self.threads.keys().copied().collect();
        tids.sort_unstable();
        for tid in tids {
            if let Some(held) = self.threads.get_mut(&tid).and_then(|thread| thread.held.take()) {
                self.let_go(tid, &held, None, at, sink);
            }
            self.end_open(tid, at, sink);
        }
        let facts = &mut self.facts;
        facts.clock = at.clock.kind;
        let listed = facts.lines.events();
        facts.table_only = listed == 0 && facts.table_rows > 0;
        for (name, totals) in &self.totals {
            let call = call_named(name);
            if facts.table_only {
                if call.is_none() {
                    facts.unknown(name);
                }
                sink.row(totals.row(call.unwrap_or_else(Call::unknown)));
                continue;
            }
            let kind = call.unwrap_or_else(Call::unknown).kind;
            let Some(listed) = self.listed.get(kind.index()) else {
                continue;
            };
            let table = (totals.calls, totals.errors);
            let all = (listed.returned, listed.errors);
            // perf's table leaves out calls whose begin it did not see, and
            // threads that had no name yet; it counts the new thread's side of
            // clone, too
            let agree = match self.format {
                TraceFormat::Strace => table == all,
                TraceFormat::PerfTrace => {
                    makes_threads(name) || table.0 <= all.0 && table.1 <= all.1
                }
            };
            if !agree {
                let name = String::from_utf8_lossy(name).into_owned();
                facts.disagreements.push(Disagreement { name, listed: all, table });
            }
        }
    }
}

impl Totals {
    fn row(&self, call: Call) -> TableRow {
        TableRow {
            call,
            calls: self.calls,
            errors: self.errors,
            total_ns: self.total_ns,
            shortest_ns: self.shortest_ns,
            longest_ns: self.longest_ns,
        }
    }
}

/// When a call began and ended, ns.
fn times(done: &Finished<'_>, at: &mut Place) -> (u64, u64) {
    match (done.end.took_ns, done.start_ns, done.stop_ns) {
        (Some(took), Some(start), _) => (start, start.saturating_add(took)),
        (Some(took), None, Some(stop)) => (stop.saturating_sub(took), stop),
        (Some(took), None, None) => {
            let start = at.clock.pass(took);
            (start, start.saturating_add(took))
        }
        (None, start, stop) => {
            let now = at.clock.now();
            (start.or(stop).unwrap_or(now), stop.or(start).unwrap_or(now))
        }
    }
}

/// Calls whose positive result is a new thread.
fn makes_threads(name: &[u8]) -> bool {
    matches!(name, b"clone" | b"clone3" | b"fork" | b"vfork")
}
