//! How times, counts and sizes are written, and how a duration is read. Times
//! are ns inside and in data formats; on screen they have three digits.

/// A time in ns with three digits, rounded to nearest: `1.59ms`, `75.0ms`,
/// `437ns`, `5,025s`.
#[must_use]
pub fn time_text(ns: u64) -> String {
    for (unit, name) in [(1_000_u128, "us"), (1_000_000, "ms"), (1_000_000_000, "s")] {
        if ns < 1_000 {
            break;
        }
        let rounded = |digits: u64| (u128::from(ns) * u128::from(digits) + unit / 2) / unit;
        let (whole, tenths, hundredths) = (rounded(1), rounded(10), rounded(100));
        if hundredths < 1_000 {
            return format!("{}.{:02}{name}", hundredths / 100, hundredths % 100);
        }
        if tenths < 1_000 {
            return format!("{}.{}{name}", tenths / 10, tenths % 10);
        }
        if whole < 1_000 || name == "s" {
            return format!("{}{name}", count_text(u64::try_from(whole).unwrap_or(u64::MAX)));
        }
    }
    format!("{ns}ns")
}

/// A time in ns as sysdig writes it, digits cut off and not rounded: `437ns`,
/// `4.97us`, `40us`, `1.59ms`, `75ms`, `1.00s`.
#[must_use]
pub fn sysdig_time_text(ns: u64) -> String {
    let hundredths = |unit: u64| format!("{}.{:02}", ns / unit, ns % unit * 100 / unit);
    match ns {
        1_000_000_000.. => format!("{}s", hundredths(1_000_000_000)),
        10_000_000.. => format!("{}ms", ns / 1_000_000),
        1_000_000.. => format!("{}ms", hundredths(1_000_000)),
        10_000.. => format!("{}us", ns / 1_000),
        1_000.. => format!("{}us", hundredths(1_000)),
        _ => format!("{ns}ns"),
    }
}

/// A count with thin groups of three digits: `1,234,567`.
#[must_use]
pub fn count_text(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A rate: `12,345`, `32.1`, `0.04`.
#[must_use]
pub fn rate_text(rate: f64) -> String {
    match rate {
        100.0.. => count_text(rate.round() as u64),
        10.0.. => format!("{rate:.1}"),
        _ => format!("{rate:.2}"),
    }
}

/// A count and what is counted: `1 place`, `2 places`.
#[must_use]
pub fn several(count: u64, what: &str) -> String {
    format!("{} {what}{}", count_text(count), if count == 1 { "" } else { "s" })
}

/// A size in bytes: `512 B`, `1.3 MiB`.
#[must_use]
pub fn bytes_text(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

/// Reads a duration such as `1.5s`, `20ms`, `7us`, `300` (seconds without a
/// unit) as ns.
///
/// # Errors
/// Says what was expected when the text is no duration.
pub fn parse_duration_ns(text: &str) -> Result<u64, String> {
    let wrong = || format!("'{text}' is no duration; write 1.5s, 20ms, 7us, 300ns, 2m or 1h");
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let scale = match unit {
        "" | "s" => 1e9,
        "ms" => 1e6,
        "us" => 1e3,
        "ns" => 1.0,
        "m" => 60e9,
        "h" => 3600e9,
        _ => return Err(wrong()),
    };
    let value: f64 = number.trim().parse().map_err(|_| wrong())?;
    let ns = (value * scale).round();
    if ns.is_finite() && (0.0..1.8e19).contains(&ns) { Ok(ns as u64) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_rounded_to_nearest() {
        for (ns, text) in [
            (0, "0ns"),
            (999, "999ns"),
            (1_000, "1.00us"),
            (2_138, "2.14us"),
            (4_975, "4.98us"),
            (9_995, "10.0us"),
            (40_999, "41.0us"),
            (999_499, "999us"),
            (999_500, "1.00ms"),
            (1_598_897, "1.60ms"),
            (75_949_999, "75.9ms"),
            (999_999_999, "1.00s"),
            (5_025_400_000_000, "5,025s"),
            (u64::MAX, "18,446,744,074s"),
        ] {
            assert_eq!(time_text(ns), text);
        }
    }

    #[test]
    fn sysdig_cuts_digits_off() {
        for (ns, text) in [
            (437, "437ns"),
            (4_975, "4.97us"),
            (40_999, "40us"),
            (1_598_897, "1.59ms"),
            (75_999_999, "75ms"),
            (1_009_999_999, "1.00s"),
        ] {
            assert_eq!(sysdig_time_text(ns), text);
        }
    }

    #[test]
    fn durations_are_read_in_every_unit() {
        assert_eq!(parse_duration_ns("1.5s"), Ok(1_500_000_000));
        assert_eq!(parse_duration_ns("20ms"), Ok(20_000_000));
        assert_eq!(parse_duration_ns("3"), Ok(3_000_000_000));
        assert!(parse_duration_ns("5 parsec").is_err());
        assert!(parse_duration_ns("-1s").is_err());
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count_text(7), "7");
        assert_eq!(count_text(1_234_567), "1,234,567");
    }
}
