//! Colours that keep their meaning for everybody: a scale for counts whose
//! lightness falls evenly (anchors of matplotlib's viridis, from its yellow
//! end), one for differences between blue and orange (lightness alike on both
//! sides), and for lines the hues that Okabe and Ito chose for the colour-blind.

use super::scene::Rgb;

/// From few to many.
const COUNTS: [Rgb; 9] = [
    [253, 231, 37],
    [170, 220, 50],
    [94, 201, 98],
    [39, 173, 129],
    [33, 145, 140],
    [44, 114, 142],
    [59, 82, 139],
    [71, 45, 123],
    [68, 1, 84],
];

/// From many fewer over no change to many more.
const CHANGES: [Rgb; 9] = [
    [5, 48, 97],
    [33, 102, 172],
    [67, 147, 195],
    [146, 197, 222],
    [247, 247, 247],
    [253, 184, 99],
    [224, 130, 20],
    [179, 88, 6],
    [127, 59, 8],
];

/// Lines of distributions.
const LINES: [Rgb; 8] = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [86, 180, 233],
    [230, 159, 0],
    [0, 0, 0],
    [150, 140, 30],
];

/// The colour of a capture's line.
pub(super) fn line(number: usize) -> Rgb {
    LINES[number % LINES.len()]
}

/// The colour at `place` (0 to 1) between evenly spaced anchors.
fn between(anchors: &[Rgb; 9], place: f64) -> Rgb {
    let place = if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) } * 8.0;
    let low = (place.floor() as usize).min(7);
    let part = place - low as f64;
    let mix = |at: usize| {
        let (from, to) = (f64::from(anchors[low][at]), f64::from(anchors[low + 1][at]));
        (from + (to - from) * part).round() as u8
    };
    [mix(0), mix(1), mix(2)]
}

/// The colour of a count where `most` is the highest: logarithmic.
pub(super) fn count(count: u64, most: u64) -> Rgb {
    between(&COUNTS, count_place(count, most))
}

/// Where a count stands on the scale, 0 to 1.
pub(super) fn count_place(count: u64, most: u64) -> f64 {
    if most <= 1 {
        return 0.0;
    }
    (count.max(1) as f64).ln() / (most as f64).ln()
}

/// The colour at a place of the scale of counts.
pub(super) fn count_at(place: f64) -> Rgb {
    between(&COUNTS, place)
}

/// The colour of a change where `most` is the largest either way; small ones
/// are lifted (square root), so that they are seen.
pub(super) fn change(change: f64, most: f64) -> Rgb {
    let part = if most > 0.0 { (change / most).clamp(-1.0, 1.0) } else { 0.0 };
    change_at(part.abs().sqrt() * part.signum())
}

/// The colour at a place (-1 to 1) of the scale of changes.
pub(super) fn change_at(place: f64) -> Rgb {
    between(&CHANGES, f64::midpoint(place, 1.0))
}
