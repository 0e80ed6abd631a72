//! Our listing of a capture, line by line, without a process.

use std::io;
use std::path::Path;

use analyze::filter::Matching;
use analyze::filter::fields::Settings;
use analyze::report::{LineFormat, Lines, Lister, ListingRequest, Style};
use analyze::source::Location;
use analyze::state::{Opened, read};

/// Keeps what it is given.
#[derive(Default)]
struct Kept(Vec<u8>);

impl Lines for &mut Kept {
    fn line(&mut self, _: u64, line: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(line);
        Ok(())
    }
}

/// Lists the events of a capture that pass `filter`; the time is UTC. `None`
/// as format is sysdig's own line.
pub fn lines(capture: &Path, format: Option<&str>, filter: &str) -> Result<Vec<u8>, String> {
    let request = ListingRequest {
        format: format.map_or_else(|| Ok(LineFormat::usual()), LineFormat::parse)?,
        matching: Matching::parse(filter).map_err(|error| error.to_string())?,
        settings: Settings::default(),
        style: Style::Text,
        limit: u64::MAX,
        label: None,
    };
    let opened = Opened::open(&[Location::File(capture.to_owned())], None)
        .map_err(|error| error.to_string())?;
    let mut kept = Kept::default();
    let mut lister = Lister::new(request, &mut kept);
    read(opened, &mut lister);
    lister.finish().map_err(|error| error.to_string())?;
    Ok(kept.0)
}

/// The numbers of the events that pass `filter`, a line each.
pub fn passing(capture: &Path, filter: &str) -> Result<Vec<u8>, String> {
    lines(capture, Some("*%evt.num"), filter)
}
