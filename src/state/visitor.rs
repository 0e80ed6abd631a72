//! Who sees the events of a capture, and what of them: so that what nobody looks at
//! need not be made, or not even be read one by one.

use super::pairing::Event;
use super::world::World;
use crate::event::Kind;
use crate::format::trace::TableRow;

/// What sees the events.
pub trait Visitor {
    /// One event, after it changed the tables.
    fn event(&mut self, event: &Event<'_>, world: &mut World);
    /// Whether it has seen enough: reading may end.
    fn done(&self) -> bool {
        false
    }
    /// Whether it cannot go on, so that reading must end whoever else still looks.
    fn fails(&self) -> bool {
        false
    }
    /// Whether it needs everything about a thread and its files.
    fn wants_details(&self) -> bool {
        false
    }
    /// Whether it looks at events of a kind, enters or exits; those that it does not
    /// may be kept from it, and the times between calls (`since_exit_ns`) then, too.
    #[inline]
    fn wants(&self, kind: Kind, exit: bool) -> bool {
        let _ = (kind, exit);
        true
    }
    /// Whether it looks at the parameters of events; those of text are made
    /// for who does.
    fn wants_params(&self) -> bool {
        true
    }
    /// Bytes were lost here.
    fn gap(&mut self) {}
    /// A row of a table of totals, of a text that holds nothing else.
    fn table_row(&mut self, row: &TableRow) {
        let _ = row;
    }
}

/// Nobody.
impl Visitor for () {
    fn event(&mut self, _: &Event<'_>, _: &mut World) {}

    fn wants(&self, _: Kind, _: bool) -> bool {
        false
    }

    fn done(&self) -> bool {
        true
    }

    fn wants_params(&self) -> bool {
        false
    }
}

/// Several of one kind.
impl<V: Visitor> Visitor for Vec<V> {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        for visitor in self.iter_mut() {
            visitor.event(event, world);
        }
    }

    fn wants(&self, kind: Kind, exit: bool) -> bool {
        self.iter().any(|visitor| visitor.wants(kind, exit))
    }

    fn done(&self) -> bool {
        self.iter().any(V::fails) || self.iter().all(V::done)
    }

    fn wants_details(&self) -> bool {
        self.iter().any(V::wants_details)
    }

    fn wants_params(&self) -> bool {
        self.iter().any(V::wants_params)
    }

    fn gap(&mut self) {
        self.iter_mut().for_each(V::gap);
    }

    fn table_row(&mut self, row: &TableRow) {
        for visitor in self.iter_mut() {
            visitor.table_row(row);
        }
    }
}

/// Two that see the same events, of a capture that can be read only once.
impl<A: Visitor, B: Visitor> Visitor for (A, B) {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        self.0.event(event, world);
        self.1.event(event, world);
    }

    fn wants(&self, kind: Kind, exit: bool) -> bool {
        self.0.wants(kind, exit) || self.1.wants(kind, exit)
    }

    fn done(&self) -> bool {
        self.0.done() && self.1.done()
    }

    fn wants_details(&self) -> bool {
        self.0.wants_details() || self.1.wants_details()
    }

    fn wants_params(&self) -> bool {
        self.0.wants_params() || self.1.wants_params()
    }

    fn gap(&mut self) {
        self.0.gap();
        self.1.gap();
    }

    fn table_row(&mut self, row: &TableRow) {
        self.0.table_row(row);
        self.1.table_row(row);
    }
}
