//! The embedded font and the room that texts take in it.

use std::sync::OnceLock;

use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};

/// The name under which the font is registered; SVG viewers that do not have
/// it take the next in the list.
pub(super) const FAMILY: &str = "AnalyzeSans, DejaVu Sans, Verdana, sans-serif";

static REGULAR: &[u8] = include_bytes!("fonts/AnalyzeSans-Regular.ttf");
static BOLD: &[u8] = include_bytes!("fonts/AnalyzeSans-Bold.ttf");

/// Registers the font once; false if it cannot be read.
pub(super) fn ready() -> bool {
    static READY: OnceLock<bool> = OnceLock::new();
    *READY.get_or_init(|| {
        register_font(FAMILY, FontStyle::Normal, REGULAR).is_ok()
            && register_font(FAMILY, FontStyle::Bold, BOLD).is_ok()
    })
}

/// The font in a size, pixels.
pub(super) fn font(size: i32, bold: bool) -> FontDesc<'static> {
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    FontDesc::new(FontFamily::Name(FAMILY), f64::from(size), style)
}

/// Pixels that `text` is wide.
pub(super) fn width(text: &str, size: i32, bold: bool) -> i32 {
    match font(size, bold).layout_box(text) {
        Ok(((left, _), (right, _))) => right - left,
        Err(_) => i32::try_from(text.chars().count()).unwrap_or(0) * size * 2 / 3,
    }
}

/// Characters looked at; no picture shows more.
const LONGEST: usize = 400;

/// `text` as it can be shown: on one line, without control characters, cut to
/// `room` pixels with an ellipsis.
pub(super) fn fitted(text: &str, size: i32, bold: bool, room: i32) -> String {
    let clean: String = text.chars().take(LONGEST).map(visible).collect();
    if text.chars().nth(LONGEST).is_none() && width(&clean, size, bold) <= room {
        return clean;
    }
    let characters: Vec<char> = clean.chars().collect();
    let cut = |count: usize| format!("{}…", characters[..count].iter().collect::<String>());
    let fits = |count: &usize| width(&cut(*count), size, bold) <= room;
    let counts: Vec<usize> = (0..=characters.len()).collect();
    match counts.partition_point(fits) {
        0 => String::new(),
        past => cut(past - 1),
    }
}

/// Text from a capture must neither break the file nor turn the line around.
fn visible(character: char) -> char {
    let turns = ('\u{200b}'..='\u{200f}').contains(&character)
        || ('\u{202a}'..='\u{202e}').contains(&character)
        || ('\u{2066}'..='\u{2069}').contains(&character);
    let forbidden = matches!(character, '\u{fffe}' | '\u{ffff}');
    if character.is_control() || turns || forbidden { '\u{fffd}' } else { character }
}
