//! From events to figures: one pass, memory that follows the answer and not
//! the capture, accumulators that merge.

mod carriers;
mod cells;
mod chosen;
mod closeup;
mod figures;
mod grid;
mod histogram;
mod identity;
mod neighbours;
mod scale;
mod schedule;
mod spectrogram;
pub mod sql;
pub mod stock;
mod topscalls;
mod track;

pub use carriers::{
    Amount, CARRIER_FIELDS, CallCarriers, CarrierField, CarrierFieldInfo, Carriers,
    CarriersRequest, CarriersResult, FieldValues, ValueAmount,
};
pub use cells::{CallStats, Cell};
pub use closeup::{CloseCall, Closeup, CloseupRequest, CloseupResult, SlowCall};
pub use figures::{CallFigures, Outcome};
pub use grid::{Cells, Counts, Interval};
pub use histogram::{Bucket, Histogram};
pub use identity::{GroupBy, Who};
pub use neighbours::{
    MEASURES, Measure, Neighbour, Neighbours, NeighboursRequest, NeighboursResult,
};
pub use scale::Scale;
pub use schedule::{Next, Schedule, Scheduler, Split, Switches};
pub use spectrogram::{Collector, Rule, Spectrogram, SpectrogramRequest};
pub use topscalls::{TopScalls, TopScallsRequest, TopScallsResult, TopScallsRow};
pub use track::{Cell as TrackCell, Track};
