//! A spectrogram's cells as data: CSV (a line a cell) and JSON
//! (`analyze.spectrogram/1`).

use serde_json::{Value, json};

use super::topscalls_data::csv_line;
use crate::chisel::Spectrogram;
use crate::compare::{SpectrogramRun, SpectrogramSide};

/// Cells that are not empty: time (ns since the epoch), latency from, to (ns;
/// no end for what is 100 s or longer), count.
fn cells(spectrogram: &Spectrogram) -> impl Iterator<Item = (u64, u64, Option<u64>, u32)> + '_ {
    let bounds = spectrogram.scale.bounds();
    let interval = spectrogram.cells.interval_ns();
    spectrogram.cells.rows().iter().flat_map(move |(number, counts)| {
        counts.iter().map(move |(column, count)| {
            let low = bounds.get(column).copied().unwrap_or(0);
            (number.saturating_mul(interval), low, bounds.get(column + 1).copied(), count)
        })
    })
}

/// All captures' cells as CSV.
#[must_use]
pub fn spectrogram_csv(sides: &[SpectrogramSide]) -> String {
    let head = ["capture", "time_ns", "interval_ns", "latency_from_ns", "latency_to_ns", "calls"];
    let mut text = csv_line(&head.map(str::to_owned));
    for run in sides.iter().flat_map(|side| &side.runs) {
        for (time, from, to, count) in cells(&run.spectrogram) {
            text.push_str(&csv_line(&[
                run.label.clone(),
                time.to_string(),
                run.spectrogram.cells.interval_ns().to_string(),
                from.to_string(),
                to.map_or(String::new(), |to| to.to_string()),
                count.to_string(),
            ]));
        }
    }
    text
}

/// All captures' cells as JSON: `cells` are `[time_ns, from_ns, to_ns, calls]`,
/// times since the epoch as strings because they exceed 2^53.
#[must_use]
pub fn spectrogram_json(sides: &[SpectrogramSide]) -> Value {
    let run = |run: &SpectrogramRun| {
        let spectrogram = &run.spectrogram;
        json!({
            "label": run.label,
            "span_ns": run.span_ns,
            "calls": spectrogram.calls,
            "unpaired": spectrogram.unpaired,
            "interval_ns": spectrogram.cells.interval_ns(),
            "p50_ns": spectrogram.latencies.quantile(0.5),
            "p99_ns": spectrogram.latencies.quantile(0.99),
            "cells": cells(spectrogram)
                .map(|(time, from, to, count)| json!([time.to_string(), from, to, count]))
                .collect::<Vec<_>>(),
        })
    };
    let side = |side: &SpectrogramSide| match side.runs.as_slice() {
        [one] => run(one),
        runs => json!({
            "label": side.label,
            "calls": side.calls(),
            "p50_ns": side.latencies().quantile(0.5),
            "p99_ns": side.latencies().quantile(0.99),
            "runs": runs.iter().map(run).collect::<Vec<_>>(),
        }),
    };
    json!({
        "schema": "analyze.spectrogram/1",
        "captures": sides.iter().map(side).collect::<Vec<_>>(),
    })
}
