//! From tree to program: every field, operator and value is checked against
//! the table of fields before anything is read.

use memchr::memmem::Finder;

use crate::filter::fields::{Field, UnknownField};
use crate::filter::value::FieldType;

use super::error::{FilterError, suggestion};
use super::event_names;
use super::glob::Glob;
use super::matcher::{Bound, Matcher, components};
use super::operand;
use super::operator::Operator;
use super::program::{FieldUse, Lookup, Node, Test};
use super::quote::{hex_bytes, shown};
use super::tree::{Check, Expr, Spanned};

/// Checks trees and gathers the fields they use.
pub(super) struct Checker<'c> {
    pub(super) text: &'c str,
    pub(super) lookup: Lookup<'c>,
    pub(super) uses: Vec<FieldUse>,
}

impl Checker<'_> {
    /// A tree, checked.
    pub(super) fn node(&mut self, expr: &Expr) -> Result<Node, FilterError> {
        Ok(match expr {
            Expr::And(members) => Node::All(self.nodes(members)?),
            Expr::Or(members) => Node::Any(self.nodes(members)?),
            Expr::Not(inner) => Node::Not(Box::new(self.node(inner)?)),
            Expr::Check(check) => Node::Test(self.test(check)?),
        })
    }

    fn nodes(&mut self, members: &[Expr]) -> Result<Vec<Node>, FilterError> {
        members.iter().map(|member| self.node(member)).collect()
    }

    fn test(&mut self, check: &Check) -> Result<Test, FilterError> {
        let name = &check.field;
        let (field, argument) = (self.lookup)(&name.value)
            .map_err(|unknown| self.error(name.at, unknown_field(&unknown)))?;
        let operator = check.operator.value;
        let allowed = Operator::allowed(field.kind);
        if !allowed.contains(&operator) {
            let names: Vec<&str> = allowed.iter().map(|operator| operator.name()).collect();
            let message = format!(
                "'{operator}' does not go with {}, which is {}\noperators: {}",
                field.name,
                type_name(field.kind),
                names.join(" ")
            );
            return Err(self.error(check.operator.at, message));
        }
        let matcher = self.matcher(field, operator, &check.operands)?;
        let wanted = FieldUse { field, argument };
        let known = self.uses.iter().position(|known| known.is_same(&wanted));
        let field_use = known.unwrap_or(self.uses.len());
        if known.is_none() {
            self.uses.push(wanted);
        }
        Ok(Test { field_use, several: field.several, matcher })
    }

    fn matcher(
        &self,
        field: &Field,
        operator: Operator,
        operands: &[Spanned<Vec<u8>>],
    ) -> Result<Matcher, FilterError> {
        if operator.takes_list() {
            return self.list(field, operator, operands);
        }
        // the parser gives exactly one, `exists` none
        let Some(operand) = operands.first() else {
            return Ok(Matcher::Exists);
        };
        let wrong = |message: String| self.error(operand.at, about(field, &message));
        let read = || operand::read(field.kind, &operand.value).map_err(wrong);
        let bytes = || read().map(|_| operand.value.clone());
        Ok(match operator {
            Operator::Equal => Matcher::Equal(self.equal(field, operand)?),
            Operator::NotEqual => Matcher::NotEqual(self.equal(field, operand)?),
            Operator::Less => Matcher::Ordered(Bound::Less, read()?),
            Operator::LessOrEqual => Matcher::Ordered(Bound::LessOrEqual, read()?),
            Operator::Greater => Matcher::Ordered(Bound::Greater, read()?),
            Operator::GreaterOrEqual => Matcher::Ordered(Bound::GreaterOrEqual, read()?),
            Operator::Contains => Matcher::Contains(finder(&bytes()?)),
            Operator::ContainsAnyCase => Matcher::ContainsAnyCase(bytes()?),
            Operator::StartsWith => Matcher::StartsWith(bytes()?),
            Operator::EndsWith => Matcher::EndsWith(bytes()?),
            Operator::Glob => Matcher::Glob(Glob::new(&bytes()?, false)),
            Operator::GlobAnyCase => Matcher::Glob(Glob::new(&bytes()?, true)),
            Operator::Regex => Matcher::Regex(regex(&operand.value).map_err(wrong)?),
            Operator::BytesContain => {
                Matcher::Contains(finder(&hexadecimal(&operand.value).map_err(wrong)?))
            }
            Operator::BytesStartWith => {
                Matcher::StartsWith(hexadecimal(&operand.value).map_err(wrong)?)
            }
            Operator::In | Operator::Intersects | Operator::PathMatch | Operator::Exists => {
                Matcher::Exists
            }
        })
    }

    fn list(
        &self,
        field: &Field,
        operator: Operator,
        operands: &[Spanned<Vec<u8>>],
    ) -> Result<Matcher, FilterError> {
        if operator == Operator::PathMatch {
            let paths = operands
                .iter()
                .map(|operand| components(&operand.value).map(<[u8]>::to_vec).collect());
            return Ok(Matcher::Below(paths.collect()));
        }
        let read: Result<Vec<_>, _> =
            operands.iter().map(|operand| self.equal(field, operand)).collect();
        let read = read?;
        Ok(match field.kind {
            FieldType::Text | FieldType::Bytes => {
                Matcher::OneOfTexts(operands.iter().map(|operand| operand.value.clone()).collect())
            }
            _ => Matcher::OneOf(read),
        })
    }

    /// An operand to be equal to: for event types, one of their names.
    fn equal(
        &self,
        field: &Field,
        operand: &Spanned<Vec<u8>>,
    ) -> Result<operand::Operand, FilterError> {
        let value = &operand.value;
        if is_event_name(field) && !event_names::is_known(value) {
            let name = shown(value);
            let close = suggestion(event_names::closest(&name));
            let message = format!("no event or system call is called '{name}'{close}");
            return Err(self.error(operand.at, message));
        }
        operand::read(field.kind, value)
            .map_err(|message| self.error(operand.at, about(field, &message)))
    }

    fn error(&self, column: usize, message: String) -> FilterError {
        FilterError { message, column, text: self.text.to_owned() }
    }
}

/// Whether the values of a field are names of events.
pub(super) fn is_event_name(field: &Field) -> bool {
    matches!(field.name, "evt.type" | "syscall.type")
}

fn about(field: &Field, message: &str) -> String {
    format!("{}: {message}", field.name)
}

fn unknown_field(unknown: &UnknownField) -> String {
    match (&unknown.reason, unknown.nearest) {
        (Some(reason), Some(field)) => format!("{field} {reason}"),
        (Some(reason), None) => reason.clone(),
        (None, nearest) => format!("no field '{}'{}", unknown.name, suggestion(nearest)),
    }
}

fn type_name(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Text => "text",
        FieldType::Bytes => "bytes",
        FieldType::Signed => "a signed number",
        FieldType::Unsigned => "an unsigned number",
        FieldType::Time => "a time",
        FieldType::Bool => "true or false",
        FieldType::Double => "a number with a fraction",
        FieldType::Port => "a port",
        FieldType::Ip => "an address",
        FieldType::Net => "an address in a network",
    }
}

fn finder(part: &[u8]) -> Box<Finder<'static>> {
    Box::new(Finder::new(part).into_owned())
}

fn hexadecimal(value: &[u8]) -> Result<Vec<u8>, String> {
    std::str::from_utf8(value)
        .ok()
        .and_then(hex_bytes)
        .ok_or_else(|| format!("'{}' is no row of bytes; write 7f454c46", shown(value)))
}

/// An expression for whole values. It is read alone first: `a)|(b` must not
/// become one by the brackets around it.
fn regex(value: &[u8]) -> Result<regex::bytes::Regex, String> {
    let text = std::str::from_utf8(value).map_err(|_| "a regex must be UTF-8".to_owned())?;
    let read = |pattern: &str| {
        regex::bytes::Regex::new(pattern).map_err(|error| {
            let reason = error.to_string();
            let last = reason.lines().last().unwrap_or_default();
            format!("'{text}' is no regex: {}", last.trim_start_matches("error: "))
        })
    };
    read(text)?;
    // a comment at its end, which `(?x)` allows, ends with the line
    read(&format!("\\A(?:{text})\\z")).or_else(|_| read(&format!("\\A(?:{text}\n)\\z")))
}
