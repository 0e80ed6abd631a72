//! Any tree that can be read comes back from its canonical form. The trees are
//! made by a small generator with fixed seeds, so a failure repeats.

use super::super::operator::ALL;
use super::super::{Check, Expr, Spanned, parse};

/// Numbers that look random (xorshift).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }

    fn value(&mut self) -> Vec<u8> {
        const BYTES: &[u8] = b"ab/.*? \t\n(),'\"\\x41=<>![]{}-\x00\x7f\x80\xc3\xa9\xff";
        (0..self.below(8)).map(|_| BYTES[self.below(BYTES.len())]).collect()
    }

    fn check(&mut self) -> Check {
        const FIELDS: [&str; 6] =
            ["evt.type", "fd.name", "evt.arg[0]", "evt.arg.x", "m[a b].c", "in"];
        let operator = ALL[self.below(ALL.len())];
        let operands = match operator.name() {
            "exists" => 0,
            _ if operator.takes_list() => 1 + self.below(3),
            _ => 1,
        };
        Check {
            field: Spanned::new(FIELDS[self.below(FIELDS.len())].to_owned(), 0),
            operator: Spanned::new(operator, 0),
            operands: (0..operands).map(|_| Spanned::new(self.value(), 0)).collect(),
        }
    }

    /// A tree in which no `and` is directly within an `and`, and no `or`
    /// within an `or`.
    fn tree(&mut self, levels: usize, within: usize) -> Expr {
        match self.below(if levels == 0 { 1 } else { 4 }) {
            1 if within != 1 => Expr::And(self.trees(levels, 1)),
            2 if within != 2 => Expr::Or(self.trees(levels, 2)),
            3 => Expr::Not(Box::new(self.tree(levels - 1, 0))),
            _ => Expr::Check(self.check()),
        }
    }

    fn trees(&mut self, levels: usize, within: usize) -> Vec<Expr> {
        (0..2 + self.below(3)).map(|_| self.tree(levels - 1, within)).collect()
    }
}

#[test]
fn trees_come_back_from_what_they_print() {
    for seed in 1..=3_000 {
        let mut random = Random::new(seed);
        let tree = random.tree(5, 0);
        let text = tree.to_string();
        match parse(&text) {
            Ok(read) => assert_eq!(read, tree, "seed {seed}: {text}"),
            Err(error) => panic!("seed {seed}: {error}"),
        }
    }
}

#[test]
fn damaged_filters_are_errors_with_a_place_and_no_crash() {
    for seed in 1..=3_000 {
        let mut random = Random::new(seed);
        let mut text: Vec<char> = random.tree(3, 0).to_string().chars().collect();
        for _ in 0..=random.below(4) {
            let at = random.below(text.len().max(1));
            match random.below(3) {
                0 if at < text.len() => drop(text.remove(at)),
                1 => text.insert(
                    at.min(text.len()),
                    ['(', ')', '"', '\'', '\\', '[', ' ', 'é'][random.below(8)],
                ),
                _ => text.truncate(at),
            }
        }
        let text: String = text.into_iter().collect();
        match parse(&text) {
            Ok(tree) => assert_eq!(parse(&tree.to_string()), Ok(tree), "seed {seed}: {text}"),
            Err(error) => {
                assert!(text.is_char_boundary(error.column), "seed {seed}: {error}");
                assert_eq!(
                    error.to_string().lines().next(),
                    Some(error.text.replace(|c: char| c.is_control(), " ").as_str())
                );
            }
        }
    }
}
