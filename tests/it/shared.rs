//! Captures and recorded answers that are not part of the repository. Tests
//! that need them are skipped, loudly, where they are absent; with
//! `ANALYZE_REQUIRE_SHARED` set their absence is a failure.

use std::path::{Path, PathBuf};

/// The folder of captures beside the repository, if it is there.
pub fn captures() -> Option<PathBuf> {
    folder("captures")
}

/// The folder of tables and recorded pictures beside the repository.
pub fn reference() -> Option<PathBuf> {
    folder("reference")
}

fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(name);
    if path.is_dir() {
        return Some(path);
    }
    assert!(
        std::env::var_os("ANALYZE_REQUIRE_SHARED").is_none(),
        "{} is missing, and ANALYZE_REQUIRE_SHARED is set",
        path.display()
    );
    eprintln!("SKIPPED: {} is missing; nothing was compared with it", path.display());
    None
}

/// The captures of the repository itself: name and path.
pub fn fixtures() -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let found = scaps(&folder);
    assert!(found.len() >= 4, "fixtures are missing");
    found.into_iter().map(|path| (format!("fixtures/{}", stem(&path)), path)).collect()
}

/// A capture with its recorded answers.
pub struct Case {
    /// Name for messages.
    pub name: String,
    /// The capture.
    pub capture: PathBuf,
    /// The folder of answers.
    pub expected: PathBuf,
}

/// All scap captures with recorded answers: other people's, our own
/// recordings, and the runs of all pairs.
pub fn cases() -> Vec<Case> {
    let Some(root) = captures() else {
        return Vec::new();
    };
    let mut cases = Vec::new();
    for folder in ["public", "live"] {
        let answers = if folder == "public" { "expected" } else { "live/expected" };
        for capture in scaps(&root.join(folder)) {
            let name = stem(&capture);
            let expected = root.join(answers).join(&name);
            cases.push(Case { name, capture, expected });
        }
    }
    for pair in std::fs::read_dir(root.join("pairs")).unwrap().flatten() {
        for side in ["base", "new"] {
            for capture in scaps(&pair.path().join(side)) {
                let run = stem(&capture);
                let expected = pair.path().join("expected").join(format!("{side}-{run}"));
                let name = format!("{}/{side}/{run}", pair.file_name().to_string_lossy());
                cases.push(Case { name, capture, expected });
            }
        }
    }
    assert!(cases.len() > 60, "only {} captures found", cases.len());
    cases
}

fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    name.trim_end_matches(".gz").trim_end_matches(".scap").to_owned()
}

fn scaps(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().contains(".scap"))
        .collect();
    paths.sort();
    paths
}
