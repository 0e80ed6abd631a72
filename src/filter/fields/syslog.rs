//! Class `syslog`: what a program writes to the system log, `<PRI>message`.

use super::Context;
use super::evt_io::written;
use super::field::{Field, Needs};
use crate::filter::value::{FieldType, Value};

/// The fields of this file.
pub(super) const FIELDS: &[Field] = &[
    Field::new(
        "syslog.facility",
        FieldType::Unsigned,
        Needs::Fds,
        "facility as a number",
        |c, _, out| out.extend(message(c).map(|m| Value::Unsigned(m.priority / 8))),
    ),
    Field::new(
        "syslog.facility.str",
        FieldType::Text,
        Needs::Fds,
        "facility by name",
        |c, _, out| out.extend(message(c).map(|m| Value::text(word(&FACILITIES, m.priority / 8)))),
    ),
    Field::new(
        "syslog.severity",
        FieldType::Unsigned,
        Needs::Fds,
        "severity as a number",
        |c, _, out| out.extend(message(c).map(|m| Value::Unsigned(m.priority % 8))),
    ),
    Field::new(
        "syslog.severity.str",
        FieldType::Text,
        Needs::Fds,
        "severity by name",
        |c, _, out| out.extend(message(c).map(|m| Value::text(word(&SEVERITIES, m.priority % 8)))),
    ),
    Field::new("syslog.message", FieldType::Text, Needs::Fds, "the message", |c, _, out| {
        out.extend(message(c).map(|m| Value::text(m.text)));
    }),
];

const SEVERITIES: [&str; 8] = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];

const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "clock", "authpriv",
    "ftp", "ntp", "logaudit", "logalert", "cron", "local0", "local1", "local2", "local3", "local4",
    "local5", "local6", "local7",
];

struct Message<'a> {
    priority: u64,
    text: &'a [u8],
}

fn word(words: &'static [&'static str], number: u64) -> &'static str {
    usize::try_from(number).ok().and_then(|at| words.get(at)).copied().unwrap_or("<NA>")
}

fn message<'a>(c: &Context<'a>) -> Option<Message<'a>> {
    let rest = written(c)?.strip_prefix(b"<")?;
    let end = rest.iter().take(5).position(|byte| *byte == b'>')?;
    let priority = std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()?;
    Some(Message { priority, text: rest.get(end + 1..)? })
}

/// What a listing shows of such a message instead of arguments.
pub(super) fn line(c: &Context<'_>) -> Option<Vec<u8>> {
    let message = message(c)?;
    let mut line = b"syslog sev=".to_vec();
    line.extend_from_slice(word(&SEVERITIES, message.priority % 8).as_bytes());
    line.extend_from_slice(b" msg=");
    line.extend_from_slice(message.text);
    Some(line)
}
