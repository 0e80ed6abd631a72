//! The program on a real terminal (a pseudo-terminal of `script`): width, colour,
//! pager, and a terminal without UTF-8.

use std::path::Path;
use std::process::Command;

/// What a terminal of that size gets; `None`: there is no `script`.
fn shown(columns: usize, rows: usize, environment: &str, command: &str) -> Option<String> {
    let program = env!("CARGO_BIN_EXE_analyze");
    let line = format!("stty cols {columns} rows {rows}; {environment} {program} {command}");
    let output = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm")
        .env("TZ", "UTC")
        .output();
    let Ok(output) = output else {
        eprintln!("SKIPPED: no script command; nothing was shown on a terminal");
        return None;
    };
    Some(String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n"))
}

const UTF8: &str = "LANG=C.UTF-8";
const RUNS: &str = "--base fixtures/alone1.scap.gz fixtures/alone2.scap.gz --new fixtures/beside1.scap.gz fixtures/beside2.scap.gz";

/// Characters of the longest line, colours left out.
fn widest(text: &str) -> usize {
    let plain = |line: &str| {
        let mut parts = line.split("\x1b[");
        let first = parts.next().unwrap_or_default().chars().count();
        let rest =
            parts.map(|part| part.split_once('m').map_or(0, |(_, rest)| rest.chars().count()));
        first + rest.sum::<usize>()
    };
    text.lines().map(plain).max().unwrap_or(0)
}

#[test]
fn tables_are_as_wide_as_the_terminal() {
    for columns in [80, 200] {
        for command in [
            format!("compare {RUNS}"),
            format!("topscalls {RUNS}"),
            "spectrogram --evt lstat fixtures/alone1.scap.gz".to_owned(),
        ] {
            let Some(text) = shown(columns, 200, UTF8, &command) else { return };
            assert!(text.contains("lstat") || text.contains('\u{1b}'), "{command}: {text}");
            // the sentences of topscalls are as long as they are
            let lines = text.lines().filter(|line| !line.starts_with("lstat: "));
            let table = lines.collect::<Vec<_>>().join(
                "
",
            );
            assert!(widest(&table) <= columns, "{command} at {columns}:\n{table}");
        }
    }
    let wide = shown(200, 200, UTF8, &format!("compare {RUNS}")).unwrap_or_default();
    let narrow = shown(80, 200, UTF8, &format!("compare {RUNS}")).unwrap_or_default();
    assert!(wide.contains("BY RATE") && !narrow.contains("BY RATE"), "{narrow}");
}

#[test]
fn colour_is_for_terminals_that_want_it() {
    let command = format!("compare {RUNS}");
    let Some(coloured) = shown(100, 200, UTF8, &command) else { return };
    assert!(coloured.contains("\x1b["), "{coloured}");
    let plain = shown(100, 200, &format!("{UTF8} NO_COLOR=1"), &command).unwrap();
    assert!(!plain.contains('\x1b'), "{plain}");
    let never = shown(100, 200, UTF8, &format!("{command} --color never")).unwrap();
    assert_eq!(never, plain);
}

#[test]
fn a_long_answer_goes_through_the_pager() {
    let pager = format!("{UTF8} ANALYZE_PAGER='sed s/^/paged:/'");
    let Some(paged) = shown(100, 10, &pager, "topscalls fixtures/alone1.scap.gz") else { return };
    assert!(paged.lines().all(|line| line.starts_with("paged:")), "{paged}");
    let fits = shown(100, 60, &pager, "topscalls fixtures/alone1.scap.gz").unwrap();
    assert!(!fits.contains("paged:"), "{fits}");
    let missing = format!("{UTF8} ANALYZE_PAGER=no-such-pager");
    let told = shown(100, 10, &missing, "topscalls fixtures/alone1.scap.gz").unwrap();
    assert!(told.ends_with(&fits), "{told}");
    let told = shown(100, 10, &pager, "--no-pager topscalls fixtures/alone1.scap.gz").unwrap();
    assert_eq!(told, fits);
}

#[test]
fn a_terminal_without_utf_8_gets_ascii() {
    let Some(text) = shown(100, 200, "LC_ALL=C", &format!("compare {RUNS}")) else { return };
    assert!(text.is_ascii(), "{text}");
    assert!(text.contains("xMEAN") && text.contains("->"), "{text}");
}

#[test]
fn help_knows_topics_and_shells_get_completions() {
    use crate::program::run;
    for topic in ["filters", "fields", "formats", "exit-codes", "recording"] {
        let ran = run(&["help", topic]);
        assert_eq!(ran.exit, 0);
        assert!(ran.stdout.len() > 800 && !ran.stdout.contains("```"), "{topic}: {}", ran.stdout);
    }
    assert!(run(&["help", "compare"]).stdout.contains("analyze compare a.scap b.scap"));
    let wrong = run(&["help", "recordings"]);
    assert_eq!(wrong.exit, 2);
    assert!(wrong.stderr.contains("did you mean recording?"), "{}", wrong.stderr);
    let help = run(&["help"]).stdout;
    assert!(help.contains("exit-codes") && help.contains("topscalls"), "{help}");
    for (shell, words) in [("bash", "complete -F"), ("zsh", "#compdef"), ("fish", "complete -c")] {
        let ran = run(&["completions", shell]);
        assert!(ran.exit == 0 && ran.stdout.contains(words), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    let ran = run(&["man", "-o", crate::program::text(folder.path())]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let page = std::fs::read_to_string(folder.path().join("analyze-report.1")).unwrap();
    assert!(page.contains(".TH") && page.contains("\\-\\-note"), "{page}");
    assert!(run(&["man"]).stdout.contains("analyze\\-compare"));
}

/// Completions in a real bash, where there is one.
#[test]
fn bash_completes_commands_and_options() {
    let script = concat!(
        "source <(\"$0\" completions bash); COMP_WORDS=(analyze \"$1\"); COMP_CWORD=1; ",
        "COMP_LINE=\"analyze $1\"; COMP_POINT=${#COMP_LINE}; _analyze analyze \"$1\" analyze; ",
        "printf '%s\\n' \"${COMPREPLY[@]}\""
    );
    let output =
        Command::new("bash").args(["-c", script, env!("CARGO_BIN_EXE_analyze"), "sp"]).output();
    let Ok(output) = output else {
        eprintln!("SKIPPED: no bash; nothing was completed");
        return;
    };
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "spectrogram", "{output:?}");
}
