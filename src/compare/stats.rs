//! Stand-in until the full module is merged.
#![allow(missing_docs)]
use crate::chisel::Histogram;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blocks {
    pub count: u64,
    pub sum: f64,
}
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunLog {
    pub log: f64,
    pub variance: f64,
}
#[derive(Clone, Debug)]
pub struct CallRuns {
    pub base: Vec<RunLog>,
    pub new: Vec<RunLog>,
}
#[derive(Clone, Debug)]
pub struct Moderated {
    pub log_ratio: f64,
    pub se: f64,
    pub df: f64,
    pub p: f64,
    pub p_adjusted: f64,
    pub low: f64,
    pub high: f64,
}
pub struct RatioInterval {
    pub ratio: f64,
    pub low: f64,
    pub high: f64,
}
#[derive(Clone, Debug)]
pub struct Parts {
    pub delta_ns: f64,
    pub rate_ns: f64,
    pub per_call_ns: f64,
    pub mix_ns: f64,
}
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub calls: u64,
    pub total_ns: u128,
}
#[derive(Clone, Debug)]
pub struct Shift {
    pub cliffs_delta: f64,
    pub wasserstein_ns: f64,
    pub ratio_median: f64,
    pub quantiles: Vec<(f64, f64)>,
}

fn ln_gamma(x: f64) -> f64 {
    let g = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let mut a = 0.999_999_999_999_809_9;
    let t = x + 7.5;
    for (i, c) in g.iter().enumerate() {
        a += c / (x + i as f64 + 1.0);
    }
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + a.ln()
}
fn betacf(a: f64, b: f64, x: f64) -> f64 {
    let (mut c, mut d) = (1.0, 1.0 - (a + b) * x / (a + 1.0));
    d = 1.0 / d;
    let mut h = d;
    for m in 1..500 {
        let m = m as f64;
        let aa = m * (b - m) * x / ((a - 1.0 + 2.0 * m + 0.0) * (a + 2.0 * m));
        d = 1.0 / (1.0 + aa * d);
        c = 1.0 + aa / c;
        h *= d * c;
        let aa = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 1.0 + 2.0 * m));
        d = 1.0 / (1.0 + aa * d);
        c = 1.0 + aa / c;
        let del = d * c;
        h *= del;
        if (del - 1.0).abs() < 1e-15 {
            break;
        }
    }
    h
}
fn betai(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let bt = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        bt * betacf(a, b, x) / a
    } else {
        1.0 - bt * betacf(b, a, 1.0 - x) / b
    }
}
fn t_sf(t: f64, df: f64) -> f64 {
    let p = 0.5 * betai(df / 2.0, 0.5, df / (df + t * t));
    if t >= 0.0 { p } else { 1.0 - p }
}
#[must_use]
pub fn t_quantile(p: f64, df: f64) -> f64 {
    let (mut lo, mut hi) = (-1e4, 1e4);
    for _ in 0..200 {
        let mid = 0.5 * (lo + hi);
        if 1.0 - t_sf(mid, df) < p { lo = mid } else { hi = mid }
    }
    0.5 * (lo + hi)
}
#[must_use]
pub fn within(blocks: &[Blocks]) -> Option<RunLog> {
    let n: f64 = blocks.iter().map(|b| b.count as f64).sum();
    let s: f64 = blocks.iter().map(|b| b.sum).sum();
    if n <= 0.0 || s <= 0.0 {
        return None;
    }
    let k = blocks.len() as f64;
    let m = s / n;
    let e: f64 = blocks.iter().map(|b| (b.sum - m * b.count as f64).powi(2)).sum();
    Some(RunLog {
        log: m.ln(),
        variance: if k > 1.0 { e * k / (k - 1.0) / (n * n) / (m * m) } else { 0.0 },
    })
}
#[must_use]
pub fn ratio_of_means(base: &[Blocks], new: &[Blocks], confidence: f64) -> Option<RatioInterval> {
    let (a, b) = (within(base)?, within(new)?);
    let d = b.log - a.log;
    let df = (base.len().min(new.len()) as f64 - 1.0).max(1.0);
    let half = t_quantile((1.0 + confidence) / 2.0, df) * (a.variance + b.variance).sqrt();
    Some(RatioInterval { ratio: d.exp(), low: (d - half).exp(), high: (d + half).exp() })
}
#[must_use]
pub fn moderated(calls: &[CallRuns], band: f64) -> Vec<Moderated> {
    let stat = |runs: &[RunLog]| {
        let k = runs.len() as f64;
        let m = runs.iter().map(|r| r.log).sum::<f64>() / k;
        (
            m,
            runs.iter().map(|r| (r.log - m).powi(2)).sum::<f64>(),
            runs.iter().map(|r| r.variance).sum::<f64>() / k,
        )
    };
    let all: Vec<_> = calls
        .iter()
        .map(|c| {
            let (a, b) = (stat(&c.base), stat(&c.new));
            let df = (c.base.len() + c.new.len()) as f64 - 2.0;
            let s2 = ((a.1 + b.1) / df).max((a.2 + b.2) / 2.0);
            (b.0 - a.0, s2, df, 1.0 / c.base.len() as f64 + 1.0 / c.new.len() as f64)
        })
        .collect();
    let mut s: Vec<f64> = all.iter().map(|a| a.1).collect();
    s.sort_by(f64::total_cmp);
    let s0 = s.get(s.len() / 2).copied().unwrap_or(0.0);
    let mut out: Vec<Moderated> = all
        .iter()
        .map(|(d, s2, df, k)| {
            let v = (4.0 * s0 + df * s2) / (4.0 + df);
            let se = (v * k).sqrt();
            let d4 = df + 4.0;
            let t = (d.abs() - band.ln()) / se;
            let p = (t_sf(t, d4) + t_sf((d.abs() + band.ln()) / se, d4)).min(1.0);
            let half = t_quantile(0.975, d4) * se;
            Moderated { log_ratio: *d, se, df: d4, p, p_adjusted: p, low: d - half, high: d + half }
        })
        .collect();
    let mut order: Vec<usize> = (0..out.len()).collect();
    order.sort_by(|a, b| out[*a].p.total_cmp(&out[*b].p));
    let n = out.len();
    let mut worst = 0.0f64;
    for (i, at) in order.into_iter().enumerate() {
        worst = worst.max(((n - i) as f64 * out[at].p).min(1.0));
        out[at].p_adjusted = worst;
    }
    out
}
#[must_use]
pub fn rank_p(_: &[f64], _: &[f64]) -> f64 {
    1.0
}
#[must_use]
pub fn smallest_rank_p(_: usize, _: usize) -> f64 {
    0.1
}
#[must_use]
pub fn decompose(base: &[Group], new: &[Group], units_base: u64, units_new: u64) -> Option<Parts> {
    let f = |g: &[Group], u: u64| {
        let n: f64 = g.iter().map(|g| g.calls as f64).sum();
        (n / (u as f64 / 1e9), n)
    };
    let ((r0, n0), (r1, n1)) = (f(base, units_base), f(new, units_new));
    let t =
        |g: &[Group], u: u64| g.iter().map(|g| g.total_ns as f64).sum::<f64>() / (u as f64 / 1e9);
    let delta = t(new, units_new) - t(base, units_base);
    if n0 == 0.0 || n1 == 0.0 {
        return Some(Parts { delta_ns: delta, rate_ns: delta, per_call_ns: 0.0, mix_ns: 0.0 });
    }
    let (mut per, mut mix) = (0.0, 0.0);
    for (a, b) in base.iter().zip(new) {
        let (p0, p1) = (a.calls as f64 / n0, b.calls as f64 / n1);
        let m0 = if a.calls > 0 {
            a.total_ns as f64 / a.calls as f64
        } else if b.calls > 0 {
            b.total_ns as f64 / b.calls as f64
        } else {
            0.0
        };
        let m1 = if b.calls > 0 { b.total_ns as f64 / b.calls as f64 } else { m0 };
        per += (r0 + r1) / 2.0 * (p0 + p1) / 2.0 * (m1 - m0);
        mix += (r0 + r1) / 2.0 * (p1 - p0) * (m0 + m1) / 2.0;
    }
    Some(Parts { delta_ns: delta, rate_ns: delta - per - mix, per_call_ns: per, mix_ns: mix })
}
#[must_use]
pub fn shift(base: &Histogram, new: &Histogram) -> Option<Shift> {
    let r = new.quantile(0.5)? as f64 / base.quantile(0.5)?.max(1) as f64;
    Some(Shift { cliffs_delta: 0.0, wasserstein_ns: 0.0, ratio_median: r, quantiles: Vec::new() })
}
