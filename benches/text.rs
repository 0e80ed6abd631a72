//! Where the time of reading text goes: lines alone, lines put together to
//! events, a whole answer; with one thread and with two. The texts are the
//! fixtures again and again with shifted times, 64 MiB each. Run with
//! `cargo bench --bench text`.

use std::io::Read;
use std::sync::OnceLock;

use analyze::chisel::{TopScalls, TopScallsRequest};
use analyze::format::trace::{TraceFormat, What};
use analyze::state::{Event, Visitor, World, read_text};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use flate2::read::MultiGzDecoder;

/// Larger than the caches of the processor.
const SIZE: usize = 64 << 20;
/// Bytes that one thread reads at once.
const SEGMENT: usize = 256 << 10;
/// As many as one stretch of a file has.
const STRETCH: usize = 4 << 20;

fn main() {
    divan::main();
}

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/text/{name}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap();
    let mut text = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut text).unwrap();
        return text;
    }
    bytes
}

/// `26439 1795458567.571846 brk(…`: two seconds later each time.
fn strace() -> &'static [u8] {
    static TEXT: OnceLock<Vec<u8>> = OnceLock::new();
    TEXT.get_or_init(|| {
        let text = fixture("alone.ttt.strace.gz");
        let mut all = Vec::with_capacity(SIZE + (4 << 20));
        for round in 0u64.. {
            for line in text.split_inclusive(|byte| *byte == b'\n') {
                let blank = line.iter().position(|byte| *byte == b' ').unwrap();
                let point = line.iter().position(|byte| *byte == b'.').unwrap();
                let second = std::str::from_utf8(&line[blank + 1..point]).unwrap();
                let second = second.parse::<u64>().unwrap() + 2 * round;
                all.extend_from_slice(&line[..=blank]);
                all.extend_from_slice(second.to_string().as_bytes());
                all.extend_from_slice(&line[point..]);
            }
            if all.len() >= SIZE {
                break;
            }
        }
        all
    })
}

/// The lines of calls alone; their times repeat.
fn perf_trace() -> &'static [u8] {
    static TEXT: OnceLock<Vec<u8>> = OnceLock::new();
    TEXT.get_or_init(|| {
        let text = fixture("perf-S-with-summary.txt");
        let calls = text.split_inclusive(|byte| *byte == b'\n');
        let calls = calls.filter(|line| line.windows(3).any(|three| three == b"): "));
        let calls: Vec<u8> = calls.flatten().copied().collect();
        calls.repeat(SIZE / calls.len())
    })
}

fn texts() -> [(TraceFormat, &'static [u8]); 2] {
    [(TraceFormat::Strace, strace()), (TraceFormat::PerfTrace, perf_trace())]
}

/// Sees events and does nothing.
struct Nobody;

impl Visitor for Nobody {
    fn event(&mut self, event: &Event<'_>, _: &mut World) {
        black_box(event.latency_ns);
    }

    fn wants_params(&self) -> bool {
        false
    }
}

/// Reads it stretch by stretch, as files are read.
fn read<V: Visitor>(format: TraceFormat, text: &[u8], visitor: &mut V) -> u64 {
    let mut rest = text;
    let mut events = 0;
    while !rest.is_empty() {
        let at = rest.get(..STRETCH).unwrap_or(rest).iter().rposition(|byte| *byte == b'\n');
        let (stretch, behind) = rest.split_at(at.map_or(rest.len(), |at| at + 1));
        events += read_text(format, stretch, SEGMENT, false, visitor).events;
        rest = behind;
    }
    events
}

fn in_threads(threads: usize, work: impl Fn() -> u64 + Send + Sync) -> u64 {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(work)
}

#[divan::bench(args = [0, 1])]
fn lines(bencher: Bencher, which: usize) {
    let (format, text) = texts()[which];
    bencher.counter(BytesCount::new(text.len())).bench_local(|| {
        let lines = text.split(|byte| *byte == b'\n');
        lines.filter(|line| matches!(format.parse(line).what, What::Call(..))).count()
    });
}

#[divan::bench(args = [(0, 1), (0, 2), (1, 1), (1, 2)])]
fn events(bencher: Bencher, (which, threads): (usize, usize)) {
    let (format, text) = texts()[which];
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| in_threads(threads, || read(format, text, &mut Nobody)));
}

#[divan::bench(args = [(0, 1), (0, 2), (1, 1), (1, 2)])]
fn topscalls(bencher: Bencher, (which, threads): (usize, usize)) {
    let (format, text) = texts()[which];
    bencher.counter(BytesCount::new(text.len())).bench_local(|| {
        in_threads(threads, || {
            let mut visitor: TopScalls = TopScalls::new(TopScallsRequest::default()).unwrap();
            read(format, text, &mut visitor)
        })
    });
}
