//! The figures of one kind of event of one identity: a cell. Counts, sums,
//! minima and maxima are exact integers.

use super::histogram::Histogram;
use crate::state::{Event, Pairing};

/// Figures of calls. Times are ns.
#[derive(Clone, Debug, Default)]
pub struct CallStats {
    /// Enter events.
    pub enters: u64,
    /// Exit events.
    pub exits: u64,
    /// Exits that belong to their enter: the calls with a latency.
    pub paired: u64,
    /// Failed calls (result < 0) among the paired.
    pub errors_paired: u64,
    /// Failed calls among the other exits.
    pub errors_unpaired: u64,
    /// Sum of the latencies of paired calls.
    pub total_ns: u128,
    /// Shortest paired call.
    pub min_ns: Option<u64>,
    /// Longest paired call.
    pub max_ns: Option<u64>,
    /// Latencies of the paired calls.
    pub latencies: Histogram,
    /// Events as sysdig's `topscalls` counts them: enters and exits.
    pub sysdig_events: u64,
    /// Sum as sysdig's `topscalls_time` has it: all events, by its rule.
    pub sysdig_ns: u128,
}

impl CallStats {
    /// Counts one event; `failed`: its result is an errno.
    #[inline]
    pub fn add(&mut self, event: &Event<'_>, failed: bool, syscall: bool) {
        self.sysdig_events += 1;
        self.sysdig_ns += u128::from(event.latency_ns);
        if !syscall {
            return;
        }
        if !event.is_exit() {
            self.enters += 1;
            return;
        }
        self.exits += 1;
        if event.pairing != Pairing::Paired {
            self.errors_unpaired += u64::from(failed);
            return;
        }
        let ns = event.latency_ns;
        self.paired += 1;
        self.errors_paired += u64::from(failed);
        self.total_ns += u128::from(ns);
        self.min_ns = Some(self.min_ns.map_or(ns, |min| min.min(ns)));
        self.max_ns = Some(self.max_ns.map_or(ns, |max| max.max(ns)));
        self.latencies.add(ns);
    }

    /// Adds another cell's figures.
    pub fn merge(&mut self, other: &CallStats) {
        self.enters += other.enters;
        self.exits += other.exits;
        self.paired += other.paired;
        self.errors_paired += other.errors_paired;
        self.errors_unpaired += other.errors_unpaired;
        self.total_ns += other.total_ns;
        self.min_ns = self.min_ns.into_iter().chain(other.min_ns).min();
        self.max_ns = self.max_ns.into_iter().chain(other.max_ns).max();
        self.latencies.merge(&other.latencies);
        self.sysdig_events += other.sysdig_events;
        self.sysdig_ns += other.sysdig_ns;
    }

    /// Whether these calls have latencies: an exit has been paired, or enters
    /// were recorded. Writers since libs 0.22 record no enters.
    #[must_use]
    pub fn has_latency(&self) -> bool {
        self.paired > 0 || self.enters > 0
    }

    /// Calls: paired exits, or all exits where no enters were recorded.
    #[must_use]
    pub fn calls(&self) -> u64 {
        if self.has_latency() { self.paired } else { self.exits }
    }

    /// Failed calls among [`Self::calls`].
    #[must_use]
    pub fn errors(&self) -> u64 {
        if self.has_latency() {
            self.errors_paired
        } else {
            self.errors_paired + self.errors_unpaired
        }
    }

    /// Exits without an enter of their own, where enters were recorded.
    #[must_use]
    pub fn unpaired(&self) -> u64 {
        if self.has_latency() { self.exits - self.paired } else { 0 }
    }

    /// Total time in these calls, ns; `None` without latencies.
    #[must_use]
    pub fn time_ns(&self) -> Option<u128> {
        self.has_latency().then_some(self.total_ns)
    }

    /// Mean latency, ns, rounded down.
    #[must_use]
    pub fn mean_ns(&self) -> Option<u64> {
        let mean = self.total_ns.checked_div(u128::from(self.paired))?;
        u64::try_from(mean).ok()
    }

    /// A quantile of the latencies, ns, within 0.79 % and the exact extremes.
    #[must_use]
    pub fn quantile_ns(&self, quantile: f64) -> Option<u64> {
        let value = self.latencies.quantile(quantile)?;
        Some(value.clamp(self.min_ns?, self.max_ns?))
    }
}
