//! How the cells of a column are found that are each row's own. Any field gives them as
//! values; for those that nearly every row of an exported file has there are ways without
//! a detour: numbers of the event itself, and texts that are written where others were
//! before.

use super::block::Cells;
use super::column::{Column, Source};
use crate::event::EventType;
use crate::filter::fields::{
    Argument, Context, Getter, Number, Text, Write, may_transfer, raw_type,
};
use crate::filter::value::FieldType;
use crate::state::Event;

/// What every event has, whatever it is: kept by row, and made a column of when the rows
/// are handed over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    num: u64,
    ts_ns: u64,
    cpu: u16,
}

/// A number of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Num,
    Cpu,
    Time,
    Second,
}

impl Header {
    pub(super) fn of(event: &Event<'_>) -> Header {
        Header { num: event.num, ts_ns: event.raw.ts_ns, cpu: event.raw.cpu }
    }
}

impl Part {
    /// What a column gives of it, if it gives such a thing.
    pub(super) fn of(column: &Column) -> Option<Part> {
        let Source::Field(field, _) = &column.source else {
            return matches!(column.source, Source::Time).then_some(Part::Time);
        };
        match field.name {
            "evt.num" => Some(Part::Num),
            "evt.cpu" => Some(Part::Cpu),
            "evt.rawtime" => Some(Part::Time),
            "evt.rawtime.s" => Some(Part::Second),
            _ => None,
        }
    }

    /// Adds the cells of rows; how many numbers are beyond 63 bits.
    pub(super) fn push(self, headers: &[Header], cells: &mut Cells) -> u64 {
        let headers = headers.iter();
        match self {
            Part::Num => cells.push_numbers(headers.map(|header| header.num)),
            Part::Cpu => cells.push_numbers(headers.map(|header| u64::from(header.cpu))),
            Part::Time => cells.push_numbers(headers.map(|header| header.ts_ns)),
            Part::Second => cells.push_numbers(headers.map(|header| header.ts_ns / 1_000_000_000)),
        }
    }
}

/// How a cell of events of one type is found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lookup {
    /// It is a number that the field gives.
    Number(Number),
    /// It is a text that the field gives.
    Text(Text),
    /// It is a text that the field writes.
    Written(Write),
    /// It is the text of a parameter.
    Parameter(usize),
    /// It is a parameter that is a signed number.
    Signed(usize),
    /// It is the first one, which is a signed number.
    First,
    /// It is the field's value.
    Value,
}

impl Lookup {
    /// The way for a column of events of a type, or of an unknown one; `None`: they have
    /// no value.
    pub(super) fn of(column: &Column, kind: Option<&EventType>) -> Option<Lookup> {
        let Source::Field(field, argument) = &column.source else {
            return Some(Lookup::Value);
        };
        if field.name == "evt.buflen" && !kind.is_some_and(may_transfer) {
            return None;
        }
        match (argument, field.getter, field.write) {
            (_, Getter::Number(number), _) => Some(Lookup::Number(number)),
            (_, Getter::Text(text), _) => Some(Lookup::Text(text)),
            (Argument::None, _, Some(write)) if field.kind == FieldType::Text => {
                Some(Lookup::Written(write))
            }
            (Argument::Name(name), ..) if matches!(field.name, "evt.arg" | "evt.rawarg") => {
                let kind = kind?;
                let at = kind.param(name)?;
                Some(match raw_type(kind.params[at].kind) {
                    _ if field.name == "evt.arg" => Lookup::Parameter(at),
                    Some(FieldType::Signed) if at == 0 && !kind.flags.large_payload => {
                        Lookup::First
                    }
                    Some(FieldType::Signed) => Lookup::Signed(at),
                    _ => Lookup::Value,
                })
            }
            _ => Some(Lookup::Value),
        }
    }

    /// Adds the cell of an event, and says whether it is a number beyond 63 bits; `None`:
    /// it is the field's value that is wanted. `room` is memory to use.
    #[inline]
    pub(super) fn push(
        self,
        context: &Context<'_>,
        cells: &mut Cells,
        room: &mut Vec<u8>,
    ) -> Option<bool> {
        match self {
            Lookup::Number(number) => return Some(cells.push_number(number(context))),
            Lookup::Text(text) => cells.push_text(text(context).as_deref()),
            Lookup::Written(write) => {
                room.clear();
                write(context, room);
                cells.push_text(Some(&room[..]));
            }
            Lookup::Parameter(at) => {
                room.clear();
                let arguments = context.arguments();
                let has = arguments.is_some_and(|arguments| arguments.text(at, room));
                cells.push_text(has.then_some(&room[..]));
            }
            Lookup::Signed(at) => cells.push_signed(context.event.raw.params().signed(at)),
            Lookup::First => {
                let raw = &context.event.raw;
                // the shorter way to most of them
                cells.push_signed(raw.result().or_else(|| raw.params().signed(0)));
            }
            Lookup::Value => return None,
        }
        Some(false)
    }
}
