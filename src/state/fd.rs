//! What a file descriptor is open on: a file by name, a socket by its two
//! ends. Kinds and their words are those of sysdig's `fd.type`.

use std::net::IpAddr;

/// Kinds of file descriptor, numbered as in the capture's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum FdKind {
    /// Not known.
    #[default]
    Unknown,
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A connected (or connectable) IPv4 socket.
    Ipv4,
    /// An IPv6 socket.
    Ipv6,
    /// A bound IPv4 socket.
    Ipv4Server,
    /// A bound IPv6 socket.
    Ipv6Server,
    /// A pipe.
    Fifo,
    /// A unix socket.
    Unix,
    /// An eventfd.
    Event,
    /// Something the recorder had no word for.
    Unsupported,
    /// A signalfd.
    Signal,
    /// An epoll descriptor.
    EventPoll,
    /// An inotify descriptor.
    Inotify,
    /// A timerfd.
    Timer,
    /// A netlink socket.
    Netlink,
    /// A BPF object.
    Bpf,
    /// A userfaultfd.
    UserFault,
    /// An `io_uring`.
    IoUring,
    /// A memfd.
    MemFd,
    /// A pidfd.
    PidFd,
}

impl FdKind {
    /// The kind with this number in a capture's fd list; 16 is a file too.
    #[must_use]
    pub fn of_list(number: u8) -> FdKind {
        use FdKind as K;
        const KINDS: [FdKind; 22] = [
            K::Unknown,
            K::File,
            K::Directory,
            K::Ipv4,
            K::Ipv6,
            K::Ipv4Server,
            K::Ipv6Server,
            K::Fifo,
            K::Unix,
            K::Event,
            K::Unsupported,
            K::Signal,
            K::EventPoll,
            K::Inotify,
            K::Timer,
            K::Netlink,
            K::File,
            K::Bpf,
            K::UserFault,
            K::IoUring,
            K::MemFd,
            K::PidFd,
        ];
        KINDS.get(usize::from(number)).copied().unwrap_or(K::Unsupported)
    }

    /// The word of `fd.type`, if there is one.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        Some(match self {
            FdKind::File => "file",
            FdKind::Directory => "directory",
            FdKind::Ipv4 | FdKind::Ipv4Server => "ipv4",
            FdKind::Ipv6 | FdKind::Ipv6Server => "ipv6",
            FdKind::Fifo => "pipe",
            FdKind::Unix => "unix",
            FdKind::Event => "event",
            FdKind::Signal => "signalfd",
            FdKind::EventPoll => "eventpoll",
            FdKind::Inotify => "inotify",
            FdKind::Timer => "timerfd",
            FdKind::Netlink => "netlink",
            FdKind::Bpf => "bpf",
            FdKind::UserFault => "userfaultfd",
            FdKind::IoUring => "io_uring",
            FdKind::MemFd => "memfd",
            FdKind::PidFd => "pidfd",
            FdKind::Unknown | FdKind::Unsupported => return None,
        })
    }

    /// The character of `fd.typechar`.
    #[must_use]
    pub fn character(self) -> u8 {
        match self {
            FdKind::File => b'f',
            FdKind::Directory => b'd',
            FdKind::Ipv4 | FdKind::Ipv4Server => b'4',
            FdKind::Ipv6 | FdKind::Ipv6Server => b'6',
            FdKind::Fifo => b'p',
            FdKind::Unix | FdKind::UserFault => b'u',
            FdKind::Event => b'e',
            FdKind::Signal => b's',
            FdKind::EventPoll => b'l',
            FdKind::Inotify => b'i',
            FdKind::Timer => b't',
            FdKind::Netlink => b'n',
            FdKind::Bpf => b'b',
            FdKind::IoUring => b'r',
            FdKind::MemFd => b'm',
            FdKind::PidFd => b'P',
            FdKind::Unsupported => b'X',
            FdKind::Unknown => b'o',
        }
    }

    /// An internet socket, bound or not.
    #[must_use]
    pub fn is_inet(self) -> bool {
        self.is_inet_pair() || self.is_server()
    }

    /// An internet socket with two ends.
    #[must_use]
    pub fn is_inet_pair(self) -> bool {
        matches!(self, FdKind::Ipv4 | FdKind::Ipv6)
    }

    /// A bound internet socket.
    #[must_use]
    pub fn is_server(self) -> bool {
        matches!(self, FdKind::Ipv4Server | FdKind::Ipv6Server)
    }
}

/// Protocols above the internet's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum L4 {
    /// Not known (0), or does not apply (1).
    #[default]
    Unknown,
    /// 2.
    Tcp,
    /// 3.
    Udp,
    /// 4.
    Icmp,
    /// 5.
    Raw,
}

impl L4 {
    /// The protocol with this number in a capture's fd list.
    #[must_use]
    pub fn of_list(number: u8) -> L4 {
        match number {
            2 => L4::Tcp,
            3 => L4::Udp,
            4 => L4::Icmp,
            5 => L4::Raw,
            _ => L4::Unknown,
        }
    }

    /// The character behind `fd.typechar` in a listing.
    #[must_use]
    pub fn character(self) -> Option<u8> {
        match self {
            L4::Unknown => None,
            L4::Tcp => Some(b't'),
            L4::Udp => Some(b'u'),
            L4::Icmp => Some(b'i'),
            L4::Raw => Some(b'r'),
        }
    }

    /// The word of `fd.l4proto`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            L4::Unknown => "<NA>",
            L4::Tcp => "tcp",
            L4::Udp => "udp",
            L4::Icmp => "icmp",
            L4::Raw => "raw",
        }
    }
}

/// Which end of a connection a socket's owner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Role {
    /// Not known yet.
    #[default]
    None,
    /// It connected.
    Client,
    /// It accepted.
    Server,
}

/// The two ends of an internet socket; a bound one has its address as the
/// destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Client's address.
    pub source: IpAddr,
    /// Client's port.
    pub source_port: u16,
    /// Server's address.
    pub destination: IpAddr,
    /// Server's port.
    pub destination_port: u16,
    /// Protocol.
    pub protocol: L4,
}

impl Ends {
    /// The ends seen from the other side.
    #[must_use]
    pub fn swapped(self) -> Ends {
        Ends {
            source: self.destination,
            source_port: self.destination_port,
            destination: self.source,
            destination_port: self.source_port,
            ..self
        }
    }
}

/// One open file descriptor.
#[derive(Clone, Debug, Default)]
pub struct Fd {
    /// Kind.
    pub kind: FdKind,
    /// Path or connection as text.
    pub name: Vec<u8>,
    /// Ends of an internet socket.
    pub ends: Option<Ends>,
    /// Which end its owner is.
    pub role: Role,
    /// A connection was made.
    pub connected: bool,
    /// Device of a file; 0 when unknown.
    pub device: u32,
    /// Grows with every change of a file among those of one table: the same number is the
    /// same file, as it was then.
    pub version: u64,
    /// Between enter and exit of close.
    pub(crate) closing: bool,
    /// Made anew while a close of the same number was going on.
    pub(crate) close_cancelled: bool,
}

impl Fd {
    /// Of a kind, with a name.
    #[must_use]
    pub fn new(kind: FdKind, name: impl Into<Vec<u8>>) -> Fd {
        Fd { kind, name: name.into(), ..Fd::default() }
    }

    /// The protocol, where the socket's role is known.
    #[must_use]
    pub fn protocol(&self) -> Option<L4> {
        self.ends.map(|ends| ends.protocol)
    }

    /// Whether the owner's role is known.
    #[must_use]
    pub fn has_role(&self) -> bool {
        self.role != Role::None
    }
}
