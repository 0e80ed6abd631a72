//! Puts parts one under the other on a page as high as they need.

use super::super::font::{fitted, fitted_middle, width, wrapped};
use super::super::scene::{Anchor, Area, FRAME, GREY, GRID, INK, Rgb, Scene, Text};

/// A page that is being filled from above.
pub(super) struct Flow {
    pub scene: Scene,
    left: i32,
    right: i32,
    y: i32,
}

const BODY: i32 = 14;
const LINE: i32 = 21;

impl Flow {
    pub fn new(pixels: i32, margin: i32) -> Flow {
        let scene = Scene::new(pixels.unsigned_abs(), 0);
        Flow { scene, left: margin, right: pixels - margin, y: 34 }
    }

    fn room(&self) -> i32 {
        self.right - self.left
    }

    fn write(&mut self, words: String, x: i32, size: i32, bold: bool, rgb: Rgb) {
        let y = self.y;
        self.scene.write(Text { words, x, y, size, bold, anchor: Anchor::Left, rgb });
    }

    fn taken(&mut self, pixels: i32) {
        self.y += pixels;
        self.scene.height = (self.y + 30).unsigned_abs();
    }

    pub fn title(&mut self, title: &str) {
        self.write(fitted(title, 28, true, self.room()), self.left, 28, true, INK);
        self.taken(46);
    }

    /// A sentence on as many lines as it needs.
    pub fn sentence(&mut self, sentence: &str, is_first: bool) {
        let (size, line) = if is_first { (18, 26) } else { (15, 23) };
        for words in wrapped(sentence, size, is_first, self.room()) {
            self.write(words, self.left, size, is_first, INK);
            self.taken(line);
        }
        self.taken(if is_first { 4 } else { 1 });
    }

    /// A table with a head; cells that are too long lose their middle.
    pub fn table(&mut self, rows: &[Vec<String>]) {
        let Some(head) = rows.first() else { return };
        self.taken(14);
        let columns = widths(rows, head.len(), self.room());
        for (number, row) in rows.iter().enumerate() {
            let mut x = self.left;
            for (cell, room) in row.iter().zip(&columns) {
                let is_head = number == 0;
                let rgb = if is_head { GREY } else { INK };
                let words = fitted_middle(cell, BODY, false, room - 24);
                self.write(words, x, BODY, false, rgb);
                x += room;
            }
            self.taken(LINE);
            let line = Area::new(self.left, self.y - 5, self.right, self.y - 4);
            self.scene.fill(line, GRID);
            self.taken(4);
        }
        self.taken(10);
    }

    /// Lines of text; those that begin with spaces are set in.
    pub fn lines(&mut self, lines: &[String]) {
        for line in lines {
            let indent = 18 * i32::from(line.starts_with("  "));
            for words in wrapped(line.trim_start(), BODY, false, self.room() - indent) {
                self.write(words, self.left + indent, BODY, false, INK);
                self.taken(LINE);
            }
        }
        if !lines.is_empty() {
            self.taken(10);
        }
    }

    pub fn heading(&mut self, heading: &str, about: &str) {
        self.taken(18);
        self.scene.fill(Area::new(self.left, self.y, self.right, self.y + 1), FRAME);
        self.taken(18);
        let words = fitted(heading, 20, true, self.room() / 2);
        let taken = width(&words, 20, true);
        self.write(words, self.left, 20, true, INK);
        let about = fitted(about, BODY, false, self.room() - taken - 24);
        let x = self.left + taken + 24;
        self.y += 4;
        self.write(about, x, BODY, false, GREY);
        self.y -= 4;
        self.taken(34);
    }

    pub fn scene(&mut self, scene: &Scene) {
        let (left, y) = (self.left, self.y);
        self.scene.place(scene, left, y);
        self.taken(scene.height.cast_signed() + 16);
    }

    /// Two side by side, the second so many pixels from the left.
    pub fn beside(&mut self, one: &Scene, other: &Scene, apart: i32) {
        let (left, y) = (self.left, self.y);
        self.scene.place(one, left, y);
        self.scene.place(other, left + apart, y);
        self.taken(one.height.max(other.height).cast_signed() + 16);
    }

    pub fn footer(&mut self, lines: &[String]) {
        self.taken(14);
        self.scene.fill(Area::new(self.left, self.y, self.right, self.y + 1), FRAME);
        self.taken(14);
        for line in lines {
            for words in wrapped(line, 12, false, self.room()) {
                self.write(words, self.left, 12, false, GREY);
                self.taken(18);
            }
        }
    }
}

/// Pixels of each column: what its cells need, all together no more than the room.
fn widths(rows: &[Vec<String>], columns: usize, room: i32) -> Vec<i32> {
    let need = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        cells.map(|cell| width(cell, BODY, false) + 28).max().unwrap_or(0)
    };
    let mut needs: Vec<i32> = (0..columns).map(need).collect();
    // the widest gives way first
    while needs.iter().sum::<i32>() > room {
        let Some(widest) = needs.iter_mut().max() else { break };
        if *widest <= 60 {
            break;
        }
        *widest -= (*widest / 20).max(1);
    }
    needs
}
