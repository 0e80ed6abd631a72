//! Made-up filters, ours against the installed sysdig's.
//!
//! sysdig asks a filter of the command line before it takes an event in, so
//! that a filter can starve its own state. A chisel's filter is asked
//! afterwards and changes nothing: each filter runs as a chisel of its own,
//! many in one run, and what passes must be the same events.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rayon::prelude::*;

use crate::generated::Generator;
use crate::lines::passing;
use crate::sysdig::{small, sysdig};

const SEED: u64 = 20_261_124;
const FILTERS: usize = 700;
/// Filters in one run of sysdig.
const TOGETHER: usize = 50;

type Nums = BTreeSet<u64>;

/// A chisel that prints its number and that of each event that passes.
fn chisel(at: usize, filter: &str) -> String {
    format!(
        "description = 'd'\nshort_description = 's'\ncategory = 'c'\nargs = {{}}\n\
         function on_init()\n chisel.set_filter([==[{filter}]==])\n return true\nend\n\
         function on_event()\n print('passes {at} ' .. evt.get_num())\n return true\nend\n"
    )
}

/// What passes each filter, by sysdig; or what it says.
fn theirs(capture: &Path, filters: &[String]) -> Result<Vec<Nums>, String> {
    let folder = tempfile::tempdir().unwrap();
    let mut arguments = Vec::new();
    for (at, filter) in filters.iter().enumerate() {
        let path = folder.path().join(format!("passes{at}.lua"));
        fs::write(&path, chisel(at, filter)).unwrap();
        arguments.extend(["-c".to_owned(), path.to_str().unwrap().to_owned()]);
    }
    let output = sysdig(capture, &arguments);
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let mut passed = vec![Nums::new(); filters.len()];
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let cells: Vec<&str> = line.split(' ').collect();
        if let ["passes", at, num] = cells[..] {
            passed[at.parse::<usize>().unwrap()].insert(num.parse().unwrap());
        }
    }
    Ok(passed)
}

fn nums(text: &[u8]) -> Nums {
    String::from_utf8_lossy(text).lines().map(|line| line.parse().unwrap()).collect()
}

/// What a few filters give on one capture: how many events passed, and faults.
fn compare(capture: &Path, filters: &[String]) -> (usize, Vec<String>) {
    let theirs = match theirs(capture, filters) {
        Ok(theirs) => theirs,
        // one of them is refused: find it
        Err(_) if filters.len() > 1 => {
            let (left, right) = filters.split_at(filters.len() / 2);
            let (mut left, right) = (compare(capture, left), compare(capture, right));
            left.1.extend(right.1);
            return (left.0 + right.0, left.1);
        }
        Err(error) => return (0, vec![format!("{}: sysdig says {error}", filters[0])]),
    };
    // chisels are shown hidden events too
    let shown = nums(&passing(capture, "").unwrap());
    // asked for the path of a call that has a directory, sysdig takes that
    // directory for the event's file from then on
    let with_directory = "evt.type=openat and evt.dir=< and evt.rawarg.dirfd>=0";
    let disturbed = nums(&passing(capture, with_directory).unwrap());
    let mut faults = Vec::new();
    let mut passed = 0;
    for (filter, theirs) in filters.iter().zip(theirs) {
        let ours = match passing(capture, filter) {
            Ok(ours) => nums(&ours),
            Err(error) => {
                faults.push(format!("{filter}: ours says {error}"));
                continue;
            }
        };
        let theirs: Nums = theirs.intersection(&shown).copied().collect();
        passed += ours.len();
        let differ: Nums = ours.symmetric_difference(&theirs).copied().collect();
        if !differ.is_subset(&disturbed) {
            let few = |a: &Nums, b: &Nums| a.difference(b).copied().take(5).collect::<Vec<_>>();
            faults.push(format!(
                "{} '{filter}': ours {} events, sysdig {}; only ours {:?}, only sysdig's {:?}",
                capture.file_stem().unwrap().to_string_lossy(),
                ours.len(),
                theirs.len(),
                few(&ours, &theirs),
                few(&theirs, &ours),
            ));
        }
    }
    (passed, faults)
}

#[test]
fn made_up_filters_let_pass_what_sysdigs_do() {
    let Some(captures) = small() else {
        return;
    };
    let mut generator = Generator::new(&captures, SEED);
    assert!(generator.fields() > 150, "only {} fields have values", generator.fields());
    let filters: Vec<String> = (0..FILTERS).map(|at| generator.filter(at)).collect();
    let tasks: Vec<_> = captures
        .iter()
        .flat_map(|capture| filters.chunks(TOGETHER).map(move |filters| (capture, filters)))
        .collect();
    let compared: Vec<_> =
        tasks.par_iter().map(|(capture, filters)| compare(capture, filters)).collect();
    let passed: usize = compared.iter().map(|(passed, _)| passed).sum();
    let faults: Vec<&String> = compared.iter().flat_map(|(_, faults)| faults).collect();
    let shown: Vec<&str> = faults.iter().take(60).map(|fault| fault.as_str()).collect();
    assert!(faults.is_empty(), "{} differ:\n{}", faults.len(), shown.join("\n"));
    assert!(passed > 100_000, "only {passed} events passed at all");
    println!(
        "{} filters of {} fields on {} captures, {passed} events passed",
        filters.len(),
        generator.fields(),
        captures.len()
    );
}
