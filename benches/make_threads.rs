//! `make_threads OUT THREADS`: a capture in which so many threads make calls by
//! turns, each known from the process list; `make_large` makes it longer. What
//! follows the number of threads shows on it.

#![allow(clippy::cast_possible_wrap, reason = "thread ids are small")]

#[path = "../tests/it/scap_writer/mod.rs"]
#[allow(clippy::pedantic, reason = "a part of the tests")]
mod scap_writer;

use std::process::ExitCode;

use scap_writer::{Process, ScapWriter, enter, exit, param};

const EPOCH_NS: u64 = 1_700_000_000_000_000_000;
/// Enter types: read, write, close, futex.
const CALLS: [u16; 4] = [6, 8, 4, 64];
/// Coprime to any number of threads up to it: an order that caches do not guess.
const STRIDE: u64 = 1_000_003;

fn capture(threads: u64) -> Vec<u8> {
    let first = 1000;
    let process = |number: u64| {
        let main = first + number / 100 * 100;
        let process = Process::new((first + number) as i64, &format!("worker{}", number / 100));
        let cgroup = format!("cpu=/docker/{:064x}", number / 1000 + 1);
        process.thread_of(main as i64).cgroups(&[cgroup])
    };
    let processes: Vec<Process> = (0..threads).map(process).collect();
    let mut writer = ScapWriter::new().machine(64, "threads").interfaces(true);
    // a block must not be longer than readers take
    for some in processes.chunks(10_000) {
        writer = writer.processes(some);
    }
    for turn in 0..threads {
        let tid = (first + turn * STRIDE % threads) as i64;
        let (call, ts_ns) = (CALLS[(turn % 4) as usize], EPOCH_NS + turn * 1000);
        writer = writer.event(&enter(ts_ns, tid, call, &[param::i64(3), param::u32(100)]));
        writer = writer.event(&exit(ts_ns + 500 + turn % 300, tid, call + 1, &[param::i64(0)]));
    }
    writer.finish()
}

fn run(arguments: &[String]) -> Result<(), String> {
    let [out, threads] = arguments else {
        return Err("usage: make_threads OUT THREADS".into());
    };
    let threads = threads.parse().map_err(|error| format!("{threads}: {error}"))?;
    std::fs::write(out, capture(threads)).map_err(|error| format!("{out}: {error}"))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::from(2)
        }
    }
}
