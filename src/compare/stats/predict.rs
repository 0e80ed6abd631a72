//! Where one more run of the same program would lie, given the runs of a
//! baseline.
//!
//! On the logs of the runs' means, with k runs of mean m and variance s²:
//! m ± t(k − 1) · s · √(1 + 1 / k), the textbook prediction interval for one
//! further value (Hahn and Meeker 1991, "Statistical intervals", section 4.7).
//! The runs may by chance lie closer together than one run is known, so s² is
//! never taken below the mean variance of a run's own mean.

use super::student::t_quantile;

/// An interval for the log of the next run's mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Mean of the logs of the baseline runs.
    pub log_mean: f64,
    /// Lower end, a log.
    pub low: f64,
    /// Upper end, a log.
    pub high: f64,
    /// Standard deviation that one run is predicted with, around `log_mean`.
    pub deviation: f64,
    /// Degrees of freedom.
    pub df: f64,
}

/// The interval that the next run lies in with probability `confidence` if
/// nothing changed: from the log mean of each baseline run and the variance
/// `within` that each run claims for its own. `None` with fewer than two runs
/// or a mean that has no log.
#[must_use]
pub fn predict(log_means: &[f64], within: &[f64], confidence: f64) -> Option<Prediction> {
    let runs = log_means.len();
    if runs < 2 || log_means.iter().any(|log| !log.is_finite()) {
        return None;
    }
    let (count, df) = (runs as f64, (runs - 1) as f64);
    let log_mean = log_means.iter().sum::<f64>() / count;
    let between = log_means.iter().map(|log| (log - log_mean).powi(2)).sum::<f64>() / df;
    let own = within.iter().sum::<f64>() / within.len().max(1) as f64;
    let deviation = (between.max(own) * (1.0 + 1.0 / count)).sqrt();
    let reach = t_quantile(f64::midpoint(1.0, confidence), df) * deviation;
    Some(Prediction { log_mean, low: log_mean - reach, high: log_mean + reach, deviation, df })
}

#[cfg(test)]
mod tests {
    use super::super::Sampler;
    use super::*;

    #[test]
    fn the_next_run_lies_inside_as_often_as_claimed() {
        let mut sampler = Sampler::new(21);
        for runs in [3, 5, 12] {
            let inside = (0..4000).filter(|_| {
                let logs: Vec<f64> = (0..runs).map(|_| 8.0 + 0.1 * sampler.normal()).collect();
                let next = 8.0 + 0.1 * sampler.normal();
                let claimed = predict(&logs, &[], 0.95).unwrap();
                claimed.low <= next && next <= claimed.high
            });
            let share = inside.count() as f64 / 4000.0;
            assert!((0.94..0.96).contains(&share), "{runs} runs: {share}");
        }
    }

    #[test]
    fn runs_that_agree_by_chance_claim_no_more_than_a_run_knows() {
        let claimed = predict(&[8.0; 5], &[0.01, 0.03], 0.95).unwrap();
        assert!((claimed.deviation.powi(2) - 0.02 * 1.2).abs() < 1e-12);
        assert!((claimed.high - 8.0 - 2.776_445 * claimed.deviation).abs() < 1e-6);
        assert_eq!(predict(&[8.0], &[], 0.95), None);
        assert_eq!(predict(&[8.0, f64::NEG_INFINITY], &[], 0.95), None);
    }
}
