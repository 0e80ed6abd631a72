//! The file descriptors that a capture lists at its head: sockets there have
//! addresses but no roles, which follow from all of them together.

use std::collections::HashSet;
use std::net::IpAddr;

use super::super::fd::{Ends, Fd, FdKind, L4, Role};
use super::super::world::World;
use super::names::{bound, connection};
use super::sockets::{completed, plain};
use crate::format::scap::fds;

fn address<const N: usize>(bytes: &[u8], at: usize) -> Option<IpAddr>
where
    IpAddr: From<[u8; N]>,
{
    Some(IpAddr::from(<[u8; N]>::try_from(bytes.get(at..at + N)?).ok()?))
}

fn port(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// The two ends: addresses first, then ports and protocol.
fn both<const N: usize>(bytes: &[u8]) -> Option<Ends>
where
    IpAddr: From<[u8; N]>,
{
    Some(Ends {
        source: address::<N>(bytes, 0)?,
        destination: address::<N>(bytes, N)?,
        source_port: port(bytes, 2 * N)?,
        destination_port: port(bytes, 2 * N + 2)?,
        protocol: L4::of_list(*bytes.get(2 * N + 4)?),
    })
}

/// A bound address.
fn one<const N: usize>(bytes: &[u8]) -> Option<Ends>
where
    IpAddr: From<[u8; N]>,
{
    Some(Ends {
        source: IpAddr::from([0; N]),
        source_port: 0,
        destination: address::<N>(bytes, 0)?,
        destination_port: port(bytes, N)?,
        protocol: L4::of_list(*bytes.get(N + 2)?),
    })
}

/// An IPv6 socket both of whose ends are IPv4 is an IPv4 socket; a server's stays what
/// it is (sysdig's `lsof` says so).
fn undressed(kind: FdKind, ends: Ends) -> (FdKind, Ends) {
    let (source, destination) = (plain(ends.source), plain(ends.destination));
    if kind == FdKind::Ipv6 && source.is_ipv4() && destination.is_ipv4() {
        return (FdKind::Ipv4, Ends { source, destination, ..ends });
    }
    (kind, ends)
}

/// An entry of the list as an open file.
pub(crate) fn listed_file(entry: &fds::Fd<'_>) -> Fd {
    let kind = FdKind::of_list(entry.kind);
    let ends = match kind {
        FdKind::Ipv4 => both::<4>(entry.address),
        FdKind::Ipv6 => both::<16>(entry.address),
        FdKind::Ipv4Server => one::<4>(entry.address),
        FdKind::Ipv6Server => one::<16>(entry.address),
        _ => None,
    };
    let mut fd = Fd { device: entry.device, ..Fd::new(kind, entry.name) };
    if let Some(ends) = ends {
        let (kind, ends) = undressed(kind, ends);
        fd.kind = kind;
        fd.ends = Some(ends);
        if kind.is_server() {
            fd.name = bound(&ends);
        } else {
            fd.name = connection(&ends);
        }
    } else if kind == FdKind::Unix {
        fd.role = if fd.name.is_empty() { Role::Client } else { Role::Server };
    }
    fd
}

/// All lists are read: sockets get their roles. One whose own port is that of
/// any server socket of the machine is the server's end.
pub(crate) fn finish_lists(world: &mut World) {
    let mut ports = HashSet::new();
    let slots = world.threads.slots();
    for slot in &slots {
        for (_, fd) in world.details(*slot).files.iter().filter(|(_, fd)| fd.kind.is_server()) {
            ports.extend(fd.ends.map(|ends| ends.destination_port));
        }
    }
    for slot in slots {
        let sockets: Vec<(i64, Ends)> = (world.details(slot).files.iter())
            .filter(|(_, fd)| fd.kind == FdKind::Ipv4)
            .filter_map(|(number, fd)| Some((number, fd.ends?)))
            .collect();
        for (number, ends) in sockets {
            let whole = completed(world, ends);
            let server = ports.contains(&whole.source_port);
            let whole = if server { whole.swapped() } else { whole };
            if let Some(fd) = world.threads.details_mut(slot).files.get_mut(number) {
                fd.role = if server { Role::Server } else { Role::Client };
                fd.name = connection(&whole);
                fd.ends = Some(whole);
            }
        }
    }
}
