//! Calls that make, bind and connect sockets, and data whose addresses tell
//! the two ends of a connection that no other event told.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::fd::{Ends, Fd, FdKind, L4, Role};
use super::super::world::World;
use super::Step;
use super::names::connection;
use crate::format::scap::sockets::{Address, End, Tuple};

/// Result of a connect that goes on in the background.
const IN_PROGRESS: i64 = -115;

/// Address families as captures have them.
const UNIX: u32 = 1;
const INET: u32 = 2;
const INET6: u32 = 10;
const NETLINK: u32 = 16;

fn protocol(kind: u32, number: u32) -> L4 {
    match (number, kind & 0xff) {
        (6, _) | (0, 1) => L4::Tcp,
        (17, _) | (0, 2) => L4::Udp,
        (1, _) => {
            if kind == 3 {
                L4::Raw
            } else {
                L4::Icmp
            }
        }
        (255, _) => L4::Raw,
        _ => L4::Unknown,
    }
}

fn nowhere(v6: bool) -> IpAddr {
    if v6 { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() }
}

/// A socket that is nowhere yet.
fn unconnected(v6: bool, protocol: L4) -> Fd {
    let ip = nowhere(v6);
    let ends = Ends { source: ip, source_port: 0, destination: ip, destination_port: 0, protocol };
    let kind = if v6 { FdKind::Ipv6 } else { FdKind::Ipv4 };
    Fd { ends: Some(ends), ..Fd::new(kind, b"") }
}

/// An address without its dress as IPv6.
pub(super) fn plain(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

pub(super) fn socket(step: &mut Step<'_, '_>) {
    let (Some(number), true) = (step.success(), step.matched) else {
        return;
    };
    let Some(enter) = step.enter() else {
        return;
    };
    let [domain, kind, proto] = [0, 1, 2].map(|at| enter.u32(at).unwrap_or(0));
    let fd = match domain {
        UNIX => Fd::new(FdKind::Unix, b""),
        NETLINK => Fd::new(FdKind::Netlink, b""),
        INET | INET6 => unconnected(domain == INET6, protocol(kind, proto)),
        _ => return,
    };
    step.world.add_file(step.slot, number, fd);
}

/// An address as (address, port), if it is an internet one.
fn inet(address: &Address<'_>) -> Option<(IpAddr, u16)> {
    match address {
        Address::V4(end) => Some((Ipv4Addr::from(end.ip).into(), end.port)),
        Address::V6(end) => Some((Ipv6Addr::from(end.ip).into(), end.port)),
        _ => None,
    }
}

pub(super) fn bind(step: &mut Step<'_, '_>) {
    if step.success().is_none() || !step.has_file() {
        return;
    }
    let address = Address::parse(step.params.get(1).unwrap_or_default());
    if address == Address::None {
        return;
    }
    let number = step.number();
    let Some(fd) = step.world.file_mut(step.slot, number) else {
        return;
    };
    if let Some((ip, port)) = inet(&address).filter(|(_, port)| *port > 0) {
        let ip = plain(ip);
        fd.kind = if ip.is_ipv4() { FdKind::Ipv4Server } else { FdKind::Ipv6Server };
        fd.ends = Some(Ends {
            source: nowhere(ip.is_ipv6()),
            source_port: 0,
            destination: ip,
            destination_port: port,
            protocol: fd.protocol().unwrap_or_default(),
        });
        fd.role = Role::Server;
    }
    fd.name.clear();
    address.write(&mut fd.name);
}

/// Newer writers tell the destination at once.
pub(super) fn connect_enter(step: &mut Step<'_, '_>) {
    let Some(bytes) = step.params.get(1).filter(|bytes| !bytes.is_empty()) else {
        return;
    };
    let address = Address::parse(bytes);
    let number = step.number();
    let Some(fd) = step.world.file_mut(step.slot, number) else {
        return;
    };
    match inet(&address) {
        Some((ip, port)) => {
            let ip = plain(ip);
            let source = fd.ends.map_or(nowhere(ip.is_ipv6()), |ends| ends.source);
            fd.kind = if ip.is_ipv4() { FdKind::Ipv4 } else { FdKind::Ipv6 };
            fd.ends = Some(Ends {
                source: if source.is_ipv4() == ip.is_ipv4() {
                    source
                } else {
                    nowhere(ip.is_ipv6())
                },
                source_port: fd.ends.map_or(0, |ends| ends.source_port),
                destination: ip,
                destination_port: port,
                protocol: fd.protocol().unwrap_or_default(),
            });
        }
        None => {
            fd.name.clear();
            address.write(&mut fd.name);
        }
    }
}

/// A pair of internet addresses, IPv4 where both are.
fn pair(tuple: &Tuple<'_>) -> Option<(IpAddr, u16, IpAddr, u16)> {
    let v4 = |end: End<4>| IpAddr::from(end.ip);
    let v6 = |end: End<16>| IpAddr::from(end.ip);
    match tuple.unmapped() {
        Tuple::V4(from, to) => Some((v4(from), from.port, v4(to), to.port)),
        Tuple::V6(from, to) => Some((v6(from), from.port, v6(to), to.port)),
        _ => None,
    }
}

/// Merges a pair of addresses into the socket's; true: that changed something.
fn merge(fd: &mut Fd, (source, source_port, destination, destination_port): Pair) -> bool {
    let kind = if source.is_ipv4() { FdKind::Ipv4 } else { FdKind::Ipv6 };
    let told = Ends {
        source,
        source_port,
        destination,
        destination_port,
        protocol: fd.protocol().unwrap_or_default(),
    };
    if fd.kind == kind && fd.ends.is_some_and(|own| own == told || own == told.swapped()) {
        return false;
    }
    let mut ends = told;
    // what a bound socket had is its own end, not the other's
    let same = |own: &Ends| own.source.is_ipv4() == source.is_ipv4() && !fd.kind.is_server();
    if let Some(own) = fd.ends.filter(same) {
        if !own.destination.is_unspecified() {
            ends.destination = own.destination;
        }
        if own.destination_port != 0 {
            ends.destination_port = own.destination_port;
        }
    }
    let changed = fd.kind != kind || fd.ends != Some(ends);
    fd.kind = kind;
    fd.ends = Some(ends);
    changed
}

type Pair = (IpAddr, u16, IpAddr, u16);

pub(super) fn connect_exit(step: &mut Step<'_, '_>) {
    let done = step.params.signed(0).is_some_and(|res| res >= 0 || res == IN_PROGRESS);
    let bytes = step.params.get(1).unwrap_or_default();
    if !done || !step.has_file() || bytes.is_empty() {
        return;
    }
    let tuple = Tuple::parse(bytes);
    let number = step.number();
    let Some(fd) = step.world.file_mut(step.slot, number) else {
        return;
    };
    match (pair(&tuple), &tuple) {
        (Some(ends), _) => {
            let changed = merge(fd, ends);
            if changed && fd.role == Role::Server && fd.protocol() == Some(L4::Udp) {
                fd.ends = fd.ends.map(Ends::swapped);
            }
            fd.name = fd.ends.as_ref().map(connection).unwrap_or_default();
        }
        (None, Tuple::Unix { .. }) => {
            fd.kind = FdKind::Unix;
            fd.name.clear();
            tuple.write(&mut fd.name);
        }
        _ => return,
    }
    if fd.role == Role::None {
        fd.role = Role::Client;
    }
    fd.connected = true;
}

pub(super) fn accept(step: &mut Step<'_, '_>) {
    let Some(number) = step.success() else {
        return;
    };
    let tuple = Tuple::parse(step.params.get(1).unwrap_or_default());
    let mut fd = match (pair(&tuple), &tuple) {
        (Some((source, source_port, destination, destination_port)), _) => {
            let kind = if source.is_ipv4() { FdKind::Ipv4 } else { FdKind::Ipv6 };
            let protocol = L4::Tcp;
            let ends = Ends { source, source_port, destination, destination_port, protocol };
            Fd { ends: Some(ends), ..Fd::new(kind, b"") }
        }
        (None, Tuple::Unix { .. }) => Fd::new(FdKind::Unix, b""),
        _ => return,
    };
    tuple.write(&mut fd.name);
    fd.role = Role::Server;
    fd.connected = true;
    step.world.add_file(step.slot, number, fd);
}

/// Data sent through a descriptor that nothing is known of: a UDP socket.
pub(super) fn send_enter(step: &mut Step<'_, '_>) {
    let number = step.number();
    if number < 0 || step.world.file(step.slot, number).is_some() {
        return;
    }
    let v6 = match step.params.get(2).and_then(<[u8]>::first).map(|family| u32::from(*family)) {
        Some(INET) => false,
        Some(INET6) => true,
        _ => return,
    };
    step.world.add_file(step.slot, number, unconnected(v6, L4::Udp));
}

/// A socket through which data went is connected.
pub(super) fn connected(step: &mut Step<'_, '_>) {
    if !step.matched || step.success().is_none() {
        return;
    }
    let (slot, number) = (step.slot, step.number());
    let is_new = |fd: &Fd| fd.kind.is_inet_pair() && !fd.connected;
    if step.world.file(slot, number).is_some_and(is_new)
        && let Some(fd) = step.world.file_mut(slot, number)
    {
        fd.connected = true;
    }
}

pub(super) fn received(step: &mut Step<'_, '_>, at: usize) {
    connected(step);
    if step.success().is_some() {
        let tuple = Tuple::parse(step.params.get(at).unwrap_or_default());
        transferred(step, &tuple, true);
    }
}

pub(super) fn sent(step: &mut Step<'_, '_>) {
    connected(step);
    if step.success().is_none() || !step.matched {
        return;
    }
    let told = {
        let enter = step.enter();
        enter.and_then(|enter| enter.get(2)).unwrap_or_default().to_vec()
    };
    transferred(step, &Tuple::parse(&told), false);
}

/// The addresses that came with data complete those of its socket.
fn transferred(step: &mut Step<'_, '_>, tuple: &Tuple<'_>, incoming: bool) {
    let number = step.number();
    if !step.has_file() {
        return;
    }
    let slot = step.slot;
    let is_named_tcp =
        |fd: &Fd| fd.kind == FdKind::Ipv4 && fd.protocol() == Some(L4::Tcp) && !fd.name.is_empty();
    if step.world.file(slot, number).is_some_and(is_named_tcp) {
        return;
    }
    let Some(fd) = step.world.file_mut(slot, number) else {
        return;
    };
    let Some(ends) = pair(tuple) else {
        if matches!(tuple, Tuple::Unix { .. }) {
            fd.kind = FdKind::Unix;
            fd.name.clear();
            tuple.write(&mut fd.name);
        }
        return;
    };
    if !merge(fd, ends) {
        return;
    }
    if let Some(ends) = &mut fd.ends
        && ends.protocol == L4::Unknown
    {
        ends.protocol = L4::Udp;
    }
    complete(step.world, slot, number);
    let guessed = guess(step.world, slot, number, incoming);
    let Some(fd) = step.world.file_mut(slot, number) else {
        return;
    };
    if fd.role == Role::None {
        fd.role = guessed;
    }
    let turned = if incoming { Role::Client } else { Role::Server };
    if let Some(ends) = &mut fd.ends {
        if fd.role == turned {
            *ends = ends.swapped();
        }
        fd.name = connection(ends);
    }
}

/// An address that is not known is the machine's own.
fn complete(world: &mut World, slot: u32, number: i64) {
    let Some(ends) = world.file(slot, number).and_then(|fd| fd.ends) else {
        return;
    };
    let whole = completed(world, ends);
    if let Some(fd) = world.file_mut(slot, number) {
        fd.ends = Some(whole);
    }
}

/// The same ends with both addresses, as far as the interfaces tell.
pub(super) fn completed(world: &World, mut ends: Ends) -> Ends {
    let same_port = ends.source_port == ends.destination_port;
    let own = |other: IpAddr| {
        let own = world.host.address_for(other);
        (own != other || !same_port).then_some(own)
    };
    if ends.source.is_unspecified() {
        ends.source = own(ends.destination).unwrap_or(ends.source);
    } else if ends.destination.is_unspecified() {
        ends.destination = own(ends.source).unwrap_or(ends.destination);
    }
    ends
}

/// Which end the owner of a socket probably is: a server's port is bound.
fn guess(world: &World, slot: u32, number: i64, incoming: bool) -> Role {
    let Some(ends) = world.file(slot, number).and_then(|fd| fd.ends) else {
        return Role::None;
    };
    let v4 = |fd: &&Fd| matches!(fd.kind, FdKind::Ipv4 | FdKind::Ipv4Server);
    let sockets = || world.files(slot).iter().map(|(_, fd)| fd).filter(v4);
    let bound = sockets()
        .any(|fd| fd.ends.is_some_and(|own| own.destination_port == ends.destination_port));
    let uses = sockets()
        .filter(|fd| fd.kind == FdKind::Ipv4)
        .any(|fd| fd.ends.is_some_and(|own| own.source_port == ends.source_port));
    if bound && (!uses || incoming) { Role::Server } else { Role::Client }
}
