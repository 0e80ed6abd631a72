//! Questions in SQL over captures: the tables `events` and `calls`, whose columns are the
//! fields, and `http`, `threads`, `files` and `containers`. A query is read first
//! (`query`): only the columns that it names are collected (`rows`), and what of its WHERE
//! is a filter is decided while the capture is read (`pushdown`). Aggregates that can be
//! summed up are, while reading (`folding`, `groups`). An engine answers the rest (`engine`).

mod alike;
mod answer;
mod block;
mod cell;
mod column;
mod csv;
mod engine;
mod export;
mod folding;
mod groups;
mod http;
mod index;
mod memo;
mod optional;
mod packed;
mod pages;
mod parquet;
mod pushdown;
mod query;
mod rows;
mod snapshot;
mod texts;

pub use answer::{Answer, Cell};
pub use block::{Block, BlockColumn, Cells, Places, Sharing};
pub use column::{Column, ColumnType, EXPORTED, Source, USUAL, column, column_names, has, usual};
pub use engine::{SCHEMA, Tables};
pub use export::{Export, ExportFormat};
pub use folding::Fold;
pub use groups::Groups;
pub use http::HttpPart;
pub use optional::Optional;
pub use parquet::parquet;
pub use query::{Query, QueryError, Table, condition};
pub use rows::{Rows, RowsRequest};
