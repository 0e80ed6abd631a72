//! The program as users run it: as a process with arguments, two output
//! streams and an exit code. Its environment is empty but for UTC, so that no
//! terminal width, colour setting or time zone of the machine reaches an
//! answer.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program at the root of the repository, nothing on stdin.
pub fn program<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_analyze"));
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        let text = |bytes| String::from_utf8(bytes).expect("answers are UTF-8");
        Ran {
            exit: output.status.code().expect("no signal ended it"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// Runs it to its end.
pub fn run<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Ran {
    Ran::of(program(arguments).output().unwrap())
}

/// Runs it with `bytes` on a pipe as stdin.
pub fn run_with_stdin(arguments: &[&str], bytes: &[u8]) -> Ran {
    let mut child = program(arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(bytes).unwrap());
        Ran::of(child.wait_with_output().unwrap())
    })
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("paths in tests are UTF-8")
}
