//! Class `evt`: when, how long after, how long.

use super::field::{Argument, ArgumentRule, Field, Needs};
use super::{Context, TimeStyle};
use crate::event::{event_type, sysdig_time_text};
use crate::filter::value::{FieldType, Value, Values};
use crate::state::Event;

const SECOND: u64 = 1_000_000_000;
/// Seconds since the epoch that a trace without dates does not reach: 1973.
const FIRST_DATED: u64 = 100_000_000;

/// The fields of this file.
pub(super) const FIELDS: &[Field] = &[
    Field::new(
        "evt.time",
        FieldType::Text,
        Needs::Header,
        "local time of the day with ns",
        |c, _, out| out.push(day_time(c, true)),
    ),
    Field::new(
        "evt.time.s",
        FieldType::Text,
        Needs::Header,
        "local time of the day, whole seconds",
        |c, _, out| out.push(day_time(c, false)),
    ),
    Field::new(
        "evt.time.iso8601",
        FieldType::Text,
        Needs::Header,
        "date and time by ISO 8601, with ns and offset",
        iso8601,
    ),
    Field::new(
        "evt.datetime",
        FieldType::Text,
        Needs::Header,
        "local date and time with ns",
        |c, _, out| out.push(date_time(c, true)),
    ),
    Field::new(
        "evt.datetime.s",
        FieldType::Text,
        Needs::Header,
        "local date and time, whole seconds",
        |c, _, out| out.push(date_time(c, false)),
    ),
    Field::new(
        "evt.outputtime",
        FieldType::Text,
        Needs::Clock,
        "time as -t asks for it",
        output_time,
    )
    .printed_only(),
    Field::number("evt.rawtime", FieldType::Time, Needs::Header, "ns since the epoch", |c| {
        Some(c.event.raw.ts_ns)
    }),
    Field::number(
        "evt.rawtime.s",
        FieldType::Unsigned,
        Needs::Header,
        "seconds since the epoch",
        |c| Some(c.event.raw.ts_ns / SECOND),
    ),
    Field::new(
        "evt.rawtime.ns",
        FieldType::Unsigned,
        Needs::Header,
        "ns below the second",
        |c, _, out| out.push(Value::Unsigned(c.event.raw.ts_ns % SECOND)),
    ),
    Field::new(
        "evt.reltime",
        FieldType::Time,
        Needs::Header,
        "ns since the first event",
        |c, _, out| out.push(Value::Unsigned(since_first(c))),
    )
    .padded(),
    Field::new(
        "evt.reltime.s",
        FieldType::Unsigned,
        Needs::Header,
        "whole seconds since the first event",
        |c, _, out| out.push(Value::Unsigned(since_first(c) / SECOND)),
    ),
    Field::new(
        "evt.reltime.ns",
        FieldType::Unsigned,
        Needs::Header,
        "ns below the second since the first event",
        |c, _, out| out.push(Value::Unsigned(since_first(c) % SECOND)),
    )
    .padded(),
    Field::new(
        "evt.deltatime",
        FieldType::Time,
        Needs::Header,
        "ns since the event before that was asked for this",
        |c, _, out| out.push(Value::Unsigned(delta(c))),
    ),
    Field::new(
        "evt.deltatime.s",
        FieldType::Unsigned,
        Needs::Header,
        "whole seconds of evt.deltatime",
        |c, _, out| out.push(Value::Unsigned(delta(c) / SECOND)),
    ),
    Field::new(
        "evt.deltatime.ns",
        FieldType::Unsigned,
        Needs::Header,
        "ns below the second of evt.deltatime",
        |c, _, out| out.push(Value::Unsigned(delta(c) % SECOND)),
    )
    .padded(),
    Field::number(
        "evt.latency",
        FieldType::Time,
        Needs::Clock,
        "ns since the thread's last enter event; 0 for enters",
        latency_ns,
    ),
    Field::new(
        "evt.latency.s",
        FieldType::Unsigned,
        Needs::Clock,
        "whole seconds of the latency",
        |c, _, out| latency(c, out, |ns| Value::Unsigned(ns / SECOND)),
    ),
    Field::new(
        "evt.latency.ns",
        FieldType::Unsigned,
        Needs::Clock,
        "ns below the second of the latency",
        |c, _, out| latency(c, out, |ns| Value::Unsigned(ns % SECOND)),
    )
    .padded(),
    Field::new(
        "evt.latency.human",
        FieldType::Text,
        Needs::Clock,
        "latency with a unit",
        |c, _, out| latency(c, out, |ns| Value::made(sysdig_time_text(ns))),
    ),
    Field::new(
        "evt.latency.quantized",
        FieldType::Unsigned,
        Needs::Clock,
        "place of the latency on a scale of eleven decades in 110 columns; no value for 0",
        quantized,
    ),
    Field::new(
        "evt.wait_latency",
        FieldType::Time,
        Needs::Clock,
        "latency of the exits of calls that may wait",
        wait_latency,
    ),
    Field::new(
        "evt.around",
        FieldType::Unsigned,
        Needs::Header,
        "evt.around[NS]=MS: within MS milliseconds of the time NS",
        around,
    )
    .takes(ArgumentRule::Bracket)
    .filter_only(),
];

fn two(number: u64, out: &mut Vec<u8>) {
    out.push(b'0' + (number / 10 % 10) as u8);
    out.push(b'0' + (number % 10) as u8);
}

fn nine(mut number: u64, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + 9, b'0');
    for place in out[start..].iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Seconds of the local clock since the epoch, and ns.
fn local(c: &Context<'_>) -> (i64, u64) {
    let ts = c.event.raw.ts_ns;
    // a trace without dates has times of the day, or none: they stay as printed
    let undated = c.event.raw.layout.is_traced() && ts / SECOND < FIRST_DATED;
    let offset_s = if undated { 0 } else { c.settings.offset_s };
    ((ts / SECOND).cast_signed() + offset_s, ts % SECOND)
}

fn push_day_time(c: &Context<'_>, with_ns: bool, out: &mut Vec<u8>) {
    let (seconds, ns) = local(c);
    let second = seconds.rem_euclid(86_400) as u64;
    two(second / 3600, out);
    out.push(b':');
    two(second / 60 % 60, out);
    out.push(b':');
    two(second % 60, out);
    if with_ns {
        out.push(b'.');
        nine(ns, out);
    }
}

fn day_time<'a>(c: &Context<'a>, with_ns: bool) -> Value<'a> {
    let mut text = Vec::with_capacity(18);
    push_day_time(c, with_ns, &mut text);
    Value::made(text)
}

fn push_date(c: &Context<'_>, out: &mut Vec<u8>) {
    let (seconds, _) = local(c);
    if let Ok(time) = jiff::Timestamp::from_second(seconds) {
        let date = time.to_zoned(jiff::tz::TimeZone::UTC).date();
        out.extend_from_slice(date.to_string().as_bytes());
    }
}

fn date_time<'a>(c: &Context<'a>, with_ns: bool) -> Value<'a> {
    let mut text = Vec::with_capacity(30);
    push_date(c, &mut text);
    text.push(b' ');
    push_day_time(c, with_ns, &mut text);
    Value::made(text)
}

fn iso8601<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let mut text = Vec::with_capacity(36);
    push_date(c, &mut text);
    text.push(b'T');
    push_day_time(c, true, &mut text);
    let minutes = c.settings.offset_s.unsigned_abs() / 60;
    text.push(if c.settings.offset_s < 0 { b'-' } else { b'+' });
    two(minutes / 60, &mut text);
    two(minutes % 60, &mut text);
    out.push(Value::made(text));
}

/// `s.nnnnnnnnn`.
fn seconds<'a>(ns: u64) -> Value<'a> {
    let mut text = (ns / SECOND).to_string().into_bytes();
    text.push(b'.');
    nine(ns % SECOND, &mut text);
    Value::made(text)
}

fn output_time<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let ts = c.event.raw.ts_ns;
    out.push(match c.settings.time {
        TimeStyle::Human => day_time(c, true),
        // sysdig does not pad these ns with zeros
        TimeStyle::Absolute => Value::made(format!("{}.{}", ts / SECOND, ts % SECOND)),
        TimeStyle::Relative => seconds(since_first(c)),
        TimeStyle::Latency => seconds(c.event.latency_ns),
        TimeStyle::Delta => seconds(delta(c)),
    });
}

fn since_first(c: &Context<'_>) -> u64 {
    // the first event of a text is the first call that ended
    if c.event.raw.layout.is_traced() {
        return c.event.raw.ts_ns.saturating_sub(c.world.first_ns);
    }
    c.event.raw.ts_ns.wrapping_sub(c.world.first_ns)
}

fn delta(c: &Context<'_>) -> u64 {
    c.previous.delta(c.event.num, c.event.raw.ts_ns)
}

/// What a thread's statistics have: a thread, but no latency.
fn latency_ns(c: &Context<'_>) -> Option<u64> {
    has_latency(c.event).then_some(c.event.latency_ns)
}

/// Whether `evt.latency` has a value, 0 or more.
#[must_use]
pub fn has_latency(event: &Event<'_>) -> bool {
    event.slot.is_none() || !event_type(event.raw.code).is_some_and(|kind| kind.is_internal)
}

fn latency<'a>(c: &Context<'a>, out: &mut Values<'a>, value: impl Fn(u64) -> Value<'a>) {
    out.extend(latency_ns(c).map(value));
}

fn quantized<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let ns = c.event.latency_ns;
    if ns > 0 {
        let decades = (ns as f64).log10().min(11.0);
        out.push(Value::Unsigned((decades * 110.0 / 11.0) as u64 + 1));
    }
}

fn wait_latency<'a>(c: &Context<'a>, _: &Argument, out: &mut Values<'a>) {
    let waits = c.kind().is_some_and(|kind| kind.flags.waits && kind.is_exit());
    if waits && c.event.slot.is_some() {
        out.push(Value::Unsigned(c.event.latency_ns));
    }
}

/// Whole milliseconds to the time in brackets; compared with `=`, it is the
/// asked number wherever the event is as near.
fn around<'a>(c: &Context<'a>, argument: &Argument, out: &mut Values<'a>) {
    if let Ok(middle) = argument.text().parse::<u64>() {
        out.push(Value::Unsigned(c.event.raw.ts_ns.abs_diff(middle).div_ceil(1_000_000)));
    }
}
