//! Classes `user` and `group`: who a thread runs as.

use super::Context;
use super::field::{Field, Needs};
use crate::filter::value::{FieldType, Value};
use crate::state::User;

/// The fields of this file.
pub(super) const FIELDS: &[Field] = &[
    Field::new("user.uid", FieldType::Unsigned, Needs::Threads, "user id", |c, _, out| {
        out.extend(c.identity().map(|id| Value::Unsigned(u64::from(id.uid))))
    }),
    Field::new(
        "user.name",
        FieldType::Text,
        Needs::Threads,
        "user name, of the capture's list",
        |c, _, out| out.extend(user(c).map(|user| Value::text(&user.name))),
    ),
    Field::new("user.homedir", FieldType::Text, Needs::Threads, "home directory", |c, _, out| {
        out.extend(user(c).map(|user| Value::text(&user.home)))
    }),
    Field::new("user.shell", FieldType::Text, Needs::Threads, "login shell", |c, _, out| {
        out.extend(user(c).map(|user| Value::text(&user.shell)))
    }),
    Field::new(
        "user.loginuid",
        FieldType::Signed,
        Needs::Threads,
        "user id at login; -1: none",
        |c, _, out| {
            out.extend(c.details().map(|own| Value::Signed(i64::from(own.loginuid.cast_signed()))))
        },
    ),
    Field::new(
        "user.loginname",
        FieldType::Text,
        Needs::Threads,
        "user name at login",
        |c, _, out| out.extend(login(c).map(|user| Value::text(&user.name))),
    ),
    Field::new("group.gid", FieldType::Unsigned, Needs::Threads, "group id", |c, _, out| {
        out.extend(c.details().map(|own| Value::Unsigned(u64::from(own.gid))))
    }),
    Field::new(
        "group.name",
        FieldType::Text,
        Needs::Threads,
        "group name, of the capture's list",
        |c, _, out| {
            out.extend(c.details().and_then(|own| c.world.host.group(own.gid)).map(Value::text))
        },
    ),
];

fn user<'a>(c: &Context<'a>) -> Option<&'a User> {
    c.world.host.user(c.identity()?.uid)
}

fn login<'a>(c: &Context<'a>) -> Option<&'a User> {
    c.world.host.user(c.details()?.loginuid)
}
