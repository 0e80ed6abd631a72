//! The installed sysdig, where there is one; only 0.29.3 is an oracle.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::shared::captures;

/// Small captures, that sysdig reads in no time.
pub const SMALL: [&str; 12] = [
    "falco-cat-write",
    "falco-open-multiple-files",
    "falco-ping-sendto",
    "falco-psp-write-tmp",
    "falco-syscall",
    "libs-curl-google",
    "libs-ipv6-client",
    "sysflow-files",
    "sysflow-filesat",
    "sysflow-rename",
    "sysflow-setuid",
    "sysflow-tcp-client-server",
];

/// The small captures, if sysdig is there to be asked about them; else says
/// that nothing was compared.
pub fn small() -> Option<Vec<PathBuf>> {
    let folder = captures()?;
    let version = Command::new("sysdig").arg("--version").output();
    let is_old = version.is_ok_and(|told| String::from_utf8_lossy(&told.stdout).contains("0.29.3"));
    if !is_old {
        eprintln!(
            "SKIPPED: sysdig 0.29.3 is not installed (tests/install-sysdig); nothing was compared"
        );
        return None;
    }
    Some(SMALL.iter().map(|name| folder.join(format!("public/{name}.scap"))).collect())
}

/// Runs sysdig on a capture.
pub fn sysdig<S: AsRef<std::ffi::OsStr>>(capture: &Path, arguments: &[S]) -> Output {
    Command::new("timeout")
        .args(["60", "sysdig", "-r"])
        .arg(capture)
        .args(arguments)
        .env("TZ", "UTC")
        .output()
        .expect("timeout and sysdig can be run")
}
