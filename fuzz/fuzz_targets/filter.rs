//! Any text is either a filter, whose canonical form is the same filter, or an
//! error that can be shown at its place. Nothing panics, overflows the stack or
//! takes long.
//!
//! `cargo fuzz run filter`, or without a nightly compiler
//! `cargo fuzz run -s none filter`.

#![no_main]

use std::hint::black_box;

use analyze::filter::lang::{Expr, Glob, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match parse(text) {
        Ok(tree) => {
            let form = tree.to_string();
            match parse(&form) {
                Ok(again) => {
                    assert_eq!(again, tree, "{form}");
                    assert_eq!(again.to_string(), form);
                }
                Err(error) => panic!("{error}"),
            }
            globs(&tree);
        }
        Err(error) => {
            assert!(text.is_char_boundary(error.column));
            assert!(error.to_string().lines().count() >= 2);
        }
    }
});

/// Every operand is a pattern and a text as well.
fn globs(tree: &Expr) {
    match tree {
        Expr::And(members) | Expr::Or(members) => members.iter().for_each(globs),
        Expr::Not(inner) => globs(inner),
        Expr::Check(check) => {
            for pattern in &check.operands {
                for text in &check.operands {
                    black_box(Glob::new(&pattern.value, false).matches(&text.value));
                }
            }
        }
    }
}
