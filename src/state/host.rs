//! What belongs to the machine and not to a thread: users and groups by
//! number, and the addresses of its network interfaces.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use foldhash::fast::RandomState;

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
    users: HashMap<u32, User, RandomState>,
    groups: HashMap<u32, Vec<u8>, RandomState>,
    /// Address and network mask, IPv4 as the lowest bits.
    interfaces: Vec<(IpAddr, u128)>,
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
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
        self.interfaces.clear();
    }

    /// Takes in an entry of the interface list: address and mask stand first.
    pub(crate) fn add_interface(&mut self, interface: &Interface<'_>) {
        let bytes = interface.addresses;
        let six = |at: usize| Some(<[u8; 16]>::try_from(bytes.get(at..at + 16)?).ok()?.into());
        let four = |at: usize| Some(<[u8; 4]>::try_from(bytes.get(at..at + 4)?).ok()?.into());
        let pair: Option<(IpAddr, IpAddr)> = match bytes.len() {
            48.. => six(0).zip(six(16)),
            _ => four(0).zip(four(4)),
        };
        self.interfaces.extend(pair.map(|(address, mask)| (address, bits(mask))));
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

    /// Whether the address is one of the machine's: an IPv4 interface's own, or
    /// in the network (the first 64 bits) of an IPv6 interface.
    #[must_use]
    pub fn owns(&self, address: IpAddr) -> bool {
        let network = |ip: &IpAddr| bits(*ip) >> 64;
        self.interfaces.iter().any(|(own, _)| match address {
            IpAddr::V4(_) => *own == address,
            IpAddr::V6(_) => own.is_ipv6() && network(own) == network(&address),
        })
    }

    /// The machine's address that talks to `other`: the same, one of its
    /// network, or the first that is not the loopback's.
    #[must_use]
    pub fn address_for(&self, other: IpAddr) -> IpAddr {
        let alike = || self.interfaces.iter().filter(|(own, _)| own.is_ipv4() == other.is_ipv4());
        let inside = |(own, mask): &&(IpAddr, u128)| bits(*own) & mask == bits(other) & mask;
        let found = alike()
            .find(|(own, _)| *own == other)
            .or_else(|| alike().find(inside))
            .or_else(|| alike().find(|(own, _)| !own.is_loopback()));
        let nowhere: IpAddr = if other.is_ipv4() {
            Ipv4Addr::UNSPECIFIED.into()
        } else {
            Ipv6Addr::UNSPECIFIED.into()
        };
        found.map_or(nowhere, |(own, _)| *own)
    }
}
