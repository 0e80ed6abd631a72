//! The number of threads is a matter of speed alone: the same bytes come out
//! however many there are, for one capture and for several read side by side.

use crate::program::{Ran, program, text};
use crate::shared::fixtures;

fn with_threads(arguments: &[&str], threads: &str) -> Ran {
    Ran::of(program(arguments).env("RAYON_NUM_THREADS", threads).output().unwrap())
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let fixtures = fixtures();
    let paths: Vec<&str> = fixtures.iter().map(|(_, path)| text(path)).collect();
    let json = |more: &[&'static str]| [&["topscalls", "--format", "json"], more].concat();
    let mut commands: Vec<Vec<&str>> =
        paths.iter().map(|path| [&json(&[])[..], &[path]].concat()).collect();
    commands.push([&json(&[])[..], &paths].concat());
    commands.push([&json(&["--group-by", "thread"])[..], &paths].concat());
    let half = paths.len() / 2;
    let sets = [&["--base"], &paths[..half], &["--new"], &paths[half..]].concat();
    commands.push([json(&[]), sets].concat());
    for command in commands {
        let one = with_threads(&command, "1");
        assert_eq!(one.exit, 0, "{command:?}: {}", one.stderr);
        assert!(one.stdout.contains("\"total_ns\""), "{command:?}: no figures");
        for threads in ["2", "8"] {
            let many = with_threads(&command, threads);
            assert_eq!(many.exit, 0, "{command:?}: {}", many.stderr);
            assert_eq!(many.stdout, one.stdout, "{command:?}: stdout with {threads} threads");
            assert_eq!(many.stderr, one.stderr, "{command:?}: stderr with {threads} threads");
        }
    }
}
