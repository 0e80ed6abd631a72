//! Who a tid is: clone, fork and their order, and what becomes of the latency
//! of a thread whose entry is made anew.

use super::{CLONE, CLONE3, FUTEX, Made, NANOSLEEP, POLL, READ, VFORK, WRITE};
use super::{at, begin, capture, docker, end};
use crate::scap_writer::{
    CL_CHILD_IN_PIDNS, CL_FILES, CL_THREAD, CL_VFORK, CL_VM, CLONE_11_X, CLONE_17_X, CLONE_20_X,
    CLONE3_X, CloneExit, Event, FORK_20_X, Process, VFORK_20_X, clone_exit, procexit,
};

pub fn captures() -> Vec<Made> {
    vec![
        ("tid_reuse_procexit", "a tid comes back after procexit", tid_reuse_procexit()),
        ("tid_reuse_no_procexit", "a tid comes back, its procexit lost", tid_reuse_no_procexit()),
        ("clone_child_first", "the child's clone exit comes first", clone_child_first()),
        ("clone_parent_first", "the parent's clone exit comes first", clone_parent_first()),
        ("clone_child_lost", "the child's clone exit is lost", clone_child_lost()),
        ("clone_parent_lost", "the parent's clone exit is lost", clone_parent_lost()),
        ("clone_pidns_flag", "CHILD_IN_PIDNS: the parent sees an inner tid", clone_pidns_flag()),
        ("clone_pidns_vtid", "the caller itself is inside a pid namespace", clone_pidns_vtid()),
        ("clone_stale_child", "the child's entry is older than 2 s", clone_stale_child()),
        ("clone_fresh_child", "the child's entry is 2 s old, not more", clone_fresh_child()),
        ("clone_stale_in_list", "a process-list entry is never stale", clone_stale_in_list()),
        ("clone_placeholder_parent", "the caller was a placeholder", clone_placeholder_parent()),
        ("clone_placeholder_by_child", "the same, told by the child", clone_placeholder_by_child()),
        ("clone_resets_child", "a clone exit resets a child in a call", clone_resets_child()),
        ("clone_keeps_inverted", "an inverted child is not reset", clone_keeps_inverted()),
        ("clone_failed", "a failed clone makes no thread", clone_failed()),
        ("clone_thread", "a thread belongs to its process", clone_thread()),
        ("clone_old_types", "clone exits without comm or cgroups", clone_old_types()),
        ("fork_pair", "fork, both exits", fork_pair()),
        ("vfork", "the parent's exit waits for the child's execve", vfork()),
        ("clone3", "clone3, both exits, in a container", clone3()),
        ("procexit_with_threads", "a main thread ends before its threads", procexit_with_threads()),
    ]
}

fn shell() -> [Process; 1] {
    [Process::new(100, "shell")]
}

/// Parent and child exits of tid 100 making process 200.
fn parent(ns: u64, of: &CloneExit) -> Event {
    clone_exit(at(ns), 100, CLONE_20_X, of)
}

fn child(ns: u64, of: &CloneExit) -> Event {
    clone_exit(at(ns), 200, CLONE_20_X, of)
}

fn shell_makes_200() -> CloneExit {
    CloneExit::new(200, 100, 100, 1, "shell")
}

fn born_200(comm: &str) -> CloneExit {
    CloneExit::new(0, 200, 200, 100, comm)
}

// The entry goes before the event after procexit: the new 200 starts over, its
// first exit has latency 0 and not the old 200's distance.
fn tid_reuse_procexit() -> Vec<u8> {
    let old = [begin(&READ, 1_000, 200), end(&READ, 1_700, 200, 4), begin(&POLL, 2_000, 200)];
    let new = [
        procexit(at(3_000), 200, 0),
        begin(&CLONE, 4_000, 100),
        parent(4_150, &shell_makes_200()),
        child(4_170, &born_200("second")),
        end(&POLL, 5_000, 200, 1),
        begin(&READ, 6_000, 200),
        end(&READ, 6_330, 200, 4),
    ];
    capture(&[Process::new(100, "shell"), Process::new(200, "first")], &[&old[..], &new].concat())
}

// The parent's clone exit removes the old entry by force and the new one starts
// over, so the orphaned exit at 5000 has latency 0.
fn tid_reuse_no_procexit() -> Vec<u8> {
    let events = [
        begin(&READ, 1_000, 200),
        end(&READ, 1_700, 200, 4),
        begin(&POLL, 2_000, 200),
        begin(&CLONE, 4_000, 100),
        parent(4_150, &shell_makes_200()),
        end(&POLL, 5_000, 200, 1),
        child(5_170, &born_200("second")),
        begin(&READ, 6_000, 200),
        end(&READ, 6_330, 200, 4),
    ];
    capture(&[Process::new(100, "shell"), Process::new(200, "first")], &events)
}

// The child makes its own entry, marked inverted; the parent's exit then leaves
// it alone, and the read begun in between keeps its clock (latency 900).
fn clone_child_first() -> Vec<u8> {
    let events = [
        begin(&CLONE, 1_000, 100),
        child(1_100, &born_200("kid")),
        begin(&READ, 1_200, 200),
        parent(1_300, &shell_makes_200()),
        end(&READ, 2_100, 200, 4),
    ];
    capture(&shell(), &events)
}

// The parent makes the entry, the child's exit finds it and changes nothing:
// the comm stays the parent's.
fn clone_parent_first() -> Vec<u8> {
    let events = [
        begin(&CLONE, 1_000, 100),
        parent(1_140, &shell_makes_200()),
        child(1_250, &born_200("kid")),
        begin(&READ, 1_300, 200),
        end(&READ, 1_750, 200, 4),
    ];
    capture(&shell(), &events)
}

// The parent's exit alone is enough.
fn clone_child_lost() -> Vec<u8> {
    let events = [
        begin(&CLONE, 1_000, 100),
        parent(1_140, &shell_makes_200()),
        end(&READ, 1_300, 200, 4),
        begin(&READ, 1_400, 200),
        end(&READ, 1_777, 200, 4),
    ];
    capture(&shell(), &events)
}

// The child's exit alone is enough; the caller is found by ptid.
fn clone_parent_lost() -> Vec<u8> {
    let events = [
        begin(&CLONE, 1_000, 100),
        child(1_250, &born_200("kid")),
        begin(&READ, 1_300, 200),
        end(&READ, 1_711, 200, 4),
        end(&WRITE, 1_800, 100, 4),
    ];
    capture(&shell(), &events)
}

// The parent's res is the inner tid 7, which another thread has outside: that
// thread's call must not be reset. The child's event brings the entry.
fn clone_pidns_flag() -> Vec<u8> {
    let events = [
        begin(&READ, 900, 7),
        begin(&CLONE, 1_000, 100),
        parent(1_140, &CloneExit::new(7, 100, 100, 1, "runc").flags(CL_CHILD_IN_PIDNS)),
        end(&READ, 1_900, 7, 4),
        child(2_000, &born_200("init").flags(CL_CHILD_IN_PIDNS).inner(1, 1)),
        begin(&READ, 2_100, 200),
        end(&READ, 2_222, 200, 4),
    ];
    capture(&[Process::new(7, "bystander"), Process::new(100, "runc")], &events)
}

// As above by tid != vtid alone: the caller 100 is 5 inside.
fn clone_pidns_vtid() -> Vec<u8> {
    let events = [
        begin(&READ, 900, 7),
        begin(&CLONE, 1_000, 100),
        parent(1_140, &CloneExit::new(7, 100, 100, 50, "inner").inner(5, 5)),
        end(&READ, 1_900, 7, 4),
        child(2_000, &born_200("inner").inner(7, 7).cgroups(&docker('b'))),
        begin(&READ, 2_100, 200),
        end(&READ, 2_222, 200, 4),
    ];
    let inside = Process::new(100, "inner").inner(5, 5).cgroups(&docker('b'));
    capture(&[Process::new(7, "bystander"), inside], &events)
}

fn aged_child(age_ns: u64) -> Vec<u8> {
    let born = 1_250;
    let again = born + age_ns;
    let events = [
        begin(&CLONE, 1_000, 100),
        child(born, &born_200("old")),
        begin(&POLL, 2_000, 200),
        child(again, &born_200("new")),
        end(&READ, again + 500, 200, 4),
        begin(&READ, again + 1_000, 200),
        end(&READ, again + 1_321, 200, 4),
    ];
    capture(&shell(), &events)
}

// More than 2 s since the entry was cloned: it is somebody else's, so the
// child's exit replaces it and the read exit that follows has latency 0.
fn clone_stale_child() -> Vec<u8> {
    aged_child(2_000_000_001)
}

// Exactly 2 s: the entry is kept, with name and clock.
fn clone_fresh_child() -> Vec<u8> {
    aged_child(2_000_000_000)
}

// The list's entries have clone time 0 and are never stale: the child's exit,
// 3 s in, finds 200 and keeps its name.
fn clone_stale_in_list() -> Vec<u8> {
    let events = [
        begin(&READ, 1_000, 200),
        child(3_000_000_000, &born_200("new")),
        end(&READ, 3_000_000_700, 200, 4),
    ];
    capture(&[Process::new(100, "shell"), Process::new(200, "listed")], &events)
}

// The caller 300 is known by an event only (comm <NA>). Its clone exit re-creates
// it with the child's name, so its clock is lost: the clone exit itself and the
// write exit after it have latency 0.
fn clone_placeholder_parent() -> Vec<u8> {
    let made = CloneExit::new(400, 300, 300, 1, "server");
    let events = [
        begin(&NANOSLEEP, 500, 300),
        begin(&CLONE, 1_000, 300),
        clone_exit(at(1_140), 300, CLONE_20_X, &made),
        end(&WRITE, 1_600, 300, 4),
        begin(&READ, 2_000, 300),
        end(&READ, 2_050, 300, 4),
        begin(&READ, 2_100, 400),
        end(&READ, 2_161, 400, 4),
    ];
    capture(&shell(), &events)
}

// The child's exit comes while the placeholder parent is in its clone: the parent
// is re-created in mid-call and its own exit has latency 0.
fn clone_placeholder_by_child() -> Vec<u8> {
    let made = CloneExit::new(400, 300, 300, 1, "server");
    let born = CloneExit::new(0, 400, 400, 300, "server");
    let events = [
        begin(&CLONE, 1_000, 300),
        clone_exit(at(1_100), 400, CLONE_20_X, &born),
        clone_exit(at(1_140), 300, CLONE_20_X, &made),
        begin(&READ, 2_000, 300),
        end(&READ, 2_050, 300, 4),
    ];
    capture(&shell(), &events)
}

// The child is a placeholder inside a read when the parent's exit makes its
// entry anew: the read's exit has latency 0.
fn clone_resets_child() -> Vec<u8> {
    let events = [
        begin(&CLONE, 1_000, 100),
        begin(&READ, 1_200, 200),
        parent(1_300, &shell_makes_200()),
        end(&READ, 2_100, 200, 4),
        begin(&READ, 2_200, 200),
        end(&READ, 2_299, 200, 4),
    ];
    capture(&shell(), &events)
}

// Two parents claim the same inverted child; it is kept each time.
fn clone_keeps_inverted() -> Vec<u8> {
    let events = [
        begin(&CLONE, 1_000, 100),
        child(1_100, &born_200("kid")),
        begin(&FUTEX, 1_200, 200),
        parent(1_300, &shell_makes_200()),
        clone_exit(at(1_400), 150, CLONE_20_X, &CloneExit::new(200, 150, 150, 1, "other")),
        end(&FUTEX, 1_950, 200, 0),
    ];
    capture(&[Process::new(100, "shell"), Process::new(150, "other")], &events)
}

// res < 0: nothing is made, the exit has its latency all the same.
fn clone_failed() -> Vec<u8> {
    let events = [
        begin(&CLONE, 1_000, 100),
        parent(1_140, &CloneExit::new(-11, 100, 100, 1, "shell")),
        end(&READ, 1_300, 200, 4),
    ];
    capture(&shell(), &events)
}

// CLONE_THREAD: the new thread's pid is the process's; told by the child first.
fn clone_thread() -> Vec<u8> {
    let flags = CL_FILES | CL_VM | CL_THREAD;
    let born = CloneExit::new(0, 101, 100, 1, "worker").flags(flags);
    let made = CloneExit::new(101, 100, 100, 1, "shell").flags(flags);
    let events = [
        begin(&CLONE, 1_000, 100),
        clone_exit(at(1_100), 101, CLONE_20_X, &born),
        clone_exit(at(1_140), 100, CLONE_20_X, &made),
        begin(&FUTEX, 1_200, 101),
        begin(&FUTEX, 1_210, 100),
        end(&FUTEX, 1_311, 101, 0),
        end(&FUTEX, 1_432, 100, 0),
        procexit(at(1_500), 101, 0),
        begin(&READ, 1_600, 100),
        end(&READ, 1_650, 100, 4),
    ];
    capture(&shell(), &events)
}

// The oldest types: without comm the exe names the process, and no cgroups means
// no container even under a parent in one.
fn clone_old_types() -> Vec<u8> {
    let events = [
        begin(&CLONE, 1_000, 100),
        clone_exit(at(1_140), 100, CLONE_11_X, &shell_makes_200()),
        begin(&READ, 1_300, 200),
        end(&READ, 1_711, 200, 4),
        clone_exit(at(2_140), 100, CLONE_17_X, &CloneExit::new(201, 100, 100, 1, "kid")),
        begin(&READ, 2_300, 201),
        end(&READ, 2_702, 201, 4),
    ];
    capture(&[Process::new(100, "shell").cgroups(&docker('b'))], &events)
}

// fork is clone by another name; its enter event is lost here on purpose.
fn fork_pair() -> Vec<u8> {
    let events = [
        begin(&READ, 1_000, 100),
        end(&READ, 1_080, 100, 4),
        clone_exit(at(1_500), 100, FORK_20_X, &shell_makes_200()),
        clone_exit(at(1_600), 200, FORK_20_X, &born_200("kid")),
        begin(&READ, 1_700, 200),
        end(&READ, 1_790, 200, 4),
    ];
    capture(&shell(), &events)
}

// The child runs first and ends before the parent is let go.
fn vfork() -> Vec<u8> {
    let flags = CL_VM | CL_VFORK;
    let events = [
        begin(&VFORK, 1_000, 100),
        clone_exit(at(1_050), 200, VFORK_20_X, &born_200("shell").flags(flags)),
        begin(&READ, 1_100, 200),
        end(&READ, 1_170, 200, 4),
        procexit(at(1_900), 200, 256),
        clone_exit(at(2_345), 100, VFORK_20_X, &shell_makes_200().flags(flags)),
        end(&READ, 2_500, 200, 4),
    ];
    capture(&shell(), &events)
}

// clone3 resolves the container from its own cgroups parameter.
fn clone3() -> Vec<u8> {
    let events = [
        begin(&CLONE3, 1_000, 100),
        clone_exit(at(1_140), 100, CLONE3_X, &shell_makes_200().cgroups(&docker('c'))),
        clone_exit(at(1_190), 200, CLONE3_X, &born_200("kid").cgroups(&docker('c'))),
        begin(&READ, 1_300, 200),
        end(&READ, 1_404, 200, 4),
    ];
    capture(&shell(), &events)
}

// 100 ends while 101 lives: its entry stays for good and keeps its clock. When
// 101 ends too, 100 is still there: the last exit pairs with the procexit.
fn procexit_with_threads() -> Vec<u8> {
    let flags = CL_FILES | CL_VM | CL_THREAD;
    let made = CloneExit::new(101, 100, 100, 1, "shell").flags(flags);
    let events = [
        begin(&CLONE, 1_000, 100),
        clone_exit(at(1_140), 100, CLONE_20_X, &made),
        begin(&FUTEX, 1_200, 101),
        procexit(at(1_500), 100, 0),
        end(&FUTEX, 1_800, 101, 0),
        end(&READ, 1_900, 100, 4),
        procexit(at(2_000), 101, 0),
        end(&READ, 2_100, 101, 4),
        end(&READ, 2_200, 100, 4),
    ];
    capture(&shell(), &events)
}
