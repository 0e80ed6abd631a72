//! Where a difference lies, in words.

use super::{EvenOver, FieldShare, Places, ValueShare};
use crate::chisel::CarrierField;
use crate::compare::{Unit, ratio_text};
use crate::event::{count_text, rate_text, time_text};

/// Fields told at most.
const TOLD: usize = 3;
/// Longest value that is written whole.
const LONGEST: usize = 60;

/// One line for each field that explains the change, best first; one that says
/// that it is spread over all; nothing if nothing can be said.
#[must_use]
pub fn places_lines(places: &Places, base: f64, new: f64, unit: Unit) -> Vec<String> {
    let mut lines: Vec<String> = places
        .fields
        .iter()
        .take(TOLD)
        .map(|field| told(field, places, (base, new), unit))
        .collect();
    if let Some(even) = &places.even {
        lines.push(format!("{}: spread evenly over {}.", places.call, all(even)));
    }
    lines
}

/// `all 1,204 paths`.
fn all(even: &EvenOver) -> String {
    let count = count_text(even.distinct);
    let several = even.field.info().several;
    if even.at_least {
        format!("at least {count} {several}")
    } else {
        format!("all {count} {several}")
    }
}

fn told(field: &FieldShare, places: &Places, units: (f64, f64), unit: Unit) -> String {
    let word = if places.delta_ns_per_unit > 0.0 { "added" } else { "saved" };
    let info = field.field.info();
    let most = if field.at_least { "at least " } else { "" };
    let several = field.values.len() > 1;
    let told = |values: &[ValueShare]| {
        let one = |value: &ValueShare| {
            if info.by_chance { by_mean(value) } else { one(value, units, unit) }
        };
        values.iter().map(one).collect::<Vec<_>>().join("; ")
    };
    let mut text = format!(
        "{}: {} of the {word} time is on {} {} of {most}{}, {}: {}",
        places.call,
        percent(field.share_of_delta_of_values),
        field.values.len(),
        if several { info.several } else { info.one },
        count_text(field.distinct),
        calls(field.share_of_calls_of_values),
        told(&field.values)
    );
    if !field.against.is_empty() && !info.by_chance {
        text.push_str(&format!("; the other way: {}", told(&field.against)));
    }
    text.push('.');
    text
}

/// `with 3 % of the calls`.
fn calls(share: f64) -> String {
    match share {
        0.0 => "with none of the calls before".into(),
        _ => format!("with {} of the calls", percent(share)),
    }
}

fn percent(share: f64) -> String {
    let share = share * 100.0;
    match share {
        99.5.. => "all".into(),
        _ if share > 0.0 && share < 1.0 => "less than 1 %".into(),
        _ => format!("{share:.0} %"),
    }
}

/// `cpu 1 (2.0x what others take, 8.4us)`.
fn by_mean(value: &ValueShare) -> String {
    let mean = time_text(value.new_ns.checked_div(value.new_count).unwrap_or(0));
    let name = &value.value;
    match value.ratio_mean {
        Some(ratio) => format!("{name} ({mean} each, {} the others)", ratio_text(ratio)),
        None => format!("{name} ({mean} each)"),
    }
}

/// `/data/x (4.0x slower, 2.1us → 8.4us)`.
fn one(value: &ValueShare, units: (f64, f64), unit: Unit) -> String {
    let name = short(&value.value);
    let mean = |ns: u64, count: u64| ns.checked_div(count);
    let (base, new) = (mean(value.base_ns, value.base_count), mean(value.new_ns, value.new_count));
    let rate = |count: u64, of: f64| rate_text(count as f64 / of);
    let suffix = unit.suffix();
    let (base_rate, new_rate) = (rate(value.base_count, units.0), rate(value.new_count, units.1));
    match (base, new, value.ratio_mean) {
        (None, Some(new), _) => {
            format!("{name} (new: {new_rate}{suffix}, {} each)", time_text(new))
        }
        (Some(base), None, _) => {
            format!("{name} (gone: {base_rate}{suffix}, {} each)", time_text(base))
        }
        (Some(base), Some(new), Some(ratio)) if !(0.8..=1.25).contains(&ratio) => {
            let means = format!("{} → {}", time_text(base), time_text(new));
            format!("{name} ({} as long per call, {means})", ratio_text(ratio))
        }
        _ => format!("{name} ({base_rate} → {new_rate}{suffix})"),
    }
}

/// The end of what is too long says more than its begin.
fn short(value: &str) -> String {
    let count = value.chars().count();
    if count <= LONGEST {
        return value.to_owned();
    }
    let end: String = value.chars().skip(count - LONGEST + 1).collect();
    format!("…{end}")
}

impl Places {
    /// The field that explains the most, if any does.
    #[must_use]
    pub fn first(&self) -> Option<(CarrierField, &FieldShare)> {
        self.fields.first().map(|field| (field.field, field))
    }
}
