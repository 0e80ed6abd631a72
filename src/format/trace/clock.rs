//! Which time a line's time is. Tracers print times since the epoch, times of
//! a day that is not told, times since the line before, or none; the events
//! made of them carry ns since the epoch, or since an origin of their own.

use super::line::{Head, Time};

/// Where times begin that are not since the epoch: a whole day after it, so
/// that the time of day reads as printed, and no time is 0 ns.
pub const ORIGIN_NS: u64 = DAY_NS;
const DAY_NS: u64 = 86_400_000_000_000;
const SECOND_NS: u64 = 1_000_000_000;
/// How far two whole-second times and the steps between may differ.
const SLACK_NS: u64 = 2 * SECOND_NS;

/// What a capture's times are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TraceClock {
    /// There are none.
    #[default]
    None,
    /// Since the epoch.
    Epoch,
    /// Of a day whose date is not told, and of the days that follow.
    Day,
    /// Since the first line.
    Relative,
    /// Since the start of the trace, or of the machine.
    Start,
}

impl TraceClock {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TraceClock::None => "none",
            TraceClock::Epoch => "epoch",
            TraceClock::Day => "time_of_day",
            TraceClock::Relative => "since_first_line",
            TraceClock::Start => "since_start",
        }
    }
}

/// Keeps the time of one file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// What its times are.
    pub kind: TraceClock,
    /// Midnight of the day of the last line, since that of the first.
    midnight_ns: u64,
    /// Time of day of the last line.
    day_ns: u64,
    /// Time of the last line.
    now_ns: Option<u64>,
}

impl Clock {
    /// Before the first lines, whose times these are: perf trace has none for a call
    /// that it found begun, and that belongs where the first time is, not hours before.
    pub fn begin(&mut self, mut times: impl Iterator<Item = Time>) {
        if self.now_ns.is_some() {
            return;
        }
        self.now_ns = times.find_map(|time| match time {
            Time::Start(ns) => Some(ORIGIN_NS.saturating_add(ns)),
            _ => None,
        });
    }

    /// The time of a line, ns; `None` if it has none.
    pub fn time(&mut self, head: &Head<'_>) -> Option<u64> {
        let now_ns = match (head.time, head.since_ns) {
            (Time::None, None) => return None,
            (Time::None, Some(since_ns)) => {
                self.kind = TraceClock::Relative;
                self.now_ns.unwrap_or(ORIGIN_NS).saturating_add(since_ns)
            }
            (Time::Epoch(ns), _) => {
                self.kind = TraceClock::Epoch;
                ns
            }
            (Time::EpochSecond(ns), since_ns) => {
                self.kind = TraceClock::Epoch;
                self.finer(ns, since_ns)
            }
            (Time::Day(ns), _) => self.of_day(ns),
            (Time::DaySecond(ns), since_ns) => {
                let ns = self.of_day(ns);
                self.finer(ns, since_ns)
            }
            (Time::Start(ns), _) => {
                self.kind = TraceClock::Start;
                ORIGIN_NS.saturating_add(ns)
            }
        };
        self.now_ns = Some(now_ns);
        Some(now_ns)
    }

    /// Time of the last line that had one.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.now_ns.unwrap_or(ORIGIN_NS)
    }

    /// The file is the next of several: where its times have no origin of their
    /// own they go on from those of the one before.
    pub fn follow(&mut self, before: Clock) {
        match before.kind {
            TraceClock::Relative | TraceClock::Day => *self = before,
            _ => self.now_ns = before.now_ns.filter(|_| before.kind == TraceClock::None),
        }
    }

    /// Sets it on, where lines tell how long calls took and nothing else.
    pub fn pass(&mut self, took_ns: u64) -> u64 {
        let begin = self.now();
        self.now_ns = Some(begin.saturating_add(took_ns));
        begin
    }

    /// A time of the day goes back by more than half a day at midnight; by less,
    /// two lines have changed places.
    fn of_day(&mut self, ns: u64) -> u64 {
        let half = DAY_NS / 2;
        if self.kind == TraceClock::Day {
            if ns.saturating_add(half) < self.day_ns {
                self.midnight_ns = self.midnight_ns.saturating_add(DAY_NS);
            } else if ns > self.day_ns.saturating_add(half) && self.midnight_ns > 0 {
                self.midnight_ns = self.midnight_ns.saturating_sub(DAY_NS);
            }
        }
        self.kind = TraceClock::Day;
        self.day_ns = ns;
        ORIGIN_NS.saturating_add(self.midnight_ns).saturating_add(ns)
    }

    /// Whole seconds with steps between the lines: the steps count, from the
    /// first second on, as long as they stay near.
    fn finer(&self, second_ns: u64, since_ns: Option<u64>) -> u64 {
        let (Some(now_ns), Some(since_ns)) = (self.now_ns, since_ns) else {
            return second_ns;
        };
        let stepped = now_ns.saturating_add(since_ns);
        if stepped.abs_diff(second_ns) <= SLACK_NS { stepped } else { second_ns }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    fn times(heads: &[(Time, Option<u64>)]) -> Vec<Option<u64>> {
        let mut clock = Clock::default();
        let time = |(time, since_ns): &(Time, Option<u64>)| {
            let head = Head { time: *time, since_ns: *since_ns, ..Head::default() };
            Some(clock.time(&head)? - ORIGIN_NS)
        };
        heads.iter().map(time).collect()
    }

    #[test]
    fn midnight_is_passed_and_small_steps_back_are_not() {
        let late = DAY_NS - 5;
        let day = |ns| (Time::Day(ns), None);
        let got = times(&[day(late), day(late - 3), day(2), day(DAY_NS - 1), day(7)]);
        let want = [late, late - 3, DAY_NS + 2, DAY_NS - 1, DAY_NS + 7];
        assert_eq!(got, want.map(Some));
    }

    #[test]
    fn a_call_found_begun_stands_where_the_first_time_is() {
        let mut clock = Clock::default();
        clock.begin([Time::None, Time::Start(7), Time::Start(9)].into_iter());
        assert_eq!(clock.time(&Head::default()), None);
        assert_eq!(clock.now(), ORIGIN_NS + 7);
        clock.begin([Time::Start(1)].into_iter());
        assert_eq!(clock.now(), ORIGIN_NS + 7, "only once");
        let mut without = Clock::default();
        without.begin([Time::None, Time::Epoch(7)].into_iter());
        assert_eq!(without.now(), ORIGIN_NS);
    }

    #[test]
    fn steps_add_up() {
        let step = |ns| (Time::None, Some(ns));
        assert_eq!(
            times(&[step(0), step(5), (Time::None, None), step(7)]),
            [Some(0), Some(5), None, Some(12)]
        );
        let second = |s: u64, ns| (Time::DaySecond(s * SECOND_NS), Some(ns));
        let got = times(&[second(60, 9), second(60, 300), second(61, 900), second(99, 1)]);
        assert_eq!(
            got,
            [60 * SECOND_NS, 60 * SECOND_NS + 300, 60 * SECOND_NS + 1200, 99 * SECOND_NS].map(Some)
        );
    }
}
