//! Captures of several files that one argument names: what `strace -ff -o out`
//! writes is `out.31584`, `out.31585`, one file a thread. The argument may be
//! the folder that holds them, their name without the number (`out`), or a
//! quoted pattern (`'out.*'`).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::format::trace::thread_of_name;

/// The files that an argument stands for, if it is no file itself. Empty: it
/// stands for none.
///
/// # Errors
/// When a folder holds the files of several runs.
pub fn files(argument: &str) -> Result<Vec<PathBuf>, String> {
    let path = Path::new(argument);
    if path.is_dir() {
        return of_folder(path, argument);
    }
    if path.exists() {
        return Ok(Vec::new());
    }
    if argument.contains(['*', '?', '[']) {
        let found = glob::glob(argument).map(|paths| paths.flatten().collect());
        return Ok(threads(found.unwrap_or_default()));
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(Vec::new());
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let wanted = name.to_string_lossy();
    let found = threads(listed(folder)).into_iter();
    Ok(found.filter(|path| prefix(path).as_deref() == Some(&*wanted)).collect())
}

fn of_folder(folder: &Path, argument: &str) -> Result<Vec<PathBuf>, String> {
    let found = threads(listed(folder));
    let names: BTreeSet<String> = found.iter().filter_map(|path| prefix(path)).collect();
    if names.len() > 1 {
        let list: Vec<String> = names.iter().map(|name| format!("{argument}/{name}")).collect();
        return Err(format!(
            "{argument}: holds the files of several traces; name one of them: {}",
            list.join(", ")
        ));
    }
    Ok(found)
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// Those whose names end in a thread's number, in order of the numbers.
fn threads(paths: Vec<PathBuf>) -> Vec<PathBuf> {
    let number = |path: &PathBuf| thread_of_name(&path.to_string_lossy());
    let mut found: Vec<PathBuf> =
        paths.into_iter().filter(|path| number(path).is_some() && path.is_file()).collect();
    found.sort_by_key(|path| (number(path), path.clone()));
    found
}

/// A file's name without the thread's number.
fn prefix(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let plain = [".gz", ".zst"].iter().find_map(|ending| name.strip_suffix(ending));
    let (prefix, _) = plain.unwrap_or(&name).rsplit_once('.')?;
    Some(prefix.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_named_in_three_ways() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["out.12", "out.7.gz", "notes.txt", "out.x"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let at = |name: &str| folder.path().join(name);
        let wanted = vec![at("out.7.gz"), at("out.12")];
        let named = |path: PathBuf| files(path.to_str().unwrap());
        assert_eq!(named(folder.path().to_owned()), Ok(wanted.clone()));
        assert_eq!(named(at("out")), Ok(wanted.clone()));
        assert_eq!(named(at("out.*")), Ok(wanted));
        assert_eq!(named(at("out.12")), Ok(Vec::new()), "a file is itself");
        assert_eq!(named(at("absent")), Ok(Vec::new()));
        std::fs::write(at("other.3"), "").unwrap();
        assert!(named(folder.path().to_owned()).unwrap_err().contains("other"));
        assert_eq!(named(at("other")), Ok(vec![at("other.3")]));
    }
}
