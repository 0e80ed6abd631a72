//! Class `fd`: the ends of a connection: client and server, local and remote,
//! addresses and ports.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Context;
use super::field::{Field, Needs};
use crate::filter::value::{FieldType, Several, Value, Values};
use crate::state::{Ends, Fd};

/// One end: address and port.
type End = (IpAddr, u16);

const NOT_LOOKED_UP: &str = "name by DNS: never looked up, no value";

/// The fields of this file.
pub(super) const FIELDS: &[Field] = &[
    Field::new("fd.cip", FieldType::Ip, Needs::Fds, "address of the client", |c, _, out| {
        ip(client(c), out);
    }),
    Field::new("fd.sip", FieldType::Ip, Needs::Fds, "address of the server", |c, _, out| {
        ip(server(c), out);
    }),
    Field::new("fd.lip", FieldType::Ip, Needs::Fds, "local address", |c, _, out| ip(local(c), out)),
    Field::new("fd.rip", FieldType::Ip, Needs::Fds, "remote address", |c, _, out| {
        ip(remote(c), out);
    }),
    Field::new("fd.cport", FieldType::Port, Needs::Fds, "port of the client", |c, _, out| {
        port(client(c), out);
    }),
    Field::new("fd.sport", FieldType::Port, Needs::Fds, "port of the server", |c, _, out| {
        port(server(c), out);
    }),
    Field::new("fd.lport", FieldType::Port, Needs::Fds, "local port", |c, _, out| {
        port(local(c), out);
    }),
    Field::new("fd.rport", FieldType::Port, Needs::Fds, "remote port", |c, _, out| {
        port(remote(c), out);
    }),
    Field::new(
        "fd.cproto",
        FieldType::Text,
        Needs::Fds,
        "port of the client as text",
        |c, _, out| port_text(client(c), out),
    ),
    Field::new(
        "fd.sproto",
        FieldType::Text,
        Needs::Fds,
        "port of the server as text",
        |c, _, out| port_text(server(c), out),
    ),
    Field::new("fd.lproto", FieldType::Text, Needs::Fds, "local port as text", |c, _, out| {
        port_text(local(c), out);
    }),
    Field::new("fd.rproto", FieldType::Text, Needs::Fds, "remote port as text", |c, _, out| {
        port_text(remote(c), out);
    }),
    Field::new("fd.cip.name", FieldType::Text, Needs::Fds, NOT_LOOKED_UP, |_, _, _| ()),
    Field::new("fd.sip.name", FieldType::Text, Needs::Fds, NOT_LOOKED_UP, |_, _, _| ()),
    Field::new("fd.lip.name", FieldType::Text, Needs::Fds, NOT_LOOKED_UP, |_, _, _| ()),
    Field::new("fd.rip.name", FieldType::Text, Needs::Fds, NOT_LOOKED_UP, |_, _, _| ()),
    Field::new(
        "fd.is_server",
        FieldType::Bool,
        Needs::Fds,
        "whether the owner is the server's end",
        |c, _, out| out.extend(c.file().map(|fd| Value::Bool(is_server(c, fd)))),
    ),
    Field::new("fd.ip", FieldType::Ip, Needs::Fds, "either address", |c, _, out| {
        ip(either(c), out);
    })
    .several(Several::EitherSide)
    .filter_only(),
    Field::new("fd.port", FieldType::Port, Needs::Fds, "either port", |c, _, out| {
        port(either(c), out);
    })
    .several(Several::EitherSide)
    .filter_only(),
    Field::new(
        "fd.proto",
        FieldType::Port,
        Needs::Fds,
        "either port, by service name",
        |c, _, out| port(either(c), out),
    )
    .several(Several::EitherSide)
    .filter_only(),
    Field::new(
        "fd.net",
        FieldType::Net,
        Needs::Fds,
        "either address in a network: fd.net=10.0.0.0/8",
        |c, _, out| ip(either(c), out),
    )
    .several(Several::EitherSide)
    .filter_only(),
    Field::new(
        "fd.cnet",
        FieldType::Net,
        Needs::Fds,
        "the client's address in a network",
        |c, _, out| ip(client(c), out),
    )
    .filter_only(),
    Field::new(
        "fd.snet",
        FieldType::Net,
        Needs::Fds,
        "the server's address in a network",
        |c, _, out| ip(server(c), out),
    )
    .filter_only(),
    Field::new(
        "fd.lnet",
        FieldType::Net,
        Needs::Fds,
        "the local address in a network",
        |c, _, out| ip(local(c), out),
    )
    .filter_only(),
    Field::new(
        "fd.rnet",
        FieldType::Net,
        Needs::Fds,
        "the remote address in a network",
        |c, _, out| ip(remote(c), out),
    )
    .filter_only(),
];

fn source(ends: &Ends) -> End {
    (ends.source, ends.source_port)
}

fn destination(ends: &Ends) -> End {
    (ends.destination, ends.destination_port)
}

/// The two ends of a connection whose owner's role is known.
fn connection(c: &Context<'_>) -> Option<Ends> {
    c.file().filter(|fd| fd.kind.is_inet_pair() && fd.has_role())?.ends
}

fn client(c: &Context<'_>) -> Option<End> {
    connection(c).as_ref().map(source)
}

fn server(c: &Context<'_>) -> Option<End> {
    let bound = c.file().filter(|fd| fd.kind.is_server()).and_then(|fd| fd.ends);
    bound.or_else(|| connection(c)).as_ref().map(destination)
}

/// Whether an address is this machine's, or the thread's container's own (one
/// whose address nobody told has none, 0.0.0.0).
fn is_local(c: &Context<'_>, ip: IpAddr) -> bool {
    let container = c.container().filter(|known| known.described);
    let own = container.map(|known| known.ip.unwrap_or(Ipv4Addr::UNSPECIFIED));
    match own {
        Some(own) if ip == own => true,
        // a container's IPv6 addresses are not told: nowhere is not here
        Some(_) if ip == Ipv6Addr::UNSPECIFIED => false,
        _ => c.world.host.owns(ip),
    }
}

/// Whether the client's end is on this machine.
fn client_is_local(c: &Context<'_>, ends: &Ends) -> bool {
    is_local(c, ends.source)
}

fn local(c: &Context<'_>) -> Option<End> {
    let ends = connection(c)?;
    Some(if client_is_local(c, &ends) { source(&ends) } else { destination(&ends) })
}

fn remote(c: &Context<'_>) -> Option<End> {
    let ends = connection(c)?;
    Some(if client_is_local(c, &ends) { destination(&ends) } else { source(&ends) })
}

/// Both ends of a connection, or the one of a bound socket.
fn either(c: &Context<'_>) -> Vec<End> {
    let Some(file) = c.file() else {
        return Vec::new();
    };
    match &file.ends {
        Some(ends) if file.kind.is_server() => vec![destination(ends)],
        Some(ends) => vec![source(ends), destination(ends)],
        None => Vec::new(),
    }
}

fn ip(ends: impl IntoIterator<Item = End>, out: &mut Values<'_>) {
    out.extend(ends.into_iter().map(|(ip, _)| Value::Ip(ip)));
}

fn port(ends: impl IntoIterator<Item = End>, out: &mut Values<'_>) {
    out.extend(ends.into_iter().map(|(_, port)| Value::Port(port)));
}

fn port_text(end: Option<End>, out: &mut Values<'_>) {
    out.extend(end.map(|(_, port)| Value::made(port.to_string())));
}

fn is_server(c: &Context<'_>, file: &Fd) -> bool {
    file.kind.is_server()
        || file.kind.is_inet_pair() && file.ends.is_some_and(|ends| is_local(c, ends.destination))
}
