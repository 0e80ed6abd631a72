//! From latencies to columns of pixels, from time to rows of pixels, and the
//! ticks of both.

/// The logarithmic axis of latency that all panels share.
#[derive(Clone, Debug)]
pub(super) struct LatencyAxis {
    left: i32,
    right: i32,
    low: f64,
    high: f64,
}

impl LatencyAxis {
    /// From `bounds`' first to its last edge over pixels `left` to `right`.
    pub fn new(bounds: &[u64], left: i32, right: i32) -> LatencyAxis {
        let edge = |ns: Option<&u64>| (ns.copied().unwrap_or(1).max(1) as f64).ln();
        LatencyAxis { left, right, low: edge(bounds.first()), high: edge(bounds.last()) }
    }

    /// The pixel at which a latency stands, within the axis.
    pub fn x(&self, ns: u64) -> i32 {
        let place = ((ns.max(1) as f64).ln() - self.low) / (self.high - self.low);
        let place = if place.is_finite() { place.clamp(0.0, 1.0) } else { 0.0 };
        self.left + (place * f64::from(self.right - self.left)).round() as i32
    }

    /// Whether a latency lies on the axis.
    pub fn holds(&self, ns: u64) -> bool {
        let place = (ns.max(1) as f64).ln();
        (self.low..=self.high).contains(&place)
    }

    /// Round latencies on the axis: each power of ten, and 2 and 5 times it;
    /// with whether it is a power of ten.
    pub fn ticks(&self) -> Vec<(u64, bool)> {
        (0..=18)
            .flat_map(|power| [1, 2, 5].map(|step| (step * 10u64.pow(power), step == 1)))
            .filter(|(ns, _)| self.holds(*ns))
            .collect()
    }
}

/// A round latency: `1us`, `20ms`.
pub(super) fn latency_text(ns: u64) -> String {
    match ns {
        1_000_000_000.. => format!("{}s", ns / 1_000_000_000),
        1_000_000.. => format!("{}ms", ns / 1_000_000),
        1_000.. => format!("{}us", ns / 1_000),
        _ => format!("{ns}ns"),
    }
}

/// The axis of time of one panel: rows of equal height, the same in all.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeAxis {
    pub top: i32,
    /// Rows that the longest panel has, and the pixels that these take.
    pub rows: u64,
    pub pixels: i32,
}

impl TimeAxis {
    /// The upper edge of a row.
    pub fn y(&self, row: u64) -> i32 {
        let pixels = u128::from(self.pixels.unsigned_abs());
        let below = u128::from(row) * pixels / u128::from(self.rows.max(1));
        self.top + i32::try_from(below.min(pixels)).unwrap_or(self.pixels)
    }

    /// The pixels of a row: at least one.
    pub fn span(&self, row: u64) -> (i32, i32) {
        let top = self.y(row).min(self.top + self.pixels - 1);
        (top, self.y(row.saturating_add(1)).max(top + 1))
    }
}

/// A round step of time, ns, of which `span` holds at most `most`.
pub(super) fn time_step(span_ns: u64, most: u64) -> u64 {
    let least = span_ns / most.max(1);
    let mut step = 1u64;
    loop {
        for times in [1, 2, 5] {
            let candidate = step.saturating_mul(times);
            if candidate >= least || candidate == u64::MAX {
                return candidate.max(1);
            }
        }
        step = step.saturating_mul(10);
    }
}

/// A multiple of a round step: `1.5 s`, `200 ms`.
pub(super) fn time_tick(ns: u64, step_ns: u64) -> String {
    let (unit, name) = match step_ns {
        100_000_000.. => (1_000_000_000, "s"),
        100_000.. => (1_000_000, "ms"),
        100.. => (1_000, "us"),
        _ => (1, "ns"),
    };
    let tenths = ns / (unit / 10).max(1) % 10;
    if step_ns < unit && unit > 1 {
        format!("{}.{tenths} {name}", ns / unit)
    } else {
        format!("{} {name}", ns / unit)
    }
}
