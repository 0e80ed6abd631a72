//! Gives the events of calls, signals and exits to the sink: with all
//! parameters where somebody looks at them, else with the result alone.

use super::arguments::{Arguments, Written, comm_of_path, named_file};
use super::encode::{Encoder, Stamp};
use super::line::{Named, What};
use super::recognise::TraceFormat;
use super::sink::TraceSink;
use super::stage::Finished;
use crate::event::Call;

/// Event types of what is no call.
const SIGNAL: u16 = 232;
const EXIT: u16 = 186;

/// Writes events.
#[derive(Debug)]
pub struct Emitter {
    format: TraceFormat,
    encoder: Encoder,
    /// Arguments of a call that no table knows, with its name.
    text: Vec<u8>,
}

impl Emitter {
    /// For the text of one tracer.
    #[must_use]
    pub fn new(format: TraceFormat) -> Emitter {
        Emitter { format, encoder: Encoder::default(), text: Vec::new() }
    }

    /// Both events of a call that has ended. Gives the new name of its process,
    /// if it has one now; `now`: what a process that runs another program is
    /// called, where the line tells.
    #[inline]
    pub fn call<S: TraceSink>(
        &mut self,
        (tid, (start_ns, stop_ns)): (i64, (u64, u64)),
        call: Call,
        done: &Finished<'_>,
        (result, now): (i64, Option<&[u8]>),
        sink: &mut S,
    ) -> Option<Vec<u8>> {
        let timed = done.end.took_ns.is_some();
        let enter = Stamp { tid, ts_ns: start_ns, timed };
        let exit = Stamp { tid, ts_ns: stop_ns, timed };
        if now.is_some() || sink.wants_params() {
            return self.whole_call((enter, exit), call, done, (result, now), sink);
        }
        if let Some(event) = self.encoder.bare_enter(enter, call) {
            sink.event(event);
        }
        if let Some(event) = self.encoder.bare_exit(exit, call, result) {
            sink.event(event);
        }
        None
    }

    fn whole_call<S: TraceSink>(
        &mut self,
        (enter, exit): (Stamp, Stamp),
        call: Call,
        done: &Finished<'_>,
        (result, now): (i64, Option<&[u8]>),
        sink: &mut S,
    ) -> Option<Vec<u8>> {
        let arguments = Arguments::split(self.format, done.arguments);
        if sink.wants_files() {
            tell_files(enter.tid, &arguments, sink);
        }
        let comm = match done.named.name {
            b"execve" if result >= 0 => arguments.get(0).and_then(comm_of_path),
            b"execveat" if result >= 0 => arguments.get(1).and_then(comm_of_path),
            _ => None,
        };
        let now = now.map(|now| if now.is_empty() { &b"<NA>"[..] } else { now });
        let shown = comm.as_deref().or(now);
        let text = printed(done.named, done.arguments, &mut self.text);
        let written = Written { call, arguments: &arguments, text, result, comm: shown };
        let mut understood = written.params(false, &mut self.encoder);
        if let Some(event) = self.encoder.event(enter, call.enter) {
            sink.event(event);
        }
        understood |= written.params(true, &mut self.encoder);
        written.tail(understood, &mut self.encoder);
        if let Some(event) = self.encoder.event(exit, call.exit()) {
            sink.event(event);
        }
        if sink.wants_files()
            && let Some((fd, name)) = named_file(done.end.text)
            && result >= 0
            && !name.is_empty()
            && is_file_name(name)
        {
            sink.file(exit.tid, fd, name);
        }
        comm
    }

    /// The enter event of a call that did not return.
    pub fn enter_alone<S: TraceSink>(
        &mut self,
        (tid, ts_ns, timed): (i64, u64, bool),
        named: Named<'_>,
        arguments: &[u8],
        sink: &mut S,
    ) {
        let call = named.call.unwrap_or_else(Call::unknown);
        let stamp = Stamp { tid, ts_ns, timed };
        if !sink.wants_params() {
            if let Some(event) = self.encoder.bare_enter(stamp, call) {
                sink.event(event);
            }
            return;
        }
        let split = Arguments::split(self.format, arguments);
        let written = Written { call, arguments: &split, text: arguments, result: 0, comm: None };
        written.params(false, &mut self.encoder);
        if let Some(event) = self.encoder.event(stamp, call.enter) {
            sink.event(event);
        }
    }

    /// A signal was delivered.
    pub fn signal<S: TraceSink>(
        &mut self,
        tid: i64,
        ts_ns: u64,
        signal: u8,
        sender: Option<u32>,
        sink: &mut S,
    ) {
        self.encoder.clear();
        match sender {
            Some(sender) => self.encoder.param(&i64::from(sender).to_le_bytes()),
            None => self.encoder.param(b""),
        }
        self.encoder.param(&tid.to_le_bytes());
        self.encoder.param(&[signal]);
        if let Some(event) = self.encoder.event(Stamp { tid, ts_ns, timed: true }, SIGNAL) {
            sink.event(event);
        }
    }

    /// A thread has ended.
    pub fn exit<S: TraceSink>(&mut self, tid: i64, ts_ns: u64, what: What<'_>, sink: &mut S) {
        let (ret, signal, core) = match what {
            What::Exited(code) => (code, 0, false),
            What::Killed(signal, core) => (0, signal, core),
            _ => return,
        };
        let core_bit = if core { 0x80 } else { 0 };
        let status = (ret & 0xff) << 8 | i64::from(signal) | core_bit;
        self.encoder.clear();
        self.encoder.param(&status.to_le_bytes());
        self.encoder.param(&ret.to_le_bytes());
        self.encoder.param(&[signal]);
        self.encoder.param(&[u8::from(core)]);
        if let Some(event) = self.encoder.event(Stamp { tid, ts_ns, timed: true }, EXIT) {
            sink.event(event);
        }
    }
}

/// A call's arguments as printed; those of one that no table knows with its
/// name, because its event has none.
fn printed<'t>(named: Named<'t>, arguments: &'t [u8], memory: &'t mut Vec<u8>) -> &'t [u8] {
    if named.call.is_some() {
        return arguments;
    }
    memory.clear();
    memory.extend_from_slice(named.name);
    memory.push(b'(');
    memory.extend_from_slice(arguments);
    memory.push(b')');
    memory
}

/// What numbers of arguments are open on, as printed beside them.
fn tell_files<S: TraceSink>(tid: i64, arguments: &Arguments<'_>, sink: &mut S) {
    for (number, name) in arguments.values().filter_map(named_file) {
        match number {
            -100 => sink.directory(tid, name),
            0.. if is_file_name(name) => sink.file(tid, number, name),
            _ => {}
        }
    }
}

/// Paths, and what strace writes of what has none; names of processes, which
/// stand beside their numbers too, are no such names.
fn is_file_name(name: &[u8]) -> bool {
    matches!(name.first(), Some(b'/' | b'<' | b'@')) || name.contains(&b':')
}
