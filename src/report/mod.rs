//! Answers as text, data and pictures: every output is a pure function of the
//! result.

mod answer;
mod check;
mod columns;
mod compare_csv;
mod compare_data;
mod compare_details;
mod compare_table;
mod info;
mod info_trace;
mod listing;
mod spectrogram_data;
mod spectrogram_picture;
mod terminal_spectrogram;
mod topscalls_data;
mod topscalls_table;

pub mod plot;
pub mod review;

pub use answer::{answer_columns, answer_csv, answer_json, cell_text};
pub use check::{
    check_headline, check_json, check_junit, check_lines, check_prometheus, check_table,
};
pub use columns::{Align, Column, Paint, harmless, markdown, render};
pub use compare_csv::compare_csv;
pub use compare_data::compare_json;
pub use compare_details::compare_details;
pub use compare_table::compare_table;
pub use info::{info_json, info_text};
pub use listing::{LineFormat, Lines, Lister, ListingRequest, Style};
pub use spectrogram_data::{spectrogram_csv, spectrogram_json};
pub use spectrogram_picture::{PictureOptions, SpectrogramPicture, spectrogram_picture};
pub use terminal_spectrogram::{TerminalOptions, terminal_cell, terminal_spectrogram};
pub use topscalls_data::{csv_line, topscalls_csv, topscalls_json};
pub use topscalls_table::{TableOptions, topscalls_table};
