//! Which files form which capture, which captures form which side, and what
//! each is called.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::converted::{Typed, expanded};
use crate::event::several;
use crate::source::{Location, Watch};
use crate::state::{Cuts, Opened, Summary, Tally, read_in_segments};

/// One capture as named on the command line.
#[derive(Clone, Debug)]
pub struct Named {
    /// What it is called in the answer.
    pub label: String,
    /// Its files.
    pub files: Vec<Location>,
    /// Of text: take the time to the next line where no other is told.
    pub gaps: bool,
}

/// One side: captures pooled.
#[derive(Clone, Debug)]
pub struct NamedSide {
    /// What it is called in the answer.
    pub label: String,
    /// Its captures.
    pub captures: Vec<Named>,
}

/// The files of one capture: `a.scap0,a.scap1` is one of two files, unless a
/// file has that very name; `-` is stdin.
fn files(argument: &str) -> Vec<Location> {
    if argument == "-" {
        return vec![Location::Stdin];
    }
    let set = super::sets::files(argument).unwrap_or_default();
    if !set.is_empty() {
        return set.into_iter().map(Location::File).collect();
    }
    if !argument.contains(',') || Path::new(argument).exists() {
        return vec![Location::File(PathBuf::from(argument))];
    }
    argument.split(',').map(|part| Location::File(PathBuf::from(part))).collect()
}

/// Whether a file of it has an empty name.
fn names_nothing(argument: &str) -> bool {
    let empty = |location: &Location| matches!(location, Location::File(path) if path.as_os_str().is_empty());
    files(argument).iter().any(empty)
}

/// The last part of a path without the extensions of captures.
fn short(argument: &str) -> String {
    let first = argument.split(',').next().unwrap_or(argument);
    let name = Path::new(first).file_name().map_or(first.into(), |name| name.to_string_lossy());
    let mut name = name.as_ref();
    for extension in [".gz", ".zst", ".scap"] {
        name = name.strip_suffix(extension).filter(|rest| !rest.is_empty()).unwrap_or(name);
    }
    if argument == "-" { "stdin".into() } else { name.to_owned() }
}

/// The shortest telling part of each path: the name, and as many folders
/// before it as are needed to tell them apart.
fn labels(captures: &[Typed]) -> Vec<String> {
    let parts: Vec<Vec<String>> = captures
        .iter()
        .map(|Typed { name, .. }| {
            let parent = Path::new(name).parent().map(Path::to_path_buf).unwrap_or_default();
            let folders = parent.components().rev();
            let folders = folders.map(|part| part.as_os_str().to_string_lossy().into_owned());
            std::iter::once(short(name)).chain(folders).collect()
        })
        .collect();
    let label = |parts: &[String], depth: usize| {
        let mut kept: Vec<&str> = parts.iter().take(depth).map(String::as_str).collect();
        kept.reverse();
        kept.join("/")
    };
    let deepest = parts.iter().map(Vec::len).max().unwrap_or(1);
    let chosen = (1..=deepest).find(|depth| {
        let mut labels: Vec<String> = parts.iter().map(|part| label(part, *depth)).collect();
        labels.sort();
        labels.windows(2).all(|pair| pair[0] != pair[1])
    });
    parts.iter().map(|part| label(part, chosen.unwrap_or(deepest))).collect()
}

/// Makes sides of what was typed: `--base` and `--new` are sets of runs, else
/// each capture is a side; without any, stdin when it is no terminal.
///
/// # Errors
/// When captures are missing, or a set stands alone.
pub fn sides(
    captures: &[String],
    base: &[String],
    new: &[String],
    given: &[String],
) -> Result<Vec<NamedSide>, String> {
    let (mut captures, base, new) = (expanded(captures)?, expanded(base)?, expanded(new)?);
    let all = || captures.iter().chain(&base).chain(&new).map(|typed| typed.argument.as_str());
    if all().any(names_nothing) {
        return Err("a capture's name is empty; name a file, or - for stdin".into());
    }
    for argument in all() {
        super::sets::files(argument)?;
    }
    if !base.is_empty() || !new.is_empty() {
        if base.is_empty() || new.is_empty() || !captures.is_empty() {
            return Err("--base A… and --new B… go together, without other captures".into());
        }
        return Ok(sets(&base, &new, given));
    }
    if captures.is_empty() {
        if std::io::stdin().is_terminal() {
            return Err("which capture? name a file, or - for stdin (see --help)".into());
        }
        captures.push(Typed { argument: "-".into(), name: "-".into() });
    }
    if captures.iter().filter(|capture| capture.argument == "-").count() > 1 {
        return Err("stdin (-) can be read only once".into());
    }
    let mut labels = labels(&captures);
    if given.len() > labels.len() {
        let count = |list: &[String], what| several(list.len() as u64, what);
        return Err(format!("{} for {}", count(given, "label"), count(&labels, "capture")));
    }
    for (label, given) in labels.iter_mut().zip(given) {
        label.clone_from(given);
    }
    let named = captures.iter().zip(labels).map(|(typed, label)| NamedSide {
        captures: vec![Named { label: label.clone(), files: files(&typed.argument), gaps: false }],
        label,
    });
    Ok(named.collect())
}

fn sets(base: &[Typed], new: &[Typed], given: &[String]) -> Vec<NamedSide> {
    let all: Vec<Typed> = base.iter().chain(new).cloned().collect();
    let labels = labels(&all);
    let (of_base, of_new) = labels.split_at(base.len());
    [(base, of_base, "base"), (new, of_new, "new")]
        .into_iter()
        .enumerate()
        .map(|(at, (typed, labels, name))| NamedSide {
            label: given.get(at).cloned().unwrap_or_else(|| name.into()),
            captures: typed
                .iter()
                .zip(labels)
                .map(|(typed, label)| Named {
                    label: label.clone(),
                    files: files(&typed.argument),
                    gaps: false,
                })
                .collect(),
        })
        .collect()
}

/// Reads all captures side by side, each with a visitor of its own.
///
/// # Errors
/// The first capture that cannot be read, with the reason.
pub fn read_all<V: Tally + Send>(
    sides: &[NamedSide],
    make: impl Fn() -> Result<V, String> + Sync,
) -> Result<Vec<Vec<(Summary, V)>>, String> {
    let captures: Vec<&Named> = sides.iter().flat_map(|side| &side.captures).collect();
    let stop = super::interrupt::flag();
    let watches: Vec<Watch> = captures.iter().map(|_| Watch::new(stop)).collect();
    let total = captures.iter().flat_map(|capture| &capture.files).map(size).sum();
    let done = super::output::Progress::start(&watches, total, |watches| {
        let read_one = |(capture, watch): (&&Named, &Watch)| {
            let mut visitor = make()?;
            let opened =
                Opened::open(&capture.files, Some(watch)).map_err(|error| error.to_string())?;
            let opened = opened.latency_from_gaps(capture.gaps);
            let summary = read_in_segments(opened, &mut visitor, &Cuts::Auto);
            summary.refusal().map_or(Ok((summary, visitor)), Err)
        };
        captures.par_iter().zip(watches).map(read_one).collect::<Result<Vec<_>, String>>()
    })?;
    let mut done = done.into_iter();
    Ok(sides.iter().map(|side| done.by_ref().take(side.captures.len()).collect()).collect())
}

/// Bytes of a file on disk; 0 where that is not known.
pub fn size(location: &Location) -> u64 {
    match location {
        Location::File(path) => std::fs::metadata(path).map_or(0, |facts| facts.len()),
        Location::Stdin => 0,
    }
}
