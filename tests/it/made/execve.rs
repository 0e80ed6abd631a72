//! execve: name and container change, the clock does not.

use super::{FUTEX, Made, READ, at, begin, capture, docker, docker_json, end};
use crate::scap_writer::{
    CL_FILES, CL_THREAD, CL_VM, CLONE_20_X, CloneExit, ExecExit, Process, clone_exit,
    container_json, execve_enter, execve_exit, procexit,
};

pub fn captures() -> Vec<Made> {
    vec![
        ("execve_renames", "execve's exit changes the name, not the clock", execve_renames()),
        ("execve_container", "execve's exit moves into a container", execve_container()),
        ("execve_failed", "a failed execve changes nothing", execve_failed()),
        ("execve_by_thread", "a thread that is not the main one calls execve", execve_by_thread()),
        ("execve_lost_enter", "only execve's exit was kept", execve_lost_enter()),
    ]
}

fn running(
    comm: &str,
    cgroups: &[String],
    ns: u64,
    tid: i64,
    pid: i64,
) -> crate::scap_writer::Event {
    execve_exit(at(ns), tid, &ExecExit { res: 0, comm, pid, ptid: 1, cgroups })
}

// The exit event already carries the new name; latency 760.
fn execve_renames() -> Vec<u8> {
    let events = [
        execve_enter(at(1_000), 100, "/usr/bin/sort"),
        running("sort", &[], 1_760, 100, 100),
        end(&READ, 2_000, 100, 4),
        begin(&READ, 2_100, 100),
        end(&READ, 2_105, 100, 4),
    ];
    capture(&[Process::new(100, "shell")], &events)
}

// The exit event shows the new container; the next execve leaves it again.
fn execve_container() -> Vec<u8> {
    let events = [
        container_json(at(500), &docker_json('d', "web", "nginx")),
        begin(&READ, 900, 100),
        end(&READ, 950, 100, 4),
        execve_enter(at(1_000), 100, "/usr/bin/nginx"),
        running("nginx", &docker('d'), 1_760, 100, 100),
        begin(&READ, 2_000, 100),
        end(&READ, 2_033, 100, 4),
        execve_enter(at(3_000), 100, "/usr/bin/out"),
        running("out", &["cpuset=/".into()], 3_444, 100, 100),
    ];
    capture(&[Process::new(100, "runc")], &events)
}

// res < 0: name kept, latency counted.
fn execve_failed() -> Vec<u8> {
    let failed = ExecExit { res: -2, comm: "missing", pid: 100, ptid: 1, cgroups: &[] };
    let events = [
        execve_enter(at(1_000), 100, "/usr/bin/missing"),
        execve_exit(at(1_090), 100, &failed),
        begin(&READ, 1_200, 100),
        end(&READ, 1_301, 100, 4),
    ];
    capture(&[Process::new(100, "shell")], &events)
}

// The kernel gives the caller the main thread's tid, so the exit comes from 100,
// whose last enter is the futex: the exit's latency is measured from there. The
// entry of 101 stays until its procexit.
fn execve_by_thread() -> Vec<u8> {
    let flags = CL_FILES | CL_VM | CL_THREAD;
    let made = CloneExit::new(101, 100, 100, 1, "shell").flags(flags);
    let events = [
        clone_exit(at(500), 100, CLONE_20_X, &made),
        begin(&FUTEX, 1_000, 100),
        execve_enter(at(1_500), 101, "/usr/bin/sort"),
        procexit(at(1_600), 101, 0),
        running("sort", &[], 1_777, 100, 100),
        begin(&READ, 2_000, 100),
        end(&READ, 2_020, 100, 4),
        end(&READ, 2_300, 101, 4),
    ];
    capture(&[Process::new(100, "shell")], &events)
}

// Nothing entered before: latency 0, the name is taken.
fn execve_lost_enter() -> Vec<u8> {
    let events = [
        running("sort", &[], 1_000, 100, 100),
        running("uniq", &[], 2_000, 300, 300),
        begin(&READ, 2_100, 300),
        end(&READ, 2_107, 300, 4),
    ];
    capture(&[Process::new(100, "shell")], &events)
}
