//! How the cells of a column are found that are each row's own. Any field gives them as
//! values; for those that nearly every row of an exported file has there are ways without
//! a detour: numbers of the event itself, and texts that are written where others were
//! before.

use super::block::Cells;
use super::column::{Column, Source};
use crate::event::event_types;
use crate::filter::fields::{Argument, Context, Write};
use crate::filter::value::FieldType;
use crate::state::Event;

/// How a cell is found.
#[derive(Debug)]
pub(super) enum Lookup {
    /// It is a number of the event itself.
    Number(fn(&Event<'_>) -> u64),
    /// It is a text that the field writes.
    Text(Write),
    /// It is the text of a parameter; by event type, of which.
    Parameter(Vec<Option<usize>>),
    /// It is the field's value; by event type, whether there may be one.
    Value(Option<Vec<bool>>),
}

impl Lookup {
    /// The way for a column.
    pub(super) fn of(column: &Column) -> Lookup {
        let (field, argument) = match &column.source {
            Source::Time => return Lookup::Number(|event| event.raw.ts_ns),
            Source::Field(field, argument) => (field, argument),
            _ => return Lookup::Value(None),
        };
        match (field.name, argument, field.write) {
            ("evt.num", ..) => Lookup::Number(|event| event.num),
            ("evt.cpu", ..) => Lookup::Number(|event| u64::from(event.raw.cpu)),
            ("evt.rawtime", ..) => Lookup::Number(|event| event.raw.ts_ns),
            ("evt.rawtime.s", ..) => Lookup::Number(|event| event.raw.ts_ns / 1_000_000_000),
            ("evt.arg", Argument::Name(name), _) => {
                Lookup::Parameter(event_types().iter().map(|kind| kind.param(name)).collect())
            }
            ("evt.rawarg", Argument::Name(name), _) => {
                let has = event_types().iter().map(|kind| kind.param(name).is_some());
                Lookup::Value(Some(has.collect()))
            }
            (_, Argument::None, Some(write)) if field.kind == FieldType::Text => {
                Lookup::Text(write)
            }
            _ => Lookup::Value(None),
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
        let code = usize::from(context.event.raw.code);
        room.clear();
        match self {
            Lookup::Number(number) => return Some(cells.push_number(number(context.event))),
            Lookup::Text(write) => {
                write(context, room);
                cells.push_text(Some(room));
            }
            Lookup::Parameter(places) => {
                let place = places.get(code).copied().flatten();
                let text = place.and_then(|place| Some((place, context.arguments()?)));
                let has = text.is_some_and(|(place, arguments)| arguments.text(place, room));
                cells.push_text(has.then_some(room));
            }
            Lookup::Value(has) => {
                let none = has.as_ref().and_then(|has| has.get(code)) == Some(&false);
                return none.then(|| cells.push(None));
            }
        }
        Some(false)
    }
}
