//! The one selection that every command uses: which events of which threads,
//! at which times. Conditions on names of containers and processes are tested
//! when the answer is made, because a name may come late in a capture.

pub mod args;
pub mod fields;
pub mod lang;
mod matching;
mod selection;
pub mod value;

pub use matching::Matching;
pub use selection::{ContainerMatch, Lane, Names, Selection, TimeBound};
