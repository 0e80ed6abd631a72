//! A check against a baseline, for people, for programs, for CI and for alerting.

mod json;
mod junit;
mod prometheus;
mod text;

pub use json::check_json;
pub use junit::check_junit;
pub use prometheus::check_prometheus;
pub use text::{check_headline, check_lines, check_table};

use crate::compare::Unit;
use crate::compare::check::Figure;
use crate::event::{bytes_text, rate_text, time_text};

/// A figure with its unit; `of`: what rates are divided by.
fn figure_text(figure: Figure, of: Unit, value: f64) -> String {
    let suffix = of.suffix();
    match figure {
        Figure::Bytes => bytes_text(value.round() as u64),
        Figure::Rate | Figure::ErrorsRate => format!("{}{suffix}", rate_text(value)),
        Figure::OffRate | Figure::Total => format!("{}{suffix}", time_text(value.round() as u64)),
        Figure::CallsPerRun => format!("{} per run", rate_text(value)),
        _ => time_text(value.round() as u64),
    }
}

/// The name of an asked figure: `lstat.mean`.
fn asked(call: &str, figure: Figure) -> String {
    format!("{call}.{}", figure.name())
}
