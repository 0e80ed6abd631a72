//! Baselines among the captures: found by content, their runs taken as they
//! were read, and the captures beside them read the same way.

use std::fs;
use std::io::Read;
use std::path::Path;

use super::captures::NamedSide;
use super::common::SelectionArguments;
use crate::compare::baseline::{Baseline, Kept, is_baseline};
use crate::source::Location;

/// Bytes that tell a baseline.
const HEAD: u64 = 4096;

/// Whether a file holds a baseline.
fn holds_baseline(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && is_baseline(&head)
}

/// Reads a baseline.
///
/// # Errors
/// When the file cannot be read, or holds none: with its name.
pub fn read(path: &Path) -> Result<Baseline, String> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Baseline::read(&bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// Takes the baselines out of a side.
///
/// # Errors
/// When one cannot be read.
pub fn take(side: &mut NamedSide) -> Result<Vec<(String, Baseline)>, String> {
    let mut taken = Vec::new();
    let mut captures = Vec::new();
    for named in std::mem::take(&mut side.captures) {
        match &named.files[..] {
            [Location::File(path)] if path.is_file() && holds_baseline(path) => {
                taken.push((path.display().to_string(), read(path)?));
            }
            _ => captures.push(named),
        }
    }
    side.captures = captures;
    Ok(taken)
}

/// What was typed, to be kept.
pub fn typed(selection: &SelectionArguments, per: Option<&str>) -> Kept {
    Kept {
        container: selection.container.clone(),
        evt: selection.evt.clone(),
        process: selection.process.clone(),
        filter: selection.filter.clone(),
        errors: selection.errors,
        per: per.map(str::to_owned),
    }
}

/// Reads the captures as the baseline's runs were read: what was not typed is
/// taken from it, what was typed must be the same.
///
/// # Errors
/// When something else was typed.
pub fn adopt(
    (name, kept): (&str, &Kept),
    selection: &mut SelectionArguments,
    per: &mut Option<String>,
) -> Result<(), String> {
    let given = typed(selection, per.as_deref());
    let nothing = given == Kept::default();
    if !nothing && given != *kept {
        let words = |kept: &Kept| match kept.words() {
            words if words.is_empty() => "without a selection".to_owned(),
            words => format!("with {words}"),
        };
        return Err(format!(
            "{name} was made {}, and now it is read {}; give the same, or none: then the baseline's own is taken",
            words(kept),
            words(&given)
        ));
    }
    let Kept { container, evt, process, filter, errors, per: kept_per } = kept.clone();
    (selection.container, selection.evt, selection.process) = (container, evt, process);
    (selection.filter, selection.errors) = (filter, errors);
    *per = kept_per;
    Ok(())
}
