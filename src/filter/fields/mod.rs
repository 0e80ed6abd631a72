//! All fields, by class; and how a written name is looked up.

mod field;
mod lookup;

pub use field::{Argument, ArgumentRule, Field, Get, Needs};
pub use lookup::{UnknownField, all, distance, lookup};

/// The event being looked at, with all that is known around it.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The event.
    pub event: &'a crate::state::Event<'a>,
}
