//! What of a WHERE the reader can decide: the conditions that are sysdig filters,
//! too. A row that passes the WHERE passes this filter; the query asks the whole
//! WHERE again, so nothing depends on it but the time it takes.

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value};

use super::column::{Column, ColumnType, Source, column};
use crate::filter::fields::Argument;
use crate::filter::value::{FieldType, Several};

/// The filter of those parts of a condition that are one; `None`: there is none.
pub fn filter_of(condition: &Expr) -> Option<String> {
    match condition {
        Expr::Nested(inside) => filter_of(inside),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            match (filter_of(left), filter_of(right)) {
                (Some(left), Some(right)) => Some(format!("{left} and {right}")),
                (left, right) => left.or(right),
            }
        }
        other => exactly(other),
    }
}

/// The filter that is a whole condition: true of the same rows.
pub fn exactly(condition: &Expr) -> Option<String> {
    match condition {
        Expr::Nested(inside) => exactly(inside),
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
            Some(format!("{}=true", boolean(condition)?))
        }
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => Some(format!("{}=false", boolean(expr)?)),
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
            Some(format!("({} or {})", exactly(left)?, exactly(right)?))
        }
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            Some(format!("({} and {})", exactly(left)?, exactly(right)?))
        }
        Expr::BinaryOp { left, op, right } => {
            let op = match op {
                BinaryOperator::Eq => "=",
                BinaryOperator::NotEq => "!=",
                BinaryOperator::Lt => "<",
                BinaryOperator::LtEq => "<=",
                BinaryOperator::Gt => ">",
                BinaryOperator::GtEq => ">=",
                _ => return None,
            };
            let (name, column) = named(left)?;
            let is_text = column.kind == ColumnType::Text;
            if is_text && !matches!(op, "=" | "!=") {
                return None; // filters order no texts
            }
            Some(format!("{name}{op}{}", literal(right, &column)?))
        }
        Expr::InList { expr, list, negated: false } => {
            let (name, column) = named(expr)?;
            let list: Option<Vec<String>> =
                list.iter().map(|item| literal(item, &column)).collect();
            Some(format!("{name} in ({})", list?.join(", ")))
        }
        Expr::IsNotNull(expr) => Some(format!("{} exists", named(expr)?.0)),
        _ => None,
    }
}

/// A column that is a field which a filter can ask, with one value at most.
fn named(expr: &Expr) -> Option<(String, Column)> {
    let name = match expr {
        Expr::Identifier(name) => name,
        Expr::CompoundIdentifier(names) => names.last()?,
        _ => return None,
    };
    let column = column(&name.value).ok()?;
    let Source::Field(field, argument) = &column.source else { return None };
    let odd = matches!(field.kind, FieldType::Bytes | FieldType::Ip | FieldType::Net);
    if field.several != Several::Never || field.printed_only || odd {
        return None;
    }
    let written = match argument {
        Argument::None => field.name.to_owned(),
        Argument::Name(name) => format!("{}.{name}", field.name),
        Argument::Bracket(text) => format!("{}[{text}]", field.name),
    };
    // what a filter remembers from event to event must see all of them
    (!written.starts_with("evt.deltatime")).then_some((written, column))
}

fn boolean(expr: &Expr) -> Option<String> {
    let (name, column) = named(expr)?;
    (column.kind == ColumnType::Bool).then_some(name)
}

fn literal(expr: &Expr, column: &Column) -> Option<String> {
    let (value, negative) = match expr {
        Expr::Value(value) => (&value.value, false),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match expr.as_ref() {
            Expr::Value(value) => (&value.value, true),
            _ => return None,
        },
        _ => return None,
    };
    match (value, column.kind) {
        (Value::SingleQuotedString(text), ColumnType::Text) => {
            let plain = !text.is_empty() && !text.contains(['"', '\\', '\'', '\n', '\0']);
            plain.then(|| format!("\"{text}\""))
        }
        (Value::Number(number, _), ColumnType::Int) => {
            let number: u64 = number.parse().ok()?;
            let signed = matches!(
                &column.source,
                Source::Field(field, _) if field.kind == FieldType::Signed
            );
            match negative {
                true if signed => Some(format!("-{number}")),
                true => None,
                false => Some(number.to_string()),
            }
        }
        (Value::Boolean(value), ColumnType::Bool) if !negative => Some(value.to_string()),
        _ => None,
    }
}
