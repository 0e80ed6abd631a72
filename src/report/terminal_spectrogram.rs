//! sysdig's own picture on a terminal: a line an interval, a column a latency,
//! the colour saying how many calls a second.

use crate::chisel::{Cells, Scale};
use crate::event::time_text;

/// xterm 256 colours from few calls to many: green, yellow, red.
const PALETTE: [u8; 20] =
    [22, 28, 64, 34, 2, 76, 46, 118, 154, 191, 227, 226, 11, 220, 209, 208, 202, 197, 9, 1];

/// How a cell is drawn: foreground, background and character, as sysdig does:
/// the count per second on a logarithmic scale of base 1.6, between two
/// neighbouring colours.
#[must_use]
pub fn cell(count: u32, interval_ns: u64) -> Option<(u8, u8, char)> {
    if count == 0 {
        return None;
    }
    let rate = f64::from(count) * 1e9 / interval_ns as f64;
    let place = ((rate + 1.0).ln() / 1.6f64.ln()).clamp(1.0, 20.0);
    let colour = |at: f64| PALETTE[(at as usize).clamp(1, 20) - 1];
    let (low, high) = (colour(place.floor()), colour(place.ceil()));
    Some(match place - place.floor() {
        d if d < 0.25 => (low, high, ' '),
        d if d < 0.5 => (low, high, '░'),
        d if d < 0.75 => (low, high, '▒'),
        _ => (high, low, '░'),
    })
}

/// Plain shades for a terminal without colour, by the same scale.
fn shade(count: u32, interval_ns: u64) -> char {
    const SHADES: [char; 5] = ['·', '░', '▒', '▓', '█'];
    if count == 0 {
        return ' ';
    }
    let rate = f64::from(count) * 1e9 / interval_ns as f64;
    let place = ((rate + 1.0).ln() / 1.6f64.ln()).clamp(1.0, 20.0);
    SHADES[((place - 1.0) / 4.0) as usize % 5]
}

/// The axis: a mark at each decade.
#[must_use]
fn axis(columns: usize) -> String {
    let decade = |column: usize| column * 11 / columns;
    let mut line = String::new();
    let mut last = None;
    for column in 0..columns {
        if last != Some(decade(column)) {
            last = Some(decade(column));
            let mark = format!("|{}", time_text(10u64.pow(decade(column) as u32)));
            if line.chars().count() <= column && column + mark.len() <= columns {
                line.push_str(&" ".repeat(column - line.chars().count()));
                line.push_str(&mark);
            }
        }
    }
    line
}

/// The picture: rows in order of time, then the axis.
#[must_use]
pub fn terminal_spectrogram(cells: &Cells, scale: &Scale, colour: bool) -> String {
    let columns = scale.columns();
    let mut text = String::new();
    for counts in cells.rows().values() {
        let mut line = String::new();
        for column in 0..columns {
            let count = counts.get(column).copied().unwrap_or(0);
            match cell(count, cells.interval_ns()) {
                Some((fore, back, glyph)) if colour => {
                    line.push_str(&format!("\x1b[38;5;{fore}m\x1b[48;5;{back}m{glyph}\x1b[0m"));
                }
                _ => line.push(if colour { ' ' } else { shade(count, cells.interval_ns()) }),
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str(&axis(columns));
    text.push('\n');
    text
}
