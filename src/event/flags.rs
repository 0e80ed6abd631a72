//! The names of flags: which bits of which parameter are called what. The
//! table beside this file has one line a list of names: the parameters that
//! use it as `event code:parameter index`, then `NAME=value` in the order in
//! which sysdig 0.29.3 tries them. The order matters, see [`write_flags`].

use std::sync::LazyLock;

/// One name of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlagName {
    /// The name.
    pub name: &'static str,
    /// Its bits; 0 names the absence of all.
    pub value: u32,
}

type Place = (u16, usize);

static TABLE: LazyLock<Vec<(Place, &'static [FlagName])>> = LazyLock::new(|| {
    let mut table: Vec<(Place, &'static [FlagName])> = include_str!("flags.tsv")
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once('\t'))
        .flat_map(|(places, names)| {
            let names: &'static [FlagName] = parse_names(names).leak();
            places.split(' ').filter_map(move |place| Some((parse_place(place)?, names)))
        })
        .collect();
    table.sort_unstable_by_key(|(place, _)| *place);
    table
});

fn parse_place(text: &str) -> Option<Place> {
    let (code, index) = text.split_once(':')?;
    Some((code.parse().ok()?, index.parse().ok()?))
}

fn parse_names(text: &'static str) -> Vec<FlagName> {
    text.split(' ')
        .filter_map(|entry| entry.split_once('='))
        .filter_map(|(name, value)| Some(FlagName { name, value: value.parse().ok()? }))
        .collect()
}

/// The names of the bits of parameter `index` of event type `code`; empty if
/// they have none.
#[must_use]
pub fn flag_names(code: u16, index: usize) -> &'static [FlagName] {
    match TABLE.binary_search_by_key(&(code, index), |(place, _)| *place) {
        Ok(at) => TABLE.get(at).map_or(&[], |(_, names)| names),
        Err(_) => &[],
    }
}

/// Writes the names of `value`, joined by `|`. Names are tried in order until
/// one is exactly `value`; a name whose bits are all left is written, and they
/// are taken away; the exact one comes last. So a value that is in the list
/// may still be written with parts of it in front.
pub fn write_flags(names: &[FlagName], value: u32, out: &mut Vec<u8>) {
    let mut rest = value;
    let mut any = false;
    for flag in names {
        let exact = flag.value == value;
        if exact || flag.value != 0 && rest & flag.value == flag.value {
            if any {
                out.push(b'|');
            }
            out.extend_from_slice(flag.name.as_bytes());
            any = true;
            rest &= !flag.value;
        }
        if exact {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(code: u16, index: usize, value: u32) -> String {
        let mut out = Vec::new();
        write_flags(flag_names(code, index), value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn flags_are_named_in_the_order_of_the_table() {
        assert_eq!(text(3, 2, 0), "O_NONE");
        assert_eq!(text(3, 2, 1), "O_RDONLY");
        assert_eq!(text(3, 2, 3), "O_RDWR");
        assert_eq!(text(3, 2, 0x1001), "O_RDONLY|O_CLOEXEC");
        assert_eq!(text(3, 2, 0x8000_0000), "");
        assert_eq!(text(18, 0, 16), "AF_ROUTE");
        assert_eq!(text(4, 0, 3), "");
    }

    #[test]
    fn all_places_are_parameters_with_flags() {
        use crate::event::{ParamType, event_type};
        assert!(TABLE.len() > 60);
        for ((code, index), names) in TABLE.iter() {
            let param = &event_type(*code).unwrap().params[*index];
            assert!(!names.is_empty());
            assert!(matches!(
                param.kind,
                ParamType::Flags8 | ParamType::Flags16 | ParamType::Flags32 | ParamType::Mode
            ));
        }
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
