//! All integration tests, as one binary.

#![allow(clippy::cast_possible_wrap)]

mod answers;
mod args;
mod args_made;
mod damage;
mod framing;
mod made;
mod oracle;
mod oracle_made;
mod readme;
mod record_made;
mod scap_writer;
mod shared;
mod spectrogram;
