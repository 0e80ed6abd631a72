//! The language against a small table of fields of its own, so that it is
//! tested for itself; and what all these tests share.

mod errors;
mod programs;
mod reading;
mod round_trip;

use std::cell::RefCell;
use std::collections::HashMap;

use super::{FilterError, Given, Program, QuickTest, Record};
use crate::filter::fields::{Argument, ArgumentRule, Context, Field, Needs, UnknownField};
use crate::filter::value::{FieldType, Several, Value, Values};

#[allow(clippy::trivially_copy_pass_by_ref)] // a `Get`
fn nothing<'a>(_: &Context<'a>, _: &Argument, _: &mut Values<'a>) {}

const fn field(name: &'static str, kind: FieldType, needs: Needs) -> Field {
    Field::new(name, kind, needs, "", nothing)
}

static FIELDS: [Field; 16] = [
    field("evt.type", FieldType::Text, Needs::Header),
    field("evt.dir", FieldType::Text, Needs::Header),
    field("evt.num", FieldType::Unsigned, Needs::Header),
    field("evt.cpu", FieldType::Signed, Needs::Header),
    field("evt.deltatime", FieldType::Time, Needs::Header),
    field("evt.latency", FieldType::Time, Needs::Clock),
    field("evt.failed", FieldType::Bool, Needs::Params),
    field("evt.buffer", FieldType::Bytes, Needs::Params),
    field("evt.arg", FieldType::Text, Needs::Params).takes(ArgumentRule::NameOrIndex),
    field("thread.load", FieldType::Double, Needs::Threads),
    field("proc.name", FieldType::Text, Needs::Threads),
    field("proc.aname", FieldType::Text, Needs::Threads)
        .takes(ArgumentRule::OptionalIndex)
        .several(Several::Any),
    field("fd.name", FieldType::Text, Needs::Fds),
    field("fd.port", FieldType::Port, Needs::Fds).several(Several::EitherSide),
    field("fd.ip", FieldType::Ip, Needs::Fds).several(Several::EitherSide),
    field("fd.net", FieldType::Net, Needs::Fds).several(Several::EitherSide),
];

fn find(text: &str) -> Result<(&'static Field, Argument), UnknownField> {
    let fields = FIELDS.iter().filter_map(|field| Some((field, text.strip_prefix(field.name)?)));
    let nearest = super::error::nearest(text, FIELDS.iter().map(|field| field.name));
    let unknown = |nearest, reason: Option<&str>| UnknownField {
        name: text.to_owned(),
        nearest,
        reason: reason.map(str::to_owned),
    };
    let (field, rest) = fields
        .filter(|(_, rest)| rest.is_empty() || rest.starts_with(['.', '[']))
        .max_by_key(|(field, _)| field.name.len())
        .ok_or_else(|| unknown(nearest, None))?;
    let inside = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match (rest.strip_prefix('.'), inside) {
        (Some(name), _) => Ok((field, Argument::Name(name.to_owned()))),
        (_, Some(inside)) => Ok((field, Argument::Bracket(inside.to_owned()))),
        _ if field.argument == ArgumentRule::NameOrIndex => {
            Err(unknown(Some(field.name), Some("needs .NAME or [N] behind it")))
        }
        _ => Ok((field, Argument::None)),
    }
}

fn program(text: &str) -> Result<Program, FilterError> {
    Program::with_fields(text, &find)
}

/// An event that is nothing but values of fields, and remembers which ones it
/// was asked for.
#[derive(Default)]
struct Made {
    values: HashMap<&'static str, Vec<Value<'static>>>,
    names: Vec<&'static str>,
    asked: RefCell<Vec<&'static str>>,
}

impl Made {
    fn with(mut self, name: &'static str, values: Vec<Value<'static>>) -> Made {
        self.values.insert(name, values);
        self
    }

    fn text(self, name: &'static str, text: &'static str) -> Made {
        self.with(name, vec![Value::text(text)])
    }

    /// Made ready for this program's numbers of fields.
    fn passes(&mut self, program: &Program) -> bool {
        self.names = program.uses().iter().map(|used| used.field.name).collect();
        self.asked.borrow_mut().clear();
        program.passes(self)
    }
}

impl Record for Made {
    fn given<'s>(&'s self, field_use: usize, out: &mut Values<'s>) -> Given<'s> {
        let name = self.names[field_use];
        self.asked.borrow_mut().push(name);
        out.extend(self.values.get(name).into_iter().flatten().cloned());
        Given::Values
    }

    fn passes_quick(&self, test: &QuickTest) -> bool {
        let name = test.field.name();
        self.asked.borrow_mut().push(name);
        match self.values.get(name).and_then(|values| values.first()) {
            Some(Value::Signed(number)) => test.passes_signed(*number),
            Some(Value::Unsigned(number)) if test.field.is_signed() => {
                test.passes_signed(number.cast_signed())
            }
            Some(Value::Unsigned(number)) => test.passes(*number),
            _ => false,
        }
    }
}
