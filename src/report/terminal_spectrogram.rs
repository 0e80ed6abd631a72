//! sysdig's own picture on a terminal: a line an interval, a column a latency,
//! the colour saying how many calls a second.

use crate::chisel::{Cells, Scale};

/// xterm 256 colours from few calls to many: green, yellow, red.
const PALETTE: [u8; 20] =
    [22, 28, 64, 34, 2, 76, 46, 118, 154, 191, 227, 226, 11, 220, 209, 208, 202, 197, 9, 1];

/// How a picture is drawn.
#[derive(Clone, Copy, Debug)]
pub struct TerminalOptions {
    /// First column of the scale that is shown.
    pub first: usize,
    /// Number of columns shown.
    pub columns: usize,
    /// Colours, else shades of grey made of characters.
    pub colour: bool,
}

/// Where a count stands between few (1) and many (20): calls a second on a
/// logarithmic scale of base 1.6.
fn place(count: u32, interval_ns: u64) -> f64 {
    let rate = f64::from(count) * 1e9 / interval_ns as f64;
    ((rate + 1.0).ln() / 1.6f64.ln()).clamp(1.0, 20.0)
}

/// How a cell is drawn: foreground, background and character, as sysdig does:
/// between two neighbouring colours.
#[must_use]
pub fn terminal_cell(count: u32, interval_ns: u64) -> Option<(u8, u8, char)> {
    if count == 0 {
        return None;
    }
    let place = place(count, interval_ns);
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
    SHADES[((place(count, interval_ns) - 1.0) / 4.0) as usize % 5]
}

/// `1us`, `20ms`: a round latency on the axis.
fn mark_text(ns: u64) -> String {
    match ns {
        1_000_000_000.. => format!("|{}s", ns / 1_000_000_000),
        1_000_000.. => format!("|{}ms", ns / 1_000_000),
        1_000.. => format!("|{}us", ns / 1_000),
        _ => format!("|{ns}ns"),
    }
}

/// Columns of a decade from which on 2 and 5 are marked too.
const WIDE: usize = 24;

/// The axis: a mark at each decade, where there is room.
fn axis(scale: &Scale, options: TerminalOptions) -> String {
    let mut line = String::new();
    let steps: &[u64] = if scale.columns() / 11 >= WIDE { &[1, 2, 5] } else { &[1] };
    let marks = (0..11).flat_map(|power| steps.iter().map(move |step| step * 10u64.pow(power)));
    for ns in marks {
        let Some(column) = scale.column(ns).checked_sub(options.first) else {
            continue;
        };
        let mark = mark_text(ns);
        let used = line.chars().count();
        if used <= column && column + mark.len() <= options.columns {
            line.push_str(&" ".repeat(column - used));
            line.push_str(&mark);
        }
    }
    line
}

/// The picture: rows in order of time, then the axis.
#[must_use]
pub fn terminal_spectrogram(cells: &Cells, scale: &Scale, options: TerminalOptions) -> String {
    let mut text = String::new();
    for counts in cells.rows().values() {
        let mut line = String::new();
        for column in options.first..options.first + options.columns {
            // what lies beyond the last column of the scale is not drawn
            let count = if column < scale.columns() { counts.get(column) } else { 0 };
            match terminal_cell(count, cells.interval_ns()) {
                Some((fore, back, glyph)) if options.colour => {
                    line.push_str(&format!("\x1b[38;5;{fore}m\x1b[48;5;{back}m{glyph}\x1b[0m"));
                }
                _ if options.colour => line.push(' '),
                _ => line.push(shade(count, cells.interval_ns())),
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str(&axis(scale, options));
    text.push('\n');
    text
}
