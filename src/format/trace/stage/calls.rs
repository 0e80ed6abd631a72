//! The end of calls: those that returned, those that never will, and those
//! that wait for the next line of their thread to tell when at the latest.

use super::super::line::{End, Named, Outcome};
use super::super::sink::TraceSink;
use super::super::threads::{Held, OwnName};
use super::{Finished, Place, Stage, makes_threads};
use crate::event::Call;

impl Stage {
    /// A call that another line of its thread follows has no end.
    pub(super) fn end_open<S: TraceSink>(&mut self, tid: i64, at: &Place, sink: &mut S) {
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
    pub(super) fn finished<S: TraceSink>(
        &mut self,
        tid: i64,
        done: Finished<'_>,
        at: &mut Place,
        sink: &mut S,
    ) {
        self.facts.life.call(tid, done.named, done.arguments);
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
                self.with_gap(tid, done, stop.saturating_sub(start), at, sink);
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

    /// No more lines of the thread will tell when its last call ended.
    pub(super) fn end_held<S: TraceSink>(&mut self, tid: i64, at: &mut Place, sink: &mut S) {
        if let Some(held) = self.threads.get_mut(&tid).and_then(|thread| thread.held.take()) {
            self.let_go(tid, &held, None, at, sink);
        }
    }

    /// The next line of the thread has come (or none will): a call that waited
    /// for it ends.
    pub(super) fn let_go<S: TraceSink>(
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
                self.with_gap(tid, done, next.saturating_sub(held.start_ns), at, sink);
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
        self.facts.returned = self.facts.returned.saturating_add(1);
        self.facts.timed = self.facts.timed.saturating_add(timed);
        self.totals.listed(call, result < 0);
        if result > 0 && makes_threads(done.named.name) {
            self.made(tid, result, &done, at, sink);
        }
        let times = times(&done, at);
        self.started(times.0);
        let program = result >= 0 && matches!(done.named.name, b"execve" | b"execveat");
        let now = self.threads.get(&tid).filter(|_| program).map(|thread| thread.comm.clone());
        let comm = self.emitter.call((tid, times), call, &done, (result, now.as_deref()), sink);
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
        at: &mut Place,
        sink: &mut S,
    ) {
        let known =
            self.threads.get(&child).is_some_and(|thread| match (thread.since_ns, done.start_ns) {
                (Some(since), Some(start)) => since >= start,
                _ => thread.since_line >= done.line,
            });
        if known || child == parent {
            return;
        }
        self.forget(child, at, sink);
        let comm = self.threads.get(&parent).map(|thread| thread.comm.clone()).unwrap_or_default();
        let now = at.clock.now();
        self.add(child, Some(parent), done.arguments, comm, now, sink);
        if let Some(thread) = self.threads.get_mut(&child) {
            (thread.since_line, thread.since_ns) = (at.line, Some(now));
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
