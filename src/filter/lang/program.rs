//! A filter that can be asked about events. It knows which fields it needs, so
//! that state is kept for no others, and which part of it needs only an
//! event's header, so that most events can be passed over cheaply.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::filter::fields::{Argument, Field, Needs, UnknownField, lookup};
use crate::filter::value::{Several, Value, Values};

use super::check::{Checker, is_event_name};
use super::error::FilterError;
use super::matcher::Matcher;
use super::operand::Operand;
use super::parse::parse;
use super::quick::{QuickField, QuickTest};
use super::tree::Expr;

/// Finds the field that a text names.
pub type Lookup<'l> = &'l dyn Fn(&str) -> Result<(&'static Field, Argument), UnknownField>;

/// A field as a filter uses it.
#[derive(Clone, Debug)]
pub struct FieldUse {
    /// The field.
    pub field: &'static Field,
    /// What was written behind its name.
    pub argument: Argument,
}

impl FieldUse {
    /// Whether both are the same field of an event.
    pub(super) fn is_same(&self, other: &FieldUse) -> bool {
        self.field.name == other.field.name && self.argument == other.argument
    }

    /// Whether its value depends on the events it was asked about before, so
    /// that it must be asked about exactly those that sysdig asks it about.
    fn remembers(&self) -> bool {
        let fields = ["evt.deltatime", "thread.exectime", "thread.totexectime", "thread.cpu"];
        fields.iter().any(|name| {
            let rest = self.field.name.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }
}

/// What a field gives.
#[derive(Debug)]
pub enum Given<'a> {
    /// A number, or nothing.
    Number(Option<u64>),
    /// A text, or nothing.
    Text(Option<Cow<'a, [u8]>>),
    /// Values, which lie elsewhere.
    Values,
}

/// An event, as a filter sees it.
pub trait Record {
    /// The value of a field, or its values, which are added to `out`. `field_use` is an
    /// index into [`Program::uses`].
    fn given<'s>(&'s self, field_use: usize, out: &mut Values<'s>) -> Given<'s>;
    /// Whether a number of the header passes.
    fn passes_quick(&self, test: &QuickTest) -> bool;
}

/// A checked filter.
#[derive(Clone, Debug)]
pub struct Program {
    uses: Vec<FieldUse>,
    tree: Expr,
    kind: Node,
    quick: Vec<QuickTest>,
    header: Node,
    rest: Node,
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(Test),
}

#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) field_use: usize,
    pub(super) several: Several,
    pub(super) matcher: Matcher,
}

impl Program {
    /// Reads and checks a filter against the table of fields.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn new(text: &str) -> Result<Program, FilterError> {
        Program::with_fields(text, &lookup)
    }

    /// The same against other fields.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn with_fields(text: &str, lookup: Lookup<'_>) -> Result<Program, FilterError> {
        let tree = parse(text)?;
        let mut checker = Checker { text, lookup, uses: Vec::new() };
        let node = checker.node(&tree)?;
        let uses = checker.uses;
        let (cheap, rest) = split(node, &uses, Needs::Clock);
        let (kind, header) = split(cheap, &uses, Needs::Kind);
        let (quick, header) = ranges(header, &uses);
        Ok(Program { uses, tree, kind, quick, header, rest })
    }

    /// The program that is true of everything.
    #[must_use]
    pub fn all() -> Program {
        let none = || Node::All(Vec::new());
        let tree = Expr::And(Vec::new());
        let quick = Vec::new();
        Program { uses: Vec::new(), tree, kind: none(), quick, header: none(), rest: none() }
    }

    /// The fields it asks for, each once.
    #[must_use]
    pub fn uses(&self) -> &[FieldUse] {
        &self.uses
    }

    /// What was read.
    #[must_use]
    pub fn tree(&self) -> &Expr {
        &self.tree
    }

    /// Whether it is true of everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(&self.tree, Expr::And(members) if members.is_empty())
    }

    /// The most that any of its fields needs.
    #[must_use]
    pub fn needs(&self) -> Needs {
        self.uses.iter().map(|used| used.field.needs).max().unwrap_or(Needs::Kind)
    }

    /// Whether [`passes_header`](Program::passes_header) is the whole filter.
    #[must_use]
    pub fn is_header_only(&self) -> bool {
        matches!(&self.rest, Node::All(members) if members.is_empty())
    }

    /// Whether an event's type and [`quick`](Program::quick) decide.
    #[must_use]
    pub fn is_quick(&self) -> bool {
        self.is_header_only() && matches!(&self.header, Node::All(members) if members.is_empty())
    }

    /// Comparisons of the header's numbers and the latency, all of which must hold, in
    /// any order.
    #[must_use]
    pub fn quick(&self) -> &[QuickTest] {
        &self.quick
    }

    /// The part that an event's type alone decides. If it is false, the whole
    /// is.
    pub fn passes_kind<R: Record + ?Sized>(&self, record: &R) -> bool {
        run(&self.kind, record)
    }

    /// Whether an enter event of a call can pass as far as latencies are asked for: it
    /// has none, which is 0.
    #[must_use]
    pub fn passes_at_enter(&self) -> bool {
        let mut latencies = self.quick.iter().filter(|test| test.field == QuickField::Latency);
        latencies.all(|test| test.passes(0))
    }

    /// What type and [`quick`](Program::quick) leave. The whole is true if all
    /// are.
    pub fn passes_beyond_quick<R: Record + ?Sized>(&self, record: &R) -> bool {
        run(&self.header, record) && run(&self.rest, record)
    }

    fn passes_quick<R: Record + ?Sized>(&self, record: &R) -> bool {
        self.quick.iter().all(|test| record.passes_quick(test))
    }

    /// Whether an event passes. Members of `and` and `or` are asked from left
    /// to right, no more than needed, except that those that need only the
    /// header and the clock come first.
    pub fn passes<R: Record + ?Sized>(&self, record: &R) -> bool {
        self.passes_header(record) && self.passes_rest(record)
    }

    /// The part that asks only for fields of the header and the clock. If it is
    /// false, the whole is.
    pub fn passes_header<R: Record + ?Sized>(&self, record: &R) -> bool {
        self.passes_kind(record) && self.passes_quick(record) && run(&self.header, record)
    }

    /// The other part. The whole is true if both are.
    pub fn passes_rest<R: Record + ?Sized>(&self, record: &R) -> bool {
        run(&self.rest, record)
    }

    /// Names of events, one of which every passing event has; none if the
    /// filter does not promise any.
    #[must_use]
    pub fn event_names(&self) -> Option<BTreeSet<&str>> {
        let parts = [&self.kind, &self.header, &self.rest].map(|node| names(node, &self.uses));
        parts.into_iter().flatten().reduce(|left, right| &left & &right)
    }
}

/// Asks a tree about a record.
fn run<R: Record + ?Sized>(node: &Node, record: &R) -> bool {
    match node {
        Node::All(members) if members.is_empty() => true,
        node => node.passes(record, &mut Values::new()),
    }
}

impl Node {
    fn passes<'s, R: Record + ?Sized>(&self, record: &'s R, values: &mut Values<'s>) -> bool {
        match self {
            Node::All(members) => members.iter().all(|member| member.passes(record, values)),
            Node::Any(members) => members.iter().any(|member| member.passes(record, values)),
            Node::Not(inner) => !inner.passes(record, values),
            Node::Test(test) => {
                values.clear();
                match record.given(test.field_use, values) {
                    Given::Number(number) => number
                        .is_some_and(|number| test.matcher.passes_one(&Value::Unsigned(number))),
                    Given::Text(text) => text.is_some_and(|text| test.matcher.passes_text(&text)),
                    Given::Values => test.matcher.passes(values, test.several),
                }
            }
        }
    }

    /// Whether `wanted` holds for a field, for any of them.
    fn uses_any(&self, uses: &[FieldUse], wanted: &dyn Fn(&FieldUse) -> bool) -> bool {
        match self {
            Node::All(members) | Node::Any(members) => {
                members.iter().any(|member| member.uses_any(uses, wanted))
            }
            Node::Not(inner) => inner.uses_any(uses, wanted),
            Node::Test(test) => uses.get(test.field_use).is_some_and(wanted),
        }
    }
}

/// A conjunction as two: what needs no more than `most`, and the rest. Nothing
/// changes places with a field that remembers what it was asked.
fn split(node: Node, uses: &[FieldUse], most: Needs) -> (Node, Node) {
    let members = match node {
        Node::All(members) => members,
        other => vec![other],
    };
    let (mut header, mut rest) = (Vec::new(), Vec::new());
    let mut barred = false;
    for member in members {
        let remembers = member.uses_any(uses, &FieldUse::remembers);
        let costs = member.uses_any(uses, &|used| used.field.needs > most);
        if costs || barred || (remembers && !rest.is_empty()) {
            barred |= remembers;
            rest.push(member);
        } else {
            header.push(member);
        }
    }
    (Node::All(header), Node::All(rest))
}

/// The members of a conjunction that are comparisons of the header's numbers, or of the
/// latency, and the others.
fn ranges(node: Node, uses: &[FieldUse]) -> (Vec<QuickTest>, Node) {
    let Node::All(members) = node else {
        return (Vec::new(), node);
    };
    let (mut quick, mut others) = (Vec::new(), Vec::new());
    let mut barred = false;
    for member in members {
        barred |= member.uses_any(uses, &FieldUse::remembers);
        let test = match &member {
            _ if barred => None,
            Node::Test(test) => uses
                .get(test.field_use)
                .and_then(|used| QuickField::of(used.field.name))
                .and_then(|field| QuickTest::new(field, &test.matcher)),
            _ => None,
        };
        match test {
            Some(test) => quick.push(test),
            None => others.push(member),
        }
    }
    (quick, Node::All(others))
}

fn names<'n>(node: &'n Node, uses: &[FieldUse]) -> Option<BTreeSet<&'n str>> {
    match node {
        Node::All(members) => {
            let promised = members.iter().filter_map(|member| names(member, uses));
            promised.reduce(|left, right| &left & &right)
        }
        Node::Any(members) => {
            let all: Option<Vec<_>> = members.iter().map(|member| names(member, uses)).collect();
            Some(all?.into_iter().flatten().collect())
        }
        Node::Not(_) => None,
        Node::Test(test) => {
            uses.get(test.field_use).filter(|used| is_event_name(used.field))?;
            let texts: Vec<&[u8]> = match &test.matcher {
                Matcher::Equal(Operand::Bytes(text)) => vec![text],
                Matcher::OneOfTexts(texts) => texts.iter().map(Vec::as_slice).collect(),
                _ => return None,
            };
            texts.into_iter().map(|text| std::str::from_utf8(text).ok()).collect()
        }
    }
}
