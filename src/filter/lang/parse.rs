//! From text to tree, with nom. Everything is held by its offset in the text,
//! so that each later complaint can point at its culprit.
//!
//! Unlike sysdig 0.29.3 this wants a blank or a bracket around words
//! (`andevt.dir=<` is refused), refuses a `not` where `and` or `or` is missing
//! (sysdig drops it silently), and lets `and` bind tighter than `or` (sysdig
//! refuses to mix them).

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_till1, take_while};
use nom::combinator::{map, recognize, value};
use nom::error::{ErrorKind, ParseError};
use nom::multi::{many1_count, separated_list1};
use nom::sequence::preceded;
use nom::{Err, IResult, Offset, Parser};

use super::error::{FilterError, nearest, suggestion};
use super::operator::{ALL, Operator};
use super::quote::unescaped;
use super::tree::{Check, Expr, Spanned};

/// Brackets within brackets, at most.
const BRACKETS: usize = 200;
/// Depth of the tree, at most; less than [`BRACKETS`], so that the canonical
/// form of what can be read can be read.
const DEPTH: usize = 100;

/// Reads a filter. The empty filter is true of everything.
///
/// # Errors
/// The first place where the text cannot be a filter.
pub fn parse(text: &str) -> Result<Expr, FilterError> {
    let error =
        |at: &str, message| FilterError { message, column: text.offset(at), text: text.to_owned() };
    let scanner = Scanner { text };
    let trimmed = text.trim_start_matches(is_blank);
    if trimmed.is_empty() {
        return Ok(Expr::And(Vec::new()));
    }
    let (rest, tree) = scanner.alternatives(trimmed, 0).map_err(|wrong| match wrong {
        Err::Error(wrong) | Err::Failure(wrong) => error(wrong.at, wrong.message),
        Err::Incomplete(_) => error(trimmed, "the filter ends too early".into()),
    })?;
    let rest = rest.trim_start_matches(is_blank);
    if !rest.is_empty() {
        return Err(error(rest, misplaced(rest)));
    }
    if tree.depth() > DEPTH {
        return Err(error(trimmed, format!("nests deeper than {DEPTH} levels")));
    }
    Ok(tree)
}

/// What is said about text behind a complete filter.
fn misplaced(rest: &str) -> String {
    if rest.starts_with(')') {
        return "no '(' is open for this ')'".into();
    }
    let word = word_at(rest);
    let meant = match word.to_ascii_lowercase().as_str() {
        "and" | "&&" | "&" => "; did you mean 'and'?",
        "or" | "||" | "|" => "; did you mean 'or'?",
        _ => "",
    };
    format!("'and' or 'or' is missing before '{word}'{meant}")
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn ends_word(c: char) -> bool {
    is_blank(c) || matches!(c, '(' | ')')
}

/// The next word, for messages: at least one character, if there is one.
fn word_at(text: &str) -> &str {
    let end = text.char_indices().skip(1).find(|&(_, c)| ends_word(c) || c == ',');
    text.get(..end.map_or(text.len(), |(at, _)| at)).unwrap_or(text)
}

/// A complaint and the text it is about.
struct Wrong<'t> {
    at: &'t str,
    message: String,
}

impl<'t> ParseError<&'t str> for Wrong<'t> {
    fn from_error_kind(at: &'t str, _: ErrorKind) -> Wrong<'t> {
        Wrong { at, message: format!("'{}' cannot stand here", word_at(at)) }
    }

    fn append(_: &'t str, _: ErrorKind, other: Wrong<'t>) -> Wrong<'t> {
        other
    }
}

type Parsed<'t, T> = IResult<&'t str, T, Wrong<'t>>;

fn refuse<T>(at: &str, message: impl Into<String>) -> Parsed<'_, T> {
    Err(Err::Failure(Wrong { at, message: message.into() }))
}

fn blanks(input: &str) -> Parsed<'_, &str> {
    take_while(is_blank)(input)
}

/// `word`, if it stands alone.
fn keyword<'t>(word: &'static str) -> impl Fn(&'t str) -> Parsed<'t, &'t str> {
    move |input| {
        let (rest, found) = preceded(blanks, tag(word)).parse(input)?;
        if rest.is_empty() || rest.starts_with(ends_word) {
            Ok((rest, found))
        } else {
            Err(Err::Error(Wrong::from_error_kind(input, ErrorKind::Tag)))
        }
    }
}

fn symbol(input: &str) -> Parsed<'_, Operator> {
    alt((
        value(Operator::Equal, tag("==")),
        value(Operator::Equal, tag("=")),
        value(Operator::NotEqual, tag("!=")),
        value(Operator::LessOrEqual, tag("<=")),
        value(Operator::Less, tag("<")),
        value(Operator::GreaterOrEqual, tag(">=")),
        value(Operator::Greater, tag(">")),
    ))
    .parse(input)
}

/// The operator behind `field`.
fn operator<'t>(input: &'t str, field: &str) -> Parsed<'t, Operator> {
    if let Ok(found) = symbol(input) {
        return Ok(found);
    }
    let (rest, word) = take_till(|c| ends_word(c) || matches!(c, '"' | '\'')).parse(input)?;
    if let Some(&operator) = ALL.iter().find(|known| known.name() == word) {
        return Ok((rest, operator));
    }
    if matches!(word, "" | "and" | "or" | "not") {
        return refuse(input, format!("an operator is missing behind '{field}'"));
    }
    let names = ALL.iter().map(|operator| operator.name());
    let close = suggestion(nearest(word, names.clone().filter(|name| name.len() > 1)));
    let names: Vec<&str> = names.collect();
    let all = names.join(" ");
    refuse(input, format!("no operator '{word}'{close}\noperators: {all}"))
}

/// The text inside quotes of one kind; the other kind may stand in it.
fn quoted(input: &str) -> Parsed<'_, &str> {
    let (rest, quote) = alt((tag("\""), tag("'"))).parse(input)?;
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        if !escaped && quote.starts_with(c) {
            let (inside, rest) = rest.split_at(at);
            return Ok((rest.get(1..).unwrap_or_default(), inside));
        }
        escaped = !escaped && c == '\\';
    }
    refuse(input, format!("the quote {quote} is not closed"))
}

struct Scanner<'t> {
    text: &'t str,
}

impl<'t> Scanner<'t> {
    fn spanned<T>(&self, value: T, at: &str) -> Spanned<T> {
        Spanned::new(value, self.text.offset(at))
    }

    /// `a or b or c`
    fn alternatives(&self, input: &'t str, level: usize) -> Parsed<'t, Expr> {
        let member = |input| self.conjunction(input, level);
        map(separated_list1(keyword("or"), member), any_of).parse(input)
    }

    /// `a and b and c`
    fn conjunction(&self, input: &'t str, level: usize) -> Parsed<'t, Expr> {
        let member = |input| self.term(input, level);
        map(separated_list1(keyword("and"), member), all_of).parse(input)
    }

    /// A bracket or a check, with `not` before it. Any number of them is one
    /// `not`: so does sysdig, and a filter must not change its meaning here.
    /// `not (not x)` is x.
    fn term(&self, input: &'t str, level: usize) -> Parsed<'t, Expr> {
        let (rest, negated) = match many1_count(keyword("not")).parse(input) {
            Ok((rest, _)) => (rest, true),
            Err(_) => (input, false),
        };
        let (rest, _) = blanks(rest)?;
        let (rest, inner) = match rest.strip_prefix('(') {
            Some(inside) => self.bracket(rest, inside, level)?,
            None => self.check(rest)?,
        };
        Ok((rest, if negated { Expr::Not(Box::new(inner)) } else { inner }))
    }

    fn bracket(&self, open: &'t str, inside: &'t str, level: usize) -> Parsed<'t, Expr> {
        if level >= BRACKETS {
            return refuse(open, format!("more than {BRACKETS} brackets within each other"));
        }
        let (inside, _) = blanks(inside)?;
        if inside.starts_with(')') {
            return refuse(inside, "there is nothing in these brackets");
        }
        let (rest, inner) = self.alternatives(inside, level + 1)?;
        let (rest, _) = blanks(rest)?;
        match rest.strip_prefix(')') {
            Some(behind) => Ok((behind, inner)),
            None if rest.is_empty() => refuse(open, "this '(' is not closed"),
            None => refuse(rest, misplaced(rest)),
        }
    }

    fn check(&self, input: &'t str) -> Parsed<'t, Expr> {
        let (behind, name) = self.field(input)?;
        let field = self.spanned(name.to_owned(), input);
        let (at_operator, _) = blanks(behind)?;
        let (rest, operator) = operator(at_operator, name)?;
        let (rest, operands) = match operator {
            Operator::Exists => (rest, Vec::new()),
            _ if operator.takes_list() => self.list(rest, operator)?,
            _ => map(|input| self.single(input, operator), |value| vec![value]).parse(rest)?,
        };
        let operator = self.spanned(operator, at_operator);
        Ok((rest, Expr::Check(Check { field, operator, operands })))
    }

    /// A field's name and argument. What is in square brackets may be anything
    /// but a closing one.
    fn field(&self, input: &'t str) -> Parsed<'t, &'t str> {
        let plain = take_till1(|c| ends_word(c) || matches!(c, '!' | '=' | '<' | '>' | '['));
        let argument = recognize((tag("["), take_till(|c| c == ']'), tag("]")));
        let found: Parsed<'t, &'t str> =
            recognize(many1_count(alt((plain, argument)))).parse(input);
        let Ok((rest, name)) = found else {
            return refuse(input, self.no_field(input));
        };
        if rest.starts_with('[') {
            return refuse(rest, "this '[' is not closed");
        }
        if matches!(name, "and" | "or" | "not") {
            return refuse(input, self.no_field(input));
        }
        Ok((rest, name))
    }

    fn no_field(&self, input: &str) -> String {
        let before = self.text.get(..self.text.offset(input)).unwrap_or_default();
        let before = before.trim_end_matches(is_blank);
        let last = before.rsplit(ends_word).next().unwrap_or_default();
        match (word_at(input), last) {
            ("", "") => "a condition is missing at the end".into(),
            ("", last) => format!("a condition is missing behind '{last}'"),
            (word, _) if input.starts_with('[') => format!("'{word}' has no closing ']'"),
            (word, _) => format!("a condition is missing before '{word}'"),
        }
    }

    /// The value of an operator that takes one.
    fn single(&self, input: &'t str, operator: Operator) -> Parsed<'t, Spanned<Vec<u8>>> {
        let (input, _) = blanks(input)?;
        if input.starts_with(['"', '\'']) {
            return self.quoted(input);
        }
        let (rest, text) = take_till(ends_word).parse(input)?;
        if rest.starts_with('(') && text.is_empty() {
            let list = "lists follow only in, intersects and pmatch";
            return refuse(rest, format!("a value is missing behind '{operator}'; {list}"));
        }
        // `fd.name=` asks for empty text, as in sysdig
        if text.is_empty() && operator.is_word() {
            return refuse(rest, format!("a value is missing behind '{operator}'"));
        }
        self.value(input, text).map(|value| (rest, value))
    }

    fn list(&self, input: &'t str, operator: Operator) -> Parsed<'t, Vec<Spanned<Vec<u8>>>> {
        let (open, _) = blanks(input)?;
        let Some(inside) = open.strip_prefix('(') else {
            return refuse(open, format!("a list in brackets is missing behind '{operator}'"));
        };
        let comma = preceded(blanks, tag(","));
        let (rest, values) = separated_list1(comma, |input| self.member(input)).parse(inside)?;
        let (rest, _) = blanks(rest)?;
        match rest.strip_prefix(')') {
            Some(behind) => Ok((behind, values)),
            None if rest.is_empty() => refuse(open, "this list is not closed"),
            None => refuse(rest, format!("',' or ')' is missing before '{}'", word_at(rest))),
        }
    }

    fn member(&self, input: &'t str) -> Parsed<'t, Spanned<Vec<u8>>> {
        let (input, _) = blanks(input)?;
        if input.starts_with(['"', '\'']) {
            return self.quoted(input);
        }
        let (rest, text) = take_till(|c| ends_word(c) || c == ',').parse(input)?;
        if text.is_empty() {
            return refuse(input, "a value is missing here; empty text is written ''");
        }
        self.value(input, text).map(|value| (rest, value))
    }

    fn quoted(&self, input: &'t str) -> Parsed<'t, Spanned<Vec<u8>>> {
        let (rest, text) = quoted(input)?;
        if !rest.is_empty() && !rest.starts_with(|c| ends_word(c) || c == ',') {
            return refuse(rest, format!("a blank is missing before '{}'", word_at(rest)));
        }
        self.value(input.get(1..).unwrap_or_default(), text)
            .map(|value| (rest, Spanned { at: self.text.offset(input), ..value }))
    }

    fn value(&self, at: &'t str, text: &str) -> Result<Spanned<Vec<u8>>, Err<Wrong<'t>>> {
        match unescaped(text) {
            Ok(value) => Ok(self.spanned(value, at)),
            Err(offset) => {
                let at = at.get(offset..).unwrap_or_default();
                Err(Err::Failure(Wrong { at, message: "\\x needs two hexadecimal digits".into() }))
            }
        }
    }
}

/// One level of `or`: those within it are lifted, one alone is itself.
fn any_of(members: Vec<Expr>) -> Expr {
    let lifted = members.into_iter().flat_map(|member| match member {
        Expr::Or(inner) => inner,
        other => vec![other],
    });
    alone(lifted.collect()).unwrap_or_else(Expr::Or)
}

/// The same for `and`.
fn all_of(members: Vec<Expr>) -> Expr {
    let lifted = members.into_iter().flat_map(|member| match member {
        Expr::And(inner) => inner,
        other => vec![other],
    });
    alone(lifted.collect()).unwrap_or_else(Expr::And)
}

fn alone(mut members: Vec<Expr>) -> Result<Expr, Vec<Expr>> {
    match (members.len(), members.pop()) {
        (1, Some(only)) => Ok(only),
        (_, last) => {
            members.extend(last);
            Err(members)
        }
    }
}
