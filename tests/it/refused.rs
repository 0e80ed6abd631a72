//! Files that are no captures, and captures that are damaged. The first kind
//! is refused with exit code 2 and one line that names the file and says what
//! it is; of the second kind all that can be read is answered, with exit code 3
//! and a warning that names the file and the byte.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::framing::blocks;
use crate::program::{Ran, run, text};
use crate::scap_writer::{Event, Process, ScapWriter, enter, exit, param};

/// Calls of [`capture`].
const CALLS: u64 = 30;

/// A thread that reads [`CALLS`] times, 2 us each.
pub fn capture() -> Vec<u8> {
    capture_from(1_700_000_000_000_000_000)
}

/// The same from another time on.
pub fn capture_from(start_ns: u64) -> Vec<u8> {
    let call = |number: u64| -> [Event; 2] {
        let ts_ns = start_ns + number * 10_000;
        [
            enter(ts_ns, 100, 6, &[param::i64(3), param::u32(4)]),
            exit(ts_ns + 2_000, 100, 7, &[param::i64(4), b"data".to_vec()]),
        ]
    };
    let events: Vec<Event> = (0..CALLS).flat_map(call).collect();
    let head = ScapWriter::new().machine(2, "made").processes(&[Process::new(100, "worker")]);
    head.events(&events).finish()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A folder of files for one test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// All commands refuse it: no answer, and one line with the path and `what`.
fn refused(path: &Path, what: &str) {
    for command in ["topscalls", "spectrogram", "info"] {
        let ran = run(&[command, text(path)]);
        let case = format!("{command} {}: {ran:?}", path.display());
        assert_eq!(ran.exit, 2, "{case}");
        assert_eq!(ran.stdout, "", "{case}");
        assert_eq!(ran.stderr.lines().count(), 1, "{case}");
        let rest = ran.stderr.strip_prefix(&format!("analyze: {}: ", path.display()));
        assert!(rest.is_some_and(|rest| rest.contains(what)), "not told that '{what}': {case}");
    }
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = Folder::new();
    refused(&folder.0.path().join("absent.scap"), "no such file");
    refused(folder.0.path(), "is a directory");
    refused(&folder.file("line\nbreak", b"").with_file_name("absent"), "no such file");
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let path = folder.file("locked.scap", &capture());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        eprintln!("SKIPPED: this user may read everything");
        return;
    }
    refused(&path, "check its permissions");
}

#[test]
fn other_formats_are_refused_by_name() {
    let folder = Folder::new();
    let zeros = [0_u8; 64];
    let magic = |start: &[u8]| [start, &zeros].concat();
    let words = |words: &[u32]| words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>();
    let section = [0x0A0D_0D0A, 28, 0x1A2B_3C4D, 1, u32::MAX, u32::MAX, 28];
    let prose = b"The worker was slow on Monday.\nNobody knows why.\n".as_slice();
    for (name, bytes, what) in [
        ("empty.scap", Vec::new(), "the file is empty"),
        ("text.scap.gz", gzip(prose), "a text file"),
        ("twice.scap.gz", gzip(&gzip(&capture())), "compressed twice"),
        ("notes.txt", prose.to_vec(), "a text file"),
        ("perf.data", magic(b"PERFILE2"), "a perf.data file"),
        ("trace.dat", magic(b"\x17\x08\x44tracing6\0"), "a trace.dat file"),
        ("program", magic(b"\x7fELF\x02\x01\x01"), "a program"),
        ("net.pcap", words(&[0xA1B2_C3D4, 0x0004_0002, 0, 0, 65_535, 1]), "a pcap capture"),
        ("nano.pcap", words(&[0xA1B2_3C4D, 0x0004_0002, 0, 0, 65_535, 1]), "a pcap capture"),
        (
            "net.pcapng",
            [words(&section), words(&[1, 20, 1, 65_535, 20])].concat(),
            "a pcapng capture",
        ),
    ] {
        refused(&folder.file(name, &bytes), what);
    }
}

#[test]
fn captures_of_another_kind_are_refused() {
    let folder = Folder::new();
    let big: Vec<u8> = [0x0A0D_0D0A_u32, 28, 0x1A2B_3C4D, 0x0001_0002, u32::MAX, u32::MAX, 28]
        .into_iter()
        .chain([0x201, 16, 0, 16])
        .flat_map(u32::to_be_bytes)
        .collect();
    refused(&folder.file("big.scap", &big), "big-endian");

    let body = [param::u32(0x1A2B_3C4D), param::u16(2), param::u16(0), param::u64(u64::MAX)];
    let next = ScapWriter::empty().block(0x0A0D_0D0A, &body.concat()).machine(2, "made").finish();
    refused(&folder.file("next.scap", &next), "format version 2");
}

#[test]
fn bytes_of_no_kind_are_refused() {
    let folder = Folder::new();
    let mut state = 1_u32;
    let noise: Vec<u8> = (0..4096)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    refused(&folder.file("noise.scap", &noise), "no capture: it begins with ");
    refused(&folder.file("noise.scap.gz", &gzip(&noise)), "no capture: it begins with ");
    refused(&folder.file("short.scap", &noise[..5]), "no capture: it begins with ");
    refused(&folder.file("start.scap", &capture()[..5]), "ends after 5 bytes");
    refused(&folder.file("header.scap", &capture()[..27]), "ends after 27 bytes");
}

#[test]
fn one_bad_file_of_several_is_named() {
    let folder = Folder::new();
    let good = folder.file("good.scap", &capture());
    let bad = folder.file("bad.txt", b"no capture\n");
    let ran = run(&["topscalls", text(&good), text(&bad)]);
    assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{ran:?}");
    assert!(ran.stderr.starts_with(&format!("analyze: {}: ", bad.display())), "{ran:?}");
}

/// The calls and events that a damaged capture still gives, after the exit
/// code and the warning were looked at: one line that names the file, the byte
/// `at` and `what`.
fn read_with_damage(path: &Path, at: Option<usize>, what: &str) -> (u64, u64) {
    let ran = run(&["topscalls", "--format", "json", text(path)]);
    let case = format!("{}: {}", path.display(), ran.stderr);
    assert_eq!(ran.exit, 3, "{case}");
    assert_eq!(ran.stderr.lines().count(), 1, "{case}");
    let label = path.file_name().unwrap().to_str().unwrap().split('.').next().unwrap();
    assert!(ran.stderr.starts_with(&format!("warning: {label}: at byte ")), "{case}");
    if let Some(at) = at {
        assert!(ran.stderr.contains(&format!("at byte {at}: ")), "not at {at}: {case}");
    }
    assert!(ran.stderr.contains(what), "not told that '{what}': {case}");
    counts(&ran)
}

/// Calls and events of the only capture in an answer in JSON.
pub fn counts(ran: &Ran) -> (u64, u64) {
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let rows = answer["rows"].as_array().unwrap();
    let calls = rows.iter().map(|row| row["captures"][0]["calls"].as_u64().unwrap()).sum();
    assert_eq!(answer["captures"].as_array().map(Vec::len), Some(1));
    (calls, answer["captures"][0]["events"].as_u64().unwrap())
}

#[test]
fn a_cut_capture_is_read_up_to_the_cut() {
    let folder = Folder::new();
    let whole = capture();
    let last = *blocks(&whole).last().unwrap();
    let path = folder.file("cut.scap", &whole[..whole.len() - 5]);
    let read = read_with_damage(&path, Some(last.offset), "the file ends inside a block");
    assert_eq!(read, (CALLS - 1, 2 * CALLS - 1));
    let info = run(&["info", text(&path)]);
    assert_eq!(info.exit, 3, "{info:?}");
    assert!(info.stdout.contains("1 place, "), "{}", info.stdout);
}

#[test]
fn a_bad_block_costs_itself_only() {
    let folder = Folder::new();
    let mut bytes = capture();
    let all = blocks(&bytes);
    let bad = all[all.len() - 11];
    bytes[bad.offset + 4..bad.offset + 8].copy_from_slice(&7_u32.to_le_bytes());
    let path = folder.file("bad.scap", &bytes);
    let lost = format!("{} bytes lost", bad.length);
    let (calls, events) = read_with_damage(&path, Some(bad.offset), &lost);
    assert_eq!(events, 2 * CALLS - 1);
    assert_eq!(calls, CALLS - 1);
}

#[test]
fn a_length_of_4_gib_is_not_believed() {
    let folder = Folder::new();
    let mut bytes = capture();
    let all = blocks(&bytes);
    let huge = all[all.len() - 11];
    bytes[huge.offset + 4..huge.offset + 8].copy_from_slice(&0xFFFF_FFFC_u32.to_le_bytes());
    for (name, bytes) in [("huge.scap", bytes.clone()), ("packed.scap.gz", gzip(&bytes))] {
        let path = folder.file(name, &bytes);
        let (calls, events) = read_with_damage(&path, Some(huge.offset), "bytes lost");
        assert_eq!((calls, events), (CALLS - 1, 2 * CALLS - 1), "{name}");
    }
}

#[test]
fn a_cut_gzip_is_read_up_to_the_cut() {
    let folder = Folder::new();
    let whole = gzip(&capture());
    // the closing checksum alone: all events are there
    let tail = folder.file("tail.scap.gz", &whole[..whole.len() - 4]);
    assert_eq!(read_with_damage(&tail, None, "copy the file again"), (CALLS, 2 * CALLS));

    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/start.scap.gz");
    let stored = fs::read(fixture).unwrap();
    let half = folder.file("half.scap.gz", &stored[..stored.len() / 2]);
    let ran = run(&["topscalls", "--format", "json", text(&half)]);
    assert_eq!(ran.exit, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("warning: half: at byte "), "{}", ran.stderr);
    let (calls, events) = counts(&ran);
    assert!(calls > 1_000 && (5_000..20_853).contains(&events), "{calls} calls, {events} events");
}

#[test]
fn junk_behind_gzip_is_told() {
    let folder = Folder::new();
    let whole = capture();
    let path = folder.file("junk.scap.gz", &[&gzip(&whole)[..], b"junk behind it"].concat());
    let read = read_with_damage(&path, Some(whole.len()), "as zlib and sysdig do not read them");
    assert_eq!(read, (CALLS, 2 * CALLS));
}

#[test]
fn a_capture_of_nothing_is_no_damage() {
    let folder = Folder::new();
    let path = folder.file("nothing.scap", &ScapWriter::new().finish());
    for command in ["topscalls", "info"] {
        let ran = run(&[command, text(&path)]);
        assert_eq!(ran.exit, 0, "{command}: {}", ran.stderr);
        assert!(!ran.stderr.contains("warning"), "{command}: {}", ran.stderr);
        assert!(ran.stdout.contains("nothing"), "{command}: {}", ran.stdout);
    }
    let ran = run(&["topscalls", "--format", "json", text(&path)]);
    assert_eq!(counts(&ran), (0, 0));
}
