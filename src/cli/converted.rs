//! Converted captures, read back. Tables hold what was asked of a capture, not the
//! capture: no latency rule, no other field can be asked of them. So `convert` keeps the
//! captures beside the tables, compressed, and whoever names the folder gets them: every
//! command answers as it did before.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::captures::Named;
use super::messages;
use crate::source::{Compression, Location};

/// The list of a folder's captures.
const INDEX: &str = "analyze.json";
const SCHEMA: &str = "analyze.converted/1";
/// Where they lie.
const FOLDER: &str = "captures";
/// Level of zstd: the quickest that makes captures a sixth and less.
const LEVEL: i32 = 1;

#[derive(Debug, Deserialize, Serialize)]
struct Index {
    schema: String,
    captures: Vec<Kept>,
}

/// One capture.
#[derive(Debug, Deserialize, Serialize)]
struct Kept {
    label: String,
    /// Seen from the folder; several files of one capture, or a folder of a tracer's.
    files: Vec<PathBuf>,
}

fn index(folder: &Path) -> Result<Option<Index>, String> {
    let path = folder.join(INDEX);
    if !path.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let wrong = |why: String| {
        format!("{}: is no list of converted captures: {why}; convert them again", path.display())
    };
    let index: Index = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if index.schema != SCHEMA {
        return Err(wrong(format!("its schema is {}, not {SCHEMA}", index.schema)));
    }
    Ok(Some(index))
}

/// A capture as it was typed, or as a folder that was typed holds it.
#[derive(Clone, Debug)]
pub struct Typed {
    /// Its files, as one may type them.
    pub argument: String,
    /// The path that it is named by.
    pub name: String,
}

/// Folders that `convert` wrote become the captures in them; all else stays.
///
/// # Errors
/// When the list of a folder's captures cannot be read, or is empty.
pub fn expanded(arguments: &[String]) -> Result<Vec<Typed>, String> {
    let mut all = Vec::new();
    for argument in arguments {
        let folder = Path::new(argument);
        match index(folder)? {
            None => all.push(Typed { argument: argument.clone(), name: argument.clone() }),
            Some(index) if index.captures.is_empty() => {
                return Err(format!(
                    "{argument}: holds tables, and no captures: they were converted with --tables-only"
                ));
            }
            Some(index) => all.extend(index.captures.iter().map(|kept| {
                let files = kept.files.iter().map(|file| folder.join(file).display().to_string());
                let argument = files.collect::<Vec<_>>().join(",");
                Typed { argument, name: folder.join(&kept.label).display().to_string() }
            })),
        }
    }
    Ok(all)
}

/// Makes a folder one of converted captures, though it keeps none yet.
///
/// # Errors
/// When it cannot be written.
pub fn begin(folder: &Path) -> Result<(), String> {
    match index(folder)? {
        Some(_) => Ok(()),
        None => write(folder, &Index { schema: SCHEMA.to_owned(), captures: Vec::new() }),
    }
}

fn write(folder: &Path, index: &Index) -> Result<(), String> {
    let path = folder.join(INDEX);
    let text = serde_json::to_string_pretty(index).unwrap_or_default() + "\n";
    fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Keeps a capture in `folder` under the name `name`; one that is kept already stays,
/// unless `anew`.
///
/// # Errors
/// When it cannot be read or written.
pub fn keep(folder: &Path, named: &Named, name: &str, anew: bool) -> Result<(), String> {
    let mut index =
        index(folder)?.unwrap_or_else(|| Index { schema: SCHEMA.to_owned(), captures: Vec::new() });
    if index.captures.iter().any(|kept| kept.label == named.label) && !anew {
        return Ok(());
    }
    let files: Option<Vec<&PathBuf>> = (named.files.iter())
        .map(|location| match location {
            Location::File(path) => Some(path),
            Location::Stdin => None,
        })
        .collect();
    let Some(files) = files else {
        messages::note("stdin can be read only once: its capture is not kept beside the tables");
        return Ok(());
    };
    let kept = match files[..] {
        [file] => vec![copy(file, folder, &PathBuf::from(FOLDER), name)?],
        _ => {
            let inside = Path::new(FOLDER).join(name);
            let one = |file: &&PathBuf| {
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                copy(file, folder, &inside, &name)
            };
            files.iter().map(one).collect::<Result<_, _>>()?
        }
    };
    index.captures.retain(|kept| kept.label != named.label);
    index.captures.push(Kept { label: named.label.clone(), files: kept });
    write(folder, &index)
}

/// Copies a file, compressed unless it is; gives its place, seen from `folder`.
fn copy(file: &Path, folder: &Path, inside: &Path, name: &str) -> Result<PathBuf, String> {
    let unread = |error: io::Error| format!("{}: {error}", file.display());
    let extension = match Compression::of_file(file).map_err(unread)? {
        Compression::None => "",
        Compression::Gzip => "gz",
        Compression::Zstd => "zst",
    };
    let from = File::open(file).map_err(unread)?;
    let target = inside.join(if extension.is_empty() {
        format!("{name}.zst")
    } else if name.ends_with(extension) {
        name.to_owned()
    } else {
        format!("{name}.{extension}")
    });
    let path = folder.join(&target);
    let unwritten = |error: io::Error| format!("cannot write {}: {error}", path.display());
    fs::create_dir_all(folder.join(inside)).map_err(unwritten)?;
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    let to = File::create(&beside).map_err(unwritten)?;
    let copied = if extension.is_empty() {
        zstd::stream::copy_encode(from, to, LEVEL)
    } else {
        io::copy(&mut { from }, &mut { to }).map(|_| ())
    };
    copied.and_then(|()| fs::rename(&beside, &path)).map_err(|error| {
        let _ = fs::remove_file(&beside);
        unwritten(error)
    })?;
    Ok(target)
}
