//! One parameter at a time; whole events are compared with sysdig's listings
//! in the integration tests.

use super::{Buffer, FdText, Nowhere, Surroundings, plain, resolved};
use crate::event::{Param, ParamType, PrintFormat};

/// A thread with two files, in /home.
struct Home;

impl Surroundings for Home {
    fn has_thread(&self) -> bool {
        true
    }
    fn fd(&self, number: i64) -> Option<FdText<'_>> {
        match number {
            3 => Some(FdText { kind: b'f', l4: None, name: b"/etc/\x01fstab" }),
            4 => Some(FdText { kind: b'4', l4: Some(b't'), name: b"1.2.3.4:5->6.7.8.9:10" }),
            _ => None,
        }
    }
    fn comm(&self, tid: i64) -> Option<&[u8]> {
        (tid == 7).then_some(b"seven")
    }
    fn user(&self, uid: u32) -> Option<&[u8]> {
        (uid == 0).then_some(b"root")
    }
    fn group(&self, gid: u32) -> Option<&[u8]> {
        (gid == 5).then_some(b"tty")
    }
    fn cwd(&self) -> &[u8] {
        b"/home/"
    }
}

fn param(kind: ParamType, format: PrintFormat) -> Param {
    let alternatives: &[ParamType] =
        if kind == ParamType::Dyn { &[ParamType::Uint64, ParamType::Sigtype] } else { &[] };
    Param { name: "x", kind, format, flags: &[], alternatives, directory: None }
}

fn text(around: &impl Surroundings, param: &Param, directory: Option<i64>, bytes: &[u8]) -> String {
    let mut out = Vec::new();
    plain(param, bytes, around, Buffer::Short, &mut out);
    let mut name = Vec::new();
    if resolved(param, bytes, directory, around, &mut name) {
        out.extend([b"(", &name[..], b")"].concat());
    }
    String::from_utf8(out).unwrap()
}

#[track_caller]
fn check(kind: ParamType, value: i64, expected: &str) {
    let bytes = value.to_le_bytes();
    let width = kind.width().unwrap();
    assert_eq!(text(&Home, &param(kind, PrintFormat::Decimal), None, &bytes[..width]), expected);
}

#[track_caller]
fn check_as(kind: ParamType, format: PrintFormat, value: i64, expected: &str) {
    let bytes = value.to_le_bytes();
    assert_eq!(text(&Home, &param(kind, format), None, &bytes[..kind.width().unwrap()]), expected);
}

#[test]
fn numbers_have_the_sign_that_c_gives_them() {
    check(ParamType::Int8, -1, "-1");
    check(ParamType::Uint8, -1, "255");
    check(ParamType::Uint16, -1, "65535");
    check(ParamType::Uint32, -1, "-1");
    check(ParamType::Uint64, -1, "-1");
    check_as(ParamType::Int8, PrintFormat::Hex, -1, "FFFFFFFF");
    check_as(ParamType::Int64, PrintFormat::Hex, -1, "FFFFFFFFFFFFFFFF");
    check_as(ParamType::Uint32, PrintFormat::Octal, 0o644, "0644");
    check_as(ParamType::Uint32, PrintFormat::Octal, 0, "0");
    check_as(ParamType::Flags32, PrintFormat::Hex, 16, "16()");
}

#[test]
fn numbers_have_names() {
    check(ParamType::Errno, -2, "-2(ENOENT)");
    check(ParamType::Errno, 2, "2");
    check(ParamType::Fd, 3, "3(<f>/etc/fstab)");
    check(ParamType::Fd, 4, "4(<4t>1.2.3.4:5->6.7.8.9:10)");
    check(ParamType::Fd, 5, "5");
    check(ParamType::Fd, -1, "-1(EPERM)");
    check(ParamType::Fd, -100, "-100(AT_FDCWD)");
    check(ParamType::Fd32, -100, "-100(AT_FDCWD)");
    check(ParamType::Pid, 7, "7(seven)");
    check(ParamType::Pid, 8, "8");
    check(ParamType::Uid, 0, "0(root)");
    check(ParamType::Uid, 1, "1(<NA>)");
    check(ParamType::Uid, -1, "-1(<NONE>)");
    check(ParamType::Gid, 5, "5(tty)");
    check(ParamType::Sigtype, 9, "9(SIGKILL)");
    check(ParamType::Sigtype, 40, "40");
    check(ParamType::Sigset, 0b101, "SIGHUP SIGQUIT");
    check(ParamType::Syscallid, 3, "3(read)");
    check(ParamType::Reltime, 1_500_000_000, "1500000000(1.5s)");
    check(ParamType::Reltime, -1, "none");
}

#[test]
fn what_was_not_recorded_is_said_so() {
    for kind in [ParamType::Int8, ParamType::Fd, ParamType::Flags32, ParamType::Ipv6] {
        assert_eq!(text(&Home, &param(kind, PrintFormat::Hex), None, b""), "<NA>");
    }
    let number = param(ParamType::Errno, PrintFormat::Decimal);
    assert_eq!(text(&Home, &number, None, b"\xff\xff\xff\xff"), "<NA>");
    for kind in [ParamType::Charbuf, ParamType::Bytebuf, ParamType::Fspath, ParamType::Fdlist] {
        assert_eq!(text(&Home, &param(kind, PrintFormat::Hex), None, b""), "");
    }
    for kind in [ParamType::Sockaddr, ParamType::Socktuple] {
        assert_eq!(text(&Home, &param(kind, PrintFormat::Hex), None, b""), "NULL");
    }
}

#[test]
fn alternatives_are_told_by_their_first_byte() {
    let param = param(ParamType::Dyn, PrintFormat::Hex);
    assert_eq!(text(&Home, &param, None, &[0, 255, 0, 0, 0, 0, 0, 0, 0]), "FF");
    assert_eq!(text(&Home, &param, None, &[1, 9]), "9(SIGKILL)");
    assert_eq!(text(&Home, &param, None, &[2, 9]), "INVALID DYNAMIC PARAMETER");
    assert_eq!(text(&Home, &param, None, &[]), "INVALID DYNAMIC PARAMETER");
}

#[test]
fn paths_are_told_from_the_root() {
    let param = param(ParamType::Fsrelpath, PrintFormat::Decimal);
    assert_eq!(text(&Home, &param, None, b"a/../b\0"), "a/../b(/home/b)");
    assert_eq!(text(&Home, &param, Some(-100), b"b\0"), "b(/home/b)");
    assert_eq!(text(&Home, &param, Some(3), b"b\0"), "b(/etc/fstab/b)");
    assert_eq!(text(&Home, &param, Some(77), b"b\0"), "b(b)");
    assert_eq!(text(&Home, &param, None, b"/a//b\0"), "/a//b");
    assert_eq!(text(&Home, &param, None, b"\0"), "(/home)");
    assert_eq!(text(&Home, &param, None, b"<NA>\0"), "<NA>");
}

#[test]
fn without_a_thread_nothing_has_a_name() {
    let fd = param(ParamType::Fd, PrintFormat::Decimal);
    assert_eq!(text(&Nowhere, &fd, None, &(-1i64).to_le_bytes()), "-1");
    let path = param(ParamType::Fspath, PrintFormat::Decimal);
    assert_eq!(text(&Nowhere, &path, None, b"a\0"), "a");
}
