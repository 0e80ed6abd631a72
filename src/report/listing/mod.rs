//! The listing of events: a line each, as sysdig prints it, by a format of
//! fields; or JSON, or CSV. Lines are written while the capture is read, so
//! memory does not grow with it.

mod format;
mod lister;
mod text;

pub use format::LineFormat;
pub use lister::{Lines, Lister, ListingRequest, Style};
