//! The embedded font: the room that texts take in it, and their letters as
//! pixels. (plotters can draw text with an embedded font, but puts every letter
//! on a whole pixel and drops its bearing, so that words fall apart; in SVG the
//! viewer draws the letters.)

use std::sync::OnceLock;

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};

/// The family in SVG; viewers that do not have it take the next in the list.
pub(super) const FAMILY: &str = "AnalyzeSans, DejaVu Sans, Verdana, sans-serif";

const REGULAR: &[u8] = include_bytes!("fonts/AnalyzeSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("fonts/AnalyzeSans-Bold.ttf");

/// The files of the embedded font: regular and bold.
pub const FONTS: [&[u8]; 2] = [REGULAR, BOLD];

/// The font, if its bytes can be read (a test says that they can).
fn face(bold: bool) -> Option<&'static FontRef<'static>> {
    static FACES: OnceLock<[Option<FontRef<'static>>; 2]> = OnceLock::new();
    let faces =
        FACES.get_or_init(|| [REGULAR, BOLD].map(|bytes| FontRef::try_from_slice(bytes).ok()));
    faces[usize::from(bold)].as_ref()
}

/// Whether the embedded fonts can be read.
pub(super) fn ready() -> bool {
    face(false).is_some() && face(true).is_some()
}

fn scale(size: i32) -> PxScale {
    PxScale::from(size as f32)
}

/// Pixels that `text` is wide.
pub(super) fn width(text: &str, size: i32, bold: bool) -> i32 {
    let Some(face) = face(bold) else {
        return 0;
    };
    let scaled = face.as_scaled(scale(size));
    let advance = |character| scaled.h_advance(scaled.glyph_id(character));
    text.chars().map(advance).sum::<f32>().ceil() as i32
}

/// From the upper edge of a text to its baseline, in parts of its size: where
/// SVG puts it too.
pub(super) const BASELINE: f32 = 0.62;

/// Gives the pixels of `text` whose upper left corner is at `x`, `y`: place and
/// how much of the pixel is covered, 0 to 1.
pub(super) fn letters(
    text: &str,
    size: i32,
    bold: bool,
    (x, y): (i32, i32),
    mut pixel: impl FnMut(i32, i32, f64),
) {
    let Some(face) = face(bold) else {
        return;
    };
    let scaled = face.as_scaled(scale(size));
    let baseline = (y as f32 + size as f32 * BASELINE).round();
    let mut at = x as f32;
    for character in text.chars() {
        let id = scaled.glyph_id(character);
        let glyph = id.with_scale_and_position(scale(size), point(at, baseline));
        at += scaled.h_advance(id);
        if let Some(outline) = face.outline_glyph(glyph) {
            let corner = outline.px_bounds().min;
            outline.draw(|right, down, cover| {
                let (right, down) = (right.cast_signed(), down.cast_signed());
                pixel(corner.x as i32 + right, corner.y as i32 + down, f64::from(cover.min(1.0)));
            });
        }
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

/// The same, cut in its middle: of a path both ends tell something.
pub(super) fn fitted_middle(text: &str, size: i32, bold: bool, room: i32) -> String {
    let characters: Vec<char> = text.chars().map(visible).collect();
    let clean: String = characters.iter().collect();
    if width(&clean, size, bold) <= room {
        return clean;
    }
    let cut = |count: usize| {
        let (head, tail) = (count.div_ceil(2), count / 2);
        let part = |part: &[char]| part.iter().collect::<String>();
        format!("{}…{}", part(&characters[..head]), part(&characters[characters.len() - tail..]))
    };
    let fits = |count: &usize| width(&cut(*count), size, bold) <= room;
    let counts: Vec<usize> = (0..=characters.len().min(LONGEST)).collect();
    match counts.partition_point(fits) {
        0 => String::new(),
        past => cut(past - 1),
    }
}

/// `text` on lines that are no wider than `room`: broken at spaces, and within words
/// that are wider than that.
pub(super) fn wrapped(text: &str, size: i32, bold: bool, room: i32) -> Vec<String> {
    let clean: String = text.chars().map(visible).collect();
    let mut lines = vec![String::new()];
    for word in clean.split(' ') {
        let line = lines.last_mut().map(std::mem::take).unwrap_or_default();
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        lines.pop();
        if width(&longer, size, bold) <= room {
            lines.push(longer);
            continue;
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines.extend(pieces(word, size, bold, room));
    }
    lines
}

/// A word in pieces, each as long as there is room.
fn pieces(word: &str, size: i32, bold: bool, room: i32) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for character in word.chars() {
        let Some(piece) = pieces.last_mut() else { break };
        piece.push(character);
        if width(piece, size, bold) > room && piece.chars().count() > 1 {
            piece.pop();
            pieces.push(character.to_string());
        }
    }
    pieces
}

/// Text from a capture must neither break the file nor turn the line around.
fn visible(character: char) -> char {
    let turns = ('\u{200b}'..='\u{200f}').contains(&character)
        || ('\u{202a}'..='\u{202e}').contains(&character)
        || ('\u{2066}'..='\u{2069}').contains(&character);
    let forbidden = matches!(character, '\u{fffe}' | '\u{ffff}');
    if character.is_control() || turns || forbidden { '\u{fffd}' } else { character }
}
