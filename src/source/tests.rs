//! Tests of the module through its public face, since that is what a parser
//! relies on: the same bytes for every kind of source, and never a crash.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::thread;

use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::*;

const MIB: usize = 1024 * 1024;

/// A small xorshift generator: the same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Bytes that compress to something like a half.
fn sample(len: usize) -> Vec<u8> {
    let mut random = Random(42);
    (0..len).map(|_| (random.next() >> 60) as u8 | 0x40).collect()
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zstd_frame(data: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn open(path: &Path) -> Result<Window, SourceError> {
    Window::open(&Location::File(path.to_owned()))
}

/// Writes `content` to a file and opens it.
fn window(content: &[u8]) -> (TempDir, Window) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("capture");
    fs::write(&path, content).unwrap();
    let window = open(&path).unwrap();
    assert_eq!(window.input_bytes(), Some(content.len() as u64));
    (dir, window)
}

/// Reads to the end, all available bytes at a time.
fn drain(window: &mut Window) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        assert_eq!(window.offset(), all.len() as u64);
        all.extend_from_slice(window.bytes());
        window.consume(usize::MAX);
        if !window.fill() {
            assert!(window.at_end() && window.bytes().is_empty());
            return all;
        }
    }
}

#[test]
fn plain_is_read_by_offset() {
    let data = sample(3 * MIB);
    let (_dir, mut window) = window(&data);
    assert_eq!(window.compression().name(), "none");
    assert!(window.fill());
    window.consume(1000);
    let rest = window.rest().unwrap();
    assert_eq!(rest.len(), (data.len() - 1000) as u64);
    let mut part = vec![0; 5000];
    assert_eq!(rest.read(MIB as u64, &mut part).unwrap(), 5000);
    assert!(part == data[MIB + 1000..MIB + 6000]);
    assert_eq!(rest.read(rest.len() - 7, &mut part).unwrap(), 7);
    assert_eq!(rest.read(rest.len() + 7, &mut part).unwrap(), 0);
    // some that are here, then far beyond
    window.skip(9);
    window.skip(2 * MIB as u64);
    assert_eq!(window.offset(), (2 * MIB + 1009) as u64);
    assert!(window.fill());
    assert!(window.bytes()[..5000] == data[2 * MIB + 1009..2 * MIB + 6009]);
    window.skip(u64::MAX / 2);
    assert!(!window.fill() && window.bytes().is_empty() && window.at_end());
    assert_eq!(window.problem(), None);
}

#[test]
fn plain_drains() {
    let data = sample(3 * MIB + 5);
    let (_dir, mut window) = window(&data);
    assert!(drain(&mut window) == data);
    assert_eq!(window.problem(), None);
}

#[test]
fn gzip_and_zstd_members() {
    let data = sample(6 * MIB);
    let (one, two) = data.split_at(5 * MIB);
    let skippable = [0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    let cases = [
        ("gzip", gzip(&data)),
        ("gzip", [gzip(one), gzip(&[]), gzip(two)].concat()),
        ("zstd", zstd_frame(&data)),
        ("zstd", [zstd_frame(one), zstd_frame(two)].concat()),
        (
            "zstd",
            [&skippable[..], &zstd_frame(one), &skippable, &zstd_frame(&[]), &zstd_frame(two)]
                .concat(),
        ),
        (
            "gzip",
            (0..data.len())
                .step_by(1000)
                .map(|i| gzip(&data[i..data.len().min(i + 1000)]))
                .collect::<Vec<_>>()
                .concat(),
        ),
    ];
    for (name, content) in cases {
        let (_dir, mut window) = window(&content);
        assert_eq!(window.compression().name(), name);
        assert!(drain(&mut window) == data);
        assert_eq!(window.problem(), None);
        assert_eq!(window.ignored_tail(), 0);
    }
}

#[test]
fn tail_is_counted() {
    let data = sample(100_000);
    let pcap = [&[0xd4, 0xc3, 0xb2, 0xa1][..], &sample(MIB)].concat();
    for tail in [&[0][..], &[0x1f], &[0; 512], &pcap] {
        for content in [gzip(&data), zstd_frame(&data)] {
            let (_dir, mut window) = window(&[&content[..], tail].concat());
            assert!(drain(&mut window) == data);
            assert_eq!(window.problem(), None);
            assert_eq!(window.ignored_tail(), tail.len() as u64);
        }
    }
}

#[test]
fn cut_streams_give_their_beginning() {
    let data = sample(6 * MIB);
    for content in [gzip(&data), zstd_frame(&data)] {
        for keep in [content.len() * 3 / 4, content.len() - 1, 4, 10] {
            let (_dir, mut window) = window(&content[..keep]);
            let got = drain(&mut window);
            assert!(data.starts_with(&got));
            if keep > 100 {
                assert!(got.len() + 300_000 > data.len() * keep / content.len());
            }
            let problem = window.problem().unwrap();
            assert!(problem.contains("stream is cut off"), "{problem}");
        }
    }
}

#[test]
fn damaged_streams_give_their_beginning() {
    let data = sample(6 * MIB);
    for (content, name) in [(gzip(&data), "gzip"), (zstd_frame(&data), "zstd")] {
        let half = content.len() / 2;
        for at in [half..half + 2000, content.len() - 8..content.len() - 4] {
            let at = if name == "zstd" && at.end > half + 2000 {
                content.len() - 2..content.len()
            } else {
                at
            };
            let last = at.end > half + 2000;
            let mut content = content.clone();
            content[at].fill(0xff);
            let (_dir, mut window) = window(&content);
            let got = drain(&mut window);
            let good = data.iter().zip(&got).take_while(|(a, b)| a == b).count();
            assert!(good > data.len() / 2 - 300_000, "{name}: {good}");
            assert!(!last || got == data, "{name}: all is delivered before the checksum");
            let problem = window.problem().unwrap();
            let start = format!("{name} data is damaged at compressed byte ");
            assert!(problem.starts_with(&start), "{problem}");
        }
    }
}

#[test]
fn empty_missing_directory() {
    let (dir, mut empty) = window(b"");
    assert!(empty.bytes().is_empty() && !empty.fill() && empty.at_end());
    assert_eq!(empty.problem(), None);

    let missing = open(&dir.path().join("a\nb")).err().unwrap();
    assert!(matches!(missing, SourceError::Missing { .. }));
    assert!(!missing.to_string().contains('\n'));
    let directory = open(dir.path()).err().unwrap();
    assert!(matches!(directory, SourceError::Directory { .. }));
}

#[test]
fn short_files_are_plain() {
    for content in [&b"\x1f"[..], b"ab", b"\x28\xb5\x2f"] {
        let (_dir, mut window) = window(content);
        assert_eq!(window.compression(), Compression::None);
        assert_eq!(drain(&mut window), content);
    }
}

#[test]
fn fifo_is_a_stream() {
    let data = sample(10 * MIB);
    for content in [data.clone(), gzip(&data), zstd_frame(&data)] {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("fifo");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let (to, len) = (path.clone(), content.len() as u64);
        let writer = thread::spawn(move || {
            let mut fifo = File::options().write(true).open(to).unwrap();
            // The magic comes in two pieces.
            fifo.write_all(&content[..1]).unwrap();
            thread::sleep(std::time::Duration::from_millis(20));
            fifo.write_all(&content[1..]).unwrap();
        });
        let mut window = open(&path).unwrap();
        assert!(!window.at_end());
        assert_eq!(window.input_bytes(), None);
        assert!(drain(&mut window) == data);
        assert_eq!(window.input_bytes(), Some(len));
        writer.join().unwrap();
    }
}

#[test]
fn steps_do_not_matter() {
    let data = sample(20 * MIB);
    for content in [data.clone(), gzip(&data), zstd_frame(&data)] {
        // The last one leaves more than the headroom behind before each fill.
        for (largest, keep) in [(100_000, 0), (1_000_000, 200_000), (3_000_000, 2_000_000)] {
            let (_dir, mut window) = window(&content);
            let mut random = Random(largest + keep);
            let mut at = 0;
            loop {
                assert_eq!(window.offset(), at as u64);
                let step = (random.next() % largest) as usize;
                let enough = step + keep as usize;
                while window.bytes().len() < enough && window.fill() {}
                let step = step.min(window.bytes().len());
                assert!(window.bytes()[..step] == data[at..at + step]);
                window.consume(step);
                at += step;
                if window.bytes().is_empty() && !window.fill() {
                    break;
                }
            }
            assert_eq!(at, data.len());
            assert_eq!(window.problem(), None);
        }
    }
}

#[test]
fn nothing_consumed_grows() {
    let data = sample(20 * MIB);
    let (_dir, mut window) = window(&gzip(&data));
    while window.fill() {}
    assert!(window.bytes() == data && window.offset() == 0);
}

#[test]
fn a_file_that_shrinks_is_reported() {
    let data = sample(4 * MIB);
    let (dir, mut window) = window(&data);
    let half = 2 * MIB;
    while window.bytes().len() < half && window.fill() {}
    window.consume(half);
    let kept = window.bytes().len();
    let other = File::options().write(true).open(dir.path().join("capture")).unwrap();
    other.set_len(MIB as u64).unwrap();
    // what was read before is here, and then it ends
    while window.fill() {}
    assert!(window.bytes() == &data[half..half + kept]);
    let problem = window.problem().unwrap();
    let at = half + kept;
    assert_eq!(problem, format!("the file shrank while it was read (at byte {at})"));
    let mut again = open(&dir.path().join("capture")).unwrap();
    assert!(drain(&mut again) == data[..MIB]);
    assert_eq!(again.problem(), None);
}

#[test]
fn dropping_early_ends_the_thread() {
    let data = sample(40 * MIB);
    for content in [gzip(&data), zstd_frame(&data)] {
        for fills in 0..3 {
            let (_dir, mut window) = window(&content);
            for _ in 0..fills {
                assert!(window.fill());
            }
        }
    }
}

#[test]
fn dropping_early_closes_a_pipe() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("fifo");
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    let to = path.clone();
    let writer = thread::spawn(move || {
        let mut fifo = File::options().write(true).open(to).unwrap();
        fifo.write_all(&sample(40 * MIB))
    });
    drop(open(&path).unwrap());
    // The reading end is closed only once the thread has ended.
    let error = writer.join().unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
}
