//! What belongs to the machine and not to a thread: users and groups by
//! number, and the addresses of its network interfaces.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::format::scap::interfaces::Interface;
use crate::format::scap::users::Account;

/// A user of the capture's list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// Name.
    pub name: Vec<u8>,
    /// Home directory.
    pub home: Vec<u8>,
    /// Login shell.
    pub shell: Vec<u8>,
}

/// Users, groups and interfaces of the machine.
#[derive(Clone, Debug, Default)]
pub struct Host {
    users: HashMap<u32, User>,
    groups: HashMap<u32, Vec<u8>>,
    v4: Vec<(Ipv4Addr, Ipv4Addr)>,
    v6: Vec<Ipv6Addr>,
}

impl Host {
    /// Takes in an entry of the user list; of two with one number the last
    /// counts.
    pub(crate) fn add_account(&mut self, account: &Account<'_>) {
        match account {
            Account::User { uid, name, home, shell, .. } => {
                let [name, home, shell] = [name, home, shell].map(|text| text.to_vec());
                self.users.insert(*uid, User { name, home, shell });
            }
            Account::Group { gid, name } => {
                self.groups.insert(*gid, name.to_vec());
            }
        }
    }

    /// A new list of interfaces replaces the old one.
    pub(crate) fn clear_interfaces(&mut self) {
        self.v4.clear();
        self.v6.clear();
    }

    /// Takes in an entry of the interface list.
    pub(crate) fn add_interface(&mut self, interface: &Interface<'_>) {
        let part = |at: usize, length: usize| interface.addresses.get(at..at + length);
        if let Some(address) = part(0, 16).and_then(|bytes| <[u8; 16]>::try_from(bytes).ok()) {
            self.v6.push(Ipv6Addr::from(address));
            return;
        }
        let four = |at: usize| Some(Ipv4Addr::from(<[u8; 4]>::try_from(part(at, 4)?).ok()?));
        if let (Some(address), Some(mask)) = (four(0), four(4)) {
            self.v4.push((address, mask));
        }
    }

    /// The user with this number.
    #[must_use]
    pub fn user(&self, uid: u32) -> Option<&User> {
        self.users.get(&uid)
    }

    /// The name of the group with this number.
    #[must_use]
    pub fn group(&self, gid: u32) -> Option<&[u8]> {
        self.groups.get(&gid).map(Vec::as_slice)
    }

    /// Whether the address is one of the machine's.
    #[must_use]
    pub fn owns(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4.iter().any(|(own, _)| *own == address),
            IpAddr::V6(address) => self.v6.contains(&address),
        }
    }

    /// The machine's address that talks to `other`: the same, one of its
    /// network, or the first that is not the loopback's.
    #[must_use]
    pub fn address_for(&self, other: Ipv4Addr) -> Ipv4Addr {
        let inside = |(own, mask): &&(Ipv4Addr, Ipv4Addr)| {
            own.to_bits() & mask.to_bits() == other.to_bits() & mask.to_bits()
        };
        let same = self.v4.iter().find(|(own, _)| *own == other);
        let found = same
            .or_else(|| self.v4.iter().find(inside))
            .or_else(|| self.v4.iter().find(|(own, _)| *own != Ipv4Addr::LOCALHOST));
        found.map_or(Ipv4Addr::UNSPECIFIED, |(own, _)| *own)
    }
}
