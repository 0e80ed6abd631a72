//! What a field is: an entry of a table. A new field is one entry in the file
//! of its class.

use std::borrow::Cow;

use super::super::value::{FieldType, Several, Value, Values};
use super::Context;

/// What must be known to give a field's value, cheapest first; state is kept
/// only for the fields in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Needs {
    /// The event's type alone.
    Kind,
    /// The event's header alone.
    Header,
    /// The latency rule's clocks.
    Clock,
    /// The event's parameters.
    Params,
    /// The thread table.
    Threads,
    /// Threads, and the container table.
    Containers,
    /// Threads, and their files.
    Fds,
}

impl Needs {
    /// Words for people, as `analyze fields` prints them.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Needs::Kind => "event type",
            Needs::Header => "header",
            Needs::Clock => "header, pairing",
            Needs::Params => "parameters",
            Needs::Threads => "threads",
            Needs::Containers => "threads, containers",
            Needs::Fds => "threads, files",
        }
    }
}

/// What may follow a field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentRule {
    /// Nothing.
    None,
    /// `.NAME` or `[N]`, one of them.
    NameOrIndex,
    /// `.NAME`.
    Name,
    /// `.NAME`, or nothing.
    OptionalName,
    /// `[N]`, or nothing.
    OptionalIndex,
    /// `[TEXT]`.
    Bracket,
}

/// What was written behind a field's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Argument {
    /// Nothing.
    #[default]
    None,
    /// `.NAME`.
    Name(String),
    /// `[N]` or `[TEXT]`.
    Bracket(String),
}

impl Argument {
    /// The number in brackets.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        match self {
            Argument::Bracket(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The text, however it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Argument::None => "",
            Argument::Name(text) | Argument::Bracket(text) => text,
        }
    }
}

/// Gives the values of a field of the current event.
pub type Get = for<'a> fn(&Context<'a>, &Argument, &mut Values<'a>);

/// Gives the only value of a field of numbers that are never negative.
pub type Number = fn(&Context<'_>) -> Option<u64>;

/// Gives the only value of a field of texts that takes no argument.
pub type Text = for<'a> fn(&Context<'a>) -> Option<Cow<'a, [u8]>>;

/// How a field's values are found: the simpler, the cheaper.
#[derive(Clone, Copy, Debug)]
pub enum Getter {
    /// As a number.
    Number(Number),
    /// As a text.
    Text(Text),
    /// As any values.
    Values(Get),
}

/// Writes the value of a field, which it always has.
pub type Write = fn(&Context<'_>, &mut Vec<u8>);

/// One field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Name, as sysdig has it.
    pub name: &'static str,
    /// Type.
    pub kind: FieldType,
    /// One line for people.
    pub about: &'static str,
    /// What it costs.
    pub needs: Needs,
    /// What may follow the name.
    pub argument: ArgumentRule,
    /// How several values compare.
    pub several: Several,
    /// Exists for filters, not for printing.
    pub filter_only: bool,
    /// Exists for printing, not for filters.
    pub printed_only: bool,
    /// Printed with nine digits.
    pub padded: bool,
    /// Printed in hexadecimal.
    pub hexadecimal: bool,
    /// Gives its values.
    pub getter: Getter,
    /// Writes its only value as text, where that is cheaper.
    pub write: Option<Write>,
}

impl Field {
    /// An entry of a table; the rarer properties follow by the methods below.
    #[must_use]
    pub const fn new(
        name: &'static str,
        kind: FieldType,
        needs: Needs,
        about: &'static str,
        get: Get,
    ) -> Field {
        Field::of(name, kind, needs, about, Getter::Values(get))
    }

    /// One whose only value is a text.
    #[must_use]
    pub const fn text(name: &'static str, needs: Needs, about: &'static str, text: Text) -> Field {
        Field::of(name, FieldType::Text, needs, about, Getter::Text(text))
    }

    /// One whose only value is a number.
    #[must_use]
    pub const fn number(
        name: &'static str,
        kind: FieldType,
        needs: Needs,
        about: &'static str,
        number: Number,
    ) -> Field {
        Field::of(name, kind, needs, about, Getter::Number(number))
    }

    const fn of(
        name: &'static str,
        kind: FieldType,
        needs: Needs,
        about: &'static str,
        getter: Getter,
    ) -> Field {
        let (argument, several) = (ArgumentRule::None, Several::Never);
        Field {
            name,
            kind,
            about,
            needs,
            argument,
            several,
            filter_only: false,
            printed_only: false,
            padded: false,
            hexadecimal: false,
            getter,
            write: None,
        }
    }

    /// Adds its values to `out`.
    pub fn values<'a>(&self, context: &Context<'a>, argument: &Argument, out: &mut Values<'a>) {
        match self.getter {
            Getter::Number(number) => out.extend(number(context).map(Value::Unsigned)),
            Getter::Text(text) => out.extend(text(context).map(Value::Text)),
            Getter::Values(get) => get(context, argument, out),
        }
    }

    /// With an argument.
    #[must_use]
    pub const fn takes(self, argument: ArgumentRule) -> Field {
        Field { argument, ..self }
    }

    /// With several values.
    #[must_use]
    pub const fn several(self, several: Several) -> Field {
        Field { several, ..self }
    }

    /// With a cheaper way to its text.
    #[must_use]
    pub const fn written_by(self, write: Write) -> Field {
        Field { write: Some(write), ..self }
    }

    /// For printing only.
    #[must_use]
    pub const fn printed_only(self) -> Field {
        Field { printed_only: true, ..self }
    }

    /// Printed with nine digits.
    #[must_use]
    pub const fn padded(self) -> Field {
        Field { padded: true, ..self }
    }

    /// Printed in hexadecimal.
    #[must_use]
    pub const fn hexadecimal(self) -> Field {
        Field { hexadecimal: true, ..self }
    }

    /// For filters only.
    #[must_use]
    pub const fn filter_only(self) -> Field {
        Field { filter_only: true, ..self }
    }
}

/// A text that the event or the state has.
pub(super) fn borrowed(text: &(impl AsRef<[u8]> + ?Sized)) -> Cow<'_, [u8]> {
    Cow::Borrowed(text.as_ref())
}
