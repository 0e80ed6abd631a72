//! What figures are divided by: the second, the run, or a call that paces the
//! worker. A capture that holds a command from its start to its exit is compared
//! per run. Per second, a run that got longer would make every call that stayed
//! the same seem rarer.

use serde::{Deserialize, Serialize};

use super::run::Run;

/// What figures are divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Seconds of capture.
    #[default]
    Second,
    /// Runs: whole lives of a command.
    Run,
    /// Whole periods of a call.
    Period,
}

impl Unit {
    /// Its name: `second`, `run`, `period`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Unit::Second => "second",
            Unit::Run => "run",
            Unit::Period => "period",
        }
    }

    /// What stands behind a figure: `/s`, ` per run`, ` per period`.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Unit::Second => "/s",
            Unit::Run => " per run",
            Unit::Period => " per period",
        }
    }

    /// The unit that `--per` names; `None` for a call, or where nothing was typed.
    #[must_use]
    pub fn typed(per: Option<&str>) -> Option<Unit> {
        match per? {
            "run" => Some(Unit::Run),
            "second" => Some(Unit::Second),
            _ => None,
        }
    }

    /// The call that `--per` names, if it names one.
    #[must_use]
    pub fn marker(per: Option<&str>) -> Option<&str> {
        per.filter(|_| Unit::typed(per).is_none())
    }

    /// The unit of runs of both sides: what was typed, else what all of them allow.
    #[must_use]
    pub fn of<'r>(typed: Option<Unit>, mut runs: impl Iterator<Item = &'r Run> + Clone) -> Unit {
        if runs.clone().any(|run| run.periods.is_some()) {
            return Unit::Period;
        }
        let whole = runs.clone().next().is_some() && runs.all(|run| run.life.is_some());
        typed.unwrap_or(if whole { Unit::Run } else { Unit::Second })
    }
}

#[cfg(test)]
mod tests {
    use super::Unit;

    #[test]
    fn two_words_are_units_and_all_others_are_calls() {
        assert_eq!(Unit::typed(Some("run")), Some(Unit::Run));
        assert_eq!(Unit::typed(Some("second")), Some(Unit::Second));
        assert_eq!((Unit::typed(Some("lstat")), Unit::typed(None)), (None, None));
        assert_eq!(Unit::marker(Some("lstat")), Some("lstat"));
        assert_eq!((Unit::marker(Some("run")), Unit::marker(None)), (None, None));
    }
}
