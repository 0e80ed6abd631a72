//! Lines in their order, to events: the parts of a call are put together, and
//! each call becomes its two events when the line that ends it is read.

mod calls;

use std::collections::HashMap;

use super::clock::Clock;
use super::emit::Emitter;
use super::facts::TraceFacts;
use super::line::{End, Head, Line, Named, Notice, Refusal, What};
use super::recognise::TraceFormat;
use super::sink::{Birth, TraceSink};
use super::table::{TableReader, Taken};
use super::threads::{Open, OwnName, Thread};
use super::totals::Totals;

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
    totals: Totals,
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
            totals: Totals::new(format),
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
                let tid = self.known(head, at).unwrap_or_else(|| {
                    let tid = self.who((head, None), time, at, sink);
                    self.end_open(tid, at, sink);
                    tid
                });
                let line = at.line;
                let done = Finished { named, arguments, end, start_ns: time, stop_ns: None, line };
                self.finished(tid, done, at, sink);
            }
            What::Begin(named, arguments) => {
                lines.begun = lines.begun.saturating_add(1);
                let tid = self.who((head, None), time, at, sink);
                self.end_open(tid, at, sink);
                self.begin(tid, named, arguments, time, at.line);
            }
            What::Rest(named, arguments, end) => {
                lines.resumed = lines.resumed.saturating_add(1);
                let tid = self.who((head, Some(named)), time, at, sink);
                self.rest(tid, (named, arguments, end), time, at, sink);
            }
            What::Fragment => lines.begun = lines.begun.saturating_add(1),
            What::Signal(..) | What::Stopped => {
                lines.signals = lines.signals.saturating_add(1);
                let tid = self.who((head, None), time, at, sink);
                if let What::Signal(signal, sender) = line.what {
                    let ts_ns = time.unwrap_or(at.clock.now());
                    self.emitter.signal(tid, ts_ns, signal, sender, sink);
                }
            }
            What::Exited(_) | What::Killed(..) => {
                self.facts.notice(Notice::Exit);
                let tid = self.who((head, None), time, at, sink);
                self.end_open(tid, at, sink);
                self.facts.life.exit(tid);
                let ts_ns = time.unwrap_or(at.clock.now());
                self.emitter.exit(tid, ts_ns, line.what, sink);
                self.forget(tid, at, sink);
            }
            What::Superseded(by) => {
                self.facts.notice(Notice::Exit);
                let tid = self.who((head, None), time, at, sink);
                self.end_open(tid, at, sink);
                let open =
                    self.threads.get_mut(&i64::from(by)).and_then(|thread| thread.open.take());
                if let Some(thread) = self.threads.get_mut(&tid) {
                    thread.open = open;
                }
                self.forget(by.into(), at, sink);
            }
            What::Notice(notice) => self.facts.notice(notice),
            What::Joined(_) => {} // the reader has put its parts in its place
            What::Other(text, why) => match self.table.take(self.format, text, why) {
                Taken::Row(figures) => {
                    self.facts.notice(Notice::Table);
                    self.facts.table_rows = self.facts.table_rows.saturating_add(1);
                    self.totals.add(figures);
                }
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

    /// The thread of a line, if nothing is to be done for it: nearly always.
    #[inline]
    fn known(&self, head: &Head<'_>, at: &Place) -> Option<i64> {
        if at.anonymous && at.main.is_none() && head.tid.is_some() {
            return None;
        }
        let tid = head.tid.map(i64::from).or(at.own_tid).or(at.main).unwrap_or(NOBODY);
        let thread = self.threads.get(&tid)?;
        let same = head.comm.is_empty() || thread.comm == head.comm;
        (same && thread.open.is_none() && thread.held.is_none()).then_some(tid)
    }

    /// The thread of a line; told when it is new, or called otherwise. A call
    /// of it that waits for the next line ends here.
    fn who<S: TraceSink>(
        &mut self,
        (head, resumed): (&Head<'_>, Option<Named<'_>>),
        time: Option<u64>,
        at: &mut Place,
        sink: &mut S,
    ) -> i64 {
        let mut anonymous = None;
        let tid = match head.tid {
            Some(tid) => {
                let tid = i64::from(tid);
                let fresh = at.anonymous && at.main.is_none() && !self.threads.contains_key(&tid);
                if fresh && (self.parents.is_empty() || self.is_open(NOBODY, resumed)) {
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
        if !self.threads.contains_key(&tid) {
            self.meet(tid, anonymous, head, time, at, sink);
        }
        let Some(thread) = self.threads.get_mut(&tid) else {
            return tid;
        };
        if !head.comm.is_empty() && thread.comm != head.comm {
            thread.comm = head.comm.to_vec();
            sink.name(tid, head.comm);
        }
        if let Some(held) = thread.held.take() {
            self.let_go(tid, &held, time, at, sink);
        }
        tid
    }

    /// A thread is seen for the first time. If just one thread is inside a call
    /// that makes another, that is its parent; or it had no number before.
    fn meet<S: TraceSink>(
        &mut self,
        tid: i64,
        anonymous: Option<i64>,
        head: &Head<'_>,
        time: Option<u64>,
        at: &Place,
        sink: &mut S,
    ) {
        let only = match self.parents.as_slice() {
            [parent] => Some(*parent),
            _ => None,
        };
        let parent = anonymous.or(only).filter(|parent| *parent != tid);
        let thread = parent.and_then(|parent| self.threads.get(&parent));
        let made = thread.and_then(|thread| thread.open.as_ref()).filter(|_| anonymous.is_none());
        let flags = made.map(|open| open.arguments.clone());
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
        let before = anonymous.and_then(|tid| self.threads.remove(&tid)).unwrap_or_default();
        if let Some(thread) = self.threads.get_mut(&tid) {
            (thread.since_line, thread.since_ns) = (at.line, time);
            (thread.open, thread.held) = (before.open, before.held);
        }
        if let Some(before) = anonymous {
            self.facts.life.numbered(before, tid);
        }
        let numbered = self.parents.iter_mut().filter(|parent| Some(**parent) == anonymous);
        numbered.for_each(|parent| *parent = tid);
    }

    /// Whether a thread is inside the call that a line resumes.
    fn is_open(&self, tid: i64, resumed: Option<Named<'_>>) -> bool {
        let open = self.threads.get(&tid).and_then(|thread| thread.open.as_ref());
        match (open, resumed) {
            (Some(open), Some(resumed)) => open.name.named().name == resumed.name,
            _ => false,
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
        if parent.is_some_and(|parent| parent != NOBODY) && !birth.as_thread {
            self.facts.life.child();
        }
        sink.birth(birth);
        self.threads.insert(tid, Thread { comm, ..Thread::default() });
    }

    /// A thread is gone; its number may come again as another's.
    fn forget<S: TraceSink>(&mut self, tid: i64, at: &mut Place, sink: &mut S) {
        self.end_held(tid, at, sink);
        self.end_open(tid, at, sink);
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

    /// No more lines will come.
    pub fn finish<S: TraceSink>(&mut self, at: &mut Place, sink: &mut S) {
        let mut tids: Vec<i64> = self.threads.keys().copied().collect();
        tids.sort_unstable();
        for tid in tids {
            self.end_held(tid, at, sink);
            self.end_open(tid, at, sink);
        }
        self.facts.clock = at.clock.kind;
        self.totals.finish(&mut self.facts, sink);
    }
}

/// Calls whose positive result is a new thread.
pub(super) fn makes_threads(name: &[u8]) -> bool {
    matches!(name, b"clone" | b"clone3" | b"fork" | b"vfork")
}
