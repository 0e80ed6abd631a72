//! The columns of the tables: every field under its name with `_` for `.` and `[`, and
//! a few that no field gives.

use super::http::HttpPart;
use super::query::Table;
use crate::filter::fields::{Argument, Field, all, distance, lookup};
use crate::filter::value::FieldType;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// Whole numbers of 64 bits; times in ns.
    Int,
    /// Numbers with a fraction.
    Float,
    /// True or false.
    Bool,
    /// Text.
    Text,
    /// A time, ns since the epoch, UTC.
    Timestamp,
}

/// Where its values come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A field.
    Field(&'static Field, Argument),
    /// What the capture is called.
    Capture,
    /// Number of the capture among those of the command, from 1 on.
    Run,
    /// Time of the event.
    Time,
    /// Something of a request.
    Http(HttpPart),
}

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnType,
    /// Where its values come from.
    pub source: Source,
}

/// Columns of `SELECT *`.
pub const USUAL: [&str; 16] = [
    "capture",
    "evt_num",
    "evt_time",
    "evt_cpu",
    "evt_dir",
    "evt_type",
    "evt_latency",
    "evt_res",
    "evt_rawres",
    "proc_name",
    "proc_pid",
    "thread_tid",
    "container_name",
    "fd_num",
    "fd_type",
    "fd_name",
];

/// Columns of exported files unless others are asked for: those of `SELECT *`, and what
/// the chisels ask, but for the data of calls, which may be secret.
pub const EXPORTED: [&str; 48] = [
    "capture",
    "run",
    "evt_num",
    "evt_time",
    "evt_rawtime",
    "evt_rawtime_s",
    "evt_cpu",
    "evt_dir",
    "evt_type",
    "evt_category",
    "evt_latency",
    "evt_res",
    "evt_rawres",
    "evt_failed",
    "evt_is_io",
    "evt_is_io_read",
    "evt_is_io_write",
    "evt_is_wait",
    "evt_buflen",
    "evt_args",
    "evt_arg_path",
    "evt_arg_name",
    "evt_arg_addr",
    "evt_rawarg_res",
    "evt_rawarg_cpu_usr",
    "evt_rawarg_cpu_sys",
    "proc_name",
    "proc_pid",
    "proc_pname",
    "proc_args",
    "proc_cwd",
    "proc_duration",
    "proc_loginshellid",
    "thread_tid",
    "user_name",
    "container_id",
    "container_name",
    "fd_num",
    "fd_type",
    "fd_name",
    "fd_directory",
    "fd_filename",
    "fd_l4proto",
    "fd_cip",
    "fd_sip",
    "fd_cport",
    "fd_sport",
    "fd_lport",
];

/// The same of threads as they were when a capture began, and of their files.
const OF_THREADS: [&str; 23] = [
    "capture",
    "run",
    "evt_time",
    "thread_tid",
    "thread_ismain",
    "proc_pid",
    "proc_ppid",
    "proc_name",
    "proc_exepath",
    "proc_args",
    "proc_cwd",
    "proc_vmsize",
    "proc_vmrss",
    "proc_vmswap",
    "proc_fdlimit",
    "proc_fdopencount",
    "user_name",
    "container_id",
    "container_name",
    "container_image",
    "container_type",
    "proc_vpid",
    "thread_vtid",
];
const OF_FILES: [&str; 13] = [
    "fd_num",
    "fd_type",
    "fd_name",
    "fd_directory",
    "fd_filename",
    "fd_l4proto",
    "fd_cip",
    "fd_cport",
    "fd_sip",
    "fd_sport",
    "fd_lport",
    "fd_rport",
    "fd_is_server",
];

/// The same of containers.
const OF_CONTAINERS: [&str; 13] = [
    "capture",
    "run",
    "evt_time",
    "container_id",
    "container_name",
    "container_type",
    "container_image",
    "container_image_id",
    "container_image_repository",
    "container_image_tag",
    "container_image_digest",
    "container_privileged",
    "container_mounts",
];

/// Columns of `SELECT *`, and of exported files unless others are asked for.
#[must_use]
pub fn usual(table: Table, exported: bool) -> Vec<&'static str> {
    let http = HttpPart::ALL.map(|(name, _)| name);
    let events = if exported { &EXPORTED[..] } else { &USUAL };
    match table {
        Table::Events | Table::Calls => events.to_vec(),
        Table::Http => [&http, events].concat(),
        Table::Threads => OF_THREADS.to_vec(),
        Table::Files => [&OF_THREADS[..], &OF_FILES].concat(),
        Table::Containers => OF_CONTAINERS.to_vec(),
    }
}

/// Whether a table has a column: threads, files and containers are no events, and only
/// requests are requests.
#[must_use]
pub fn has(table: Table, column: &Column) -> bool {
    let classes: &[&str] = match table {
        Table::Threads => &["proc.", "thread.", "user.", "group.", "container."],
        Table::Files => &["proc.", "thread.", "user.", "group.", "container.", "fd."],
        Table::Containers => &["container."],
        Table::Events | Table::Calls | Table::Http => &[""],
    };
    match &column.source {
        Source::Field(field, _) => classes.iter().any(|class| field.name.starts_with(class)),
        Source::Http(_) => table == Table::Http,
        Source::Capture | Source::Run | Source::Time => true,
    }
}

/// The column of this name.
///
/// # Errors
/// The column with the most similar name, if one is similar at all.
pub fn column(name: &str) -> Result<Column, Option<String>> {
    let own = |kind, source| Ok(Column { name: name.to_owned(), kind, source });
    match name {
        "capture" => return own(ColumnType::Text, Source::Capture),
        "run" => return own(ColumnType::Int, Source::Run),
        "evt_time" => return own(ColumnType::Timestamp, Source::Time),
        _ => {}
    }
    if let Some((_, part)) = HttpPart::ALL.iter().find(|(known, _)| *known == name) {
        let kind = if part.is_number() { ColumnType::Int } else { ColumnType::Text };
        return own(kind, Source::Http(*part));
    }
    let (field, argument) = field(name).ok_or_else(|| nearest(name))?;
    let kind = match field.kind {
        FieldType::Text | FieldType::Bytes | FieldType::Ip | FieldType::Net => ColumnType::Text,
        FieldType::Signed | FieldType::Unsigned | FieldType::Time | FieldType::Port => {
            ColumnType::Int
        }
        FieldType::Bool => ColumnType::Bool,
        FieldType::Double => ColumnType::Float,
    };
    Ok(Column { name: name.to_owned(), kind, source: Source::Field(field, argument) })
}

/// A field's name as a column.
fn as_column(field: &Field) -> String {
    field.name.replace('.', "_")
}

fn field(name: &str) -> Option<(&'static Field, Argument)> {
    let mut candidates: Vec<(usize, &'static Field)> = all()
        .filter_map(|field| {
            let own = as_column(field);
            let rest = name.strip_prefix(&own)?;
            (rest.is_empty() || rest.starts_with('_')).then_some((own.len(), field))
        })
        .collect();
    // the longest name first: `evt_buflen_file` is no argument of `evt_buflen`
    candidates.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    candidates.into_iter().find_map(|(length, field)| {
        let rest = &name[length..];
        let Some(argument) = rest.strip_prefix('_') else {
            return lookup(field.name).ok();
        };
        [format!("{}.{argument}", field.name), format!("{}[{argument}]", field.name)]
            .iter()
            .find_map(|written| lookup(written).ok())
    })
}

/// Names of all columns; those that take an argument without one.
pub fn column_names() -> impl Iterator<Item = String> {
    let more = ["capture", "run"].into_iter().chain(HttpPart::ALL.map(|(name, _)| name));
    all().map(as_column).chain(more.map(str::to_owned))
}

fn nearest(name: &str) -> Option<String> {
    let (far, nearest) = column_names().map(|known| (distance(name, &known), known)).min()?;
    (far <= name.len().div_ceil(3)).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str) -> String {
        match column(name).unwrap().source {
            Source::Field(field, argument) => format!("{} {argument:?}", field.name),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn columns_are_fields_with_underscores() {
        assert_eq!(written("evt_type"), "evt.type None");
        assert_eq!(written("evt_arg_name"), "evt.arg Name(\"name\")");
        assert_eq!(written("evt_arg_1"), "evt.arg Bracket(\"1\")");
        assert_eq!(written("proc_aname_2"), "proc.aname Bracket(\"2\")");
        assert_eq!(written("evt_buflen_file_in"), "evt.buflen.file.in None");
        assert_eq!(written("evt_rawarg_res"), "evt.rawarg Name(\"res\")");
        assert_eq!(written("capture"), "Capture");
        assert_eq!(column("evt_time").unwrap().kind, ColumnType::Timestamp);
        assert_eq!(column("evt_is_io").unwrap().kind, ColumnType::Bool);
        assert_eq!(column("evt_latency").unwrap().kind, ColumnType::Int);
        assert_eq!(column("evt_latencyy").unwrap_err().as_deref(), Some("evt_latency"));
        assert_eq!(column("nothing_like_it_at_all").unwrap_err(), None);
        for name in USUAL {
            assert!(column(name).is_ok(), "{name}");
        }
    }
}
