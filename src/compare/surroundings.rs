//! What a second look at the captures tells of calls that changed: where the
//! difference lies, who was near, and which known mechanisms that fits.

use serde::Serialize;

use super::mechanisms::Fit;
use super::neighbours::NeighboursNear;
use super::places::Places;

/// What is known around the changes; empty where nobody looked.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Surroundings {
    /// Where each changed call's difference lies, in the order of the changes.
    pub places: Vec<Places>,
    /// Who else was there, and what they did.
    pub neighbours: NeighboursNear,
    /// Mechanisms that fit, the best first.
    pub mechanisms: Vec<Fit>,
}
