//! Tables on a terminal: columns that give way when the width is short, and
//! text from a capture that cannot harm the terminal.

/// Which side a column's cells lean to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Names.
    Left,
    /// Numbers.
    Right,
}

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Heading.
    pub title: String,
    /// Alignment.
    pub align: Align,
    /// Columns of higher numbers are left out first; 0 never.
    pub give_way: u8,
    /// One cell a row.
    pub cells: Vec<String>,
}

/// Colour of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// As it is.
    Plain,
    /// Costs more.
    Worse,
    /// Costs less.
    Better,
    /// Not of importance.
    Dim,
}

impl Paint {
    fn code(self) -> &'static str {
        match self {
            Paint::Plain => "",
            Paint::Worse => "\x1b[31m",
            Paint::Better => "\x1b[32m",
            Paint::Dim => "\x1b[2m",
        }
    }
}

/// Text from a capture with control characters made harmless.
#[must_use]
pub fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) { '?' } else { c })
        .collect()
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn column_width(column: &Column) -> usize {
    let cells = column.cells.iter().map(|cell| width(cell)).max().unwrap_or(0);
    cells.max(width(&column.title))
}

/// Leaves out columns until the rest fits `limit` characters.
fn fitting(columns: &[Column], limit: usize) -> Vec<&Column> {
    let mut kept: Vec<&Column> = columns.iter().collect();
    loop {
        let total: usize = kept.iter().map(|column| column_width(column) + 2).sum::<usize>();
        let most = kept.iter().map(|column| column.give_way).max().unwrap_or(0);
        if total.saturating_sub(2) <= limit || most == 0 {
            return kept;
        }
        kept.retain(|column| column.give_way != most);
    }
}

/// The table as text; `paint` gives each row's colour when `colour` is wanted.
#[must_use]
pub fn render(columns: &[Column], limit: usize, paint: &[Paint], colour: bool) -> String {
    let kept = fitting(columns, limit);
    let widths: Vec<usize> = kept.iter().map(|column| column_width(column)).collect();
    let rows = kept.first().map_or(0, |column| column.cells.len());
    let line = |cell: &dyn Fn(&Column) -> String| {
        let mut text = String::new();
        for (column, width) in kept.iter().zip(&widths) {
            let cell = harmless(&cell(column));
            match column.align {
                Align::Left => text.push_str(&format!("{cell:<width$}  ")),
                Align::Right => text.push_str(&format!("{cell:>width$}  ")),
            }
        }
        text.trim_end().to_owned()
    };
    let bold = |text: String| {
        if colour { format!("\x1b[1m{text}\x1b[0m") } else { text }
    };
    let mut text = bold(line(&|column| column.title.clone()));
    text.push('\n');
    for row in 0..rows {
        let plain = line(&|column| column.cells.get(row).cloned().unwrap_or_default());
        let code = paint.get(row).map_or("", |paint| paint.code());
        if colour && !code.is_empty() {
            text.push_str(&format!("{code}{plain}\x1b[0m\n"));
        } else {
            text.push_str(&plain);
            text.push('\n');
        }
    }
    text
}

/// The table as Markdown, all columns.
#[must_use]
pub fn markdown(columns: &[Column]) -> String {
    let escape = |text: &str| harmless(text).replace('|', "\\|").replace('<', "&lt;");
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = row(columns.iter().map(|column| escape(&column.title)).collect());
    text.push_str(&row(columns
        .iter()
        .map(|column| if column.align == Align::Left { ":---" } else { "---:" }.to_owned())
        .collect()));
    for at in 0..columns.first().map_or(0, |column| column.cells.len()) {
        let cell = |column: &Column| escape(column.cells.get(at).map_or("", String::as_str));
        text.push_str(&row(columns.iter().map(cell).collect()));
    }
    text
}
