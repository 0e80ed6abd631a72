//! The text of an event's arguments, byte for byte as sysdig 0.29.3 prints it
//! (`evt.args`, `evt.arg.NAME`). A parameter has a *plain* text, made of its
//! bytes, and some have a *resolved* one: the name of the number. For most
//! names the tables of event types are enough; for descriptors, threads, users
//! and relative paths the state at that moment is needed, which is asked
//! through [`Surroundings`].
//!
//! ```text
//! evt.args:     name=plain(resolved) name=plain ...   a blank after each
//! evt.arg.NAME: resolved if there is one, else plain
//! ```
//!
//! Where sysdig prints what happens to lie in its memory (numbers of which
//! fewer bytes were recorded than they have) the text is `<NA>`.

mod buffer;
mod digits;
mod origin;
mod plain;
mod resolved;
#[cfg(test)]
mod tests;

pub use buffer::{Buffer, write as write_buffer};
pub use origin::Origins;
pub use plain::plain;
pub use resolved::{resolved, write_fd};

use std::iter::repeat;

use crate::event::{EventType, Param, ParamType, event_type, result_name};
use crate::format::scap::event::Params;
use crate::state::path::push_printable;

/// What the text of arguments needs to know of the state: of the event's
/// thread, after the event's own changes.
pub trait Surroundings {
    /// Whether the event has a thread. Without one neither descriptors nor
    /// paths have names.
    fn has_thread(&self) -> bool;
    /// The thread's open file `number`.
    fn fd(&self, number: i64) -> Option<FdText<'_>>;
    /// The name of thread `tid`.
    fn comm(&self, tid: i64) -> Option<&[u8]>;
    /// The name of user `uid`.
    fn user(&self, uid: u32) -> Option<&[u8]>;
    /// The name of group `gid`.
    fn group(&self, gid: u32) -> Option<&[u8]>;
    /// The thread's working directory, with `/` at its end.
    fn cwd(&self) -> &[u8];
}

/// An open file as a text needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FdText<'a> {
    /// Its type's letter (`fd.typechar`).
    pub kind: u8,
    /// Of internet sockets: `t`, `u`, `i`, `r` for tcp, udp, icmp, raw.
    pub l4: Option<u8>,
    /// Its name.
    pub name: &'a [u8],
}

/// Surroundings of which nothing is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

impl Surroundings for Nowhere {
    fn has_thread(&self) -> bool {
        false
    }
    fn fd(&self, _: i64) -> Option<FdText<'_>> {
        None
    }
    fn comm(&self, _: i64) -> Option<&[u8]> {
        None
    }
    fn user(&self, _: u32) -> Option<&[u8]> {
        None
    }
    fn group(&self, _: u32) -> Option<&[u8]> {
        None
    }
    fn cwd(&self) -> &[u8] {
        b""
    }
}

/// How arguments are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How data is written.
    pub buffer: Buffer,
    /// Bytes of data written at most.
    pub snaplen: Option<usize>,
    /// Write the parameters that event types got after sysdig 0.29.3, too.
    pub newer: bool,
}

/// The arguments of one event.
#[derive(Clone, Copy)]
pub struct Arguments<'a, S: ?Sized> {
    /// The event's type.
    pub event: &'static EventType,
    /// Its parameters.
    pub params: Params<'a>,
    /// The state around it.
    pub around: &'a S,
    /// How they are written.
    pub options: Options,
    /// The event was made from the text of a tracer.
    pub traced: bool,
}

impl<'a, S: Surroundings + ?Sized> Arguments<'a, S> {
    /// The arguments of an event of type `code`; `None` if no table has it.
    #[must_use]
    pub fn new(code: u16, params: Params<'a>, around: &'a S, options: Options) -> Option<Self> {
        Some(Arguments { event: event_type(code)?, params, around, options, traced: false })
    }

    /// How many there are (`evt.nargs`): those that both the event and its
    /// type have.
    #[must_use]
    pub fn len(&self) -> usize {
        let listed =
            if self.options.newer { self.event.params.len() } else { self.event.params_known };
        self.params.len().min(listed)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the plain text of argument `index`. Says whether there is such
    /// an argument.
    pub fn plain(&self, index: usize, out: &mut Vec<u8>) -> bool {
        self.argument(index).is_some_and(|(param, bytes)| {
            self.write_plain(param, bytes, out);
            true
        })
    }

    fn write_plain(&self, param: &Param, bytes: &[u8], out: &mut Vec<u8>) {
        let cut = self.options.snaplen.filter(|_| param.kind == ParamType::Bytebuf);
        let bytes = cut.and_then(|most| bytes.get(..most)).unwrap_or(bytes);
        plain(param, bytes, self.around, self.options.buffer, out);
    }

    /// Writes the resolved text of argument `index`. Says whether it has one
    /// (which may yet be empty).
    pub fn resolved(&self, index: usize, out: &mut Vec<u8>) -> bool {
        let own = self.argument(index);
        own.is_some_and(|(param, bytes)| self.write_resolved(param, bytes, out))
    }

    fn write_resolved(&self, param: &Param, bytes: &[u8], out: &mut Vec<u8>) -> bool {
        let directory = param.directory.and_then(|directory| self.params.signed(directory));
        resolved(param, bytes, directory, self.around, out)
    }

    /// Writes `evt.arg.NAME` of argument `index`: its resolved text, or else
    /// its plain one. Says whether there is such an argument.
    pub fn text(&self, index: usize, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        if self.resolved(index, out) && out.len() > start {
            return true;
        }
        out.truncate(start);
        self.plain(index, out)
    }

    /// Writes `evt.args`. Generic events have arguments for internal use only:
    /// nothing is written.
    pub fn all(&self, out: &mut Vec<u8>) {
        if self.event.code >= 2 {
            self.known(out);
        }
        if self.traced && self.event.is_exit() {
            self.behind(out);
        }
    }

    /// What an exit made from text has behind its type's parameters: the result
    /// if the type has none, and the arguments that are no parameters.
    fn behind(&self, out: &mut Vec<u8>) {
        let known = self.event.params.len();
        let text = self.params.get(known).filter(|_| self.params.len() == known + 2);
        let Some(text) = text else {
            return;
        };
        let told =
            self.event.params.first().is_some_and(|first| matches!(first.name, "res" | "fd"));
        if let (false, Some(result)) = (told, self.params.signed(known + 1)) {
            out.extend_from_slice(format!("res={result}").as_bytes());
            if let Some(name) = result_name(result) {
                out.extend_from_slice(format!("({name})").as_bytes());
            }
            out.push(b' ');
        }
        if !text.is_empty() {
            out.extend_from_slice(b"args=");
            push_printable(text, out);
            out.push(b' ');
        }
    }

    /// The parameters of the event's type. Those that a tracer did not print
    /// are not written.
    fn known(&self, out: &mut Vec<u8>) {
        let known = self.event.params.iter().take(self.len());
        // one that the event says it has, but has not whole, has a name yet no text
        let all = self.params.iter().map(Some).chain(repeat(None));
        for (param, bytes) in known.zip(all) {
            if self.traced && bytes.is_none_or(<[u8]>::is_empty) {
                continue;
            }
            out.extend_from_slice(param.name.as_bytes());
            out.push(b'=');
            if let Some(bytes) = bytes {
                self.write_plain(param, bytes, out);
                let before = out.len();
                out.push(b'(');
                if self.write_resolved(param, bytes, out) && out.len() > before + 1 {
                    out.push(b')');
                } else {
                    out.truncate(before);
                }
            }
            out.push(b' ');
        }
    }

    /// An argument's parameter, and its bytes.
    fn argument(&self, index: usize) -> Option<(&'static Param, &'a [u8])> {
        let bytes = if index < self.len() { self.params.get(index) } else { None };
        self.event.params.get(index).zip(bytes)
    }
}

/// Writes `evt.args` of an event of type `code`; nothing if no table has it.
pub fn arguments<S: Surroundings + ?Sized>(
    code: u16,
    params: Params<'_>,
    around: &S,
    options: Options,
    out: &mut Vec<u8>,
) {
    if let Some(arguments) = Arguments::new(code, params, around, options) {
        arguments.all(out);
    }
}
