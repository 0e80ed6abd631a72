//! Names of files: which directory a relative path is seen from. And names of
//! connections by their two ends.

use std::net::IpAddr;

use super::super::fd::{Ends, L4};
use super::super::world::World;
use crate::format::scap::sockets::{End, write_ipv4, write_ipv6, write_v4, write_v6};

/// The current directory instead of a file descriptor (`AT_FDCWD`).
const AT_FDCWD: i64 = -100;

/// The directory that a path of a call without a directory argument is seen
/// from; nothing for an absolute path.
pub(super) fn directory_of(world: &World, slot: u32, path: &[u8]) -> Vec<u8> {
    if path.starts_with(b"/") { Vec::new() } else { world.cwd(slot).to_vec() }
}

/// The same for a call that names the directory by file descriptor.
pub(crate) fn at_directory(world: &World, slot: u32, path: &[u8], dirfd: i64) -> Vec<u8> {
    if path.starts_with(b"/") {
        return Vec::new();
    }
    if dirfd == AT_FDCWD {
        return world.cwd(slot).to_vec();
    }
    let Some(directory) = world.file(slot, dirfd) else {
        return b"<UNKNOWN>".to_vec();
    };
    let mut name = directory.name.clone();
    if !name.ends_with(b"/") {
        name.push(b'/');
    }
    name
}

fn write_end(ip: IpAddr, port: u16, with_port: bool, out: &mut Vec<u8>) {
    match (ip, with_port) {
        (IpAddr::V4(ip), true) => write_v4(&End { ip: ip.octets(), port }, out),
        (IpAddr::V6(ip), true) => write_v6(&End { ip: ip.octets(), port }, out),
        (IpAddr::V4(ip), false) => write_ipv4(ip.octets(), out),
        (IpAddr::V6(ip), false) => write_ipv6(ip.octets(), out),
    }
}

/// The name of a connection: `1.2.3.4:56->5.6.7.8:80`.
pub(super) fn connection(ends: &Ends) -> Vec<u8> {
    let with_port = match ends.protocol {
        L4::Tcp | L4::Udp => true,
        L4::Icmp | L4::Raw => false,
        L4::Unknown => return b"<unknown>".to_vec(),
    };
    let mut name = Vec::new();
    write_end(ends.source, ends.source_port, with_port, &mut name);
    name.extend_from_slice(b"->");
    write_end(ends.destination, ends.destination_port, with_port, &mut name);
    name
}

/// The name of a bound socket: `1.2.3.4:80`.
pub(super) fn bound(ends: &Ends) -> Vec<u8> {
    let mut name = Vec::new();
    write_end(ends.destination, ends.destination_port, true, &mut name);
    name
}
