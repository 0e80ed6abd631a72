//! The slowest calls of some names, one by one, with what they worked on: what a
//! reader of a report wants to see behind a cell of a spectrogram. And when events were
//! dropped. As many are kept as were asked for, whatever the capture's size.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::chosen::{Members, Standing};
use crate::filter::Selection;
use crate::filter::fields::{Context, Previous, Settings};
use crate::format::scap::event::STATE_ONLY;
use crate::state::{Event, Pairing, Summary, Visitor, World};

/// Event types that tell of dropped events.
const DROPS: [u16; 2] = [148, 149];
/// Times of drops that are kept.
const MOST_DROPS: usize = 256;
/// Bytes of what a call worked on that are kept.
const ABOUT: usize = 240;

/// What to look at.
#[derive(Clone, Debug, Default)]
pub struct SlowestRequest {
    /// Which events.
    pub selection: Selection,
    /// Names of calls.
    pub calls: Vec<String>,
    /// Calls that are kept of each.
    pub most: usize,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlowCall {
    /// How long it took, ns.
    pub latency_ns: u64,
    /// When it ended, ns since the epoch.
    pub ts_ns: u64,
    /// Its thread.
    pub tid: i64,
    /// The thread's name.
    pub thread: String,
    /// File and arguments.
    pub about: String,
}

/// The slowest calls of a capture.
#[derive(Clone, Debug, Default)]
pub struct SlowestResult {
    /// By name; the slowest first.
    pub calls: BTreeMap<String, Vec<SlowCall>>,
    /// When events were dropped, ns since the epoch.
    pub drops: Vec<u64>,
}

type Heap = BinaryHeap<Reverse<SlowCall>>;

/// The collector.
#[derive(Debug)]
pub struct Slowest {
    request: SlowestRequest,
    settings: Settings,
    previous: Previous,
    members: Members,
    /// By number of the call and of the group of threads: those that are the
    /// selection's, then each open container.
    heaps: BTreeMap<(usize, usize), Heap>,
    window: Option<(u64, u64)>,
    drops: Vec<u64>,
}

impl Slowest {
    /// Prepares to look.
    #[must_use]
    pub fn new(request: SlowestRequest) -> Slowest {
        Slowest {
            members: Members::new(&request.selection),
            request,
            settings: Settings::default(),
            previous: Previous::default(),
            heaps: BTreeMap::new(),
            window: None,
            drops: Vec::new(),
        }
    }

    fn keep(&mut self, event: &Event<'_>, world: &World, call: usize, slot: u32) {
        let row = self.members.row(slot, world);
        let group = match self.members.standing(row) {
            Standing::Out => return,
            Standing::In => 0,
            Standing::Open(at) => at + 1,
        };
        let heap = self.heaps.entry((call, group)).or_default();
        let is_full = heap.len() >= self.request.most;
        let least = heap.peek().map_or(0, |least| least.0.latency_ns);
        if is_full && event.latency_ns <= least {
            return;
        }
        if is_full {
            heap.pop();
        }
        let (settings, previous) = (&self.settings, &self.previous);
        let context = Context { event, world, settings, previous };
        heap.push(Reverse(SlowCall {
            latency_ns: event.latency_ns,
            ts_ns: event.raw.ts_ns,
            tid: event.raw.tid,
            thread: world.threads.get(slot).identity.comm.to_string(),
            about: about(&context),
        }));
    }

    /// The slowest calls, now that all containers have their names.
    #[must_use]
    pub fn finish(self, summary: &Summary) -> SlowestResult {
        let mut found = SlowestResult { calls: BTreeMap::new(), drops: self.drops };
        for ((call, group), heap) in self.heaps {
            if group > 0 && !self.members.is_in(group - 1, &summary.containers) {
                continue;
            }
            let name = self.request.calls[call].clone();
            let kept = found.calls.entry(name).or_default();
            kept.extend(heap.into_iter().map(|Reverse(call)| call));
        }
        for kept in found.calls.values_mut() {
            kept.sort_by(|a, b| b.cmp(a));
            kept.truncate(self.request.most);
        }
        found
    }
}

/// The file that a call works on, and its arguments.
fn about(context: &Context<'_>) -> String {
    let mut text = Vec::new();
    if let Some(file) = context.own_file().filter(|file| !file.name.is_empty()) {
        text.extend_from_slice(&file.name);
        text.push(b' ');
    }
    if let Some(arguments) = context.arguments() {
        arguments.all(&mut text);
    }
    let text = String::from_utf8_lossy(&text);
    match text.char_indices().nth(ABOUT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.trim_end().to_owned(),
    }
}

impl Visitor for Slowest {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        if DROPS.contains(&event.raw.code) && self.drops.len() < MOST_DROPS {
            self.drops.push(event.raw.ts_ns);
        }
        if event.hidden || event.raw.dump_flags & STATE_ONLY != 0 {
            return;
        }
        let ts_ns = event.raw.ts_ns;
        let selection = &mut self.request.selection;
        let (from, to) = *self.window.get_or_insert_with(|| selection.window(ts_ns));
        let passes =
            selection.filter.is_empty() || selection.filter.passes(event, world, &self.settings);
        let is_call = passes && event.is_exit() && event.pairing == Pairing::Paired;
        if !is_call || ts_ns < from || ts_ns > to {
            return;
        }
        let failed = || event.raw.result().is_some_and(|result| result < 0);
        if selection.errors && !failed() {
            return;
        }
        let name = event.kind.name();
        let call = self.request.calls.iter().position(|asked| asked == name);
        if let (Some(call), Some(slot)) = (call, event.slot) {
            self.keep(event, world, call, slot);
        }
    }

    fn wants_details(&self) -> bool {
        true
    }
}
