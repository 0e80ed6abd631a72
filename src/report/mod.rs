//! Answers as text, data and pictures: every output is a pure function of the
//! result.

mod columns;
mod spectrogram_data;
mod terminal_spectrogram;
mod topscalls_data;
mod topscalls_table;

//pub mod plot;

pub use columns::{Align, Column, Paint, harmless, markdown, render};
pub use spectrogram_data::{spectrogram_csv, spectrogram_json};
pub use terminal_spectrogram::{cell as terminal_cell, terminal_spectrogram};
pub use topscalls_data::{csv_line, topscalls_csv, topscalls_json};
pub use topscalls_table::{TableOptions, topscalls_table};
