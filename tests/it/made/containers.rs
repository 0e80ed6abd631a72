//! Container id and name: the id is the thread's, from its cgroups; the name
//! is the table's, as it stands when the event comes.

use super::{CLONE, Made, READ, at, begin, capture, docker, docker_json, end, head};
use crate::scap_writer::{
    CLONE_20_X, CloneExit, Process, ScapWriter, clone_exit, container_json, container_json_2,
    procexit,
};

pub fn captures() -> Vec<Made> {
    vec![
        ("container_first", "JSON before all other events", container_first()),
        ("container_late", "JSON after events of its container", container_late()),
        ("container_replaced", "a second JSON with another name", container_replaced()),
        ("container_missing", "an id without JSON", container_missing()),
        ("container_failed_lookup", "JSON whose lookup failed", container_failed_lookup()),
        ("container_large", "JSON of the wide type in a large block", container_large()),
        ("container_forms", "cgroup forms of the other engines", container_forms()),
        ("container_inherited", "a child's container is its own cgroups'", container_inherited()),
        ("second_section", "another capture appended", second_section()),
        ("second_section_in_call", "a call across two sections", second_section_in_call()),
        ("second_section_container", "containers of two sections", second_section_container()),
    ]
}

fn web(letter: char) -> Process {
    Process::new(100, "nginx").inner(1, 1).cgroups(&docker(letter))
}

// Consumed while opening: numbered, not shown, not counted by chisels.
fn container_first() -> Vec<u8> {
    let events = [
        container_json(at(100), &docker_json('d', "web", "nginx")),
        container_json(at(200), &docker_json('e', "db", "postgres")),
        begin(&READ, 1_000, 100),
        end(&READ, 1_040, 100, 4),
    ];
    capture(&[web('d')], &events)
}

// The id is known from the start, the name from the JSON on. The JSON event is
// shown, and is no part of the call around it.
fn container_late() -> Vec<u8> {
    let events = [
        begin(&READ, 1_000, 100),
        end(&READ, 1_040, 100, 4),
        begin(&READ, 2_000, 100),
        container_json(at(2_500), &docker_json('d', "web", "nginx")),
        end(&READ, 2_900, 100, 4),
        begin(&READ, 3_000, 100),
        end(&READ, 3_060, 100, 4),
    ];
    capture(&[web('d')], &events)
}

// Names are those of the moment: three names for one container.
fn container_replaced() -> Vec<u8> {
    let events = [
        container_json(at(100), &docker_json('d', "web", "nginx")),
        begin(&READ, 1_000, 100),
        end(&READ, 1_040, 100, 4),
        container_json(at(2_000), &docker_json('d', "web-renamed", "nginx")),
        begin(&READ, 3_000, 100),
        end(&READ, 3_050, 100, 4),
        container_json(at(4_000), &docker_json('d', "web-again", "nginx")),
        end(&READ, 4_060, 100, 4),
    ];
    capture(&[web('d')], &events)
}

// The id is shown, the name has no value, and -pc tables lack these calls.
fn container_missing() -> Vec<u8> {
    let events = [
        container_json(at(100), &docker_json('e', "db", "postgres")),
        begin(&READ, 1_000, 100),
        end(&READ, 1_040, 100, 4),
        begin(&READ, 2_000, 200),
        end(&READ, 2_010, 200, 4),
    ];
    capture(&[web('d'), Process::new(200, "host-job")], &events)
}

// lookup_state 2, and 0, which a file reader takes as failed: the events are not
// shown, the names count.
fn container_failed_lookup() -> Vec<u8> {
    let failed = docker_json('d', "web", "nginx").replace("lookup_state\":1", "lookup_state\":2");
    let begun = docker_json('d', "web2", "nginx").replace("lookup_state\":1", "lookup_state\":0");
    let events = [
        begin(&READ, 1_000, 100),
        container_json(at(1_010), &failed),
        end(&READ, 1_040, 100, 4),
        container_json(at(1_500), &begun),
        begin(&READ, 2_000, 100),
        end(&READ, 2_030, 100, 4),
    ];
    capture(&[web('d')], &events)
}

// 70 000 bytes of labels: no 16-bit length can hold it.
fn container_large() -> Vec<u8> {
    let label = format!("\"labels\":{{\"long\":\"{}\"}}", "x".repeat(70_000));
    let json = docker_json('d', "web", "nginx").replace("\"labels\":null", &label);
    let events = [
        begin(&READ, 1_000, 100),
        end(&READ, 1_040, 100, 4),
        container_json_2(at(1_500), &json),
        begin(&READ, 2_000, 100),
        end(&READ, 2_050, 100, 4),
    ];
    capture(&[web('d')], &events)
}

// One thread a form, one read each, without JSON: what the id becomes. lxc and
// libvirt-lxc need no JSON for a name, it is the id.
fn container_forms() -> Vec<u8> {
    let id = "0123456789abcdef".repeat(4);
    let paths = [
        format!("/system.slice/docker-{id}.scope"),
        format!("/machine.slice/libpod-{id}.scope"),
        format!("/kubepods/burstable/pod12345/{id}"),
        format!("/kubepods.slice/crio-{id}.scope"),
        format!("/kubepods.slice/cri-containerd-{id}.scope"),
        format!("/system.slice:cri-containerd:{id}"),
        "/lxc/guest/init.scope".into(),
        "/lxc.payload/guest2".into(),
        "/machine.slice/vm.libvirt-lxc".into(),
        "/user.slice/user-1000.slice".into(),
        format!("/docker/{}", &id[..63]),
        format!("/docker/{}", id.to_uppercase()),
    ];
    let mut list = Vec::new();
    let mut events = Vec::new();
    for (n, path) in paths.iter().enumerate() {
        let (tid, start) = (100 + n as i64, 1_000 * (n as u64 + 1));
        let cgroups = [String::from("cpuset=/"), format!("memory={path}")];
        list.push(Process::new(tid, &format!("job{n}")).cgroups(&cgroups));
        events.extend([begin(&READ, start, tid), end(&READ, start + 10 + n as u64, tid, 4)]);
    }
    capture(&list, &events)
}

// The parent is in d, the child's event says e.
fn container_inherited() -> Vec<u8> {
    let born = CloneExit::new(0, 200, 200, 100, "kid").inner(9, 9).cgroups(&docker('e'));
    let events = [
        container_json(at(100), &docker_json('d', "web", "nginx")),
        container_json(at(200), &docker_json('e', "db", "postgres")),
        begin(&CLONE, 1_000, 100),
        clone_exit(at(1_090), 200, CLONE_20_X, &born),
        begin(&READ, 1_200, 200),
        end(&READ, 1_260, 200, 4),
        procexit(at(1_300), 200, 0),
        begin(&READ, 1_400, 100),
        end(&READ, 1_470, 100, 4),
    ];
    capture(&[web('d')], &events)
}

fn section(of: &[Process], start: u64) -> ScapWriter {
    let events = [
        begin(&READ, start, 100),
        end(&READ, start + 40, 100, 4),
        begin(&READ, start + 100, 200),
        end(&READ, start + 150, 200, 4),
    ];
    head(of).events(&events)
}

// The second section's process list replaces the first; 200 is nobody in it.
// Event numbers go on.
fn second_section() -> Vec<u8> {
    let first = section(&[Process::new(100, "one"), Process::new(200, "two")], 1_000);
    let second = section(&[Process::new(100, "other")], 5_000).finish();
    first.raw(&second).finish()
}

// 100 is inside a poll when the first section ends: the second begins with its
// exit, whose thread is new.
fn second_section_in_call() -> Vec<u8> {
    let first = [begin(&READ, 1_000, 100), end(&READ, 1_040, 100, 4), begin(&READ, 2_000, 100)];
    let second = [end(&READ, 2_700, 100, 4), begin(&READ, 3_000, 100), end(&READ, 3_030, 100, 4)];
    let rest = capture(&[Process::new(100, "same")], &second);
    head(&[Process::new(100, "same")]).events(&first).raw(&rest).finish()
}

// The second section starts with its JSON, which is not numbered there. The first
// section's container keeps its name: that table is not rebuilt.
fn second_section_container() -> Vec<u8> {
    let first = [
        container_json(at(100), &docker_json('d', "web", "nginx")),
        begin(&READ, 1_000, 100),
        end(&READ, 1_040, 100, 4),
    ];
    let second = [
        container_json(at(3_000), &docker_json('e', "db", "postgres")),
        begin(&READ, 4_000, 100),
        end(&READ, 4_050, 100, 4),
        begin(&READ, 5_000, 200),
        end(&READ, 5_060, 200, 4),
    ];
    let list = [web('e'), Process::new(200, "left").cgroups(&docker('d'))];
    let rest = capture(&list, &second);
    head(&[web('d')]).events(&first).raw(&rest).finish()
}
