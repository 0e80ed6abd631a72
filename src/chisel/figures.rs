//! What a comparison must know of a call beyond its totals: how its figures run
//! through the capture, which of its calls failed and why, which merely waited
//! until their time was up, and how many bytes it moved. It is counted by the
//! collector of `topscalls`, in the same walk.

use super::cells::{CallStats, Cell, Sample, Sense};
use super::histogram::Histogram;
use super::track::Track;
use crate::state::Pairing;

/// Result of a futex wait whose time was up.
const TIMED_OUT: i64 = -110;
/// Different errnos kept apart.
const ERRNOS: usize = 64;

/// Calls of one outcome.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Calls.
    pub count: u64,
    /// Their time, ns.
    pub total_ns: u64,
    /// Their latencies.
    pub latencies: Histogram,
    /// By time.
    pub track: Track,
}

impl Outcome {
    #[inline]
    fn add(&mut self, ts_ns: u64, ns: u64) {
        self.count += 1;
        self.total_ns = self.total_ns.saturating_add(ns);
        self.latencies.add(ns);
        self.track.add(ts_ns, ns);
    }

    fn merge(&mut self, other: &Outcome) {
        if other.count == 0 {
            return;
        }
        self.count += other.count;
        self.total_ns = self.total_ns.saturating_add(other.total_ns);
        self.latencies.merge(&other.latencies);
        self.track.merge(&other.track);
    }
}

/// What few calls have.
#[derive(Clone, Debug, Default)]
struct Rare {
    failed: Outcome,
    timed_out: Outcome,
    errnos: Vec<(i64, u64)>,
}

/// Figures of a call.
#[derive(Clone, Debug, Default)]
pub struct CallFigures {
    /// All its calls, as `topscalls` counts them.
    pub stats: CallStats,
    /// All its calls by time.
    pub track: Track,
    /// Bytes that its calls read or wrote.
    pub bytes: u64,
    /// Sum over the whole periods of the squared number of its calls, where
    /// periods are counted.
    pub period_squares: f64,
    rare: Option<Box<Rare>>,
}

impl Cell for CallFigures {
    const EACH_ENTER: bool = true;

    #[inline(always)]
    fn stats(&mut self) -> &mut CallStats {
        &mut self.stats
    }

    #[inline(always)]
    fn add(&mut self, sample: Sample) {
        self.stats.add(sample);
        if sample.pairing != Pairing::Paired || !sample.syscall {
            return;
        }
        self.track.add(sample.ts_ns, sample.ns);
        match sample.sense {
            Sense::Bytes if sample.result > 0 => self.bytes += sample.result as u64,
            Sense::Wait if sample.result == 0 => self.add_timed_out(sample),
            Sense::TimedWait if sample.result == TIMED_OUT => self.add_timed_out(sample),
            _ if sample.failed => self.add_failed(sample),
            _ => {}
        }
    }

    #[inline(always)]
    fn add_between(&mut self, ts_ns: u64, ns: u64) {
        self.stats.add_time(ns);
        self.track.add(ts_ns, ns);
    }

    fn end_period(&mut self) {
        self.period_squares = (self.stats.calls() as f64).powi(2);
    }

    fn merge(&mut self, other: &Self) {
        self.period_squares += other.period_squares;
        self.stats.merge(&other.stats);
        self.track.merge(&other.track);
        self.bytes += other.bytes;
        if let Some(other) = &other.rare {
            let rare = self.rare.get_or_insert_default();
            rare.failed.merge(&other.failed);
            rare.timed_out.merge(&other.timed_out);
            for (errno, count) in &other.errnos {
                rare.add_errno(*errno, *count);
            }
        }
    }
}

impl Rare {
    fn add_errno(&mut self, errno: i64, count: u64) {
        if let Some((_, known)) = self.errnos.iter_mut().find(|(known, _)| *known == errno) {
            *known += count;
        } else if self.errnos.len() < ERRNOS {
            self.errnos.push((errno, count));
        }
    }
}

impl CallFigures {
    #[cold]
    #[inline(never)]
    fn add_failed(&mut self, sample: Sample) {
        let rare = self.rare.get_or_insert_default();
        rare.failed.add(sample.ts_ns, sample.ns);
        rare.add_errno(sample.result, 1);
    }

    #[cold]
    #[inline(never)]
    fn add_timed_out(&mut self, sample: Sample) {
        self.rare.get_or_insert_default().timed_out.add(sample.ts_ns, sample.ns);
    }

    /// Those that failed; waits whose time was up are none of them.
    #[must_use]
    pub fn failed(&self) -> Option<&Outcome> {
        self.rare.as_ref().map(|rare| &rare.failed).filter(|outcome| outcome.count > 0)
    }

    /// Waits whose time was up: poll and its relatives with the result 0, futex
    /// with ETIMEDOUT.
    #[must_use]
    pub fn timed_out(&self) -> Option<&Outcome> {
        self.rare.as_ref().map(|rare| &rare.timed_out).filter(|outcome| outcome.count > 0)
    }

    /// Results of the failed calls (negative errnos) and how often each came, most
    /// often first.
    #[must_use]
    pub fn errnos(&self) -> Vec<(i64, u64)> {
        let mut errnos = self.rare.as_ref().map(|rare| rare.errnos.clone()).unwrap_or_default();
        errnos.sort_unstable_by_key(|(errno, count)| (std::cmp::Reverse(*count), -errno));
        errnos
    }
}
