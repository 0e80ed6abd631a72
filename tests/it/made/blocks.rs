//! Blocks: old layouts, flags, options, types nobody knows, and files that
//! end too early.

use super::{CLOSE, FUTEX, Made, NANOSLEEP, OPENAT, READ, WRITE, at, begin, capture, end, head};
use crate::scap_writer::{
    CLONE_20_X, CloneExit, EV, EV_V2, EV_V2_LARGE, EVF, EVF_V2, EVF_V2_LARGE, Event, Process,
    STATE_ONLY, ScapWriter, clone_exit, enter, exit, options, param, procexit,
};

pub fn captures() -> Vec<Made> {
    vec![
        ("unknown_types", "event types 0.29.3 does not know", unknown_types()),
        ("unknown_type_first", "a file that begins with one", unknown_type_first()),
        ("unknown_blocks_first", "unknown blocks before the events", unknown_blocks_first()),
        ("unknown_block_later", "an unknown block after events", unknown_block_later()),
        ("v1_blocks", "events without a parameter count", v1_blocks()),
        ("v1_section", "a whole section of the first writers", v1_section()),
        ("process_list_versions", "one section per process list version", list_versions()),
        ("trailing_options", "options after the event", trailing_options()),
        ("section_options", "options in the section header", section_options()),
        ("state_only", "events kept for the tables alone", state_only()),
        ("large_blocks", "ordinary events in large blocks", large_blocks()),
        ("short_params", "fewer parameters than the table has", short_params()),
        ("short_params_crash", "a first event without its fd", short_params_crash()),
        ("long_params", "more parameters than the table has", long_params()),
        ("fd_list", "files known from the fd list", fd_list()),
        ("fd_list_unknown_tid", "an fd list of nobody", fd_list_unknown_tid()),
        ("no_events", "metadata and no event", no_events()),
        ("only_unknown", "no event of a known type", only_unknown()),
        ("only_header", "a section header alone", ScapWriter::new().finish()),
        ("cut_event", "the last event block is cut", cut_event()),
        ("cut_header", "the last block header is cut", cut_header()),
        ("no_metadata", "events right after the section header", no_metadata()),
    ]
}

fn job() -> [Process; 1] {
    [Process::new(100, "job")]
}

fn read_pair(start: u64, latency: u64) -> [Event; 2] {
    [begin(&READ, start, 100), end(&READ, start + latency, 100, 4)]
}

fn useradded(ns: u64) -> Event {
    let ids = [param::u32(1001), param::u32(1001)];
    let texts = ["new", "/home/new", "/bin/sh", ""].map(param::text);
    enter(at(ns), 100, 354, &[&ids[..], &texts].concat())
}

fn newfstatat(ns: u64) -> [Event; 2] {
    let result = [param::i64(0), param::i64(-100), param::text("/etc"), param::u32(0)];
    [enter(at(ns), 100, 418, &[]), exit(at(ns + 70), 100, 419, &result)]
}

// Skipped before they are numbered; they restart no clock: the read takes 900.
fn unknown_types() -> Vec<u8> {
    let mut events = vec![begin(&READ, 1_000, 100)];
    events.extend(newfstatat(1_100));
    events.push(useradded(1_200));
    events.push(end(&READ, 1_900, 100, 4));
    events.extend(newfstatat(2_000));
    events.push(end(&WRITE, 2_500, 100, 4));
    capture(&job(), &events)
}

// 0.29.3 reads the first event while opening; here it is of an unknown type.
fn unknown_type_first() -> Vec<u8> {
    head(&job()).event(&useradded(900)).events(&read_pair(1_000, 55)).finish()
}

// Skipped by their length.
fn unknown_blocks_first() -> Vec<u8> {
    ScapWriter::new()
        .block(0x0000_0BAD, b"from another tool")
        .machine(2, "made")
        .block(0x8FFF_0001, &[])
        .processes(&job())
        .block(0x230, &[7; 33])
        .events(&read_pair(1_000, 44))
        .finish()
}

// After events anything but a section header ends the run with an error.
fn unknown_block_later() -> Vec<u8> {
    head(&job())
        .events(&read_pair(1_000, 44))
        .block(0x230, &[7; 33])
        .events(&read_pair(2_000, 66))
        .finish()
}

fn in_v1(writer: ScapWriter, events: &[Event]) -> ScapWriter {
    events.iter().fold(writer, |w, e| w.event_in(EV, e, 0, &[]))
}

// The count follows from the lengths; the clone exit has 20.
fn v1_blocks() -> Vec<u8> {
    let made = CloneExit::new(200, 100, 100, 1, "job");
    let events = [
        begin(&OPENAT, 1_000, 100),
        end(&OPENAT, 1_033, 100, 3),
        clone_exit(at(1_500), 100, CLONE_20_X, &made),
        begin(&NANOSLEEP, 2_000, 200),
        end(&NANOSLEEP, 2_404, 200, 0),
        procexit(at(2_500), 200, 0),
    ];
    in_v1(head(&job()), &events).finish()
}

// Minor version 0, unprefixed lists, process list V5, fd list V1, no counts.
fn v1_section() -> Vec<u8> {
    let start = ScapWriter::empty()
        .section(0, &[])
        .machine(1, "old")
        .interfaces(false)
        .users(&[(0, "root")], false)
        .processes_in(5, &job())
        .files(100, &[(3, "/var/log/old")], false);
    in_v1(start, &read_pair(1_000, 123)).finish()
}

// Nine sections, V1 to V9; the name tells which one is in force.
fn list_versions() -> Vec<u8> {
    (1..=9)
        .fold(ScapWriter::empty(), |writer, version| {
            let start = 10_000 * version as u64;
            writer
                .section(if version < 9 { 0 } else { 2 }, &[])
                .machine(1, "old")
                .processes_in(version, &[Process::new(100, &format!("list-v{version}"))])
                .events(&read_pair(start, start / 100 + 7))
        })
        .finish()
}

// The event's own length ends it; what follows up to the trailer is nobody's.
fn trailing_options() -> Vec<u8> {
    let comment = options(&[(1, "a comment by another tool")]);
    let mut writer = head(&job());
    for event in [read_pair(1_000, 77), read_pair(2_000, 88)].concat() {
        writer = writer.event_in(EV_V2, &event, 0, &comment);
    }
    writer.finish()
}

// 0.29.3 assumes a header without options and gives up; newer readers do not.
fn section_options() -> Vec<u8> {
    ScapWriter::empty()
        .section(2, &[(1, "a comment")])
        .machine(2, "made")
        .processes(&job())
        .events(&read_pair(1_000, 44))
        .finish()
}

// Hidden from chisels too, but numbered, and their clocks and threads count: the write's exit is
// measured from the hidden enter, 700, and 200 has a name.
fn state_only() -> Vec<u8> {
    let made = CloneExit::new(200, 100, 100, 1, "hidden-kid");
    head(&job())
        .events(&read_pair(1_000, 40))
        .event_in(EVF_V2, &begin(&WRITE, 2_000, 100), STATE_ONLY, &[])
        .event(&end(&WRITE, 2_700, 100, 4))
        .event_in(EVF_V2, &clone_exit(at(3_000), 100, CLONE_20_X, &made), STATE_ONLY, &[])
        .event_in(EVF, &begin(&READ, 4_000, 200), STATE_ONLY, &[])
        .event_in(EVF, &end(&READ, 4_044, 200, 4), 0, &[])
        .event_in(EVF_V2_LARGE, &begin(&FUTEX, 5_000, 200), 0, &[])
        .event_in(EVF_V2_LARGE, &end(&FUTEX, 5_055, 200, 0), STATE_ONLY, &[])
        .event(&procexit(at(6_000), 200, 0))
        .finish()
}

// The type decides the width of the lengths, not the block.
fn large_blocks() -> Vec<u8> {
    let [start, stop] = read_pair(1_000, 66);
    head(&job()).event_in(EV_V2_LARGE, &start, 0, &[]).event(&stop).finish()
}

// Absent parameters have no value; latency is untouched. (An openat exit with
// its fd alone is left out: 0.29.3 reads past it and may crash.)
fn short_params() -> Vec<u8> {
    let events = [
        begin(&READ, 1_000, 100),
        exit(at(1_015), 100, 7, &[]),
        enter(at(3_000), 100, 306, &[]),
        end(&OPENAT, 3_035, 100, 4),
        enter(at(4_000), 100, 64, &[]),
        exit(at(4_045), 100, 65, &[]),
    ];
    capture(&job(), &events)
}

// A type that uses an fd, without parameters, as first event: 0.29.3 reads the
// fd all the same and dies by SIGSEGV. Latency would be 0, then 15.
fn short_params_crash() -> Vec<u8> {
    capture(&job(), &[enter(at(1_000), 100, 6, &[]), end(&READ, 1_015, 100, 4)])
}

// As newer writers append them: 0.29.3 leaves the surplus alone.
fn long_params() -> Vec<u8> {
    let read = [param::i64(4), b"data".to_vec(), param::i64(3), param::u32(4096)];
    let events = [
        begin(&READ, 1_000, 100),
        exit(at(1_035), 100, 7, &read),
        begin(&CLOSE, 2_000, 100),
        exit(at(2_045), 100, 5, &[param::i64(0), param::i64(3)]),
    ];
    capture(&job(), &events)
}

// A list with entries, and one without, as threads have.
fn fd_list() -> Vec<u8> {
    head(&[job(), [Process::new(101, "job").thread_of(100)]].concat())
        .files(100, &[(0, "/dev/null"), (3, "/var/log/job")], true)
        .files(101, &[], true)
        .events(&read_pair(1_000, 31))
        .event(&begin(&CLOSE, 2_000, 100))
        .event(&end(&CLOSE, 2_009, 100, 0))
        .finish()
}

// 0.29.3 refuses the whole file: "FD block references TID 555".
fn fd_list_unknown_tid() -> Vec<u8> {
    head(&job()).files(555, &[(3, "/nobody")], true).events(&read_pair(1_000, 31)).finish()
}

// 0.29.3: "no events in file", exit status 1.
fn no_events() -> Vec<u8> {
    head(&job()).finish()
}

// All events are skipped.
fn only_unknown() -> Vec<u8> {
    head(&job()).events(&newfstatat(1_000)).event(&useradded(2_000)).finish()
}

// All whole events are shown, then an error: the clock of the cut one is not
// touched.
fn cut_event() -> Vec<u8> {
    let whole = head(&job()).events(&read_pair(1_000, 40)).events(&read_pair(2_000, 50)).finish();
    whole[..whole.len() - 9].to_vec()
}

fn cut_header() -> Vec<u8> {
    head(&job()).events(&read_pair(1_000, 40)).raw(&EV_V2.to_le_bytes()).raw(&[60, 0]).finish()
}

// No list at all: everyone is a placeholder.
fn no_metadata() -> Vec<u8> {
    ScapWriter::new().events(&read_pair(1_000, 21)).finish()
}
