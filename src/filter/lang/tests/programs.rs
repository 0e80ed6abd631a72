//! What a checked filter says about events.

use std::net::IpAddr;

use super::{Made, program};
use crate::filter::fields::Needs;
use crate::filter::value::Value;

#[track_caller]
fn check(event: &mut Made, passing: &[&str], failing: &[&str]) {
    for (texts, wanted) in [(passing, true), (failing, false)] {
        for text in texts {
            let program = program(text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(event.passes(&program), wanted, "{text}");
        }
    }
}

fn file(name: &'static str) -> Made {
    Made::default().text("fd.name", name)
}

#[test]
fn text_is_compared_by_its_bytes() {
    check(
        &mut file("/lib/x86/libc.so.6"),
        &[
            "fd.name=/lib/x86/libc.so.6",
            "fd.name==/lib/x86/libc.so.6",
            "fd.name!=''",
            "fd.name>/lib",
            "fd.name<=/z",
            "fd.name contains so",
            "fd.name contains ''",
            "fd.name icontains LIBC",
            "fd.name startswith /lib",
            "fd.name endswith .6",
            "fd.name glob *.so*",
            "fd.name iglob *.SO.[0-9]",
            "fd.name regex '/lib/.*\\.so(\\.\\d+)?'",
            "fd.name regex '(?x) /lib .* # all'",
            "fd.name regex '.|.*'",
            "fd.name in (a, /lib/x86/libc.so.6)",
            "fd.name intersects (a, /lib/x86/libc.so.6)",
            "fd.name exists",
        ],
        &[
            "fd.name=/lib",
            "fd.name!=/lib/x86/libc.so.6",
            "fd.name</lib",
            "fd.name contains SO",
            "fd.name startswith lib",
            "fd.name endswith .so",
            "fd.name glob *.SO*",
            "fd.name regex libc",
            "fd.name in (a, b)",
        ],
    );
}

#[test]
fn paths_match_by_their_components() {
    check(
        &mut file("/etc/passwd"),
        &[
            "fd.name pmatch (/etc)",
            "fd.name pmatch (/usr, /etc/)",
            "fd.name pmatch (etc)",
            "fd.name pmatch (//etc//passwd)",
            "fd.name pmatch (/)",
        ],
        &["fd.name pmatch (/et)", "fd.name pmatch (/etc/passwd/x)", "fd.name pmatch (/e*)"],
    );
    check(&mut file("/etcetera"), &[], &["fd.name pmatch (/etc)"]);
    check(&mut file(""), &["fd.name pmatch (/)"], &["fd.name pmatch (/etc)"]);
}

#[test]
fn without_a_value_nothing_is_true_but_its_contrary() {
    check(
        &mut Made::default(),
        &["", "not fd.name=x", "not fd.name exists", "not fd.ip!=1.2.3.4"],
        &["fd.name=x", "fd.name!=x", "fd.name exists", "fd.ip!=1.2.3.4", "fd.name contains ''"],
    );
}

#[test]
fn numbers_are_compared_by_their_type() {
    let mut event = Made::default()
        .with("evt.cpu", vec![Value::Signed(-2)])
        .with("evt.num", vec![Value::Unsigned(u64::MAX)])
        .with("evt.latency", vec![Value::Unsigned(1_500_000)])
        .with("evt.failed", vec![Value::Bool(true)])
        .with("thread.load", vec![Value::Double(12.5)]);
    check(
        &mut event,
        &[
            "evt.cpu=-2",
            "evt.cpu<0x1",
            "evt.cpu in (1, -2)",
            "evt.num>9223372036854775807",
            "evt.latency=1.5ms",
            "evt.latency>=1500us",
            "evt.latency<1s",
            "evt.failed=true",
            "evt.failed>false",
            "evt.failed in (true)",
            "thread.load>12",
            "thread.load=12.5",
            "thread.load<=1.3e1",
        ],
        &["evt.cpu>0", "evt.num<1", "evt.failed!=true", "thread.load<12.5", "evt.latency>1500us"],
    );
}

#[test]
fn either_side_may_match_but_both_must_differ() {
    let address = |text: &str| Value::Ip(text.parse::<IpAddr>().expect("an address"));
    let mut event = Made::default()
        .with("fd.port", vec![Value::Port(43_210), Value::Port(443)])
        .with("fd.ip", vec![address("192.168.0.2"), address("1.2.3.4")])
        .with("fd.net", vec![address("192.168.0.2"), address("1.2.3.4")]);
    check(
        &mut event,
        &[
            "fd.port=443",
            "fd.port=https",
            "fd.port in (80, 43210)",
            "fd.port!=80",
            "fd.port>1024",
            "fd.port<1024",
            "fd.ip=1.2.3.4",
            "fd.ip!=::1",
            "fd.net=192.168.0.0/16",
            "fd.net in (10.0.0.0/8, 1.0.0.0/8)",
            "fd.net!=10.0.0.0/8",
        ],
        &["fd.port!=443", "fd.ip!=1.2.3.4", "fd.net!=192.168.0.0/16", "fd.net=fe80::/10"],
    );
}

#[test]
fn any_ancestor_may_match() {
    let names = vec![Value::text("bash"), Value::text("sshd")];
    let mut event = Made::default().with("proc.aname", names);
    check(
        &mut event,
        &["proc.aname=sshd", "proc.aname!=sshd", "proc.aname in (init, bash)"],
        &["proc.aname=init"],
    );
    check(
        &mut Made::default().text("proc.aname", "sshd"),
        &["proc.aname=sshd"],
        &["proc.aname!=sshd"],
    );
}

#[test]
fn bytes_may_be_anything() {
    let mut event =
        Made::default().with("evt.buffer", vec![Value::Bytes(b"\x7fELF\0\xff"[..].into())]);
    check(
        &mut event,
        &[
            r#"evt.buffer="\x7fELF\x00\xff""#,
            "evt.buffer contains ELF",
            r"evt.buffer startswith \x7fELF",
            r"evt.buffer endswith \xff",
            "evt.buffer bcontains 454c46",
            "evt.buffer bstartswith 7F45",
        ],
        &["evt.buffer=ELF", "evt.buffer bcontains 00ff00", "evt.buffer bstartswith 45"],
    );
}

#[test]
fn no_more_is_asked_than_needed() {
    let mut event = Made::default().text("proc.name", "curl").text("fd.name", "/etc/hosts");
    let mut asked = |text: &str| {
        let program = program(text).unwrap_or_else(|error| panic!("{error}"));
        event.passes(&program);
        event.asked.borrow().clone()
    };
    assert_eq!(asked("proc.name=curl or fd.name=x"), ["proc.name"]);
    assert_eq!(asked("proc.name=wget and fd.name=x"), ["proc.name"]);
    assert_eq!(asked("proc.name=wget or fd.name=x"), ["proc.name", "fd.name"]);
    // a header's field first
    assert_eq!(asked("proc.name=curl and evt.num=1"), ["evt.num"]);
    // but never across a field that remembers when it was asked
    assert_eq!(
        asked("proc.name=curl and evt.deltatime>1 and evt.num=1"),
        ["proc.name", "evt.deltatime"]
    );
    assert_eq!(asked("evt.deltatime exists and evt.num=1"), ["evt.deltatime"]);
}

#[test]
fn the_header_decides_what_it_can() {
    let header_only = |text: &str| program(text).map(|program| program.is_header_only());
    assert_eq!(header_only("evt.type=open and evt.dir=<"), Ok(true));
    assert_eq!(header_only(""), Ok(true));
    assert_eq!(header_only("evt.type=open and proc.name=x"), Ok(false));
    assert_eq!(header_only("evt.type=open or proc.name=x"), Ok(false));

    let program = program("proc.name=x and (evt.num=1 or evt.num=2)").expect("a filter");
    let names = program.uses().iter().map(|used| used.field.name).collect();
    let event = Made { names, ..Made::default() };
    assert!(!program.passes_header(&event));
    assert_eq!(*event.asked.borrow(), ["evt.num", "evt.num"]);
}

#[test]
fn a_program_knows_what_it_needs() {
    let needs = |text: &str| program(text).map(|program| program.needs());
    assert_eq!(needs(""), Ok(Needs::Kind));
    assert_eq!(needs("evt.type=open and evt.num=1"), Ok(Needs::Header));
    assert_eq!(needs("evt.num=1 and evt.latency>1ms"), Ok(Needs::Clock));
    assert_eq!(needs("fd.name=x or evt.num=1"), Ok(Needs::Fds));
    let uses = |text: &str| program(text).map(|program| program.uses().len());
    assert_eq!(uses("evt.num=1 or evt.num=2 or evt.cpu=1"), Ok(2));
    assert_eq!(uses("evt.arg.a=1 or evt.arg.b=1 or evt.arg.a=2 or evt.arg[0]=1"), Ok(3));
}

#[test]
fn event_names_are_promised_where_they_are_certain() {
    let promised = |text: &str| {
        let program = program(text).unwrap_or_else(|error| panic!("{error}"));
        program.event_names().map(|names| names.into_iter().collect::<Vec<_>>().join(" "))
    };
    assert_eq!(promised("evt.type=open"), Some("open".into()));
    assert_eq!(promised("proc.name=x and evt.type in (open, close)"), Some("close open".into()));
    assert_eq!(promised("evt.type in (open, close) and evt.type=open"), Some("open".into()));
    assert_eq!(promised("evt.type=open and evt.type=close"), Some(String::new()));
    assert_eq!(
        promised("(evt.type=open and proc.name=x) or evt.type=read"),
        Some("open read".into())
    );
    assert_eq!(promised("evt.type=open or proc.name=x"), None);
    assert_eq!(promised("not evt.type=open"), None);
    assert_eq!(promised("evt.type!=open"), None);
    assert_eq!(promised("evt.type startswith open"), None);
    assert_eq!(promised(""), None);
}

#[test]
fn names_of_events_need_only_exist_where_they_must_be_equal() {
    assert!(program("evt.type contains pen").is_ok());
    assert!(program("evt.type glob op*").is_ok());
    assert!(program("evt.type=switch or evt.type=io_uring_enter").is_ok());
    assert!(program("evt.type!=nosuch").is_err());
}
