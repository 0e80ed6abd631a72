//! A close look at a few calls, for a report: their spectrograms, and the slowest of
//! them and an example of every latency one by one, with what they worked on, which is
//! what a reader wants to see behind a cell. And when events were dropped. What is kept does not grow with the
//! capture.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::chosen::{Members, Standing};
use super::grid::{Interval, OpenCells};
use super::histogram::Histogram;
use super::scale::Scale;
use super::spectrogram::Spectrogram;
use crate::event::{KINDS, Kind, tells_of_drops};
use crate::filter::Selection;
use crate::filter::fields::{Context, Previous, Settings};
use crate::format::scap::event::STATE_ONLY;
use crate::state::{Event, Pairing, Summary, Visitor, World};

/// Times of drops that are kept.
const MOST_DROPS: usize = 256;
/// Bytes of what a call worked on that are kept.
const ABOUT: usize = 240;

/// Latency columns of which one example is kept together.
const EXAMPLE_COLUMNS: usize = 4;

/// What to look at.
#[derive(Clone, Debug)]
pub struct CloseupRequest {
    /// Which events.
    pub selection: Selection,
    /// Names of calls.
    pub calls: Vec<String>,
    /// Calls that are kept of each.
    pub most: usize,
    /// Time step of the spectrograms.
    pub interval: Interval,
    /// Latency columns over 11 decades.
    pub columns: u32,
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

/// One call, closely.
#[derive(Clone, Debug)]
pub struct CloseCall {
    /// By time and latency.
    pub spectrogram: Spectrogram,
    /// The slowest, and of each latency column the first: the slowest first.
    pub kept: Vec<SlowCall>,
}

/// What was seen in a capture.
#[derive(Clone, Debug, Default)]
pub struct CloseupResult {
    /// By name, those that were asked for.
    pub calls: BTreeMap<String, CloseCall>,
    /// When events were dropped, ns since the epoch.
    pub drops: Vec<u64>,
}

/// What is counted apart: a call, by one group of threads.
#[derive(Debug)]
struct Spot {
    slowest: BinaryHeap<Reverse<SlowCall>>,
    /// The first call of each latency column.
    examples: BTreeMap<usize, SlowCall>,
    cells: OpenCells,
    latencies: Histogram,
    calls: u64,
}

impl Spot {
    fn new(interval: Interval) -> Spot {
        Spot {
            slowest: BinaryHeap::new(),
            examples: BTreeMap::new(),
            cells: OpenCells::new(interval),
            latencies: Histogram::default(),
            calls: 0,
        }
    }
}

/// The collector.
#[derive(Debug)]
pub struct Closeup {
    request: CloseupRequest,
    settings: Settings,
    previous: Previous,
    members: Members,
    /// By number of the call and of the group of threads: those that are the
    /// selection's, then each open container.
    spots: BTreeMap<(usize, usize), Spot>,
    /// By kind: the number of the call.
    wanted: Vec<Option<usize>>,
    scale: Scale,
    window: Option<(u64, u64)>,
    drops: Vec<u64>,
}

impl Closeup {
    /// Prepares to look.
    #[must_use]
    pub fn new(request: CloseupRequest) -> Closeup {
        let number = |at: usize| {
            let name = Kind(u16::try_from(at).unwrap_or(0)).name();
            request.calls.iter().position(|asked| asked == name)
        };
        let wanted = (0..KINDS).map(number).collect();
        Closeup {
            members: Members::new(&request.selection),
            settings: Settings::default(),
            previous: Previous::default(),
            spots: BTreeMap::new(),
            wanted,
            scale: Scale::new(request.columns),
            window: None,
            drops: Vec::new(),
            request,
        }
    }

    fn keep(&mut self, event: &Event<'_>, world: &World, call: usize, slot: u32) {
        let row = self.members.row(slot, world);
        let group = match self.members.standing(row) {
            Standing::Out => return,
            Standing::In => 0,
            Standing::Open(at) => at + 1,
        };
        let spot =
            self.spots.entry((call, group)).or_insert_with(|| Spot::new(self.request.interval));
        spot.calls += 1;
        spot.latencies.add(event.latency_ns);
        let column = self.scale.column(event.latency_ns.max(1));
        spot.cells.add(event.raw.ts_ns, column);
        let column = column / EXAMPLE_COLUMNS;
        let is_first = !spot.examples.contains_key(&column);
        let heap = &mut spot.slowest;
        let is_full = heap.len() >= self.request.most;
        let least = heap.peek().map_or(0, |least| least.0.latency_ns);
        let is_slow = !is_full || event.latency_ns > least;
        if !is_first && !is_slow {
            return;
        }
        let (settings, previous) = (&self.settings, &self.previous);
        let context = Context { event, world, settings, previous };
        let call = SlowCall {
            latency_ns: event.latency_ns,
            ts_ns: event.raw.ts_ns,
            tid: event.raw.tid,
            thread: world.threads.get(slot).identity.comm.to_string(),
            about: about(&context),
        };
        if is_first {
            spot.examples.insert(column, call.clone());
        }
        if is_slow && is_full {
            heap.pop();
        }
        if is_slow {
            heap.push(Reverse(call));
        }
    }

    /// What was seen, now that all containers have their names.
    #[must_use]
    pub fn finish(self, summary: &Summary) -> CloseupResult {
        let Closeup { request, members, spots, scale, drops, .. } = self;
        let mut whole: Vec<Spot> =
            request.calls.iter().map(|_| Spot::new(request.interval)).collect();
        for ((call, group), spot) in spots {
            if group > 0 && !members.is_in(group - 1, &summary.containers) {
                continue;
            }
            let all = &mut whole[call];
            all.slowest.extend(spot.slowest);
            for (column, call) in spot.examples {
                all.examples.entry(column).or_insert(call);
            }
            all.cells.add_all(spot.cells);
            all.latencies.merge(&spot.latencies);
            all.calls += spot.calls;
        }
        let close = |spot: Spot| {
            let mut kept: Vec<SlowCall> = spot.slowest.into_iter().map(|call| call.0).collect();
            kept.sort_by(|a, b| b.cmp(a));
            kept.truncate(request.most);
            kept.extend(spot.examples.into_values());
            kept.sort_by(|a, b| b.cmp(a));
            kept.dedup();
            let cells = spot.cells.done();
            CloseCall {
                spectrogram: Spectrogram::of(cells, scale.clone(), spot.latencies, spot.calls),
                kept,
            }
        };
        let calls = request.calls.iter().cloned().zip(whole.into_iter().map(close)).collect();
        CloseupResult { calls, drops }
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

impl Visitor for Closeup {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        if tells_of_drops(event.raw.code) && self.drops.len() < MOST_DROPS {
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
        if let (Some(call), Some(slot)) = (self.wanted[event.kind.index()], event.slot) {
            self.keep(event, world, call, slot);
        }
    }

    fn wants_details(&self) -> bool {
        true
    }
}
