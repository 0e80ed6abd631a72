//! Failed calls.

use super::{Judgement, Verdict, What};
use crate::compare::change::options::{ERRORS_FACTOR, ERRORS_SHARE, MORE_ERRORS};
use crate::compare::change::pooled::Pooled;

/// Whether failed calls are so many more or fewer that the succeeded ones must be
/// looked at alone.
pub fn errors_matter(base: &Pooled, new: &Pooled) -> bool {
    (base.failed_share() - new.failed_share()).abs() >= ERRORS_SHARE
        && base.errors.max(new.errors) as f64 >= MORE_ERRORS
}

/// Judges failures: they have at least doubled (or halved), by at least ten, and
/// their share of the calls has moved by two points.
pub fn errors(base: &Pooled, new: &Pooled) -> Option<Judgement> {
    if base.errors + new.errors == 0 {
        return None;
    }
    let rate = |side: &Pooled| side.errors as f64 / side.units.max(f64::MIN_POSITIVE);
    let (low, high) = if rate(base) < rate(new) { (base, new) } else { (new, base) };
    // the same time on both sides: what is more is more per unit
    let expected = rate(low) * high.units;
    let more = high.errors as f64 - expected;
    let changed = rate(high) >= ERRORS_FACTOR * rate(low)
        && more >= MORE_ERRORS
        && (base.failed_share() - new.failed_share()).abs() >= ERRORS_SHARE;
    let verdict = if changed { Verdict::Changed } else { Verdict::Unchanged };
    Some(Judgement { what: What::Errors, verdict, interval: None, p: None, ranks: None, why: None })
}
