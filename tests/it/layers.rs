//! Nothing flows back: a module may use the ones below it and never the ones
//! above. The order stands in `src/lib.rs`; the compiler does not hold it, so
//! this test reads the paths in every file of `src`. Test modules inside `src`
//! are held to it too: none needs more.
//!
//! The same walk checks what else every file owes: a `//!` paragraph that says
//! why it exists, a length one can read, and no unsafe code.

use std::fs;
use std::path::{Path, PathBuf};

/// The lowest first.
const LAYERS: [&str; 9] =
    ["event", "source", "format", "state", "filter", "chisel", "compare", "report", "cli"];
/// Lines of a file at most.
const LONGEST: usize = 600;

/// A file of `src`.
struct File {
    /// Its modules from the root, the file's own name among them.
    modules: Vec<String>,
    name: String,
    text: String,
}

impl File {
    fn new(path: &str, text: &str) -> File {
        let mut modules: Vec<String> =
            path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if ["mod", "lib", "main"].contains(&modules[modules.len() - 1].as_str()) {
            modules.pop();
        }
        File { modules, name: path.to_owned(), text: text.to_owned() }
    }

    /// Where it stands in the order; the root files stand above all.
    fn layer(&self) -> Option<usize> {
        let Some(module) = self.modules.first() else {
            return Some(LAYERS.len());
        };
        LAYERS.iter().position(|layer| layer == module)
    }

    /// The code without comments, so that a link in a comment is no use.
    fn code(&self) -> String {
        let lines = self.text.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The modules at the root that the code names: behind `crate::`, and
    /// behind as many `super::` as lead there.
    fn uses(&self) -> Vec<String> {
        let code = self.code();
        let mut used = after(&code, "crate::").iter().flat_map(|rest| heads(rest)).collect();
        let climb = "super::".repeat(self.modules.len());
        if !climb.is_empty() {
            let found = after(&code, &climb);
            let climbed = found.iter().flat_map(|rest| heads(rest));
            // a test module inside the file stands one deeper, so what is no
            // layer is a module beside the file
            extend(&mut used, climbed.filter(|head| LAYERS.contains(&head.as_str())));
        }
        used
    }

    fn faults(&self) -> Vec<String> {
        let name = &self.name;
        let Some(layer) = self.layer() else {
            return vec![format!("{name}: its module is in no layer")];
        };
        let mut faults = Vec::new();
        for used in self.uses() {
            match LAYERS.iter().position(|layer| *layer == used) {
                Some(at) if at <= layer => {}
                Some(_) => faults.push(format!("{name}: uses {used}, which lies above it")),
                None => faults.push(format!("{name}: crate::{used} is in no layer")),
            }
        }
        if !self.text.starts_with("//!") {
            faults.push(format!("{name}: does not begin with //! and why it exists"));
        }
        let lines = self.text.lines().count();
        if lines > LONGEST {
            faults.push(format!("{name}: {lines} lines are more than {LONGEST}"));
        }
        faults
    }
}

fn extend(used: &mut Vec<String>, more: impl Iterator<Item = String>) {
    for name in more {
        if !used.contains(&name) {
            used.push(name);
        }
    }
}

/// What follows each `path` that does not continue a longer name.
fn after<'a>(code: &'a str, path: &str) -> Vec<&'a str> {
    let whole = |at: usize| {
        let before = code[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
    };
    let found = code.match_indices(path).filter(|(at, _)| whole(*at));
    found.map(|(at, path)| &code[at + path.len()..]).collect()
}

/// The first names of a path or of a group of paths: `a::b` gives `a`,
/// `{a::{b, c}, d}` gives `a` and `d`; anything else is given as it is.
fn heads(rest: &str) -> Vec<String> {
    let name = |text: &str| {
        let text = text.trim_start();
        let text = text.strip_prefix("r#").unwrap_or(text);
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        if end == 0 { text.chars().take(1).collect() } else { text[..end].to_owned() }
    };
    let Some(group) = rest.strip_prefix('{') else {
        return vec![name(rest)];
    };
    let mut heads = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in group.char_indices() {
        let ends = depth == 0 && matches!(c, ',' | '}');
        if ends && !group[start..at].trim().is_empty() {
            heads.push(name(&group[start..at]));
        }
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => start = at + 1,
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    heads
}

fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let file = |path: &PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
        File::new(name, &fs::read_to_string(path).unwrap())
    };
    paths.iter().map(file).collect()
}

#[test]
fn no_file_uses_what_lies_above_it() {
    let files = files();
    let faults: Vec<String> = files.iter().flat_map(File::faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let uses: usize = files.iter().map(|file| file.uses().len()).sum();
    assert!(uses > 50, "only {uses} uses were seen in {} files", files.len());
    for layer in LAYERS {
        let is_there = files.iter().any(|file| file.modules.first().is_some_and(|m| m == layer));
        assert!(is_there, "no file is in {layer}");
    }
}

#[test]
fn there_is_no_unsafe_code() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    assert!(manifest.contains("unsafe_code = \"forbid\""), "unsafe code is not forbidden");
}

#[test]
fn an_upward_use_is_seen_in_every_spelling() {
    for (path, code, seen) in [
        ("state/a.rs", "use crate::cli::run;", true),
        ("state/a.rs", "fn f() { crate::report::g() }", true),
        ("state/a.rs", "use crate::{event::{A, B}, chisel};", true),
        ("state/a.rs", "use crate::{\n    event::A,\n    compare::B,\n};", true),
        ("state/a.rs", "use super::super::chisel::C;", true),
        ("state/mod.rs", "pub(in crate::filter) fn f() {}", true),
        ("state/mod.rs", "use super::filter::F;", true),
        ("format/scap/a.rs", "use super::super::super::state::S;", true),
        ("state/a.rs", "use crate::*;", true),
        ("other/a.rs", "", true),
        ("state/a.rs", "use crate::{event::{A, B}, format, state::T};", false),
        ("state/a.rs", "use super::chisel::C;", false),
        ("state/a.rs", "    // as crate::cli does it", false),
        ("state/a.rs", "use other_crate::cli;", false),
        ("main.rs", "use crate::cli;", false),
    ] {
        let file = File::new(path, &format!("//! Why.\n{code}\n"));
        assert_eq!(!file.faults().is_empty(), seen, "{path}: {code}: {:?}", file.faults());
    }
}

#[test]
fn a_file_without_reason_or_end_is_seen() {
    assert_eq!(File::new("state/a.rs", "use std::fs;\n").faults().len(), 1);
    let long = format!("//! Why.\n{}", "\n".repeat(LONGEST));
    assert_eq!(File::new("state/a.rs", &long).faults().len(), 1);
}
