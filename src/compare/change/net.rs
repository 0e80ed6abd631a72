//! The change of all rows together, and what of it is the tracer's. A comparison
//! is summed up by its net change, and its rows are ranked by what each costs of
//! that: the figure in the table, not a part of it that happens to be certain.

use serde::Serialize;

use super::row::CallChange;
use crate::compare::Unit;
use crate::compare::run::Run;

/// Calls that wait for other processes of the command.
const CHILD_WAITS: [&str; 3] = ["wait4", "waitid", "waitpid"];
/// Share of the gross change below which a row is a trifle.
pub const TRIFLE: f64 = 0.05;
/// Quantile of the time between calls that is taken for the tracer's own pause: a
/// program does next to nothing between many of its calls.
const TYPICAL: f64 = 0.25;

/// Changes of time per unit, ns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Net {
    /// Of all calls, without pacing and without waits for children.
    pub calls_ns: f64,
    /// Time in these calls in the base.
    pub base_ns: f64,
    /// Of the time between calls, without the tracer's part.
    pub between_ns: f64,
    /// The tracer's part of it, by estimate.
    pub tracer_ns: f64,
    /// Amounts of all rows without their signs.
    pub gross_ns: f64,
}

impl Net {
    pub(super) fn of(rows: &[CallChange], unit: Unit) -> Net {
        let mut net = Net::default();
        for row in rows.iter().filter(|row| is_ranked(row)) {
            net.gross_ns += if counts(row, unit) { row.cost_ns().abs() } else { 0.0 };
            if row.is_between() {
                net.between_ns += row.cost_ns();
                net.tracer_ns += row.tracer_ns;
            } else {
                net.calls_ns += row.delta_ns();
                net.base_ns += row.base.time_ns().unwrap_or(0.0);
            }
        }
        net
    }

    /// What decides better or worse, ns per unit: per second of capture the time
    /// between calls is what the calls leave, and is left aside.
    #[must_use]
    pub fn total_ns(&self, unit: Unit) -> f64 {
        self.calls_ns + if unit == Unit::Second { 0.0 } else { self.between_ns }
    }
}

/// Whether a row may stand first.
pub(super) fn is_ranked(row: &CallChange) -> bool {
    !row.pacing && !row.child_wait
}

/// Whether a row's time is part of the total.
fn counts(row: &CallChange, unit: Unit) -> bool {
    !row.is_between() || unit != Unit::Second
}

/// Whether a row carries the net change: more than a trifle, and in its direction.
pub(super) fn carries(row: &CallChange, net: Net, unit: Unit) -> bool {
    is_ranked(row)
        && counts(row, unit)
        && row.cost_ns().abs() >= TRIFLE * net.gross_ns
        && row.cost_ns() * net.total_ns(unit) > 0.0
}

/// Parts the tracer's own pauses from the time between calls: calls times the
/// pause that is usual in the base. Nothing is parted where no tracer stops the
/// program at each call.
pub(super) fn part_tracer(rows: &mut [CallChange], base: &[Run], new: &[Run]) {
    let traced = base.iter().chain(new).all(|run| run.format != "scap");
    for row in rows.iter_mut().filter(|row| traced && row.is_between()) {
        let pause_ns = row.base.latencies.quantile(TYPICAL).unwrap_or(0) as f64;
        let more = row.new.rate().unwrap_or(0.0) - row.base.rate().unwrap_or(0.0);
        let part = pause_ns * more;
        // no more than there is, and in its direction
        row.tracer_ns = match row.delta_ns() {
            delta if delta * part <= 0.0 => 0.0,
            delta if part.abs() > delta.abs() => delta,
            _ => part,
        };
    }
}

/// Marks waits for children where the captures hold these themselves.
pub(super) fn mark_child_waits(rows: &mut [CallChange], base: &[Run], new: &[Run]) {
    let runs = || base.iter().chain(new);
    let made = |run: &Run| run.life.as_ref().is_some_and(|life| life.children > 0);
    if !runs().all(|run| run.per_run) || !runs().any(made) {
        return;
    }
    for row in rows {
        row.child_wait = CHILD_WAITS.contains(&row.event.as_str());
    }
}
