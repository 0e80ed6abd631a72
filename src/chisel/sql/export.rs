//! The rows of a capture, written while they are read: a lot at a time, so that memory
//! grows neither with the capture nor with the data in it, and by a thread of its own, so
//! that reading and writing overlap.

use std::fs::File;
use std::io::BufWriter;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use super::block::Block;
use super::csv::CsvFile;
use super::engine::ArrowFile;
use super::parquet::ParquetFile;
use super::rows::{Rows, RowsRequest};
use crate::event::Kind;
use crate::state::{Event, Visitor, World};

/// Rows of a row group.
const LOT: usize = 131_072;

/// Rows between two looks at the texts, and bytes of them that are a lot already: where
/// captures hold much of what was read and written.
const LOOK: usize = 512;
const TEXTS: usize = 64 << 20;

/// Bytes that are written at once.
const PIECE: usize = 256 << 10;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Parquet.
    Parquet,
    /// Arrow IPC.
    Arrow,
    /// Comma-separated values.
    Csv,
}

/// A file that is being written.
enum Target {
    Parquet(Box<ParquetFile<BufWriter<File>>>),
    Arrow(Box<ArrowFile>),
    Csv(CsvFile),
}

impl Target {
    fn create(format: ExportFormat, file: File, like: &Block) -> Result<Target, String> {
        Ok(match format {
            ExportFormat::Parquet => {
                let file = BufWriter::with_capacity(PIECE, file);
                Target::Parquet(Box::new(ParquetFile::create(file, like)?))
            }
            ExportFormat::Arrow => Target::Arrow(Box::new(ArrowFile::create(file, like)?)),
            ExportFormat::Csv => Target::Csv(CsvFile::create(file, like)?),
        })
    }

    fn add(&mut self, rows: &Block) -> Result<(), String> {
        match self {
            Target::Parquet(file) => file.add(rows),
            Target::Arrow(file) => file.add(rows),
            Target::Csv(file) => file.add(rows),
        }
    }

    fn finish(self) -> Result<(), String> {
        match self {
            Target::Parquet(file) => file.finish().map(drop),
            Target::Arrow(file) => file.finish(),
            Target::Csv(file) => file.finish(),
        }
    }
}

/// The collector.
pub struct Export {
    rows: Rows,
    lots: SyncSender<Block>,
    /// Lots that were written, for their memory.
    written_lots: Receiver<Block>,
    writer: JoinHandle<Result<(), String>>,
    written: u64,
    /// The writer has ended: something could not be written.
    failed: bool,
}

impl Export {
    /// Begins to write to a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(request: RowsRequest, file: File, format: ExportFormat) -> Result<Export, String> {
        let mut rows = Rows::new(RowsRequest { most_bytes: usize::MAX, ..request });
        let mut file = Target::create(format, file, &rows.take(None))?;
        let (lots, received) = sync_channel::<Block>(0);
        let (back, written_lots) = channel();
        let write = move || {
            for lot in received {
                file.add(&lot)?;
                // nobody wants the last one
                let _ = back.send(lot);
            }
            file.finish()
        };
        let writer = thread::Builder::new()
            .name("write".to_owned())
            .spawn(write)
            .map_err(|error| format!("no thread that writes can be had: {error}"))?;
        Ok(Export { rows, lots, written_lots, writer, written: 0, failed: false })
    }

    fn write(&mut self) {
        let lot = self.rows.take(self.written_lots.try_recv().ok());
        self.written += lot.rows as u64;
        self.failed |= self.lots.send(lot).is_err();
    }

    /// Writes what is left; rows that were written, and values that did not fit.
    ///
    /// # Errors
    /// What could not be written.
    pub fn finish(mut self) -> Result<(u64, u64), String> {
        self.write();
        let Export { rows, lots, writer, written, .. } = self;
        drop(lots);
        let stopped = |_| Err("the writing thread stopped unexpectedly".to_owned());
        writer.join().unwrap_or_else(stopped).map(|()| (written, rows.lost))
    }
}

impl Visitor for Export {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        self.rows.event(event, world);
        let count = self.rows.count();
        let is_look = count > 0 && count.is_multiple_of(LOOK);
        if count >= LOT || is_look && self.rows.text_bytes() > TEXTS {
            self.write();
        }
    }

    fn wants(&self, kind: Kind, exit: bool) -> bool {
        self.rows.wants(kind, exit)
    }

    fn done(&self) -> bool {
        self.failed || self.rows.done()
    }

    fn fails(&self) -> bool {
        self.failed
    }

    fn wants_details(&self) -> bool {
        self.rows.wants_details()
    }
}
