//! Student's t distribution for any real number of degrees of freedom: Welch's
//! are seldom whole.
//!
//! For t ≥ 0 the upper tail is half the regularised incomplete beta function
//! I(df / 2, 1 / 2) at df / (df + t²) (Abramowitz and Stegun 1964, 26.7.1 and
//! 26.5.27), which `statrs` computes. Its own distribution takes the upper tail
//! as 1 minus the rest, and so keeps no digit of a small p; here the arguments
//! are chosen so that the side which is small is computed as such, and the other
//! is 1 minus it. The quantile is found by bisection: the library's inverse has
//! no digit right where p is 1e-9 on one degree of freedom.

use statrs::function::beta::checked_beta_reg;

/// P(T > t) for t ≥ 0.
fn upper_tail(t: f64, df: f64) -> f64 {
    let (a, b) = (df / 2.0, 0.5);
    let square = t * t;
    if square.is_infinite() {
        return 0.0;
    }
    let x = df / (df + square);
    // where the continued fraction converges as it stands
    if x < (a + 1.0) / (a + b + 2.0) {
        checked_beta_reg(a, b, x).map_or(f64::NAN, |tails| tails / 2.0)
    } else {
        let middle = checked_beta_reg(b, a, square / (df + square));
        middle.map_or(f64::NAN, |middle| (1.0 - middle) / 2.0)
    }
}

/// P(T ≤ t) with `df` > 0 degrees of freedom; NaN where `t` or `df` is not a
/// number that has one. Within 1e-9 for df up to 200, small results relatively
/// so.
#[must_use]
pub fn t_cdf(t: f64, df: f64) -> f64 {
    if t < 0.0 { upper_tail(-t, df) } else { 1.0 - upper_tail(t, df) }
}

/// P(|T| ≥ |t|), never rounded to 0 while a double can hold it.
#[must_use]
pub fn two_sided_p(t: f64, df: f64) -> f64 {
    2.0 * upper_tail(t.abs(), df)
}

/// The t below which the share `p` of the distribution lies; infinite at 0 and
/// 1, NaN outside.
#[must_use]
pub fn t_quantile(p: f64, df: f64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if p < 0.5 {
        return -quantile_of_tail(p, df);
    }
    quantile_of_tail(1.0 - p, df)
}

/// The t ≥ 0 above which the share `tail` ≤ 1/2 lies.
fn quantile_of_tail(tail: f64, df: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while upper_tail(high, df) > tail {
        low = high;
        high *= 2.0;
    }
    if tail <= 0.0 {
        return f64::INFINITY;
    }
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if upper_tail(middle, df) > tail {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREEDOMS: [f64; 9] = [1.0, 1.5, 2.0, 4.0, 8.0, 19.0, 27.3, 38.0, 200.0];

    #[test]
    fn one_and_two_degrees_have_closed_forms() {
        for t in [1e-9, 0.01, 0.5, 1.0, 3.0, 12.7, 1e3, 1e6] {
            let cauchy = 1.0 - (1.0f64 / t).atan() / std::f64::consts::PI;
            assert!((t_cdf(t, 1.0) - cauchy).abs() < 1e-13, "{t}");
            let root = (2.0f64 + t * t).sqrt();
            let p = 2.0 / (root * (root + t));
            assert!((two_sided_p(t, 2.0) / p - 1.0).abs() < 1e-12, "{t}");
        }
    }

    #[test]
    fn the_distribution_is_symmetric_and_rises() {
        for df in FREEDOMS {
            assert!((t_cdf(0.0, df) - 0.5).abs() < 1e-15);
            let mut before = 0.0;
            for step in -400..=400 {
                let t = f64::from(step) / 20.0;
                let here = t_cdf(t, df);
                assert!(here >= before, "{df} {t}");
                assert!((here + t_cdf(-t, df) - 1.0).abs() < 1e-14, "{df} {t}");
                before = here;
            }
        }
    }

    #[test]
    fn the_quantile_inverts_the_distribution_down_to_small_tails() {
        for df in FREEDOMS {
            for exponent in 1..=13 {
                let p = 10f64.powi(-exponent);
                let t = t_quantile(p, df);
                assert!((two_sided_p(t, df) / (2.0 * p) - 1.0).abs() < 1e-10, "{df} {p}");
            }
            assert!((t_quantile(0.975, df) + t_quantile(0.025, df)).abs() < 1e-10);
            assert!(t_quantile(0.5, df).abs() < 1e-12);
        }
    }

    #[test]
    fn what_has_no_value_is_not_a_number_and_ends() {
        assert!(t_quantile(1.0, 5.0).is_infinite() && t_quantile(0.0, 5.0) < 0.0);
        for (p, df) in [(-0.1, 3.0), (1.1, 3.0), (f64::NAN, 3.0), (0.5, 0.0), (0.5, f64::NAN)] {
            assert!(t_quantile(p, df).is_nan(), "{p} {df}");
        }
        assert!(t_cdf(f64::NAN, 3.0).is_nan());
        assert!(t_cdf(1.0, f64::NAN).is_nan());
        assert!(two_sided_p(f64::INFINITY, 3.0).abs() < 1e-300);
    }
}
