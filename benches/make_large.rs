//! `make_large SOURCE OUT MIB`: the large captures that `benches/compare`
//! measures with, made from a small one; needs nothing but this repository.

mod large;

use std::fs::File;
use std::process::ExitCode;

use large::{Made, Small};

fn run(arguments: &[String]) -> Result<Made, String> {
    let [source, out, mib] = arguments else {
        return Err("usage: make_large SOURCE OUT MIB".into());
    };
    let size = mib.parse::<u64>().map_err(|error| format!("{mib}: {error}"))? << 20;
    let small = Small::read(source.as_ref())?;
    let made = File::create(out).and_then(|mut file| small.repeat(size, &mut file));
    made.map_err(|error| format!("{out}: {error}"))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(made) => {
            println!("{made}");
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("{text}");
            ExitCode::from(2)
        }
    }
}
