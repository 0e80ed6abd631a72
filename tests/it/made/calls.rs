//! How an exit finds the enter it is measured from, when one of them is
//! missing, doubled or early, or when another event comes between.

use super::{
    CLOSE, FUTEX, Made, NANOSLEEP, OPENAT, POLL, READ, WRITE, at, begin, capture, end, head,
};
use crate::scap_writer::{
    Event, Process, drop_enter, drop_exit, enter, exit, generic_enter, generic_exit, param,
    procexit, procinfo, signaldeliver, switch,
};

const GETPID: u16 = 16;
const EXIT: u16 = 2;
const RT_SIGRETURN: u16 = 298;

pub fn captures() -> Vec<Made> {
    vec![
        ("signal_in_call", "a signal restarts the clock of a blocked call", signal_in_call()),
        ("lost_enter", "an exit reaches back to the enter before", lost_enter()),
        ("lost_exit", "an enter without exit is forgotten", lost_exit()),
        ("doubled_exit", "an enter is not used up by its exit", doubled_exit()),
        ("exit_before_enter", "an exit stamped before its enter", exit_before_enter()),
        ("switch_after_call", "switch repeats the call before it", switch_after_call()),
        ("switch_in_call", "switch inside a call", switch_in_call()),
        ("switch_unknown_tid", "switch never makes a thread", switch_unknown_tid()),
        ("first_exit", "an exit before any enter", first_exit()),
        ("odd_tids", "tids 0 and -1, and one nobody knows", odd_tids()),
        ("openat_enters_only", "only openat kept its enters", openat_enters_only()),
        ("generic_calls", "calls named by number, known and unknown", generic_calls()),
        ("procinfo_and_drop", "internal events between a call's two", procinfo_and_drop()),
        ("procexit_then_events", "events of a tid after its procexit", procexit_then_events()),
        ("interleaved", "three threads, two processors, nested calls", interleaved()),
        ("page_fault_and_tracer", "which other enters restart the clock", page_fault_and_tracer()),
        ("same_time", "enter and exit stamped alike", same_time()),
    ]
}

fn job() -> [Process; 2] {
    [Process::new(100, "job"), Process::new(101, "job").thread_of(100)]
}

// signaldeliver is an even code like any enter: the poll's exit measures 300 from
// the signal, not 1300 from its enter.
fn signal_in_call() -> Vec<u8> {
    let events = [
        begin(&POLL, 1_000, 100),
        signaldeliver(at(2_000), 101, 100, 15),
        end(&POLL, 2_300, 100, -4),
        end(&READ, 2_500, 100, 4),
        begin(&READ, 3_000, 100),
        end(&READ, 3_011, 100, 4),
    ];
    capture(&job(), &events)
}

// The write's enter is lost: its exit is measured from the read's enter, 900.
fn lost_enter() -> Vec<u8> {
    let events = [
        begin(&READ, 1_000, 100),
        end(&READ, 1_200, 100, 4),
        end(&WRITE, 1_900, 100, 4),
        begin(&READ, 2_000, 100),
        end(&READ, 2_050, 100, 4),
    ];
    capture(&job(), &events)
}

// The read's exit is lost: nothing of it remains.
fn lost_exit() -> Vec<u8> {
    let events = [
        begin(&READ, 1_000, 100),
        begin(&WRITE, 1_500, 100),
        end(&WRITE, 1_620, 100, 4),
        begin(&READ, 1_700, 100),
    ];
    capture(&job(), &events)
}

// Both exits are measured from the same enter: 200 and 450.
fn doubled_exit() -> Vec<u8> {
    let events = [
        begin(&READ, 1_000, 100),
        end(&READ, 1_200, 100, 4),
        end(&READ, 1_450, 100, 4),
        begin(&WRITE, 2_000, 100),
        end(&WRITE, 2_000, 100, 4),
    ];
    capture(&job(), &events)
}

// Unsigned: 2^64 - 5000 for the read, and file order decides, not time.
fn exit_before_enter() -> Vec<u8> {
    let events = [
        begin(&WRITE, 1_000, 101),
        end(&WRITE, 1_800, 101, 4),
        begin(&READ, 10_000, 100),
        end(&READ, 5_000, 100, 4),
        begin(&READ, 20_000, 100),
        end(&READ, 20_400, 100, 4),
    ];
    capture(&job(), &events)
}

// Each switch between two calls shows the read's 200 again.
fn switch_after_call() -> Vec<u8> {
    let events = [
        begin(&READ, 1_000, 100),
        end(&READ, 1_200, 100, 4),
        switch(at(1_300), 100, 101),
        switch(at(1_900), 100, 0),
        begin(&WRITE, 2_000, 100),
        end(&WRITE, 2_070, 100, 4),
    ];
    capture(&job(), &events)
}

// In a call latency is 0; the clock goes on: the read still takes 900.
fn switch_in_call() -> Vec<u8> {
    let events = [
        begin(&READ, 1_000, 100),
        switch(at(1_300), 100, 101),
        begin(&FUTEX, 1_400, 101),
        switch(at(1_500), 101, 100),
        end(&READ, 1_900, 100, 4),
        end(&FUTEX, 2_100, 101, 0),
    ];
    capture(&job(), &events)
}

// A switch of an unknown tid has no process; the read after it makes one.
fn switch_unknown_tid() -> Vec<u8> {
    let events = [
        switch(at(1_000), 555, 0),
        switch(at(1_100), 0, 555),
        begin(&READ, 1_200, 555),
        end(&READ, 1_260, 555, 4),
        switch(at(1_300), 555, 0),
    ];
    capture(&job(), &events)
}

// Known and unknown threads alike: 0.
fn first_exit() -> Vec<u8> {
    let events = [
        end(&READ, 1_000, 100, 4),
        end(&WRITE, 1_100, 777, 4),
        begin(&READ, 1_200, 777),
        end(&READ, 1_250, 777, 4),
        end(&POLL, 1_300, 101, 1),
    ];
    capture(&job(), &events)
}

// They get placeholders of their own, with clocks.
fn odd_tids() -> Vec<u8> {
    let events = [
        begin(&READ, 1_000, 0),
        end(&READ, 1_050, 0, 4),
        begin(&READ, 2_000, -1),
        begin(&READ, 2_100, 4_000_000),
        end(&READ, 2_222, -1, 4),
        end(&READ, 2_333, 4_000_000, 4),
        begin(&READ, 3_000, -5),
        end(&READ, 3_001, -5, 4),
    ];
    capture(&job(), &events)
}

// As newer writers do: every exit reaches back to the last openat's enter.
fn openat_enters_only() -> Vec<u8> {
    let mut events = vec![end(&READ, 500, 100, 4)];
    for turn in 0..3 {
        let start = 10_000 * (turn + 1);
        events.extend([
            begin(&OPENAT, start, 100),
            end(&OPENAT, start + 110, 100, 3),
            end(&READ, start + 1_000, 100, 4),
            end(&NANOSLEEP, start + 5_000, 100, 0),
            end(&CLOSE, start + 5_100, 100, 0),
        ]);
    }
    capture(&job(), &events)
}

// The number names the call, each event's its own; 9999 has no name, and no row
// in topscalls.
fn generic_calls() -> Vec<u8> {
    let events = [
        generic_enter(at(1_000), 100, GETPID),
        generic_exit(at(1_040), 100, GETPID),
        generic_enter(at(2_000), 100, 0),
        generic_exit(at(2_060), 100, 0),
        generic_enter(at(3_000), 100, 9_999),
        generic_exit(at(3_070), 100, 9_999),
        generic_exit(at(3_500), 100, RT_SIGRETURN),
        generic_enter(at(4_000), 100, EXIT),
        procexit(at(4_100), 100, 0),
    ];
    capture(&job(), &events)
}

// They touch no clock: the read takes 900. procinfo is hidden but numbered.
fn procinfo_and_drop() -> Vec<u8> {
    let events = [
        procinfo(at(500), 100),
        begin(&READ, 1_000, 100),
        procinfo(at(1_100), 100),
        drop_enter(at(1_200)),
        drop_exit(at(1_300)),
        procinfo(at(1_400), 888),
        end(&READ, 1_900, 100, 4),
        procinfo(at(2_000), 100),
    ];
    capture(&job(), &events)
}

// 200 is gone before the very next event; a new placeholder answers for it.
fn procexit_then_events() -> Vec<u8> {
    let events = [
        begin(&READ, 1_000, 200),
        procexit(at(1_500), 200, 9),
        end(&READ, 1_700, 200, 4),
        begin(&READ, 1_800, 200),
        end(&READ, 1_850, 200, 4),
        procexit(at(1_900), 200, 0),
        procexit(at(1_950), 200, 0),
    ];
    capture(&[Process::new(100, "job"), Process::new(200, "ends")], &events)
}

// Each thread has its own clock, whatever the processor.
fn interleaved() -> Vec<u8> {
    let events: Vec<Event> = vec![
        begin(&POLL, 1_000, 100).on_cpu(0),
        begin(&FUTEX, 1_010, 101).on_cpu(1),
        begin(&READ, 1_020, 300).on_cpu(1),
        end(&READ, 1_031, 300, 4).on_cpu(0),
        end(&FUTEX, 1_252, 101, 0).on_cpu(0),
        begin(&READ, 1_300, 101).on_cpu(0),
        end(&POLL, 1_373, 100, 1).on_cpu(1),
        end(&READ, 1_404, 101, 4).on_cpu(1),
    ];
    capture(&job(), &events)
}

// A page fault leaves the clock alone, a tracer mark restarts it.
fn page_fault_and_tracer() -> Vec<u8> {
    let fault = [param::u64(0x1000), param::u64(0x2000), param::u32(4)];
    let mark = [param::i64(7), param::text("span"), param::text("a=b")];
    let events = [
        begin(&READ, 1_000, 100),
        enter(at(1_200), 100, 290, &fault),
        end(&READ, 1_500, 100, 4),
        begin(&WRITE, 2_000, 100),
        enter(at(2_100), 100, 268, &mark),
        exit(at(2_400), 100, 269, &mark),
        end(&WRITE, 2_600, 100, 4),
    ];
    head(&job()).events(&events).finish()
}

// Latency 0 of a finished call: counted by topscalls, absent in its times.
fn same_time() -> Vec<u8> {
    let events = [
        begin(&FUTEX, 1_000, 100),
        end(&FUTEX, 1_000, 100, 0),
        begin(&READ, 1_000, 101),
        end(&READ, 1_001, 101, 4),
    ];
    capture(&job(), &events)
}
