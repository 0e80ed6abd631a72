//! Rules of a check: a TOML file with `rules = ["lstat.mean < 1.5x", …]`. A rule
//! names a call (with `*` and `?`), a figure of it, and a bound: a ratio to the
//! baseline (`1.5x`), a growth (`20%`), or a figure as such (`10us`, `500`).

use std::ops::Range;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::judge::{RUN, TIME};
use crate::filter::Names;

/// A figure of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Figure {
    /// Mean latency, ns.
    Mean,
    /// Median latency, ns.
    P50,
    /// 95th percentile, ns.
    P95,
    /// 99th percentile, ns.
    P99,
    /// Longest, ns.
    Max,
    /// Calls a second (or period).
    Rate,
    /// Failed calls a second (or period).
    ErrorsRate,
    /// Mean time off the processor in a call, ns.
    Off,
    /// Time off the processor a second (or period), ns.
    OffRate,
    /// Bytes a call.
    Bytes,
    /// Time in it a second (or period), ns.
    Total,
    /// Length of a run, ns.
    Duration,
    /// Calls per run, of captures that hold whole runs.
    CallsPerRun,
}

/// Names of the figures in rules.
pub const FIGURES: [(&str, Figure); 13] = [
    ("mean", Figure::Mean),
    ("p50", Figure::P50),
    ("p95", Figure::P95),
    ("p99", Figure::P99),
    ("max", Figure::Max),
    ("rate", Figure::Rate),
    ("errors.rate", Figure::ErrorsRate),
    ("off.mean", Figure::Off),
    ("off.rate", Figure::OffRate),
    ("bytes", Figure::Bytes),
    ("total", Figure::Total),
    ("duration", Figure::Duration),
    ("calls_per_run", Figure::CallsPerRun),
];

impl Figure {
    /// Its name in rules.
    #[must_use]
    pub fn name(self) -> &'static str {
        FIGURES.iter().find(|(_, figure)| *figure == self).map_or("", |(name, _)| name)
    }

    /// Whether it is a time in ns.
    #[must_use]
    pub fn is_time(self) -> bool {
        !matches!(self, Figure::Rate | Figure::ErrorsRate | Figure::Bytes | Figure::CallsPerRun)
    }
}

/// What a figure is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// Its ratio to the baseline's.
    Ratio(f64),
    /// Itself.
    Absolute(f64),
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// As typed.
    pub text: String,
    /// The call, maybe a pattern.
    pub call: String,
    names: Names,
    /// Which figure.
    pub figure: Figure,
    /// Must be below, else above.
    below: bool,
    /// The bound.
    pub bound: Bound,
}

impl Rule {
    /// Whether it speaks of a call.
    #[must_use]
    pub fn names(&self, event: &str) -> bool {
        self.names.matches(event) || self.call == event
    }

    /// Whether it names one call.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.call.contains(['*', '?', '['])
    }

    /// Whether it speaks of the time in all calls, or of the run.
    #[must_use]
    pub fn is_for_all(&self) -> bool {
        self.call == TIME || self.call == RUN
    }

    /// Whether a value keeps to it.
    #[must_use]
    pub fn holds(&self, value: f64, bound: f64) -> bool {
        if self.below { value < bound } else { value > bound }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rules: Vec<Spanned<String>>,
}

/// What is wrong, and which byte of the rule it begins at.
type Wrong = (usize, String);

/// Reads a rules file.
///
/// # Errors
/// What is wrong, with line and column.
pub fn read_rules(text: &str) -> Result<Vec<Rule>, String> {
    let place = |at: usize| {
        let before = &text[..at.min(text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        format!("line {line}, column {column}")
    };
    let file: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span: Range<usize>| span.start);
        format!("{}: {}", place(at), error.message())
    })?;
    if file.rules.is_empty() {
        return Err(
            "line 1, column 1: there are no rules; write rules = [\"lstat.mean < 1.5x\"]".into()
        );
    }
    let read = |rule: &Spanned<String>| {
        // one for the quotation mark
        let at = |byte: usize| place(rule.span().start + 1 + byte);
        parsed(rule.get_ref()).map_err(|(byte, why)| format!("{}: {why}", at(byte)))
    };
    file.rules.iter().map(read).collect()
}

fn parsed(text: &str) -> Result<Rule, Wrong> {
    let operator = text
        .find(['<', '>'])
        .ok_or_else(|| (0, format!("'{text}' compares nothing; write it as lstat.mean < 1.5x")))?;
    let left = text[..operator].trim();
    let start = text.len() - text.trim_start().len();
    let (call, figure) = left_side(left).map_err(|why| (start, why))?;
    let right = &text[operator + 1..];
    let begins = operator + 1 + right.len() - right.trim_start().len();
    let bound = bound(right.trim(), figure).map_err(|why| (begins, why))?;
    let names = Names::parse(std::slice::from_ref(&call)).map_err(|why| (start, why))?;
    let below = text.as_bytes()[operator] == b'<';
    Ok(Rule { text: text.to_owned(), call, names, figure, below, bound })
}

fn left_side(text: &str) -> Result<(String, Figure), String> {
    let mut known = FIGURES.iter().filter_map(|(name, figure)| {
        let call = text.strip_suffix(name)?.strip_suffix('.')?;
        Some((call.to_owned(), *figure, name.len()))
    });
    let names = || FIGURES.map(|(name, _)| name).join(", ");
    // `errors.rate` ends in `rate`
    let first = known.next();
    let longest = known.fold(first, |best, one| match best {
        Some(best) if best.2 >= one.2 => Some(best),
        _ => Some(one),
    });
    match longest {
        Some((call, figure, _)) if call == TIME && figure != Figure::Total => {
            Err(format!("{TIME} has one figure, {TIME}.total, not {}", figure.name()))
        }
        Some((call, figure, _)) if (call == RUN) != (figure == Figure::Duration) => {
            Err(format!("{RUN}.duration is the length of a run: {RUN} and duration go together"))
        }
        Some((call, figure, _)) if !call.is_empty() => Ok((call, figure)),
        _ => Err(format!("'{text}' is not CALL.FIGURE; figures are {}", names())),
    }
}

fn bound(text: &str, figure: Figure) -> Result<Bound, String> {
    let wrong = || {
        format!(
            "'{text}' is no bound; write 1.5x (of the baseline), 20% (more than it), or {}",
            if figure.is_time() { "a time, 10us" } else { "a number, 500" }
        )
    };
    let number = |text: &str| {
        let number: f64 = text.trim().parse().map_err(|_| wrong())?;
        if number.is_finite() && number >= 0.0 { Ok(number) } else { Err(wrong()) }
    };
    if let Some(ratio) = text.strip_suffix(['x', '×']) {
        return Ok(Bound::Ratio(number(ratio)?));
    }
    if let Some(growth) = text.strip_suffix('%') {
        let growth: f64 = growth.trim().parse().map_err(|_| wrong())?;
        let is_one = growth.is_finite() && growth > -100.0;
        return if is_one { Ok(Bound::Ratio(1.0 + growth / 100.0)) } else { Err(wrong()) };
    }
    if !figure.is_time() {
        return Ok(Bound::Absolute(number(text)?));
    }
    for (unit, ns) in [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)] {
        if let Some(value) =
            text.strip_suffix(unit).filter(|rest| !rest.ends_with(['n', 'u', 'µ', 'm']))
        {
            return Ok(Bound::Absolute(number(value)? * ns));
        }
    }
    Err(wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Rule {
        read_rules(&format!("rules = [{text:?}]")).unwrap().remove(0)
    }

    #[test]
    fn rules_name_a_call_a_figure_and_a_bound() {
        let mean = rule("lstat.mean < 1.5x");
        assert_eq!((mean.call.as_str(), mean.figure), ("lstat", Figure::Mean));
        assert_eq!(mean.bound, Bound::Ratio(1.5));
        assert!(mean.names("lstat") && !mean.names("stat") && mean.is_exact());
        assert!(mean.holds(1.4, 1.5) && !mean.holds(1.5, 1.5));
        let errors = rule("*.errors.rate < 2x");
        assert_eq!(errors.figure, Figure::ErrorsRate);
        assert!(errors.names("openat") && !errors.is_exact());
        assert_eq!(rule("time.total < 20%").bound, Bound::Ratio(1.2));
        assert!(rule("time.total<20%").is_for_all());
        assert_eq!(rule("read.p99 < 10us").bound, Bound::Absolute(10_000.0));
        assert_eq!(rule("read.p99 < 2 ms").bound, Bound::Absolute(2e6));
        assert_eq!(rule("read.rate > 500").bound, Bound::Absolute(500.0));
        assert!(rule("read.rate > 500").holds(501.0, 500.0));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, place, word) in [
            (
                "rules = [\n  \"lstat.mean < 1.5x\",\n  \"lstat.men < 2x\",\n]",
                "line 3, column 4",
                "CALL.FIGURE",
            ),
            ("rules = [\"lstat.mean < fast\"]", "line 1, column 24", "no bound"),
            ("rules = [\"lstat.mean\"]", "line 1, column 11", "compares nothing"),
            ("rules = [\"lstat.mean < 10\"]", "line 1, column 24", "a time"),
            ("rules = [\"time.mean < 2x\"]", "line 1, column 11", "time.total"),
            ("rules = []", "line 1, column 1", "no rules"),
            ("rule = []", "line 1", "rule"),
            ("rules = [", "line 1", ""),
        ] {
            let error = read_rules(text).unwrap_err();
            assert!(error.starts_with(place) && error.contains(word), "{text}: {error}");
        }
    }
}
