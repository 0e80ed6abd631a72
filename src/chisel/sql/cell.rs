//! How the cells of a column are found that are each row's own. Any field gives them as
//! values; for those that nearly every row of an exported file has there are ways without
//! a detour: numbers of the event itself, and texts that are written where others were
//! before.

use super::block::Cells;
use super::column::{Column, Source};
use crate::event::{EventType, event_types};
use crate::filter::fields::{Argument, Context, Number, Write, raw_type};
use crate::filter::value::{FieldType, Value};

/// How a cell is found.
#[derive(Debug)]
pub(super) enum Lookup {
    /// It is a number that the field gives.
    Number(Number),
    /// It is a text that the field writes.
    Text(Write),
    /// It is a parameter; by event type, which.
    Parameter(Vec<Parameter>),
    /// It is the field's value.
    Value,
}

/// What the parameter of an event type is to a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    /// The type has none of that name.
    None,
    /// Its text is wanted.
    Text(usize),
    /// It is a signed number, and wanted as that.
    Signed(usize),
    /// Something else.
    Other,
}

impl Lookup {
    /// The way for a column.
    pub(super) fn of(column: &Column) -> Lookup {
        let Source::Field(field, argument) = &column.source else {
            return match column.source {
                Source::Time => Lookup::Number(|context| Some(context.event.raw.ts_ns)),
                _ => Lookup::Value,
            };
        };
        match (argument, field.number, field.write) {
            (Argument::None, Some(number), _) => Lookup::Number(number),
            (Argument::None, _, Some(write)) if field.kind == FieldType::Text => {
                Lookup::Text(write)
            }
            (Argument::Name(name), ..) if matches!(field.name, "evt.arg" | "evt.rawarg") => {
                let is_raw = field.name == "evt.rawarg";
                let parameter = |kind: &EventType| match kind.param(name) {
                    None => Parameter::None,
                    Some(at) if !is_raw => Parameter::Text(at),
                    Some(at) => match raw_type(kind.params[at].kind) {
                        Some(FieldType::Signed) => Parameter::Signed(at),
                        _ => Parameter::Other,
                    },
                };
                Lookup::Parameter(event_types().iter().map(parameter).collect())
            }
            _ => Lookup::Value,
        }
    }

    /// Whether an event of a type may have a value.
    pub(super) fn may_have(&self, code: usize) -> bool {
        match self {
            Lookup::Parameter(of) => of.get(code) != Some(&Parameter::None),
            _ => true,
        }
    }

    /// Adds the cell of an event, and says whether it is a number beyond 63 bits; `None`:
    /// it is the field's value that is wanted. `room` is memory to use.
    #[inline]
    pub(super) fn push(
        &self,
        context: &Context<'_>,
        cells: &mut Cells,
        room: &mut Vec<u8>,
    ) -> Option<bool> {
        room.clear();
        match self {
            Lookup::Number(number) => return Some(cells.push_number(number(context))),
            Lookup::Text(write) => {
                write(context, room);
                cells.push_text(Some(room));
            }
            Lookup::Parameter(of) => match of.get(usize::from(context.event.raw.code)) {
                None | Some(Parameter::None) => {
                    cells.push(None);
                }
                Some(Parameter::Text(at)) => {
                    let arguments = context.arguments();
                    let has = arguments.is_some_and(|arguments| arguments.text(*at, room));
                    cells.push_text(has.then_some(room));
                }
                Some(Parameter::Signed(at)) => {
                    let number = context.event.raw.params().signed(*at);
                    cells.push(number.map(Value::Signed).as_ref());
                }
                Some(Parameter::Other) => return None,
            },
            Lookup::Value => return None,
        }
        Some(false)
    }
}
