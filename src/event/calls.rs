//! The one name table: what strace, perf trace and the kernel call a system
//! call, and under which event types the scap format has it. A name has the
//! newest pair of types that is called so, else the generic type with the
//! number of that name; names that differ (`pread64` is `pread`) stand in
//! `aliases.tsv`.

use std::sync::LazyLock;

use super::kind::Kind;
use super::table::{EventType, Group, event_type, event_types, syscall_names};

/// A system call as the scap format has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// What its events are counted under.
    pub kind: Kind,
    /// Type of its enter event; the exit's is one more.
    pub enter: u16,
    /// Its number, for the generic types.
    pub id: Option<u16>,
    /// Whether parameter 0 of the exit is the result, negative for an errno.
    pub has_result: bool,
}

impl Call {
    /// A call that no table knows: the generic type, and a number beyond all.
    #[must_use]
    pub fn unknown() -> Call {
        Call::generic(u16::MAX)
    }

    fn generic(id: u16) -> Call {
        Call { kind: Kind::of_syscall(id), enter: 0, id: Some(id), has_result: false }
    }

    fn of_types(enter: u16) -> Call {
        let has_result = event_type(enter + 1).is_some_and(|kind| kind.has_result);
        Call { kind: Kind::of_code(enter), enter, id: None, has_result }
    }

    /// The type of its exit events.
    #[must_use]
    pub fn exit(self) -> u16 {
        self.enter | 1
    }
}

/// `accept` lives on in two pairs; the newer one is that of accept4.
const ACCEPT: u16 = 246;
/// select itself; the newer pair of this name is that of another call.
const SELECT: u16 = 82;

/// Places in the table: a power of two, four times the names.
const PLACES: usize = 4096;

struct Table {
    names: Vec<(&'static str, Call)>,
    /// Index into `names`, [`u16::MAX`] for none; found by [`hash`].
    places: Vec<u16>,
}

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

fn hash(name: &[u8]) -> usize {
    let mix = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let sum = name.iter().fold(0xcbf2_9ce4_8422_2325, mix);
    (sum ^ sum >> 29) as usize & (PLACES - 1)
}

impl Table {
    fn new() -> Table {
        let mut table = Table { names: Vec::new(), places: vec![u16::MAX; PLACES] };
        for types in event_types().as_chunks::<2>().0.iter().rev() {
            if let Some(name) = pair(types) {
                let enter = match name {
                    "accept" => ACCEPT,
                    "select" => SELECT,
                    _ => types[0].code,
                };
                table.add(name, Call::of_types(enter));
            }
        }
        for (id, new, old) in syscall_names() {
            table.add(new, Call::generic(id));
            table.add(old, Call::generic(id));
        }
        for (name, call) in include_str!("aliases.tsv").lines().skip(1).filter_map(alias) {
            if let Some(call) = table.find(call.as_bytes()) {
                table.set(name, call);
            }
        }
        table
    }

    /// The first to have a name keeps it.
    fn add(&mut self, name: &'static str, call: Call) {
        if self.find(name.as_bytes()).is_none() && !name.is_empty() && name != "-" {
            self.set(name, call);
        }
    }

    fn set(&mut self, name: &'static str, call: Call) {
        if let Some(entry) = self.names.iter_mut().find(|(known, _)| *known == name) {
            entry.1 = call;
            return;
        }
        let mut at = hash(name.as_bytes());
        while self.places[at] != u16::MAX {
            at = (at + 1) & (PLACES - 1);
        }
        self.places[at] = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
        self.names.push((name, call));
    }

    fn find(&self, name: &[u8]) -> Option<Call> {
        let mut at = hash(name);
        loop {
            let (known, call) = self.names.get(usize::from(self.places[at]))?;
            if known.as_bytes() == name {
                return Some(*call);
            }
            at = (at + 1) & (PLACES - 1);
        }
    }
}

fn alias(line: &'static str) -> Option<(&'static str, &'static str)> {
    line.split_once('\t')
}

/// The name of a pair of types, if both are a call's.
fn pair(types: &[EventType; 2]) -> Option<&'static str> {
    let [enter, exit] = types;
    let call = enter.group == Group::Syscall && enter.name == exit.name;
    (call && enter.name != "NA" && enter.code > 1).then_some(enter.name)
}

/// The call of this name, as strace, perf trace, the kernel or sysdig write it.
#[must_use]
pub fn call_named(name: &[u8]) -> Option<Call> {
    TABLE.find(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_newest_types() {
        for (name, enter) in [
            ("openat", 306),
            ("open", 2),
            ("execve", 292),
            ("clone", 222),
            ("mmap", 160),
            ("pread64", 112),
            ("pread", 112),
            ("prlimit64", 144),
            ("accept", 246),
            ("accept4", 388),
            ("select", 82),
            ("newfstatat", 418),
            ("lstat", 68),
            ("mkdir", 276),
        ] {
            let call = call_named(name.as_bytes()).unwrap();
            assert_eq!((call.enter, call.id), (enter, None), "{name}");
            assert_eq!(call.kind, Kind::of_code(enter));
        }
        let generic = call_named(b"clock_nanosleep").unwrap();
        assert_eq!((generic.enter, generic.exit()), (0, 1));
        assert_eq!(generic.kind.name(), "clock_nanosleep");
        assert_eq!(call_named(b"close_range").unwrap().kind.name(), "close_range");
        assert_eq!(call_named(b"syscall_0x270f"), None);
        assert_eq!(call_named(b"NA"), None);
        assert_eq!(call_named(b""), None);
        assert_eq!(Call::unknown().kind.name(), "<NA>");
    }

    #[test]
    fn every_alias_is_of_a_call() {
        for (name, call) in include_str!("aliases.tsv").lines().skip(1).filter_map(alias) {
            assert_eq!(call_named(name.as_bytes()), call_named(call.as_bytes()), "{name}");
            assert!(call_named(call.as_bytes()).is_some(), "{call}");
        }
        assert!(TABLE.names.len() * 2 < PLACES);
    }
}
