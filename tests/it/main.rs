//! All integration tests, as one binary.

#![allow(clippy::cast_possible_wrap)]

mod answers;
mod args;
mod args_made;
mod baseline;
mod check;
mod chisels;
mod cli;
mod compare_inside;
mod compare_near;
mod compare_runs;
mod compare_same;
mod compare_truth;
mod coverage;
mod damage;
mod differential;
mod docs;
mod exported;
mod filter_matrix;
mod framing;
mod generated;
mod layers;
mod lines;
mod listing;
mod made;
mod oracle;
mod oracle_made;
mod printed;
mod program;
mod readme;
mod record_made;
mod refused;
mod scap_writer;
mod segments;
mod shared;
mod soup;
mod spectrogram;
mod stats;
mod streams;
mod sysdig;
mod threads;
mod trace_files;
mod trace_oracle;
mod trace_printed;
mod trace_recorded;
