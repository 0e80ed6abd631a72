//! Whether the level of a call changes once inside a capture.

/// The calls that began in one stretch of time; all stretches are equally long.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// Number of calls.
    pub count: u64,
    /// Their latencies' sum in ns.
    pub sum: f64,
}

/// Where the level changes, and by how much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// The first cell of the new level.
    pub at_cell: usize,
    /// The mean after it over the mean before it.
    pub ratio: f64,
    /// p of so clear a change without one.
    pub p: f64,
}

/// Finds it.
#[must_use]
pub fn change_point(_cells: &[Cell]) -> Option<ChangePoint> {
    None
}
