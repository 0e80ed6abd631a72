//! Classes `user` and `group`: who a thread runs as.

use super::Context;
use super::field::{Field, Needs};
use crate::filter::value::{FieldType, Value};
use crate::state::User;

/// The fields of this file.
pub(super) const FIELDS: &[Field] = &[
    Field::new("user.uid", FieldType::Unsigned, Needs::Threads, "user id", |c, _, out| {
        out.extend(uid(c).map(|uid| Value::Unsigned(u64::from(uid))));
    }),
    Field::new(
        "user.name",
        FieldType::Text,
        Needs::Threads,
        "user name, of the capture's list",
        |c, _, out| out.extend(user(c).map(|user| Value::text(&user.name))),
    ),
    Field::new("user.homedir", FieldType::Text, Needs::Threads, "home directory", |c, _, out| {
        out.extend(user(c).map(|user| Value::text(&user.home)));
    }),
    Field::new("user.shell", FieldType::Text, Needs::Threads, "login shell", |c, _, out| {
        out.extend(user(c).map(|user| Value::text(&user.shell)));
    }),
    Field::new(
        "user.loginuid",
        FieldType::Signed,
        Needs::Threads,
        "user id at login; -1: none",
        |c, _, out| {
            out.extend(c.details().map(|own| Value::Signed(i64::from(own.loginuid.cast_signed()))));
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
        out.extend(gid(c).map(|gid| Value::Unsigned(u64::from(gid))));
    }),
    Field::new(
        "group.name",
        FieldType::Text,
        Needs::Threads,
        "group name, of the capture's list",
        |c, _, out| out.extend(gid(c).and_then(|gid| c.world.host.group(gid)).map(Value::text)),
    ),
];

/// Who runs it; a container's description is said to come from root.
fn uid(c: &Context<'_>) -> Option<u32> {
    let described = c.event.described.map(|_| 0);
    described.or(c.identity().map(|identity| identity.uid))
}

fn gid(c: &Context<'_>) -> Option<u32> {
    let described = c.event.described.map(|_| 0);
    described.or(c.details().map(|own| own.gid))
}

fn user<'a>(c: &Context<'a>) -> Option<&'a User> {
    c.world.host.user(uid(c)?)
}

fn login<'a>(c: &Context<'a>) -> Option<&'a User> {
    c.world.host.user(c.details()?.loginuid)
}
