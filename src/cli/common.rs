//! Arguments that all commands share: captures, sides, and the selection.

use clap::Args;

use super::captures::{NamedSide, sides};
use crate::event::time_text;
use crate::filter::{ContainerMatch, Matching, Names, Selection, TimeBound};

/// Captures and how they are called.
#[derive(Args, Debug)]
pub struct CaptureArguments {
    /// Captures: scap, or the text of strace or perf trace; `a.scap0,a.scap1` is
    /// one of several files, as is a folder of `strace -ff`; `-` is stdin; the
    /// last argument is a filter if no file has that name and it holds an operator
    #[arg(value_name = "CAPTURE|FILTER")]
    pub captures: Vec<String>,
    /// Runs of the base side, pooled
    #[arg(long, num_args = 1.., value_name = "CAPTURE")]
    pub base: Vec<String>,
    /// Runs of the new side, pooled
    #[arg(long, num_args = 1.., value_name = "CAPTURE")]
    pub new: Vec<String>,
    /// Names for the captures (or for the two sides), in order
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    pub label: Vec<String>,
}

impl CaptureArguments {
    /// Gives the filter that stands behind the captures to the selection.
    ///
    /// # Errors
    /// What is wrong with one of two filters.
    pub fn give_filter(&mut self, selection: &mut SelectionArguments) -> Result<(), String> {
        let mut lists = [&mut self.new, &mut self.base, &mut self.captures].into_iter();
        let typed = lists.find(|list| !list.is_empty()).and_then(take_filter);
        if typed.is_some() {
            let both = joined(&[selection.filter.as_deref(), typed.as_deref()])?;
            selection.filter = Some(both);
        }
        Ok(())
    }

    /// The sides that were typed.
    ///
    /// # Errors
    /// When captures are missing or contradict each other.
    pub fn sides(&self) -> Result<Vec<NamedSide>, String> {
        sides(&self.captures, &self.base, &self.new, &self.label)
    }
}

/// Which events.
#[derive(Args, Debug)]
pub struct SelectionArguments {
    /// Containers by name, image or id (globs, id prefixes); `host` for none
    #[arg(long, value_name = "NAME,…")]
    pub container: Vec<String>,
    /// Event types by name (globs); `lstat~` takes its whole family
    #[arg(long, value_name = "NAME,…")]
    pub evt: Vec<String>,
    /// Processes by name (globs)
    #[arg(long, value_name = "NAME,…")]
    pub process: Vec<String>,
    /// A filter in sysdig's language: 'fd.type=file and evt.latency>10us'
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    /// Failed calls only
    #[arg(long)]
    pub errors: bool,
    /// From this time on: 1.5s after the first event, a date and time, or @SECONDS
    #[arg(long, value_name = "TIME", value_parser = TimeBound::parse)]
    pub since: Option<TimeBound>,
    /// Up to this time
    #[arg(long, value_name = "TIME", value_parser = TimeBound::parse)]
    pub until: Option<TimeBound>,
}

impl SelectionArguments {
    /// All conditions as one filter; `typed` stood behind the captures.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn matching(&self, typed: Option<&str>) -> Result<Matching, String> {
        let short = self.selection()?.filter_text();
        let all = joined(&[self.filter.as_deref(), typed, Some(short.as_str())])?;
        checked(&all)
    }

    /// The selection that was typed.
    ///
    /// # Errors
    /// When a glob or a filter cannot be read.
    pub fn selection(&self) -> Result<Selection, String> {
        Ok(Selection {
            containers: ContainerMatch::parse(&self.container)?,
            events: Names::parse(&self.evt)?,
            processes: Names::parse(&self.process)?,
            filter: checked(self.filter.as_deref().unwrap_or_default())?,
            errors: self.errors,
            since: self.since,
            until: self.until,
        })
    }
}

/// Several filters as one, all of which must hold. Each is read by itself
/// first, so that complaints are about what was typed.
///
/// # Errors
/// What is wrong with one of them.
pub fn joined(filters: &[Option<&str>]) -> Result<String, String> {
    let filters = filters.iter().flatten().filter(|text| !text.trim().is_empty());
    let texts: Vec<&str> = filters.copied().collect();
    if let [one] = texts.as_slice() {
        return Ok((*one).to_owned());
    }
    for text in &texts {
        checked(text)?;
    }
    let texts: Vec<String> = texts.iter().map(|text| format!("({text})")).collect();
    Ok(texts.join(" and "))
}

/// A filter that was read.
///
/// # Errors
/// What is wrong with it.
pub fn checked(text: &str) -> Result<Matching, String> {
    Matching::parse(text).map_err(|error| format!("filter error\n{error}"))
}

impl SelectionArguments {
    /// Says that nothing matches, with what is there instead: for each option
    /// that which the others leave, and the time that the longest capture spans.
    pub fn nothing_matches(
        &self,
        containers: Vec<&str>,
        processes: Vec<&str>,
        events: Vec<&str>,
        span_ns: u64,
    ) -> String {
        let mut message = "nothing matches".to_owned();
        let options = [
            ("--container", &self.container, containers),
            ("--process", &self.process, processes),
            ("--evt", &self.evt, events),
        ];
        let all_empty = options.iter().all(|(_, _, present)| present.is_empty());
        for (option, typed, mut present) in options {
            present.sort_unstable();
            present.dedup();
            if !typed.is_empty() && (all_empty || !present.is_empty()) {
                let typed = typed.join(",");
                message.push_str(&format!("; {option} {typed}: present are {}", listed(present)));
            }
        }
        if let Some(filter) = &self.filter {
            message.push_str(&format!("; the filter '{filter}' may be too narrow"));
        }
        if self.since.is_some() || self.until.is_some() {
            let span = time_text(span_ns);
            message.push_str(&format!("; --since and --until: captures span up to {span}"));
        }
        message
    }
}

/// `a, b, c` with `and N more` when there are many.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    let shown = names.iter().take(40).copied().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => "none".into(),
        count if count > 40 => format!("{shown} and {} more", count - 40),
        _ => shown,
    }
}

/// Takes the last argument away if it is a filter: no file has that name and
/// it holds an operator.
pub fn take_filter(captures: &mut Vec<String>) -> Option<String> {
    let operators = ["=", "<", ">", " exists", " contains ", " in ", " glob ", "with "];
    let last = captures.last()?;
    let is_filter = operators.iter().any(|operator| last.contains(operator))
        && !std::path::Path::new(last).exists();
    if is_filter { captures.pop() } else { None }
}
