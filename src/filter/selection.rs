//! The selection and how its parts match.

use glob::Pattern;

use super::Matching;
use crate::event::{KINDS, Kind, family_of};
use crate::state::Container;

/// A list of names or globs, any of which may match; empty matches all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names {
    patterns: Vec<Pattern>,
    texts: Vec<String>,
    /// Those typed as plain names: neither globs nor families.
    plain: Vec<String>,
}

/// How a kind of event answers a list of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Not at all.
    No,
    /// It was asked for (by a plain name: its number, else `None`).
    Asked(Option<u16>),
    /// It is a relative of the plain name of this number, and stands in for it
    /// where that does not occur.
    StandIn(u16),
}

impl Names {
    /// Reads a comma-separated list; `name~` stands for the whole family of
    /// relatives of `name`.
    ///
    /// # Errors
    /// Names the glob that cannot be read.
    pub fn parse(lists: &[String]) -> Result<Names, String> {
        let mut names = Names::default();
        for text in lists.iter().flat_map(|list| list.split(',')).map(str::trim) {
            if text.is_empty() {
                continue;
            }
            let family = text.strip_suffix('~').map(family_of);
            if family.is_none() && !text.contains(['*', '?', '[']) {
                names.plain.push(text.to_owned());
            }
            for name in family.unwrap_or_else(|| vec![text]) {
                let pattern =
                    Pattern::new(name).map_err(|error| format!("'{name}' is no glob: {error}"))?;
                names.patterns.push(pattern);
                names.texts.push(name.to_owned());
            }
        }
        Ok(names)
    }

    /// Whether there is no condition.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether one of the patterns matches; true without any.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.is_empty() || self.patterns.iter().any(|pattern| pattern.matches(name))
    }

    /// The names as typed, families written out.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The plain name of this number; see [`Lane`].
    #[must_use]
    pub fn plain(&self, number: u16) -> &str {
        self.plain.get(usize::from(number)).map_or("", String::as_str)
    }

    /// For every kind, how it answers. Since 2021 C libraries call
    /// `newfstatat` for lstat: who asks for one means the other.
    #[must_use]
    pub fn lanes(&self) -> Vec<Lane> {
        let number = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        let lane = |name: &str| {
            if self.matches(name) {
                return Lane::Asked(self.plain.iter().position(|plain| plain == name).map(number));
            }
            let relative = |plain: &String| family_of(plain).contains(&name);
            self.plain.iter().position(relative).map_or(Lane::No, |at| Lane::StandIn(number(at)))
        };
        (0..KINDS).map(|kind| lane(Kind(number(kind)).name())).collect()
    }

    /// For every kind, whether its name matches.
    #[must_use]
    pub fn kinds(&self) -> Vec<bool> {
        (0..KINDS)
            .map(|kind| {
                let kind = Kind(u16::try_from(kind).unwrap_or(0));
                self.is_empty() || self.matches(kind.name())
            })
            .collect()
    }
}

/// Which containers: names, images (exact or glob) or beginnings of ids.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerMatch {
    names: Names,
}

impl ContainerMatch {
    /// Reads a comma-separated list.
    ///
    /// # Errors
    /// Names the glob that cannot be read.
    pub fn parse(lists: &[String]) -> Result<ContainerMatch, String> {
        Ok(ContainerMatch { names: Names::parse(lists)? })
    }

    /// Whether there is no condition.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether the container is meant; true without any condition.
    #[must_use]
    pub fn matches(&self, container: &Container) -> bool {
        let by_name = |name: &str| !name.is_empty() && self.names.matches(name);
        self.is_empty()
            || by_name(container.label())
            || by_name(&container.id)
            || container.image.as_deref().is_some_and(by_name)
            || self.names.texts().iter().any(|text| {
                let prefix = |id: &str| !id.is_empty() && text.len() >= 2 && id.starts_with(text);
                prefix(&container.id) && !container.id.contains('/') && is_hex(text)
                    || prefix(&container.full_id) && is_hex(text)
            })
    }

    /// The names as typed.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        self.names.texts()
    }
}

/// A value as a filter has it.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{text}\"")
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// One end of a window of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeBound {
    /// ns after the first event of the capture.
    Relative(u64),
    /// ns since the epoch.
    Absolute(u64),
}

impl TimeBound {
    /// Reads `1.5s`, `200ms` (after the first event), or a date and time with
    /// an offset (`2026-11-23T10:00:00Z`), or `@SECONDS` since the epoch.
    ///
    /// # Errors
    /// Says what was expected.
    pub fn parse(text: &str) -> Result<TimeBound, String> {
        if let Some(seconds) = text.strip_prefix('@') {
            return crate::event::parse_duration_ns(&format!("{seconds}s"))
                .map(TimeBound::Absolute);
        }
        if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
            let ns = u64::try_from(stamp.as_nanosecond());
            return ns.map(TimeBound::Absolute).map_err(|_| format!("'{text}' lies before 1970"));
        }
        crate::event::parse_duration_ns(text).map(TimeBound::Relative).map_err(|_| {
            format!("'{text}' is no time; write 1.5s (after the first event), 2026-11-23T10:00:00Z or @1795459432.5")
        })
    }

    fn resolve(self, first_ns: u64) -> u64 {
        match self {
            TimeBound::Relative(ns) => first_ns.saturating_add(ns),
            TimeBound::Absolute(ns) => ns,
        }
    }
}

/// What a command looks at.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Containers.
    pub containers: ContainerMatch,
    /// Event types by name.
    pub events: Names,
    /// Process names (`proc.name`).
    pub processes: Names,
    /// A filter in sysdig's language, asked about every event where it stands.
    pub filter: Matching,
    /// Failed calls only.
    pub errors: bool,
    /// From this time on.
    pub since: Option<TimeBound>,
    /// Up to this time.
    pub until: Option<TimeBound>,
}

impl Selection {
    /// The window of time, ns since the epoch, given the first event's time.
    #[must_use]
    pub fn window(&self, first_ns: u64) -> (u64, u64) {
        let since = self.since.map_or(0, |bound| bound.resolve(first_ns));
        let until = self.until.map_or(u64::MAX, |bound| bound.resolve(first_ns));
        (since, until)
    }

    /// The same as a filter, for commands that look at each event where it
    /// stands.
    #[must_use]
    pub fn filter_text(&self) -> String {
        let mut parts = Vec::new();
        let either = |fields: &[&str], names: &[String]| {
            let one = |name: &String| {
                let glob = name.contains(['*', '?', '[']);
                let operator = if glob { " glob " } else { "=" };
                let name = quoted(name);
                let checks = fields.iter().map(|field| format!("{field}{operator}{name}"));
                checks.collect::<Vec<_>>().join(" or ")
            };
            format!("({})", names.iter().map(one).collect::<Vec<_>>().join(" or "))
        };
        if !self.containers.is_empty() {
            let fields = ["container.name", "container.id", "container.image"];
            let texts = self.containers.texts();
            let mut any = vec![either(&fields, texts)];
            // beginnings of ids, as everywhere
            let ids = texts.iter().filter(|text| text.len() >= 2 && is_hex(text));
            any.extend(ids.map(|id| format!("container.id startswith {}", quoted(id))));
            parts.push(format!("({})", any.join(" or ")));
        }
        if !self.events.is_empty() {
            parts.push(either(&["evt.type"], self.events.texts()));
        }
        if !self.processes.is_empty() {
            parts.push(either(&["proc.name"], self.processes.texts()));
        }
        if self.errors {
            parts.push("evt.failed=true".into());
        }
        for (bound, operator) in [(self.since, ">="), (self.until, "<=")] {
            parts.extend(bound.map(|bound| match bound {
                TimeBound::Relative(ns) => format!("evt.reltime{operator}{ns}"),
                TimeBound::Absolute(ns) => format!("evt.rawtime{operator}{ns}"),
            }));
        }
        parts.join(" and ")
    }

    /// Whether a time window is set.
    #[must_use]
    pub fn has_window(&self) -> bool {
        self.since.is_some() || self.until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_a_filter_that_can_be_read() {
        let list = |text: &str| [text.to_owned()];
        let selection = Selection {
            containers: ContainerMatch::parse(&list("59fd,web*")).unwrap(),
            events: Names::parse(&list("open*,lstat")).unwrap(),
            processes: Names::parse(&list("a\"b")).unwrap(),
            errors: true,
            since: Some(TimeBound::Relative(5)),
            ..Selection::default()
        };
        let text = selection.filter_text();
        assert!(text.contains("container.id startswith \"59fd\""), "{text}");
        assert!(!text.contains("startswith \"web"), "{text}");
        assert!(text.contains("container.name glob \"web*\""), "{text}");
        Matching::parse(&text).unwrap();
        assert_eq!(Selection::default().filter_text(), "");
    }
}
