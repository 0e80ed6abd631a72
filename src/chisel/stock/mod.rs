//! Chisels: questions that are asked again and again, each a file with a head
//! and one query. Those of this repository's `chisels` are built in; a user's own lie
//! in folders of theirs, or are named by their path.

mod header;
mod list;

use std::path::{Path, PathBuf};

pub use header::{ArgumentType, ChiselArgument, Header, Unit, ValueColumn};

use super::sql::{column, condition};

/// A chisel.
#[derive(Clone, Debug)]
pub struct Chisel {
    /// Where it lies; `None`: it is built in.
    pub path: Option<PathBuf>,
    /// What its head says.
    pub header: Header,
    /// Its whole text.
    pub text: String,
}

impl Chisel {
    fn parse(path: Option<&Path>, text: &str) -> Result<Chisel, String> {
        let header = Header::parse(text).map_err(|(line, what)| {
            let name = path.map_or_else(|| "chisel".into(), |path| path.display().to_string());
            format!("{name}: line {line}: {what}")
        })?;
        Ok(Chisel { path: path.map(Path::to_owned), header, text: text.to_owned() })
    }

    /// Its query with the arguments in their places. Line and column are those of the
    /// file.
    ///
    /// # Errors
    /// When one is missing, unknown, or not what it must be.
    pub fn query(&self, given: &[(String, String)]) -> Result<String, String> {
        let name = &self.header.name;
        for (key, _) in given {
            if !self.header.arguments.iter().any(|argument| argument.name == *key) {
                let known: Vec<&str> =
                    self.header.arguments.iter().map(|argument| argument.name.as_str()).collect();
                return Err(if known.is_empty() {
                    format!("{name} takes no arguments, and {key} is given")
                } else {
                    format!("{name} has no argument {key}; it has {}", known.join(", "))
                });
            }
        }
        let mut text = self.text.clone();
        for argument in &self.header.arguments {
            let given = given.iter().rev().find(|(key, _)| *key == argument.name);
            let value = given.map(|(_, value)| value.as_str()).or(argument.default.as_deref());
            let value = value.ok_or_else(|| {
                format!("{name} needs --arg {}=…: {}", argument.name, argument.about)
            })?;
            text = text.replace(&format!("${}", argument.name), &literal(argument, value)?);
        }
        Ok(text)
    }
}

/// A value in SQL.
fn literal(argument: &ChiselArgument, value: &str) -> Result<String, String> {
    let name = &argument.name;
    match argument.kind {
        ArgumentType::Int => value
            .parse::<i64>()
            .map(|number| number.to_string())
            .map_err(|_| format!("--arg {name}={value}: a whole number is wanted")),
        ArgumentType::Text => Ok(format!("'{}'", value.replace('\'', "''"))),
        ArgumentType::Condition => condition(value)
            .map(|()| format!("({value})"))
            .map_err(|error| format!("--arg {name}={value}: {error}")),
        ArgumentType::Column => {
            // a field's name will do, too
            let written = value.replace(['.', '['], "_").replace(']', "");
            column(&written).map(|column| column.name).map_err(|nearest| {
                let nearest =
                    nearest.map_or_else(String::new, |near| format!("; did you mean {near}?"));
                format!("--arg {name}={value}: there is no such column{nearest}")
            })
        }
    }
}

/// The chisels that are built in, by name.
///
/// # Errors
/// When one of them cannot be read, which a test rules out.
pub fn built_in() -> Result<Vec<Chisel>, String> {
    list::FILES.iter().map(|(_, text)| Chisel::parse(None, text)).collect()
}

/// The chisels in a folder; none where there is no such folder.
///
/// # Errors
/// When one cannot be read.
pub fn in_folder(folder: &Path) -> Result<Vec<Chisel>, String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    paths.sort();
    paths.iter().map(|path| at(path)).collect()
}

/// The chisel in a file.
///
/// # Errors
/// When it cannot be read.
pub fn at(path: &Path) -> Result<Chisel, String> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
    Chisel::parse(Some(path), &text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chisel::sql::{Query, usual};

    #[test]
    fn every_file_is_built_in_and_can_be_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("chisels");
        let files = in_folder(&folder).unwrap();
        let built_in = built_in().unwrap();
        assert_eq!(files.len(), built_in.len());
        for (file, chisel) in files.iter().zip(&built_in) {
            assert_eq!(file.text, chisel.text);
            let stem = file.path.as_ref().unwrap().file_stem().unwrap();
            assert_eq!(stem.to_str(), Some(chisel.header.name.as_str()));
            let header = &chisel.header;
            assert!(!header.category.is_empty() && !header.about.is_empty(), "{stem:?}");
            let given: Vec<(String, String)> = header
                .arguments
                .iter()
                .filter(|argument| argument.default.is_none())
                .map(|argument| (argument.name.clone(), "fd.name".to_owned()))
                .collect();
            let query = chisel.query(&given).unwrap();
            assert!(!query.contains('$'), "{query}");
            let query = Query::parse(&query).unwrap_or_else(|error| panic!("{stem:?}: {error}"));
            // so that exported files answer all of them that need no data of calls
            for column in &query.columns {
                let name = column.name.as_str();
                let mut exported = query.tables.iter().flat_map(|table| usual(*table, true));
                let is_exported = exported.any(|known| known == name) || name == "evt_buffer";
                assert!(is_exported, "{stem:?}: {name}");
            }
        }
    }

    #[test]
    fn arguments_take_their_places() {
        let text = "-- name: x\n-- arg: by column - field\n-- arg: ms int 5 least\n-- arg: t text a text\nSELECT $by FROM calls WHERE evt_latency > $ms AND fd_name = $t";
        let chisel = Chisel::parse(None, text).unwrap();
        let given = |pairs: &[(&str, &str)]| {
            chisel.query(&pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect::<Vec<_>>())
        };
        let query = given(&[("by", "proc.aname[2]"), ("t", "it's")]).unwrap();
        assert!(query.ends_with(
            "SELECT proc_aname_2 FROM calls WHERE evt_latency > 5 AND fd_name = 'it''s'"
        ));
        assert!(given(&[]).unwrap_err().contains("needs --arg by="));
        assert!(given(&[("by", "fd.nme")]).unwrap_err().contains("fd_name"));
        assert!(given(&[("by", "fd.name"), ("ms", "1x")]).unwrap_err().contains("whole number"));
        assert!(given(&[("bi", "fd.name")]).unwrap_err().contains("it has by, ms, t"));
    }
}
