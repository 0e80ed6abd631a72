//! Classes `k8s`, `mesos`, `marathon`, and docker's events: sysdig asks the
//! orchestrator for these while it records; captures do not carry them, so
//! the fields exist, that filters may name them, and have no value.

use super::field::{ArgumentRule, Field, Needs};
use crate::filter::value::FieldType;

const fn absent(name: &'static str) -> Field {
    let about = "metadata of an orchestrator: not carried by captures, no value";
    Field::new(name, FieldType::Text, Needs::Header, about, |_, _, _| ())
}

const fn label(name: &'static str) -> Field {
    absent(name).takes(ArgumentRule::OptionalName)
}

/// The fields of this file.
pub(super) const FIELDS: &[Field] = &[
    absent("evt.infra.docker.container.id"),
    absent("evt.infra.docker.container.image"),
    absent("evt.infra.docker.container.name"),
    absent("evt.infra.docker.name"),
    absent("k8s.deployment.id"),
    label("k8s.deployment.label"),
    absent("k8s.deployment.labels"),
    absent("k8s.deployment.name"),
    absent("k8s.ns.id"),
    label("k8s.ns.label"),
    absent("k8s.ns.labels"),
    absent("k8s.ns.name"),
    absent("k8s.pod.id"),
    label("k8s.pod.label"),
    absent("k8s.pod.labels"),
    absent("k8s.pod.name"),
    absent("k8s.rc.id"),
    label("k8s.rc.label"),
    absent("k8s.rc.labels"),
    absent("k8s.rc.name"),
    absent("k8s.rs.id"),
    label("k8s.rs.label"),
    absent("k8s.rs.labels"),
    absent("k8s.rs.name"),
    absent("k8s.svc.id"),
    label("k8s.svc.label"),
    absent("k8s.svc.labels"),
    absent("k8s.svc.name"),
    absent("marathon.app.id"),
    label("marathon.app.label"),
    absent("marathon.app.labels"),
    absent("marathon.app.name"),
    absent("marathon.group.id"),
    absent("marathon.group.name"),
    absent("mesos.framework.id"),
    absent("mesos.framework.name"),
    absent("mesos.task.id"),
    label("mesos.task.label"),
    absent("mesos.task.labels"),
    absent("mesos.task.name"),
];
