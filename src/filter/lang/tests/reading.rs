//! What is read, and how it is written canonically.

use super::super::{Expr, parse};

#[track_caller]
fn canonical(text: &str, form: &str) {
    let tree = parse(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(tree.to_string(), form);
    assert_eq!(parse(form), Ok(tree), "{form}");
}

#[test]
fn the_empty_filter_is_true_of_everything() {
    assert_eq!(parse(""), Ok(Expr::And(Vec::new())));
    assert_eq!(parse(" \t\r\n"), Ok(Expr::And(Vec::new())));
    assert_eq!(Expr::And(Vec::new()).to_string(), "");
}

#[test]
fn not_binds_before_and_before_or() {
    canonical("a=1 and b=2 or c=3", "(a=1 and b=2) or c=3");
    canonical("a=1 or b=2 and c=3 or d=4", "a=1 or (b=2 and c=3) or d=4");
    canonical("not a=1 and b=2", "not a=1 and b=2");
    canonical("not (a=1 and b=2)", "not (a=1 and b=2)");
}

#[test]
fn levels_of_one_word_are_one() {
    canonical("a=1 and (b=2 and c=3)", "a=1 and b=2 and c=3");
    canonical("((a=1) or (b=2 or c=3))", "a=1 or b=2 or c=3");
    canonical("(((a=1)))", "a=1");
}

#[test]
fn several_nots_are_one_as_in_sysdig() {
    canonical("not not a=1", "not a=1");
    canonical("not not not a=1", "not a=1");
    canonical("not (not a=1)", "not (not a=1)");
}

#[test]
fn brackets_need_no_blanks() {
    canonical("(a=1)and(b=2)", "a=1 and b=2");
    canonical("not(a=1)", "not a=1");
    canonical("a exists and(b=2)", "a exists and b=2");
    canonical("a=1\nand\r\n\tb=2", "a=1 and b=2");
}

#[test]
fn a_bare_value_goes_on_to_the_next_blank_or_bracket() {
    canonical("evt.dir=<", "evt.dir=<");
    canonical("evt.dir=<and", "evt.dir=<and");
    canonical("evt.dir==>", "evt.dir=>");
    canonical("a = b", "a=b");
    canonical("a= =b", "a=\"=b\"");
    canonical("a<==b", "a<=\"=b\"");
    canonical("a=cu\"rl", "a=\"cu\\\"rl\"");
    canonical("a=x,y", "a=\"x,y\"");
    canonical("a!=!x", "a!=!x");
    canonical("(a=)", "a=\"\"");
    canonical("a=", "a=\"\"");
}

#[test]
fn quotes_hold_everything_but_themselves() {
    canonical("a='x y'", "a=\"x y\"");
    canonical("a=\"(x)\"", "a=\"(x)\"");
    canonical("a='cu\"rl'", "a=\"cu\\\"rl\"");
    canonical("a='it\\'s'", "a=\"it's\"");
    canonical("a='plain'", "a=plain");
    canonical("a contains\"x\"", "a contains x");
    canonical("a in('x',\"y\")", "a in (x, y)");
    canonical("a='é'", "a=\"é\"");
}

#[test]
fn escapes_are_those_of_sysdig() {
    canonical(r"a=\x41\x20b", "a=\"A b\"");
    canonical(r"a=x\\y", r#"a="x\\y""#);
    canonical(r"a glob \*x", r#"a glob "\\*x""#);
    canonical(r#"a="\x7fELF\xff""#, r#"a="\x7fELF\xff""#);
    canonical("a='\u{85}'", r#"a="\xc2\x85""#);
    canonical(r"a=\", r#"a="\\""#);
}

#[test]
fn lists_have_commas_and_optional_blanks() {
    canonical("a in (x,y , z)", "a in (x, y, z)");
    canonical("a pmatch( /etc )", "a pmatch (/etc)");
    canonical("a intersects ('',\"b c\")", "a intersects (\"\", \"b c\")");
}

#[test]
fn arguments_may_hold_anything_up_to_the_bracket() {
    canonical("evt.arg[0]=x", "evt.arg[0]=x");
    canonical("m[/a b=c (d)].dest=x", "m[/a b=c (d)].dest=x");
}

#[test]
fn places_are_offsets_in_the_text() {
    let Ok(Expr::And(members)) = parse("é=1 and  b in ( x,'y')") else {
        panic!("no conjunction");
    };
    let Some(Expr::Check(check)) = members.get(1) else {
        panic!("no check");
    };
    assert_eq!((check.field.at, check.operator.at), (10, 12));
    let places: Vec<usize> = check.operands.iter().map(|operand| operand.at).collect();
    assert_eq!(places, [17, 19]);
}

#[test]
fn depth_is_limited_and_never_a_crash() {
    let nested = |levels: usize| "(".repeat(levels) + "a=1" + &")".repeat(levels);
    assert!(parse(&nested(200)).is_ok());
    assert!(parse(&nested(201)).is_err());
    assert!(parse(&nested(100_000)).is_err());
    assert!(parse(&"(".repeat(100_000)).is_err());
    let deep = "not (".repeat(150) + "a=1" + &")".repeat(150);
    assert!(parse(&deep).is_err());
    let long = "not ".repeat(100_000) + "a=1";
    assert_eq!(parse(&long).map(|tree| tree.to_string()), Ok("not a=1".into()));
    let wide = vec!["a=1"; 10_000].join(" and ");
    assert_eq!(parse(&wide).map(|tree| tree.to_string()), Ok(wide));
}
