//! The statistics against scipy and numpy: `tests/reference/stats.py` computed
//! `stats.json` from the data in it, and the crate must say the same to 1e-9,
//! or within the histogram's error where a histogram stands between.

use std::path::Path;

use analyze::chisel::Histogram;
use analyze::compare::stats;
use serde::Deserialize;
use serde::de::DeserializeOwned;

const TOLERANCE: f64 = 1e-9;

/// One subject of the recorded answers.
fn recorded<T: DeserializeOwned>(subject: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/stats.json");
    let text = std::fs::read_to_string(path).unwrap();
    let mut all: serde_json::Value = serde_json::from_str(&text).unwrap();
    serde_json::from_value(all[subject].take()).unwrap()
}

/// Absolutely for figures up to 1, relatively for larger ones.
#[track_caller]
fn same(ours: f64, theirs: f64, what: &str) {
    let error = (ours - theirs).abs() / theirs.abs().max(1.0);
    assert!(error <= TOLERANCE, "{what}: {ours:e}, scipy says {theirs:e}");
}

/// Relatively, for figures that may be tiny.
#[track_caller]
fn alike(ours: f64, theirs: f64, what: &str) {
    let error = (ours - theirs).abs() / theirs.abs().max(f64::MIN_POSITIVE);
    assert!(error <= TOLERANCE, "{what}: {ours:e}, scipy says {theirs:e}");
}

#[derive(Deserialize)]
struct Student {
    cdf: Vec<(f64, f64, f64)>,
    two_sided: Vec<(f64, f64, f64)>,
    quantile: Vec<(f64, f64, f64)>,
}

#[test]
fn student_t_is_scipys() {
    let recorded: Student = recorded("student");
    assert!(recorded.cdf.len() > 200 && recorded.quantile.len() > 100);
    for (t, df, p) in recorded.cdf {
        same(stats::t_cdf(t, df), p, &format!("P(T < {t}), df {df}"));
    }
    for (t, df, p) in recorded.two_sided {
        alike(stats::two_sided_p(t, df), p, &format!("p of {t}, df {df}"));
    }
    for (p, df, t) in recorded.quantile {
        same(stats::t_quantile(p, df), t, &format!("quantile {p}, df {df}"));
    }
}

#[derive(Deserialize)]
struct Interval {
    base: (Vec<u64>, Vec<f64>),
    new: (Vec<u64>, Vec<f64>),
    expected: [f64; 5],
}

#[test]
fn the_interval_for_a_ratio_is_scipys() {
    let blocks = |(counts, sums): &(Vec<u64>, Vec<f64>)| {
        let pairs = counts.iter().zip(sums);
        pairs.map(|(count, sum)| stats::Blocks { count: *count, sum: *sum }).collect::<Vec<_>>()
    };
    let cases: Vec<Interval> = recorded("interval");
    assert_eq!(cases.len(), 3);
    for case in cases {
        let ours = stats::ratio_of_means(&blocks(&case.base), &blocks(&case.new), 0.95).unwrap();
        let figures = [ours.ratio, ours.low, ours.high, ours.log_se, ours.df];
        for (ours, theirs) in figures.into_iter().zip(case.expected) {
            same(ours, theirs, "ratio of means");
        }
    }
}

#[derive(Deserialize)]
struct Moderated {
    band: f64,
    runs: Vec<(Vec<f64>, Vec<f64>)>,
    within: Vec<Vec<f64>>,
    /// Log ratio, standard error, df, p, p after Holm.
    expected: Vec<[f64; 5]>,
}

#[test]
fn the_moderated_test_and_holm_are_scipys() {
    let cases: Vec<Moderated> = recorded("moderated");
    assert_eq!(cases.len(), 3);
    for case in cases {
        let sides = case.runs.into_iter().zip(case.within);
        let calls: Vec<stats::CallRuns> =
            sides.map(|((base, new), within)| stats::CallRuns { base, new, within }).collect();
        let ours = stats::moderated(&calls, case.band);
        assert_eq!(ours.len(), case.expected.len());
        for (ours, theirs) in ours.iter().zip(&case.expected) {
            same(ours.log_ratio, theirs[0], "log ratio");
            same(ours.se, theirs[1], "standard error");
            same(ours.df, theirs[2], "df");
            alike(ours.p, theirs[3], "p");
            alike(ours.p_adjusted, theirs[4], "p after Holm");
        }
    }
}

#[derive(Deserialize)]
struct Rank {
    base: Vec<f64>,
    new: Vec<f64>,
    p: f64,
}

#[test]
fn the_exact_rank_test_is_scipys() {
    let cases: Vec<Rank> = recorded("rank");
    assert_eq!(cases.len(), 6);
    for case in cases {
        let ours = stats::rank_p(&case.base, &case.new).unwrap();
        alike(ours, case.p, &format!("{:?} against {:?}", case.base, case.new));
    }
}

#[derive(Deserialize)]
struct Effect {
    base: Vec<u64>,
    new: Vec<u64>,
    /// Every bucket holds one value.
    exact: bool,
    delta: f64,
    wasserstein: f64,
    base_quantiles: Vec<f64>,
    new_quantiles: Vec<f64>,
}

fn histogram(values: &[u64]) -> Histogram {
    let mut histogram = Histogram::default();
    for ns in values {
        histogram.add(*ns);
    }
    histogram
}

/// The share of pairs in one bucket: by how much Cliff's delta may differ.
fn tied(base: &Histogram, new: &Histogram) -> f64 {
    let pairs = base.buckets().flat_map(|b| new.buckets().map(move |n| (b, n)));
    let same: u64 = pairs.filter(|(b, n)| b.low == n.low).map(|(b, n)| b.count * n.count).sum();
    same as f64 / (base.count() * new.count()) as f64
}

#[test]
fn effect_sizes_are_scipys_within_the_histograms_error() {
    let cases: Vec<Effect> = recorded("effect");
    assert_eq!(cases.iter().filter(|case| case.exact).count(), 1);
    for case in cases {
        let (base, new) = (histogram(&case.base), histogram(&case.new));
        let relative = if case.exact { TOLERANCE } else { 0.0079 };
        let delta = (stats::cliffs_delta(&base, &new).unwrap() - case.delta).abs();
        assert!(delta <= if case.exact { TOLERANCE } else { tied(&base, &new) }, "{delta}");
        let distance = (stats::wasserstein_ns(&base, &new).unwrap() - case.wasserstein).abs();
        assert!(distance <= stats::wasserstein_error_ns(&base, &new) + TOLERANCE, "{distance}");
        let shifts = stats::shift_function(&base, &new);
        assert_eq!(shifts.len(), case.base_quantiles.len());
        let quantiles = case.base_quantiles.iter().zip(&case.new_quantiles);
        for (shift, (base, new)) in shifts.iter().zip(quantiles) {
            assert!((shift.base_ns as f64 - base).abs() <= relative * base, "{shift:?} {base}");
            assert!((shift.new_ns as f64 - new).abs() <= relative * new, "{shift:?} {new}");
        }
    }
}

/// Span and groups: key, calls, total.
type Side = (u128, Vec<(u64, u64, u128)>);

#[derive(Deserialize)]
struct Decompose {
    base: Side,
    new: Side,
    parts: [String; 3],
}

#[test]
fn the_decomposition_is_that_of_pythons_fractions_exactly() {
    let side = |(span_ns, groups): Side| {
        let groups = groups
            .into_iter()
            .map(|(key, count, total_ns)| (key, stats::GroupTotal { count, total_ns }));
        stats::SideTotals { span_ns, groups: groups.collect() }
    };
    let cases: Vec<Decompose> = recorded("decompose");
    assert_eq!(cases.len(), 6);
    for case in cases {
        let ours = stats::decompose(&side(case.base), &side(case.new)).unwrap();
        for (ours, theirs) in [ours.rate, ours.per_call, ours.mix].iter().zip(&case.parts) {
            assert_eq!(format!("{}/{}", ours.numer(), ours.denom()), *theirs);
        }
    }
}

#[derive(Deserialize)]
struct Predict {
    logs: Vec<f64>,
    within: Vec<f64>,
    expected: [f64; 3],
}

#[test]
fn the_prediction_interval_is_scipys() {
    let cases: Vec<Predict> = recorded("predict");
    assert_eq!(cases.len(), 3);
    for case in cases {
        let ours = stats::predict(&case.logs, &case.within, 0.95).unwrap();
        for (ours, theirs) in [ours.log_mean, ours.low, ours.high].into_iter().zip(case.expected) {
            same(ours, theirs, "prediction");
        }
    }
}
