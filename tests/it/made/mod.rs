//! Captures made by hand for the rules that recorded captures hardly ever
//! reach: what a thread's latency, name and container are when events are
//! lost, doubled, early, or come from a tid that means someone else by now.
//!
//! Each is a few events with times chosen so that every wrong pairing gives
//! another number. What sysdig 0.29.3 says about them is kept in `tests/made`;
//! `record_made` asks it again.

mod blocks;
mod calls;
mod clone;
mod containers;
mod execve;

use crate::scap_writer::{Event, Process, ScapWriter, enter, exit, param};

/// A name, what the capture shows, and its bytes.
pub type Made = (&'static str, &'static str, Vec<u8>);

/// All of them, in groups.
pub fn made_captures() -> Vec<Made> {
    let mut all = clone::captures();
    all.extend(execve::captures());
    all.extend(calls::captures());
    all.extend(containers::captures());
    all.extend(blocks::captures());
    all
}

/// 2023-11-14T22:13:20Z; event times are given as nanoseconds after it.
const EPOCH_NS: u64 = 1_700_000_000_000_000_000;

const fn at(ns: u64) -> u64 {
    EPOCH_NS + ns
}

/// A pair of event types with parameters of fixed meaning.
struct Call {
    enter: u16,
    enter_params: fn() -> Vec<Vec<u8>>,
    exit_params: fn(i64) -> Vec<Vec<u8>>,
}

const READ: Call = Call {
    enter: 6,
    enter_params: || vec![param::i64(3), param::u32(4096)],
    exit_params: |res| vec![param::i64(res), b"data".to_vec()],
};
const WRITE: Call = Call {
    enter: 8,
    enter_params: || vec![param::i64(3), param::u32(4)],
    exit_params: |res| vec![param::i64(res), b"data".to_vec()],
};
const CLOSE: Call = Call {
    enter: 4,
    enter_params: || vec![param::i64(3)],
    exit_params: |res| vec![param::i64(res)],
};
const FUTEX: Call = Call {
    enter: 64,
    enter_params: || vec![param::u64(0x7f00), param::u16(0), param::u64(1)],
    exit_params: |res| vec![param::i64(res)],
};
const POLL: Call = Call {
    enter: 80,
    enter_params: || vec![[param::u16(1), param::i64(3), param::u16(1)].concat(), param::i64(500)],
    exit_params: |res| vec![param::i64(res), param::u16(0)],
};
const NANOSLEEP: Call = Call {
    enter: 134,
    enter_params: || vec![param::u64(1_000_000)],
    exit_params: |res| vec![param::i64(res)],
};
const OPENAT: Call = Call {
    enter: 306,
    enter_params: || {
        vec![param::i64(-100), param::text("/etc/hosts"), param::u32(1), param::u32(0)]
    },
    exit_params: |res| {
        let name = [param::i64(-100), param::text("/etc/hosts")];
        let mode = [param::u32(1), param::u32(0), param::u32(2049)];
        [vec![param::i64(res)], name.into(), mode.into()].concat()
    },
};
const CLONE: Call = Call { enter: 222, enter_params: Vec::new, exit_params: |_| Vec::new() };
const VFORK: Call = Call { enter: 226, enter_params: Vec::new, exit_params: |_| Vec::new() };
const CLONE3: Call = Call { enter: 334, enter_params: Vec::new, exit_params: |_| Vec::new() };

/// The enter event of `call` by `tid`, `ns` after the epoch.
fn begin(call: &Call, ns: u64, tid: i64) -> Event {
    enter(at(ns), tid, call.enter, &(call.enter_params)())
}

/// Its exit event.
fn end(call: &Call, ns: u64, tid: i64, res: i64) -> Event {
    exit(at(ns), tid, call.enter + 1, &(call.exit_params)(res))
}

/// Everything before the first event, with `of` as process list.
fn head(of: &[Process]) -> ScapWriter {
    ScapWriter::new()
        .machine(2, "made")
        .interfaces(true)
        .users(&[(0, "root"), (1000, "worker")], true)
        .processes(of)
}

fn capture(of: &[Process], events: &[Event]) -> Vec<u8> {
    head(of).events(events).finish()
}

/// The cgroups of a docker container whose id repeats `letter`.
fn docker(letter: char) -> Vec<String> {
    let id = letter.to_string().repeat(64);
    vec![format!("cpuset=/docker/{id}"), format!("cpu=/docker/{id}")]
}

/// The JSON by which a capture names that container.
pub fn docker_json(letter: char, name: &str, image: &str) -> String {
    let id = letter.to_string().repeat(12);
    let full = letter.to_string().repeat(64);
    format!(
        "{{\"container\":{{\"Mounts\":[],\"cpu_period\":100000,\"cpu_quota\":0,\
         \"cpu_shares\":1024,\"created_time\":1699999999,\"env\":[],\
         \"full_id\":\"{full}\",\"id\":\"{id}\",\"image\":\"{image}\",\
         \"imagedigest\":\"\",\"imageid\":\"\",\"imagerepo\":\"{image}\",\
         \"imagetag\":\"1\",\"ip\":\"172.17.0.2\",\"is_pod_sandbox\":false,\
         \"labels\":null,\"lookup_state\":1,\"memory_limit\":0,\
         \"metadata_deadline\":0,\"name\":\"{name}\",\"port_mappings\":[],\
         \"privileged\":false,\"swap_limit\":0,\"type\":0}}}}"
    )
}
