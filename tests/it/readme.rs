//! The README is held to its word: its commands are run as they stand, and
//! what it shows must be what they print and draw.

use std::fs;
use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a command line of the README, `analyze` being the program under test.
fn shell(line: &str) -> String {
    let line = line.replacen("analyze ", concat!(env!("CARGO_BIN_EXE_analyze"), " "), 1);
    let output = Command::new("sh")
        .args(["-c", &line])
        .current_dir(root())
        .env("TZ", "UTC")
        .env_remove("COLUMNS")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{line}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn its_examples_print_what_it_shows() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut run = 0;
    for block in readme.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let (command, shown) = block.split_once('\n').unwrap();
        let command = command.strip_prefix("$ ").unwrap();
        assert_eq!(shell(command), shown, "{command}");
        run += 1;
    }
    assert!(run >= 3, "{run} examples");
}

#[test]
fn its_picture_is_what_the_command_draws() {
    let about = fs::read_to_string(root().join("fixtures/README.md")).unwrap();
    let command = about.lines().find(|line| line.ends_with("-o fixtures/pictures/lstat.png"));
    let folder = tempfile::tempdir().unwrap();
    let drawn = folder.path().join("lstat.png");
    let command = command.unwrap().trim();
    shell(&command.replace("fixtures/pictures/lstat.png", &drawn.to_string_lossy()));
    let kept = fs::read(root().join("fixtures/pictures/lstat.png")).unwrap();
    assert!(fs::read(&drawn).unwrap() == kept, "draw it anew: {command}");
}

#[test]
fn its_set_up_commands_are_those_that_ci_runs() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let script = fs::read_to_string(root().join(".ci/run")).unwrap();
    let commands: Vec<&str> =
        readme.split("```sh\n").skip(1).filter_map(|block| block.lines().next()).collect();
    assert_eq!(commands.len(), 2, "two commands do all the set-up");
    for command in commands {
        assert!(script.lines().any(|line| line == command), "{command} is not in .ci/run");
    }
}
