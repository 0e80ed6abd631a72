//! The rows of a capture, written while they are read: a lot at a time, so that memory
//! does not grow with the capture.

use std::fs::File;

use super::engine::ParquetFile;
use super::rows::{Rows, RowsRequest};
use crate::state::{Event, Visitor, World};

/// Rows of a row group.
const LOT: usize = 131_072;

/// The collector.
pub struct Export {
    rows: Rows,
    file: Option<ParquetFile>,
    written: u64,
    error: Option<String>,
}

impl Export {
    /// Begins to write to a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(request: RowsRequest, file: File) -> Result<Export, String> {
        let rows = Rows::new(RowsRequest { most_bytes: usize::MAX, ..request });
        let file = ParquetFile::create(file, &rows)?;
        Ok(Export { rows, file: Some(file), written: 0, error: None })
    }

    fn write(&mut self) {
        let Some(file) = &mut self.file else { return };
        self.written += self.rows.count as u64;
        if let Err(error) = file.add(&self.rows) {
            self.error = Some(error);
        }
        self.rows.clear();
    }

    /// Writes what is left; rows that were written, and values that did not fit.
    ///
    /// # Errors
    /// What could not be written.
    pub fn finish(mut self) -> Result<(u64, u64), String> {
        self.write();
        let file = self.file.take();
        match (self.error, file) {
            (Some(error), _) => Err(error),
            (None, Some(file)) => file.finish().map(|()| (self.written, self.rows.lost)),
            (None, None) => Ok((self.written, self.rows.lost)),
        }
    }
}

impl Visitor for Export {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        self.rows.event(event, world);
        if self.rows.count >= LOT {
            self.write();
        }
    }

    fn done(&self) -> bool {
        self.error.is_some()
    }

    fn wants_details(&self) -> bool {
        self.rows.wants_details()
    }
}
