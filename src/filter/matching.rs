//! A filter at work: a checked program, asked about each event. What the
//! event's type alone decides is decided once for all types, so that most
//! events cost one look into a table.

use std::sync::Arc;

use super::fields::{Context, Getter, Needs, Previous, Settings, has_latency};
use super::lang::{Expr, FilterError, Given, Program, QuickField, QuickTest, Record};
use super::value::Values;
use crate::event::{KINDS, Kind};
use crate::format::scap::block::EventLayout;
use crate::format::scap::event::{RawEvent, made_up};
use crate::state::{Event, World};

/// Which events a filter lets pass.
#[derive(Debug)]
pub struct Matching {
    program: Arc<Program>,
    /// Whether events of a kind may pass: enters, then exits.
    by_kind: Vec<[bool; 2]>,
    quick: Vec<QuickTest>,
    /// Type and `quick` decide.
    is_quick: bool,
    previous: Previous,
}

impl Clone for Matching {
    fn clone(&self) -> Self {
        Matching {
            program: Arc::clone(&self.program),
            by_kind: self.by_kind.clone(),
            quick: self.quick.clone(),
            is_quick: self.is_quick,
            previous: Previous::default(),
        }
    }
}

impl Default for Matching {
    fn default() -> Self {
        Matching::of(Program::all())
    }
}

/// An event as the program asks for it.
struct Asked<'p, 'c> {
    program: &'p Program,
    context: Context<'c>,
}

impl Record for Asked<'_, '_> {
    fn given<'s>(&'s self, field_use: usize, out: &mut Values<'s>) -> Given<'s> {
        let context: Context<'s> = self.context;
        if let Some(used) = self.program.uses().get(field_use) {
            match used.field.getter {
                Getter::Number(number) => return Given::Number(number(&context)),
                Getter::Text(text) => return Given::Text(text(&context)),
                Getter::Values(get) => get(&context, &used.argument, out),
            }
        }
        Given::Values
    }

    fn passes_quick(&self, test: &QuickTest) -> bool {
        is_passed(test, self.context.event, self.context.world)
    }
}

/// Whether a number of an event's header passes.
#[inline(always)]
fn is_passed(test: &QuickTest, event: &Event<'_>, world: &World) -> bool {
    match test.field {
        QuickField::Cpu => test.passes_signed(i64::from(event.raw.cpu)),
        QuickField::Tid => test.passes_signed(event.raw.tid),
        QuickField::RawTime => test.passes(event.raw.ts_ns),
        QuickField::RelTime => test.passes(event.raw.ts_ns.wrapping_sub(world.first_ns)),
        QuickField::Num => test.passes(event.num),
        QuickField::Latency => test.passes(event.latency_ns) && has_latency(event),
    }
}

impl Matching {
    /// Reads a filter; an empty text lets everything pass.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Matching, FilterError> {
        Ok(Matching::of(Program::new(text)?))
    }

    fn of(program: Program) -> Matching {
        let by_kind = by_kind(&program);
        let previous = Previous::default();
        let (quick, is_quick) = (program.quick().to_vec(), program.is_quick());
        Matching { program: Arc::new(program), by_kind, quick, is_quick, previous }
    }

    /// Whether it lets everything pass.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.program.is_empty()
    }

    /// What was read.
    #[must_use]
    pub fn tree(&self) -> &Expr {
        self.program.tree()
    }

    /// What must be known to answer.
    #[must_use]
    pub fn needs(&self) -> Needs {
        if self.is_empty() { Needs::Kind } else { self.program.needs() }
    }

    /// Whether it asks for an event's place in the capture: its number, or the
    /// time since its section began or since the event before.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        let ordered = ["evt.num", "evt.reltime", "evt.deltatime", "evt.outputtime"];
        let uses = self.program.uses();
        uses.iter().any(|used| ordered.iter().any(|name| used.field.name.starts_with(name)))
    }

    /// Whether events of this kind may pass.
    #[inline]
    #[must_use]
    pub fn may_pass(&self, kind: Kind, exit: bool) -> bool {
        self.by_kind.get(kind.index()).is_none_or(|two| two[usize::from(exit)])
    }

    /// Whether an event passes.
    #[inline(always)]
    #[must_use]
    pub fn passes(&mut self, event: &Event<'_>, world: &World, settings: &Settings) -> bool {
        if !self.may_pass(event.kind, event.is_exit())
            || !self.quick.iter().all(|test| is_passed(test, event, world))
        {
            return false;
        }
        // a copy, made here alone: the reading loop keeps its event in registers
        // as long as nobody holds a reference to it
        self.is_quick || {
            let copy = *event;
            self.passes_more(&copy, world, settings)
        }
    }

    #[inline(never)]
    fn passes_more(&mut self, event: &Event<'_>, world: &World, settings: &Settings) -> bool {
        let context = Context { event, world, settings, previous: &self.previous };
        let asked = Asked { program: &self.program, context };
        self.program.passes_beyond_quick(&asked)
    }
}

/// Asks about an event of every kind what its type alone decides; that decides that an
/// enter event has no latency, too.
fn by_kind(program: &Program) -> Vec<[bool; 2]> {
    let (world, settings, previous) = (World::default(), Settings::default(), Previous::default());
    let ask = |kind: usize, exit: bool| {
        let kind = Kind(u16::try_from(kind).unwrap_or(0));
        let code = kind.code(exit);
        let body = made_up(0, 0, code);
        let Some(raw) = RawEvent::parse(&body, EventLayout::USUAL) else {
            return true;
        };
        let (event, previous) = (&Event::alone(1, raw, kind), &previous);
        let context = Context { event, world: &world, settings: &settings, previous };
        let asked = Asked { program, context };
        program.passes_kind(&asked) && (exit || !kind.is_syscall() || program.passes_at_enter())
    };
    (0..KINDS).map(|kind| [ask(kind, false), ask(kind, true)]).collect()
}
