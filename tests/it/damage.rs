//! Damaged input: every capture is cut at seeded offsets and has seeded bytes
//! flipped, as it is stored and in its inflated bytes. Nothing may panic, hang
//! or fill the memory, and what lies before a cut must be read completely.
//!
//! The variants are read in a child process, whose anonymous memory
//! (`RssAnon`, which leaves out mapped files) the test watches.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, Read};
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use analyze::chisel::{
    CallStats, GroupBy, Interval, Rule, Spectrogram, SpectrogramRequest, TopScalls,
    TopScallsRequest,
};
use analyze::filter::Matching;
use analyze::filter::fields::Settings;
use analyze::report::{LineFormat, Lines, Lister, ListingRequest, Style};
use analyze::source::Location;
use analyze::state::{Opened, Summary, read};
use rayon::prelude::*;

use crate::framing::{Block, inflated};
use crate::shared::{cases, fixtures};

/// Variants of a capture that is stored in less than [`SMALL`] bytes.
const MANY: usize = 400;
/// Variants of any other.
const FEW: usize = 40;
const SMALL: u64 = 2 << 20;
/// All variants of a capture are read in some seconds.
const HANGS: Duration = Duration::from_mins(5);
/// Tells the child where the captures are.
const FOLDER: &str = "ANALYZE_DAMAGE_FOLDER";
/// Anonymous memory at most.
const MEMORY_KB: u64 = 200 * 1024;

/// Numbers that are the same in every run.
struct Seeded(u64);

impl Seeded {
    fn new(name: &str) -> Seeded {
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Seeded(name.bytes().fold(0xcbf2_9ce4_8422_2325, hash) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit.max(1)
    }
}

/// Fields that between them need all state there is.
const EVERYTHING: &str = "*%evt.num %proc.name %evt.info %fd.name %fd.cip %proc.cmdline \
    %proc.cwd %proc.sname %proc.loginshellid %container.name %user.name %evt.abspath %fdlist.names";

/// Lines are not kept.
struct Nowhere;

impl Lines for Nowhere {
    fn line(&mut self, _: u64, _: &[u8]) -> std::io::Result<()> {
        Ok(())
    }
}

/// Reads what stands at `path`: a summary, or why it is no capture.
fn outcome(path: &Path, number: usize) -> Result<Summary, String> {
    let location = [Location::File(path.to_owned())];
    let opened = Opened::open(&location, None).map_err(|error| error.to_string())?;
    if number.is_multiple_of(8) {
        let mut collector = Spectrogram::collector(SpectrogramRequest {
            selection: analyze::filter::Selection::default(),
            rule: Rule::Paired,
            interval: Interval::AtMost(512),
            columns: 220,
        });
        let summary = read(opened, &mut collector);
        let _ = collector.finish(&summary);
        return Ok(summary);
    }
    if number % 8 == 1 {
        let format = LineFormat::parse(EVERYTHING).unwrap();
        let request = ListingRequest {
            format,
            matching: Matching::parse("not fd.name=x or proc.aname=y").unwrap(),
            settings: Settings::default(),
            style: Style::Text,
            limit: u64::MAX,
            label: None,
        };
        return Ok(read(opened, &mut Lister::new(request, Nowhere)));
    }
    let group_by = if number.is_multiple_of(3) { GroupBy::Thread } else { GroupBy::Container };
    let request = TopScallsRequest { group_by, ..TopScallsRequest::default() };
    let mut collector = TopScalls::<CallStats>::new(request).unwrap();
    let summary = read(opened, &mut collector);
    let _ = collector.finish(&summary);
    Ok(summary)
}

/// Events that were read, whatever they were.
fn event_blocks(summary: &Summary) -> u64 {
    summary.blocks.iter().filter(|(name, _)| name.starts_with("event")).map(|(_, n)| n).sum()
}

/// A file whose bytes are changed in place; the whole one stands beside it, so
/// that the memory that is measured holds no copies.
struct Victim {
    path: PathBuf,
    file: File,
    whole_path: PathBuf,
    whole: File,
    length: usize,
}

impl Victim {
    fn new(whole_path: PathBuf) -> Victim {
        let path = whole_path.with_extension("victim");
        fs::copy(&whole_path, &path).unwrap();
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        let whole = File::open(&whole_path).unwrap();
        let length = whole.metadata().unwrap().len() as usize;
        Victim { path, file, whole_path, whole, length }
    }

    fn put(&self, at: usize, byte: u8) {
        self.file.write_all_at(&[byte], at as u64).unwrap();
    }

    fn original(&self, at: usize) -> u8 {
        let mut byte = [0];
        self.whole.read_exact_at(&mut byte, at as u64).unwrap();
        byte[0]
    }

    fn remove(self) {
        fs::remove_file(&self.path).unwrap();
    }

    /// Cuts at `count` offsets, the last first; `check` looks at each.
    fn cut(
        &self,
        count: usize,
        seeded: &mut Seeded,
        mut check: impl FnMut(usize, Result<Summary, String>),
    ) {
        let mut offsets: Vec<usize> = (0..count).map(|_| seeded.below(self.length)).collect();
        offsets.sort_unstable_by(|a, b| b.cmp(a));
        for (number, at) in offsets.into_iter().enumerate() {
            self.file.set_len(at as u64).unwrap();
            check(at, outcome(&self.path, number));
        }
        fs::copy(&self.whole_path, &self.path).unwrap();
    }

    /// Flips a few bytes at `count` places; every third time a length field of
    /// one of the `blocks`.
    fn flip(&self, count: usize, seeded: &mut Seeded, walk: &Walk) {
        for number in 0..count {
            let mut places = Vec::new();
            for _ in 0..=seeded.below(8) {
                let aimed = number.is_multiple_of(3) && !walk.0.is_empty();
                let at = if aimed {
                    walk.start(seeded.below(walk.0.len())) + 4 + seeded.below(4)
                } else {
                    seeded.below(self.length)
                };
                places.push(at);
                self.put(at, self.original(at) ^ (1 + seeded.below(255)) as u8);
            }
            let _ = outcome(&self.path, number);
            for at in places {
                self.put(at, self.original(at));
            }
        }
    }
}

/// Where the blocks of a capture end, and which are events; small.
struct Walk(Vec<(u32, bool)>);

impl Walk {
    fn of(plain: &Path) -> Walk {
        let mut file = BufReader::new(File::open(plain).unwrap());
        let (mut walk, mut end, mut head) = (Vec::new(), 0, [0; 8]);
        while file.read_exact(&mut head).is_ok() {
            let word = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().unwrap());
            let block = Block { offset: end as usize, length: word(4) as usize, number: word(0) };
            end += word(4);
            walk.push((end, block.is_event()));
            file.seek_relative(i64::from(word(4)) - 8).unwrap();
        }
        Walk(walk)
    }

    fn start(&self, number: usize) -> usize {
        number.checked_sub(1).map_or(0, |before| self.0[before].0 as usize)
    }

    /// The blocks that are whole when the file is cut: how many, how many of
    /// them events, and whether the last one ends at the cut.
    fn before(&self, at: usize) -> (usize, u64, bool) {
        let count = self.0.partition_point(|(end, _)| *end as usize <= at);
        let events = self.0[..count].iter().filter(|(_, event)| *event).count() as u64;
        (count, events, self.start(count) == at)
    }
}

/// Unpacks all captures into `folder`, for the child: `NUMBER.plain`, beside it
/// `NUMBER.stored` where that differs, and `NUMBER.name`.
fn unpack_all(folder: &Path) {
    let mut captures: Vec<(String, PathBuf)> = fixtures();
    captures.extend(cases().into_iter().map(|case| (case.name, case.capture)));
    for (number, (name, path)) in captures.into_iter().enumerate() {
        let file = |extension: &str| folder.join(format!("{number}.{extension}"));
        let stored = fs::read(path).unwrap();
        let plain = inflated(&stored);
        if stored != plain {
            fs::write(file("stored"), &stored).unwrap();
        }
        fs::write(file("plain"), &plain).unwrap();
        fs::write(file("name"), name).unwrap();
    }
}

/// All variants of one capture; gives their number.
fn variants(name: &str, plain: &Path) -> usize {
    let stored = plain.with_extension("stored");
    let path = if stored.exists() { &stored } else { plain };
    let walk = Walk::of(plain);
    let count = if fs::metadata(path).unwrap().len() < SMALL { MANY } else { FEW };
    let mut seeded = Seeded::new(name);
    // most of them in the plain bytes: there every one reaches the reader
    let (as_stored, in_plain) =
        if stored.exists() { (count / 8, count * 3 / 8) } else { (0, count / 2) };
    let plain = Victim::new(plain.to_owned());
    plain.cut(in_plain, &mut seeded, |at, outcome| {
        let (complete, events, at_border) = walk.before(at);
        match outcome {
            Ok(summary) => {
                assert_eq!(event_blocks(&summary), events, "{name} cut at {at}: events");
                let damaged = summary.losses.damage > 0;
                assert_eq!(damaged, !at_border, "{name} cut at {at}: losses {:?}", summary.losses);
            }
            Err(error) => assert_eq!(complete, 0, "{name} cut at {at}: {error}"),
        }
    });
    plain.flip(in_plain, &mut seeded, &walk);
    plain.remove();
    if stored.exists() {
        let stored = Victim::new(stored);
        stored.cut(as_stored, &mut seeded, |at, outcome| {
            if let Ok(summary) = outcome {
                let damage = summary.losses.damage;
                assert!(damage > 0, "{name} cut at stored byte {at}: no damage told");
            }
        });
        stored.flip(as_stored, &mut seeded, &Walk(Vec::new()));
        stored.remove();
    }
    2 * (as_stored + in_plain)
}

/// Not a test of its own: what the child does.
#[test]
#[ignore = "run by damaged_captures_do_no_harm in a process of its own"]
fn read_all_variants() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let files = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let captures: Vec<(String, PathBuf)> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "plain"))
        .map(|path| (fs::read_to_string(path.with_extension("name")).unwrap(), path))
        .collect();
    let running: Mutex<Vec<(String, Instant)>> = Mutex::new(Vec::new());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    std::thread::scope(|scope| {
        let (over, wait) = std::sync::mpsc::channel::<()>();
        let running = &running;
        scope.spawn(move || {
            while wait.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                let running = running.lock().unwrap();
                if let Some((name, _)) = running.iter().find(|(_, since)| since.elapsed() > HANGS) {
                    // a thread that hangs cannot be joined
                    eprintln!("{name} hangs");
                    std::process::exit(1);
                }
            }
        });
        let failed: Vec<String> = pool.install(|| {
            let one = |(name, path): &(String, PathBuf)| {
                running.lock().unwrap().push((name.clone(), Instant::now()));
                let result = catch_unwind(AssertUnwindSafe(|| variants(name, path)));
                running.lock().unwrap().retain(|(other, _)| other != name);
                match result {
                    Ok(count) => {
                        println!("VARIANTS {count}");
                        None
                    }
                    Err(_) => Some(name.clone()),
                }
            };
            captures.par_iter().filter_map(one).collect()
        });
        drop(over);
        assert!(failed.is_empty(), "failed: {failed:?}");
    });
}

/// The largest anonymous memory of a process so far, kB.
fn anonymous_kb(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[test]
fn damaged_captures_do_no_harm() {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = tempfile::tempdir_in(folder).unwrap();
    unpack_all(folder.path());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "damage::read_all_variants", "--ignored", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let out = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    let err = std::thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).map(|_| text)
    });
    let mut most = 0;
    let status = loop {
        most = most.max(anonymous_kb(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let (out, err) = (out.join().unwrap().unwrap(), err.join().unwrap().unwrap());
    assert!(status.success(), "{err}");
    let counts =
        out.lines().filter_map(|line| line.split_once("VARIANTS ")?.1.trim().parse::<usize>().ok());
    let count: usize = counts.sum();
    println!("{count} variants, {most} kB of anonymous memory at most");
    assert!(count >= 4 * 300, "only {count} variants were read");
    assert!(most > 0 && most < MEMORY_KB, "{most} kB of anonymous memory");
}
