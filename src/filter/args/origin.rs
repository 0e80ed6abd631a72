//! All that the texts of an event's arguments are made of, as bytes: what the event has,
//! and the names around it that its texts tell. Two events of which these are the same have
//! the same texts if both say how many parameters they have, or neither does, so who writes
//! millions of them need not write each.

use super::Surroundings;
use super::plain::unsigned;
use super::resolved::AT_FDCWD;
use crate::event::{EventType, Param, ParamType, event_types};
use crate::format::scap::event::{Params, RawEvent};

/// What the texts of a type's arguments are made of.
#[derive(Clone, Debug)]
enum Made {
    /// Of the event alone.
    Alone,
    /// Of the event alone where these paths are absolute.
    WithPaths(Vec<usize>),
    /// Of names around it, too.
    WithNames,
    /// Nobody knows.
    Somehow,
}

impl Made {
    fn of(kind: &EventType) -> Made {
        use ParamType as P;
        let of_kinds =
            |kinds: &[ParamType]| kind.params.iter().any(|param| kinds.contains(&param.kind));
        let is_path = |param: &Param| matches!(param.kind, P::Fspath | P::Fsrelpath);
        if of_kinds(&[P::Fdlist, P::Dyn]) {
            Made::Somehow
        } else if of_kinds(&[P::Fd, P::Fd32, P::Pid, P::Pid32, P::Uid, P::Gid]) {
            Made::WithNames
        } else if kind.params.iter().any(is_path) {
            let paths = kind.params.iter().enumerate().filter(|(_, param)| is_path(param));
            Made::WithPaths(paths.map(|(at, _)| at).collect())
        } else {
            Made::Alone
        }
    }
}

/// The same by event type.
#[derive(Clone, Debug)]
pub struct Origins(Vec<Made>);

impl Origins {
    /// Looks at all types.
    #[must_use]
    pub fn new() -> Origins {
        Origins(event_types().iter().map(Made::of).collect())
    }

    /// What the texts of an event's arguments are made of; `room` is memory to use.
    /// `None`: nobody knows.
    #[inline]
    pub fn of<'a>(
        &self,
        event: &RawEvent<'a>,
        around: &impl Surroundings,
        room: &'a mut Vec<u8>,
    ) -> Option<&'a [u8]> {
        let is_absolute = |at: &usize| {
            let path = event.params().get(*at);
            path.and_then(<[u8]>::first).is_none_or(|first| *first == b'/')
        };
        match self.0.get(usize::from(event.code))? {
            _ if event.layout.is_traced() => None,
            Made::Alone => event.told(),
            Made::WithPaths(paths) if paths.iter().all(is_absolute) => event.told(),
            Made::Somehow => None,
            Made::WithPaths(_) | Made::WithNames => {
                room.clear();
                room.extend_from_slice(event.told()?);
                room.push(u8::from(around.has_thread()));
                let (params, kind) = (event.params(), event_types().get(usize::from(event.code))?);
                for (param, bytes) in kind.params.iter().zip(params.iter()) {
                    push_names(param, bytes, &params, around, room);
                }
                Some(room)
            }
        }
    }
}

impl Default for Origins {
    fn default() -> Self {
        Origins::new()
    }
}

/// Writes the names that the text of one parameter tells.
fn push_names(
    param: &Param,
    bytes: &[u8],
    params: &Params<'_>,
    around: &impl Surroundings,
    out: &mut Vec<u8>,
) {
    use ParamType as P;
    let wide = |width| unsigned(bytes, width).unwrap_or(0);
    match param.kind {
        P::Fd => push_file(wide(8).cast_signed(), around, out),
        P::Fd32 => push_file(i64::from(wide(4) as i32), around, out),
        P::Pid => push(around.comm(wide(8).cast_signed()), out),
        P::Pid32 => push(around.comm(i64::from(wide(4) as i32)), out),
        P::Uid => push(around.user(wide(4) as u32), out),
        P::Gid => push(around.group(wide(4) as u32), out),
        P::Fspath | P::Fsrelpath if bytes.first().is_some_and(|first| *first != b'/') => {
            match param.directory.and_then(|at| params.signed(at)) {
                None | Some(AT_FDCWD) => push(Some(around.cwd()), out),
                Some(directory) => push_file(directory, around, out),
            }
        }
        _ => {}
    }
}

fn push_file(number: i64, around: &impl Surroundings, out: &mut Vec<u8>) {
    let file = around.fd(number);
    if let Some(file) = file {
        out.extend_from_slice(&[file.kind, file.l4.unwrap_or(0)]);
    }
    push(file.map(|file| file.name), out);
}

/// Writes a name so that none can be taken for another, nor for none.
fn push(name: Option<&[u8]>, out: &mut Vec<u8>) {
    let length = name.map_or(u32::MAX, |name| name.len() as u32);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(name.unwrap_or_default());
}
