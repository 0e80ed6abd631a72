//! From events to figures: one pass, memory that follows the answer and not
//! the capture, accumulators that merge.

mod carriers;
mod cells;
mod chosen;
mod grid;
mod histogram;
mod identity;
mod scale;
mod spectrogram;
mod topscalls;

pub use carriers::{
    Amount, CARRIER_FIELDS, CallCarriers, CarrierField, CarrierFieldInfo, Carriers,
    CarriersRequest, CarriersResult, FieldValues, ValueAmount,
};
pub use cells::CallStats;
pub use grid::{Cells, Counts, Interval};
pub use histogram::Histogram;
pub use identity::{GroupBy, Who};
pub use scale::Scale;
pub use spectrogram::{Collector, Rule, Spectrogram, SpectrogramRequest};
pub use topscalls::{TopScalls, TopScallsRequest, TopScallsResult, TopScallsRow};
