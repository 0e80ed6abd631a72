//! Runs against runs: the figures of each side, pooled over its captures, side
//! by side, per second of capture or per occurrence of a call; and what moved,
//! in words.

mod answers;
pub mod baseline;
pub mod change;
pub mod check;
pub mod mechanisms;
mod neighbours;
mod places;
mod rows;
pub mod run;
mod spectrograms;
pub mod stats;
mod surroundings;
mod unit;
pub mod verdict;
mod words;

pub use answers::{SideAnswer, joined, ordered};
pub use neighbours::{
    Doing, Near, NearSide, NeighboursNear, neighbour_details, neighbour_lines, neighbours, watched,
};
pub use places::{
    EvenOver, FieldShare, MixGroup, Places, PlacesSide, ValueShare, places, places_lines,
};
pub use rows::{Basis, CaptureFacts, Comparison, Delta, Order, Row, Side, compare};
pub use spectrograms::{Pooled, SpectrogramRun, SpectrogramSide, same_interval, used_columns};
pub use surroundings::Surroundings;
pub use unit::Unit;
pub use words::{difference_words, ratio_text};
