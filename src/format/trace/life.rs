//! Whether a text holds the whole life of a command, from the `execve` that
//! starts it to the exit of the same process: such a capture is compared per run,
//! because its length is a figure of the command and not of the recording.

use std::collections::BTreeMap;

use super::line::Named;

/// Programs kept apart by name.
const PROGRAMS: usize = 64;
/// Bytes kept of a command line.
const COMMAND_BYTES: usize = 200;

/// What a text records of the life of the command that was traced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// Thread of the first call, and whether that call starts a program.
    first: Option<(i64, bool)>,
    /// Whether that thread has ended.
    ended: bool,
    /// Arguments of the first `execve` as printed, shortened.
    pub command: String,
    /// Processes that were made; threads are not counted.
    pub children: u64,
    /// Programs that these processes started, with how often.
    pub programs: BTreeMap<String, u64>,
}

impl Life {
    /// Whether the text begins with the start of the command and holds its exit.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.ended && self.first.is_some_and(|(_, starts)| starts)
    }

    /// A call has ended, or begun without an end.
    #[inline]
    pub(super) fn call(&mut self, tid: i64, named: Named<'_>, arguments: &[u8]) {
        match named.name {
            b"execve" | b"execveat" => self.program(tid, arguments),
            b"exit_group" | b"exit" if self.first.is_some_and(|(first, _)| first == tid) => {
                self.ended = true;
            }
            _ if self.first.is_none() => self.first = Some((tid, false)),
            _ => {}
        }
    }

    fn program(&mut self, tid: i64, arguments: &[u8]) {
        if self.first.is_none() {
            self.first = Some((tid, true));
            let shown = arguments.get(..arguments.len().min(COMMAND_BYTES)).unwrap_or_default();
            self.command = String::from_utf8_lossy(shown).into_owned();
            return;
        }
        let path = arguments.split(|byte| *byte == b'"').nth(1).unwrap_or_default();
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        if !name.is_empty() && (self.programs.len() < PROGRAMS || self.programs.contains_key(&name))
        {
            let count = self.programs.entry(name).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// A process was made.
    pub(super) fn child(&mut self) {
        self.children = self.children.saturating_add(1);
    }

    /// A thread has ended.
    pub(super) fn exit(&mut self, tid: i64) {
        self.ended |= self.first.is_some_and(|(first, _)| first == tid);
    }

    /// A thread that had no number until now has one.
    pub(super) fn numbered(&mut self, before: i64, now: i64) {
        if let Some((first, _)) = self.first.as_mut().filter(|(first, _)| *first == before) {
            *first = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(calls: &[(i64, &str, &str)]) -> Life {
        let mut life = Life::default();
        for (tid, name, arguments) in calls {
            life.call(*tid, Named::new(name.as_bytes()), arguments.as_bytes());
        }
        life
    }

    #[test]
    fn a_life_begins_with_execve_and_ends_with_the_exit_of_that_process() {
        let begin = (1, "execve", "\"/bin/ls\", [\"ls\"]");
        assert!(!after(&[begin, (1, "read", "")]).is_whole(), "it was cut off");
        assert!(!after(&[begin, (2, "exit_group", "0")]).is_whole(), "another has ended");
        assert!(after(&[begin, (1, "exit_group", "0")]).is_whole());
        assert!(!after(&[(1, "read", ""), begin, (1, "exit_group", "0")]).is_whole(), "a slice");
        let mut killed = after(&[begin]);
        killed.exit(1);
        assert!(killed.is_whole(), "killed by a signal");
    }

    #[test]
    fn programs_of_children_are_counted_by_name() {
        let life = after(&[
            (1, "execve", "\"/bin/sh\", [\"sh\", \"x\"]"),
            (2, "execve", "\"/usr/bin/cp\", [\"cp\"]"),
            (3, "execve", "\"/usr/bin/cp\", [\"cp\"]"),
        ]);
        assert_eq!(life.command, "\"/bin/sh\", [\"sh\", \"x\"]");
        assert_eq!(life.programs, BTreeMap::from([("cp".to_owned(), 2)]));
    }

    #[test]
    fn a_number_that_comes_late_is_of_the_same_thread() {
        let mut life = after(&[(-1, "execve", "\"x\"")]);
        life.numbered(-1, 7);
        life.exit(7);
        assert!(life.is_whole());
    }
}
