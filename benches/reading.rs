//! Where the time of reading goes, layer by layer: from memory alone, over the
//! walk from block to block, to a whole answer. Each bench does all that the
//! one before it does and a little more, on the same 64 MiB, so the difference
//! of two of them is the price of a layer. Run with `cargo bench`.

mod large;

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use analyze::chisel::{
    Histogram, Interval, Rule, Spectrogram, SpectrogramRequest, TopScalls, TopScallsRequest,
};
use analyze::filter::{ContainerMatch, Matching, Names, Selection};
use analyze::format::scap::block::usual_event;
use analyze::source::{Location, Window};
use analyze::state::{
    Cuts, Event, Opened, Pairing, Summary, Visitor, World, read, read_in_segments,
};
use byteorder::LittleEndian;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use large::Small;
use pcap_file::pcapng::RawBlock;

/// Larger than the caches of the processor.
const SIZE: u64 = 64 << 20;

/// Where the files are; removed at the end.
static FOLDER: OnceLock<PathBuf> = OnceLock::new();

fn main() {
    let folder = tempfile::tempdir().unwrap();
    FOLDER.get_or_init(|| folder.path().to_owned());
    divan::main();
}

/// The capture all benches read.
struct Capture {
    bytes: Vec<u8>,
    /// Where the first event block begins.
    first_event: usize,
    events: u64,
    plain: Location,
    gzip: PathBuf,
    /// Latencies of its calls, in their order.
    latencies: Vec<u64>,
}

impl Capture {
    fn events(&self) -> &[u8] {
        &self.bytes[self.first_event..]
    }
}

fn capture() -> &'static Capture {
    static CAPTURE: OnceLock<Capture> = OnceLock::new();
    CAPTURE.get_or_init(|| {
        let mut bytes = Vec::new();
        let made = Small::read(&fixture("alone")).unwrap().repeat(SIZE, &mut bytes).unwrap();
        let folder = FOLDER.get().unwrap();
        let (plain, gzip) = (folder.join("large.scap"), folder.join("large.scap.gz"));
        std::fs::write(&plain, &bytes).unwrap();
        let mut encoder = GzEncoder::new(File::create(&gzip).unwrap(), Compression::fast());
        encoder.write_all(&bytes).unwrap();
        encoder.finish().unwrap();
        let plain = Location::File(plain);
        let mut latencies = Latencies(Vec::new());
        read(open(&plain), &mut latencies);
        Capture {
            bytes,
            first_event: made.first_event,
            events: made.events,
            plain,
            gzip,
            latencies: latencies.0,
        }
    })
}

/// The first fixture whose name begins with `prefix`.
fn fixture(prefix: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let pattern = folder.join(format!("{prefix}*.scap.gz"));
    glob::glob(pattern.to_str().unwrap()).unwrap().next().expect("a fixture").unwrap()
}

fn open(location: &Location) -> Opened<'static> {
    Opened::open(std::slice::from_ref(location), None).unwrap()
}

/// A bencher that knows how much is read at a time.
fn counting<'a, 'b>(bencher: Bencher<'a, 'b>, capture: &Capture) -> Bencher<'a, 'b> {
    let bytes = BytesCount::new(capture.bytes.len());
    bencher.counter(bytes).counter(ItemsCount::new(capture.events))
}

fn names(name: &str) -> Names {
    Names::parse(&[name.into()]).unwrap()
}

/// One word of every cache line: all of the memory and nothing else.
fn touch(bytes: &[u8]) -> u64 {
    let words = bytes.chunks(64).filter_map(|line| line.first_chunk());
    words.fold(0, |sum, word| sum.wrapping_add(u64::from_le_bytes(*word)))
}

/// The limit: bytes come from memory.
#[divan::bench(sample_size = 1)]
fn a_memory(bencher: Bencher<'_, '_>) {
    let capture = capture();
    counting(bencher, capture).bench(|| touch(black_box(&capture.bytes)));
}

/// The limit for a file: bytes are copied from the page cache, a chunk at a time.
#[divan::bench(sample_size = 1)]
fn a_file(bencher: Bencher<'_, '_>) {
    let capture = capture();
    counting(bencher, capture).bench(|| {
        let mut window = Window::open(&capture.plain).unwrap();
        let mut sum = 0;
        while window.fill() {
            sum ^= touch(window.bytes());
            window.consume(usize::MAX);
        }
        sum
    });
}

/// From block to block, nothing else.
#[divan::bench(sample_size = 1)]
fn b_walk(bencher: Bencher<'_, '_>) {
    let capture = capture();
    counting(bencher, capture).bench(|| {
        let (mut rest, mut events) = (black_box(capture.events()), 0);
        while let Some((_, body, length)) = usual_event(rest) {
            black_box(body.as_ptr());
            events += 1;
            rest = &rest[length..];
        }
        assert_eq!(events, capture.events);
    });
}

/// The same by pcap-file.
#[divan::bench(sample_size = 1)]
fn c_walk_by_pcap_file(bencher: Bencher<'_, '_>) {
    let capture = capture();
    counting(bencher, capture).bench(|| {
        let (mut rest, mut events) = (black_box(capture.events()), 0);
        while let Ok((next, block)) = RawBlock::from_slice::<LittleEndian>(rest) {
            black_box(block.body.as_ptr());
            events += 1;
            rest = next;
        }
        assert_eq!(events, capture.events);
    });
}

/// Blocks, events, threads, pairing, one after the other; nobody looks.
#[divan::bench(sample_size = 1)]
fn d_read(bencher: Bencher<'_, '_>) {
    let capture = capture();
    counting(bencher, capture).bench(|| read(open(&capture.plain), &mut Nothing).events);
}

/// The same with `topscalls`.
#[divan::bench(sample_size = 1)]
fn e_topscalls(bencher: Bencher<'_, '_>) {
    topscalls(bencher, &Selection::default());
}

/// With `topscalls --container worker`.
#[divan::bench(sample_size = 1)]
fn f_topscalls_container(bencher: Bencher<'_, '_>) {
    let containers = ContainerMatch::parse(&["worker".into()]).unwrap();
    topscalls(bencher, &Selection { containers, ..Selection::default() });
}

/// With a filter on the event's type: a look into a table.
#[divan::bench(sample_size = 1)]
fn f_topscalls_filter_type(bencher: Bencher<'_, '_>) {
    filtered(bencher, "evt.type!=switch");
}

/// With a filter on numbers of the header.
#[divan::bench(sample_size = 1)]
fn f_topscalls_filter_header(bencher: Bencher<'_, '_>) {
    filtered(bencher, "evt.cpu>=0 and evt.rawtime>0");
}

/// With a filter that needs all threads and their files.
#[divan::bench(sample_size = 1)]
fn f_topscalls_filter_files(bencher: Bencher<'_, '_>) {
    filtered(bencher, "fd.type=file");
}

fn filtered(bencher: Bencher<'_, '_>, filter: &str) {
    let filter = Matching::parse(filter).unwrap();
    topscalls(bencher, &Selection { filter, ..Selection::default() });
}

fn topscalls(bencher: Bencher<'_, '_>, selection: &Selection) {
    topscalls_with(bencher, selection, 1, read_auto);
}

/// With all processors.
#[divan::bench(sample_size = 1)]
fn e_topscalls_parallel(bencher: Bencher<'_, '_>) {
    topscalls_with(bencher, &Selection::default(), 0, read_auto);
}

/// The plain way, one event after the other, as what segments cannot take.
#[divan::bench(sample_size = 1)]
fn e_topscalls_plain(bencher: Bencher<'_, '_>) {
    topscalls_with(bencher, &Selection::default(), 1, read);
}

fn read_auto(opened: Opened<'_>, collector: &mut TopScalls) -> Summary {
    read_in_segments(opened, collector, &Cuts::Auto)
}

/// On so many threads; 0: as many as there are processors.
fn topscalls_with(
    bencher: Bencher<'_, '_>,
    selection: &Selection,
    threads: usize,
    reading: fn(Opened<'_>, &mut TopScalls) -> Summary,
) {
    let capture = capture();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    counting(bencher, capture).bench(|| {
        let request = TopScallsRequest { selection: selection.clone(), ..Default::default() };
        let mut collector = TopScalls::new(request).unwrap();
        let summary = pool.install(|| reading(open(&capture.plain), &mut collector));
        collector.finish(&summary)
    });
}

/// With `spectrogram --evt lstat`: every other event of this capture is one.
#[divan::bench(sample_size = 1)]
fn g_spectrogram_lstat(bencher: Bencher<'_, '_>) {
    let capture = capture();
    counting(bencher, capture).bench(|| {
        let mut collector = Spectrogram::collector(SpectrogramRequest {
            selection: Selection { events: names("lstat"), ..Selection::default() },
            rule: Rule::Paired,
            interval: Interval::AtMost(2048),
            columns: 880,
        });
        let summary = read_in_segments(open(&capture.plain), &mut collector, &Cuts::Auto);
        collector.finish(&summary)
    });
}

/// Latencies into buckets: ours, and `hdrhistogram` at two digits, the lowest
/// precision it has that is not worse than ours.
mod h_histogram {
    use divan::counter::ItemsCount;
    use divan::{Bencher, black_box};

    use super::{Histogram, capture};

    fn bounded() -> hdrhistogram::Histogram<u64> {
        hdrhistogram::Histogram::new_with_bounds(1, 100_000_000_000, 2).unwrap()
    }

    fn values<'a, 'b>(bencher: Bencher<'a, 'b>) -> Bencher<'a, 'b> {
        bencher.counter(ItemsCount::new(capture().latencies.len()))
    }

    #[divan::bench(sample_size = 1)]
    fn ours(bencher: Bencher<'_, '_>) {
        values(bencher).bench(|| {
            let mut histogram = Histogram::default();
            for ns in black_box(&capture().latencies) {
                histogram.add(*ns);
            }
            histogram
        });
    }

    #[divan::bench(sample_size = 1)]
    fn hdrhistogram_record(bencher: Bencher<'_, '_>) {
        values(bencher).bench(|| {
            let mut histogram = bounded();
            for ns in black_box(&capture().latencies) {
                histogram.record(*ns).unwrap();
            }
            histogram
        });
    }

    /// Most calls of most containers occur only a few times.
    const FEW: usize = 20;

    #[divan::bench]
    fn ours_few(bencher: Bencher<'_, '_>) {
        let few = &capture().latencies[..FEW];
        bencher.counter(ItemsCount::new(FEW)).bench(|| {
            let mut histogram = Histogram::default();
            for ns in black_box(few) {
                histogram.add(*ns);
            }
            histogram
        });
    }

    #[divan::bench]
    fn hdrhistogram_few(bencher: Bencher<'_, '_>) {
        let few = &capture().latencies[..FEW];
        bencher.counter(ItemsCount::new(FEW)).bench(|| {
            let mut histogram = bounded();
            for ns in black_box(few) {
                histogram.record(*ns).unwrap();
            }
            histogram
        });
    }
}

/// A gzip capture: our source, whose thread inflates while another waits.
#[divan::bench(sample_size = 1, sample_count = 20)]
fn i_inflate(bencher: Bencher<'_, '_>) {
    let capture = capture();
    let gzip = Location::File(capture.gzip.clone());
    counting(bencher, capture).bench(|| {
        let mut window = Window::open(&gzip).unwrap();
        loop {
            window.consume(window.bytes().len());
            if !window.fill() {
                break;
            }
        }
        assert_eq!(window.offset(), capture.bytes.len() as u64);
    });
}

/// flate2's reader alone, with the same decoder under it.
#[divan::bench(sample_size = 1, sample_count = 20)]
fn i_inflate_by_flate2(bencher: Bencher<'_, '_>) {
    let capture = capture();
    counting(bencher, capture).bench(|| {
        let file = BufReader::with_capacity(256 << 10, File::open(&capture.gzip).unwrap());
        let (mut decoder, mut buffer, mut length) =
            (MultiGzDecoder::new(file), vec![0; 256 << 10], 0);
        loop {
            match decoder.read(&mut buffer).unwrap() {
                0 => break,
                n => length += n,
            }
        }
        assert_eq!(length, capture.bytes.len());
    });
}

/// A visitor that looks at nothing.
struct Nothing;

impl Visitor for Nothing {
    fn event(&mut self, event: &Event<'_>, _: &mut World) {
        black_box(event.latency_ns);
    }
}

/// A visitor that keeps the latencies.
struct Latencies(Vec<u64>);

impl Visitor for Latencies {
    fn event(&mut self, event: &Event<'_>, _: &mut World) {
        if event.pairing == Pairing::Paired {
            self.0.push(event.latency_ns);
        }
    }
}
